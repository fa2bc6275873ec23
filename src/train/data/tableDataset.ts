/** Tables as examples: numbers as they are, truth values as 0 and 1, categories as zeros and a one, one column told from the others. */
import { closest, FormatError, inert, plural, UsageError } from '../../core/index.js'
import type { BooleanColumn, CategoricalColumn, Column, NumericColumn, Table, TextColumn } from '../../table/index.js'
import { empty, tidy, view } from '../../tensor/internal.js'
import { TensorDataset } from './tensorDataset.js'

/** How the columns of a table become numbers: learned on the training part, used on all. Plain JSON. */
export interface TableEncoding {
  readonly target: EncodedColumn & { readonly task: 'classes' | 'numbers' }
  readonly features: readonly EncodedColumn[]
  /** Of the inputs: a column's name, or `name=category`. */
  readonly featureNames: readonly string[]
}

export interface EncodedColumn {
  readonly name: string
  /** Words (categories) or numbers (classes of a numeric target); null for numbers as they are. */
  readonly values: readonly string[] | null
}

export interface TableOptions {
  /** The column that is told; the last by default. */
  target?: string
  /** The columns that it is told from; all others by default. */
  features?: readonly string[]
  /** What the target is; told by the column where absent: categories, and few different whole numbers, are classes. */
  task?: 'classes' | 'numbers'
  /** Rows with missing values, or with NaN: an error (the default), or left out. */
  missing?: 'error' | 'drop'
  /** The column that says how much each row counts in the loss: numbers >= 0, or truth values. It is no feature. */
  weights?: string
  /** A category of an input that the encoding does not know: an error (the default), or `zeros`, no category at all. */
  unknown?: 'error' | 'zeros'
  /** As another table was encoded: then `target`, `features` and `task` are not looked at. */
  encoding?: TableEncoding
}

/** Whole numbers are classes where there are at most so many, and at least this many rows of each on average. */
const mostClasses = 20
const fewestRows = 5

/** A table as a data set, with how it was encoded. */
export interface TableDataset extends TensorDataset {
  readonly encoding: TableEncoding
}

/**
 * Inputs [rows, features] (f32); targets are classes (i32 [rows]) or numbers (f32 [rows, 1]). Categories become one input each, truth values 0 or 1 (a
 * target of them has the classes false and true). Columns of times and of text are refused.
 *
 * Throws UsageError for columns that are not there, FormatError (with file, line, column) for a missing, NaN or infinite value, and for a category
 * that the encoding does not know.
 *
 * @example
 * const data = tableDataset(await readCsv(file), { target: 'species' })
 * const test = tableDataset(await readCsv(other), { encoding: data.encoding })
 */
export function tableDataset(table: Table, options: TableOptions = {}): TableDataset {
  const encoding = options.encoding ?? learn(table, options)
  const { target, features } = encoding
  const weights = options.weights === undefined ? null : weightColumn(table, options.weights, encoding)
  const columns = [
    ...[target, ...features].map((one) => columnOf(table, one.name, one.values !== null)),
    ...(weights ? [weights] : []),
  ]
  const rows = usable(table, columns, options.missing ?? 'error')
  if (rows.length === 0) throw new FormatError('empty', `'${inert(table.name)}' has no row without missing values.`, { file: table.name }) // biome-ignore format: one line
  const data = tidy(() => {
    const input = empty('f32', [rows.length, encoding.featureNames.length])
    const isLenient = options.unknown === 'zeros'
    fillInputs(view(input) as Float32Array, table, rows, features, encoding.featureNames.length, isLenient)
    const isClasses = target.task === 'classes'
    const wanted = isClasses ? empty('i32', [rows.length]) : empty('f32', [rows.length, 1])
    const out = view(wanted)
    const value = reader(table, target)
    for (const [at, row] of rows.entries()) out[at] = value(row)
    return { input, wanted }
  })
  const mass = weights ? { weights: weightsOf(table, weights, rows) } : {}
  const set = new TensorDataset(data.input, data.wanted, { classes: target.values, ...mass })
  return Object.assign(set, { encoding })
}

