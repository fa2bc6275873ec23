/** Which rows a condition holds for. As in SQL, a comparison with a missing value is neither true nor false, and only true rows are kept. */
import { closest, inert } from '../../core/index.js'
import { cellText, listNames } from '../find.js'
import { timeOf } from '../time.js'
import type { Column, Table } from '../types.js'
import { likeMatcher } from './like.js'
import { type Comparison, type Condition, type Operand, parseWhere, type Value } from './parse.js'
import { mistake } from './tokens.js'

/** null: not known, because a value is missing. */
type Truth = boolean | null
type Test = (row: number) => Truth
type Kind = 'number' | 'word' | 'truth' | 'time'

/** An operand made ready: what it is, and its value by row, null where it is missing. */
interface Read {
  readonly kind: Kind
  readonly of: (row: number) => number | string | null
  /** How errors name it. */
  readonly shown: string
  readonly operand: Operand
}

/** Rows of a table for which a condition holds, ascending. See `parseWhere` for how conditions are written. */
export function rowsWhere(table: Table, text: string): Int32Array {
  const test = new Compiler(table, text).test(parseWhere(text))
  const rows: number[] = []
  for (let row = 0; row < table.rows; row++) if (test(row) === true) rows.push(row)
  return Int32Array.from(rows)
}

class Compiler {
  constructor(
    readonly table: Table,
    readonly text: string,
  ) {}

  test(condition: Condition): Test {
    switch (condition.kind) {
      case 'and':
        return all(condition.of.map((one) => this.test(one)), false) // biome-ignore format: one line
      case 'or':
        return all(condition.of.map((one) => this.test(one)), true) // biome-ignore format: one line
      case 'not': {
        const inner = this.test(condition.of)
        return (row) => {
          const truth = inner(row)
          return truth === null ? null : !truth
        }
      }
      case 'like': {
        const { kind, of, shown, operand } = this.#read(condition.left)
        if (kind !== 'word') throw mistake(this.text, operand.at, `${shown} is no word, and 'like' compares words,`)
        const matches = likeMatcher(condition.pattern)
        return (row) => {
          const value = of(row)
          return value === null ? null : matches(value as string)
        }
      }
      case 'missing': {
        const { of } = this.#read(condition.left)
        return (row) => of(row) === null
      }
      case 'truth': {
        const { kind, of, shown, operand } = this.#read(condition.left)
        if (kind !== 'truth') throw mistake(this.text, operand.at, `${shown} is not true or false: expected a comparison,`) // biome-ignore format: one line
        return (row) => {
          const value = of(row)
          return value === null ? null : value === 1
        }
      }
      case 'compare':
        return this.#compare(condition.how, condition.left, condition.right)
      case 'in': {
        const tests = condition.values.map((value) => this.#compare('=', condition.left, value))
        return all(tests, true)
      }
    }
  }

  #compare(how: Comparison, first: Operand, second: Operand): Test {
    const [left, right] = this.#alike(this.#read(first), this.#read(second))
    const holds = comparers[how]
    return (row) => {
      const [a, b] = [left.of(row), right.of(row)]
      return a === null || b === null ? null : holds(a, b)
    }
  }

  #read(operand: Operand): Read {
    if (operand.kind === 'column') return this.#column(operand)
    const { value } = operand
    const kind = typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'truth' : 'word'
    const constant = typeof value === 'boolean' ? Number(value) : value
    return { kind, of: () => constant, shown: shownValue(value), operand }
  }

  #column(operand: Operand & { kind: 'column' }): Read {
    const { columns } = this.table
    const column = columns.find((one) => one.name === operand.name)
    if (column === undefined) {
      const names = columns.map((one) => one.name)
      const near = closest(operand.name, names)[0]
      const meant = near === undefined ? `columns are ${listNames(names)}; words are quoted ('${inert(operand.name, 40)}')` : `did you mean '${inert(near, 60)}'?` // biome-ignore format: one line
      throw mistake(this.text, operand.at, `there is no column '${inert(operand.name, 60)}' (${meant})`)
    }
    const kinds = { numeric: 'number', categorical: 'word', text: 'word', boolean: 'truth', time: 'time' } as const
    return { kind: kinds[column.type], of: readerOf(column), shown: `column '${inert(column.name, 60)}'`, operand }
  }

  /** Both of one kind: dates are written as words, and truths also as 0 and 1. */
  #alike(left: Read, right: Read): [Read, Read] {
    if (left.kind === right.kind) return [left, right]
    const [a, b] = [this.#as(left, right.kind), this.#as(right, left.kind)]
    if (b !== null) return [left, b]
    if (a !== null) return [a, right]
    const words: Record<Kind, string> = { number: 'a number', word: 'a word', truth: 'true or false', time: 'a time' }
    const [column, value] = left.operand.kind === 'column' ? [left, right] : [right, left]
    throw mistake(this.text, value.operand.at, `${column.shown} is ${words[column.kind]}, ${value.shown} is ${words[value.kind]},`) // biome-ignore format: one line
  }

  /** A value (not a column) as another kind; null where it is none. */
  #as(read: Read, kind: Kind): Read | null {
    if (read.operand.kind === 'column') return null
    const { value } = read.operand
    if (kind === 'truth' && (value === 0 || value === 1)) return { ...read, kind }
    if (kind !== 'time' || typeof value !== 'string') return null
    // As cells are read: without a zone it is UTC, wherever the machine stands. A year or a month is its first moment.
    const time = timeOf(value) ?? (/^\d{4}(-\d\d)?$/.test(value) ? Date.parse(value) : Number.NaN)
    if (Number.isNaN(time)) throw mistake(this.text, read.operand.at, `'${inert(value, 40)}' is no date, such as '2024-01-31',`) // biome-ignore format: one line
    return { ...read, kind, of: () => time }
  }
}

/** `and` (stops at false) or `or` (stops at true); not known where nothing decides and something is not known. */
function all(tests: readonly Test[], stop: boolean): Test {
  if (tests.length === 1) return tests[0]!
  return (row) => {
    let result: Truth = !stop
    for (const test of tests) {
      const truth = test(row)
      if (truth === stop) return stop
      if (truth === null) result = null
    }
    return result
  }
}

const comparers: Readonly<Record<Comparison, (a: number | string, b: number | string) => boolean>> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

const shownValue = (value: Value): string => (typeof value === 'string' ? `'${inert(value, 40)}'` : String(value))

function readerOf(column: Column): (row: number) => number | string | null {
  const { absent } = column
  if (column.type === 'categorical' || column.type === 'text') return (row) => cellText(column, row)
  const { values } = column
  return absent === null ? (row) => values[row]! : (row) => (absent[row] === 1 ? null : values[row]!)
}
