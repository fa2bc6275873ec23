/** A small plot of values over several decades, in blocks. */

const eighths = ' ▁▂▃▄▅▆▇█'

/**
 * Columns of logarithms, `height` lines of at most `width` characters, labelled by the decades where the plot begins
 * and ends. What is not positive stands at the bottom.
 */
export function logPlot(values: readonly number[], width: number, height: number): string[] {
  const logs = values.filter((value) => value > 0 && Number.isFinite(value)).map(Math.log10)
  if (logs.length === 0) return []
  const top = Math.ceil(logs.reduce((most, log) => Math.max(most, log), Number.NEGATIVE_INFINITY))
  const least = Math.floor(logs.reduce((most, log) => Math.min(most, log), Number.POSITIVE_INFINITY))
  const bottom = least === top ? top - 1 : least
  const label = (line: number): string =>
    (line === 0 ? `1e${top}` : line === height - 1 ? `1e${bottom}` : '').padStart(6)
  const columns = Math.min(width, values.length)
  const heights = Array.from({ length: columns }, (_, column) => {
    const at = columns === 1 ? 0 : Math.round((column * (values.length - 1)) / (columns - 1))
    const value = values[at]!
    const share = value > 0 ? (Math.log10(value) - bottom) / (top - bottom) : 0
    return Number.isFinite(share) ? Math.max(1, Math.round(share * height * 8)) : height * 8
  })
  return Array.from({ length: height }, (_, line) => {
    const below = (height - 1 - line) * 8
    const bars = heights.map((size) => eighths[Math.max(0, Math.min(8, size - below))]!).join('')
    return `${label(line)} │${bars.trimEnd()}`
  })
}
