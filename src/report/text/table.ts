/** A table of a view on a terminal. */
import { inert, plural } from '../../core/index.js'
import { rowTone, showValue } from '../cell.js'
import type { Paint } from '../paint.js'
import { logSparkline, pathSparkline, sparkline, sparklinePair } from '../spark.js'
import type { ViewRow, ViewTable } from '../views/view.js'
import { fitTable, type TextColumn } from './fit.js'
import { titleLines } from './title.js'

/** `top`: how many rows, 0 for all; the rest is counted in a last line. */
export function tableLines(
  table: ViewTable,
  width: number,
  paint: Paint,
  top: number,
  more = 'see --json or --html',
): string[] {
  if (table.rows.length === 0) return []
  const rows = top === 0 ? table.rows : table.rows.slice(0, top)
  const [first] = table.columns
  const lines = fitTable(
    {
      title: inert(first?.title ?? '', 40),
      names: rows.map((row) => showValue(row.cells[0] ?? null, first?.format ?? 'text', 300)),
      columns: [...figures(table, rows), ...pictures(table, rows)],
      tones: rows.map(rowTone),
    },
    width,
    paint,
  )
  const rest = table.rows.length - rows.length
  if (rest > 0) lines.push(paint('dim', `  ${plural(rest, inert(table.noun ?? 'row', 40))} more: ${more}`))
  return [...titleLines(table, width, paint), ...lines]
}

function figures(table: ViewTable, rows: readonly ViewRow[]): TextColumn[] {
  return table.columns.flatMap((column, place) => {
    if (place === 0 || column.wideOnly || column.csvOnly) return []
    const align = column.format === 'text' ? 'left' : 'right'
    const cells = rows.map((row) => showValue(row.cells[place] ?? null, column.format, 60))
    return [{ title: inert(column.title, 40), align, rank: column.rank ?? place, cells }]
  })
}

function pictures(table: ViewTable, rows: readonly ViewRow[]): TextColumn[] {
  const { curve, bars, tags } = table
  const columns: TextColumn[] = []
  if (curve) {
    columns.push({
      title: inert(curve.title, 40),
      align: 'left',
      rank: curve.rank ?? 1.5,
      style: 'accent',
      cells: rows.map((row) => curveText(row.curve ?? [], curve.log)),
    })
  }
  if (bars) {
    columns.push({
      title: inert(bars.title, 40),
      align: 'left',
      rank: bars.rank ?? 2.5,
      style: 'accent',
      cells: rows.map((row) => (row.bars?.over ? sparklinePair(row.bars.counts, row.bars.over, 10) : sparkline(row.bars?.counts ?? [], 12))), // biome-ignore format: one line
    })
  }
  if (rows.some((row) => row.tags)) {
    columns.push({
      title: inert(tags?.title ?? 'flags', 40),
      align: 'left',
      rank: tags?.rank ?? 0.5,
      style: 'warning',
      cells: rows.map((row) =>
        (row.tags ?? [])
          .filter((tag) => tag.tone !== 'info')
          .map((tag) => inert(tag.text, 40))
          .join(' '),
      ),
    })
  }
  return columns
}

/** A spectrum, which falls, shows its first decades; any other path its range. */
function curveText(values: readonly (number | null)[], log: boolean): string {
  const numbers = values.map((value) => value ?? Number.NaN)
  const falls = numbers.every((value, i) => i === 0 || value <= numbers[i - 1]!)
  return log && falls ? logSparkline(numbers, 10) : pathSparkline(values, 10, log)
}
