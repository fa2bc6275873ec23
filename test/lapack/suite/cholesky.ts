/** Laws of potrf and potri: Cholesky factors and the inverse from them. */
import { describe, expect, it } from 'vitest'
import type { Lapack, Real, Triangle } from '../../../src/lapack/index.js'
import {
  distance,
  epsilon,
  frobenius,
  identity,
  type Matrix,
  type MatrixClass,
  matrix,
  matrixClasses,
  product,
  scaled,
  transposed,
  triangleOf,
} from '../matrices.js'
import { type Place, placed } from '../place.js'
import { Random } from '../random.js'
import { backward, ordersUpTo, reals, relativeResidual, toUnit, triangles } from './common.js'

/** G = A Aᵀ of a class, at its scale, with enough on the diagonal that rounding cannot make it indefinite: n^2 eps ||G||, or 1 for zero. */
function positiveDefinite(cls: MatrixClass, n: number, random: Random, type: Real): Matrix {
  const { unit, factor } = toUnit(cls.make(n, n, random, type))
  const gram = product(unit, transposed(unit))
  const shift = n * n * epsilon[type] * frobenius(gram) || 1
  return scaled(
    matrix(n, n, (i, j) => gram.data[i * n + j]! + (i === j ? shift : 0)),
    1 / factor,
  )
}

/** What stands in the other triangle, which must be left alone. */
const other = 77

function put(place: Place, a: Matrix, triangle: Triangle, padding: number) {
  const isMine = (i: number, j: number): boolean => (triangle === 'upper' ? j >= i : j <= i)
  return place.put(
    matrix(a.rows, a.rows, (i, j) => (isMine(i, j) ? a.data[i * a.rows + j]! : other)),
    padding,
  )
}

/** The triangle, after a look at the other one. */
function take(after: Matrix, triangle: Triangle): Matrix {
  const n = after.rows
  const rest = [...after.data].filter((_, at) =>
    triangle === 'upper' ? at % n < Math.floor(at / n) : at % n > Math.floor(at / n),
  )
  expect(
    rest.filter((x) => x !== other),
    'elements of the other triangle that were overwritten',
  ).toEqual([])
  return triangleOf(after, triangle)
}

export function choleskyLaws(lapack: () => Lapack, most: number): void {
  describe('potrf', () => {
    it('[[4, 2], [2, 5]] = [[2, 0], [1, 2]] [[2, 1], [0, 2]]', () => {
      for (const type of reals)
        for (const triangle of triangles)
          placed(lapack(), type, (place) => {
            const A = put(place, { rows: 2, columns: 2, data: Float64Array.of(4, 2, 2, 5) }, triangle, 1)
            expect(lapack().potrf(type, triangle, 2, A.pointer, A.stride)).toBe(0)
            const expected = triangle === 'lower' ? [2, 0, 1, 2] : [2, 1, 0, 2]
            expect([...take(place.get(A, 2, 2), triangle).data]).toEqual(expected)
          })
    })

    it('says which leading minor is not positive', () => {
      for (const type of reals)
        for (const triangle of triangles)
          for (const n of [1, 2, 33, 100])
            for (const bad of new Set([0, n >> 1, n - 1]))
              placed(lapack(), type, (place) => {
                const a = matrix(n, n, (i, j) => (i === j ? (i === bad ? -1 : 2) : 0))
                const A = put(place, a, triangle, 0)
                expect(lapack().potrf(type, triangle, n, A.pointer, A.stride)).toBe(bad + 1)
              })
    })

    it('ends with NaN in the factor or a positive info for NaN and infinity', () => {
      for (const type of reals)
        for (const triangle of triangles)
          for (const value of [Number.NaN, Infinity])
            for (const n of [1, 5, 70])
              placed(lapack(), type, (place) => {
                const a = matrix(n, n, (i, j) => (i === j ? (i === n >> 1 ? value : 2) : 0.5 / n))
                const A = put(place, a, triangle, 0)
                const info = lapack().potrf(type, triangle, n, A.pointer, A.stride)
                const factor = place.get(A, n, n).data
                expect(info > 0 || factor.some((x) => !Number.isFinite(x)), `n ${n}, ${value}`).toBe(true)
              })
    })

    for (const type of reals)
      for (const cls of matrixClasses)
        it(`${type}: A = L Lᵀ and potri's A^-1 A = I, A the Gram matrix of one ${cls.name}`, () => {
          for (const n of ordersUpTo(most))
            for (const triangle of triangles)
              placed(lapack(), type, (place) => {
                const a = place.rounded(positiveDefinite(cls, n, new Random(200 + n), type))
                const where = `seed ${200 + n}, n ${n}, ${triangle}`
                const A = put(place, a, triangle, n % 3)
                expect(lapack().potrf(type, triangle, n, A.pointer, A.stride), where).toBe(0)
                const factor = take(place.get(A, n, n), triangle)
                // At A's scale the factor's is the root: judged as A / 4^k = (L / 2^k) (L / 2^k)ᵀ.
                const half = 2 ** Math.round(-Math.log2(frobenius(a) || 1) / 2)
                const L = scaled(triangle === 'lower' ? factor : transposed(factor), half)
                const unit = scaled(scaled(a, half), half)
                const allowed = backward * Math.max(4, n) * epsilon[type] * frobenius(unit)
                expect(distance(product(L, transposed(L)), unit), where).toBeLessThanOrEqual(allowed)

                expect(lapack().potri(type, triangle, n, A.pointer, A.stride), where).toBe(0)
                const part = take(place.get(A, n, n), triangle)
                const inverse = matrix(n, n, (i, j) => part.data[i * n + j]! || part.data[j * n + i]!)
                // Higham, Accuracy and Stability (2002), section 14.2: the residual is bounded by the sizes of A and of its inverse.
                expect(relativeResidual(a, inverse, identity(n), type), `${where}: inverse`).toBeLessThanOrEqual(
                  backward,
                )
              })
        })
  })
}
