/** Rows against figures, as one picture: what differs from its neighbours is seen before it is read. */
import { inert } from '../../core/index.js'
import { showNumber } from '../numbers.js'
import type { ViewHeat } from '../views/view.js'
import type { Anchors } from './anchors.js'
import { html, Markup } from './markup.js'

/** Names stand beside the picture while there is room for a line of text each. */
const rowsWithNames = 60

/** Dark blue to yellow through green, evenly spaced in lightness (after viridis). */
const ramp: readonly (readonly [number, number, number])[] = [
  [68, 1, 84],
  [65, 68, 135],
  [42, 120, 142],
  [34, 168, 132],
  [122, 209, 81],
  [253, 231, 37],
]

function colorAt(share: number): [number, number, number] {
  const place = Math.max(0, Math.min(1, share)) * (ramp.length - 1)
  const low = Math.min(ramp.length - 2, Math.floor(place))
  const mix = place - low
  const [a, b] = [ramp[low]!, ramp[low + 1]!]
  return [0, 1, 2].map((i) => Math.round(a[i]! + (b[i]! - a[i]!) * mix)) as [number, number, number]
}

/** Values as shares between their smallest and largest, on a logarithmic scale where they span more than a decade. */
function sharesOf(values: readonly (number | null)[]): (number | null)[] {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value))
  if (finite.length === 0) return values.map(() => null)
  const positive = finite.filter((value) => value > 0)
  const least = positive.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const isLog = positive.some((value) => value > 10 * least)
  const scale = (value: number): number => (isLog ? Math.log10(Math.max(value, least)) : value)
  const low = scale(finite.reduce((a, b) => Math.min(a, b)))
  const high = scale(finite.reduce((a, b) => Math.max(a, b)))
  return values.map((value) => {
    if (value === null || Number.isNaN(value)) return null
    if (!Number.isFinite(value)) return 1
    return high > low ? (scale(value) - low) / (high - low) : 0.5
  })
}

const base64 = (bytes: Uint8Array): string => {
  let text = ''
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(text)
}

/** One pixel per cell, transparent where there is no value. */
async function pictureOf({ rows, columns, compare }: ViewHeat): Promise<Uint8Array> {
  const data = new Uint8Array(rows.length * columns.length * 4)
  const paint = (x: number, y: number, share: number | null): void => {
    if (share !== null) data.set([...colorAt(share), 255], (y * columns.length + x) * 4)
  }
  if (compare === 'whole') {
    const shares = sharesOf(rows.flatMap(({ values }) => columns.map((_, x) => values[x] ?? null)))
    for (const [i, share] of shares.entries()) paint(i % columns.length, Math.floor(i / columns.length), share)
  } else {
    for (const x of columns.keys())
      for (const [y, share] of sharesOf(rows.map(({ values }) => values[x] ?? null)).entries()) paint(x, y, share)
  }
  const { encode } = await import('fast-png')
  return encode({ width: columns.length, height: rows.length, data, depth: 8, channels: 4 })
}

/** Nothing where fewer than two rows have something to compare. */
export async function heatHtml(heat: ViewHeat, anchors: Anchors): Promise<Markup> {
  const { rows, columns } = heat
  if (rows.length < 2 || columns.length === 0) return html``
  const png = await pictureOf(heat)
  const rowHeight = rows.length <= rowsWithNames ? 18 : Math.max(2, Math.round(600 / rows.length))
  const labels =
    rows.length <= rowsWithNames &&
    html`<div class="labels" aria-hidden="true">${rows.map(({ name }) => html`<span>${inert(name, 200)}</span>`)}</div>`
  const titles = columns.map((title) => inert(title, 60))
  const cells = rows.map(({ name, values }) => [
    anchors.ofName(name) ?? '',
    inert(name, 300),
    ...columns.map((_, x) => showNumber(values[x])),
  ])
  return html`<section><h3>${inert(heat.title, 300)}</h3>${heat.note !== undefined && html`<p class="note">${inert(heat.note, 1000)}</p>`}
<div class="heat${labels && ' labelled'}" style="--n:${columns.length};--h:${rowHeight * rows.length}px"><div class="heads" aria-hidden="true">${titles.map((title) => html`<span>${title}</span>`)}</div>
${labels}<img src="data:image/png;base64,${base64(png)}" alt="Heat map of ${rows.length} rows by ${titles.join(', ')}">
<p class="heat-says" aria-live="polite"></p>
<script type="application/json" class="heat-data">${jsonForScript({ titles, cells })}</script></div></section>`
}

/** JSON inside a script element: `<` cannot end it. */
function jsonForScript(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll('<', '\\u003c'))
}
