/** Goes through the bytes of a CSV file row by row and gives each cell to its column. */
import { FormatError, inert, plural } from '../../core/index.js'
import { Lines } from '../lines.js'
import { Cell, ends } from './cells.js'
import { DecimalReader, odds } from './number.js'
import { behindLine } from './sample.js'
import { kinds, type Sink } from './sinks.js'

/** A row longer than this is none: a quote was not closed. */
export const longestRow = 1 << 24

export class Scanner {
  /** Rows that are whole. */
  rows = 0
  /** Of the next row. */
  line: number
  readonly #lines = new Lines()
  readonly #cell: Cell
  readonly #number: DecimalReader
  readonly #delimiter: number

  constructor(
    readonly sinks: readonly Sink[],
    private readonly dialect: { readonly delimiter: number; readonly point: number; readonly comment: number },
    readonly file: string,
    firstLine: number,
    private readonly headerLine: number,
  ) {
    this.line = firstLine
    this.#delimiter = dialect.delimiter
    this.#cell = new Cell(dialect.delimiter)
    this.#number = new DecimalReader(dialect.point)
  }

  /** Takes whole rows from `at` on, at most until there are `most`; the last may lack its line's end where `isLast`. Returns where it stopped. */
  take(bytes: Uint8Array, at: number, isLast: boolean, most: number): number {
    let start = at
    const { comment } = this.dialect
    while (start < bytes.length && this.rows < most) {
      const next = bytes[start] === comment ? this.#comment(bytes, start, isLast) : this.#row(bytes, start, isLast)
      if (next < 0) break
      start = next
    }
    return start
  }

  lineOf(): (row: number) => number {
    return this.#lines.lineOf()
  }

  /** Behind a line that is left out; -1 where the bytes end in it. */
  #comment(bytes: Uint8Array, at: number, isLast: boolean): number {
    const next = behindLine(bytes, at)
    // A carriage return that is last may have a line feed behind it.
    if (!isLast && next === bytes.length && bytes[next - 1] !== 10) return -1
    this.line++
    return next
  }

  /** Reads one row; returns where the next begins, or -1 where the bytes end in it. */
  #row(bytes: Uint8Array, at: number, isLast: boolean): number {
    const { sinks, rows, line } = this
    const cell = this.#cell
    const number = this.#number
    const delimiter = this.#delimiter
    const width = sinks.length
    const end = bytes.length
    let position = at
    let column = 0
    let lines = 0
    let isOver = false
    while (!isOver) {
      const sink = column < width ? sinks[column]! : null
      if (sink !== null && sink.kind === kinds.numbers) {
        const value = number.read(bytes, position, end)
        const { stop } = number
        const mark = stop >= 0 && stop < end ? bytes[stop]! : -1
        if ((mark === delimiter && delimiter !== 32) || mark === 10) {
          sink.number(rows, value)
          if (number.odd !== odds.none) sink.odd(rows, value, number.odd, bytes, position, stop)
          column++
          position = stop + 1
          isOver = mark === 10
          continue
        }
      }
      cell.read(bytes, position, end)
      if (cell.end === ends.open && isLast) throw this.#fault('bad-quotes', line, 'a quoted field is not closed')
      if (cell.end === ends.open || (cell.end === ends.bytes && !isLast)) {
        if (end - at > longestRow) throw this.#fault('bad-table', line, `a row has more than ${longestRow} bytes; is a quote not closed?`) // biome-ignore format: one line
        return -1
      }
      lines += cell.lines
      if (cell.end === ends.badQuote) throw this.#fault('bad-quotes', line + lines, `column '${inert(sink?.name ?? String(column + 1))}': a quoted field does not end where a field does`) // biome-ignore format: one line
      isOver = cell.end !== ends.delimiter
      position = cell.next
      if (isOver && column === 0 && cell.from === cell.to && !cell.isQuoted) {
        this.line++
        return position
      }
      if (sink !== null) sink.cell(rows, cell.bytes, cell.from, cell.to, line)
      column++
    }
    if (column !== width) throw this.#ragged(line, column, bytes[at] === 35)
    this.#lines.set(rows, line)
    this.rows++
    this.line = line + lines + 1
    return position
  }

  #ragged(line: number, cells: number, isComment: boolean): FormatError {
    const { sinks } = this
    const what = cells < sinks.length ? `the value of column '${inert(sinks[cells]!.name)}' is missing` : `what is behind column '${inert(sinks.at(-1)!.name)}' has no column` // biome-ignore format: one line
    return this.#fault('ragged', line, `it has ${plural(cells, 'cell')}, and line ${this.headerLine} has ${sinks.length}: ${what}${isComment ? ". Try comment: '#' where such lines are none" : ''}`) // biome-ignore format: one line
  }

  #fault(code: string, line: number, what: string): FormatError {
    return new FormatError(code, `'${inert(this.file)}' line ${line}: ${what}.`, { file: this.file })
  }
}
