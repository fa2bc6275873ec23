/**
 * DuckDB, locked down: a database in memory, or a file that is only read. No other file, address or extension is opened, nothing is written, and no
 * query can change that: the settings hold from the start and are locked before a query is run.
 */
import { totalmem } from 'node:os'
import { FormatError, inert, NormballError, SystemError } from '../../core/index.js'
import { type DuckApi, type DuckConnection, loadDuckDB } from './api.node.js'
import { saidBy } from './errors.node.js'

export interface Locked {
  readonly api: DuckApi
  readonly connection: DuckConnection
}

export interface LockOptions {
  /** DuckDB's threads; 1 by default, so that sums are the same in every run. */
  readonly workers?: number | undefined
  /** Of `random()` and samples; 0 by default. */
  readonly seed?: number | undefined
}

/** At most so much memory, and half of the machine's. Nothing is spilled to the disk. */
const mostBytes = 2 ** 32

/** Runs `work` on a database: that of the file, or one in memory where `path` is null, which `prepare` may fill. It is closed afterwards. */
export async function withLocked<T>(
  path: string | null,
  { workers = 1, seed = 0 }: LockOptions,
  work: (locked: Locked) => Promise<T>,
  prepare?: (locked: Locked) => Promise<void>,
): Promise<T> {
  const api = loadDuckDB()
  // The order matters: settings about access are refused once there is none.
  const settings = {
    errors_as_json: 'true',
    ...(path === null ? {} : { access_mode: 'READ_ONLY' }),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
    threads: String(Math.max(1, workers)),
    memory_limit: `${Math.floor(Math.min(mostBytes, totalmem() / 2) / 2 ** 20)}MiB`,
    temp_directory: '',
    enable_external_access: 'false',
  }
  const instance = await api.DuckDBInstance.create(path ?? ':memory:', settings).catch((error) => {
    throw refusedToOpen(error, path)
  })
  try {
    const connection = await instance.connect()
    try {
      // Times without a zone are UTC here, as in the readers.
      await connection.run("SET TimeZone = 'UTC'")
      await connection.run(`SELECT setseed(${(seed % 2 ** 31) / 2 ** 31})`)
      const locked = { api, connection }
      await prepare?.(locked)
      await connection.run('SET lock_configuration = true')
      return await work(locked)
    } finally {
      connection.closeSync()
    }
  } catch (error) {
    if (error instanceof NormballError) throw error
    throw refusedToOpen(error, path)
  } finally {
    instance.closeSync()
  }
}

function refusedToOpen(cause: unknown, path: string | null): NormballError {
  const { type, message } = saidBy(cause)
  const file = path ?? undefined
  const what = inert(message, 300)
  if (type === 'IO' && /\block\b/i.test(message)) return new SystemError('locked', `'${inert(path ?? '')}' is open in another program that may write to it, such as the DuckDB shell; close it there first.`, { file, cause }) // biome-ignore format: one line
  if (type === 'Out of Memory') return new SystemError('out-of-memory', `DuckDB needs more memory than it is given: ${what}.`, { file, cause }) // biome-ignore format: one line
  if (path === null) return new SystemError('duckdb', `DuckDB refuses to start: ${what}.`, { cause })
  return new FormatError('bad-duckdb', `'${inert(path)}' is no DuckDB database that can be read: ${what}${/[.!?]$/.test(what) ? '' : '.'}`, { file, cause }) // biome-ignore format: one line
}
