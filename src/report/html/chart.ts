/** A line chart as SVG: axes, ticks, logarithmic scales, marks; few curves in colours, many in grey but for what stands out. */
import { scaleLinear, scaleLog } from 'd3-scale'
import { line } from 'd3-shape'
import { inert, plural } from '../../core/index.js'
import { toneRank } from '../cell.js'
import { showNumber } from '../numbers.js'
import type { ViewChart } from '../views/view.js'
import type { Anchors } from './anchors.js'
import { html, type Markup } from './markup.js'

type Series = ViewChart['series'][number]
type Point = readonly [number, number]

export const size = { width: 660, height: 320 }
export const margin = { top: 18, right: 158, bottom: 44, left: 66 }
export const inner = {
  width: size.width - margin.left - margin.right,
  height: size.height - margin.top - margin.bottom,
}
/** As many curves have a look and a name of their own: eight colours, then dashed. */
const looks = 12
export const colours = 8
/** Of more curves, where none stands out, those that end highest have one. */
const highest = 5
const labelHeight = 14
/** More numbers than this are not repeated as a table. */
const numbersShown = 1500

export interface Scale {
  (value: number): number
  ticks(count?: number): number[]
}

interface Drawn {
  readonly series: Series
  readonly points: readonly Point[]
  /** Classes of the style sheet: a tone, `c0` to `c7`, perhaps with `dash`, or `rest`. */
  readonly look: string
}

export function chartHtml(chart: ViewChart, anchors: Anchors, id: string): Markup {
  const usable = ([x, y]: Point): boolean =>
    Number.isFinite(x) && Number.isFinite(y) && (!chart.x.log || x > 0) && (!chart.y.log || y > 0)
  const given = chart.series.map((series) => ({ series, points: series.points.filter(usable) }))
  const drawn = lookOf(given.filter(({ points }) => points.length > 0))
  const title = inert(chart.title, 300)
  if (drawn.length === 0)
    return html`<section><h3>${title}</h3><p class="note">There is nothing to draw: no value is ${chart.y.log ? 'positive and finite' : 'finite'}.</p></section>`
  const all = drawn.flatMap(({ points }) => points)
  const marks = (chart.marks ?? []).filter(({ x }) => Number.isFinite(x) && (!chart.x.log || x > 0))
  const x = scaleOf([...all.map(([value]) => value), ...marks.map((mark) => mark.x)], chart.x.log, [0, inner.width])
  const y = scaleOf(
    [...all.map(([, value]) => value), ...drawn.flatMap((one) => barsOf(one, chart)).flatMap(([, low, high]) => [low, high])], // biome-ignore format: one line
    chart.y.log,
    [inner.height, 0],
  )
  const description = `${plural(drawn.length, 'curve')} of ${inert(chart.y.title, 80)} against ${inert(chart.x.title, 80)}${chart.y.log ? ', logarithmic' : ''}`
  const left = chart.series.reduce((sum, { points }) => sum + points.length, 0) - all.length
  const levels = levelsOf(marks, x)
  const above = markLine * Math.max(0, ...levels.map((level) => level ?? 0))
  return html`<section><h3>${title}</h3>${chart.note !== undefined && html`<p class="note">${inert(chart.note, 1000)}</p>`}
<figure class="chart"><svg viewBox="0 ${-above} ${size.width} ${size.height + above}" role="img" aria-label="${title}: ${description}" aria-describedby="${id}"><desc>${description}</desc><g transform="translate(${margin.left} ${margin.top})">
${axes(chart, x, y)}${marks.map((mark, i) => markHtml(mark, x, chart.x.title, levels[i]!))}
${[...drawn].reverse().map((one) => curveHtml(one, x, y, chart))}${labels(drawn, y)}</g></svg>
<figcaption id="${id}">${legend(drawn, anchors)}<output class="chart-says note"></output>${left > 0 && html`<p class="note">${plural(left, 'point')} not drawn: not finite${(chart.x.log || chart.y.log) && ', or not positive on a logarithmic axis'}.</p>`}</figcaption></figure>${numbers(chart)}</section>`
}

/** Lines of labels above the chart; what does not fit on one is told by its tooltip. */
const markLevels = 4
const markLine = 13
/** Of a label, which is cut at this length; about so wide is a letter. */
const markLetters = 28
const letterWidth = 5.8

/** The line that the label of each mark stands on, so that none runs over another; null where there is no room left. */
function levelsOf(marks: NonNullable<ViewChart['marks']>, x: Scale): (number | null)[] {
  const ends = Array.from({ length: markLevels }, () => Number.NEGATIVE_INFINITY)
  const levels = new Map<(typeof marks)[number], number | null>()
  for (const mark of [...marks].sort((a, b) => a.x - b.x)) {
    const half = (Math.min(markLetters, mark.label.length) * letterWidth) / 2
    const level = ends.findIndex((end) => end < x(mark.x) - half)
    if (level >= 0) ends[level] = x(mark.x) + half + letterWidth
    levels.set(mark, level < 0 ? null : level)
  }
  return marks.map((mark) => levels.get(mark)!)
}

