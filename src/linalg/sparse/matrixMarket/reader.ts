/**
 * Matrix Market files, in pieces of any size: header, size, entries, each checked before anything of its size is allocated. Rules beyond the
 * format's text (Boisvert, Pozo & Remington, NISTIR 5935, 1996): CRLF, blank lines and comments are allowed anywhere; duplicates are summed;
 * a symmetric file may hold its lower or its upper triangle, but not both, since then each entry would count twice.
 */
import { plural } from '../../../core/index.js'
import { type Csr, fromTriplets, mostEntries } from '../csr.js'
import { type Header, matrixMarketError, parseHeader } from './header.js'
import { Scanner } from './scanner.js'

export interface MatrixMarket extends Header {
  readonly rows: number
  readonly columns: number
  /** Entries or elements that the file holds, before a triangle is mirrored and duplicates are summed. */
  readonly entries: number
  /** The matrix of a `coordinate` file. */
  readonly matrix: Csr | null
  /** The matrix of an `array` file [rows, columns], row-major. */
  readonly dense: Float64Array | null
}

const longestLine = 65_536
/** Comments and blank lines beyond this are an attack. */
const mostIdleBytes = 64 * 2 ** 20
/** Rows or columns beyond this need as many entries, or `indptr` alone would be huge. */
const freeLines = 2 ** 20
const newline = 10
const percent = 37

export class MatrixMarketReader {
  readonly #scanner = new Scanner()
  readonly #totalBytes: number
  /** The start of a line whose end has not come yet. */
  #carry = new Uint8Array(0)
  #line = 1
  #idleBytes = 0
  #header: Header | null = null
  #rows = -1
  #columns = 0
  /** Entries promised, and entries read. */
  #promised = 0
  #count = 0
  #i = new Int32Array(0)
  #j = new Int32Array(0)
  #values = new Float64Array(0)
  /** Line of the first entry below and above the diagonal of a symmetric file. */
  #below = 0
  #above = 0

  /** `totalBytes`: the text's length, where it is known, to check promises against. */
  constructor(totalBytes = Number.POSITIVE_INFINITY) {
    this.#totalBytes = totalBytes
  }

  push(bytes: Uint8Array): void {
    const first = bytes.indexOf(newline)
    if (first < 0) {
      this.#keep(bytes)
      return
    }
    let from = 0
    if (this.#carry.length > 0) {
      this.#keep(bytes.subarray(0, first + 1))
      const line = this.#carry
      this.#carry = new Uint8Array(0)
      this.#parse(line)
      from = first + 1
    }
    const last = bytes.lastIndexOf(newline) + 1
    if (last > from) this.#parse(bytes.subarray(from, last))
    if (last < bytes.length) this.#keep(bytes.subarray(last))
  }

