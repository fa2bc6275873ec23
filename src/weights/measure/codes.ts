/** How many 8-bit codes sit at the ends of their range, from a sample of the stored bytes. */
import type { StorageType } from '../../core/index.js'

const ends: Partial<Record<StorageType, readonly number[]>> = {
  i8: [0x7f, 0x80],
  f8_e4m3fn: [0x7e, 0xfe],
  f8_e4m3fnuz: [0x7f, 0xff],
  f8_e5m2: [0x7b, 0xfb],
  f8_e5m2fnuz: [0x7f, 0xff],
}

/** Every byte of a small tensor, then one in so many (a prime). */
const wholeBytes = 64 * 1024
const stride = 31

export class CodeSampler {
  readonly #isEnd = new Uint8Array(256)
  readonly #step: number
  #skip = 0
  #seen = 0
  #found = 0

  private constructor(codes: readonly number[], byteLength: number) {
    for (const code of codes) this.#isEnd[code] = 1
    this.#step = byteLength <= wholeBytes ? 1 : stride
  }

  /** Null for types that are not 8-bit codes with a range to saturate. */
  static for(type: StorageType, byteLength: number): CodeSampler | null {
    const codes = ends[type]
    return codes === undefined ? null : new CodeSampler(codes, byteLength)
  }

  update(bytes: Uint8Array): void {
    let at = this.#skip
    for (; at < bytes.length; at += this.#step) {
      this.#found += this.#isEnd[bytes[at]!]!
      this.#seen++
    }
    this.#skip = at - bytes.length
  }

  /** The share of codes at the ends. */
  finish(): number {
    return this.#seen === 0 ? 0 : this.#found / this.#seen
  }
}
