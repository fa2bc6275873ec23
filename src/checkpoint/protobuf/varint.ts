/** Base-128 integers of protobuf, read from a buffer into two halves, since 64 bits do not fit a number. */
import { FormatError } from '../../core/index.js'

/** The last integer read; one object is reused, so take the halves before the next call. */
export interface Varint {
  /** The low 32 bits, unsigned. */
  lo: number
  /** The high 32 bits, unsigned. */
  hi: number
}

/**
 * Reads the integer at `bytes[at]` that must end before `end`; returns the index after it.
 *
 * @param base file offset of `bytes[0]`, for messages
 * @throws FormatError for one that is cut, has more than ten bytes, or more than 64 bits
 */
export function readVarint(bytes: Uint8Array, at: number, end: number, base: number, into: Varint): number {
  let lo = 0
  let hi = 0
  for (let index = 0; index < 10; index++) {
    if (at + index >= end) {
      throw new FormatError(
        'truncated',
        `protobuf: the varint at byte ${base + at} is cut off at byte ${base + end}, where its message ends; the file is damaged or incomplete.`,
        { offset: base + at },
      )
    }
    const byte = bytes[at + index]!
    const bits = byte & 0x7f
    if (index < 4) lo |= bits << (7 * index)
    else if (index === 4) {
      lo |= bits << 28
      hi = bits >>> 4
    } else if (index < 9) hi |= bits << (7 * index - 32)
    else {
      if (byte > 1) break
      hi |= bits << 31
    }
    if (byte < 0x80) {
      into.lo = lo >>> 0
      into.hi = hi >>> 0
      return at + index + 1
    }
  }
  throw new FormatError(
    'bad-varint',
    `protobuf: the varint at byte ${base + at} has more than 64 bits, which no protobuf writer makes; the file is damaged or not a protobuf.`,
    { offset: base + at },
  )
}

/** As a signed 64-bit integer. */
export function signed64({ lo, hi }: Readonly<Varint>): bigint {
  return (BigInt(hi | 0) << 32n) | BigInt(lo)
}

/** As an unsigned 64-bit integer; beyond 2^53 it is rounded, which a comparison with a file's size survives. */
export function unsignedNumber({ lo, hi }: Readonly<Varint>): number {
  return hi * 0x1_0000_0000 + lo
}

/** As a signed 64-bit integer where it is exact as a number, else null. */
export function safeSigned({ lo, hi }: Readonly<Varint>): number | null {
  const value = (hi | 0) * 0x1_0000_0000 + lo
  return Number.isSafeInteger(value) ? value : null
}
