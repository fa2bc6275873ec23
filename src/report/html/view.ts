/** A view as one HTML file: no network, readable without scripts, everything from a file as text. */
import { inert } from '../../core/index.js'
import type { Section, View, ViewPart } from '../views/view.js'
import { Anchors } from './anchors.js'
import { glossaryHtml } from './glossary.js'
import { heatHtml } from './heat.js'
import { cardsHtml, listHtml, textHtml } from './lists.js'
import { html, Markup } from './markup.js'
import { pageOf } from './shell.js'
import { tableHtml } from './tables.js'
import { treeHtml } from './tree.js'

export async function viewToHtml(view: View): Promise<string> {
  const title = inert(view.title, 300)
  const header = html`<p class="about">normball report${view.about !== undefined && ` · ${inert(view.about, 600)}`}</p><h1>${inert(view.title, 1000)}</h1>${facts(view.facts)}`
  const main = html`${await sectionsHtml(view.sections, '')}${glossaryHtml(view)}`
  return pageOf(title === '' ? 'normball report' : `${title} – normball report`, header, main)
}

const facts = (lines: readonly string[]): Markup[] =>
  lines.map((fact) => html`<p class="facts">${inert(fact, 600)}</p>`)

/** `scope` keeps the anchors of one part apart from another's. */
async function sectionsHtml(sections: readonly Section[], scope: string): Promise<Markup[]> {
  const anchors = new Anchors(sections, scope)
  const shown: Markup[] = []
  let charts: Markup[] = []
  // Charts that follow one another stand side by side where the screen is wide.
  const endCharts = (): void => {
    if (charts.length > 0) shown.push(charts.length === 1 ? charts[0]! : html`<div class="charts">${charts}</div>`)
    charts = []
  }
  for (const [i, section] of sections.entries()) {
    const markup = await sectionHtml(section, anchors, `${scope}${i}`)
    if (section.kind === 'chart' || section.kind === 'scatter') charts.push(markup)
    else {
      endCharts()
      shown.push(markup)
    }
  }
  endCharts()
  return shown
}

async function sectionHtml(section: Section, anchors: Anchors, id: string): Promise<Markup> {
  switch (section.kind) {
    case 'table':
      return tableHtml(section, anchors)
    case 'list':
      return listHtml(section, anchors)
    case 'cards':
      return cardsHtml(section)
    case 'tree':
      return treeHtml(section)
    case 'heat':
      return heatHtml(section, anchors)
    case 'text':
      return textHtml(section)
    case 'chart': {
      // Scales and shapes are loaded by pages that draw.
      const { chartHtml } = await import('./chart.js')
      return chartHtml(section, anchors, `c${id}`)
    }
    case 'scatter': {
      const { scatterHtml } = await import('./scatter.js')
      return scatterHtml(section, `c${id}`)
    }
    case 'picture':
      return html`<section><h3>${inert(section.title, 300)}</h3>${section.note !== undefined && html`<p class="note">${inert(section.note, 1000)}</p>`}<figure class="picture">${new Markup(section.svg)}</figure></section>`
    case 'part':
      return partHtml(section, id)
  }
}

async function partHtml(part: ViewPart, id: string): Promise<Markup> {
  return html`<article><h2>${inert(part.title, 1000)}</h2>${facts(part.facts)}${await sectionsHtml(part.sections, `${id}-`)}</article>`
}
