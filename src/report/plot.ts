/** Small plots in blocks. */
import { showNumber } from './numbers.js'
import { displayWidth, padStart } from './wrap.js'

const eighths = ' ▁▂▃▄▅▆▇█'

/** Blocks of `heights` eighths, as `height` lines from the top. */
function blockLines(heights: readonly number[], height: number): string[] {
  return Array.from({ length: height }, (_, line) => {
    const below = (height - 1 - line) * 8
    return heights.map((size) => eighths[Math.max(0, Math.min(8, size - below))]!).join('')
  })
}

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
  return blockLines(heights, height).map((bars, line) => `${label(line)} │${bars.trimEnd()}`)
}

export interface LinePlotOptions {
  /** Columns in all, labels among them. */
  readonly width: number
  /** Lines of blocks; the axis takes two more. */
  readonly height: number
  readonly logX?: boolean
  readonly logY?: boolean
  readonly xTitle?: string
  /** Places on the x axis that get a `▲`. */
  readonly marks?: readonly number[]
}

/**
 * A curve through points ordered by x, with its range beside it and the ends of x below. Between points it is interpolated; points that are not
 * finite (on a logarithmic axis: not positive) are left out. No lines for no points.
 */
export function linePlot(points: readonly (readonly [number, number])[], options: LinePlotOptions): string[] {
  const { width, height, logX = false, logY = false, xTitle = '', marks = [] } = options
  const toX = logX ? Math.log10 : (x: number): number => x
  const toY = logY ? Math.log10 : (y: number): number => y
  const drawn = points.map(([x, y]) => [toX(x), toY(y), x, y] as const).filter((point) => point.every(Number.isFinite))
  if (drawn.length === 0) return []
  const ys = drawn.map(([, y]) => y)
  const [low, high] = [Math.min(...ys), Math.max(...ys)]
  const [first, last] = [drawn[0]!, drawn.at(-1)!]
  const ofY = (y: number): string => showNumber(drawn.find((point) => point[1] === y)![3])
  const labels = [ofY(high), ofY(low)]
  const labelWidth = Math.max(...labels.map(displayWidth))
  const columns = Math.max(1, Math.min(width - labelWidth - 2, 100))
  const span = last[0] - first[0]
  const atColumn = (column: number): number => first[0] + (columns === 1 ? 0 : (column / (columns - 1)) * span)
  const heights = Array.from({ length: columns }, (_, column) => {
    const share = high > low ? (interpolate(drawn, atColumn(column)) - low) / (high - low) : 0.5
    return Math.max(1, Math.round(share * height * 8))
  })
  const axis = Array.from({ length: columns }, () => '─')
  for (const mark of marks) {
    const column = span > 0 ? Math.round(((toX(mark) - first[0]) / span) * (columns - 1)) : 0
    if (column >= 0 && column < columns) axis[column] = '▲'
  }
  const ends = [showNumber(first[2]), showNumber(last[2])] as const
  const between = columns - ends[0].length - ends[1].length
  const title = between >= xTitle.length + 2 ? xTitle : ''
  const middle = Math.max(0, between)
  const left = Math.floor((middle - title.length) / 2)
  const below = `${ends[0]}${' '.repeat(Math.max(0, left))}${title}`.padEnd(columns - ends[1].length) + ends[1]
  return [
    ...blockLines(heights, height).map((bars, line) => {
      const label = line === 0 ? labels[0]! : line === height - 1 ? labels[1]! : ''
      return `${padStart(label, labelWidth)} │${bars}`.trimEnd()
    }),
    `${' '.repeat(labelWidth)} └${axis.join('')}`,
    ...(columns >= ends[0].length + ends[1].length + 1 ? [`${' '.repeat(labelWidth + 2)}${below}`] : []),
  ]
}

function interpolate(points: readonly (readonly [number, number, ...number[]])[], x: number): number {
  const after = points.findIndex((point) => point[0] >= x)
  if (after <= 0) return points[after === 0 ? 0 : points.length - 1]![1]
  const [a, b] = [points[after - 1]!, points[after]!]
  return b[0] > a[0] ? a[1] + ((x - a[0]) / (b[0] - a[0])) * (b[1] - a[1]) : b[1]
}
