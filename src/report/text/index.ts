/** A view as text for a terminal or a pipe. */
import { inert, plural } from '../../core/index.js'
import { showValue } from '../cell.js'
import { type Paint, plainPaint } from '../paint.js'
import { logSparkline, sparkline } from '../spark.js'
import type { Section, View, ViewCards, ViewChart, ViewList, ViewTable } from '../views/view.js'
import { displayWidth, padEnd, shorten, wrap } from '../wrap.js'
import { fitTable, type TextColumn } from './fit.js'

export interface ViewTextOptions {
  /** Columns of text. */
  readonly width: number
  readonly paint?: Paint
  /** Rows of a table and items of a list, over what the view itself says; 0 for all. */
  readonly top?: number | undefined
  /** Whether to end with what to run next; true by default. */
  readonly next?: boolean
}

/** Headings, tables that fit the width, charts of blocks. Ends with a line break. */
export function viewToTerminal(view: View, options: ViewTextOptions): string {
  const paint = options.paint ?? plainPaint
  const head = [
    paint('bold', shorten(inert(view.title, 1000), options.width)),
    ...view.facts.flatMap((fact) => wrap(inert(fact, 600), options.width)),
  ]
  const blocks = [head, ...view.sections.map((section) => sectionLines(section, options, paint))]
  if (options.next !== false && view.next) blocks.push(nextLines(view.next, options.width, paint))
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function sectionLines(section: Section, options: ViewTextOptions, paint: Paint): string[] {
  switch (section.kind) {
    case 'table':
      return tableLines(section, options, paint)
    case 'list':
      return listLines(section, options, paint)
    case 'cards':
      return cardLines(section, options.width)
    case 'chart':
      return chartLines(section, options.width, paint)
    case 'picture':
      return []
  }
}

function titleLines(section: { title: string; note?: string }, width: number, paint: Paint): string[] {
  return [
    paint('bold', shorten(inert(section.title, 300), width)),
    ...(section.note === undefined
      ? []
      : wrap(inert(section.note, 600), width, '  ').map((line) => paint('dim', line))),
  ]
}

function tableLines(table: ViewTable, options: ViewTextOptions, paint: Paint): string[] {
  if (table.rows.length === 0) return []
  const top = options.top ?? table.top ?? 0
  const rows = top === 0 ? table.rows : table.rows.slice(0, top)
  const [first] = table.columns
  const columns: TextColumn[] = table.columns.flatMap((column, place) =>
    place === 0 || column.wideOnly
      ? []
      : [
          {
            title: inert(column.title, 40),
            align: column.format === 'text' ? ('left' as const) : ('right' as const),
            rank: column.rank ?? place,
            cells: rows.map((row) => showValue(row.cells[place] ?? null, column.format, 60)),
          },
        ],
  )
  if (table.curve) {
    const draw = table.curve.log ? logSparkline : sparkline
    columns.push({
      title: inert(table.curve.title, 40),
      align: 'left',
      rank: 1.5,
      style: 'accent',
      cells: rows.map((row) =>
        draw(
          (row.curve ?? []).map((value) => value ?? 0),
          12,
        ),
      ),
    })
  }
  const lines = fitTable(
    {
      title: inert(first?.title ?? '', 40),
      names: rows.map((row) => showValue(row.cells[0] ?? null, first?.format ?? 'text', 300)),
      columns,
      tones: rows.map((row) => row.tone ?? null),
    },
    options.width,
    paint,
  )
  const rest = table.rows.length - rows.length
  if (rest > 0) lines.push(paint('dim', `  ${plural(rest, 'row')} more: see --html or --json`))
  return [...titleLines(table, options.width, paint), ...lines]
}

function listLines(list: ViewList, options: ViewTextOptions, paint: Paint): string[] {
  if (list.items.length === 0) return []
  const top = options.top ?? list.top ?? 0
  const items = top === 0 ? list.items : list.items.slice(0, top)
  const lines = items.flatMap(({ tone, name, text }) => [
    ...(name === undefined
      ? []
      : [
          `  ${tone ? `${paint(tone, tone)}  ` : ''}${shorten(inert(name, 200), options.width - 4 - (tone ? tone.length : 0))}`,
        ]),
    ...wrap(inert(text, 600), options.width, name === undefined ? '  ' : '    ').map((line) =>
      name === undefined && tone ? paint(tone, line) : line,
    ),
  ])
  const rest = list.items.length - items.length
  if (rest > 0) lines.push(paint('dim', `  ${plural(rest, 'item')} more: see --html or --json`))
  return [...titleLines(list, options.width, paint), ...lines]
}

function cardLines({ cards }: ViewCards, width: number): string[] {
  return wrap(cards.map(({ title, value, format }) => `${title} ${showValue(value, format)}`).join('   '), width)
}

function chartLines(chart: ViewChart, width: number, paint: Paint): string[] {
  if (chart.series.length === 0) return []
  const shown = chart.series.slice(0, 12)
  const names = shown.map((series) => inert(series.name, 200))
  const nameWidth = Math.min(Math.max(...names.map(displayWidth)), Math.floor(width / 2))
  return [
    ...titleLines(chart, width, paint),
    ...shown.map((series, i) => {
      const values = series.points.map(([, y]) => y)
      const draw = sparkline(values, Math.max(8, Math.min(40, width - nameWidth - 4)))
      return `  ${padEnd(shorten(names[i]!, nameWidth), nameWidth)}  ${paint('accent', draw)}`
    }),
  ]
}

function nextLines(next: NonNullable<View['next']>, width: number, paint: Paint): string[] {
  const longest = Math.max(...next.map(([command]) => displayWidth(command)))
  const explains = longest + 4 + Math.max(...next.map(([, why]) => displayWidth(why))) <= width
  return [
    paint('bold', 'Next'),
    ...next.map(([command, why]) =>
      explains ? `  ${padEnd(command, longest)}  ${paint('dim', why)}` : `  ${shorten(command, width - 2)}`,
    ),
  ]
}
