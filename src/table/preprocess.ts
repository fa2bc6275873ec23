/** Tables as matrices: learned on one table, applied to others. */
import { FormatError, inert, plural, UsageError } from '../core/index.js'
import { type Tensor, tensor } from '../tensor/index.js'
import { castOf, describe, empty, tidy, view } from '../tensor/internal.js'
import { largestMatrix, matrixEffect } from './effect.js'
import { findColumn, listNames } from './find.js'
import { parsePreprocess } from './preprocessJson.js'
import { learnColumn, type Wanted, wordCounts } from './preprocessLearn.js'
import { badCell, gapsOf, isUnseen, numbersOf, placesOf } from './preprocessRead.js'
import {
  type ColumnPreparation,
  type Prepared,
  type PreparedColumn,
  type PreprocessEffect,
  type PreprocessJson,
  type PreprocessOptions,
  scalings,
} from './preprocessTypes.js'
import type { Column, Table } from './types.js'

/** Elements of a matrix. */
const mostElements = 2 ** 28
/** Words that a message repeats. */
const few = 5

const standard: Required<ColumnPreparation> = {
  scale: 'standardize',
  missing: 'error',
  unseen: 'zeros',
  drop: 'none',
  maxCategories: 100,
}

/**
 * Makes a matrix of a table: numbers shifted and scaled, categories as indicators (zeros and a one), booleans 0 and 1, missing values told or filled.
 * `fit` learns from one table, `transform` applies it to that or others, whose columns are found by name, in whatever order they stand.
 *
 * Text columns, columns without any value, and columns of too many categories are left out and stand in `skipped`; so do time columns unless they are
 * named in the options. What is constant has scale 1 and stands in `constant`. Figures are those of the column after its gaps are filled, as of a
 * pipeline of an imputer and a scaler.
 *
 * Throws UsageError for columns that are not there, FormatError (with line and column) for values that are missing, infinite, or of another kind.
 *
 * @example
 * const table = await readCsv({ text: 'size,kind\n1,a\n3,b\n' })
 * const preprocess = new Preprocess({ scale: 'standardize' }).fit(table)
 * const { x, names } = preprocess.transform(table) // [[-1, 1, 0], [1, 0, 1]] of size, kind=a, kind=b
 */
export class Preprocess {
  readonly options: PreprocessOptions
  #learned: PreprocessJson | null = null

  constructor(options: PreprocessOptions = {}) {
    this.options = options
    checkPreparation(options, 'the table')
    for (const [name, own] of Object.entries(options.columns ?? {})) checkPreparation(own, `column '${inert(name)}'`)
  }

