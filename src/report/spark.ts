/** Pictures of one line of text. */

const levels = '▁▂▃▄▅▆▇█'

/** Heights between 0 and the largest value, one character each; an empty string for no values. */
export function sparkline(values: readonly number[], width: number): string {
  if (values.length === 0) return ''
  const shown = resample(values, width)
  const top = Math.max(...shown)
  if (!(top > 0)) return '▁'.repeat(shown.length)
  return shown.map((value) => (value <= 0 ? ' ' : levels[Math.min(7, Math.floor((value / top) * 7.999))]!)).join('')
}

/** Singular values over several decades: heights are logarithms between the largest and a thousandth of it. */
export function logSparkline(values: readonly number[], width: number, decades = 3): string {
  const top = values[0] ?? 0
  if (!(top > 0)) return ''
  return sparkline(
    values.map((value) => (value <= 0 ? 0 : Math.max(0.02, 1 + Math.log10(value / top) / decades))),
    width,
  )
}

/** A bar of `width` characters for a share between 0 and 1, in eighths. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * width * 8)
  const full = '█'.repeat(Math.floor(eighths / 8))
  const rest = ' ▏▎▍▌▋▊▉'[eighths % 8]!
  return (full + (eighths % 8 === 0 ? '' : rest)).padEnd(width)
}

function resample(values: readonly number[], width: number): number[] {
  if (values.length <= width) return [...values]
  return Array.from({ length: width }, (_, i) => {
    const from = Math.floor((i * values.length) / width)
    const to = Math.max(from + 1, Math.floor(((i + 1) * values.length) / width))
    return Math.max(...values.slice(from, to))
  })
}
