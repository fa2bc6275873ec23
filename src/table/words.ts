/** Columns of words: what they are (truth values, times, categories, text), told by the different words that are there. */
import { FormatError, inert, plural } from '../core/index.js'
import { absentOf } from './grow.js'
import { timeOf } from './time.js'
import type { Column, ColumnType } from './types.js'

/** A column as places in a list of different words; -1 is missing. */
export interface Words {
  readonly name: string
  readonly codes: Int32Array
  readonly words: readonly string[]
}

/** Where a value is, for messages: 'line 3, column 'a''. */
export type PlaceOf = (row: number) => string

const truth = new Map([['true', 1], ['True', 1], ['TRUE', 1], ['false', 0], ['False', 0], ['FALSE', 0]]) // biome-ignore format: pairs
/** What is a truth value as well where the caller says that the column holds some. */
const looseTruth = new Map([...truth, ['yes', 1], ['no', 0], ['y', 1], ['n', 0], ['t', 1], ['f', 0], ['1', 1], ['0', 0]]) // biome-ignore format: pairs

/** Words are text where more than this many are different, and more than half of those that are there. */
const mostCategories = 50

/**
 * The column that holds these words. `type` null: truth values where every word is one (true, True, TRUE and their kin), times where every word is an ISO
 * 8601 date or date-time, text where words hardly repeat (more than 50 different, and more than half of the values), else categories.
 *
 * Throws FormatError (with the place) where `type` is given and a word does not fit.
 */
export function wordsColumn(
  given: Words,
  type: Exclude<ColumnType, 'numeric'> | null,
  file: string,
  placeOf: PlaceOf,
): Column {
  // biome-ignore format: one line
  const { name, codes, words } = compact(given)
  const kept = { name, ...absentOf(absences(codes)) }
  const present = codes.length - kept.missing
  const fail = (code: number, what: string): never => {
    throw new FormatError('bad-value', `'${inert(file)}' ${placeOf(codes.indexOf(code))}: '${inert(words[code]!, 40)}' is ${what}.`, { file }) // biome-ignore format: one line
  }
  if (type === 'boolean' || (type === null && words.length > 0 && words.every((word) => truth.has(word)))) {
    const values = words.map((word, code) => (type === null ? truth.get(word) : looseTruth.get(word.toLowerCase())) ?? fail(code, 'no truth value')) // biome-ignore format: one line
    return { ...kept, type: 'boolean', values: Uint8Array.from(codes, (code) => (code < 0 ? 0 : values[code]!)) }
  }
  const times = type === 'time' || type === null ? timesOf(words, type === 'time' ? fail : null) : null
  if (times) return { ...kept, type: 'time', values: Float64Array.from(codes, (code) => (code < 0 ? Number.NaN : times[code]!)) } // biome-ignore format: one line
  if (type === 'text' || (type === null && words.length > mostCategories && 2 * words.length > present))
    return { ...kept, type: 'text', values: Array.from(codes, (code) => (code < 0 ? '' : words[code]!)) }
  return { ...kept, type: 'categorical', codes, categories: words }
}

/** Times of all words; null where one is none. */
function timesOf(words: readonly string[], fail: ((code: number, what: string) => never) | null): Float64Array | null {
  if (words.length === 0 && !fail) return null
  const times = new Float64Array(words.length)
  for (const [code, word] of words.entries()) {
    const time = timeOf(word)
    if (time === null) {
      if (fail) fail(code, 'no date or date-time of ISO 8601 (2026-11-21, 2026-11-21T23:38:24Z)')
      return null
    }
    times[code] = time
  }
  return times
}

function absences(codes: Int32Array): Uint8Array {
  const absent = new Uint8Array(codes.length)
  for (let i = 0; i < codes.length; i++) if (codes[i]! < 0) absent[i] = 1
  return absent
}

/** Without the words that no row has any more: those that stand for missing values. */
function compact({ name, codes, words }: Words): Words {
  const used = new Uint8Array(words.length)
  for (const code of codes) if (code >= 0) used[code] = 1
  if (!used.includes(0)) return { name, codes, words }
  let next = 0
  const places = Int32Array.from(used, (one) => (one ? next++ : -1))
  return { name, codes: codes.map((code) => (code < 0 ? -1 : places[code]!)), words: words.filter((_, i) => used[i]) }
}

/** A column of numbers with words between them: a sentence on the first; null where words prevail. */
export function mixedNote(
  { name, codes, words }: Words,
  file: string,
  placeOf: PlaceOf,
  isOne: (word: string) => boolean = isNumber,
): string | null {
  const numbers = words.map(isOne)
  if (!numbers.includes(true) || !numbers.includes(false)) return null
  let count = 0
  let present = 0
  let first = -1
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!
    if (code < 0) continue
    present++
    if (numbers[code]) count++
    else if (first < 0) first = row
  }
  if (first < 0 || 2 * count < present) return null
  return `'${inert(file)}' ${placeOf(first)}: '${inert(words[codes[first]!]!, 40)}' is no number, and ${count} of the ${plural(present, 'value')} of column '${inert(name)}' are, so all were read as words. If it stands for a missing value, try missing: ['${inert(words[codes[first]!]!, 40)}'].` // biome-ignore format: one line
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
export const infinite = /^[+-]?inf(?:inity)?$/i

/** Whether a word is a number as this package reads them: decimal, or infinite. */
export const isNumber = (word: string): boolean => decimal.test(word) || infinite.test(word)
