/** Tables that need not fit into memory: so many rows at a time. */
import { UsageError } from '../core/index.js'
import { blobOf, nameOf } from './bytes.js'
import { csvBatches } from './csv/read.js'
import { ndjsonBatches } from './json/read.js'
import type { ReadTableOptions, TableInput } from './options.js'
import { formatFor, readers } from './read.js'
import { takeRows } from './select.js'
import type { Table } from './types.js'

export interface TableBatchesOptions extends ReadTableOptions {
  /** Rows of a batch, but the last; 10,000 by default. */
  batchRows?: number
}

/**
 * The table in batches of rows, in order. Columns and types are the same in all of them: as given, or as the first 10,000 rows show; a later value that
 * does not fit is an error. Categories are numbered in each batch anew. CSV, NDJSON, Parquet and npy are read as they are asked for, JSON and npz whole.
 *
 * @example
 * let rows = 0
 * for await (const batch of tableBatches({ text: 'a\n1\n2\n3\n' }, { batchRows: 2 })) rows += batch.rows
 */
export async function* tableBatches(input: TableInput, options: TableBatchesOptions = {}): AsyncGenerator<Table> {
  const batchRows = rowsOfBatches(options)
  const blob = blobOf(input)
  const file = nameOf(input, options.name)
  const format = await formatFor(blob, file, options)
  if (format === 'csv') yield* csvBatches(blob, file, options, batchRows)
  else if (format === 'ndjson') yield* ndjsonBatches(blob, file, options, batchRows)
  else if (format === 'parquet')
    yield* (await import('./parquet/read.js')).parquetBatches(blob, file, options, batchRows)
  else if (format === 'npy') yield* (await import('./npy/read.js')).npyBatches(blob, file, options, batchRows)
  else yield* partsOf(await readers[format](blob, file, options), batchRows)
}

export function rowsOfBatches({ batchRows = 10_000 }: TableBatchesOptions): number {
  if (Number.isSafeInteger(batchRows) && batchRows > 0) return batchRows
  throw new UsageError(`tableBatches: batchRows is ${batchRows}; expected a whole number from 1 on.`)
}

/** A table in memory, so many rows at a time. */
export function* partsOf(table: Table, batchRows: number): Generator<Table> {
  for (let row = 0; row < table.rows; row += batchRows) yield takeRows(table, Int32Array.from({ length: Math.min(batchRows, table.rows - row) }, (_, i) => row + i)) // biome-ignore format: one line
}
