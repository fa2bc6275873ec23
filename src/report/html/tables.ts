/** Tables that a reader sorts and filters: names, words, pictures and tags first, then the figures. */
import { inert } from '../../core/index.js'
import { rowTone, showValue } from '../cell.js'
import type { CellValue, Tone, ViewColumn, ViewRow, ViewTable } from '../views/view.js'
import type { Anchors } from './anchors.js'
import { html, type Markup } from './markup.js'
import { barsPicture, curvePicture } from './small.js'

/** A table of fewer rows is read at a glance. */
const rowsWithTools = 9
/** Text beyond this is a sentence: it stands last and breaks into lines. */
const longText = 48
const filters: readonly (readonly [Tone, string])[] = [
  ['error', 'with errors'],
  ['warning', 'with warnings'],
  ['info', 'with notes'],
  ['good', 'that are good'],
]

interface Placed {
  readonly column: ViewColumn
  readonly place: number
  /** What a full bar stands for; 0 for no bars. */
  readonly full: number
}

export function tableHtml(table: ViewTable, anchors: Anchors): Markup {
  if (table.rows.length === 0) return html``
  const title = inert(table.title, 300)
  const shown = table.columns
    .map((column, place) => ({ column, place, full: column.bar ? largestOf(table, place) : 0 }))
    .filter(
      ({ column, place }) =>
        place > 0 && !column.csvOnly && table.rows.some((row) => (row.cells[place] ?? null) !== null),
    )
  const isLong = ({ place }: Placed): boolean =>
    table.rows.some((row) => String(row.cells[place] ?? '').length > longText)
  const words = shown.filter((one) => one.column.format === 'text' && !isLong(one))
  const figures = shown.filter(({ column }) => column.format !== 'text')
  const sentences = shown.filter((one) => one.column.format === 'text' && isLong(one))
  const hasTags = table.rows.some((row) => row.tags)
  const pictureHeads = [
    table.curve && picture(table.curve.title, table.curve.meaning),
    table.bars && picture(table.bars.title, table.bars.meaning),
    hasTags && html`<th scope="col" class="l">${inert(table.tags?.title ?? 'flags', 60)}</th>`,
  ]
  return html`<section>${title !== '' && html`<h3>${title}</h3>`}${table.note !== undefined && html`<p class="note">${inert(table.note, 1000)}</p>`}
${table.rows.length >= rowsWithTools && tools(table)}<div class="scroll" tabindex="0" role="region" aria-label="${title === '' ? 'Table' : title}"><table class="rows" data-noun="${inert(table.noun ?? 'row', 40)}"><caption class="skip">${title}</caption>
<thead><tr>${table.columns.slice(0, 1).map(head)}${words.map(({ column }) => head(column))}${pictureHeads}${[...figures, ...sentences].map(({ column }) => head(column))}</tr></thead>
<tbody>${table.rows.map((row, i) => rowHtml(table, row, words, [...figures, ...sentences], hasTags, anchors.ofRow(table, i)))}</tbody></table></div></section>`
}

function picture(title: string, meaning = ''): Markup {
  return html`<th scope="col" class="l" title="${inert(meaning, 400)}">${inert(title, 60)}</th>`
}

function head({ title, meaning, format }: ViewColumn): Markup {
  return html`<th scope="col"${format === 'text' ? html` class="l"` : null} title="${inert(meaning, 400)}"><button type="button">${inert(title, 60)}</button></th>`
}

function tools(table: ViewTable): Markup {
  const noun = inert(table.noun ?? 'row', 40)
  const tones = new Set(table.rows.flatMap(tonesOf))
  const label = inert(table.tags?.title ?? 'flags', 60)
  const select = html`<label>${label.charAt(0).toUpperCase() + label.slice(1)}<select><option value="">all ${noun}s</option>${filters
    .filter(([tone]) => tones.has(tone))
    .map(([tone, words]) => html`<option value="${tone}">${words}</option>`)}</select></label>`
  return html`<div class="tools" hidden><label>Find a ${noun}<input type="search" placeholder="words of its row"></label>
${tones.size > 0 && select}<output class="note"></output></div>
`
}

function tonesOf(row: ViewRow): Tone[] {
  return [...new Set([...(row.tone ? [row.tone] : []), ...(row.tags ?? []).map((tag) => tag.tone)])]
}

function rowHtml(
  table: ViewTable,
  row: ViewRow,
  words: readonly Placed[],
  rest: readonly Placed[],
  hasTags: boolean,
  id: string,
): Markup {
  const name = showValue(row.cells[0] ?? null, table.columns[0]?.format ?? 'text', 400)
  const tags = row.tags ?? []
  const texts = words.map(({ column, place }) => showValue(row.cells[place] ?? null, column.format, 300))
  const find = [name, ...texts, ...tags.map((tag) => inert(tag.text, 60))].join(' ').toLowerCase()
  const pictures = [
    table.curve && html`<td class="l">${row.curve && curvePicture(row.curve, row.curveAt, table.curve)}</td>`,
    table.bars && html`<td class="l">${row.bars && barsPicture(row.bars)}</td>`,
    hasTags &&
      html`<td class="l">${tags.map(({ tone, text, meaning }) => html`<span class="tag ${tone}" title="${inert(meaning ?? '', 600)}">${inert(text, 60)}</span>`)}</td>`,
  ]
  return html`<tr id="${id}"${toneClass(row)} data-find="${find}" data-flags="${tonesOf(row).join(' ')}"><th scope="row" title="${name}">${name}</th>${texts.map((text) => html`<td class="l">${text}</td>`)}${pictures}${rest.map((one) => figure(row.cells[one.place] ?? null, one))}</tr>
`
}

function toneClass(row: ViewRow): Markup | null {
  const tone = rowTone(row)
  return tone === 'error' || tone === 'warning' ? html` class="${tone}"` : null
}

/** The largest finite value of a column. */
function largestOf(table: ViewTable, place: number): number {
  const sizes = table.rows.map((row) => row.cells[place]).filter((value) => typeof value === 'number')
  return sizes.filter(Number.isFinite).reduce((most, value) => Math.max(most, value), 0)
}

function figure(value: CellValue, { column: { format }, full }: Placed): Markup {
  if (format === 'text') return html`<td class="l long">${showValue(value, format, 600)}</td>`
  const text = showValue(value, format, 100)
  const share = full > 0 && typeof value === 'number' && value > 0 ? Math.min(1, value / full) : 0
  const bar = share > 0 ? html` class="bar" style="--s:${(100 * share).toFixed(1)}%"` : null
  return html`<td${bar} data-v="${value === null ? '' : inert(String(value), 100)}">${text}</td>`
}
