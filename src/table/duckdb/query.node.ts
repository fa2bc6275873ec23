/**
 * One SELECT on a locked database. Before DuckDB binds the query, its parse tree is looked through: only statements that select, and only table functions
 * that compute. What else there is (files, addresses, settings) the lock refuses; this is where it gets a sentence.
 */
import { closest, FormatError, inert, NormballError, plural, SystemError, UsageError } from '../../core/index.js'
import { listNames } from '../find.js'
import { mistakeIn } from '../mistake.js'
import type { DuckResult, DuckStatement } from './api.node.js'
import { saidBy } from './errors.node.js'
import type { Locked } from './locked.node.js'

/** Functions that may stand behind FROM: they compute, and touch nothing. */
const tableFunctions: ReadonlySet<string> = new Set(['generate_series', 'json_each', 'json_tree', 'range', 'repeat', 'repeat_row', 'summary', 'unnest']) // biome-ignore format: one line
const longest = 100_000

/**
 * The result of the query, whose rows are computed as they are fetched by `work`. `tables`: what there is, for messages.
 *
 * Throws UsageError (with the place) for what is no single SELECT, or reaches for more than these tables; SystemError where memory does not suffice.
 */
export async function select<T>(
  { connection, api }: Locked,
  sql: string,
  tables: readonly string[],
  work: (result: DuckResult) => Promise<T>,
): Promise<T> {
  let statement: DuckStatement | null = null
  try {
    await lookThrough(connection, sql, tables)
    statement = await connection.prepare(sql)
    if (api.StatementType[statement.statementType] !== 'SELECT') throw noSelect(sql)
    if (statement.parameterCount > 0) throw new UsageError(`sql: the query has ${plural(statement.parameterCount, 'parameter')}; expected values in their place.`) // biome-ignore format: one line
    return await work(await statement.stream())
  } catch (error) {
    throw error instanceof NormballError ? error : refused(error, sql, tables)
  } finally {
    statement?.destroySync()
  }
}

/** What DuckDB says, as one sentence. */
function refused(cause: unknown, sql: string, tables: readonly string[]): NormballError {
  const said = saidBy(cause)
  const { type, message, position, missing } = said
  // A place beyond the query is one in a view or a macro.
  const at = position === null || position > new TextEncoder().encode(sql).length ? null : characterAt(sql, position)
  const tell = (what: string): UsageError => (at === null ? new UsageError(`sql: ${what}.`, { cause }) : mistakeIn('sql', sql, at, `${what},`)) // biome-ignore format: one line
  if (type === 'Permission') {
    const name = /"([^"]*)"/.exec(message)?.[1]
    return tell(`the query may not open ${name === undefined ? 'files or extensions' : `'${inert(name, 80)}'`}: it sees ${listNames(tables)}, and no other files, addresses or extensions`) // biome-ignore format: one line
  }
  if (missing?.type === 'Table') {
    const near = closest(missing.name, tables)[0]
    return tell(`there is no table '${inert(missing.name, 60)}'; ${tables.length === 1 ? 'there is' : 'there are'} ${listNames(tables)}${near === undefined || tables.length === 1 ? '' : ` (did you mean '${inert(near, 60)}'?)`}`) // biome-ignore format: one line
  }
  if (type === 'Out of Memory') return new SystemError('out-of-memory', 'sql: the query needs more memory than DuckDB is given (half of the machine, at most 4 GiB). Try fewer rows or columns.', { cause }) // biome-ignore format: one line
  const what = inert(message, 400).replace(/[.!]$/, '')
  if (type === 'INTERNAL' || type === 'Fatal' || type === 'Serialization' || type === 'IO') return new FormatError('bad-duckdb', `sql: DuckDB fails on it, the database may be damaged: ${what}.`, { cause }) // biome-ignore format: one line
  return tell(what)
}

/** A place in the UTF-8 of a text as one in its characters. */
const characterAt = (text: string, byte: number): number =>
  new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, byte)).length

const noSelect = (sql: string): UsageError => mistakeIn('sql', sql, 0, 'expected one SELECT; statements that write, attach, load or set are not run,') // biome-ignore format: one line

interface Node {
  readonly [key: string]: unknown
}

/** Throws UsageError for a query that is not one SELECT, and for table functions that may do more than compute. */
async function lookThrough(connection: Locked['connection'], sql: string, tables: readonly string[]): Promise<void> {
  if (typeof sql !== 'string' || sql.trim() === '') throw new UsageError('sql: the query is empty; expected a SELECT.')
  if (sql.length > longest) throw new UsageError(`sql: ${sql.length} characters; expected at most ${longest}.`)
  const tree = await treeOf(connection, sql)
  if (tree['error'] === true) {
    if (tree['error_type'] === 'not implemented') throw noSelect(sql)
    const at = typeof tree['position'] === 'string' ? characterAt(sql, Number(tree['position'])) : 0
    throw mistakeIn('sql', sql, at, `${inert(String(tree['error_message']), 200)},`)
  }
  const statements = tree['statements'] as readonly unknown[]
  if (statements.length === 0) throw new UsageError('sql: the query is empty; expected a SELECT.')
  if (statements.length !== 1) throw new UsageError(`sql: the query has ${plural(statements.length, 'statement')}; expected one SELECT.`) // biome-ignore format: one line
  // Not by recursion: trees of generated queries are deep.
  const open: unknown[] = [...statements]
  while (open.length > 0) {
    const node = open.pop()
    if (typeof node !== 'object' || node === null) continue
    const called = (node as Node)['type'] === 'TABLE_FUNCTION' ? ((node as Node)['function'] as Node) : null
    const name = called === null ? null : String(called['function_name']).toLowerCase()
    if (name !== null && !tableFunctions.has(name)) {
      const at = characterAt(sql, Number((node as Node)['query_location'] ?? 0))
      throw mistakeIn('sql', sql, at, `the query may not call ${inert(name, 60)}: it sees ${listNames(tables)}, and no other files, addresses or settings,`) // biome-ignore format: one line
    }
    for (const value of Object.values(node)) open.push(value)
  }
}

/** DuckDB's parse tree of the text, which is not run. */
async function treeOf(connection: Locked['connection'], sql: string): Promise<Node> {
  const statement = await connection.prepare('SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true, skip_default := true)') // biome-ignore format: one line
  try {
    statement.bindVarchar(1, sql)
    const chunk = await (await statement.run()).fetchChunk()
    return JSON.parse(String(chunk!.getColumnVector(0).getItem(0))) as Node
  } finally {
    statement.destroySync()
  }
}
