/**
 * Walks through a file's numbers and strings in pieces, so that metadata of any size is read in bounded memory. Numbers are taken synchronously;
 * `need` is awaited only where the next piece has to be read.
 */
import { FormatError, throwIfAborted } from '../../core/index.js'
import type { Source } from '../types.js'

const pieceBytes = 1 << 20

export class Cursor {
  private bytes: Uint8Array = new Uint8Array(0)
  private view: DataView = new DataView(new ArrayBuffer(0))
  /** File offset of `bytes[0]`, and the place in `bytes`. */
  private start = 0
  private at = 0
  littleEndian = true

  constructor(
    private readonly source: Source,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Offset in the file. */
  get offset(): number {
    return this.start + this.at
  }

  get remaining(): number {
    return this.source.size - this.offset
  }

  /** Makes `length` bytes available; undefined when they already are. `what` is for the message when the file ends before. */
  need(length: number, what: string): undefined | Promise<void> {
    if (this.at + length <= this.bytes.length) return undefined
    if (length > this.remaining) throw this.truncated(length, what)
    return this.refill(length)
  }

  u8(): number {
    return this.view.getUint8(this.step(1))
  }

  u32(): number {
    return this.view.getUint32(this.step(4), this.littleEndian)
  }

  u64(): bigint {
    return this.view.getBigUint64(this.step(8), this.littleEndian)
  }

  /** A 64-bit size as a number: exact up to 2^53, and more than any file beyond that. */
  size(): number {
    const first = this.u32()
    const second = this.u32()
    return this.littleEndian ? second * 2 ** 32 + first : first * 2 ** 32 + second
  }

  /** The view and place of the next `length` bytes, for other types. */
  take(length: number): { view: DataView; at: number } {
    return { view: this.view, at: this.step(length) }
  }

  /** A view of the next `length` bytes, valid until the next `need`. */
  slice(length: number): Uint8Array {
    const at = this.step(length)
    return this.bytes.subarray(at, at + length)
  }

  /** Moves on without reading. */
  skip(length: number, what: string): void {
    if (length > this.remaining) throw this.truncated(length, what)
    if (this.at + length <= this.bytes.length) {
      this.at += length
      return
    }
    this.start = this.offset + length
    this.bytes = new Uint8Array(0)
    this.view = new DataView(new ArrayBuffer(0))
    this.at = 0
  }

  fail(code: string, message: string, offset = this.offset): FormatError {
    return new FormatError(code, `gguf: ${message}.`, { offset })
  }

  private truncated(length: number, what: string): FormatError {
    return this.fail(
      'truncated',
      `${what} needs ${length} bytes at offset ${this.offset}, past the end of the file at ${this.source.size}: the file is truncated, or a count or length is wrong (too large)`,
    )
  }

  private step(length: number): number {
    const at = this.at
    this.at += length
    return at
  }

  private async refill(length: number): Promise<void> {
    throwIfAborted(this.signal)
    const offset = this.offset
    const size = Math.min(this.source.size - offset, Math.max(pieceBytes, length))
    const bytes = await this.source.read(offset, size)
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.start = offset
    this.at = 0
  }
}
