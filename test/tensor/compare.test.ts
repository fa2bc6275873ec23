/** Comparisons, logic, and tests for NaN and infinity. */
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../src/core/index.js'
import * as T from '../../src/tensor/index.js'
import { scope, type Tensor, tensor } from '../../src/tensor/index.js'
import { elementwiseLaws, flat, type Row } from './laws.js'

const left = [-2.4, -1.3, 0.5, 0.2, 0.9, 1.6]
const right = [1.9, -1.3, 0.8, -1.4, 0.9, 2.2]
const types = { f32: 'bool', f64: 'bool', i32: 'bool', bool: 'bool' } as const
const gradient = 'none'
const bits = [0, 1, 0, 2, -1, 0]
const others = [0, 0, 3, 1, 0, -2]
const truth = (x: number): boolean => x !== 0

const rows: Row[] = [
  { name: 'eq', fn: T.eq, points: [left, right], reference: (a, b) => Number(a === b), types, gradient },
  { name: 'ne', fn: T.ne, points: [left, right], reference: (a, b) => Number(a !== b), types, gradient },
  { name: 'lt', fn: T.lt, points: [left, right], reference: (a, b) => Number(a < b), types, gradient },
  { name: 'le', fn: T.le, points: [left, right], reference: (a, b) => Number(a <= b), types, gradient },
  { name: 'gt', fn: T.gt, points: [left, right], reference: (a, b) => Number(a > b), types, gradient },
  { name: 'ge', fn: T.ge, points: [left, right], reference: (a, b) => Number(a >= b), types, gradient },
  {
    name: 'lt of a number',
    fn: (x) => T.lt(0.5, x),
    points: [left],
    reference: (a) => Number(0.5 < a),
    types,
    gradient,
  },
  {
    name: 'ge with a number',
    fn: (x) => x.ge(0.5),
    points: [left],
    reference: (a) => Number(a >= 0.5),
    types,
    gradient,
  },
  { name: 'logicalAnd', fn: T.logicalAnd, points: [bits, others], reference: (a, b) => Number(truth(a) && truth(b)), types, gradient }, // biome-ignore format: a table
  { name: 'logicalOr', fn: T.logicalOr, points: [left, right], reference: () => 1, types, gradient },
  { name: 'logicalXor', fn: T.logicalXor, points: [[0, 1, 0, 2], [0, 0, 3, 1]], reference: (a, b) => Number(truth(a) !== truth(b)), types, gradient }, // biome-ignore format: a table
  {
    name: 'logicalNot',
    fn: T.logicalNot,
    points: [[0, -1, -0, 2]],
    reference: (a) => Number(a === 0),
    types,
    gradient,
  },
  { name: 'isnan', fn: T.isnan, points: [left], reference: () => 0, types, gradient },
  { name: 'isfinite', fn: T.isfinite, points: [left], reference: () => 1, types, gradient },
  { name: 'isinf', fn: T.isinf, points: [left], reference: () => 0, types, gradient },
]

for (const row of rows) elementwiseLaws(row)

const f64 = (...values: number[]): Tensor => tensor(values, { dtype: 'f64' })

describe('comparisons', () => {
  it('NaN equals nothing and is in no order', () => {
    scope(() => {
      const [x, y] = [f64(NaN, NaN, 1), f64(NaN, 1, NaN)]
      expect(flat(T.eq(x, y))).toEqual([0, 0, 0])
      expect(flat(T.ne(x, y))).toEqual([1, 1, 1])
      for (const op of [T.lt, T.le, T.gt, T.ge]) expect(flat(op(x, y))).toEqual([0, 0, 0])
    })
  })

  it('0 equals -0, infinities themselves', () => {
    scope(() => expect(flat(T.eq(f64(0, Infinity, -Infinity), f64(-0, Infinity, Infinity)))).toEqual([1, 1, 0]))
  })

  it('broadcasts', () => {
    scope(() => {
      const out = T.lt(tensor([[1], [2], [3]]), tensor([2, 3]))
      expect(out.shape).toEqual([3, 2])
      expect(flat(out)).toEqual([1, 1, 0, 1, 0, 0])
    })
  })

  it('of types that differ compares in the one that holds both', () => {
    scope(() => {
      const big = tensor([2 ** 24 + 1], { dtype: 'i32' })
      expect(flat(T.gt(big, tensor([2 ** 24])))).toEqual([1])
      expect(flat(T.eq(big, 0.5))).toEqual([0])
      expect(flat(T.lt(big, 1e12))).toEqual([1])
      expect(flat(T.lt(tensor([true, false]), 1))).toEqual([0, 1])
      // A number is weak: it takes f32 beside f32.
      expect(flat(T.eq(tensor([0.1]), 0.1))).toEqual([1])
    })
  })

  it('is not differentiable, and says nothing of it', () => {
    scope(() => expect(T.gt(tensor([1], { requiresGrad: true }), 0).requiresGrad).toBe(false))
  })
})

describe('logic', () => {
  it('takes what is not 0 as true, NaN too', () => {
    scope(() => {
      expect(flat(T.logicalNot(f64(0, -0, NaN, 3)))).toEqual([1, 1, 0, 0])
      expect(flat(T.logicalAnd(f64(0, NaN, 1), 5))).toEqual([0, 1, 1])
      expect(flat(T.logicalXor(tensor([true, false]), tensor([1, 1], { dtype: 'i32' })))).toEqual([0, 1])
    })
  })

  it('tells NaN, infinities and the rest apart', () => {
    scope(() => {
      const x = f64(NaN, Infinity, -Infinity, 1, 0)
      expect(flat(T.isnan(x))).toEqual([1, 0, 0, 0, 0])
      expect(flat(T.isinf(x))).toEqual([0, 1, 1, 0, 0])
      expect(flat(T.isfinite(x))).toEqual([0, 0, 0, 1, 1])
    })
  })
})

describe('messages', () => {
  it.each([
    [() => T.eq(1 as never, 2), 'eq: got number; expected a tensor. Try tensor(...).'],
    [() => T.lt(tensor([1]), null as never), 'lt: got null; expected a tensor. Try tensor(...).'],
    [
      () => T.gt(T.zeros([2]), T.zeros([3])),
      'gt: shapes [2] and [3] do not broadcast: 2 and 3 at axis -1; expected equal sizes, or 1.',
    ],
    [() => T.logicalNot('x' as never), 'logicalNot: got string; expected a tensor. Try tensor(...).'],
  ])('%#', (fn, message) => {
    scope(() => expect(fn).toThrow(new UsageError(message)))
  })
})
