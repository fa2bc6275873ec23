/** Whether the first row of a CSV file has names: told by what stands below it. */
import { inert } from '../../core/index.js'
import { timeOf } from '../time.js'
import { isNumber } from '../words.js'
import type { SampleRow } from './sample.js'

/** What cells are, in the file's dialect. */
export interface Judge {
  readonly isNumber: (cell: string) => boolean
  readonly isNothing: (cell: string) => boolean
}

/** Names of the classes, where the first row is `rows,features,class,class...` as in scikit-learn's data sets, and the last column holds their places. */
export function classesOf(rows: readonly SampleRow[]): readonly string[] | null {
  const [first, second] = rows
  if (!first || !second) return null
  const [count = '', width = '', ...classes] = first.cells
  if (!/^\d+$/.test(count) || Number(width) !== second.cells.length - 1 || classes.length < 2) return null
  if (classes.some((word) => word === '' || isNumber(word)) || Number(count) < rows.length - 1) return null
  const isPlace = (cell = ''): boolean => /^\d+$/.test(cell) && Number(cell) < classes.length
  return rows.slice(1).every((row) => isPlace(row.cells.at(-1))) ? classes : null
}

/**
 * A word above numbers or dates, and a date above numbers, are names. Where no column tells: cells that count up (0, 1, 2 as data frames are numbered;
 * years) above rows that do not, which `note` is told of, or different words.
 */
export function looksNamed(rows: readonly SampleRow[], judge: Judge, note: (shown: string) => void): boolean {
  const { cells } = rows[0]!
  const rest = rows.slice(1)
  const isTime = (cell: string): boolean => timeOf(cell) !== null
  const isValue = (cell: string): boolean => judge.isNumber(cell) || isTime(cell)
  const isAbove = (cell: string, i: number): boolean => {
    if (judge.isNumber(cell) || judge.isNothing(cell)) return false
    const below = rest.map((row) => row.cells[i] ?? '').filter((one) => !judge.isNothing(one))
    return below.length > 0 && below.every(isTime(cell) ? judge.isNumber : isValue)
  }
  if (cells.some(isAbove)) return true
  // A saved index has no name.
  const own = cells[0] === '' && cells.length > 1 && rest.length > 0 && rest.every((row) => isValue(row.cells[0] ?? '')) ? cells.slice(1) : cells // biome-ignore format: one line
  const isName = (cell: string): boolean => !judge.isNothing(cell) && !isValue(cell)
  if (new Set(own).size < own.length) return false
  if (own.every(isName)) return true
  const counted = own.filter((cell) => !isName(cell))
  const skipped = cells.length - own.length
  const isCounting = countsUp(counted) && own.every((cell) => isName(cell) || counted.includes(cell))
  const belowOf = (row: SampleRow): string[] => row.cells.slice(skipped).filter((_, i) => !isName(own[i] ?? ''))
  if (!isCounting || rest.length === 0 || rest.some((row) => countsUp(belowOf(row), !isYears(counted)))) return false
  note(counted.slice(0, 3).join(', '))
  return true
}

/** Whole numbers that ascend by one: from 0 on, years, or many. */
function countsUp(cells: readonly string[], isAny = false): boolean {
  if (cells.length < 2 || !cells.every((cell) => /^\d{1,6}$/.test(cell))) return false
  const first = Number(cells[0])
  if (!cells.every((cell, i) => Number(cell) === first + i)) return false
  return isAny || isYears(cells) || (first === 0 && cells.length > 2) || cells.length > 4
}

const isYears = (cells: readonly string[]): boolean =>
  cells.every((cell) => Number(cell) >= 1900 && Number(cell) <= 2100)

/** A sentence on names that were taken for such because they count. */
export const countingNote = (file: string, line: number, shown: string): string =>
  `'${inert(file)}' line ${line}: ${inert(shown, 60)} ... were taken for names, as they count up and the rows below do not. Try header: false where they are values.`
