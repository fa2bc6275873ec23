/** CSV files as tables: columns of numbers or of categories. */
import { FormatError, inert, plural, UsageError } from '../core/index.js'
import { Growing } from './grow.js'
import { type Row, rowsOf } from './rows.js'
import { textOf } from './text.js'
import type { Column, Table } from './types.js'

export interface CsvOptions {
  /** Whether the first row has names. Told by the row where absent: a row of different words, none of them a number or empty, has names. */
  header?: boolean
  /** Told by the first lines where absent: comma, semicolon, tab or bar. */
  delimiter?: string
  /** What stands for a missing value, beside nothing; NA, N/A, NaN, nan, null, NULL, None, ? by default. */
  missing?: readonly string[]
  /** Types of columns by name; told by the values where absent: all numbers, or categories. */
  types?: Readonly<Record<string, 'numeric' | 'categorical'>>
  /** For messages. */
  name?: string
}

/** Bytes (UTF-8, or UTF-16 with its mark; plain or gzip), a `File`, or text. */
export type CsvInput = Blob | ArrayBuffer | Uint8Array | { readonly text: string }

const missingWords = ['NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None', '?']
/** Cells of a table; more would not fit into memory. */
const mostCells = 2 ** 28

/** A decimal number as programs write it: no hexadecimal, no separators. */
const numeric = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const infinite = /^[+-]?inf(?:inity)?$/i

function numberOf(cell: string): number | null {
  const text = cell.trim()
  if (numeric.test(text)) return Number(text)
  return infinite.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : null
}

/**
 * Reads a table. The file is gone through twice, once for the columns' types and once for the values, in pieces: memory holds the columns and one
 * piece. Fields may be quoted ("a, b", "say ""so"""), also over several lines; empty lines are left out.
 *
 * Throws FormatError (with the line) for a row with more or fewer cells than the first, for quotes that are not closed, for a file without rows,
 * and for a cell that is no number in a column that `types` calls numbers.
 */
export async function readCsv(input: CsvInput, options: CsvOptions = {}): Promise<Table> {
  const { name = input instanceof Blob && 'name' in input ? String(input.name) : 'the table' } = options
  const missing = new Set(['', ...(options.missing ?? missingWords)])
  const rows = (): AsyncGenerator<readonly Row[]> => rowsOf(textOf(input, name), name, options.delimiter ?? null)
  const plan = await planOf(rows(), name, missing, options)
  const builders = plan.names.map((column, i) => builderOf(column, plan.types[i]!))
  const lines = new Growing((length) => new Int32Array(length))
  let isFirst = plan.hasHeader
  for await (const some of rows())
    for (const { cells, line } of some) {
      if (isFirst) {
        isFirst = false
        continue
      }
      lines.push(line)
      for (const [i, builder] of builders.entries())
        if (!builder.add(cells[i]!, missing))
          throw new FormatError(
            'bad-number',
            `'${inert(name)}' line ${line}, column '${inert(plan.names[i]!)}': '${inert(cells[i]!, 40)}' is no number.`,
            { file: name },
          )
    }
  const all = lines.take()
  return { name, rows: all.length, columns: builders.map((builder) => builder.done()), lineOf: (row) => all[row] ?? 0 }
}

interface Plan {
  readonly names: readonly string[]
  readonly types: readonly ('numeric' | 'categorical')[]
  readonly hasHeader: boolean
}

/** Names and types of the columns: the first time through the file, which also sees that all rows are as long. */
async function planOf(
  rows: AsyncGenerator<readonly Row[]>,
  name: string,
  missing: ReadonlySet<string>,
  options: CsvOptions,
): Promise<Plan> {
  let first: Row | null = null
  let hasHeader = false
  let isNumber: boolean[] = []
  let count = 0
  for await (const some of rows)
    for (const row of some) {
      if (first === null) {
        first = row
        hasHeader = options.header ?? isHeader(row.cells)
        isNumber = row.cells.map(() => true)
        if (hasHeader) continue
      }
      if (row.cells.length !== first.cells.length)
        throw new FormatError(
          'ragged',
          `'${inert(name)}' line ${row.line} has ${plural(row.cells.length, 'cell')}; line ${first.line} has ${first.cells.length}.`,
          { file: name },
        )
      count++
      if (count * isNumber.length > mostCells)
        throw new FormatError('too-large', `'${inert(name)}' has more than ${mostCells} cells.`, { file: name })
      for (let i = 0; i < isNumber.length; i++)
        if (isNumber[i]) {
          const cell = row.cells[i]!
          isNumber[i] = numberOf(cell) !== null || missing.has(cell.trim())
        }
    }
  if (first === null || count === 0)
    throw new FormatError('empty', `'${inert(name)}' has no rows${first ? ' beside its names' : ''}.`, { file: name })
  const names = hasHeader ? unique(first.cells.map((cell) => cell.trim())) : first.cells.map((_, i) => `column${i + 1}`)
  for (const given of Object.keys(options.types ?? {}))
    if (!names.includes(given))
      throw new UsageError(`readCsv: '${inert(name)}' has no column '${inert(given)}'; it has ${names.slice(0, 8).map((one) => `'${inert(one)}'`).join(', ')}.`) // biome-ignore format: one line
  const types = names.map((one, i) => options.types?.[one] ?? (isNumber[i] ? 'numeric' : 'categorical'))
  return { names, types, hasHeader }
}

const isHeader = (cells: readonly string[]): boolean =>
  new Set(cells).size === cells.length && cells.every((cell) => cell.trim() !== '' && numberOf(cell) === null)

/** Names that are told apart: what is there twice gets a number, what is empty its place. */
function unique(names: readonly string[]): string[] {
  const seen = new Set<string>()
  return names.map((given, i) => {
    const base = given === '' ? `column${i + 1}` : given
    let name = base
    for (let n = 2; seen.has(name); n++) name = `${base}.${n}`
    seen.add(name)
    return name
  })
}

interface Builder {
  /** False for what the column cannot hold. */
  add(cell: string, missing: ReadonlySet<string>): boolean
  done(): Column
}

function builderOf(name: string, type: 'numeric' | 'categorical'): Builder {
  let count = 0
  const gaps = new Growing((length) => new Int32Array(length))
  const absences = (rows: number) => ({ missing: gaps.length, absent: absentOf(gaps, rows) })
  if (type === 'numeric') {
    const values = new Growing((length) => new Float64Array(length))
    return {
      add(cell, missing) {
        const value = numberOf(cell)
        if (value === null && !missing.has(cell.trim())) return false
        if (value === null) gaps.push(count)
        count++
        values.push(value ?? Number.NaN)
        return true
      },
      done: () => ({ name, type, values: values.take(), ...absences(count) }),
    }
  }
  const codes = new Growing((length) => new Int32Array(length))
  const places = new Map<string, number>()
  return {
    add(cell, missing) {
      const text = cell.trim()
      if (missing.has(text)) {
        gaps.push(count++)
        codes.push(-1)
        return true
      }
      let code = places.get(text)
      if (code === undefined) {
        code = places.size
        places.set(text, code)
      }
      codes.push(code)
      count++
      return true
    },
    done: () => ({ name, type, codes: codes.take(), categories: [...places.keys()], ...absences(count) }),
  }
}

function absentOf(gaps: Growing<Int32Array>, rows: number): Uint8Array | null {
  if (gaps.length === 0) return null
  const absent = new Uint8Array(rows)
  for (let i = 0; i < gaps.length; i++) absent[gaps.at(i)] = 1
  return absent
}
