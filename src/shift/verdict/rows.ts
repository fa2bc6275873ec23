/** Fewer rows of a table, for tests whose cost grows with them. */
import { inert, UsageError } from '../../core/index.js'
import { type Table, takeRows } from '../../table/index.js'
import type { Generator } from '../../tensor/index.js'
import { shuffled } from '../draw.js'

/** `most` rows at random, in their order; the table itself where it has no more. */
export function sampleRows(table: Table, most: number, generator: Generator): Table {
  if (table.rows <= most) return table
  return takeRows(table, shuffled(table.rows, generator).slice(0, most).sort())
}

/** The rows in the order of a column of times or numbers, which stands where it stood; rows without a time come last. Throws for words. */
export function inOrderOf(table: Table, name: string): Table {
  const column = table.columns.find((one) => one.name === name)
  if (column === undefined || !(column.type === 'numeric' || column.type === 'time'))
    throw new UsageError(`shift: '${inert(table.name)}' has no column '${inert(name)}' of times or numbers to order its rows by.`) // biome-ignore format: one line
  const { values } = column
  const rank = (row: number): number => (Number.isNaN(values[row]!) ? Number.POSITIVE_INFINITY : values[row]!)
  const rows = Array.from({ length: table.rows }, (_, row) => row).sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0)) // biome-ignore format: one line
  return takeRows(table, Int32Array.from(rows))
}
