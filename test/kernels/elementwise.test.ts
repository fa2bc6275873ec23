/** Elementwise kernels that are exact: every operation x type x length x alignment against its definition. */
import { describe, expect, it } from 'vitest'
import { type BinaryOp, type ElementType, elementTypes, type UnaryOp } from '../../src/kernels/index.js'
import {
  array,
  binary,
  binaryCode,
  kernels,
  make,
  type Numbers,
  places,
  put,
  typeCode,
  unary,
  unaryCode,
  view,
  written,
} from './elementwise-support.js'
import { random } from './random.js'

const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 130, 1000]
const floats = ['f32', 'f64'] as const

const edges = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  1e30,
  -1e30,
  3e-39,
  -1e-45,
  NaN,
  Infinity,
  -Infinity,
  2 ** 23 + 1,
]
const wholes = [0, 1, -1, 2, -2, 7, -7, 1000, 46341, -46341, 2147483647, -2147483648, -2147483647]

/** Edges among random numbers; pairs meet in all combinations over enough elements. */
function data(type: ElementType, n: number, seed: number): Numbers {
  const r = random(seed)
  const list = type === 'i32' ? wholes : edges
  return make(
    type,
    Array.from({ length: n }, () => {
      if (type === 'bool') return r.below(2)
      if (r.next() < 0.6) return list[r.below(list.length)]!
      return type === 'i32' ? r.below(2000) - 1000 : 10 * r.normal()
    }),
  )
}

/** Half to even. */
function round(x: number): number {
  const near = Math.round(x)
  return Object.is(x, 0) || !Number.isFinite(x)
    ? x
    : near - x === 0.5 && near % 2 !== 0
      ? near - 1
      : near === 0
        ? x * 0
        : near
}

const { fround } = Math
const exactUnary: { [op in UnaryOp]?: { types: readonly ElementType[]; to?: 'bool'; f: (x: number) => number } } = {
  neg: { types: ['f32', 'f64', 'i32'], f: (x) => -x },
  abs: { types: ['f32', 'f64', 'i32'], f: Math.abs },
  sign: { types: ['f32', 'f64', 'i32'], f: Math.sign },
  floor: { types: floats, f: Math.floor },
  ceil: { types: floats, f: Math.ceil },
  round: { types: floats, f: round },
  trunc: { types: floats, f: Math.trunc },
  sqrt: { types: floats, f: Math.sqrt },
  reciprocal: { types: floats, f: (x) => 1 / x },
  square: { types: ['f32', 'f64', 'i32'], f: (x) => x * x },
  relu: { types: floats, f: (x) => Math.max(x, 0) },
  logicalNot: { types: ['bool'], f: (x) => 1 - x },
  isnan: { types: elementTypes, to: 'bool', f: (x) => Number(Number.isNaN(x)) },
  isfinite: { types: elementTypes, to: 'bool', f: (x) => Number(Number.isFinite(x)) },
  isinf: { types: elementTypes, to: 'bool', f: (x) => Number(Math.abs(x) === Infinity) },
}

/** Python's and NumPy's modulo, from a remainder that JavaScript computes exactly. */
function remainder(a: number, b: number): number {
  const r = a % b
  if (r === 0) return b < 0 ? -0 : 0
  return r < 0 !== b < 0 ? r + b : r
}

function floorDivide(a: number, b: number): number {
  if (b === 0) return a / b
  const r = a % b
  let quotient = (a - r) / b
  if (r !== 0 && b < 0 !== r < 0) quotient -= 1
  if (quotient === 0) return 0 * (a / b)
  const down = Math.floor(quotient)
  return quotient - down > 0.5 ? down + 1 : down
}

const whole = (type: ElementType, f: (a: number, b: number) => number, g: (a: number, b: number) => number) =>
  type === 'i32' ? g : f

const powerOf = (x: number, y: number): number => {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0
  let result = 1
  for (let base = x, e = y; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = Math.imul(result, base)
    base = Math.imul(base, base)
  }
  return result
}

const numbers = ['f32', 'f64', 'i32'] as const
const comparison = (f: (a: number, b: number) => boolean) => ({
  types: elementTypes,
  to: 'bool' as const,
  f: () => (a: number, b: number) => Number(f(a, b)),
})
const logical = (f: (a: number, b: number) => number) => ({ types: ['bool'] as const, f: () => f })

