/** The bytes of a pickle, read forward; every length is checked before anything is taken. */
import { FormatError } from '../../core/index.js'

/** Module and class names, numbers in text: nothing honest is longer. Text and byte strings have no such limit. */
const longestLine = 4096

export class Cursor {
  private readonly view: DataView

  constructor(
    readonly bytes: Uint8Array,
    /** For messages: `data.pkl`. */
    readonly label: string,
    public at = 0,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u8(): number {
    return this.view.getUint8(this.need(1))
  }

  u16(): number {
    return this.view.getUint16(this.need(2), true)
  }

  i32(): number {
    return this.view.getInt32(this.need(4), true)
  }

  u32(): number {
    return this.view.getUint32(this.need(4), true)
  }

  /** A length of 64 bits. */
  u64(): number {
    const value = this.view.getBigUint64(this.need(8), true)
    if (value > BigInt(this.bytes.length)) throw this.truncated(value)
    return Number(value)
  }

  f64(): number {
    return this.view.getFloat64(this.need(8), false)
  }

  take(length: number): Uint8Array {
    const from = this.need(length)
    return this.bytes.subarray(from, from + length)
  }

  /** A text argument: up to the next newline, which is passed. */
  line(limit = longestLine): Uint8Array {
    const end = this.bytes.indexOf(10, this.at)
    if (end < 0) throw this.fault('truncated', 'the pickle is truncated: a text argument has no end')
    if (end - this.at > limit)
      throw this.fault('too-large', `a text argument of the pickle is longer than ${limit} bytes`)
    const line = this.bytes.subarray(this.at, end)
    this.at = end + 1
    return line
  }

  fault(code: string, what: string): FormatError {
    return new FormatError(code, `${what}, at byte ${this.at} of ${this.label}.`, { offset: this.at })
  }

  private need(length: number): number {
    const from = this.at
    if (from + length > this.bytes.length) throw this.truncated(length)
    this.at = from + length
    return from
  }

  private truncated(length: number | bigint): FormatError {
    return this.fault(
      'truncated',
      `the pickle is truncated: ${length} more bytes are wanted and ${this.bytes.length - this.at} are there`,
    )
  }
}
