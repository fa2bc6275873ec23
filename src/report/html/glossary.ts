/** What the figures of a page mean: every column of its tables, once. */
import { inert } from '../../core/index.js'
import type { Section, View } from '../views/view.js'
import { html, type Markup } from './markup.js'

export function glossaryHtml(view: View): Markup | null {
  const meanings = new Map<string, string>()
  const collect = (sections: readonly Section[]): void => {
    for (const section of sections) {
      if (section.kind === 'part') collect(section.sections)
      if (section.kind !== 'table') continue
      for (const { title, meaning } of section.columns) if (!meanings.has(title)) meanings.set(title, meaning)
      for (const picture of [section.curve, section.bars])
        if (picture?.meaning !== undefined) meanings.set(picture.title, picture.meaning)
    }
  }
  collect(view.sections)
  if (meanings.size === 0) return null
  return html`<section><h3>What the figures mean</h3><dl class="words">${[...meanings].map(
    ([title, meaning]) => html`<dt>${inert(title, 60)}</dt><dd>${inert(meaning, 600)}</dd>`,
  )}</dl></section>`
}
