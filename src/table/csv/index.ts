/** CSV files as tables. */
import { blobOf, nameOf } from '../bytes.js'
import type { ReadTableOptions, TableInput } from '../options.js'
import type { Table } from '../types.js'
import { readCsvBlob } from './read.js'

export type CsvInput = TableInput
export type CsvOptions = Omit<ReadTableOptions, 'format'>

/** `readTable` with `format: 'csv'`, whatever the content looks like. */
export async function readCsv(input: CsvInput, options: CsvOptions = {}): Promise<Table> {
  return readCsvBlob(blobOf(input), nameOf(input, options.name), options)
}
