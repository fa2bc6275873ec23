/** The small pictures in a row: a curve, a histogram. */
import { inert } from '../../core/index.js'
import { showNumber } from '../numbers.js'
import type { ViewRow, ViewTable } from '../views/view.js'
import { html, type Markup } from './markup.js'

const width = 96
const height = 28
/** Long tails of single elements would squeeze the bulk into nothing. */
const mostBars = 48
const decades = 6

const round = (value: number): string => String(Math.round(value * 10) / 10)

function pictureOf(text: string, inner: Markup): Markup {
  const label = inert(text, 200)
  return html`<svg class="p" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}"><title>${label}</title>${inner}</svg>`
}

/** Values against their places; on logarithmic axes six decades at most, what is smaller or not positive at the bottom. Values that are not finite break the line. */
export function curvePicture(
  values: readonly (number | null)[],
  places: readonly number[] | undefined,
  { title, log }: NonNullable<ViewTable['curve']>,
): Markup | null {
  const at = (i: number): number => places?.[i] ?? i + 1
  const drawn = values
    .map((value, i) => ({ x: log ? Math.log10(at(i)) : at(i), y: value ?? Number.NaN }))
    .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
  const top = Math.max(...drawn.map(({ y }) => y))
  if (drawn.length < 2 || (log && !(top > 0))) return null
  const floor = log ? Math.max(top / 10 ** decades, Math.min(...drawn.map(({ y }) => y).filter((y) => y > 0))) : 0
  const scaled = drawn.map(({ x, y }) => ({ x, y: log ? Math.log10(Math.max(y, floor)) : y }))
  const [low, high] = [Math.min(...scaled.map(({ y }) => y)), Math.max(...scaled.map(({ y }) => y))]
  const [left, right] = [scaled[0]!.x, scaled.at(-1)!.x]
  // A path that stays within a decade, or a hundredth of its size, is not blown up to the whole height.
  const span = Math.max(high - low, log ? 1 : 0.01 * Math.max(Math.abs(high), Math.abs(low)))
  const ceiling = log ? high : (high + low + span) / 2
  const points = scaled.map(({ x, y }) => {
    const across = right > left ? (x - left) / (right - left) : 0.5
    const depth = span > 0 ? (ceiling - y) / span : 0.5
    return `${round(2 + (width - 4) * across)},${round(2 + (height - 4) * depth)}`
  })
  const word = drawn[0]!.y >= drawn.at(-1)!.y ? 'down' : 'up'
  const label = `${title} from ${showNumber(drawn[0]!.y)} ${word} to ${showNumber(drawn.at(-1)!.y)}`
  return pictureOf(label, html`<polyline points="${points.join(' ')}"/>`)
}

/** Counts as bars, the last ones where there are many; a second histogram as steps over them. */
export function barsPicture({ label, counts, over }: NonNullable<ViewRow['bars']>): Markup | null {
  if (counts.length === 0) return null
  if (over) return pairPicture(label, counts, over)
  const shown = counts.slice(-mostBars)
  const top = Math.max(...shown)
  const step = Math.min(6, (width - 4) / shown.length)
  const bars = shown.map((count, i) => {
    const tall = count === 0 ? 0 : Math.max(1, ((height - 4) * count) / top)
    return count === 0
      ? ''
      : `M${round(2 + i * step)} ${height - 2}v${round(-tall)}h${round(Math.max(0.6, step - 0.6))}v${round(tall)}z`
  })
  return pictureOf(label, html`<path d="${bars.join('')}"/>`)
}

/** Two histograms over the same bins and of one scale: the first filled, the second as a line of steps. */
function pairPicture(label: string, counts: readonly number[], over: readonly number[]): Markup {
  const top = Math.max(...counts, ...over)
  const step = (width - 4) / counts.length
  const y = (count: number): string => round(height - 2 - (top > 0 ? ((height - 4) * count) / top : 0))
  const bars = counts.map((count, i) => (count > 0 ? `M${round(2 + i * step)} ${height - 2}V${y(count)}h${round(step)}V${height - 2}z` : '')) // biome-ignore format: one line
  const steps = over.map((count, i) => `${i === 0 ? 'M' : 'L'}${round(2 + i * step)} ${y(count)}H${round(2 + (i + 1) * step)}`) // biome-ignore format: one line
  return pictureOf(label, html`<path class="under" d="${bars.join('')}"/><path class="over" d="${steps.join('')}"/>`)
}
