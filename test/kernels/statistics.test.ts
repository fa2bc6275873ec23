import { beforeAll, describe, expect, it } from 'vitest'
import { createKernels, type Kernels, measures, type Statistics, type StatisticsPass } from '../../src/kernels/index.js'
import { isLong } from '../shared.js'
import { differences, exactStatistics } from './exact.js'
import { families, type Random, random } from './random.js'
import { brain, half, type PlainType, put, stored } from './stored.js'

let kernels: Kernels
let area: number

beforeAll(async () => {
  kernels = createKernels()
  area = kernels.alloc(4 * 2 ** 20)
})

const types = Object.keys(stored) as PlainType[]
const reals = ['f32', 'f64'] as const

function measure(type: PlainType, pointer: number, count: number): Statistics {
  const pass = measures(kernels).statistics(type)
  try {
    pass.update(pointer, count)
    return pass.finish()
  } finally {
    pass.dispose()
  }
}

/** Writes, measures and compares; returns what is wrong. */
function wrongs(type: PlainType, values: ArrayLike<number>, pointer = area): string[] {
  const became = put(kernels, type, pointer, values)
  const { least, minNormal } = stored[type]
  return differences(measure(type, pointer, became.length), exactStatistics(became, least, minNormal))
}

function make(r: Random, family: string, count: number, reach: number): Float64Array {
  const of = families[family]!
  return Float64Array.from({ length: count }, () => of(r, reach))
}

