/** A view as one HTML file. */
import { inert } from '../../core/index.js'
import { showValue } from '../cell.js'
import type { Section, View, ViewCards, ViewChart, ViewList, ViewTable } from '../views/view.js'
import { html, Markup } from './markup.js'
import { script, scriptHash } from './script.js'
import { style } from './style.js'

const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '${scriptHash}'; base-uri 'none'; form-action 'none'`

/** No network, readable without scripts, everything from a file as text. */
export async function viewToHtml(view: View): Promise<string> {
  const title = inert(view.title, 300)
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}"><title>${title} – normball report</title>
<style>${new Markup(style)}</style></head>
<body><a class="skip" href="#main">Skip to the report</a><header><h1>${title}</h1>${view.facts.map((fact) => html`<p class="facts">${inert(fact, 600)}</p>`)}</header>
<main id="main">${view.sections.map(sectionHtml)}</main>
<script>${new Markup(script)}</script></body></html>
`
  return page.text
}

function sectionHtml(section: Section): Markup {
  switch (section.kind) {
    case 'table':
      return tableHtml(section)
    case 'list':
      return listHtml(section)
    case 'cards':
      return cardsHtml(section)
    case 'chart':
      return chartHtml(section)
    case 'picture':
      return html`<section><h3>${inert(section.title, 300)}</h3>${new Markup(section.svg)}</section>`
  }
}

function cardsHtml({ cards }: ViewCards): Markup {
  return html`<dl class="cards">${cards.map(({ title, value, format }) => html`<div><dt>${title}</dt><dd>${showValue(value, format)}</dd></div>`)}</dl>`
}

function listHtml(list: ViewList): Markup {
  return html`<section><h3>${inert(list.title, 300)}</h3><ul class="flags">${list.items.map(
    ({ tone, name, text }) =>
      html`<li class="${tone ?? ''}">${tone && html`<span class="tag ${tone}">${tone}</span>`}${name !== undefined && html`<strong>${inert(name, 300)}</strong>: `}${inert(text, 800)}</li>`,
  )}</ul></section>`
}

function tableHtml(table: ViewTable): Markup {
  return html`<section><h3>${inert(table.title, 300)}</h3>${table.note !== undefined && html`<p class="note">${inert(table.note, 800)}</p>`}
<div class="scroll" tabindex="0" role="region" aria-label="${inert(table.title, 300)}"><table><caption class="skip">${inert(table.title, 300)}</caption><thead><tr>${table.columns.map(
    ({ title, meaning, format }) =>
      html`<th scope="col"${format === 'text' && html` class="l"`} title="${inert(meaning, 400)}">${inert(title, 60)}</th>`,
  )}</tr></thead><tbody>${table.rows.map(
    (row) =>
      html`<tr>${table.columns.map(({ format }, i) => {
        const text = showValue(row.cells[i] ?? null, format, 400)
        return i === 0
          ? html`<th scope="row">${text}</th>`
          : html`<td${format === 'text' && html` class="l"`}>${text}</td>`
      })}</tr>`,
  )}</tbody></table></div></section>`
}

function chartHtml(chart: ViewChart): Markup {
  return html`<section><h3>${inert(chart.title, 300)}</h3></section>`
}
