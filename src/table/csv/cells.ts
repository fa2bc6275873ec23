/** Cells of a CSV row (RFC 4180): between delimiters, quoted or not. */

/** What a cell ends with; `bytes`: they end with it or before its line feed; `open`: they end within its quotes. */
export const ends = { delimiter: 0, line: 1, bytes: 2, open: 3, badQuote: 4 } as const

const quote = 34

/** One cell of a row at a time; a reader of many makes one object. */
export class Cell {
  /** Where its content is, in `bytes`. */
  from = 0
  to = 0
  bytes: Uint8Array = new Uint8Array(0)
  /** Behind the cell and its end. */
  next = 0
  end: number = ends.delimiter
  isQuoted = false
  /** Line feeds in it. */
  lines = 0

  constructor(private readonly delimiter: number) {}

  /** Reads the cell at `at`. Spaces around it are left out; where the delimiter is a space, spaces and tabs part cells, however many.  */
  read(bytes: Uint8Array, at: number, end: number): void {
    this.lines = 0
    let i = at
    while (i < end && (bytes[i] === 32 || (bytes[i] === 9 && this.delimiter !== 9))) i++
    this.isQuoted = i < end && bytes[i] === quote
    if (this.isQuoted) {
      this.#quoted(bytes, i + 1, end)
      return
    }
    const { delimiter } = this
    this.bytes = bytes
    this.from = i
    for (; i < end; i++) {
      const byte = bytes[i]!
      if (byte === delimiter || byte === 10 || byte === 13 || (delimiter === 32 && byte === 9)) break
    }
    this.to = i
    while (this.to > this.from && (bytes[this.to - 1] === 32 || bytes[this.to - 1] === 9)) this.to--
    this.#finish(bytes, i, end)
  }

  #quoted(bytes: Uint8Array, at: number, end: number): void {
    let i = at
    let doubled = false
    for (; i < end; i++) {
      const byte = bytes[i]!
      if (byte === 10) this.lines++
      if (byte !== quote) continue
      if (i + 1 < end && bytes[i + 1] === quote) {
        doubled = true
        i++
      } else break
    }
    if (i >= end) {
      this.end = ends.open
      this.next = end
      return
    }
    this.bytes = doubled ? undoubled(bytes, at, i) : bytes
    this.from = doubled ? 0 : at
    this.to = doubled ? this.bytes.length : i
    while (this.from < this.to && this.bytes[this.from] === 32) this.from++
    while (this.from < this.to && this.bytes[this.to - 1] === 32) this.to--
    i++
    while (i < end && (bytes[i] === 32 || (bytes[i] === 9 && this.delimiter !== 9))) i++
    this.#finish(bytes, i, end)
  }

  #finish(bytes: Uint8Array, at: number, end: number): void {
    let i = at
    // Several spaces part cells as one does, and those before a line's end part none.
    if (this.delimiter === 32) while (i < end && (bytes[i] === 32 || bytes[i] === 9)) i++
    if (i >= end) {
      this.end = ends.bytes
      this.next = end
    } else if (bytes[i] === 10) {
      this.end = ends.line
      this.next = i + 1
    } else if (bytes[i] === 13) {
      // Whether a line feed follows is not known at the end of the bytes.
      this.end = i + 1 < end ? ends.line : ends.bytes
      this.next = i + 1 < end && bytes[i + 1] === 10 ? i + 2 : i + 1
    } else if (bytes[i] === this.delimiter || (this.delimiter === 32 && i > at)) {
      this.end = ends.delimiter
      this.next = this.delimiter === 32 ? i : i + 1
    } else this.end = ends.badQuote
  }
}

/** Doubled quotes as one. */
function undoubled(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const out = new Uint8Array(to - from)
  let length = 0
  for (let i = from; i < to; i++) {
    out[length++] = bytes[i]!
    if (bytes[i] === quote) i++
  }
  return out.subarray(0, length)
}
