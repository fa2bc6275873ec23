/** How a CSV file is written, told by its first rows: delimiter, decimal mark, whether the first row has names. */
import { FormatError, inert, UsageError } from '../../core/index.js'
import { wordOf } from '../bytes.js'
import { named } from '../names.js'
import type { ReadTableOptions } from '../options.js'
import { timeOf } from '../time.js'
import { isNumber } from '../words.js'
import { Cell, ends } from './cells.js'

export interface Dialect {
  /** A byte. */
  readonly delimiter: number
  /** The decimal mark's byte. */
  readonly point: number
  readonly names: readonly string[]
  /** Where the rows begin in the bytes: behind the names. */
  readonly start: number
  /** Their first line, and the line of the names or of the first row. */
  readonly line: number
  readonly headerLine: number
  readonly warnings: readonly string[]
}

interface SampleRow {
  readonly cells: readonly string[]
  readonly line: number
  /** Behind it. */
  readonly next: number
  readonly nextLine: number
}

/** Bytes and rows that are looked at. */
const sampleBytes = 1 << 18
const sampleRows = 200

/**
 * Told by `bytes`, the file's first. A first row has names where one of its cells is a word above a column that holds numbers, dates or nothing else; where no
 * column tells, if its cells are all different words (but for that of an index). Throws FormatError for a file without rows, UsageError for options that are none.
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
  const delimiter = options.delimiter === undefined ? guess(head) : byteOf(options.delimiter, 'delimiter')
  const rows = sample(head, whole, delimiter, file)
  const first = rows[0]
  if (!first) throw new FormatError('empty', `'${inert(file)}' has no rows.`, { file })
  const { point, note } = pointOf(rows, delimiter, options.decimal, file)
  const isValue = (cell: string): boolean => isNumber(point === 44 ? cell.replace(',', '.') : cell) || timeOf(cell) !== null // biome-ignore format: one line
  const isNothing = (cell: string): boolean => cell === '' || missing.has(cell)
  const warnings = note === null ? [] : [note]
  const classes = options.header === undefined ? classesOf(rows) : null
  if (classes) {
    const features = rows[1]!.cells.length - 1
    warnings.push(`'${inert(file)}' line ${first.line} counts rows, features and classes (${inert(classes.join(', '), 80)}), as scikit-learn writes it: the columns are column1 to column${features} and target.`) // biome-ignore format: one line
    const names = rows[1]!.cells.map((_, i) => (i < features ? `column${i + 1}` : 'target'))
    return { delimiter, point, names, start: first.next, line: first.nextLine, headerLine: rows[1]!.line, warnings }
  }
  const hasHeader = options.header ?? looksNamed(rows, isValue, isNothing)
  const given = hasHeader ? first.cells : first.cells.map(() => '')
  const names = named(given, hasHeader ? (text) => warnings.push(`'${inert(file)}' line ${first.line}: ${text}`) : () => {}) // biome-ignore format: one line
  const { line } = first
  return { delimiter, point, names, start: hasHeader ? first.next : 0, line: hasHeader ? first.nextLine : 1, headerLine: line, warnings } // biome-ignore format: one line
}

function byteOf(given: string, what: string): number {
  const code = given.charCodeAt(0)
  if (given.length !== 1 || code > 126 || code === 34 || code === 10 || code === 13)
    throw new UsageError(`readTable: the ${what} '${inert(given, 20)}' is no single ASCII character. Try ',' or '\\t'.`)
  return code
}

/** The first rows; one that the bytes end in is left out. */
function sample(bytes: Uint8Array, isWhole: boolean, delimiter: number, file: string): SampleRow[] {
  const cell = new Cell(delimiter)
  const rows: SampleRow[] = []
  let at = 0
  let line = 1
  while (at < bytes.length && rows.length < sampleRows) {
    const cells: string[] = []
    const begins = line
    for (;;) {
      cell.read(bytes, at, bytes.length)
      if (cell.end === ends.badQuote) throw new FormatError('bad-quotes', `'${inert(file)}' line ${line + cell.lines}, column ${cells.length + 1}: a quoted field does not end where a field does.`, { file }) // biome-ignore format: one line
      if (cell.end === ends.open && isWhole) throw new FormatError('bad-quotes', `'${inert(file)}' line ${begins}: a quoted field is not closed.`, { file }) // biome-ignore format: one line
      if (cell.end === ends.open || (cell.end === ends.bytes && !isWhole)) return rows
      const word = wordOf(cell.bytes, cell.from, cell.to)
      if (word === null) throw new FormatError('bad-utf8', `'${inert(file)}' line ${begins}, column ${cells.length + 1}: the text is not UTF-8 (invalid bytes). Try encoding: 'windows-1252'.`, { file }) // biome-ignore format: one line
      cells.push(word)
      line += cell.lines
      at = cell.next
      if (cell.end !== ends.delimiter) break
    }
    line++
    if (cells.length > 1 || cells[0] !== '' || cell.isQuoted) rows.push({ cells, line: begins, next: at, nextLine: line }) // biome-ignore format: one line
  }
  return rows
}

