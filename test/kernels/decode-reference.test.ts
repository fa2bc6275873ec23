/** Seeded random blocks, infinite, NaN and subnormal scales among them, against the plain reference, bit by bit. */
import { describe, expect, it } from 'vitest'
import { type StorageType, storageInfo } from '../../src/core/index.js'
import { bytesFor, decode, seededBytes } from './decode-module.js'
import { ieeeLike, reference } from './decode-reference.js'

const BLOCKS = 200

describe('random blocks have the values of the format text', () => {
  it.each(Object.keys(reference) as StorageType[])('%s', (type) => {
    const { unit, unitBytes } = storageInfo(type)
    for (const seed of [1, 2, 3]) {
      const bytes = seededBytes(BLOCKS * unitBytes, seed)
      const values = decode(type, bytes, BLOCKS * unit)
      const expected = values.map((_, i) => {
        const block = new DataView(bytes.buffer, Math.floor(i / unit) * unitBytes, unitBytes)
        return reference[type]!(block, i % unit)
      })
      const wrong = values.findIndex((value, i) => !Object.is(value, expected[i]))
      expect(wrong, `seed ${seed}, element ${wrong}: ${values[wrong]}, expected ${expected[wrong]}`).toBe(-1)
      expect(new Set(values).size).toBeGreaterThan(200)
    }
  })
})

/** Element `i` of a little-endian bit stream of `width`-bit codes. */
function code(bytes: Uint8Array, width: number, i: number): number {
  let value = 0
  for (let bit = 0; bit < width; bit++) {
    const at = i * width + bit
    value |= ((bytes[at >> 3]! >> (at & 7)) & 1) << bit
  }
  return value
}

const packed = [
  ['u4', 4, (c: number) => c],
  ['i4', 4, (c: number) => (c < 8 ? c : c - 16)],
  ['f4_e2m1', 4, (c: number) => ieeeLike(c, 2, 1, 1)],
  ['f6_e2m3', 6, (c: number) => ieeeLike(c, 2, 3, 1)],
  ['f6_e3m2', 6, (c: number) => ieeeLike(c, 3, 2, 3)],
] as const

describe('packed numbers are a bit stream, lowest bits first, of any length', () => {
  it.each(packed)('%s', (type, width, value) => {
    for (const count of [0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 64, 67, 1000]) {
      const bytes = seededBytes(bytesFor(type, count), 11 + count)
      expect(decode(type, bytes, count)).toEqual(Array.from({ length: count }, (_, i) => value(code(bytes, width, i))))
    }
  })
})

describe('complex numbers become their modulus', () => {
  it('agrees with Math.hypot on random pairs, the size of the parts from 1e-300 to 1e300', () => {
    const raw = new DataView(seededBytes(16 * 500, 5).buffer)
    const parts = Float64Array.from({ length: 1000 }, (_, i) => {
      const scale = 10 ** ((raw.getUint16(8 * i, true) % 601) - 300)
      return scale * (raw.getInt32(8 * i + 4, true) / 2 ** 31)
    })
    const moduli = decode('c128', new Uint8Array(parts.buffer), 500)
    for (const [i, modulus] of moduli.entries()) {
      const expected = Math.hypot(parts[2 * i]!, parts[2 * i + 1]!)
      expect(Math.abs(modulus - expected), `pair ${i}`).toBeLessThanOrEqual(4 * 2 ** -53 * expected)
    }
  })

  it('c64 to f64 keeps every digit of the modulus', () => {
    const parts = Float32Array.from([3, 4, 3e38, 3e38, 1e-45, 0, 1, 2 ** -20, 0, -0])
    const [five, big, small, near, zero] = decode('c64', new Uint8Array(parts.buffer), 5, { wide: true })
    expect(five).toBe(5)
    expect(big! / Math.fround(3e38)).toBeCloseTo(Math.SQRT2, 15)
    expect(small).toBe(2 ** -149)
    expect(near).toBe(Math.sqrt(1 + 2 ** -40))
    expect(zero).toBe(0)
  })

  it('c64 to f32 rounds that modulus once, for every count', () => {
    const bytes = seededBytes(8 * 33, 9).map((byte, i) => (i % 4 === 3 ? byte & 0xbf : byte)) // no infinity, no NaN
    for (const count of [0, 1, 2, 3, 4, 5, 32, 33]) {
      const some = bytes.subarray(0, 8 * count)
      expect(decode('c64', some, count, { atEnd: true })).toEqual(
        decode('c64', some, count, { wide: true }).map(Math.fround),
      )
    }
    const huge = Float32Array.from([3e38, 3e38])
    expect(decode('c64', new Uint8Array(huge.buffer), 1)).toEqual([Number.POSITIVE_INFINITY])
  })

  it('neither overflows nor underflows in f64', () => {
    const tiny = 5e-324
    const parts = Float64Array.from([1e308, 1e308, 3 * tiny, 4 * tiny, 3e-162, 4e-162, 1.7e308, 1.7e308, 2 ** -491, 0])
    const [big, small, middle, beyond, exact] = decode('c128', new Uint8Array(parts.buffer), 5)
    expect(big! / 1e308).toBeCloseTo(Math.SQRT2, 14)
    expect(small).toBe(5 * tiny)
    expect(middle! / 1e-162).toBeCloseTo(5, 13)
    expect(beyond).toBe(Number.POSITIVE_INFINITY)
    expect(exact).toBe(2 ** -491)
  })
})
