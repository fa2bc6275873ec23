/** A table in memory as the table `input` of a database in memory. */
import { inert, UsageError } from '../../core/index.js'
import type { Column, Table } from '../types.js'
import type { DuckApi } from './api.node.js'
import type { Locked } from './locked.node.js'

/** Rows of a piece: what DuckDB's vectors hold. */
const pieceRows = 2048

const typeNames = { numeric: 'DOUBLE', boolean: 'BOOLEAN', time: 'TIMESTAMP', categorical: 'VARCHAR', text: 'VARCHAR' } as const // biome-ignore format: one line

export async function fillInput({ connection, api }: Locked, table: Table): Promise<void> {
  if (table.columns.length === 0) throw new UsageError(`sql: '${inert(table.name)}' has no columns.`)
  const names = distinct(table.columns)
  const columns = table.columns.map(({ type }, i) => `"${names[i]!.replaceAll('"', '""')}" ${typeNames[type]}`)
  await connection.run(`CREATE TABLE input (${columns.join(', ')})`)
  const appender = await connection.createAppender('input')
  const types = table.columns.map(({ type }) => api[typeNames[type]])
  const values = table.columns.map((column) => cellReader(column, api))
  for (let from = 0; from < table.rows; from += pieceRows) {
    const rows = Math.min(pieceRows, table.rows - from)
    const chunk = api.DuckDBDataChunk.create(types, rows)
    for (const [i, of] of values.entries()) {
      const vector = chunk.getColumnVector(i)
      for (let row = 0; row < rows; row++) vector.setItem(row, of(from + row))
      vector.flush()
    }
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
}

/** Names of columns are told apart without their case in SQL: a later one gets a number. */
function distinct(columns: readonly Column[]): string[] {
  const all = new Set(columns.map(({ name }) => name.toLowerCase()))
  const taken = new Set<string>()
  return columns.map(({ name }) => {
    let free = name
    for (let n = 2; taken.has(free.toLowerCase()); n++) free = all.has(`${name}_${n}`.toLowerCase()) ? free : `${name}_${n}` // biome-ignore format: one line
    taken.add(free.toLowerCase())
    return free
  })
}

/** The value of a row as DuckDB takes it; null where it is missing. */
function cellReader(column: Column, api: DuckApi): (row: number) => unknown {
  const { absent } = column
  const of = presentOf(column, api)
  return absent === null ? of : (row) => (absent[row] === 1 ? null : of(row))
}

function presentOf(column: Column, { DuckDBTimestampValue }: DuckApi): (row: number) => unknown {
  switch (column.type) {
    case 'categorical':
      return (row) => column.categories[column.codes[row]!]!
    case 'boolean':
      return (row) => column.values[row] === 1
    case 'time':
      return (row) => new DuckDBTimestampValue(BigInt(Math.round(1000 * column.values[row]!)))
    default:
      return (row) => column.values[row]
  }
}
