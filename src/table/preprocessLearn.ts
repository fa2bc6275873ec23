/** What one column teaches: what fills its gaps, its categories, shift and scale. */
import { inert, UsageError } from '../core/index.js'
import { cellText } from './find.js'
import { type Moments, momentsOf, quantilesOf } from './moments.js'
import { gapsOf, numbersOf } from './preprocessRead.js'
import type { ColumnPreparation, MissingPolicy, PreparedColumn, Scaling } from './preprocessTypes.js'
import type { Column, Table } from './types.js'

export type Wanted = Required<ColumnPreparation> & {
  /** Whether the column itself says how it is scaled, which indicators need. */
  readonly isOwnScale: boolean
}

/** Learns a column from `rows` of a table, of which at least one has a value. */
export function learnColumn(
  table: Table,
  column: Column,
  rows: Int32Array,
  wanted: Wanted,
  nonFinite: 'error' | 'missing',
): PreparedColumn {
  const isGap = gapsOf(table, column, nonFinite)
  const present = rows.filter((row) => !isGap(row))
  const gaps = rows.length - present.length
  return column.type === 'categorical' || column.type === 'text'
    ? learnWords(column, present, gaps, wanted)
    : learnNumbers(table, column, present, gaps, wanted)
}

function learnNumbers(table: Table, column: Column, present: Int32Array, gaps: number, wanted: Wanted): PreparedColumn {
  const type = column.type === 'time' || column.type === 'boolean' ? column.type : 'numeric'
  const read = numbersOf(table, column, type)
  const values = Float64Array.from(present, read)
  const fill = fillOf(values, wanted.missing, column)
  const scale = type === 'boolean' && !wanted.isOwnScale ? 'none' : wanted.scale
  // Gaps are filled before anything else is learned, as a pipeline of an imputer and a scaler does.
  const all = gaps > 0 && fill !== null ? filled(values, gaps, fill) : values
  const { shift, size, constant } = scalingOf(all, scale)
  return {
    ...{ name: column.name, type, scale, missing: policyOf(wanted.missing), fill, categories: null, dropped: null },
    ...{ unseen: wanted.unseen, shifts: [shift], scales: [size], constant },
  }
}

function filled(values: Float64Array, gaps: number, fill: number): Float64Array {
  const all = new Float64Array(values.length + gaps).fill(fill)
  all.set(values)
  return all
}

function learnWords(column: Column, present: Int32Array, gaps: number, wanted: Wanted): PreparedColumn {
  const counts = wordCounts(column, present)
  const fill = wordOf(counts, wanted.missing)
  if (fill !== null && (gaps > 0 || typeof wanted.missing === 'object')) counts.set(fill, (counts.get(fill) ?? 0) + gaps) // biome-ignore format: one line
  const categories = [...counts.keys()].sort(byCodeUnits)
  const isDropping = wanted.drop === 'first' ? categories.length > 1 : wanted.drop === 'ifBinary' && categories.length === 2 // biome-ignore format: one line
  const dropped = isDropping ? categories[0]! : null
  const scale = wanted.isOwnScale ? wanted.scale : 'none'
  const n = present.length + (fill === null ? 0 : gaps)
  const scaled = categories.filter((word) => word !== dropped).map((word) => {
    const ones = counts.get(word)!
    return scalingOf(Float64Array.from({ length: scale === 'none' ? 0 : n }, (_, i) => (i < ones ? 1 : 0)), scale)
  }) // biome-ignore format: a chain
  return {
    ...{ name: column.name, type: 'categorical', scale, missing: policyOf(wanted.missing), fill, categories, dropped },
    ...{ unseen: wanted.unseen, shifts: scaled.map((one) => one.shift), scales: scaled.map((one) => one.size) },
    constant: categories.length < 2,
  }
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** How often each word stands in the rows. */
export function wordCounts(column: Column, rows: Int32Array): Map<string, number> {
  const counts = new Map<string, number>()
  if (column.type === 'categorical') {
    const ofCode = new Float64Array(column.categories.length)
    for (const row of rows) if (column.codes[row]! >= 0) ofCode[column.codes[row]!]!++
    for (const [code, count] of ofCode.entries()) if (count > 0) counts.set(column.categories[code]!, count)
    return counts
  }
  for (const row of rows) {
    const word = cellText(column, row)
    if (word !== null) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return counts
}

const policyOf = (missing: MissingPolicy): PreparedColumn['missing'] =>
  missing === 'error' || missing === 'drop' ? missing : 'fill'

function fillOf(values: Float64Array, missing: MissingPolicy, column: Column): number | null {
  if (missing === 'error' || missing === 'drop') return null
  if (typeof missing === 'object') {
    const value = typeof missing.constant === 'number' ? missing.constant : Number(missing.constant)
    if (missing.constant !== '' && Number.isFinite(value)) return value
    throw new UsageError(
      `Preprocess: missing numbers of column '${inert(column.name)}' cannot become '${inert(String(missing.constant), 40)}'. Try a number, or a constant of its own for this column.`,
    )
  }
  if (missing === 'mode' || column.type === 'boolean') return modeOf(values)
  return missing === 'mean' ? momentsOf(values).mean : quantilesOf(values, [0.5])[0]!
}

/** The most frequent value; of several the smallest. */
function modeOf(values: Float64Array): number {
  const sorted = Float64Array.from(values).sort()
  let [mode, most] = [Number.NaN, 0]
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1
    while (to < sorted.length && sorted[to] === sorted[from]) to++
    if (to - from > most) [mode, most] = [sorted[from]!, to - from]
    from = to
  }
  return mode
}

function wordOf(counts: ReadonlyMap<string, number>, missing: MissingPolicy): string | null {
  if (missing === 'error' || missing === 'drop') return null
  if (typeof missing === 'object') return String(missing.constant)
  let mode: string | null = null
  for (const [word, count] of counts) {
    const most = mode === null ? 0 : counts.get(mode)!
    if (count > most || (count === most && mode !== null && word < mode)) mode = word
  }
  return mode
}

interface Scaled {
  readonly shift: number
  readonly size: number
  readonly constant: boolean
}

function scalingOf(values: Float64Array, scale: Scaling): Scaled {
  const moments = momentsOf(values)
  const constant = isConstant(moments, values.length)
  const size = (value: number): number => (constant || !(value > 0) || !Number.isFinite(1 / value) ? 1 : value)
  switch (scale) {
    case 'none':
      return { shift: 0, size: 1, constant: values.length > 0 && constant }
    case 'centre':
      return { shift: moments.mean, size: 1, constant }
    case 'standardize':
      return { shift: moments.mean, size: size(moments.std), constant }
    case 'minmax':
      return { shift: moments.min, size: size(moments.max - moments.min), constant }
    case 'robust': {
      const [lower, median, upper] = quantilesOf(values, [0.25, 0.5, 0.75])
      return { shift: median!, size: size(upper! - lower!), constant }
    }
  }
}

/** Whether what varies is rounding error: the variance within its own bound, n eps var + (n mean eps)^2, as scikit-learn's StandardScaler has it. */
function isConstant({ mean, std, min, max }: Moments, n: number): boolean {
  if (min === max) return true
  return std <= Math.hypot(Math.sqrt(n * Number.EPSILON) * std, n * mean * Number.EPSILON)
}
