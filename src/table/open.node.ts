/** Tables by their paths. */
import { openAsBlob, type Stats, statSync } from 'node:fs'
import { FormatError, inert, SystemError } from '../core/index.js'
import { type TableBatchesOptions, tableBatches } from './batches.js'
import type { ReadTableOptions } from './options.js'
import { readTable } from './read.js'
import type { Table } from './types.js'

/**
 * Reads the table at `path`, piece by piece. Folders, pipes and devices are refused before they are opened.
 *
 * Throws SystemError where the system refuses, FormatError for what is no table or a damaged one, UsageError for options that do not fit.
 *
 * @example
 * const table = await openTable('people.csv', { columns: ['age', 'income*'] })
 */
export async function openTable(path: string, options: ReadTableOptions = {}): Promise<Table> {
  return readTable(await blobOf(path), { name: path, ...options })
}

/** `tableBatches` of the file at `path`. */
export async function* openTableBatches(path: string, options: TableBatchesOptions = {}): AsyncGenerator<Table> {
  yield* tableBatches(await blobOf(path), { name: path, ...options })
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
