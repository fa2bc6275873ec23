/** Fewer rows of a table, for tests whose cost grows with them. */
import { type Table, takeRows } from '../../table/index.js'
import type { Generator } from '../../tensor/index.js'
import { shuffled } from '../draw.js'

/** `most` rows at random, in their order; the table itself where it has no more. */
export function sampleRows(table: Table, most: number, generator: Generator): Table {
  if (table.rows <= most) return table
  return takeRows(table, shuffled(table.rows, generator).slice(0, most).sort())
}