function learn(table: Table, options: TableOptions): TableEncoding {
  const name = options.target ?? table.columns.findLast((column) => column.name !== options.weights)?.name ?? ''
  const target = columnOf(table, name)
  const numbers = target.type === 'numeric' ? distinct(target.values) : null
  const isWhole = numbers !== null && numbers.length <= mostClasses && numbers.every(Number.isInteger)
  const isFew = isWhole && table.rows >= fewestRows * numbers.length
  const task = options.task ?? (target.type !== 'numeric' || isFew ? 'classes' : 'numbers')
  if (task === 'numbers' && target.type === 'categorical')
    throw new UsageError(`tableDataset: the target '${inert(name)}' holds words, no numbers. Try task: 'classes'.`)
  const values =
    task === 'numbers'
      ? null
      : target.type === 'categorical'
        ? [...target.categories].sort()
        : target.type === 'boolean'
          ? [...truth]
          : numbers!.map(String)
  const chosen =
    options.features ??
    table.columns.map((column) => column.name).filter((one) => one !== name && one !== options.weights)
  if (chosen.includes(name)) throw new UsageError(`tableDataset: '${inert(name)}' is the target and a feature.`)
  if (chosen.length === 0) throw new UsageError(`tableDataset: '${inert(table.name)}' has no column beside the target.`)
  const features = chosen.map((one) => {
    const column = columnOf(table, one)
    return { name: one, values: column.type === 'categorical' ? [...column.categories].sort() : null }
  })
  const featureNames = features.flatMap((one) => (one.values ? one.values.map((value) => `${one.name}=${value}`) : [one.name])) // biome-ignore format: one line
  return { target: { name, values, task }, features, featureNames }
}

const truth = ['false', 'true'] as const

const distinct = (values: Float64Array): number[] =>
  [...new Set(values)].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)

type UsableColumn = NumericColumn | CategoricalColumn | BooleanColumn

/** What a column holds that is none of these, and what to do. */
const refused = {
  time: 'times (dates), which say little as numbers; expected numbers, categories or truth values. Leave it out of the features, or read it as words with types: categorical',
  text: 'text, words that hardly repeat; expected numbers, categories or truth values. Leave it out of the features, or read it as words with types: categorical',
} as const

/** `hasWords`: the encoding knows its words, which may hardly repeat in a small part. */
function columnOf(table: Table, name: string, hasWords = false): UsableColumn {
  const column = table.columns.find((one) => one.name === name)
  if (column?.type === 'text' && hasWords) return categoriesOf(column)
  if (column?.type === 'time' || column?.type === 'text')
    throw new UsageError(`tableDataset: '${inert(name)}' of '${inert(table.name)}' holds ${refused[column.type]}.`)
  if (column) return column
  const names = table.columns.map((one) => one.name)
  const near = closest(name, names)[0]
  throw new UsageError(
    `tableDataset: '${inert(table.name)}' has no column '${inert(name)}'; it has ${plural(names.length, 'column')}: ${names
      .slice(0, 8)
      .map((one) => `'${inert(one)}'`)
      .join(', ')}${names.length > 8 ? ', ...' : ''}.${near ? ` Did you mean '${inert(near)}'?` : ''}`,
  )
}

function categoriesOf({ name, missing, absent, values }: TextColumn): CategoricalColumn {
  const places = new Map<string, number>()
  for (const [row, value] of values.entries()) if (absent?.[row] !== 1 && !places.has(value)) places.set(value, places.size) // biome-ignore format: one line
  const codes = Int32Array.from(values, (value, row) => (absent?.[row] === 1 ? -1 : places.get(value)!))
  return { name, missing, absent, type: 'categorical', codes, categories: [...places.keys()] }
}

