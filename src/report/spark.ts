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

/** Two histograms over the same bins side by side, of one scale; neighbouring bins are added up where there are more than `width`. */
export function sparklinePair(one: readonly number[], other: readonly number[], width: number): string {
  const [a, b] = [one, other].map((counts) => merged(counts, width)) as [number[], number[]]
  const both = sparkline([...a, ...b], a.length + b.length)
  return `${both.slice(0, a.length)}│${both.slice(a.length)}`
}

function merged(counts: readonly number[], width: number): number[] {
  if (counts.length <= width) return [...counts]
  const sums = new Array<number>(width).fill(0)
  for (const [i, count] of counts.entries()) sums[Math.floor((i * width) / counts.length)]! += count
  return sums
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

/**
 * A path: heights between its smallest and its largest value, so that one that hardly moves shows how; one that moves by less than a hundredth is
 * flat. What is not finite (with `log`: not positive) is a gap.
 */
export function pathSparkline(values: readonly (number | null)[], width: number, log = false): string {
  const scaled = values.map((value) => (value === null ? Number.NaN : log ? Math.log10(value) : value))
  const finite = scaled.filter(Number.isFinite)
  const [low, high] = [Math.min(...finite), Math.max(...finite)]
  const isFlat = high - low <= 0.01 * (log ? 1 : Math.max(Math.abs(high), Math.abs(low)))
  const heights = scaled.map((value) =>
    !Number.isFinite(value) ? 0 : isFlat ? 0.5 : 0.1 + (value - low) / (high - low),
  )
  // A level above every height of a flat path keeps it in the middle.
  return isFlat
    ? heights
        .map((height) => (height === 0 ? ' ' : levels[3]!))
        .slice(0, width)
        .join('')
    : sparkline(heights, width)
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
