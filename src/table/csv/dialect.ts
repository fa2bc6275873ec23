/** How a CSV file is written, told by its first rows: delimiter, decimal mark, whether the first row has names. */
import { FormatError, inert, UsageError } from '../../core/index.js'
import { named } from '../names.js'
import type { ReadTableOptions } from '../options.js'
import { isNumber } from '../words.js'
import { classesOf, countingNote, looksNamed } from './header.js'
import { behindComments, namedDelimiter, type Place, type SampleRow, sample } from './sample.js'
import { groupedNumber } from './thousands.js'

export interface Dialect {
  /** A byte. */
  readonly delimiter: number
  /** The decimal mark's byte. */
  readonly point: number
  /** The byte that lines to leave out begin with; -1 where there are none. */
  readonly comment: number
  /** Numbers with marks between thousands; null where there are none. */
  readonly grouped: ((word: string) => number | null) | null
  readonly names: readonly string[]
  /** Where the rows begin in the bytes: behind the names. */
  readonly start: number
  /** Their first line, and the line of the names or of the first row. */
  readonly line: number
  readonly headerLine: number
  readonly warnings: readonly string[]
}

/** Bytes that are looked at. */
const sampleBytes = 1 << 18

/**
 * Told by `bytes`, the file's first; see `looksNamed` for the names. Throws FormatError for a file without rows, UsageError for options that are none.
 */
export function dialectOf(
  bytes: Uint8Array,
  isWhole: boolean,
  missing: ReadonlySet<string>,
  options: ReadTableOptions,
  file: string,
): Dialect {
  // biome-ignore format: one line
  const head = bytes.subarray(0, sampleBytes)
  const whole = isWhole && bytes.length <= sampleBytes
  const comment = options.comment === undefined ? -1 : byteOf(options.comment, 'comment mark')
  const warnings: string[] = []
  const { delimiter, from } = beginningOf(head, options, comment, warnings, file)
  if (comment === delimiter) throw new UsageError(`readTable: '${options.comment}' cannot part the cells and begin comments.`) // biome-ignore format: one line
  const rows = sample(head, from, whole, delimiter, comment, file)
  const first = rows[0]
  if (!first) throw new FormatError('empty', `'${inert(file)}' has no rows.`, { file })
  const { point, note } = pointOf(rows, delimiter, options, file)
  if (note !== null) warnings.push(note)
  const grouped = options.thousands === undefined ? null : groupedNumber(options.thousands, point)
  const own = { delimiter, point, comment, grouped, warnings }
  const classes = options.header === undefined ? classesOf(rows) : null
  if (classes) {
    const features = rows[1]!.cells.length - 1
    warnings.push(`'${inert(file)}' line ${first.line} counts rows, features and classes (${inert(classes.join(', '), 80)}), as scikit-learn writes it: the columns are column1 to column${features} and target.`) // biome-ignore format: one line
    const names = rows[1]!.cells.map((_, i) => (i < features ? `column${i + 1}` : 'target'))
    return { ...own, names, start: first.next, line: first.nextLine, headerLine: rows[1]!.line }
  }
  const judge = {
    isNumber: (cell: string): boolean => numberIn(point)(cell) || (grouped?.(cell) ?? null) !== null,
    isNothing: (cell: string): boolean => cell === '' || missing.has(cell),
  }
  const hasHeader = options.header ?? looksNamed(rows, judge, (shown) => warnings.push(countingNote(file, first.line, shown))) // biome-ignore format: one line
  const given = hasHeader ? first.cells : first.cells.map(() => '')
  const names = named(given, hasHeader ? (text) => warnings.push(`'${inert(file)}' line ${first.line}: ${text}`) : () => {}) // biome-ignore format: one line
  const begin = hasHeader ? { at: first.next, line: first.nextLine } : from
  return { ...own, names, start: begin.at, line: begin.line, headerLine: first.line }
}

/** Whether a word is a number with this decimal mark. */
export const numberIn = (point: number): ((word: string) => boolean) => point === 44 ? (word) => !word.includes('.') && isNumber(word.replace(',', '.')) : isNumber // biome-ignore format: one line

