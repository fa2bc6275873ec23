/** gemv, trsm and trmm of the portable implementation, against plain sums in float64, with guarded padding and poisoned triangles. */
import { beforeAll, describe, expect, it } from 'vitest'
import { createKernels } from '../../src/kernels/index.js'
import type { Lapack, Real, Side, Triangle } from '../../src/lapack/index.js'
import { createPortable } from '../../src/lapack/portable/index.js'
import { distance, epsilon, frobenius, type Matrix, matrix, product, scaled, transposed } from './matrices.js'
import { placed } from './place.js'
import { Random } from './random.js'

let lapack: Lapack
beforeAll(() => {
  lapack = createPortable(createKernels())
})

const reals: readonly Real[] = ['f32', 'f64']
const flags = [false, true]
const combinations = (['left', 'right'] as Side[]).flatMap((side) =>
  (['lower', 'upper'] as Triangle[]).flatMap((triangle) =>
    flags.flatMap((trans) => flags.map((unit) => ({ side, triangle, trans, unit }))),
  ),
)

/** A well-conditioned triangle; what is not part of it is NaN, which would show in any result that reads it. */
function poisonedTriangle(n: number, triangle: Triangle, unit: boolean, random: Random): Matrix {
  return matrix(n, n, (i, j) => {
    const isMine = triangle === 'lower' ? j < i : j > i
    if (i === j) return unit ? Number.NaN : 2 + random.uniform()
    return isMine ? (2 * random.uniform() - 1) / Math.sqrt(n) : Number.NaN
  })
}

/** The triangle as a full matrix. */
const full = (a: Matrix, unit: boolean): Matrix =>
  matrix(a.rows, a.rows, (i, j) => {
    if (i === j) return unit ? 1 : a.data[i * a.rows + j]!
    const value = a.data[i * a.rows + j]!
    return Number.isNaN(value) ? 0 : value
  })

describe('trsm', () => {
  it('solves [[2, 0], [1, 4]] x = [2, 9]', () => {
    placed(lapack, 'f64', (place) => {
      const A = place.put(matrix(2, 2, (i, j) => [2, Number.NaN, 1, 4][i * 2 + j]!))
      const B = place.put(matrix(2, 1, (i) => [2, 9][i]!))
      lapack.trsm('f64', 'left', 'lower', false, false, 2, 1, 1, A.pointer, A.stride, B.pointer, B.stride)
      expect([...place.get(B, 2, 1).data]).toEqual([1, 2])
    })
  })

  describe.each(reals)('%s', (type) => {
    it.each(combinations)('op(A) X = alpha B of every size: $side $triangle trans $trans unit $unit', (one) => {
      const { side, triangle, trans, unit } = one
      const random = new Random(51)
      for (const [order, others] of sizes)
        placed(lapack, type, (place) => {
          const [m, n] = side === 'left' ? [order, others] : [others, order]
          const a = place.rounded(poisonedTriangle(order, triangle, unit, random))
          const b = place.rounded(matrix(m, n, () => random.normal()))
          const A = place.put(a, order % 3)
          const B = place.put(b, others % 4)
          lapack.trsm(type, side, triangle, trans, unit, m, n, -0.5, A.pointer, A.stride, B.pointer, B.stride)
          const x = place.get(B, m, n)
          const op = trans ? transposed(full(a, unit)) : full(a, unit)
          const back = side === 'left' ? product(op, x) : product(x, op)
          const allowed = 4 * (order + 1) * epsilon[type] * frobenius(op) * frobenius(x)
          expect(distance(back, scaled(b, -0.5)), `${order} x ${others}`).toBeLessThanOrEqual(allowed)
        })
    })
  })

  it('writes zeros for alpha = 0, whatever A and B hold', () => {
    placed(lapack, 'f64', (place) => {
      const A = place.put(matrix(3, 3, () => Number.NaN))
      const B = place.put(matrix(3, 5, () => Number.NaN))
      lapack.trsm('f64', 'left', 'upper', false, false, 3, 5, 0, A.pointer, A.stride, B.pointer, B.stride)
      expect([...place.get(B, 3, 5).data]).toEqual(new Array(15).fill(0))
    })
  })

  it('keeps columns of B apart: one that holds NaN or Infinity spoils no other', () => {
    placed(lapack, 'f64', (place) => {
      const random = new Random(52)
      const a = poisonedTriangle(70, 'upper', false, random)
      const b = matrix(70, 3, (i, j) => (j === 1 ? (i % 2 === 0 ? Number.NaN : Infinity) : i + j))
      const clean = matrix(70, 3, (i, j) => (j === 1 ? 0 : i + j))
      const [one, two] = [b, clean].map((rhs) => {
        const [A, B] = [place.put(a), place.put(rhs)]
        lapack.trsm('f64', 'left', 'upper', false, false, 70, 3, 1, A.pointer, A.stride, B.pointer, B.stride)
        return place.get(B, 70, 3)
      }) as [Matrix, Matrix]
      for (const j of [0, 2]) for (let i = 0; i < 70; i++) expect(one.data[i * 3 + j]).toBe(two.data[i * 3 + j])
    })
  })
})