  /** What it learned. Throws UsageError before `fit`. */
  get learned(): PreprocessJson {
    if (this.#learned === null) throw new UsageError('Preprocess: it has not been fitted. Try fit(table) first.')
    return this.#learned
  }

  /** Names of the features, in the order of the matrix's columns. */
  get names(): string[] {
    return this.learned.columns.flatMap(featuresOf)
  }

  /** Columns of one value only. */
  get constant(): string[] {
    return this.learned.columns.filter((column) => column.constant).map((column) => column.name)
  }

  /** Columns that were left out, and why. */
  get skipped(): PreprocessJson['skipped'] {
    return this.learned.skipped
  }

  /** Learns from a table; what it learned before is forgotten. Returns itself. */
  fit(table: Table): this {
    const own = new Map(Object.entries(this.options.columns ?? {}))
    for (const name of own.keys()) findColumn(table, name, 'Preprocess')
    const { nonFinite = 'error' } = this.options
    const skipped: { name: string; why: string }[] = []
    const used: { readonly column: Column; readonly wanted: Wanted }[] = []
    for (const column of table.columns) {
      const wanted = { ...standard, ...this.options, ...own.get(column.name), isOwnScale: own.get(column.name)?.scale !== undefined } // biome-ignore format: one line
      const why = whySkipped(table, column, wanted, own.has(column.name))
      if (why === null) used.push({ column, wanted })
      else skipped.push({ name: column.name, why })
    }
    if (used.length === 0)
      throw new UsageError(
        `Preprocess: '${inert(table.name)}' has no column to compute with${skipped.length > 0 ? `: ${skipped.slice(0, few).map(({ name, why }) => `'${inert(name, 60)}' ${why}`).join('; ')}` : ''}.`, // biome-ignore format: one line
      )
    const policies = used.map(({ column, wanted }) => ({ column, missing: wanted.missing }))
    const rows = usableRows(table, policies, nonFinite)
    const columns = used.map(({ column, wanted }) => learnColumn(table, column, rows, wanted, nonFinite))
    this.#learned = { version: 1, rows: rows.length, nonFinite, columns, skipped }
    return this
  }

  /**
   * The matrix of a table; see `Prepared`. Columns that it was not fitted on are ignored, and named. Throws UsageError that names the columns that are
   * not there, FormatError for a missing value that nothing was said about, with line and column.
   */
  transform(table: Table): Prepared {
    return this.#matrix(table, true)
  }

  /** `fit(table).transform(table)`. */
  fitTransform(table: Table): Prepared {
    return this.fit(table).transform(table)
  }

  /** Rows [n, features] in the units of the table: x scale + shift. Indicators stay indicators. */
  inverse(x: Tensor): Tensor {
    const { columns } = this.learned
    const [shifts, scales] = [columns.flatMap((one) => one.shifts), columns.flatMap((one) => one.scales)]
    if (x.rank !== 2 || x.shape[1] !== shifts.length)
      throw new UsageError(`Preprocess.inverse: got ${describe(x)}; expected [n, ${shifts.length}].`)
    return tidy(() => castOf(x, 'f64').mul(tensor(Float64Array.from(scales))).add(tensor(Float64Array.from(shifts)))) // biome-ignore format: one line
  }

  /** What shifting and scaling do to the matrix of a table, whose gaps are filled and whose categories are indicators before and after. */
  effect(table: Table): PreprocessEffect {
    return tidy(() => {
      const [before, after] = [this.#matrix(table, false).x, this.#matrix(table, true).x]
      const [n, d] = after.shape as [number, number]
      const rows = Math.min(n, Math.max(1, Math.floor(largestMatrix / Math.max(1, d))))
      const places = tensor(Int32Array.from({ length: rows }, (_, i) => Math.floor((i * n) / rows)))
      const some = (x: Tensor): Tensor => (rows === n ? x : x.indexSelect(places, 0))
      return { rows, ...matrixEffect(some(before), some(after)) }
    })
  }

  /** Plain data; `Preprocess.fromJSON` undoes it. */
  toJSON(): PreprocessJson {
    return this.learned
  }

  /** Throws FormatError for what is not the JSON of a `Preprocess`: it may come from a file. */
  static fromJSON(json: unknown): Preprocess {
    const one = new Preprocess()
    one.#learned = parsePreprocess(json)
    return one
  }

  #matrix(table: Table, isScaled: boolean): Prepared {
    const { columns, nonFinite } = this.learned
    const found = pair(table, columns)
    const rows = usableRows(table, found.map(({ column, learned }) => ({ column, missing: learned.missing })), nonFinite) // biome-ignore format: one line
    const names = this.names
    const width = names.length
    if (rows.length * width > mostElements)
      throw new UsageError(
        `Preprocess: ${plural(rows.length, 'row')} of ${plural(width, 'feature')} do not fit into memory; expected at most ${mostElements} numbers. Try fewer columns, or a sample of the rows.`,
      )
    const x = empty('f64', [rows.length, width])
    const out = view(x) as Float64Array
    const imputed: { name: string; count: number }[] = []
    const unseen: Prepared['unseen'][number][] = []
    let at = 0
    try {
      for (const { column, learned } of found) {
        const target: Target = { out, at, width, rows, table, column, learned, nonFinite, isScaled }
        const told = learned.categories === null ? fillNumbers(target) : fillWords(target)
        if (told.imputed > 0) imputed.push({ name: learned.name, count: told.imputed })
        if (told.unseen > 0) unseen.push({ name: learned.name, words: told.words, rows: told.unseen })
        at += learned.shifts.length
      }
    } catch (error) {
      x.dispose()
      throw error
    }
    const known = new Set([...columns, ...this.skipped].map((one) => one.name))
    const ignored = table.columns.map((one) => one.name).filter((name) => !known.has(name))
    return { x, names, rows, dropped: table.rows - rows.length, imputed, unseen, ignored }
  }
}

function checkPreparation({ scale, missing, unseen, drop, maxCategories }: ColumnPreparation, of: string): void {
  const check = (name: string, value: unknown, allowed: readonly string[]): void => {
    if (value === undefined || allowed.includes(value as string)) return
    throw new UsageError(`Preprocess: ${name} '${inert(String(value), 40)}' of ${of}; expected ${allowed.join(', ')}.`)
  }
  check('scale', scale, scalings)
  if (typeof missing !== 'object' || missing === null || !['number', 'string'].includes(typeof missing.constant))
    check('missing', missing, ['error', 'drop', 'mean', 'median', 'mode', '{ constant: value }'])
  check('unseen', unseen, ['zeros', 'error'])
  check('drop', drop, ['none', 'first', 'ifBinary'])
  if (maxCategories !== undefined && !(Number.isInteger(maxCategories) && maxCategories > 0))
    throw new UsageError(`Preprocess: maxCategories ${maxCategories} of ${of}; expected a whole number of at least 1.`)
}

function whySkipped(table: Table, column: Column, wanted: Wanted, isNamed: boolean): string | null {
  if (column.type === 'time' && !isNamed) return 'is a time'
  if (column.type === 'text') return 'is text'
  if (column.missing === table.rows && table.rows > 0) return 'has no values'
  if (column.type !== 'categorical') return null
  const all = Int32Array.from({ length: table.rows }, (_, row) => row)
  const categories = wordCounts(column, all).size
  return categories > wanted.maxCategories ? `has ${categories} categories, more than ${wanted.maxCategories}` : null
}

interface Policy {
  readonly column: Column
  readonly missing: ColumnPreparation['missing'] | 'fill'
}

/** Rows that nothing leaves out. Throws FormatError for a gap that is an error, and where no row is left. */
function usableRows(table: Table, policies: readonly Policy[], nonFinite: 'error' | 'missing'): Int32Array {
  const dropping = policies.filter(({ missing }) => missing === 'drop')
  const failing = policies.filter(({ missing }) => missing === 'error').map(({ column }) => ({ column, isGap: gapsOf(table, column, nonFinite) })) // biome-ignore format: one line
  const gaps = dropping.map(({ column }) => gapsOf(table, column, nonFinite))
  const rows: number[] = []
  for (let row = 0; row < table.rows; row++) {
    if (gaps.some((isGap) => isGap(row))) continue
    const gap = failing.find(({ isGap }) => isGap(row))
    if (gap !== undefined)
      throw badCell(
        table,
        gap.column,
        row,
        "there is no value. Try missing 'drop' to leave such rows out, or 'mean', 'median', 'mode' to fill them.",
        'missing-value',
      )
    rows.push(row)
  }
  if (rows.length === 0)
    throw new FormatError(
      'empty',
      table.rows === 0
        ? `'${inert(table.name)}' has no rows.`
        : `'${inert(table.name)}' has no row without missing values. Try missing: 'mean' or 'median'.`,
      { file: table.name },
    )
  return Int32Array.from(rows)
}

/** What was learned, with the columns of a table. */
function pair(table: Table, learned: readonly PreparedColumn[]): { column: Column; learned: PreparedColumn }[] {
  const byName = new Map(table.columns.map((column) => [column.name, column]))
  const absent = learned.filter(({ name }) => !byName.has(name)).map(({ name }) => name)
  if (absent.length > 0)
    throw new UsageError(
      `Preprocess: '${inert(table.name)}' lacks ${plural(absent.length, 'column')} of the table it was fitted on: ${listNames(absent)}.`,
    )
  return learned.map((one) => ({ column: byName.get(one.name)!, learned: one }))
}

function featuresOf({ name, categories, dropped }: PreparedColumn): string[] {
  return categories === null ? [name] : categories.filter((word) => word !== dropped).map((word) => `${name}=${word}`)
}

interface Target {
  readonly out: Float64Array
  readonly at: number
  readonly width: number
  readonly rows: Int32Array
  readonly table: Table
  readonly column: Column
  readonly learned: PreparedColumn
  readonly nonFinite: 'error' | 'missing'
  readonly isScaled: boolean
}

interface Told {
  readonly imputed: number
  readonly unseen: number
  readonly words: readonly string[]
}

function fillNumbers({ out, at, width, rows, table, column, learned, nonFinite, isScaled }: Target): Told {
  const isGap = gapsOf(table, column, nonFinite)
  const read = numbersOf(table, column, learned.type)
  const shift = isScaled ? learned.shifts[0]! : 0
  const scale = isScaled ? learned.scales[0]! : 1
  let imputed = 0
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const gap = isGap(row)
    if (gap) imputed++
    const value = gap ? (learned.fill as number) : read(row)
    out[i * width + at] = (value - shift) / scale
  }
  return { imputed, unseen: 0, words: [] }
}

