/** The table of tensors. */
import { inert } from '../../core/index.js'
import type { FileReport, TensorFigures } from '../../weights/index.js'
import { type Column, columns, showCell } from '../columns.js'
import { showCount, showNumber } from '../numbers.js'
import { sortTensors } from '../order.js'
import { html, type Markup } from './markup.js'
import { exponentPicture, spectrumPicture } from './svg.js'

/** Columns with nothing to say in this file are left out; L0 and the like are in the CSV. */
const left = new Set([
  'name',
  'l0',
  'l1',
  'min',
  'max',
  'sigmaMin',
  'energy90',
  'energy95',
  'alphaKs',
  'rowMedian',
  'columnMin',
  'columnMedian',
  'columnMax',
])

export function tensorTableHtml(file: FileReport, idOf: (tensor: TensorFigures) => string): Markup {
  const shown = columns.filter(
    (column) => !left.has(column.key) && file.tensors.some((tensor) => hasNews(column, tensor)),
  )
  const head = (title: string, meaning: string, align: 'left' | 'right'): Markup =>
    html`<th scope="col"${align === 'left' ? html` class="l"` : null} title="${meaning}"><button type="button">${title}</button></th>`
  const headOf = (column: Column): Markup => head(column.title, column.meaning, column.align)
  const [first, last] = [shown.filter(isWord), shown.filter((column) => !isWord(column))]
  const rows = sortTensors(file, 'worst').map((tensor) => row(tensor, first, last, idOf(tensor)))
  return html`<div class="tools" hidden><label>Find a tensor<input type="search" placeholder="words of its name, dtype or kind"></label>
<label>Flags<select><option value="">all tensors</option><option value="error">with errors</option><option value="warning">with warnings</option><option value="info">with notes</option></select></label><output class="note"></output></div>
<div class="scroll" tabindex="0" role="region" aria-label="Table of tensors"><table class="tensors"><caption class="skip">Figures of every tensor, worst first</caption>
<thead><tr>${head('tensor', "the file's own name", 'left')}${first.map(headOf)}<th scope="col" class="l" title="singular values, both axes logarithmic">spectrum</th><th scope="col" class="l" title="elements by power of two, small ones to the left">exponents</th><th scope="col" class="l">flags</th>${last.map(headOf)}</tr></thead>
<tbody>${rows}</tbody></table></div>`
}

function hasNews(column: Column, tensor: TensorFigures): boolean {
  const value = column.value(tensor)
  const counts = ['nan', 'posInf', 'negInf', 'deadRows', 'deadColumns'].includes(column.key)
  return value !== null && !(counts && value === 0)
}

/** What a tensor is stands before its pictures, how large it is behind them. */
function isWord(column: Column): boolean {
  return column.align === 'left'
}

function row(tensor: TensorFigures, first: readonly Column[], last: readonly Column[], id: string): Markup {
  const name = inert(tensor.name, 400)
  const severities = [...new Set(tensor.flags.map((flag) => flag.severity))].join(' ')
  const find = `${name} ${tensor.dtype} ${tensor.kind} ${tensor.flags.map((flag) => flag.code).join(' ')}`.toLowerCase()
  const cell = (column: Column): Markup => {
    const value = column.value(tensor)
    const text = inert(showCell(column, tensor), 60)
    if (typeof value === 'string') return html`<td class="l">${text}</td>`
    return html`<td data-v="${value === null ? '' : String(value)}">${text}</td>`
  }
  return html`<tr id="${id}" data-find="${find}" data-flags="${severities}"><th scope="row" title="${name}">${name}</th>${first.map(cell)}<td class="l">${tensor.matrix ? spectrumPicture(tensor.matrix) : null}</td><td class="l">${exponentPicture(tensor)}</td><td class="l">${tensor.flags.map((flag) => html`<span class="tag ${flag.severity}" title="${inert(flag.message, 600)}">${flag.code}</span>`)}</td>${last.map(cell)}</tr>
`
}

/** Gates of recurrent weights, heads' projections, experts: each with its own norms. */
export function partsHtml(file: FileReport, idOf: (tensor: TensorFigures) => string): Markup | false {
  const parts = file.tensors.flatMap((tensor) => tensor.slices.map((slice) => ({ tensor, slice })))
  if (parts.length === 0) return false
  const shown = parts.slice(0, 2000)
  const titles = ['L2', 'max|w|', 'zeros', 'σ₁', 'stable rank', 'rank']
  return html`<section><h3>Parts of tensors</h3><p class="note">Gates of recurrent weights, query, key and value of fused projections, and stacked experts, measured by themselves.${parts.length > shown.length && ` The first ${shown.length} of ${parts.length}.`}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Table of parts"><table><caption class="skip">Figures of parts of tensors</caption><thead><tr><th scope="col" class="l">tensor</th><th scope="col" class="l">part</th>${titles.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead><tbody>${shown.map(
    ({ tensor, slice }) =>
      html`<tr><th scope="row"><a href="#${idOf(tensor)}">${inert(tensor.name, 300)}</a></th><td class="l">${inert(slice.name, 60)}</td><td>${showNumber(slice.l2)}</td><td>${showNumber(slice.linf)}</td><td>${showCount(slice.zeros)}</td><td>${showNumber(slice.matrix?.spectral)}</td><td>${showNumber(slice.matrix?.stableRank)}</td><td>${showNumber(slice.matrix?.rank)}</td></tr>`,
  )}</tbody></table></div></section>`
}