/** Order of the triangle and number of lines on its other side: around strips (8 and 16), blocks (32), and halves of halves. */
const sizes = [
  [0, 3],
  [3, 0],
  [1, 1],
  [2, 1],
  [7, 9],
  [8, 8],
  [31, 1],
  [32, 16],
  [33, 17],
  [65, 5],
  [70, 1],
  [129, 1],
  [131, 40],
] as const

describe('trmm', () => {
  describe.each(reals)('%s', (type) => {
    it.each(combinations)('alpha op(A) B of every size: $side $triangle trans $trans unit $unit', (one) => {
      const { side, triangle, trans, unit } = one
      const random = new Random(53)
      for (const [order, others] of sizes)
        placed(lapack, type, (place) => {
          const [m, n] = side === 'left' ? [order, others] : [others, order]
          const a = place.rounded(poisonedTriangle(order, triangle, unit, random))
          const b = place.rounded(matrix(m, n, () => random.normal()))
          const A = place.put(a, order % 3)
          const B = place.put(b, others % 4)
          lapack.trmm(type, side, triangle, trans, unit, m, n, 1.5, A.pointer, A.stride, B.pointer, B.stride)
          const op = trans ? transposed(full(a, unit)) : full(a, unit)
          const expected = scaled(side === 'left' ? product(op, b) : product(b, op), 1.5)
          const allowed = 4 * (order + 1) * epsilon[type] * frobenius(op) * frobenius(b)
          expect(distance(place.get(B, m, n), expected), `${order} x ${others}`).toBeLessThanOrEqual(allowed)
        })
    })
  })
})

describe.each(reals)('gemv of %s', (type) => {
  it('alpha op(A) x + beta y of every tail, and never reads y for beta = 0', () => {
    const random = new Random(54)
    for (const trans of flags)
      for (const m of [0, 1, 2, 3, 4, 5, 9, 40, 1027])
        for (const n of [0, 1, 2, 3, 4, 5, 7, 8, 33])
          for (const beta of [0, 1, -2])
            placed(lapack, type, (place) => {
              const [into, from] = trans ? [n, m] : [m, n]
              const a = place.rounded(matrix(m, n, () => random.normal()))
              const x = place.rounded(matrix(from, 1, () => random.normal()))
              const y = place.rounded(matrix(into, 1, () => (beta === 0 ? Number.NaN : random.normal())))
              const [A, X, Y] = [place.put(a, m % 3), place.put(x), place.put(y)]
              lapack.gemv(type, trans, m, n, 0.5, A.pointer, A.stride, X.pointer, beta, Y.pointer)
              const sum = product(trans ? transposed(a) : a, x)
              const expected = matrix(into, 1, (i) => 0.5 * sum.data[i]! + (beta === 0 ? 0 : beta * y.data[i]!))
              const size = frobenius(a) * frobenius(x) + (beta === 0 ? 0 : 2 * frobenius(y))
              expect(distance(place.get(Y, into, 1), expected), `${m} x ${n}`).toBeLessThanOrEqual(
                (from + 4) * epsilon[type] * size,
              )
            })
  })

  it('lets an infinity through as an infinity', () => {
    placed(lapack, type, (place) => {
      const A = place.put(matrix(5, 1, (i) => (i === 4 ? Infinity : 1)))
      const [x, y] = [place.put(matrix(5, 1, () => 1)), place.put(matrix(1, 1, () => 0))]
      lapack.gemv(type, true, 5, 1, 1, A.pointer, A.stride, x.pointer, 0, y.pointer)
      expect(place.get(y, 1, 1).data[0]).toBe(Infinity)
    })
  })
})
