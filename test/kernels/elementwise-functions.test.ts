/**
 * Transcendental kernels: f64 against 60 digits (test/oracle/elementwise.json, made by scripts/oracle/elementwise.py), f32 against f64 over every scale,
 * and the edges that C's annex F or the definition fix.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { BinaryOp, UnaryOp } from '../../src/kernels/index.js'
import { array, binary, places, put, ulps, unary, unaryCode, view } from './elementwise-support.js'
import { random } from './random.js'

interface Points {
  x: (number | string)[]
  y?: number[]
  high: (number | string)[]
  low: number[]
}
const oracle = JSON.parse(readFileSync(new URL('../oracle/elementwise.json', import.meta.url), 'utf8')) as Record<
  string,
  Points
>

/** Largest errors allowed, in units of the last place, as the header of assembly/array/elementwise/transcendental.ts states them: f32, f64. */
const bounds: { readonly [op in UnaryOp | BinaryOp]?: readonly [number, number] } = {
  exp: [1, 1.02],
  expm1: [0.51, 1.02],
  log: [0.8, 0.8],
  log1p: [0.51, 0.8],
  log2: [0.51, 0.8],
  sin: [0.51, 0.9],
  cos: [0.51, 0.9],
  tan: [0.51, 1],
  asin: [0.51, 1],
  acos: [0.51, 1],
  atan: [0.51, 1],
  tanh: [1.4, 1.2],
  sigmoid: [2.4, 2],
  erf: [0.65, 1.3],
  gelu: [0.65, 4.5],
  geluTanh: [0.65, 2],
  silu: [2.4, 2],
  softplus: [0.51, 1.6],
  pow: [0.51, 0.85],
  atan2: [0.51, 1.5],
}
const cases = Object.entries(bounds).map(([op, [f32, f64]]) => ({ op: op as UnaryOp, f32, f64 }))
const unaryCases = cases.filter(({ op }) => oracle[op]!.y === undefined)

/** Arguments of every scale and of the ranges where the functions change. */
function spread(seed: number, n: number): Float32Array {
  const r = random(seed)
  const edges = [0, -0, 2 ** -149, -(2 ** -149), 2 ** -126, -(2 ** -126), 1, -1, 0.5, -0.5, 88.72283, 88.722839, -87.336, -103.97, -104, 3.4028234663852886e38, Infinity, -Infinity, NaN] // biome-ignore format: a list
  const draws = [
    () => 2 * r.next() - 1,
    () => 20 * r.normal(),
    () => 220 * (r.next() - 0.5),
    () => (r.next() < 0.5 ? -1 : 1) * 2 ** (276 * r.next() - 149),
    () => 1 + 0.01 * (r.next() - 0.5),
    () => (r.below(2e6) * Math.PI) / 2,
  ]
  return Float32Array.from({ length: n }, (_, i) => edges[i] ?? draws[i % draws.length]!())
}

/** Beyond f32's range below, the sign is all that is left. */
const held = (x: number): number => (Math.abs(x) < 2 ** -151 ? x * 0 : x)

describe('f64', () => {
  it.each(cases)('$op is within $f64 ulp of the exact value', ({ op, f64 }) => {
    const { x, y, high, low } = oracle[op]!
    const values = x.map(Number)
    const got = y ? binary(op as unknown as BinaryOp, 'f64', values, y) : unary(op, 'f64', values)
    const wrong = values.flatMap((value, i) => {
      const error = ulps('f64', got[i]!, Number(high[i]), low[i])
      return error <= f64 ? [] : [`${op}(${value}${y ? `, ${y[i]}` : ''}) = ${got[i]}, exact ${high[i]}: ${error} ulp`]
    })
    expect(wrong).toEqual([])
  })
})

