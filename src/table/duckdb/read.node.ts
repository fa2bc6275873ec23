/** Tables by SQL: of a DuckDB database, or of a table from another file, which the query calls `input`. */
import { FormatError, inert, plural, UsageError } from '../../core/index.js'
import { chosen } from '../choose.js'
import { listNames } from '../find.js'
import { mostCells } from '../limits.js'
import { named } from '../names.js'
import type { ReadTableOptions } from '../options.js'
import type { Column, Table } from '../types.js'
import type { DuckResult } from './api.node.js'
import { type ResultColumn, resultColumn } from './columns.js'
import { fillInput } from './fill.node.js'
import { type Locked, type LockOptions, withLocked } from './locked.node.js'
import { select } from './query.node.js'

/** What a query on a table gives; the table is `input`. */
export async function queryTable(
  table: Table,
  sql: string,
  options: LockOptions & { readonly columns?: readonly string[] | undefined },
): Promise<Table> {
  const made = await withLocked(
    null,
    options,
    (locked) => select(locked, sql, ['input'], (result) => tableOf(locked, result, table.name, options.columns)),
    (locked) => fillInput(locked, table),
  )
  return { ...made, warnings: [...(table.warnings ?? []), ...(made.warnings ?? [])] }
}

export interface ReadDatabaseOptions extends ReadTableOptions, LockOptions {
  readonly sql?: string | undefined
}

/** What a query on a DuckDB database gives; without one its only table. */
export async function readDatabase(path: string, options: ReadDatabaseOptions): Promise<Table> {
  const { sql, name: file = path, columns } = options
  for (const one of ['format', 'header', 'delimiter', 'encoding', 'decimal', 'missing', 'types'] as const)
    if (options[one] !== undefined) throw new UsageError(`openTable: ${one} is for other files; '${inert(file)}' is a DuckDB database, where the query says it. Try sql.`) // biome-ignore format: one line
  return withLocked(path, options, async (locked) => {
    const tables = await tablesOf(locked, file)
    const query = sql ?? `SELECT * FROM ${onlyOne(tables, file)}`
    return select(locked, query, tables.map(({ shown }) => shown), (result) => tableOf(locked, result, file, columns)) // biome-ignore format: one line
  })
}

interface Stored {
  /** Quoted where it has to be. */
  readonly shown: string
  readonly isView: boolean
}

/** Functions that change how DuckDB works or run a text as a query: a query is refused them, and so are views and macros. */
const reaching = /\b(enable_logging|disable_logging|enable_profiling|disable_profiling|write_log|truncate_duckdb_logs|json_execute_serialized_sql|force_checkpoint|query_table|query)"?\s*\(/i // biome-ignore format: one line

/** Tables, then views. Throws FormatError where a view or macro of the database reaches for more than tables. */
async function tablesOf(locked: Locked, file: string): Promise<Stored[]> {
  const own = 'database_name = current_database() AND NOT internal'
  const texts = await rowsOf(locked, `SELECT view_name, sql FROM duckdb_views() WHERE ${own} UNION ALL SELECT function_name, macro_definition FROM duckdb_functions() WHERE ${own} AND macro_definition IS NOT NULL`) // biome-ignore format: one line
  for (const [name, text] of texts) {
    const found = reaching.exec(text ?? '')
    if (found) throw new FormatError('hostile-duckdb', `'${inert(file)}': its view or macro '${inert(name ?? '', 60)}' calls ${found[1]!.toLowerCase()}; such databases are not read.`, { file }) // biome-ignore format: one line
  }
  const rows = await rowsOf(locked, `SELECT schema_name, table_name, 't' FROM duckdb_tables() WHERE ${own} UNION ALL SELECT schema_name, view_name, 'v' FROM duckdb_views() WHERE ${own} ORDER BY 3, 1, 2`) // biome-ignore format: one line
  return rows.map(([schema, name, kind]) => ({ shown: `${schema === 'main' ? '' : `${quoted(schema!)}.`}${quoted(name!)}`, isView: kind === 'v' })) // biome-ignore format: one line
}

/** As a query has to write it. */
const quoted = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`)

function onlyOne(stored: readonly Stored[], file: string): string {
  const tables = stored.filter(({ isView }) => !isView)
  const candidates = tables.length > 0 ? tables : stored
  if (candidates.length === 1) return candidates[0]!.shown
  if (candidates.length === 0) throw new FormatError('empty', `'${inert(file)}' is a DuckDB database without tables.`, { file }) // biome-ignore format: one line
  const shown = stored.map((one) => one.shown)
  throw new UsageError(`'${inert(file)}' has ${plural(tables.length, 'table')}${stored.length > tables.length ? ` and ${plural(stored.length - tables.length, 'view')}` : ''}: ${listNames(shown)}. Say which in SQL: 'select * from ${inert(shown[0]!, 60)}'.`, { file }) // biome-ignore format: one line
}

/** Small answers about the database itself. */
async function rowsOf({ connection }: Locked, sql: string): Promise<(string | null)[][]> {
  const result = await connection.run(sql)
  const rows: (string | null)[][] = []
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const vectors = Array.from({ length: result.columnCount }, (_, i) => chunk!.getColumnVector(i))
    for (let row = 0; row < chunk.rowCount; row++) rows.push(vectors.map((vector) => vector.getItem(row) as string | null)) // biome-ignore format: one line
  }
  return rows
}

/** The result, piece by piece. */
async function tableOf(
  { api }: Locked,
  result: DuckResult,
  file: string,
  patterns: readonly string[] | undefined,
): Promise<Table> {
  const warnings: string[] = []
  const count = result.columnCount
  const names = named(Array.from({ length: count }, (_, i) => result.columnName(i)), (text) => warnings.push(`'${inert(file)}': ${text}`)) // biome-ignore format: one line
  const wanted = chosen(names, patterns, file)
  const made = names.map((name, i): ResultColumn | null => (wanted[i] ? resultColumn(name, api.DuckDBTypeId[result.columnTypeId(i)] ?? 'unknown', file) : null)) // biome-ignore format: one line
  const kept = made.filter((one) => one !== null).length
  let rows = 0
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const more = chunk.rowCount
    if ((rows + more) * kept > mostCells) throw new FormatError('too-large', `'${inert(file)}': the query gives more than ${mostCells} cells. Try fewer columns, or LIMIT.`, { file }) // biome-ignore format: one line
    for (const [i, one] of made.entries()) one?.add(chunk.getColumnVector(i), more)
    rows += more
  }
  const columns: Column[] = []
  for (const one of made) {
    if (one === null) continue
    const { column, notes } = one.done()
    if (column !== null) columns.push(column)
    warnings.push(...notes)
  }
  return { name: file, rows, columns, warnings, lineOf: (row) => row + 1 }
}