  finish(): MatrixMarket {
    if (this.#carry.length > 0) this.#parse(this.#carry)
    const header = this.#header
    if (header === null)
      throw matrixMarketError('truncated', this.#line, "the file is empty; expected '%%MatrixMarket'.")
    if (this.#rows < 0) throw matrixMarketError('truncated', this.#line, 'the file ends before the line of sizes.')
    if (this.#count < this.#promised)
      throw matrixMarketError(
        'truncated',
        this.#line,
        `the file ends after ${this.#count} of ${plural(this.#promised, 'entry', 'entries')}.`,
      )
    const facts = { ...header, rows: this.#rows, columns: this.#columns, entries: this.#promised }
    return header.format === 'array'
      ? { ...facts, matrix: null, dense: this.#toDense(header) }
      : { ...facts, matrix: this.#toCsr(header), dense: null }
  }

  #keep(bytes: Uint8Array): void {
    this.#checkLine(this.#carry.length + bytes.length)
    const joined = new Uint8Array(this.#carry.length + bytes.length)
    joined.set(this.#carry)
    joined.set(bytes, this.#carry.length)
    this.#carry = joined
  }

  #checkLine(length: number): void {
    if (length > longestLine)
      throw matrixMarketError('line-too-long', this.#line, `the line is longer than ${longestLine} bytes.`)
  }

  /** Whole lines. */
  #parse(bytes: Uint8Array): void {
    const scanner = this.#scanner
    scanner.bytes = bytes
    scanner.at = 0
    scanner.end = bytes.length
    if (this.#header === null) {
      const end = bytes.indexOf(newline)
      const length = end < 0 ? bytes.length : end
      this.#checkLine(length)
      this.#header = parseHeader(new TextDecoder('latin1').decode(bytes.subarray(0, Math.min(length, 1000))))
      this.#endLine(0)
    }
    const readLine = this.#header.format === 'array' ? this.#element : this.#entry
    while (scanner.at < scanner.end) {
      const start = scanner.at
      scanner.skipBlanks()
      if (scanner.isLineEnd || bytes[scanner.at] === percent) {
        this.#endLine(start)
        this.#idleBytes += scanner.at - start
        if (this.#idleBytes > mostIdleBytes)
          throw matrixMarketError(
            'too-large',
            this.#line,
            `comments and blank lines of more than ${mostIdleBytes} bytes.`,
          )
        continue
      }
      if (this.#rows < 0) this.#sizes(this.#header)
      else readLine.call(this, this.#header)
      scanner.skipBlanks()
      if (!scanner.isLineEnd)
        throw matrixMarketError('trailing', this.#line, `'${scanner.word()}' follows; expected the end of the line.`)
      this.#endLine(start)
    }
  }

  #endLine(start: number): void {
    this.#scanner.nextLine()
    this.#checkLine(this.#scanner.at - start)
    this.#line++
  }

  #size(what: string): number {
    const value = this.#scanner.whole()
    if (value < 0) throw matrixMarketError('bad-size', this.#line, `no number of ${what} ('${this.#scanner.word()}').`)
    if (value > mostEntries)
      throw matrixMarketError('too-large', this.#line, `${what} of ${value}; at most ${mostEntries} are supported.`)
    return value
  }

  #sizes(header: Header): void {
    const rows = this.#size('rows')
    const columns = this.#size('columns')
    const isArray = header.format === 'array'
    if (header.symmetry !== 'general' && rows !== columns)
      throw matrixMarketError(
        'bad-size',
        this.#line,
        `a ${header.symmetry} matrix of ${rows} by ${columns}; expected a square.`,
      )
    const promised = isArray ? arrayElements(header, rows, columns) : this.#size('entries')
    // The shortest entry is `1 1 1` and its newline; the last newline may be missing.
    const least = promised * (isArray ? 2 : header.field === 'pattern' ? 4 : 6) - 1
    if (least > this.#totalBytes)
      throw matrixMarketError(
        'truncated',
        this.#line,
        `${plural(promised, 'entry', 'entries')} cannot stand in a file of ${this.#totalBytes} bytes.`,
      )
    const dense = rows * columns
    if (isArray && dense > mostEntries / 2)
      throw matrixMarketError('too-large', this.#line, `a dense matrix of ${rows} by ${columns}; expected under ${mostEntries / 2} elements.`) // biome-ignore format: one line
    if (!isArray && Math.max(rows, columns) > Math.max(freeLines, promised * 16))
      throw matrixMarketError('too-large', this.#line, `${rows} by ${columns} for ${plural(promised, 'entry', 'entries')} is too large and too empty to be held.`) // biome-ignore format: one line
    if (!isArray && (rows === 0 || columns === 0) && promised > 0)
      throw matrixMarketError('bad-size', this.#line, `${plural(promised, 'entry', 'entries')} in a matrix of ${rows} by ${columns}.`) // biome-ignore format: one line
    this.#rows = rows
    this.#columns = columns
    this.#promised = promised
  }

  /** Room for one more entry: grown as they come, so that a lie about their number costs nothing. */
  #grow(isArray: boolean): void {
    if (this.#count === this.#promised)
      throw matrixMarketError(
        'wrong-count',
        this.#line,
        `another entry after the ${this.#promised} that the line of sizes promises.`,
      )
    if (this.#count < this.#values.length) return
    const capacity = Math.min(this.#promised, Math.max(4096, this.#count * 2))
    this.#values = grown(this.#values, new Float64Array(capacity))
    if (isArray) return
    this.#i = grown(this.#i, new Int32Array(capacity))
    this.#j = grown(this.#j, new Int32Array(capacity))
  }

  #entry(header: Header): void {
    if (this.#count >= this.#values.length) this.#grow(false)
    const i = this.#index('row', this.#rows)
    const j = this.#index('column', this.#columns)
    const value = header.field === 'pattern' ? 1 : this.#value(header)
    if (header.symmetry !== 'general') this.#checkTriangle(header, i, j, value)
    this.#i[this.#count] = i
    this.#j[this.#count] = j
    this.#values[this.#count++] = value
  }

  #element(header: Header): void {
    if (this.#count >= this.#values.length) this.#grow(true)
    this.#values[this.#count] = this.#value(header)
    this.#count++
  }

  #index(what: string, size: number): number {
    const value = this.#scanner.whole()
    if (value >= 1 && value <= size) return value - 1
    if (value < 0) throw matrixMarketError('bad-entry', this.#line, `no ${what} ('${this.#scanner.word()}'); expected a whole number.`) // biome-ignore format: one line
    throw matrixMarketError('index-out-of-range', this.#line, `${what} ${value}; expected 1 to ${size}.`)
  }

  #value({ field }: Header): number {
    const value = this.#scanner.real()
    if (this.#scanner.problem !== '') throw matrixMarketError('bad-number', this.#line, `${this.#scanner.problem}.`)
    if (field === 'integer' && !Number.isSafeInteger(value))
      throw matrixMarketError('bad-number', this.#line, `${value} in a matrix of integers; expected whole numbers up to 2^53.`) // biome-ignore format: one line
    return value
  }

  #checkTriangle({ symmetry }: Header, i: number, j: number, value: number): void {
    if (i === j) {
      if (symmetry === 'skew-symmetric' && value !== 0)
        throw matrixMarketError('bad-entry', this.#line, `${value} on the diagonal of a skew-symmetric matrix; expected 0.`) // biome-ignore format: one line
      return
    }
    if (i > j) this.#below ||= this.#line
    else this.#above ||= this.#line
    if (this.#below > 0 && this.#above > 0)
      throw matrixMarketError(
        'bad-entry',
        this.#line,
        `entry (${i + 1}, ${j + 1}) is in the other triangle than that of line ${Math.min(this.#below, this.#above)}; a ${symmetry} file holds one.`,
      )
  }

  #toCsr({ symmetry }: Header): Csr {
    let rows = this.#i.subarray(0, this.#count)
    let columns = this.#j.subarray(0, this.#count)
    let values = this.#values.subarray(0, this.#count)
    if (symmetry !== 'general') {
      let off = 0
      for (let k = 0; k < rows.length; k++) if (rows[k] !== columns[k]) off++
      if (this.#count + off > mostEntries)
        throw matrixMarketError('too-large', this.#line, `${this.#count + off} entries in both triangles; at most ${mostEntries}.`) // biome-ignore format: one line
      const sign = symmetry === 'symmetric' ? 1 : -1
      const i = grown(rows, new Int32Array(this.#count + off))
      const j = grown(columns, new Int32Array(this.#count + off))
      const all = grown(values, new Float64Array(this.#count + off))
      let place = this.#count
      for (let k = 0; k < rows.length; k++) {
        if (rows[k] === columns[k]) continue
        i[place] = columns[k]!
        j[place] = rows[k]!
        all[place++] = sign * values[k]!
      }
      rows = i
      columns = j
      values = all
    }
    return fromTriplets(this.#rows, this.#columns, { rows, columns, values })
  }

  /** Elements come column by column; of a triangle, the part on and below the diagonal (skew: below). */
  #toDense({ symmetry }: Header): Float64Array {
    const [rows, columns] = [this.#rows, this.#columns]
    const dense = new Float64Array(rows * columns)
    const skip = symmetry === 'skew-symmetric' ? 1 : 0
    const sign = symmetry === 'symmetric' ? 1 : -1
    let place = 0
    for (let j = 0; j < columns; j++) {
      for (let i = symmetry === 'general' ? 0 : j + skip; i < rows; i++) {
        const value = this.#values[place++]!
        dense[i * columns + j] = value
        if (symmetry !== 'general' && i !== j) dense[j * columns + i] = sign * value
      }
    }
    return dense
  }
}

function arrayElements({ symmetry }: Header, rows: number, columns: number): number {
  if (symmetry === 'general') return rows * columns
  return (rows * (symmetry === 'symmetric' ? rows + 1 : rows - 1)) / 2
}

function grown<A extends Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from)
  return to
}