/** The column of weights, which is neither target nor feature. */
function weightColumn(table: Table, name: string, { target, features }: TableEncoding): NumericColumn | BooleanColumn {
  const column = columnOf(table, name)
  const other = name === target.name ? 'target' : features.some((one) => one.name === name) ? 'a feature' : null
  if (other !== null)
    throw new UsageError(
      `tableDataset: '${inert(name)}' has the weights and is ${other}; expected a column of its own.`,
    )
  if (column.type === 'categorical')
    throw new UsageError(`tableDataset: the weights '${inert(name)}' are words; expected numbers from 0 on.`)
  return column
}

function weightsOf(table: Table, { name, values }: NumericColumn | BooleanColumn, rows: Int32Array): Float32Array {
  return Float32Array.from(rows, (row) => {
    const value = values[row]!
    if (value >= 0 && Number.isFinite(Math.fround(value))) return value
    throw new FormatError('bad-value', `'${inert(table.name)}' line ${table.lineOf(row)}, column '${inert(name)}': weight ${value}; expected a finite number from 0 on.`, { file: table.name }) // biome-ignore format: one line
  })
}

/** Rows to use. */
function usable(table: Table, columns: readonly Column[], missing: 'error' | 'drop'): Int32Array {
  const rows: number[] = []
  for (let row = 0; row < table.rows; row++) {
    const gap = columns.find((column) => column.absent?.[row] === 1 || (column.type === 'numeric' && Number.isNaN(column.values[row]))) // biome-ignore format: one line
    if (gap === undefined) rows.push(row)
    else if (missing === 'error')
      throw new FormatError(
        'missing-value',
        `'${inert(table.name)}' line ${table.lineOf(row)}: column '${inert(gap.name)}' has ${gap.absent?.[row] === 1 ? 'no value' : 'the value NaN'}. Try missing: 'drop' to leave such rows out.`,
        { file: table.name },
      )
  }
  return Int32Array.from(rows)
}

function fillInputs(
  out: Float32Array,
  table: Table,
  rows: Int32Array,
  features: readonly EncodedColumn[],
  width: number,
  isLenient: boolean,
): void {
  let at = 0
  for (const feature of features) {
    const value = reader(table, feature, isLenient)
    for (const [i, row] of rows.entries()) {
      if (feature.values === null) out[i * width + at] = value(row)
      else {
        out.fill(0, i * width + at, i * width + at + feature.values.length)
        const place = value(row)
        if (place >= 0) out[i * width + at + place] = 1
      }
    }
    at += feature.values === null ? 1 : feature.values.length
  }
}

/** Values of a column by row: the number, or the place among the values that the encoding knows; -1 for others where that is no fault. */
function reader(table: Table, { name, values }: EncodedColumn, isLenient = false): (row: number) => number {
  const column = columnOf(table, name, values !== null)
  const fail = (row: number, what: string): never => {
    throw new FormatError('bad-value', `'${inert(table.name)}' line ${table.lineOf(row)}, column '${inert(name)}': ${what}`, { file: table.name }) // biome-ignore format: one line
  }
  if (values === null) {
    if (column.type === 'categorical')
      return (row) => fail(row, `'${inert(word(column, row), 40)}' is no number, as the training part has.`)
    return (row) => {
      const value = column.values[row]!
      return Number.isFinite(Math.fround(value))
        ? value
        : fail(row, `${value} is too large for f32; expected finite numbers.`)
    }
  }
  const places = new Map(values.map((value, i) => [value, i]))
  return (row) => {
    const text = column.type === 'categorical' ? word(column, row) : column.type === 'boolean' ? truth[column.values[row]!]! : String(column.values[row]) // biome-ignore format: one line
    return (
      places.get(text) ??
      (isLenient ? -1 : null) ??
      fail(row, `'${inert(text, 40)}' is not among the ${values.length} values of the training part.`)
    )
  }
}

const word = (column: CategoricalColumn, row: number): string => column.categories[column.codes[row]!] ?? ''
