/**
 * Recognizes tensors with the same content without a pass of its own: a hash of sampled bytes (all bytes of a small tensor) joined with the
 * exact sums of the statistics pass, which see every element.
 */
import type { Statistics } from '../../kernels/index.js'

/** Up to this size every byte is hashed. */
const wholeBytes = 64 * 1024
/** A prime, so that the samples fall on every byte of an element and on no regular grid. */
const stride = 509

export class ByteSampler {
  readonly #step: number
  #next = 0
  #seen = 0
  #a = 0x811c9dc5
  #b = 0x9e3779b9

  constructor(byteLength: number) {
    this.#step = byteLength <= wholeBytes ? 1 : stride
  }

  /** Takes the next bytes of the stream; how it is split does not matter. */
  update(bytes: Uint8Array): void {
    const step = this.#step
    let a = this.#a
    let b = this.#b
    let at = this.#next - this.#seen
    for (; at < bytes.length; at += step) {
      const value = bytes[at]!
      a = Math.imul(a ^ value, 0x01000193)
      b = Math.imul(b + value, 0x85ebca6b) ^ (b >>> 15)
    }
    this.#a = a
    this.#b = b
    this.#next = this.#seen + at
    this.#seen += bytes.length
  }

  finish(type: string, statistics: Statistics): string {
    const { count, zeros, nan, posInf, negInf, l1, l2, sum, m2, min, max } = statistics
    const bits = [this.#a >>> 0, this.#b >>> 0].map((word) => word.toString(16).padStart(8, '0')).join('')
    return [type, count, zeros, nan, posInf, negInf, l1, l2, sum, m2, min, max, bits].join(' ')
  }
}
