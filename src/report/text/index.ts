/** A view as text for a terminal or a pipe. */
import { inert } from '../../core/index.js'
import { type Paint, plainPaint } from '../paint.js'
import type { Section, View } from '../views/view.js'
import { wrap } from '../wrap.js'
import { chartLines } from './chart.js'
import { cardLines, listLines } from './list.js'
import { nextLines } from './next.js'
import { scatterLines } from './scatter.js'
import { tableLines } from './table.js'
import { treeLines } from './tree.js'

export interface ViewTextOptions {
  /** Columns of text. */
  readonly width: number
  readonly paint?: Paint
  /** Rows of the main table (the first) as the person asks, 0 for all; without it what the view suggests. */
  readonly top?: number | undefined
  /** How to see the rows that were left out; `see --json or --html` by default. */
  readonly more?: string
  /** Whether to end with what to run next; true by default. */
  readonly next?: boolean
}

/** Rows of a table that nobody has limited. */
const rowsShown = 40

/** Headings, tables, lists and charts, no line wider than the width; all text inert. Ends with a line break. */
export function viewToTerminal(view: View, options: ViewTextOptions): string {
  const paint = options.paint ?? plainPaint
  const blocks = [headLines(view, options.width, paint), ...blocksOf(view.sections, options, paint)]
  if (options.next !== false && view.next) blocks.push(nextLines(view.next, options.width, paint))
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function headLines(
  { title, facts }: { title: string; facts: readonly string[] },
  width: number,
  paint: Paint,
): string[] {
  return [
    ...(title === '' ? [] : wrap(inert(title, 1000), width).map((line) => paint('bold', line))),
    ...facts.flatMap((fact) => wrap(inert(fact, 600), width)),
  ]
}

function blocksOf(sections: readonly Section[], options: ViewTextOptions, paint: Paint): string[][] {
  const { width } = options
  const main = sections.find((section) => section.kind === 'table' && !section.pageOnly)
  return sections.flatMap((section): string[][] => {
    if ('pageOnly' in section && section.pageOnly) return []
    switch (section.kind) {
      case 'table': {
        const suggested = section.top ?? rowsShown
        return [
          tableLines(section, width, paint, section === main ? (options.top ?? suggested) : suggested, options.more),
        ]
      }
      case 'chart':
        return [chartLines(section, width, paint, options.top ?? 12)]
      case 'scatter':
        return [scatterLines(section, width, paint)]
      case 'list':
        return [listLines(section, width, paint)]
      case 'cards':
        return [cardLines(section, width, paint)]
      case 'tree':
        return [treeLines(section, width, paint)]
      case 'part':
        return [headLines(section, width, paint), ...blocksOf(section.sections, options, paint)]
      default:
        return []
    }
  })
}
