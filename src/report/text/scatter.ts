/** Points of a plane on a terminal: a letter for each group; where several groups meet, the one with most points. */
import { inert } from '../../core/index.js'
import { showNumber } from '../numbers.js'
import type { Paint } from '../paint.js'
import type { ViewScatter } from '../views/view.js'
import { displayWidth, padStart, wrap } from '../wrap.js'
import { titleLines } from './title.js'

const height = 16
const widest = 72
/** Of the groups, in their order; what has no letter left is a dot. */
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
/** One group: by how many points a place has. */
const shades = '·∘○●'

export function scatterLines(scatter: ViewScatter, width: number, paint: Paint): string[] {
  const groups = scatter.groups.map(({ name, points }) => ({ name, points: points.filter((point) => point.every(Number.isFinite)) })) // biome-ignore format: one line
  const all = groups.flatMap(({ points }) => points)
  if (all.length === 0) return []
  const [left, right] = rangeOf(all.map(([x]) => x)) // biome-ignore format: one line
  const [low, high] = rangeOf(all.map(([, y]) => y)) // biome-ignore format: one line
  const labels = [showNumber(high), showNumber(low)]
  const labelWidth = Math.max(...labels.map(displayWidth))
  const columns = Math.max(10, Math.min(widest, width - labelWidth - 5))
  const counts = groups.map(() => new Uint32Array(columns * height))
  for (const [i, { points }] of groups.entries())
    for (const [x, y] of points) {
      const column = Math.min(columns - 1, Math.floor(((x - left) / (right - left)) * columns))
      const row = Math.min(height - 1, Math.floor(((high - y) / (high - low)) * height))
      counts[i]![row * columns + column]!++
    }
  const most = Math.max(...counts[0]!)
  const mark = (at: number): string => (groups.length > 1 ? letterAt(counts, at) : shadeOf(counts[0]![at]!, most))
  const lines = Array.from({ length: height }, (_, row) => {
    const label = row === 0 ? labels[0]! : row === height - 1 ? labels[1]! : ''
    const marks = Array.from({ length: columns }, (_, column) => mark(row * columns + column)).join('')
    return `  ${padStart(label, labelWidth)} │${paint('accent', marks.trimEnd())}`
  })
  const ends = [showNumber(left), showNumber(right)] as const
  const room = Math.max(0, columns - ends[0].length - ends[1].length)
  const name = inert(scatter.x.title, 60)
  const middle = name.length + 2 <= room ? name : ''
  const before = ' '.repeat(Math.floor((room - middle.length) / 2))
  const below = `${ends[0]}${before}${middle}`.padEnd(columns - ends[1].length) + ends[1]
  const key = groups.length > 1 ? groups.map((group, i) => `${letters[i] ?? '·'} ${inert(group.name, 40)} (${group.points.length})`).join('  ') : '' // biome-ignore format: one line
  return [
    ...titleLines(scatter, width, paint),
    `  ${' '.repeat(labelWidth)}  ${paint('dim', inert(scatter.y.title, 60))}`,
    ...lines,
    `  ${' '.repeat(labelWidth)} └${'─'.repeat(columns)}`,
    `  ${' '.repeat(labelWidth)}  ${below}`,
    ...(key === '' ? [] : wrap(`${scatter.by === null ? '' : `${inert(scatter.by, 40)}: `}${key}`, width, '  ').map((line) => paint('dim', line))), // biome-ignore format: one line
  ]
}

/** The extent of values, never empty. */
function rangeOf(values: readonly number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return low === high ? [low - 0.5, high + 0.5] : [low, high]
}

function letterAt(counts: readonly Uint32Array[], at: number): string {
  let [best, most] = [-1, 0]
  for (const [i, own] of counts.entries()) if (own[at]! > most) [best, most] = [i, own[at]!]
  return best < 0 ? ' ' : (letters[best] ?? '·')
}

function shadeOf(count: number, most: number): string {
  if (count === 0) return ' '
  return shades[Math.min(shades.length - 1, Math.floor((shades.length * Math.log1p(count)) / Math.log1p(most + 1)))]!
}
