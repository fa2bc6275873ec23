/** Parts of a table: some of its columns, some of its rows. */
import { closest, inert, UsageError } from '../core/index.js'
import { globMatcher } from '../core/internal.js'
import { Generator, randperm } from '../tensor/index.js'
import { listNames } from './find.js'
import type { Column, Table } from './types.js'
import { rowsWhere } from './where/index.js'

export interface SelectOptions {
  /** Names or globs of the columns to keep; all by default. They stay in the table's order. */
  columns?: readonly string[]
  /** Names or globs of columns to leave out. */
  except?: readonly string[]
  /** A condition on rows, as in `age >= 18 and country in ('NO', 'SE') and not (income is missing)`. It may speak of columns that are not kept. */
  where?: string
  /** So many rows, drawn without replacement, in the table's order; a number under 1 is a share of them (rounded half to even). */
  sample?: number
  /** Of the sample; 0 by default. */
  seed?: number
}

/**
 * Some rows and columns of a table: first the condition, then the sample, then the columns. Values are copied where rows are left out, else shared.
 *
 * In conditions: `= != < <= > >=` between columns, numbers and words in single quotes; `in (...)`, `between a and b`, `like 'New %'`, `is missing`, `and or not`,
 * parentheses (docs/tables.md has them all). Names of
 * columns that are not plain words stand in backquotes or double quotes. A comparison with a missing value is neither true nor false, as in SQL; only
 * rows for which the condition is true are kept. Times compare with dates in quotes ('2024-01-31').
 *
 * Throws UsageError for a column that is not there, for a glob that matches none, and for a condition that is not understood (with its place).
 *
 * @example
 * const table = await readCsv({ text: 'age,name\n12,Ann\n40,Bo\n' })
 * selectTable(table, { columns: ['age'], where: "age > 18 or name = 'Ann'" }).rows // 2
 */
export function selectTable(table: Table, options: SelectOptions = {}): Table {
  const columns = columnsOf(table, options.columns ?? null, options.except ?? [])
  let rows = options.where === undefined ? null : rowsWhere(table, options.where)
  if (options.sample !== undefined) rows = sampleOf(rows ?? table.rows, options.sample, options.seed ?? 0)
  const chosen = columns.length === table.columns.length ? table : { ...table, columns, lineOf: (row: number) => table.lineOf(row) } // biome-ignore format: one line
  return rows === null || rows.length === table.rows ? chosen : takeRows(chosen, rows)
}

/** The rows of these places, in their order; lines of the file stay known. */
export function takeRows(table: Table, rows: Int32Array): Table {
  const columns = table.columns.map((column) => takeColumn(column, rows))
  return { name: table.name, rows: rows.length, columns, lineOf: (row) => table.lineOf(rows[row] ?? -1) }
}

function takeColumn(column: Column, rows: Int32Array): Column {
  const gaps = column.absent === null ? null : Uint8Array.from(rows, (row) => column.absent![row]!)
  const missing = gaps === null ? 0 : gaps.reduce((sum, one) => sum + one, 0)
  const base = { name: column.name, missing, absent: missing === 0 ? null : gaps }
  switch (column.type) {
    case 'categorical':
      return { ...base, type: 'categorical', codes: Int32Array.from(rows, (row) => column.codes[row]!), categories: column.categories } // biome-ignore format: one line
    case 'boolean':
      return { ...base, type: 'boolean', values: Uint8Array.from(rows, (row) => column.values[row]!) }
    case 'text':
      return { ...base, type: 'text', values: Array.from(rows, (row) => column.values[row]!) }
    default:
      return { ...base, type: column.type, values: Float64Array.from(rows, (row) => column.values[row]!) }
  }
}

function columnsOf(table: Table, wanted: readonly string[] | null, except: readonly string[]): readonly Column[] {
  const kept = wanted === null ? null : namesOf(table, wanted)
  const left = namesOf(table, except)
  const columns = table.columns.filter(({ name }) => (kept?.has(name) ?? true) && !left.has(name))
  if (columns.length === 0 && table.columns.length > 0)
    throw new UsageError(`selectTable: no column of '${inert(table.name)}' is left; it has ${listNames(table.columns.map((one) => one.name))}.`) // biome-ignore format: one line
  return columns
}

/** Names that the patterns mean: a name that is there means itself, else it is a glob. */
function namesOf(table: Table, patterns: readonly string[]): Set<string> {
  const names = table.columns.map((column) => column.name)
  const all = new Set<string>()
  for (const pattern of patterns) {
    const found = names.includes(pattern) ? [pattern] : names.filter(globMatcher(pattern))
    if (found.length === 0) {
      const near = closest(pattern, names)[0]
      throw new UsageError(
        `selectTable: '${inert(pattern)}' matches no column of '${inert(table.name)}', which has ${listNames(names)}.${near === undefined ? '' : ` Did you mean '${inert(near)}'?`}`,
      )
    }
    for (const name of found) all.add(name)
  }
  return all
}

function sampleOf(from: Int32Array | number, sample: number, seed: number): Int32Array {
  if (!(sample > 0) || (sample >= 1 && !Number.isInteger(sample)))
    throw new UsageError(`selectTable: sample ${sample}; expected a number of rows, or a share between 0 and 1.`)
  const total = typeof from === 'number' ? from : from.length
  const count = Math.min(total, sample < 1 ? halfToEven(total * sample) : sample)
  const order = randperm(total, { generator: new Generator(seed) })
  const places = Int32Array.from(order.toArray().subarray(0, count)).sort()
  order.dispose()
  return typeof from === 'number' ? places : places.map((place) => from[place]!)
}

function halfToEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
}
