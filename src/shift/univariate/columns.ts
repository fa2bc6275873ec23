/** Columns of two tables, one by one, and the whole list of them. */
import { UsageError } from '../../core/index.js'
import type { Column, Table } from '../../table/index.js'
import type { ColumnShift } from '../types.js'
import { compareCounts, countWords } from './categorical.js'
import { proportionTest } from './chiSquared.js'
import { benjaminiHochberg, holm } from './multiple.js'
import { compareNumbers, type Measured, orderOptions, unmeasured } from './numeric.js'
import { type CompareOptions, type Settings, settingsOf } from './options.js'
import { countsInOrder } from './ordered.js'

/**
 * How one column differs between two tables: distances, the p-value that decides for its type, and an effect size in one unit for all types.
 *
 * Numbers: Kolmogorov-Smirnov. Words, yes and no: chi-squared (exact or by permutation where counts are small). Text: the lengths of the texts, as numbers. Times:
 * measured as numbers, but without a deciding p-value, since time moves by itself. `effect` is the largest difference between both tables in the
 * probability of an event: of a half-line for numbers (D), of any set of categories for words (total variation). Missing values are left
 * out and compared apart (`missingP`); NaN is left out and told; infinite numbers keep their rank.
 *
 * `pHolm` and `pBenjaminiHochberg` are those of a single column; `compareTables` sets them for all. Throws UsageError for impossible options.
 */
export function compareColumns(reference: Column, current: Column, options: CompareOptions = {}): ColumnShift {
  const settings = settingsOf('compareColumns', options)
  const lengths = [lengthOf(reference), lengthOf(current)] as const
  const n = [lengths[0] - reference.missing, lengths[1] - current.missing] as const
  const missing = [reference.missing, current.missing] as const
  const measured = n[0] > 0 && n[1] > 0 ? measure(reference, current, settings) : unmeasured
  const missingP = missingChange(reference, current, lengths, settings)
  const notes = [...emptyNotes(n, lengths), ...measured.notes, ...spellingNote(reference, current)]
  return {
    name: reference.name,
    type: reference.type,
    n,
    missing,
    missingP,
    ...measured,
    pHolm: measured.p,
    pBenjaminiHochberg: measured.p,
    detected: measured.p === null ? null : measured.p <= settings.alpha,
    newCategories: newCategories(reference, current),
    notes,
  }
}

/** The p-value of the change in the rate of missing values. */
function missingChange(
  reference: Column,
  current: Column,
  [n, m]: readonly [number, number],
  settings: Settings,
): number | null {
  if (n === 0 || m === 0) return null
  if (!settings.timeOrder || reference.missing + current.missing === 0)
    return proportionTest(reference.missing, n, current.missing, m).p
  const absent = (column: Column, rows: number): Uint8Array => column.absent ?? new Uint8Array(rows)
  return countsInOrder(absent(reference, n), absent(current, m), 2, orderOptions(settings)).p
}

export function emptyNotes(n: readonly [number, number], rows: readonly [number, number]): string[] {
  return ['the reference', 'the current table'].flatMap((where, i) =>
    n[i]! > 0 ? [] : [rows[i]! > 0 ? `all values of ${where} are missing` : `${where} has no rows`],
  )
}

function lengthOf(column: Column): number {
  return column.type === 'categorical' ? column.codes.length : column.values.length
}

function measure(reference: Column, current: Column, settings: Settings): Measured {
  if (reference.type === 'boolean' && current.type === 'boolean')
    return compareCounts(countWords(asWords(reference), asWords(current)), settings)
  if (reference.type === 'categorical' && current.type === 'categorical')
    return compareCounts(countWords(reference, current), settings)
  if (reference.type === 'numeric' && current.type === 'numeric')
    return compareNumbers(present(reference), present(current), settings)
  if (reference.type === 'text' && current.type === 'text') {
    const measured = compareNumbers(textLengths(reference), textLengths(current), settings)
    return { ...measured, notes: [...measured.notes, 'texts are compared by their lengths in characters'] }
  }
  if (reference.type === 'time' && current.type === 'time') {
    const measured = compareNumbers(present(reference), present(current), settings)
    return { ...measured, p: null, notes: [...measured.notes, 'time moves by itself: measured, but not decided by'] }
  }
  const truths = [asTruths(reference), asTruths(current)] as const
  if (truths[0] && truths[1]) {
    const measured = compareCounts(countWords(asWords(truths[0]), asWords(truths[1])), settings)
    const which = reference.type === 'boolean' ? 'current table' : 'reference'
    return { ...measured, notes: [...measured.notes, `the ${which} has 0 and 1 for false and true`] }
  }
  // Words that once hardly repeat and once do are still words.
  if (isWords(reference) && isWords(current))
    return compareCounts(countWords(asWords(reference), asWords(current)), settings)
  const note = `${reference.type} in the reference and ${current.type} in the current table: not compared`
  return { ...unmeasured, notes: [note] }
}