/** The delimiter, and where the rows (or the names) begin. */
function beginningOf(
  head: Uint8Array,
  options: ReadTableOptions,
  comment: number,
  warnings: string[],
  file: string,
): { delimiter: number; from: Place } {
  // biome-ignore format: one line
  const delimiterOf = (bytes: Uint8Array): number => options.delimiter === undefined ? guess(bytes, comment) : byteOf(options.delimiter, 'delimiter') // biome-ignore format: one line
  const told = options.delimiter === undefined ? namedDelimiter(head) : null
  if (told) return { delimiter: told.delimiter, from: told.place }
  const from = comment < 0 ? behindComments(head, delimiterOf) : { at: 0, line: 1 }
  if (from.line > 1) warnings.push(`'${inert(file)}': ${from.line === 2 ? "line 1 begins with '#' and was" : `lines 1 to ${from.line - 1} begin with '#' and were`} left out.`) // biome-ignore format: one line
  return { delimiter: delimiterOf(head.subarray(from.at)), from }
}

function byteOf(given: string, what: string): number {
  const code = given.charCodeAt(0)
  if (given.length !== 1 || code > 126 || code === 34 || code === 10 || code === 13)
    throw new UsageError(`readTable: the ${what} '${inert(given, 20)}' is no single ASCII character. Try ${what === 'comment mark' ? "'#'" : "',' or '\\t'"}.`) // biome-ignore format: one line
  return code
}

/** The delimiter that the first lines have most of, outside quotes. */
function guess(head: Uint8Array, comment: number): number {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 1 << 16)).replace(/"[^"]*"/g, '')
  const lines = text.split(/\r\n|\n|\r/, 20).filter((line) => line.trim() !== '' && line.charCodeAt(0) !== comment)
  let best = 44
  let most = 0
  for (const one of [',', ';', '\t', '|']) {
    const counts = lines.map((line) => line.split(one).length - 1)
    // As often in every line; the last may be cut off.
    const least = Math.min(...(counts.length > 2 ? counts.slice(0, -1) : counts))
    if (least > most) [best, most] = [one.charCodeAt(0), least]
  }
  return most === 0 && isSpaced(lines) ? 32 : best
}

/** Lines of as many numbers each, with spaces or tabs between. */
function isSpaced(lines: readonly string[]): boolean {
  const rows = lines.slice(0, Math.max(1, lines.length - 1)).map((line) => line.trim().split(/[ \t]+/))
  const width = rows[0]?.length ?? 0
  return width > 1 && rows.every((row, i) => row.length === width && (i === 0 || row.every(isNumber)))
}

/** A decimal comma, where no comma parts the cells: some cell is `1,5` or `12,75`, none is `1.5`, and not all might be thousands (`1,234`). */
function pointOf(
  rows: readonly SampleRow[],
  delimiter: number,
  { decimal: given, thousands }: ReadTableOptions,
  file: string,
): { point: number; note: string | null } {
  // biome-ignore format: one line
  if (given !== undefined) {
    if (given !== '.' && given !== ',') throw new UsageError(`readTable: the decimal mark '${inert(given, 20)}' is neither '.' nor ','.`) // biome-ignore format: one line
    if (byteOf(given, 'decimal mark') === delimiter) throw new UsageError(`readTable: '${given}' cannot part the cells and be the decimal mark. Try delimiter: ';'.`) // biome-ignore format: one line
    return { point: given.charCodeAt(0), note: null }
  }
  // The mark between thousands is not the decimal one.
  if (thousands === '.' && delimiter !== 44) return { point: 44, note: null }
  if (delimiter === 44 || thousands === ',') return { point: 46, note: null }
  const cells = rows.flatMap((row) => row.cells)
  const comma = cells.filter((cell) => /^[+-]?\d+,\d+$/.test(cell))
  const hasPoint = cells.some((cell) => /^[+-]?\d*\.\d+$/.test(cell))
  if (hasPoint || comma.length === 0 || comma.every((cell) => /^[+-]?[1-9]\d{0,2},\d{3}$/.test(cell))) return { point: 46, note: null } // biome-ignore format: one line
  return { point: 44, note: `'${inert(file)}': numbers were read with a decimal comma, as in '${inert(comma[0]!, 40)}'. Try decimal: '.' where that is wrong.` } // biome-ignore format: one line
}
