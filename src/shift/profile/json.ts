/** Profiles from files: nothing in them is trusted. Every number is checked against those that it has to agree with. */
import { FormatError, inert } from '../../core/index.js'
import type { ColumnType } from '../../table/index.js'
import type { ColumnJson } from './column.js'
import type { SketchJson } from './sketch.js'
import type { WordsJson } from './words.js'

/** A profile as plain data. */
export interface ProfileJson {
  readonly format: 'normball-profile'
  readonly version: 1
  readonly rows: number
  /** Different values that are kept exactly, and elements of a sketch's highest level. */
  readonly k: number
  /** Different words that are kept of a column. */
  readonly categories: number
  readonly seed: number
  readonly columns: readonly ColumnJson[]
}

const types: readonly ColumnType[] = ['numeric', 'categorical', 'boolean', 'text', 'time']
export const limits = { k: [16, 1 << 20], categories: [1, 1 << 20] } as const
const mostColumns = 100_000
/** Levels of a sketch: 2^52 numbers. */
const mostLevels = 53

/** What is wrong, and where in the document. */
class Wrong extends Error {}

function demand(holds: boolean, where: string, what: string): void {
  if (!holds) throw new Wrong(`${where} ${what}`)
}

type Parts = Readonly<Record<string, unknown>>

function partsOf(value: unknown, where: string): Parts {
  demand(typeof value === 'object' && value !== null && !Array.isArray(value), where, 'is no object')
  return value as Parts
}

function arrayOf(value: unknown, where: string, most: number): readonly unknown[] {
  demand(Array.isArray(value), where, 'is no array')
  demand((value as unknown[]).length <= most, where, `has ${(value as unknown[]).length} elements, more than ${most}`)
  return value as unknown[]
}

function whole(value: unknown, where: string, low = 0, high: number = Number.MAX_SAFE_INTEGER): number {
  demand(Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high, where, `is ${inert(JSON.stringify(value) ?? 'missing', 40)}; expected a whole number from ${low} to ${high}`) // biome-ignore format: one line
  return value as number
}

function finite(value: unknown, where: string, low = Number.NEGATIVE_INFINITY): number {
  demand(typeof value === 'number' && Number.isFinite(value) && value >= low, where, `is ${inert(JSON.stringify(value) ?? 'missing', 40)}; expected a finite number${low === 0 ? ' from 0 on' : ''}`) // biome-ignore format: one line
  return value as number
}

/** The checked document. Throws FormatError with the first thing that is wrong. */
export function checkedProfile(value: unknown, file = 'the profile'): ProfileJson {
  try {
    const parts = partsOf(value, 'it')
    demand(parts['format'] === 'normball-profile', 'format', "is not 'normball-profile'")
    demand(
      parts['version'] === 1,
      'version',
      `is ${inert(JSON.stringify(parts['version']) ?? 'missing', 40)}; this program reads 1`,
    )
    const rows = whole(parts['rows'], 'rows')
    const k = whole(parts['k'], 'k', ...limits.k)
    const categories = whole(parts['categories'], 'categories', ...limits.categories)
    const seed = whole(parts['seed'], 'seed')
    const given = arrayOf(parts['columns'], 'columns', mostColumns)
    const columns = given.map((one, i) => columnOf(one, `columns[${i}]`, { rows, k, categories, seed }))
    demand(new Set(columns.map(({ name }) => name)).size === columns.length, 'columns', 'has a name twice')
    return { format: 'normball-profile', version: 1, rows, k, categories, seed, columns }
  } catch (error) {
    if (!(error instanceof Wrong)) throw error
    throw new FormatError('bad-profile', `'${inert(file)}' is no profile that can be used: ${error.message}.`, { file })
  }
}

type Frame = Pick<ProfileJson, 'rows' | 'k' | 'categories' | 'seed'>

function columnOf(value: unknown, where: string, frame: Frame): ColumnJson {
  const parts = partsOf(value, where)
  const { name, type } = parts
  demand(typeof name === 'string', `${where}.name`, 'is no text')
  demand(types.includes(type as ColumnType), `${where}.type`, `is not one of ${types.join(', ')}`)
  const rows = whole(parts['rows'], `${where}.rows`)
  demand(rows === frame.rows, `${where}.rows`, `is ${rows}, and the profile has ${frame.rows}`)
  const missing = whole(parts['missing'], `${where}.missing`, 0, rows)
  const isWords = type === 'categorical' || type === 'boolean'
  demand(isWords ? parts['numbers'] === null : parts['words'] === null, where, `is ${type as string} and holds what such a column has not`) // biome-ignore format: one line
  const numbers = isWords ? null : numbersOf(parts['numbers'], `${where}.numbers`, rows - missing, frame)
  const words = isWords ? wordsOf(parts['words'], `${where}.words`, rows - missing, frame.categories) : null
  return { name: name as string, type: type as ColumnType, rows, missing, numbers, words }
}