function fillWords({ out, at, width, rows, table, column, learned, nonFinite, isScaled }: Target): Told {
  const categories = learned.categories!
  const isGap = gapsOf(table, column, nonFinite)
  const place = placesOf(column, categories)
  const fill = learned.fill === null ? isUnseen : categories.indexOf(learned.fill as string)
  // Of each category its feature; -1 for the one that is left out.
  const features = Int32Array.from(categories, (word) => (word === learned.dropped ? -1 : 0))
  for (let i = 0, feature = 0; i < features.length; i++) if (features[i] === 0) features[i] = feature++
  const [shifts, scales] = isScaled ? [learned.shifts, learned.scales] : [learned.shifts.map(() => 0), learned.scales.map(() => 1)] // biome-ignore format: one line
  const zeros = shifts.map((shift, j) => (0 - shift) / scales[j]!)
  const ones = shifts.map((shift, j) => (1 - shift) / scales[j]!)
  const words = new Set<string>()
  let [imputed, unseen] = [0, 0]
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const gap = isGap(row)
    if (gap) imputed++
    const code = gap ? fill : place(row)
    const from = i * width + at
    for (let j = 0; j < zeros.length; j++) out[from + j] = zeros[j]!
    if (code >= 0) {
      const feature = features[code]!
      if (feature >= 0) out[from + feature] = ones[feature]!
      continue
    }
    const word = wordAt(column, row)
    if (learned.unseen === 'error')
      throw badCell(table, column, row, `'${inert(word, 40)}' is not among the ${plural(categories.length, 'category', 'categories')} of the table it was fitted on.`, 'unseen') // biome-ignore format: one line
    unseen++
    if (words.size < few) words.add(word)
  }
  return { imputed, unseen, words: [...words] }
}

const wordAt = (column: Column, row: number): string =>
  column.type === 'categorical'
    ? (column.categories[column.codes[row]!] ?? '')
    : column.type === 'text'
      ? column.values[row]!
      : String(column.values[row])
