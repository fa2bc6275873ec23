/** Values of a column as what was learned of it asks for: numbers with NaN, or places among its categories, where they are missing. */
import { FormatError, inert } from '../core/index.js'
import { cellText } from './find.js'
import type { PreparedColumn } from './preprocessTypes.js'
import type { Column, Table } from './types.js'

/** Places that are none: missing, and not among the categories. */
export const isMissing = -1
export const isUnseen = -2

const truths: ReadonlyMap<string, number> = new Map([
  ['true', 1],
  ['false', 0],
  ['1', 1],
  ['0', 0],
])

export function badCell(table: Table, column: Column, row: number, what: string, code = 'bad-value'): FormatError {
  return new FormatError(
    code,
    `'${inert(table.name)}' line ${table.lineOf(row)}, column '${inert(column.name)}': ${what}`,
    { file: table.name },
  )
}

/** Whether a row's value counts as missing; `nonFinite` says what NaN and infinite numbers are. */
export function gapsOf(table: Table, column: Column, nonFinite: 'error' | 'missing'): (row: number) => boolean {
  const { absent } = column
  if (column.type !== 'numeric' && column.type !== 'time') return absent === null ? () => false : (row) => absent[row] === 1 // biome-ignore format: one line
  const { values } = column
  return (row) => {
    if (absent?.[row] === 1) return true
    if (Number.isFinite(values[row])) return false
    if (nonFinite === 'missing') return true
    throw badCell(table, column, row, `${values[row]}; expected finite numbers. Try nonFinite: 'missing'.`, 'not-finite') // biome-ignore format: one line
  }
}

/** Numbers of rows that are not missing. Throws FormatError (with line and column) for a word. */
export function numbersOf(table: Table, column: Column, type: PreparedColumn['type']): (row: number) => number {
  if (type === 'boolean') return truthsOf(table, column)
  if (column.type === 'numeric' || column.type === 'time' || column.type === 'boolean') {
    const { values } = column
    return (row) => values[row]!
  }
  return (row) => {
    throw badCell(table, column, row, `'${inert(cellText(column, row) ?? '', 40)}' is no number, as the table it was fitted on has.`) // biome-ignore format: one line
  }
}

function truthsOf(table: Table, column: Column): (row: number) => number {
  if (column.type === 'boolean') return (row) => column.values[row]!
  return (row) => {
    const text = cellText(column, row) ?? ''
    const truth = truths.get(text.toLowerCase())
    if (truth === undefined) throw badCell(table, column, row, `'${inert(text, 40)}' is neither true nor false.`)
    return truth
  }
}

/** Places among `categories`, `isUnseen` for others, of rows that are not missing. */
export function placesOf(column: Column, categories: readonly string[]): (row: number) => number {
  const places = new Map(categories.map((word, i) => [word, i]))
  if (column.type === 'categorical') {
    const ofCode = Int32Array.from(column.categories, (word) => places.get(word) ?? isUnseen)
    return (row) => ofCode[column.codes[row]!]!
  }
  return (row) => places.get(cellText(column, row) ?? '') ?? isUnseen
}
