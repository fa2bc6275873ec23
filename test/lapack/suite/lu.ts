/** Laws of getrf and getrs: LU with row exchanges, and solutions from its factors. */
import { describe, expect, it } from 'vitest'
import type { Lapack } from '../../../src/lapack/index.js'
import {
  absolute,
  distance,
  epsilon,
  frobenius,
  growing,
  invertibleClasses,
  type Matrix,
  matrix,
  matrixClasses,
  product,
  transposed,
} from '../matrices.js'
import { type Place, type Placed, placed } from '../place.js'
import { Random } from '../random.js'
import { backward, ordersUpTo, reals, relativeResidual, shapesUpTo, toUnit } from './common.js'

interface Factored {
  readonly A: Placed
  readonly ipiv: number
  readonly pivots: readonly number[]
  readonly lu: Matrix
  readonly info: number
}

function factor(place: Place, a: Matrix, padding = 0): Factored {
  const { rows: m, columns: n } = a
  const k = Math.min(m, n)
  const A = place.put(a, padding)
  const ipiv = place.integers(k)
  const info = place.lapack.getrf(place.type, m, n, A.pointer, A.stride, ipiv)
  return { A, ipiv, pivots: place.readIntegers(ipiv, k), lu: place.get(A, m, n), info }
}

/** A with its rows exchanged as the pivots say. */
function exchanged(a: Matrix, pivots: readonly number[]): Matrix {
  const rows = Array.from({ length: a.rows }, (_, i) => i)
  for (const [i, p] of pivots.entries()) [rows[i], rows[p]] = [rows[p]!, rows[i]!]
  return matrix(a.rows, a.columns, (i, j) => a.data[rows[i]! * a.columns + j]!)
}

export function luLaws(lapack: () => Lapack, most: number): void {
  describe('getrf', () => {
    it('[[1, 2], [4, 6]]: exchanged, L = [[1, 0], [1/4, 1]], U = [[4, 6], [0, 1/2]]', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const { lu, pivots, info } = factor(place, { rows: 2, columns: 2, data: Float64Array.of(1, 2, 4, 6) }, 1)
          expect({ info, pivots, lu: [...lu.data] }).toEqual({ info: 0, pivots: [1, 1], lu: [4, 6, 0.25, 0.5] })
        })
    })

    it('says which pivot is exactly zero, and finishes', () => {
      for (const type of reals)
        for (const n of [1, 2, 40])
          for (const bad of new Set([0, n >> 1, n - 1]))
            placed(lapack(), type, (place) => {
              const { info, lu } = factor(
                place,
                matrix(n, n, (i, j) => (i === j && i !== bad ? i + 1 : 0)),
              )
              expect(info).toBe(bad + 1)
              expect(lu.data[n * n - 1]).toBe(bad === n - 1 ? 0 : n)
            })
    })

    it('NaN and infinity stay in the factors or give a positive info, with pivots inside the matrix', () => {
      for (const type of reals)
        for (const value of [Number.NaN, Infinity, -Infinity])
          for (const [m, n] of [
            [1, 1],
            [6, 4],
            [60, 60],
          ] as const)
            for (const where of new Set([0, (m * n) >> 1, m * n - 1]))
              placed(lapack(), type, (place) => {
                const random = new Random(3)
                const { info, lu, pivots } = factor(
                  place,
                  matrix(m, n, (i, j) => (i * n + j === where ? value : random.normal())),
                  2,
                )
                expect(info > 0 || lu.data.some((x) => !Number.isFinite(x)), `${m} x ${n}, ${value} at ${where}`).toBe(
                  true,
                )
                expect(pivots.every((p, i) => p >= i && p < m)).toBe(true)
              })
    })

    for (const type of reals)
      for (const cls of [...matrixClasses, growing])
        it(`${type}: P A = L U with |L| <= 1, for a matrix ${cls.name}`, () => {
          for (const [m, n] of shapesUpTo(most))
            placed(lapack(), type, (place) => {
              const k = Math.min(m, n)
              const seed = 300 + 1000 * m + n
              const where = `seed ${seed}, ${m} x ${n}`
              const a = place.rounded(cls.make(m, n, new Random(seed), type))
              const { lu, pivots, info } = factor(place, a, (m + n) % 3)
              expect(
                pivots.every((p, i) => p >= i && p < m),
                where,
              ).toBe(true)
              const { unit, factor: f } = toUnit(a)
              const at = (i: number, j: number): number => lu.data[i * n + j]!
              const L = matrix(m, k, (i, j) => (i === j ? 1 : i > j ? at(i, j) : 0))
              const U = matrix(k, n, (i, j) => (i <= j ? at(i, j) * f : 0))
              expect(
                L.data.every((x) => Math.abs(x) <= 1 + 4 * epsilon[type]),
                where,
              ).toBe(true)
              // Elements may grow, and the error with them: Higham, Accuracy and Stability (2002), theorem 9.3.
              const size = frobenius(product(absolute(L), absolute(U)))
              const allowed = backward * Math.max(4, k) * epsilon[type] * Math.max(size, frobenius(unit))
              expect(distance(product(L, U), exchanged(unit, pivots)), where).toBeLessThanOrEqual(allowed)
              const zero = Array.from({ length: k }, (_, i) => at(i, i)).indexOf(0)
              expect(info, `${where}: info`).toBe(zero + 1)
            })
        })
  })

  describe('getrs', () => {
    for (const type of reals)
      for (const cls of invertibleClasses)
        for (const trans of [false, true])
          it(`${type}: ${trans ? 'Aᵀ' : 'A'} X = B for a matrix ${cls.name}, many right-hand sides and one`, () => {
            for (const n of ordersUpTo(most))
              for (const nrhs of [0, 1, 2, 19])
                placed(lapack(), type, (place) => {
                  const random = new Random(400 + n)
                  const a = place.rounded(cls.make(n, n, random, type))
                  const exact = matrix(n, nrhs, () => random.normal())
                  const b = place.rounded(product(trans ? transposed(a) : a, exact))
                  const { A, ipiv, info } = factor(place, a, n % 3)
                  expect(info).toBe(0)
                  const B = place.put(b, nrhs % 2)
                  lapack().getrs(type, trans, n, nrhs, A.pointer, A.stride, ipiv, B.pointer, B.stride)
                  const x = place.get(B, n, nrhs)
                  const residual = relativeResidual(trans ? transposed(a) : a, x, b, type)
                  expect(residual, `seed ${400 + n}, n ${n}, nrhs ${nrhs}`).toBeLessThanOrEqual(backward)
                })
          })
  })
}