interface Exact {
  types: readonly ElementType[]
  to?: 'bool'
  f: (type: ElementType) => (a: number, b: number) => number
}
const exactBinary: { [op in BinaryOp]?: Exact } = {
  add: { types: numbers, f: () => (a, b) => a + b },
  sub: { types: numbers, f: () => (a, b) => a - b },
  mul: { types: numbers, f: (type) => whole(type, (a, b) => a * b, Math.imul) },
  div: { types: floats, f: () => (a, b) => a / b },
  pow: { types: ['i32'], f: () => powerOf },
  max: { types: numbers, f: () => Math.max },
  min: { types: numbers, f: () => Math.min },
  remainder: { types: numbers, f: (type) => whole(type, remainder, (a, b) => (b === 0 ? 0 : remainder(a, b))) },
  floorDivide: { types: numbers, f: (type) => whole(type, floorDivide, (a, b) => (b === 0 ? 0 : Math.floor(a / b))) },
  leakyRelu: { types: floats, f: () => (x, slope) => (x > 0 ? x : x * slope) },
  reluBackward: { types: floats, f: () => (g, y) => (y <= 0 ? 0 : g) },
  eq: comparison((a, b) => a === b),
  ne: comparison((a, b) => a !== b),
  lt: comparison((a, b) => a < b),
  le: comparison((a, b) => a <= b),
  gt: comparison((a, b) => a > b),
  ge: comparison((a, b) => a >= b),
  logicalAnd: logical((a, b) => a & b),
  logicalOr: logical((a, b) => a | b),
  logicalXor: logical((a, b) => a ^ b),
}

const unaryCases = Object.entries(exactUnary).flatMap(([op, { types, to, f }]) =>
  types.map((type) => ({ op: op as UnaryOp, type, to: to ?? type, f })),
)
const binaryCases = Object.entries(exactBinary).flatMap(([op, { types, to, f }]) =>
  types.map((type) => ({ op: op as BinaryOp, type, to: to ?? type, f: f(type) })),
)

/** What a reference computes in f64 as the type holds it; a square of i32 wraps. */
const held = (type: ElementType, values: ArrayLike<number>): number[] =>
  Array.from(values, (value) => (type === 'f32' ? fround(value) : type === 'i32' ? value | 0 : value))

describe('unary', () => {
  it('works by hand', () => {
    expect([...unary('sign', 'f32', [-3, 0, 2, NaN, -0])]).toEqual([-1, 0, 1, NaN, -0])
    expect([...unary('round', 'f64', [0.5, 1.5, 2.5, -0.5])]).toEqual([0, 2, 2, -0])
    expect([...unary('isfinite', 'f32', [1, NaN, Infinity], 'bool')]).toEqual([1, 0, 0])
  })

  it.each(unaryCases)('$op of $type is its definition at every length and alignment', ({ op, type, to, f }) => {
    for (const n of lengths) {
      for (const shift of [0, 1, 3]) {
        const values = data(type, n, 7 * n + shift)
        const reference =
          op === 'square' && type === 'i32' ? Array.from(values, (x) => Math.imul(x, x)) : Array.from(values, f)
        const expected = held(to, reference)
        const x = put(type, places[0], values, shift)
        const got = written(to, n, 2 - (shift % 3), (out) => array.unary(unaryCode(op), typeCode(type), n, x, out))
        expect([...got], `n = ${n}, shift = ${shift}`).toEqual(expected)
        if (to !== type) continue
        array.unary(unaryCode(op), typeCode(type), n, x, x)
        expect([...view(type, x, n)], `in place, n = ${n}`).toEqual(expected)
      }
    }
  })
})

