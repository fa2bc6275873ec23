/** Points of a plane as SVG: the same axes as charts, a colour for each group. */
import { inert, plural } from '../../core/index.js'
import { showNumber } from '../numbers.js'
import type { ViewScatter } from '../views/view.js'
import { at, axes, colours, inner, margin, scaleOf, size } from './chart.js'
import { html, type Markup } from './markup.js'

type Group = ViewScatter['groups'][number]

/** Tooltips of single points where they are few. */
const tooltips = 400

export function scatterHtml(scatter: ViewScatter, id: string): Markup {
  const title = inert(scatter.title, 300)
  const finite = scatter.groups.map(({ name, points }) => ({ name, points: points.filter((point) => point.every(Number.isFinite)) })) // biome-ignore format: one line
  const groups = finite.filter(({ points }) => points.length > 0)
  const all = groups.flatMap(({ points }) => points)
  if (all.length === 0)
    return html`<section><h3>${title}</h3><p class="note">There is nothing to draw: no value is finite.</p></section>`
  const x = scaleOf(all.map(([value]) => value), false, [0, inner.width]) // biome-ignore format: one line
  const y = scaleOf(all.map(([, value]) => value), false, [inner.height, 0]) // biome-ignore format: one line
  const description = `${plural(all.length, 'point')}: ${inert(scatter.y.title, 80)} against ${inert(scatter.x.title, 80)}${scatter.by === null ? '' : `, by ${inert(scatter.by, 80)}`}`
  const isFew = all.length <= tooltips
  const dots = ({ name, points }: Group, i: number): Markup =>
    html`<g class="dots c${i % colours}">${points.map(
      ([px, py]) =>
        html`<circle cx="${at(x(px))}" cy="${at(y(py))}" r="${i < colours ? '3' : '2'}">${isFew && html`<title>${inert(name, 100)}: ${showNumber(px)}, ${showNumber(py)}</title>`}</circle>`,
    )}</g>
`
  const legend = ({ name, points }: Group, i: number): Markup =>
    html`<li class="c${i % colours}"><span class="dot" aria-hidden="true"></span>${inert(name, 100)} (${points.length})</li>`
  return html`<section><h3>${title}</h3>${scatter.note !== undefined && html`<p class="note">${inert(scatter.note, 1000)}</p>`}
<figure class="chart"><svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${title}: ${description}" aria-describedby="${id}"><desc>${description}</desc><g transform="translate(${margin.left} ${margin.top})">
${axes(scatter, x, y)}${groups.map(dots)}</g></svg>
<figcaption id="${id}">${scatter.by !== null && html`<p class="note">${inert(scatter.by, 100)}</p><ul class="legend">${groups.map(legend)}</ul>`}</figcaption></figure></section>`
}