/** A column of yes and no, also one of numbers that are 0 or 1. */
function asTruths(column: Column): Column | null {
  if (column.type === 'boolean') return column
  if (column.type !== 'numeric') return null
  const { values, absent, missing, name } = column
  if (!values.every((value, i) => value === 0 || value === 1 || absent?.[i] === 1)) return null
  return { type: 'boolean', name, missing, absent, values: Uint8Array.from(values) }
}

function isWords(column: Column): boolean {
  return column.type === 'categorical' || column.type === 'text' || column.type === 'boolean'
}

/** Numbers that are not missing; a copy only where some are. */
function present(column: Extract<Column, { type: 'numeric' | 'time' }>): Float64Array {
  const { values, absent } = column
  if (absent === null) return values
  return values.filter((_, i) => absent[i] === 0)
}

function textLengths({ values, absent }: Extract<Column, { type: 'text' }>): Float64Array {
  const lengths: number[] = []
  for (const [i, text] of values.entries()) if (absent === null || absent[i] === 0) lengths.push([...text].length)
  return Float64Array.from(lengths)
}

export function asWords(column: Column): { codes: ArrayLike<number>; categories: readonly string[] } {
  if (column.type === 'categorical') return column
  const { absent } = column
  if (column.type === 'boolean') {
    const codes = Int32Array.from(column.values, (value, i) => (absent?.[i] ? -1 : value))
    return { codes, categories: ['false', 'true'] }
  }
  const place = new Map<string, number>()
  const codes = new Int32Array(column.values.length)
  for (const [i, value] of column.values.entries()) {
    const word = String(value)
    const code = place.get(word) ?? place.size
    if (!absent?.[i]) place.set(word, code)
    codes[i] = absent?.[i] ? -1 : code
  }
  return { codes, categories: [...place.keys()] }
}

/** Names told of new categories. */
export const namesTold = 10

function newCategories(reference: Column, current: Column): ColumnShift['newCategories'] {
  if (reference.type !== 'categorical' || current.type !== 'categorical') return null
  const { words, reference: before, current: now } = countWords(reference, current)
  const fresh = words.map((_, i) => i).filter((i) => before[i] === 0 && now[i]! > 0)
  if (fresh.length === 0) return null
  return { names: fresh.slice(0, namesTold).map((i) => words[i]!), rows: fresh.reduce((sum, i) => sum + now[i]!, 0) }
}

/** New categories that are old ones but for case and spaces: more often another export than another population. */
function spellingNote(reference: Column, current: Column): string[] {
  if (reference.type !== 'categorical' || current.type !== 'categorical') return []
  const plain = (word: string): string => word.trim().replace(/\s+/g, ' ').toLowerCase()
  const known = new Set(reference.categories)
  const fresh = current.categories.filter((word) => !known.has(word))
  if (fresh.length === 0) return []
  const spelled = new Map(reference.categories.map((word) => [plain(word), word]))
  const alike = fresh.filter((word) => spelled.has(plain(word)))
  if (alike.length === 0) return []
  const first = `'${alike[0]}' of '${spelled.get(plain(alike[0]!))}'`
  const many = alike.length === 1 ? 'a new category differs' : `${alike.length} new categories differ`
  return [`${many} from one of the reference in case or spaces alone: ${first}`]
}

export interface TablesCompared {
  readonly columns: readonly ColumnShift[]
  /** Columns of the reference that the current table does not have. */
  readonly missingColumns: readonly string[]
  /** Columns of the current table that the reference does not have. */
  readonly newColumns: readonly string[]
}

/**
 * Compares the columns of two tables by name, in the reference's order, whatever their order in the current table. p-values are corrected for how many
 * there are; `detected` is Holm's at most `alpha`: where nothing has moved, some column is detected in at most 5 % of comparisons.
 *
 * Throws UsageError where no column is in both, and for impossible options.
 */
export function compareTables(reference: Table, current: Table, options: CompareOptions = {}): TablesCompared {
  const { alpha } = settingsOf('compareTables', options)
  const names = new Map(current.columns.map((column) => [column.name, column]))
  const shared = reference.columns.filter((column) => names.has(column.name))
  if (shared.length === 0)
    throw new UsageError(
      `compareTables: ${reference.name} and ${current.name} have no column of one name; expected one or more.`,
    )
  const compared = shared.map((column) => compareColumns(column, names.get(column.name)!, options))
  const known = new Set(reference.columns.map((column) => column.name))
  return {
    columns: corrected(compared, alpha),
    missingColumns: reference.columns.filter((column) => !names.has(column.name)).map((column) => column.name),
    newColumns: current.columns.filter((column) => !known.has(column.name)).map((column) => column.name),
  }
}

/** The columns with p-values corrected for all of them: for columns that were compared one at a time, as a file gives them. */
export function corrected(columns: readonly ColumnShift[], alpha = 0.05): ColumnShift[] {
  const p = columns.map((column) => column.p)
  const [byHolm, byBenjaminiHochberg] = [holm(p), benjaminiHochberg(p)]
  return columns.map((column, i) => ({
    ...column,
    pHolm: byHolm[i]!,
    pBenjaminiHochberg: byBenjaminiHochberg[i]!,
    detected: byHolm[i] === null ? null : byHolm[i]! <= alpha,
  }))
}