describe('a hand-worked tensor', () => {
  // |x|: 3, 4, 0.5, 0, 0, 1e-40. Sum 3 - 4 + 0.5 = -0.5 (+ 1e-40). Squares 9 + 16 + 0.25 = 25.25. Six finite: mean -1/12,
  // m2 = 25.25 - 6 / 144 = 25.208333...
  const values = [3, -4, Number.NaN, 0.5, 0, Number.POSITIVE_INFINITY, -0, 1e-40, Number.NEGATIVE_INFINITY]

  it('has every figure of its finite elements, and counts the others', () => {
    put(kernels, 'f32', area, values)
    const { exponents, ...figures } = measure('f32', area, values.length)
    expect(figures).toEqual({
      count: 9,
      zeros: 2,
      nan: 1,
      posInf: 1,
      negInf: 1,
      subnormals: 1,
      l1: 7.5,
      l2: Math.sqrt(25.25),
      linf: 4,
      sum: -0.5,
      mean: expect.closeTo(-1 / 12, 15),
      m2: expect.closeTo(25.25 - 1 / 24, 13),
      std: expect.closeTo(Math.sqrt((25.25 - 1 / 24) / 6), 14),
      min: -4,
      max: 3,
      // floor(log2(1e-40)) = -133.
      exponentMin: -133,
    })
    expect(exponents.length).toBe(136)
    expect([...exponents].flatMap((n, i) => (n > 0 ? [[i - 133, n]] : []))).toEqual([
      [-133, 1],
      [-1, 1],
      [1, 1],
      [2, 1],
    ])
  })

  it('is all zeros when there is nothing finite', () => {
    for (const empty of [[], [Number.NaN, Number.POSITIVE_INFINITY]]) {
      put(kernels, 'f32', area, empty)
      const { l1, l2, linf, sum, mean, m2, std, min, max, exponents } = measure('f32', area, empty.length)
      expect([l1, l2, linf, sum, mean, m2, std, min, max, exponents.length]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }
  })
})

describe('against exact integers', () => {
  const lengths = [
    ...Array.from({ length: 36 }, (_, i) => i),
    ...[63, 64, 65, 255, 1023, 4095, 4096, 4097, 8191, 8192, 8193, 8199, 2 * 8192 + 13],
  ]

  for (const type of types)
    it(`${type}: every length around lanes and blocks`, () => {
      const seed = 7
      const r = random(seed)
      for (const length of lengths.filter((n) => n < 600 || type !== 'f64'))
        expect(
          wrongs(type, make(r, 'every scale', length, stored[type].reach)),
          `seed ${seed}, length ${length}`,
        ).toEqual([])
    })

  for (const type of types)
    it(`${type}: every alignment`, () => {
      const seed = 8
      const r = random(seed)
      for (let offset = 0; offset < 17; offset++)
        expect(wrongs(type, make(r, 'normal', 61, 6), area + offset), `seed ${seed}, offset ${offset}`).toEqual([])
    })

  for (const type of types)
    for (const family of Object.keys(families))
      it(`${type}: ${family}`, () => {
        for (const seed of [1, 2, 3]) {
          const count = type === 'f64' ? 700 : 5000
          expect(wrongs(type, make(random(seed), family, count, stored[type].reach)), `seed ${seed}`).toEqual([])
        }
      })

  it('f32: tensors long enough for pairs of exponents, with zeros, subnormals and specials', () => {
    for (const seed of [11, 12, 13]) {
      const r = random(seed)
      const values = make(r, seed === 12 ? 'every scale' : 'normal', 33_000 + 40_000 * (seed - 11) + r.below(100), 126)
      if (seed === 13)
        for (let i = 0; i < 40; i++)
          values[r.below(values.length)] = [Number.NaN, Number.POSITIVE_INFINITY, -Number.POSITIVE_INFINITY, 0, 1e-41][
            i % 5
          ]!
      expect(wrongs('f32', values), `seed ${seed}`).toEqual([])
    }
  })
})

describe('all codes', () => {
  it('f16 and bf16: each of the 65,536 alone in its place, and all together', () => {
    for (const [type, value] of [['f16', half] as const, ['bf16', brain] as const]) {
      const codes = kernels.u16(area, 65536)
      for (let code = 0; code < 65536; code++) codes[code] = code
      const { least, minNormal } = stored[type]
      const values = Float64Array.from({ length: 65536 }, (_, code) => value(code))
      expect(differences(measure(type, area, 65536), exactStatistics(values, least, minNormal)), type).toEqual([])
      for (let code = 0; code < 65536; code += 61) {
        const { min, max, nan, subnormals } = measure(type, area + 2 * code, 1)
        const x = value(code)
        expect([min, max, nan, subnormals], `${type} ${code}`).toEqual([
          Number.isFinite(x) ? x + 0 : 0,
          Number.isFinite(x) ? x + 0 : 0,
          Number.isNaN(x) ? 1 : 0,
          x !== 0 && Math.abs(x) < 2 ** minNormal ? 1 : 0,
        ])
      }
    }
  })

  it('f16 and bf16: tensors long enough to be counted by code, with zeros, subnormals and specials', () => {
    for (const type of ['f16', 'bf16'] as const) {
      const r = random(61)
      const sample = make(r, 'normal', 1000, 6)
      sample.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 3e-7, 1e-39])
      const count = 2 ** 18 + 1003
      const became = put(
        kernels,
        type,
        area,
        Float64Array.from({ length: count }, () => sample[r.below(1000)]!),
      )
      const { least, minNormal } = stored[type]
      expect(differences(measure(type, area, count), exactStatistics(became, least, minNormal), 1e-14), type).toEqual(
        [],
      )
      kernels.u16(area, count).fill(type === 'f16' ? 0x2e66 : 0x3dcd)
      const { min, mean, m2, max } = measure(type, area, count)
      expect([mean, max, m2], type).toEqual([min, min, 0])
    }
  })

  it('any byte but 0 is a true bool', () => {
    kernels.u8(area, 256).set(Array.from({ length: 256 }, (_, i) => i))
    expect(measure('bool', area, 256)).toMatchObject({ zeros: 1, l1: 255, min: 0, max: 1 })
  })

  it('64-bit integers round to nearest even, and their exponents are exact all the same', () => {
    const view = new DataView(kernels.memory.buffer, area, 64)
    const signed = [2n ** 53n + 1n, 2n ** 62n - 1n, -(2n ** 63n), 2n ** 63n - 1n]
    for (const [i, x] of signed.entries()) view.setBigInt64(8 * i, x, true)
    const s = measure('i64', area, 4)
    expect([s.min, s.max, s.l1]).toEqual([-(2 ** 63), 2 ** 63, 2 ** 64 + 2 ** 62 + 2 ** 53])
    expect([s.exponentMin, ...s.exponents]).toEqual([53, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1])
    view.setBigUint64(0, 2n ** 64n - 1n, true)
    const u = measure('u64', area, 1)
    expect([u.max, u.exponentMin]).toEqual([2 ** 64, 63])
  })
})