/** The delimiter that the first lines have most of, outside quotes. */
function guess(head: Uint8Array): number {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 1 << 16)).replace(/"[^"]*"/g, '')
  const lines = text.split(/\r\n|\n|\r/, 20).filter((line) => line.trim() !== '')
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
  given: string | undefined,
  file: string,
): { point: number; note: string | null } {
  // biome-ignore format: one line
  if (given !== undefined) {
    if (given !== '.' && given !== ',') throw new UsageError(`readTable: the decimal mark '${inert(given, 20)}' is neither '.' nor ','.`) // biome-ignore format: one line
    if (byteOf(given, 'decimal mark') === delimiter) throw new UsageError(`readTable: '${given}' cannot part the cells and be the decimal mark. Try delimiter: ';'.`) // biome-ignore format: one line
    return { point: given.charCodeAt(0), note: null }
  }
  if (delimiter === 44) return { point: 46, note: null }
  const cells = rows.flatMap((row) => row.cells)
  const comma = cells.filter((cell) => /^[+-]?\d+,\d+$/.test(cell))
  const hasPoint = cells.some((cell) => /^[+-]?\d*\.\d+$/.test(cell))
  if (hasPoint || comma.length === 0 || comma.every((cell) => /^[+-]?[1-9]\d{0,2},\d{3}$/.test(cell))) return { point: 46, note: null } // biome-ignore format: one line
  return { point: 44, note: `'${inert(file)}': numbers were read with a decimal comma, as in '${inert(comma[0]!, 40)}'. Try decimal: '.' where that is wrong.` } // biome-ignore format: one line
}

/** Names of the classes, where the first row is `rows,features,class,class...` as in scikit-learn's data sets, and the last column holds their places. */
function classesOf(rows: readonly SampleRow[]): readonly string[] | null {
  const [first, second] = rows
  if (!first || !second) return null
  const [count = '', width = '', ...classes] = first.cells
  if (!/^\d+$/.test(count) || Number(width) !== second.cells.length - 1 || classes.length < 2) return null
  if (classes.some((word) => word === '' || isNumber(word)) || Number(count) < rows.length - 1) return null
  const isPlace = (cell = ''): boolean => /^\d+$/.test(cell) && Number(cell) < classes.length
  return rows.slice(1).every((row) => isPlace(row.cells.at(-1))) ? classes : null
}

function looksNamed(
  rows: readonly SampleRow[],
  isValue: (cell: string) => boolean,
  isNothing: (cell: string) => boolean,
): boolean {
  // biome-ignore format: one line
  const { cells } = rows[0]!
  const rest = rows.slice(1)
  const isAbove = (i: number): boolean => {
    if (isValue(cells[i]!) || isNothing(cells[i]!)) return false
    const below = rest.map((row) => row.cells[i] ?? '').filter((cell) => !isNothing(cell))
    return below.length > 0 && below.every(isValue)
  }
  if (cells.some((_, i) => isAbove(i))) return true
  // A saved index has no name.
  const own = cells[0] === '' && cells.length > 1 && rest.length > 0 && rest.every((row) => isValue(row.cells[0] ?? '')) ? cells.slice(1) : cells // biome-ignore format: one line
  return new Set(own).size === own.length && own.every((cell) => !isNothing(cell) && !isValue(cell))
}