describe('f32', () => {
  it.each(unaryCases)('$op is within $f32 ulp of f64', ({ op, f32 }) => {
    const x = spread(1, 30000)
    const [got, exact] = [unary(op, 'f32', x), unary(op, 'f64', x)]
    const wrong = [...x].flatMap((value, i) => {
      const error = ulps('f32', got[i]!, held(exact[i]!))
      // What f64 overflows to is beyond f32 too.
      return error <= f32 || got[i] === exact[i] ? [] : [`${op}(${value}) = ${got[i]}, exact ${exact[i]}: ${error} ulp`]
    })
    expect(wrong).toEqual([])
  })

  it.each(['pow', 'atan2'] as const)('%s is within 0.51 ulp of f64', (op) => {
    const r = random(2)
    const n = 20000
    const x = Float32Array.from({ length: n }, (_, i) =>
      [
        () => 10 * r.next(),
        () => r.below(41) - 20,
        () => 2 ** (276 * r.next() - 149),
        () => 1 + 0.01 * (r.next() - 0.5),
      ][i % 4]!(),
    )
    const y = Float32Array.from({ length: n }, (_, i) =>
      i % 4 === 1 ? r.below(41) - 20 : (i % 4 === 3 ? 1e4 : 20) * (r.next() - 0.5),
    )
    const [got, exact] = [binary(op, 'f32', x, y), binary(op, 'f64', x, y)]
    const worst = Math.max(
      ...got.slice().map((value, i) => (value === exact[i] ? 0 : ulps('f32', value, held(exact[i]!)))),
    )
    expect(worst).toBeLessThanOrEqual(0.51)
  })

  it('agrees with JavaScript’s functions', () => {
    const x = spread(3, 20000)
    for (const op of ['exp', 'expm1', 'log', 'log1p', 'tanh', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan'] as const) {
      const got = unary(op, 'f32', x)
      const worst = Math.max(...[...x].map((value, i) => ulps('f32', got[i]!, Math[op](value))))
      expect(worst, op).toBeLessThanOrEqual(1.5)
    }
  })
})

describe('every place', () => {
  it.each(unaryCases)('$op gives an element the same bits at any place, in any company, and in place', ({ op }) => {
    for (const type of ['f32', 'f64'] as const) {
      const x = spread(4, 600)
      const alone = Array.from(x, (value) => unary(op, type, [value])[0])
      expect([...unary(op, type, x)]).toEqual(alone)
      for (const n of [1, 2, 3, 4, 5, 7, 9, 17]) {
        const from = put(type, places[0], x.subarray(n, 2 * n), 1)
        array.unary(unaryCode(op), type === 'f32' ? 0 : 1, n, from, from)
        expect([...view(type, from, n)]).toEqual(alone.slice(n, 2 * n))
      }
    }
  })
})

describe('edges', () => {
  const types = ['f32', 'f64'] as const
  it.each(types)('small and large arguments of %s keep their digits', (type) => {
    const tiny = type === 'f32' ? 2 ** -140 : 2 ** -1060
    for (const op of ['expm1', 'log1p', 'sin', 'tan', 'asin', 'atan', 'tanh'] as const)
      expect([...unary(op, type, [tiny, -tiny, -0])], op).toEqual([tiny, -tiny, -0])
    const far = type === 'f32' ? -100 : -740
    expect(ulps(type, unary('sigmoid', type, [far])[0]!, Math.exp(far))).toBeLessThan(1)
    expect(unary('softplus', type, [far])[0]).toBeGreaterThan(0)
    expect(unary('silu', type, [far])[0]).toBeLessThan(0)
    expect(unary('gelu', type, [type === 'f32' ? -13 : -38])[0]).toBeLessThan(0)
    expect([...unary('softplus', type, [1e4, -1e4, Infinity, -Infinity])]).toEqual([1e4, 0, Infinity, 0])
    expect([...unary('silu', type, [1e4, -1e4, Infinity, -Infinity])]).toEqual([1e4, -0, Infinity, -0])
    for (const op of ['gelu', 'geluTanh'] as const)
      expect([...unary(op, type, [1e4, -1e4, Infinity, -Infinity])]).toEqual([1e4, -0, Infinity, -0])
    expect([...unary('log', type, [0, -0, -1, Infinity])]).toEqual([-Infinity, -Infinity, NaN, Infinity])
    expect([...unary('rsqrt', type, [4, 0, Infinity, -1])]).toEqual([0.5, Infinity, 0, NaN])
  })

  it.each(types)('pow of %s is C’s', (type) => {
    const values = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 2.5, -2.5, Infinity, -Infinity, NaN, 2 ** 100, -(2 ** 100)]
    const x = values.flatMap((one) => values.map(() => one))
    const y = values.flatMap(() => values)
    const got = binary('pow', type, x, y)
    x.forEach((base, i) => {
      const exponent = y[i]!
      // JavaScript's differ from C's where |x| = 1.
      const one = base === 1 || (base === -1 && Math.abs(exponent) === Infinity)
      const expected = one ? 1 : base ** exponent
      expect(
        ulps(type, got[i]!, type === 'f32' ? held(expected) : expected),
        `${base} ** ${exponent}`,
      ).toBeLessThanOrEqual(1)
    })
  })

  it('pow with whole exponents is exact where the power is a number of the type', () => {
    const bases = Array.from({ length: 41 }, (_, i) => i - 20)
    for (let e = 0; e <= 12; e++) {
      const got = binary('pow', 'f64', bases, bases.map(() => e)) // biome-ignore format: one line
      expect([...got]).toEqual(bases.map((base) => Number(BigInt(base) ** BigInt(e))))
    }
  })

  it.each(types)('atan2 of %s keeps the signs of zeros and of infinities', (type) => {
    const values = [0, -0, 1, -1, Infinity, -Infinity, NaN]
    const y = values.flatMap((one) => values.map(() => one))
    const x = values.flatMap(() => values)
    const got = binary('atan2', type, y, x)
    y.forEach((one, i) => {
      expect(ulps(type, got[i]!, Math.atan2(one, x[i]!)), `atan2(${one}, ${x[i]})`).toBeLessThan(1)
    })
  })

  it.each(types)('elu of %s is alpha (e^x - 1) below 0', (type) => {
    const x = [-Infinity, -50, -1, -1e-6, -0, 0, 2, Infinity, NaN]
    const got = binary('elu', type, x, x.map(() => 0.5)) // biome-ignore format: one line
    const held = type === 'f32' ? Float32Array.from(x) : x
    held.forEach((one, i) => {
      expect(ulps(type, got[i]!, one > 0 ? one : 0.5 * Math.expm1(one)), `elu(${one})`).toBeLessThan(1.5)
    })
  })
})