describe('a constant tensor', () => {
  for (const type of reals)
    it(`${type}: minimum, maximum and mean are the constant, exactly, and nothing deviates`, () => {
      for (const value of [0.1, 1 / 3, -7e-5, 1e30, 1e-30, 123456.789, 1e-42])
        for (const count of [1, 2, 3, 1000, 8193, 50_000]) {
          const [x] = put(kernels, type, area, new Float64Array(count).fill(value))
          const { min, max, mean, m2, std } = measure(type, area, count)
          expect([min, max, mean, m2, std], `${value}, ${count}`).toEqual([x, x, x, 0, 0])
        }
    })

  it('f32: one element off by the last bit among 200,000 keeps its deviation', () => {
    const values = new Float64Array(200_000).fill(1)
    values[150_001] = 1 + 2 ** -23
    expect(wrongs('f32', values)).toEqual([])
  })
})

describe('the ends of the range', () => {
  const scales = [-1074, -1060, -1022, -1000, -600, -511, -450, -400, -300, 0, 300, 479, 480, 511, 512, 600, 1000, 1020]

  it('f64: no square overflows or vanishes', () => {
    const r = random(21)
    for (const scale of scales) {
      const values = Float64Array.from(
        { length: 300 },
        () => (1 + 3 * r.next()) * (r.next() < 0.3 ? -1 : 1) * 2 ** scale,
      )
      expect(wrongs('f64', values), `2^${scale}`).toEqual([])
    }
  })

  it('f64: small ones first, large ones first, both mixed, in chunks', () => {
    const r = random(22)
    for (const first of [-1060, -600, 0, 700]) {
      for (const second of [-1060, -600, 0, 700]) {
        const values = Float64Array.from({ length: 60 }, (_, i) => r.normal() * 2 ** (i < 30 ? first : second))
        const became = put(kernels, 'f64', area, values)
        const pass = measures(kernels).statistics('f64')
        for (let i = 0; i < 60; i += 10) pass.update(area + 8 * i, 10)
        expect(differences(pass.finish(), exactStatistics(became, -1074, -1022)), `${first}, ${second}`).toEqual([])
        pass.dispose()
      }
    }
  })

  it('f64: mean and deviation stand when only the sum overflows', () => {
    put(kernels, 'f64', area, [1.5e308, 1.7e308, 1.6e308, 1.6e308])
    const s = measure('f64', area, 4)
    expect([s.sum, s.l1, s.m2]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])
    expect(s.mean / 1.6e308).toBeCloseTo(1, 14)
    expect(s.std / 1e307).toBeCloseTo(Math.sqrt(0.5), 12)
    expect(s.l2).toBe(Number.POSITIVE_INFINITY)
    put(kernels, 'f64', area, [-1.7e308, -1.7e308, 1.7e308, 1.7e308])
    expect(measure('f64', area, 4)).toMatchObject({ sum: 0, mean: 0, std: 1.7e308 })
  })

  it('f32: largest and smallest values', () => {
    expect(wrongs('f32', new Float64Array(9000).fill(3.4028234663852886e38))).toEqual([])
    expect(wrongs('f32', new Float64Array(9000).fill(1e-45))).toEqual([])
  })
})

