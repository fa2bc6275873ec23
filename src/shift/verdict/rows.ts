/** Fewer rows of a table, for tests whose cost grows with them. */
import { inert, UsageError } from '../../core/index.js'
import { type Table, takeRows } from '../../table/index.js'
import type { Generator } from '../../tensor/index.js'
import type { Features } from '../concept/features.js'
import type { Target } from '../concept/target.js'
import { shuffled } from '../draw.js'
import { serialLength } from '../permutation/serial.js'
import { fewestBlocks } from '../univariate/index.js'

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

/** What the deciding tests make of rows in the order of time: the longest blocks that a column asks for. `split`: rows of the reference. */
export function orderNote({ columns, rows }: Features, target: Target | null, split: number): string {
  const y = target === null ? [] : target.task === 'regression' ? [target.values] : target.classes.slice(0, 20).map((_, k) => Float64Array.from(target.codes, (code) => (code === k ? 1 : 0))) // biome-ignore format: one line
  const length = serialLength(split, [...columns, ...y])
  if (length === 1)
    return 'Rows are in the order of time, and no column remembers the row before: the tests that decide take rows as independent.'
  const blocks = Math.floor(rows / length)
  const few = blocks < fewestBlocks ? ': too few to tell shift from slow change' : ''
  return `Rows are in the order of time: the tests that decide permute or add up blocks of rows, which autocorrelation makes up to ${length} rows long; the tables have ${blocks} of these${few}.`
}