/** A scale over the finite extent of the values, which never is empty; a single value stands in the middle. */
export function scaleOf(values: readonly number[], log: boolean | undefined, range: [number, number]): Scale {
  let [low, high] = values.reduce(
    ([a, b], value) => [Math.min(a, value), Math.max(b, value)] as [number, number],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  )
  if (low === high)
    [low, high] = log ? [low / 2, high * 2] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2]
  return log ? scaleLog([low, high], range) : scaleLinear([low, high], range).nice()
}

/** About `most` ticks; on a logarithmic axis whole decades where there are enough, then 1, 2, 5. */
function ticksOf(scale: Scale, log: boolean | undefined, most: number): number[] {
  const ticks = scale.ticks(most)
  if (!log) return ticks
  const startsWith = (digits: readonly number[]): number[] =>
    ticks.filter((tick) => digits.includes(Math.round(tick / 10 ** Math.floor(Math.log10(tick) + 1e-9))))
  const chosen = [startsWith([1]), startsWith([1, 2, 5]), ticks].find((some, i) => i === 2 || some.length >= 3)!
  const step = Math.ceil(chosen.length / most)
  return chosen.filter((_, i) => i % step === 0)
}

export const at = (value: number): string => String(Math.round(value * 10) / 10)

export function axes(chart: Pick<ViewChart, 'x' | 'y'>, x: Scale, y: Scale): Markup {
  const { width, height } = inner
  return html`<g class="axis">${ticksOf(y, chart.y.log, 6).map((tick) => html`<line class="grid" x2="${width}" y1="${at(y(tick))}" y2="${at(y(tick))}"/><text class="e" x="-8" y="${at(y(tick))}" dy=".32em">${showNumber(tick)}</text>`)}${ticksOf(
    x,
    chart.x.log,
    8,
  ).map(
    (tick) =>
      html`<line x1="${at(x(tick))}" x2="${at(x(tick))}" y1="${height}" y2="${height + 5}"/><text class="m" x="${at(x(tick))}" y="${height + 18}">${showNumber(tick)}</text>`,
  )}
<line x2="${width}" y1="${height}" y2="${height}"/><text class="m title" x="${width / 2}" y="${height + 38}">${inert(chart.x.title, 80)}</text><text class="m title" transform="translate(-54 ${height / 2}) rotate(-90)">${inert(chart.y.title, 60)}</text></g>`
}

function markHtml(
  { x: place, label, tone }: NonNullable<ViewChart['marks']>[number],
  x: Scale,
  title: string,
  level: number | null,
): Markup {
  const left = at(x(place))
  const top = level === null ? 0 : -level * markLine
  const words = `${inert(title, 40)} ${showNumber(place)}: ${inert(label, 200)}`
  return html`<g class="mark ${tone ?? 'info'}"><title>${words}</title><line x1="${left}" x2="${left}" y1="${top}" y2="${inner.height}"/>${level !== null && html`<text x="${left}" y="${top - 4}" class="m">${tail(inert(label, 200), markLetters)}</text>`}</g>`
}

/**
 * Which curves have a colour of their own: errors and warnings always; beside them all others where they are few, none where they are many. Many
 * without errors and warnings: those that end highest.
 */
function lookOf(given: readonly { series: Series; points: readonly Point[] }[]): Drawn[] {
  const standsOut = ({ series: { tone } }: { series: Series }): boolean => tone === 'error' || tone === 'warning'
  const last = ({ points }: { points: readonly Point[] }): number => points.at(-1)![1]
  const own = (i: number): string => `c${i % colours}${i < colours ? '' : ' dash'}`
  const sorted = [...given].sort((a, b) => toneRank(a.series.tone) - toneRank(b.series.tone))
  const [first, others] = [sorted.filter(standsOut), sorted.filter((one) => !standsOut(one))]
  const toned = first.map((one) => ({ ...one, look: one.series.tone! as string }))
  if (given.length <= looks) return [...toned, ...others.map((one, i) => ({ ...one, look: own(i) }))]
  const named = first.length > 0 ? 0 : highest
  if (named > 0) others.sort((a, b) => last(b) - last(a))
  return [...toned, ...others.map((one, i) => ({ ...one, look: i < named ? own(i) : 'rest' }))]
}

/** Place, lower and upper end of the bar of each point that has one; on a logarithmic axis they end where it does. */
function barsOf({ series, points }: Drawn, chart: ViewChart): (readonly [number, number, number])[] {
  const { errors } = series
  if (errors === undefined) return []
  const halves = new Map(series.points.map((point, i) => [point, errors[i] ?? null]))
  return points.flatMap((point) => {
    const half = halves.get(point) ?? null
    if (half === null || !Number.isFinite(half)) return []
    const low = point[1] - half
    return [[point[0], chart.y.log && low <= 0 ? point[1] : low, point[1] + half] as const]
  })
}