describe('binary', () => {
  it('works by hand', () => {
    expect([...binary('remainder', 'f32', [7, -7, 7, -7], [3, 3, -3, -3])]).toEqual([1, 2, -2, -1])
    expect([...binary('floorDivide', 'i32', [7, -7, 7, 5], [2, 2, 0, -1])]).toEqual([3, -4, 0, -5])
    expect([...binary('max', 'f64', [1, NaN, 3], [2, 2, NaN])]).toEqual([2, NaN, NaN])
  })

  it.each(binaryCases)('$op of $type is its definition at every length and alignment', ({ op, type, to, f }) => {
    for (const n of lengths) {
      for (const shift of [0, 1, 3]) {
        const a = data(type, n, 11 * n + shift)
        const b = data(type, n, 13 * n + shift + 1)
        const expected = held(
          to,
          Array.from(a, (x, i) => f(x, b[i]!)),
        )
        const [x, y] = [put(type, places[0], a, shift), put(type, places[1], b, (shift * 2) % 3)]
        const call = (out: number): void => array.binary(binaryCode(op), typeCode(type), n, x, y, out)
        expect([...written(to, n, shift % 2, call)], `n = ${n}, shift = ${shift}`).toEqual(expected)
        if (to !== type) continue
        call(x)
        expect([...view(type, x, n)], `onto a, n = ${n}`).toEqual(expected)
        put(type, places[0], a, shift)
        call(y)
        expect([...view(type, y, n)], `onto b, n = ${n}`).toEqual(expected)
      }
    }
  })

  it.each(binaryCases)('$op of $type with a scalar is the same on either side', ({ op, type, to, f }) => {
    for (const n of lengths) {
      const a = data(type, n, 17 * n)
      const value = held(type, [data(type, 1, n)[0]!])[0]!
      const x = put(type, places[0], a, n % 3)
      for (const swapped of [false, true]) {
        const call = (out: number): void =>
          array.binaryScalar(binaryCode(op), typeCode(type), n, x, value, swapped, out)
        const expected = held(
          to,
          Array.from(a, (one) => (swapped ? f(value, one) : f(one, value))),
        )
        expect([...written(to, n, 1, call)], `n = ${n}, value = ${value}, swapped = ${swapped}`).toEqual(expected)
      }
    }
  })
})

describe('cast', () => {
  const saturate = (x: number): number =>
    Number.isNaN(x) ? 0 : Math.max(-2147483648, Math.min(2147483647, Math.trunc(x))) + 0
  const pairs = elementTypes.flatMap((from) => elementTypes.map((to) => ({ from, to })))
  it.each(pairs)('$from to $to', ({ from, to }) => {
    for (const n of lengths) {
      const values = [...data(from, n, n)]
      if (n > 40 && from !== 'i32' && from !== 'bool') values.splice(0, 4, 2147483648, -2147483904, 2.9, -2.9)
      const x = put(from, places[0], values, 1)
      const expected = held(
        to,
        Array.from(view(from, x, n), (one) => (to === 'bool' ? Number(one !== 0) : to === 'i32' ? saturate(one) : one)),
      )
      const got = written(to, n, n % 3, (out) => array.cast(typeCode(from), typeCode(to), n, x, out))
      expect([...got], `n = ${n}`).toEqual(expected)
    }
  })
})

describe('fill and ramp', () => {
  it.each(elementTypes)('fill writes n elements of %s and no more', (type) => {
    for (const n of lengths) {
      const value = type === 'bool' ? 1 : type === 'i32' ? -7 : -1.25
      const got = written(type, n, 1, (out) => array.fill(typeCode(type), n, value, out))
      expect([...got]).toEqual(Array.from({ length: n }, () => value))
    }
  })

  it('ramp is start + i step in f64', () => {
    for (const type of ['f32', 'f64', 'i32'] as const) {
      for (const n of lengths) {
        const step = type === 'i32' ? -3 : 0.1
        const got = written(type, n, 1, (out) => array.ramp(typeCode(type), n, 5, step, out))
        expect([...got]).toEqual(
          held(
            type,
            Array.from({ length: n }, (_, i) => 5 + i * step),
          ),
        )
      }
    }
  })
})

describe('firstNonfinite', () => {
  it('finds the first at any place, or none', () => {
    for (const type of floats) {
      for (const n of lengths.filter((length) => length > 0)) {
        for (const bad of [NaN, Infinity, -Infinity]) {
          const values = Array.from({ length: n }, (_, i) => (i % 2 ? -3e38 : 1e-45))
          const x = put(type, places[0], values, 1)
          expect(array.firstNonfinite(typeCode(type), n, x)).toBe(-1)
          const place = (n * 7919) % n === 0 ? n - 1 : 0
          view(type, x, n).fill(bad, place)
          expect(array.firstNonfinite(typeCode(type), n, x)).toBe(place)
          view(type, x, n)[0] = NaN
          expect(array.firstNonfinite(typeCode(type), n, x)).toBe(0)
        }
      }
    }
    expect(array.firstNonfinite(typeCode('i32'), 3, places[0])).toBe(-1)
    expect(kernels.bytesInUse).toBeGreaterThan(0)
  })
})
