/** Tables by their paths. */
import { openAsBlob, type Stats, statSync } from 'node:fs'
import { FormatError, inert, SystemError } from '../core/index.js'
import { partsOf, rowsOfBatches, type TableBatchesOptions, tableBatches } from './batches.js'
import type { ReadTableOptions, TableFormat } from './options.js'
import { formatFor, readTable } from './read.js'
import type { Table } from './types.js'

export interface OpenTableOptions extends ReadTableOptions {
  /**
   * A query: one SELECT, run by DuckDB where the optional package @duckdb/node-api is installed. A DuckDB database has its own tables; the table of any other
   * file is called `input`. `columns` then chooses from the result, the other options say how the file is read.
   */
  sql?: string
  /** DuckDB's threads; 1 by default: with more, the last digits of sums may differ from run to run. */
  workers?: number
  /** Of random numbers and samples in SQL; 0 by default. */
  seed?: number
}

/**
 * Reads the table at `path`, piece by piece: a file of any format, or a DuckDB database, which is only read. Folders, pipes and devices are refused before they
 * are opened.
 *
 * Throws SystemError where the system refuses or DuckDB is needed and not installed, FormatError for what is no table or a damaged one, UsageError for options
 * that do not fit and for SQL that is not one SELECT of these tables.
 *
 * @example
 * const table = await openTable('people.csv', { columns: ['age', 'income*'] })
 * const cities = await openTable('people.csv', { sql: 'select city, avg(age) as age from input group by city' })
 */
export async function openTable(path: string, options: OpenTableOptions = {}): Promise<Table> {
  const { sql, workers, seed, ...reading } = options
  const blob = await blobOf(path)
  if (await isDuckDB(blob)) return (await import('./duckdb/read.node.js')).readDatabase(path, options)
  if (sql === undefined) return readTable(blob, { name: path, ...reading })
  const { columns, ...whole } = reading
  const { loadDuckDB } = await import('./duckdb/api.node.js')
  // What is missing is told before a large file is read.
  loadDuckDB()
  const table = await readTable(blob, { name: path, ...whole })
  return (await import('./duckdb/read.node.js')).queryTable(table, sql, { columns, workers, seed })
}

/** `tableBatches` of the file at `path`; what a query gives is read whole. */
export async function* openTableBatches(
  path: string,
  options: TableBatchesOptions & OpenTableOptions = {},
): AsyncGenerator<Table> {
  const { batchRows: _, ...reading } = options
  const blob = await blobOf(path)
  if (options.sql === undefined && !(await isDuckDB(blob))) yield* tableBatches(blob, { name: path, ...options })
  else yield* partsOf(await openTable(path, reading), rowsOfBatches(options))
}

/** What the file at `path` is. */
export async function tableFormat(path: string): Promise<TableFormat | 'duckdb'> {
  const blob = await blobOf(path)
  return (await isDuckDB(blob)) ? 'duckdb' : formatFor(blob, path, {})
}

/** The file as a `Blob` that is read where it is asked for. */
export async function blobOf(path: string): Promise<Blob> {
  try {
    refuseSpecial(path, statSync(path))
    return await openAsBlob(path)
  } catch (error) {
    throw systemError(error, path)
  }
}

function refuseSpecial(path: string, stats: Stats): void {
  if (stats.isFile()) return
  const what = stats.isDirectory() ? 'a directory (a folder)' : stats.isFIFO() ? 'a pipe (FIFO)' : stats.isSocket() ? 'a socket' : 'a device' // biome-ignore format: one line
  throw new FormatError('not-a-file', `'${inert(path)}' is ${what} and not a regular file; a table has to be one.`, { file: path }) // biome-ignore format: one line
}

const refusals: Readonly<Record<string, readonly [code: string, what: string]>> = {
  ENOENT: ['not-found', 'no such file'],
  ENOTDIR: ['not-found', 'no such file: a part of its path is not a folder'],
  EACCES: ['no-permission', 'permission to read it is denied'],
  EPERM: ['no-permission', 'permission to read it is denied'],
  ELOOP: ['link-loop', 'cannot open it: its symbolic links (symlinks) form a loop'],
}

function systemError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (!(error instanceof Error) || code === undefined || error instanceof FormatError) return error
  const [kind, what] = refusals[code] ?? ['system', `the system refused to read it (${code})`]
  return new SystemError(kind, `${what}: '${inert(path, 400)}'.`, { file: path, cause: error })
}

/** DuckDB's mark stands behind a checksum of 8 bytes. */
async function isDuckDB(blob: Blob): Promise<boolean> {
  return (await blob.slice(8, 12).text()) === 'DUCK'
}
