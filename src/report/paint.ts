/** Colours of the terminal, by meaning. */

export type Style = 'bold' | 'dim' | 'accent' | 'good' | 'error' | 'warning' | 'info'
export type Paint = (style: Style, text: string) => string

const codes: Record<Style, readonly [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  accent: [36, 39],
  good: [32, 39],
  error: [31, 39],
  warning: [33, 39],
  info: [34, 39],
}

export const plainPaint: Paint = (_style, text) => text

export const ansiPaint: Paint = (style, text) => {
  const [on, off] = codes[style]
  return `\u001b[${on}m${text}\u001b[${off}m`
}
