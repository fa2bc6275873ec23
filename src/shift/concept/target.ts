/** What is to be predicted: classes, or numbers. */
import { inert, UsageError } from '../../core/index.js'
import type { Column } from '../../table/index.js'
import { wordsOf } from './features.js'

export interface ClassTarget {
  readonly task: 'classification'
  /** In ascending order: numbers by size, words by their letters. */
  readonly classes: readonly string[]
  /** Of the reference's rows, then of the current's; -1 where it is missing. */
  readonly codes: Int32Array
  /** Classes that were too rare or too many, put together as the last one. */
  readonly merged: number
}

export interface NumberTarget {
  readonly task: 'regression'
  /** NaN where it is missing. */
  readonly values: Float64Array
}

export type Target = ClassTarget | NumberTarget

/** Whole numbers of at most so many kinds are classes. */
const mostWholeNumbers = 20
const mostClasses = 30

/** Classes where the target has words, or whole numbers of at most 20 kinds; else numbers. `current` null: no labels there. */
export function targetOf(
  reference: Column,
  current: Column | null,
  currentRows: number,
  task: 'auto' | 'classification' | 'regression',
): Target {
  const columns = current === null ? [reference] : [reference, current]
  for (const { type, name } of columns)
    if (type === 'text' || type === 'time')
      throw new UsageError(`shift: the target '${inert(name)}' is ${type}; expected numbers or classes.`)
  const areNumbers = columns.every(({ type }) => type === 'numeric')
  if (task === 'regression' && !areNumbers)
    throw new UsageError(`shift: the target '${inert(reference.name)}' is ${reference.type}; regression needs numbers.`)
  const words = [...wordsOf(reference), ...(current === null ? new Array<null>(currentRows).fill(null) : wordsOf(current))] // biome-ignore format: one line
  const kinds = new Set(words.filter((word) => word !== null && word !== 'NaN'))
  const isClasses =
    task === 'classification' ||
    (task === 'auto' && (!areNumbers || (kinds.size <= mostWholeNumbers && [...kinds].every((word) => Number.isInteger(Number(word)))))) // biome-ignore format: one line
  if (!isClasses) return { task: 'regression', values: Float64Array.from(words, (word) => (word === null ? Number.NaN : Number(word))) } // biome-ignore format: one line
  return classesOf(words.map((word) => (word === 'NaN' && areNumbers ? null : word)))
}

function classesOf(words: readonly (string | null)[]): ClassTarget {
  const counts = new Map<string, number>()
  for (const word of words) if (word !== null) counts.set(word, (counts.get(word) ?? 0) + 1)
  const frequent = [...counts].sort((a, b) => b[1] - a[1]).map(([word]) => word)
  const isMany = frequent.length > mostClasses
  const kept = (isMany ? frequent.slice(0, mostClasses - 1) : frequent).sort(ascending)
  const places = new Map(kept.map((word, i) => [word, i]))
  const other = kept.length
  return {
    task: 'classification',
    classes: isMany ? [...kept, 'others'] : kept,
    codes: Int32Array.from(words, (word) => (word === null ? -1 : (places.get(word) ?? other))),
    merged: isMany ? frequent.length - kept.length : 0,
  }
}

function ascending(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)]
  if (a !== '' && b !== '' && Number.isFinite(x) && Number.isFinite(y) && x !== y) return x - y
  return a < b ? -1 : a > b ? 1 : 0
}

/** The column with its values as words. */
export function asClasses(column: Column): Column {
  if (column.type === 'categorical') return column
  const words = wordsOf(column)
  const categories = [...new Set(words.filter((word) => word !== null))]
  const places = new Map(categories.map((word, i) => [word, i]))
  const codes = Int32Array.from(words, (word) => (word === null ? -1 : places.get(word)!))
  const { name, missing, absent } = column
  return { name, missing, absent, type: 'categorical', codes, categories }
}
