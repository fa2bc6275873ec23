/** The first rows of a CSV file, by which its dialect is told, and what may stand before them: comments, and the line `sep=;` that Excel reads. */
import { FormatError, inert } from '../../core/index.js'
import { wordOf } from '../bytes.js'
import { Cell, ends } from './cells.js'

export interface SampleRow {
  readonly cells: readonly string[]
  readonly line: number
  /** Behind it. */
  readonly next: number
  readonly nextLine: number
}

/** A place in the bytes, and its line. */
export interface Place {
  readonly at: number
  readonly line: number
}

const sampleRows = 200
const hash = 35

/** The first rows from a place on; one that the bytes end in is left out, and so are lines that begin with the byte `comment` (-1: none do). */
export function sample(
  bytes: Uint8Array,
  from: Place,
  isWhole: boolean,
  delimiter: number,
  comment: number,
  file: string,
): SampleRow[] {
  // biome-ignore format: one line
  const cell = new Cell(delimiter)
  const rows: SampleRow[] = []
  let { at, line } = from
  while (at < bytes.length && rows.length < sampleRows) {
    if (bytes[at] === comment) {
      at = behindLine(bytes, at)
      line++
      continue
    }
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

/** Behind the line that begins at `at`. */
export function behindLine(bytes: Uint8Array, at: number): number {
  let i = at
  while (i < bytes.length && bytes[i] !== 10 && bytes[i] !== 13) i++
  return bytes[i] === 13 && bytes[i + 1] === 10 ? i + 2 : Math.min(bytes.length, i + 1)
}

/** The delimiter that a first line `sep=;` names, and what is behind it. */
export function namedDelimiter(bytes: Uint8Array): { readonly delimiter: number; readonly place: Place } | null {
  const found = /^"?sep=([ -~\t])"?(?=\r|\n)/i.exec(String.fromCharCode(...bytes.subarray(0, 8)))
  return found ? { delimiter: found[1]!.charCodeAt(0), place: { at: behindLine(bytes, 0), line: 2 } } : null
}

/**
 * Behind the lines that begin with `#` at the file's start, which are comments; not the last of them where it has as many cells (more than one) as the
 * row behind it: then it has the names.
 */
export function behindComments(bytes: Uint8Array, delimiterOf: (rest: Uint8Array) => number): Place {
  let [at, line] = [0, 1]
  let [last, lastLine] = [0, 1]
  while (bytes[at] === hash) {
    ;[last, lastLine] = [at, line++]
    at = behindLine(bytes, at)
  }
  if (line === 1 || at === bytes.length) return { at: 0, line: 1 }
  const delimiter = delimiterOf(bytes.subarray(at))
  const cellsAt = (from: number): number => new TextDecoder('latin1').decode(bytes.subarray(from, behindLine(bytes, from))).split(String.fromCharCode(delimiter)).length // biome-ignore format: one line
  const isNames = cellsAt(last) === cellsAt(at) && (cellsAt(at) > 1 || line === 2)
  return isNames ? { at: last, line: lastLine } : { at, line }
}
