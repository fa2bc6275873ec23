/** What is used of `@duckdb/node-api`, an optional peer: its types as far as they matter here, and its loading. */
import { createRequire } from 'node:module'
import { inert, SystemError } from '../../core/index.js'

export interface DuckVector {
  /** Null is SQL's NULL. */
  getItem(row: number): unknown
  setItem(row: number, value: unknown): void
  flush(): void
}

export interface DuckChunk {
  rowCount: number
  getColumnVector(column: number): DuckVector
}

export interface DuckResult {
  readonly columnCount: number
  columnName(column: number): string
  columnTypeId(column: number): number
  /** Null, or a chunk without rows, at the end. */
  fetchChunk(): Promise<DuckChunk | null>
}

export interface DuckStatement {
  readonly statementType: number
  readonly parameterCount: number
  bindVarchar(parameter: number, value: string): void
  run(): Promise<DuckResult>
  /** Rows are computed as they are fetched. */
  stream(): Promise<DuckResult>
  destroySync(): void
}

export interface DuckConnection {
  run(sql: string): Promise<DuckResult>
  prepare(sql: string): Promise<DuckStatement>
  createAppender(table: string): Promise<{ appendDataChunk(chunk: DuckChunk): void; closeSync(): void }>
  closeSync(): void
}

export interface DuckInstance {
  connect(): Promise<DuckConnection>
  closeSync(): void
}

export interface DuckApi {
  readonly DuckDBInstance: { create(path: string, options: Readonly<Record<string, string>>): Promise<DuckInstance> }
  readonly DuckDBDataChunk: { create(types: readonly unknown[], rows: number): DuckChunk }
  /** Names by number. */
  readonly DuckDBTypeId: Readonly<Record<number, string>>
  readonly StatementType: Readonly<Record<number, string>>
  readonly BOOLEAN: unknown
  readonly DOUBLE: unknown
  readonly TIMESTAMP: unknown
  readonly VARCHAR: unknown
  readonly DuckDBTimestampValue: new (micros: bigint) => unknown
}

let api: DuckApi | undefined

/** The package. Throws SystemError with what to install where it is not there. */
export function loadDuckDB(): DuckApi {
  try {
    api ??= createRequire(import.meta.url)('@duckdb/node-api') as DuckApi
    return api
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException | null)?.code === 'MODULE_NOT_FOUND' && String(cause).includes("'@duckdb/node-api'") // biome-ignore format: one line
    throw isMissing
      ? new SystemError('needs-duckdb', 'SQL and DuckDB databases need the optional package @duckdb/node-api, which is not installed. Try: npm install @duckdb/node-api', { cause }) // biome-ignore format: one line
      : new SystemError('needs-duckdb', `the optional package @duckdb/node-api does not load here: ${inert(String((cause as Error).message).split('\n', 1)[0]!, 200)}. Try: npm install @duckdb/node-api`, { cause }) // biome-ignore format: one line
  }
}
