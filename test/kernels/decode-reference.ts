/**
 * One element of a block, from the text of the formats (ggml-common.h, the OCP MX specification): slow, plain, and sharing no code with the kernels.
 * Each operation on f32 is rounded by `Math.fround`. The codebook types are not here: the oracle covers them.
 */
import type { StorageType } from '../../src/core/index.js'

const f = Math.fround

/** A float of 1 sign bit, `exponentBits` and `fractionBits`, as IEEE 754 has it, without its infinities and NaN. */
export function ieeeLike(code: number, exponentBits: number, fractionBits: number, bias: number): number {
  const sign = (code >> (exponentBits + fractionBits)) & 1 ? -1 : 1
  const exponent = (code >> fractionBits) & (2 ** exponentBits - 1)
  const fraction = (code & (2 ** fractionBits - 1)) / 2 ** fractionBits
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias))
}

function half(block: DataView, at: number): number {
  const code = block.getUint16(at, true)
  if ((code & 0x7c00) !== 0x7c00) return ieeeLike(code, 5, 10, 15)
  return code & 0x3ff ? Number.NaN : code & 0x8000 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

/** Element `j` of 32: the low nibbles of 16 bytes, then the high ones. */
const nibble32 = (block: DataView, at: number, j: number): number =>
  j < 16 ? block.getUint8(at + j) & 15 : block.getUint8(at + j - 16) >> 4

const fifthBit = (block: DataView, at: number, j: number): number => ((block.getUint32(at, true) >>> j) & 1) * 16

/** Scale (first) and minimum (second) of sub-block `k` of Q4_K and Q5_K. */
function scaleAndMin(block: DataView, k: number): [number, number] {
  const byte = (at: number): number => block.getUint8(4 + at)
  if (k < 4) return [byte(k) & 63, byte(k + 4) & 63]
  return [(byte(k + 4) & 15) + (byte(k - 4) >> 6) * 16, (byte(k + 4) >> 4) + (byte(k) >> 6) * 16]
}

const nonlinear = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]

/** The n-th of the base-3 digits that a byte b stands for: b / 256 written in base 3, cut off. */
const ternaryDigit = (byte: number, n: number): number => Math.floor((((byte * 3 ** n) % 256) * 3) / 256)

export const reference: { [type in StorageType]?: (block: DataView, j: number) => number } = {
  q4_0: (b, j) => f((nibble32(b, 2, j) - 8) * half(b, 0)),
  q4_1: (b, j) => f(f(nibble32(b, 4, j) * half(b, 0)) + half(b, 2)),
  q5_0: (b, j) => f((nibble32(b, 6, j) + fifthBit(b, 2, j) - 16) * half(b, 0)),
  q5_1: (b, j) => f(f((nibble32(b, 8, j) + fifthBit(b, 4, j)) * half(b, 0)) + half(b, 2)),
  q8_0: (b, j) => f(b.getInt8(2 + j) * half(b, 0)),
  q8_1: (b, j) => f(b.getInt8(4 + j) * half(b, 0)),
  q8_k: (b, j) => f(b.getInt8(4 + j) * b.getFloat32(0, true)),
  // 256 elements: two halves of 128, in each four runs of 32 that share 32 bytes, two bits a run; a scale for every 16.
  q2_k: (b, j) => {
    const code = (b.getUint8(16 + 32 * Math.floor(j / 128) + (j % 32)) >> (2 * (Math.floor(j / 32) % 4))) & 3
    const scale = b.getUint8(Math.floor(j / 16))
    return f(f(f(half(b, 80) * (scale & 15)) * code) - f(half(b, 82) * (scale >> 4)))
  },
  q3_k: (b, j) => {
    const low = (b.getUint8(32 + 32 * Math.floor(j / 128) + (j % 32)) >> (2 * (Math.floor(j / 32) % 4))) & 3
    const high = (b.getUint8(j % 32) >> Math.floor(j / 32)) & 1
    const k = Math.floor(j / 16)
    const lowScale = k < 8 ? b.getUint8(96 + k) & 15 : b.getUint8(96 + k - 8) >> 4
    const scale = lowScale + ((b.getUint8(104 + (k % 4)) >> (2 * Math.floor(k / 4))) & 3) * 16 - 32
    return f(f(half(b, 108) * scale) * (low - (high ? 0 : 4)))
  },
  // 256 elements: four runs of 64 that share 32 bytes, low nibbles first.
  q4_k: (b, j) => {
    const byte = b.getUint8(16 + 32 * Math.floor(j / 64) + (j % 32))
    const code = j % 64 < 32 ? byte & 15 : byte >> 4
    const [scale, min] = scaleAndMin(b, Math.floor(j / 32))
    return f(f(f(half(b, 0) * scale) * code) - f(half(b, 2) * min))
  },
  q5_k: (b, j) => {
    const byte = b.getUint8(48 + 32 * Math.floor(j / 64) + (j % 32))
    const high = (b.getUint8(16 + (j % 32)) >> Math.floor(j / 32)) & 1
    const code = (j % 64 < 32 ? byte & 15 : byte >> 4) + 16 * high
    const [scale, min] = scaleAndMin(b, Math.floor(j / 32))
    return f(f(f(half(b, 0) * scale) * code) - f(half(b, 2) * min))
  },
  // 256 elements: two halves of 128; in each, 64 bytes hold elements 0-63 in low and 64-127 in high nibbles.
  q6_k: (b, j) => {
    const [h, i] = [Math.floor(j / 128), j % 128]
    const byte = b.getUint8(64 * h + (i % 64))
    const high = (b.getUint8(128 + 32 * h + (i % 32)) >> (2 * Math.floor(i / 32))) & 3
    const code = (i < 64 ? byte & 15 : byte >> 4) + 16 * high - 32
    return f(f(half(b, 208) * b.getInt8(192 + Math.floor(j / 16))) * code)
  },
  iq4_nl: (b, j) => f(half(b, 0) * nonlinear[nibble32(b, 2, j)]!),
  iq4_xs: (b, j) => {
    const k = Math.floor(j / 32)
    const low = (b.getUint8(4 + (k >> 1)) >> (4 * (k % 2))) & 15
    const scale = low + ((b.getUint16(2, true) >> (2 * k)) & 3) * 16 - 32
    return f(f(half(b, 0) * scale) * nonlinear[nibble32(b, 8 + 16 * k, j % 32)]!)
  },
  mxfp4: (b, j) => f(ieeeLike(nibble32(b, 1, j), 2, 1, 1) * 2 ** (b.getUint8(0) - 127)) + 0,
  tq1_0: (b, j) => {
    const d = half(b, 52)
    if (j < 160) return f(d * (ternaryDigit(b.getUint8(j % 32), Math.floor(j / 32)) - 1))
    if (j < 240) return f(d * (ternaryDigit(b.getUint8(32 + ((j - 160) % 16)), Math.floor((j - 160) / 16)) - 1))
    return f(d * (ternaryDigit(b.getUint8(48 + ((j - 240) % 4)), Math.floor((j - 240) / 4)) - 1))
  },
  tq2_0: (b, j) => {
    const code = (b.getUint8(32 * Math.floor(j / 128) + (j % 32)) >> (2 * (Math.floor(j / 32) % 4))) & 3
    return f(half(b, 64) * (code - 1))
  },
}
