/**
 * Two tables as one matrix of features, the reference's rows first: numbers as they are (and whether they are missing), one column of 0 and 1 for each
 * of the frequent categories. Trees see the columns; linear models see them standardized, what is missing at the mean.
 */
import type { Column, Table } from '../../table/index.js'

export interface Features {
  readonly rows: number
  readonly names: readonly string[]
  /** The column of the table that each is made of. */
  readonly sources: readonly string[]
  /** [features][rows]; NaN is missing. */
  readonly columns: readonly Float64Array[]
}

/** Categories of a column that have a feature of their own. */
const mostCategories = 20

/** Features of the named columns. Columns that are constant over both tables give none. */
export function featuresOf(reference: Table, current: Table, names: readonly string[]): Features {
  const rows = reference.rows + current.rows
  const made = names.flatMap((name) => {
    const [a, b] = [columnOf(reference, name), columnOf(current, name)]
    return encode(a, b, rows).map((one) => ({ ...one, source: name }))
  })
  const kept = made.filter(({ values }) => varies(values))
  return {
    rows,
    names: kept.map(({ name }) => name),
    sources: kept.map(({ source }) => source),
    columns: kept.map(({ values }) => values),
  }
}

export const columnOf = (table: Table, name: string): Column => table.columns.find((column) => column.name === name)!

interface Feature {
  readonly name: string
  readonly values: Float64Array
}

function encode(a: Column, b: Column, rows: number): Feature[] {
  const gap = gapOf(a, b, rows)
  const gaps: Feature[] = a.missing + b.missing > 0 ? [{ name: `${a.name} is missing`, values: gap }] : []
  if (a.type === 'categorical' || b.type === 'categorical') return [...categoryFeatures(a, b, rows), ...gaps]
  if (a.type === 'text' || b.type === 'text') return gaps
  const values = new Float64Array(rows)
  values.set(a.values)
  values.set(b.values, a.values.length)
  for (let i = 0; i < rows; i++) if (gap[i] === 1) values[i] = Number.NaN
  return [{ name: a.name, values }, ...gaps]
}

function gapOf(a: Column, b: Column, rows: number): Float64Array {
  const gap = new Float64Array(rows)
  if (a.absent) gap.set(a.absent)
  if (b.absent) gap.set(b.absent, rows - b.absent.length)
  return gap
}

/** The words of a column row by row; null where it is missing. Numbers stand as words beside categories. */
export function wordsOf(column: Column): (string | null)[] {
  if (column.type === 'categorical') return Array.from(column.codes, (code) => (code < 0 ? null : column.categories[code]!)) // biome-ignore format: one line
  const values: ArrayLike<string | number> = column.values
  return Array.from(values, (value, i) => (column.absent?.[i] === 1 ? null : String(value)))
}

function categoryFeatures(a: Column, b: Column, rows: number): Feature[] {
  const words = [...wordsOf(a), ...wordsOf(b)]
  const counts = new Map<string, number>()
  for (const word of words) if (word !== null) counts.set(word, (counts.get(word) ?? 0) + 1)
  const frequent = [...counts].sort((one, other) => other[1] - one[1]).slice(0, mostCategories)
  // Of two categories that are all there is, one says it all.
  const own = counts.size === 2 ? frequent.slice(0, 1) : frequent
  return own.map(([word]) => {
    const values = new Float64Array(rows)
    for (let i = 0; i < rows; i++) values[i] = words[i] === word ? 1 : 0
    return { name: `${a.name} = ${word}`, values }
  })
}

function varies(values: Float64Array): boolean {
  let first = Number.NaN
  for (const value of values) {
    if (Number.isNaN(value)) continue
    if (Number.isNaN(first)) first = value
    else if (value !== first) return true
  }
  return false
}

/** How many deviations from the mean a linear model sees at most: one wild value must not bend it. */
const furthest = 4

/** [rows, features] row-major, standardized and cut off at four deviations; 0 where missing. */
export function standardized({ rows, columns }: Pick<Features, 'rows' | 'columns'>): Float64Array {
  const d = columns.length
  const x = new Float64Array(rows * d)
  for (const [j, values] of columns.entries()) {
    const [middle, spread] = robustMoments(values)
    for (let i = 0; i < rows; i++) {
      const z = (values[i]! - middle) / spread
      x[i * d + j] = Number.isNaN(z) ? 0 : Math.max(-furthest, Math.min(furthest, z))
    }
  }
  return x
}

/** Mean and deviation of the finite values. */
function robustMoments(values: Float64Array): [number, number] {
  let [n, top] = [0, 0]
  for (const value of values)
    if (Number.isFinite(value)) {
      n++
      top = Math.max(top, Math.abs(value))
    }
  if (n === 0 || top === 0) return [0, 1]
  let mean = 0
  for (const value of values) if (Number.isFinite(value)) mean += value / top / n
  let variance = 0
  for (const value of values) if (Number.isFinite(value)) variance += (value / top - mean) ** 2 / n
  const spread = Math.sqrt(variance) * top
  return [mean * top, spread > 0 ? spread : 1]
}