function numbersOf(value: unknown, where: string, present: number, frame: Frame): ColumnJson['numbers'] {
  const parts = partsOf(value, where)
  const [nan, negInf, posInf, count] = ['nan', 'negInf', 'posInf', 'count'].map((key) => whole(parts[key], `${where}.${key}`, 0, present)) as [number, number, number, number] // biome-ignore format: one line
  demand(nan + negInf + posInf + count === present, where, `counts ${nan + negInf + posInf + count} values, and the column has ${present}`) // biome-ignore format: one line
  const [min, mean, max] = ['min', 'mean', 'max'].map((key) => finite(parts[key], `${where}.${key}`)) as [number, number, number] // biome-ignore format: one line
  demand(min <= mean && mean <= max, where, 'has a mean outside its extremes')
  const m2 = parts['m2'] === null ? null : finite(parts['m2'], `${where}.m2`, 0)
  const sketch = sketchOf(parts['sketch'], `${where}.sketch`, count, frame)
  const within = (values: readonly number[]): boolean => values.length === 0 || (values[0]! >= min && values.at(-1)! <= max) // biome-ignore format: one line
  demand(within(sketch.exact?.values ?? []) && (sketch.levels ?? []).every(within), where, 'has values outside its extremes') // biome-ignore format: one line
  return { count, mean, m2, min, max, nan, negInf, posInf, sketch }
}

function ascendingOf(value: unknown, where: string, most: number, strictly: boolean): number[] {
  const values = arrayOf(value, where, most)
  for (const [i, one] of values.entries()) {
    finite(one, `${where}[${i}]`)
    demand(i === 0 || (values[i - 1] as number) < (one as number) || (!strictly && values[i - 1] === one), `${where}[${i}]`, 'is not above the one before') // biome-ignore format: one line
  }
  return values as number[]
}

function sketchOf(value: unknown, where: string, count: number, { k, seed }: Frame): SketchJson {
  const parts = partsOf(value, where)
  demand(parts['k'] === k && parts['count'] === count, where, `does not agree with k = ${k} and ${count} numbers`)
  demand(parts['seed'] === seed, `${where}.seed`, `is not ${seed}`)
  const compactions = whole(parts['compactions'], `${where}.compactions`)
  const [variance, bound] = [finite(parts['variance'], `${where}.variance`, 0), finite(parts['bound'], `${where}.bound`, 0)] // biome-ignore format: one line
  demand((parts['exact'] === null) !== (parts['levels'] === null), where, 'has to have either exact or levels')
  let sum = 0
  let exact: SketchJson['exact'] = null
  let levels: SketchJson['levels'] = null
  if (parts['levels'] === null) {
    const both = partsOf(parts['exact'], `${where}.exact`)
    const values = ascendingOf(both['values'], `${where}.exact.values`, k, true)
    const counts = arrayOf(both['counts'], `${where}.exact.counts`, k).map((one, i) => whole(one, `${where}.exact.counts[${i}]`, 1)) // biome-ignore format: one line
    demand(counts.length === values.length, `${where}.exact`, `has ${values.length} values and ${counts.length} counts`)
    demand(variance === 0 && bound === 0, where, 'is exact and has an error')
    sum = counts.reduce((total, one) => total + one, 0)
    exact = { values, counts }
  } else {
    const given = arrayOf(parts['levels'], `${where}.levels`, mostLevels)
    levels = given.map((one, h) => ascendingOf(one, `${where}.levels[${h}]`, 8 * k, false))
    for (const [h, level] of levels.entries()) sum += level.length * 2 ** h
  }
  demand(sum === count, where, `stands for ${sum} numbers, and the column has ${count}`)
  return { k, seed, count, compactions, variance, bound, exact, levels }
}

function wordsOf(value: unknown, where: string, present: number, most: number): WordsJson {
  const parts = partsOf(value, where)
  demand(parts['most'] === most, `${where}.most`, `is not ${most}`)
  const count = whole(parts['count'], `${where}.count`, present, present)
  const error = whole(parts['error'], `${where}.error`, 0, present)
  const counts = arrayOf(parts['counts'], `${where}.counts`, most).map((pair, i): readonly [string, number] => {
    const at = `${where}.counts[${i}]`
    const [word, own, ...more] = arrayOf(pair, at, 2)
    demand(typeof word === 'string' && more.length === 0, at, 'is no pair of a word and a count')
    return [word as string, whole(own, at, 1, present)]
  })
  demand(new Set(counts.map(([word]) => word)).size === counts.length, `${where}.counts`, 'has a word twice')
  const sum = counts.reduce((total, [, one]) => total + one, 0)
  demand(
    error === 0 ? sum === count : sum <= count,
    `${where}.counts`,
    `counts ${sum} rows, and the column has ${count}`,
  )
  return { most, count, error, counts }
}
