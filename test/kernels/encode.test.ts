/** Rounding to storage types: every code, ties, and the ends of the range. */
import { describe, expect, it } from 'vitest'
import type { StorageType } from '../../src/core/index.js'
import { createKernels, encodeNumbers, isEncodable, measures, roundedDown } from '../../src/kernels/index.js'

const kernels = createKernels()

const narrow = ['f16', 'bf16', 'f8_e4m3fn', 'f8_e5m2', 'f8_e4m3fnuz', 'f8_e5m2fnuz'] as const
type Narrow = (typeof narrow)[number]
const wordBytes = (type: Narrow): 1 | 2 => (type === 'f16' || type === 'bf16' ? 2 : 1)

/** Codes of the largest finite number and of 1. */
const largest: Record<Narrow, number> = {
  f16: 65504,
  bf16: 3.3895313892515355e38,
  f8_e4m3fn: 448,
  f8_e5m2: 57344,
  f8_e4m3fnuz: 240,
  f8_e5m2fnuz: 57344,
}

/** The values of all codes, and the codes. */
function every(type: Narrow): { codes: Uint16Array; values: Float64Array } {
  const count = 256 ** wordBytes(type)
  const codes = Uint16Array.from({ length: count }, (_, code) => code)
  const from = kernels.alloc(count * 2)
  const to = kernels.alloc(count * 8)
  if (wordBytes(type) === 2) kernels.u16(from, count).set(codes)
  else kernels.u8(from, count).set(codes)
  measures(kernels).convert(type, from, count, to, 'f64')
  const values = kernels.f64(to, count).slice()
  kernels.free(from)
  kernels.free(to)
  return { codes, values }
}

function encoded(type: Narrow, values: ArrayLike<number>, from: 'f32' | 'f64' = 'f64') {
  const count = values.length
  const source = kernels.alloc(count * 8)
  const target = kernels.alloc(count * 2)
  if (from === 'f64') kernels.f64(source, count).set(Array.from(values))
  else kernels.f32(source, count).set(Array.from(values))
  const overflowed = encodeNumbers(kernels, from, source, count, type, target)
  const codes = wordBytes(type) === 2 ? kernels.u16(target, count).slice() : Uint16Array.from(kernels.u8(target, count))
  kernels.free(source)
  kernels.free(target)
  return { codes, overflowed }
}

describe.each(narrow)('%s', (type) => {
  const { codes, values } = every(type)
  const finite = Array.from(codes.keys()).filter((i) => Number.isFinite(values[i]!))

  it.each(['f32', 'f64'] as const)('every code comes back from %s', (from) => {
    const back = encoded(type, values, from)
    expect(back.overflowed).toBe(0)
    const wrong = Array.from(codes).filter((code, i) => !Number.isNaN(values[i]!) && back.codes[i] !== code)
    expect(wrong).toEqual([])
    const nan = encoded(type, [Number.NaN, -Number.NaN], from)
    for (const code of nan.codes) expect(values[code]).toBeNaN()
  })

  it('between two neighbours: the nearer, and the even one in the middle', () => {
    const positive = finite.filter((i) => values[i]! > 0 || codes[i] === 0).sort((a, b) => values[a]! - values[b]!)
    const middles: number[] = []
    const expected: number[] = []
    for (let k = 0; k + 1 < positive.length; k++) {
      const [low, high] = [positive[k]!, positive[k + 1]!]
      const [a, b] = [values[low]!, values[high]!]
      const middle = a + (b - a) / 2
      const even = (codes[low]! & 1) === 0 ? codes[low]! : codes[high]!
      middles.push(middle, middle - (b - a) * 1e-9, middle + (b - a) * 1e-9)
      expected.push(even, codes[low]!, codes[high]!)
    }
    expect(Array.from(encoded(type, middles).codes)).toEqual(expected)
  })

  it('overflow is counted, infinity is not', () => {
    const most = largest[type]
    expect(Math.max(...finite.map((i) => values[i]!))).toBe(most)
    const step = most - Math.max(...finite.map((i) => values[i]!).filter((value) => value < most))
    const inside = encoded(type, [most, -most, most + step * 0.4999])
    expect(inside.overflowed).toBe(0)
    const beyond = encoded(type, [most + step * 0.51, -most - step * 0.51, 1e300, -1e300])
    expect(beyond.overflowed).toBe(4)
    for (const code of beyond.codes) expect(Number.isFinite(values[code]!)).toBe(false)
    expect(encoded(type, [Number.POSITIVE_INFINITY]).overflowed).toBe(0)
  })

  it('small numbers go to zero with their sign, where there is one', () => {
    const least = Math.min(...finite.map((i) => values[i]!).filter((value) => value > 0))
    const { codes: found } = encoded(type, [least * 0.5, least * 0.50001, -least * 0.5, 5e-324, -0, 0])
    const top = type.endsWith('fnuz') ? 0 : wordBytes(type) === 2 ? 0x8000 : 0x80
    expect(Array.from(found)).toEqual([0, 1, top, 0, top, 0])
  })

  it('roundedDown: the largest that is not larger', () => {
    for (const i of finite.filter((_, k) => k % 97 === 0)) {
      const value = values[i]!
      if (value < 0) continue
      expect(roundedDown(kernels, value, type)).toBe(value)
      const above = roundedDown(kernels, value * (1 + 1e-9), type)
      expect(above).toBe(value)
    }
    expect(roundedDown(kernels, 1e300, type)).toBe(largest[type])
  })
})

describe('f32 from f64', () => {
  it('rounds to nearest even, counts overflow', () => {
    const values = [1 + 2 ** -24, 1 + 3 * 2 ** -24, 1e39, -1e39, 3.4028235677973366e38, Number.NaN, 1e-46]
    const source = kernels.alloc(values.length * 8)
    kernels.f64(source, values.length).set(values)
    const target = kernels.alloc(values.length * 4)
    expect(encodeNumbers(kernels, 'f64', source, values.length, 'f32', target)).toBe(3)
    expect(Array.from(kernels.f32(target, values.length))).toEqual(Array.from(Float32Array.from(values)))
    kernels.free(source)
    kernels.free(target)
  })

  it('a bound is rounded down', () => {
    expect(roundedDown(kernels, 0.05, 'f32')).toBe(0.04999999701976776)
    expect(roundedDown(kernels, 0.5, 'f32')).toBe(0.5)
    expect(roundedDown(kernels, 0, 'f16')).toBe(0)
    expect(roundedDown(kernels, 1e-320, 'f16')).toBe(0)
  })
})

it('only plain floats are encoded', () => {
  expect(isEncodable('f16')).toBe(true)
  for (const type of ['q4_0', 'i32', 'c64', 'f4_e2m1'] as StorageType[]) {
    expect(isEncodable(type)).toBe(false)
    expect(() => encodeNumbers(kernels, 'f64', 0, 0, type, 0)).toThrow(
      `encode: ${type} cannot be written; expected a plain float type.`,
    )
  }
})
