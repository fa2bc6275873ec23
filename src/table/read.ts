/** A table from a file of any format. */
import { FormatError, inert, UsageError } from '../core/index.js'
import { blobOf, headOf, isGzip, nameOf, partOf } from './bytes.js'
import { readCsvBlob } from './csv/read.js'
import { formatOf } from './format.js'
import { readJsonBlob, readNdjsonBlob } from './json/read.js'
import type { ReadTableOptions, TableFormat, TableInput } from './options.js'
import type { Table } from './types.js'

/**
 * Reads a table. The format is told by the content, then by the name.
 *
 * Types are told by all values where `types` does not say (docs/tables.md has the rules); what seems odd stands in the table's `warnings`.
 *
 * Throws FormatError (with line and column where there are some) for what is no table or a damaged one, SystemError where the file cannot be read,
 * UsageError for options that do not fit.
 *
 * @example
 * const table = await readTable({ text: 'a,b\n1,x\n2,y\n' })
 * console.log(table.rows, table.columns.map(({ name, type }) => `${name}: ${type}`))
 */
export async function readTable(input: TableInput, options: ReadTableOptions = {}): Promise<Table> {
  const blob = blobOf(input)
  const file = nameOf(input, options.name)
  return readers[await formatFor(blob, file, options)](blob, file, options)
}

/** The format: as given, or by content and name. */
export async function formatFor(blob: Blob, file: string, { format }: ReadTableOptions): Promise<TableFormat> {
  if (format !== undefined && !Object.hasOwn(readers, format))
    throw new UsageError(`readTable: '${inert(String(format), 40)}' is no format; expected ${Object.keys(readers).join(', ')}.`) // biome-ignore format: one line
  const tail = await partOf(blob, Math.max(0, blob.size - 4), blob.size, file)
  const told = format ?? formatOf(await headOf(blob, file, 4096), tail, file)
  const isPacked = isGzip(await partOf(blob, 0, Math.min(2, blob.size), file))
  if (isPacked && !readInOrder.has(told)) throw new FormatError('gzip', `'${inert(file)}' is gzip of a file that has to be read out of order (${told}); unpack it (gunzip), then open it.`, { file }) // biome-ignore format: one line
  return told
}

/** Formats that gzip may be around. */
const readInOrder: ReadonlySet<TableFormat> = new Set(['csv', 'ndjson', 'json'])

type ReadBlob = (blob: Blob, file: string, options: ReadTableOptions) => Promise<Table>

export const readers: Readonly<Record<TableFormat, ReadBlob>> = {
  csv: readCsvBlob,
  ndjson: readNdjsonBlob,
  json: readJsonBlob,
  parquet: async (...given) => (await import('./parquet/read.js')).readParquetBlob(...given),
  npy: async (...given) => (await import('./npy/read.js')).readNpyBlob(...given),
  npz: async (...given) => (await import('./npy/read.js')).readNpzBlob(...given),
}
