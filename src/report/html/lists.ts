/** Lists of what stands out, cards of totals, and folded text. */
import { inert, plural } from '../../core/index.js'
import { showValue, toneWords } from '../cell.js'
import type { ViewCards, ViewItem, ViewList, ViewText } from '../views/view.js'
import type { Anchors } from './anchors.js'
import { html, type Markup } from './markup.js'

const namesShown = 500
const linesShown = 400
/** Notes that stand alone and are few are not folded. */
const notesOpen = 6

export function listHtml(list: ViewList, anchors: Anchors): Markup {
  const { items, notes = [], empty } = list
  if (items.length + notes.length === 0) {
    if (empty === undefined) return html``
    return html`<section><h3>${inert(list.title, 300)}</h3><p><span class="tag good">✓</span>${inert(empty, 600)}</p></section>`
  }
  const listed = (some: readonly ViewItem[]): Markup =>
    html`<ul class="flags">${some.map((item) => itemHtml(item, anchors))}</ul>`
  return html`<section><h3>${inert(list.title, 300)}</h3>${list.note !== undefined && html`<p class="note">${inert(list.note, 1000)}</p>`}${items.length > 0 && listed(items)}${notes.length > 0 && html`<details class="more"${items.length === 0 && notes.length <= notesOpen ? html` open` : null}><summary>${plural(notes.length, 'note')}</summary>${listed(notes)}</details>`}</section>`
}

function itemHtml({ tone, code, name, text, names }: ViewItem, anchors: Anchors): Markup {
  const word = [tone && toneWords[tone], code !== undefined && inert(code, 80)].filter(Boolean).join(' · ')
  const id = name === undefined ? undefined : anchors.ofName(name)
  const shownName =
    name !== undefined &&
    html`${id === undefined ? html`<strong>${inert(name, 300)}</strong>` : html`<a href="#${id}">${inert(name, 300)}</a>`}: `
  return html`<li class="${tone ?? ''}">${word !== '' && html`<span class="tag ${tone ?? 'info'}">${word}</span>`}${shownName}${inert(text, 800)}${names !== undefined && namesHtml(names)}</li>`
}

function namesHtml(names: readonly string[]): Markup {
  return html` <details class="more"><summary>${plural(names.length, 'tensor')}</summary>${names
    .slice(0, namesShown)
    .map((name) => inert(name, 200))
    .join(', ')}${names.length > namesShown && ' …'}</details>`
}

export function cardsHtml({ cards }: ViewCards): Markup {
  return html`<dl class="cards">${cards.map(({ title, value, format, tone }) => html`<div class="${tone ?? ''}"><dt>${inert(title, 80)}</dt><dd>${showValue(value, format)}</dd></div>`)}</dl>`
}

/** Keeps line breaks, which the text's own layout needs. */
export function textHtml({ title, text }: ViewText): Markup {
  const lines = text.split('\n')
  const shown = lines.slice(0, linesShown).map((line) => inert(line, 300))
  if (lines.length > linesShown) shown.push(`… ${lines.length - linesShown} lines more`)
  return html`<details class="more"><summary>${inert(title, 300)}</summary><pre>${shown.join('\n')}</pre></details>`
}
