import { beforeAll, describe, expect, it } from 'vitest'
import { createKernels, type Kernels, measures } from '../../src/kernels/index.js'
import { random } from './random.js'
import { brain, half, type PlainType, put, stored } from './stored.js'

let kernels: Kernels
let source: number
let target: number

beforeAll(async () => {
  kernels = createKernels()
  source = kernels.alloc(2 ** 20)
  target = kernels.alloc(2 ** 20)
})

const types = Object.keys(stored) as PlainType[]

/** Converted elements, with a look at the bytes on both sides of the target. */
function convert(type: PlainType, from: number, count: number, to: 'f32' | 'f64', at = target + 64): number[] {
  const bytes = to === 'f32' ? 4 : 8
  kernels.u8(at - 16, count * bytes + 32).fill(0xa5)
  measures(kernels).convert(type, from, count, at, to)
  const around = [...kernels.u8(at - 16, 16), ...kernels.u8(at + count * bytes, 16)]
  expect(
    around.every((byte) => byte === 0xa5),
    `${type} to ${to}, ${count}: bytes around the target`,
  ).toBe(true)
  const view = new DataView(kernels.memory.buffer, at)
  return Array.from({ length: count }, (_, i) =>
    to === 'f32' ? view.getFloat32(4 * i, true) : view.getFloat64(8 * i, true),
  )
}

it('converts by hand-worked examples', () => {
  // f16: 1 5 10 bits, bias 15; bf16: the upper half of f32.
  kernels.u16(source, 6).set([0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x8000])
  expect(convert('f16', source, 6, 'f32')).toEqual([1, -2, 2 ** -24, 65504, Number.POSITIVE_INFINITY, -0])
  kernels.u16(source, 4).set([0x3f80, 0xc000, 0x0001, 0xff80])
  expect(convert('bf16', source, 4, 'f64')).toEqual([1, -2, 2 ** -133, Number.NEGATIVE_INFINITY])
})

it('every f16 and bf16 code keeps its value, NaN stays NaN, in f32 and f64', () => {
  const codes = kernels.u16(source, 65536)
  for (let code = 0; code < 65536; code++) codes[code] = code
  for (const [type, value] of [['f16', half] as const, ['bf16', brain] as const])
    for (const to of ['f32', 'f64'] as const) {
      const got = convert(type, source, 65536, to)
      const wrong = got.flatMap((x, code) => (Object.is(x, value(code)) ? [] : [`${code}: ${x}, not ${value(code)}`]))
      expect(wrong, `${type} to ${to}`).toEqual([])
    }
})

describe('every type, length and alignment', () => {
  for (const type of types)
    for (const to of ['f32', 'f64'] as const)
      it(`${type} to ${to}`, () => {
        const seed = 5
        const r = random(seed)
        for (let count = 0; count < 41; count++) {
          const from = source + (count % 17)
          const values = put(
            kernels,
            type,
            from,
            Float64Array.from({ length: count }, () => 3 * r.normal()),
          )
          const expected = Array.from(values, (x) => (to === 'f32' ? Math.fround(x) : x))
          expect(convert(type, from, count, to, target + 64 + (count % 13)), `seed ${seed}, ${count}`).toEqual(expected)
        }
      })
})

describe('rounding', () => {
  it('64-bit integers go to the nearest float, ties to even, in one step', () => {
    const view = new DataView(kernels.memory.buffer, source)
    const values = [
      2n ** 53n + 1n,
      2n ** 53n + 3n,
      -(2n ** 53n) - 1n,
      2n ** 63n - 1n,
      2n ** 24n + 1n,
      2n ** 54n + 2n ** 30n + 1n,
    ]
    for (const [i, x] of values.entries()) view.setBigInt64(8 * i, x, true)
    expect(convert('i64', source, 6, 'f64')).toEqual(values.map(Number))
    // The last one ties in f64's rounding to f32 only if it was rounded to f64 before.
    expect(convert('i64', source, 6, 'f32')).toEqual([
      2 ** 53,
      2 ** 53,
      -(2 ** 53),
      2 ** 63,
      2 ** 24,
      2 ** 54 + 2 ** 31,
    ])
    view.setBigUint64(0, 2n ** 64n - 1n, true)
    view.setBigUint64(8, 2n ** 63n + 1025n, true)
    expect(convert('u64', source, 2, 'f64')).toEqual([2 ** 64, 2 ** 63 + 2048])
    expect(convert('u64', source, 2, 'f32')).toEqual([2 ** 64, 2 ** 63])
  })

  it('f64 to f32 rounds, overflows to infinity and underflows to subnormals and zero', () => {
    const values = [1 / 3, 3.5e38, -1e300, 1e-45, 1e-46, 1 + 2 ** -24, 1 + 3 * 2 ** -24, Number.NaN]
    put(kernels, 'f64', source, values)
    expect(convert('f64', source, 8, 'f32')).toEqual(values.map(Math.fround))
  })

  it('32-bit integers beyond 2^24 round to f32 and are exact in f64', () => {
    const values = [2 ** 24 + 1, 2 ** 31 - 1, 2 ** 31 - 64, 123456789]
    put(
      kernels,
      'i32',
      source,
      values.map((x) => x / 100),
    )
    kernels.i32(source, 4).set(values)
    expect(convert('i32', source, 4, 'f32')).toEqual(values.map(Math.fround))
    expect(convert('i32', source, 4, 'f64')).toEqual(values)
    kernels.i32(source, 4).fill(-1)
    expect(convert('u32', source, 4, 'f64')).toEqual([4294967295, 4294967295, 4294967295, 4294967295])
    expect(convert('u32', source, 4, 'f32')).toEqual([4294967296, 4294967296, 4294967296, 4294967296])
  })
})

describe('decoded types', () => {
  it('go to f64 by way of f32, and leave no memory behind', () => {
    // e4m3fn: 1 4 3 bits, bias 7.
    kernels.u8(source, 4).set([0x38, 0xc0, 0x01, 0x7f])
    const before = kernels.bytesInUse
    measures(kernels).convert('f8_e4m3fn', source, 4, target, 'f64')
    expect([...kernels.f64(target, 4)]).toEqual([1, -2, 2 ** -9, Number.NaN])
    expect(kernels.bytesInUse).toBe(before)
  })

  it('a block of q8_0: scale times 32 signed bytes', () => {
    kernels.u16(source, 1)[0] = 0x3800
    kernels.u8(source + 2, 32).set(Array.from({ length: 32 }, (_, i) => (i - 16) & 255))
    const expected = Array.from({ length: 32 }, (_, i) => (i - 16) / 2)
    measures(kernels).convert('q8_0', source, 32, target, 'f32')
    expect([...kernels.f32(target, 32)]).toEqual(expected)
    const pass = measures(kernels).statistics('q8_0')
    pass.update(source, 32)
    expect(pass.finish()).toMatchObject({ count: 32, zeros: 1, min: -8, max: 7.5, sum: -8, l1: 128 })
    pass.dispose()
  })
})