/** A curve with a wide invisible one below it, so that a pointer finds it; single points are dots. */
function curveHtml(one: Drawn, x: Scale, y: Scale, chart: ViewChart): Markup {
  const { series, points, look } = one
  const bars = barsOf(one, chart)
    .map(([px, low, high]) => `M${at(x(px))} ${at(y(low))}V${at(y(high))}`)
    .join('')
  const path = line<Point>(
    ([value]) => x(value),
    ([, value]) => y(value),
  ).digits(1)(points)
  const values = points.map(([, value]) => value)
  const range = `from ${showNumber(values[0])} to ${showNumber(values.at(-1))}`
  const hasDots = points.length <= 30 && look !== 'rest'
  const dots = hasDots
    ? points.map(
        ([px, py]) =>
          html`<circle cx="${at(x(px))}" cy="${at(y(py))}" r="2.5"><title>${inert(series.name, 200)}: ${showNumber(py)} at ${inert(chart.x.title, 40)} ${showNumber(px)}</title></circle>`,
      )
    : null
  return html`<g class="curve ${look}" data-says="${inert(series.name, 200)}: ${range}"><title>${inert(series.name, 200)}: ${range}</title><path class="hit" d="${path}"/><path d="${path}"/>${bars !== '' && html`<path class="bars" d="${bars}"/>`}${dots}</g>
`
}

/** Names at the ends of the coloured curves, moved apart where they would overlap. */
function labels(drawn: readonly Drawn[], y: Scale): Markup[] {
  const named = drawn
    .filter(({ look }) => look !== 'rest')
    .slice(0, Math.floor(inner.height / labelHeight))
    .map((one) => ({ ...one, top: y(one.points.at(-1)![1]) }))
    .sort((a, b) => a.top - b.top)
  const tops = spread(named.map(({ top }) => top))
  return named.map(
    ({ series, look }, i) =>
      html`<text class="name ${look}" x="${inner.width + 8}" y="${at(tops[i]!)}" dy=".32em"><title>${inert(series.name, 200)}</title>${tail(inert(series.name, 200), 22)}</text>`,
  )
}

/** Ascending places at least a label apart, inside the chart. */
function spread(places: readonly number[]): number[] {
  const tops: number[] = []
  for (const place of places) tops.push(Math.max(place, (tops.at(-1) ?? Number.NEGATIVE_INFINITY) + labelHeight))
  let limit = inner.height
  for (let i = tops.length - 1; i >= 0; i--) {
    tops[i] = Math.min(tops[i]!, limit)
    limit = tops[i]! - labelHeight
  }
  return tops
}

/** The end of a name, where a layer's own name stands. */
function tail(name: string, most: number): string {
  const characters = [...name]
  return characters.length <= most ? name : `…${characters.slice(-(most - 1)).join('')}`
}

function legend(drawn: readonly Drawn[], anchors: Anchors): Markup {
  const named = drawn.filter(({ look }) => look !== 'rest')
  const rest = drawn.length - named.length
  const item = ({ series, look }: Drawn): Markup => {
    const id = anchors.ofName(series.name)
    const name = inert(series.name, 200)
    return html`<li class="${look}"><span class="key" aria-hidden="true"></span>${id === undefined ? name : html`<a href="#${id}">${name}</a>`}</li>`
  }
  const isByHeight = rest > 0 && named.every(({ look }) => look.startsWith('c'))
  return html`<ul class="legend">${named.slice(0, 24).map(item)}${rest > 0 && html`<li class="rest"><span class="key" aria-hidden="true"></span>${rest} more${isByHeight && '; named are the ones that end highest'}</li>`}</ul>`
}

/** The chart's numbers for those who cannot see it, or want them. */
function numbers(chart: ViewChart): Markup | false {
  const count = chart.series.reduce((sum, { points }) => sum + points.length, 0)
  if (count === 0 || count > numbersShown) return false
  const places = [...new Set(chart.series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b)
  const rows = chart.series.map(({ name, points }) => ({ name, values: new Map(points.map(([x, y]) => [x, y])) }))
  if (places.length * rows.length > 2 * numbersShown) return false
  const title = `${inert(chart.title, 200)}: the numbers`
  return html`<details class="more"><summary>The numbers</summary><div class="scroll" tabindex="0" role="region" aria-label="${title}"><table><caption class="skip">${title}</caption><thead><tr><th scope="col" class="l">${inert(chart.x.title, 60)}</th>${places.map((x) => html`<th scope="col">${showNumber(x)}</th>`)}</tr></thead><tbody>${rows.map(
    ({ name, values }) =>
      html`<tr><th scope="row">${inert(name, 300)}</th>${places.map((x) => html`<td>${showNumber(values.get(x) ?? null)}</td>`)}</tr>`,
  )}</tbody></table></div></details>`
}