describe('NaN and infinities', () => {
  for (const type of reals)
    it(`${type}: found at every place`, () => {
      for (const special of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
        for (let place = 0; place < 37; place++) {
          const values = make(random(place), 'normal', 37, 6)
          values[place] = special
          expect(wrongs(type, values), `${special} at ${place}`).toEqual([])
        }
    })

  it('f32: NaN of either sign and any payload', () => {
    const codes = kernels.i32(area, 6)
    codes.set([0x7f800001, 0x7fffffff, -1, -0x7fffff, 0x7fc00000, 0x3f800000])
    expect(measure('f32', area, 6)).toMatchObject({ nan: 5, posInf: 0, l1: 1, mean: 1 })
  })
})

describe('chunks and merging', () => {
  /** Equal up to rounding far below the contract. */
  const close = (a: Statistics, b: Statistics): string[] => differences(a, b, 1e-14)

  it('any split gives the same figures', () => {
    for (const type of ['f32', 'f64', 'f16', 'bf16', 'i8', 'i32'] as const)
      for (const seed of [31, 32, 33]) {
        const r = random(seed)
        const family = Object.keys(families)[r.below(8)]!
        const count = 70_000
        const { bytes } = stored[type]
        put(kernels, type, area, make(r, family, count, Math.min(stored[type].reach, 100)))
        const whole = measure(type, area, count)
        const passes = [
          measures(kernels).statistics(type),
          measures(kernels).statistics(type),
          measures(kernels).statistics(type),
        ]
        for (let done = 0; done < count; ) {
          const some = Math.min(count - done, r.next() < 0.5 ? r.below(100) : r.below(40_000))
          passes[r.below(3)]!.update(area + done * bytes, some)
          done += some
        }
        passes[0]!.merge(passes[1]!)
        passes[2]!.merge(passes[0]!)
        expect(close(passes[2]!.finish(), whole), `${type}, ${family}, seed ${seed}`).toEqual([])
        for (const pass of passes) pass.dispose()
      }
  })

  it('merging an empty pass changes nothing, merging into one copies', () => {
    for (const type of ['f32', 'f64', 'u8'] as const) {
      put(kernels, type, area, make(random(41), 'positive', 1000, 6))
      const [a, b, c] = [
        measures(kernels).statistics(type),
        measures(kernels).statistics(type),
        measures(kernels).statistics(type),
      ] as const
      a.update(area, 1000)
      const before = a.finish()
      a.merge(b)
      expect(close(a.finish(), before)).toEqual([])
      c.merge(a)
      expect(close(c.finish(), before)).toEqual([])
      for (const pass of [a, b, c]) pass.dispose()
    }
  })

  it('a pass may go on after it was read', () => {
    put(kernels, 'f32', area, make(random(42), 'normal', 80_000, 6))
    const pass = measures(kernels).statistics('f32')
    pass.update(area, 40_000)
    expect(pass.finish().count).toBe(40_000)
    pass.update(area + 160_000, 40_000)
    expect(close(pass.finish(), measure('f32', area, 80_000))).toEqual([])
    pass.dispose()
  })

  it('passes at the same time, and passes given up in the middle, do not disturb one another', () => {
    put(kernels, 'f32', area, make(random(43), 'normal', 80_000, 6))
    const alone = measure('f32', area, 80_000)
    const passes: StatisticsPass[] = [measures(kernels).statistics('f32'), measures(kernels).statistics('f32')]
    const lost = measures(kernels).statistics('f32')
    for (const pass of passes) pass.update(area, 40_000)
    lost.update(area, 80_000)
    lost.dispose()
    for (const pass of passes) pass.update(area + 160_000, 40_000)
    for (const pass of passes) {
      expect(close(pass.finish(), alone)).toEqual([])
      pass.dispose()
    }
  })

  it('refuses other types, other memories and use after dispose', async () => {
    const pass = measures(kernels).statistics('f32')
    expect(() => pass.merge(measures(kernels).statistics('f64'))).toThrow(
      'statistics: a pass over f32 can only be merged with another pass over f32.',
    )
    const other = measures(createKernels()).statistics('f32')
    expect(() => pass.merge(other)).toThrow('statistics: passes of different memories cannot be merged.')
    pass.dispose()
    pass.dispose()
    expect(() => pass.update(area, 1)).toThrow('statistics: the pass has been disposed of.')
    expect(() => pass.finish()).toThrow('statistics: the pass has been disposed of.')
  })
})

describe.skipIf(!isLong)('10^8 elements (long)', () => {
  it('f32 of mixed scale stays within the contract', () => {
    // The chunk is exact; repeated k times, sums are k times as large, and the mean stays.
    const count = 2 ** 18
    const r = random(71)
    const values = Float64Array.from({ length: count }, () => (1 + r.next()) * 2 ** Math.floor(60 * r.next() - 40))
    const became = put(kernels, 'f32', area, values)
    const once = exactStatistics(became, -149, -126)
    const pass = measures(kernels).statistics('f32')
    const times = 400
    for (let i = 0; i < times; i++) pass.update(area, count)
    const figures = pass.finish()
    pass.dispose()
    const expected: Statistics = {
      ...once,
      count: count * times,
      l1: once.l1 * times,
      l2: once.l2 * Math.sqrt(times),
      sum: once.sum * times,
      m2: once.m2 * times,
      exponents: once.exponents.map((n) => n * times),
    }
    expect(differences(figures, expected)).toEqual([])
  })
})

it('leaves the tensor as it was, and no memory behind', () => {
  const before = kernels.bytesInUse
  for (const type of types) {
    const r = random(51)
    const bytes = kernels.u8(area, 9000)
    for (let i = 0; i < bytes.length; i++) bytes[i] = r.below(256)
    const copy = bytes.slice()
    measure(type, area + 3, Math.floor(8900 / stored[type].bytes))
    expect(kernels.u8(area, 9000), type).toEqual(copy)
  }
  expect(kernels.bytesInUse).toBe(before)
})
