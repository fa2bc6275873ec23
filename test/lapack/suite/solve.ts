/** Laws of gesv and getri: solutions and inverses in one step. */
import { describe, expect, it } from 'vitest'
import type { Lapack } from '../../../src/lapack/index.js'
import { identity, invertibleClasses, type Matrix, matrix, matrixClasses, product } from '../matrices.js'
import { type Place, placed } from '../place.js'
import { Random } from '../random.js'
import { backward, ordersUpTo, reals, relativeResidual } from './common.js'

function solve(place: Place, a: Matrix, b: Matrix, padding = 0): { x: Matrix; info: number } {
  const n = a.rows
  const [A, B] = [place.put(a, padding), place.put(b, padding)]
  const info = place.lapack.gesv(place.type, n, b.columns, A.pointer, A.stride, B.pointer, B.stride)
  place.get(A, n, n)
  return { x: place.get(B, n, b.columns), info }
}

function invert(place: Place, a: Matrix, padding = 0): { inverse: Matrix; info: number } {
  const A = place.put(a, padding)
  const info = place.lapack.getri(place.type, a.rows, A.pointer, A.stride)
  return { inverse: place.get(A, a.rows, a.rows), info }
}

/** Exactly singular in any order of elimination. */
const singular: readonly (readonly [string, Matrix, number])[] = [
  ['[[0]]', matrix(1, 1, () => 0), 1],
  ['[[1, 2], [2, 4]]', { rows: 2, columns: 2, data: Float64Array.of(1, 2, 2, 4) }, 2],
  ['zero of order 9', matrix(9, 9, () => 0), 1],
]

export function solveLaws(lapack: () => Lapack, most: number): void {
  describe('gesv', () => {
    it('[[2, 1], [1, 3]] x = (3, 5): x = (4/5, 7/5)', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const a = { rows: 2, columns: 2, data: Float64Array.of(2, 1, 1, 3) }
          const { x, info } = solve(place, a, { rows: 2, columns: 1, data: Float64Array.of(3, 5) }, 1)
          expect(info).toBe(0)
          expect(x.data[0]).toBeCloseTo(0.8, 6)
          expect(x.data[1]).toBeCloseTo(1.4, 6)
        })
    })

    it.each(singular)('says that %s is singular, and at which pivot', (_, a, pivot) => {
      for (const type of reals)
        for (const columns of [0, 1, 3])
          placed(lapack(), type, (place) => {
            expect(
              solve(
                place,
                a,
                matrix(a.rows, columns, () => 1),
              ).info,
            ).toBe(pivot)
          })
    })

    it('NaN in A ends in NaN or a positive info', () => {
      for (const type of reals)
        for (const n of [1, 2, 40])
          for (const columns of [1, 3])
            placed(lapack(), type, (place) => {
              const random = new Random(4)
              const a = matrix(n, n, (i, j) => (i === n >> 1 && j === 0 ? Number.NaN : random.normal()))
              const b = matrix(n, columns, () => 1)
              const { x, info } = solve(place, a, b, 1)
              expect(info > 0 || x.data.every((y) => Number.isNaN(y)), `n ${n}`).toBe(true)
            })
    })

    it('NaN in one right-hand side leaves the others alone', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const b = matrix(3, 2, (_, j) => (j === 0 ? Number.NaN : 3))
          const { x, info } = solve(
            place,
            matrix(3, 3, (i, j) => (i === j ? 3 : 0)),
            b,
          )
          expect(info).toBe(0)
          expect([...x.data].filter((_, i) => i % 2 === 1)).toEqual([1, 1, 1])
        })
    })

    for (const type of reals)
      for (const cls of matrixClasses)
        it(`${type}: A X = B for a matrix ${cls.name}, or info > 0`, () => {
          for (const n of ordersUpTo(most))
            for (const nrhs of [0, 1, 2, 19])
              placed(lapack(), type, (place) => {
                const random = new Random(500 + n)
                const a = place.rounded(cls.make(n, n, random, type))
                const b = place.rounded(
                  product(
                    a,
                    matrix(n, nrhs, () => random.normal()),
                  ),
                )
                const { x, info } = solve(place, a, b, (n + nrhs) % 3)
                const where = `seed ${500 + n}, n ${n}, nrhs ${nrhs}`
                if (invertibleClasses.includes(cls)) expect(info, where).toBe(0)
                // A numerically singular A may have a solution beyond the range of the type.
                else if (info > 0 || x.data.some((y) => !Number.isFinite(y))) return
                expect(relativeResidual(a, x, b, type), where).toBeLessThanOrEqual(backward)
              })
        })
  })

  describe('getri', () => {
    it('inverts [[2, 1], [4, 4]] to [[1, -1/4], [-1, 1/2]]', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const { inverse, info } = invert(place, { rows: 2, columns: 2, data: Float64Array.of(2, 1, 4, 4) }, 1)
          expect(info).toBe(0)
          for (const [i, expected] of [1, -0.25, -1, 0.5].entries()) expect(inverse.data[i]).toBeCloseTo(expected, 6)
        })
    })

    it.each(singular)('says that %s is singular, and at which pivot', (_, a, pivot) => {
      for (const type of reals) placed(lapack(), type, (place) => expect(invert(place, a).info).toBe(pivot))
    })

    it('NaN ends in NaN or a positive info', () => {
      for (const type of reals)
        for (const n of [1, 3, 50])
          placed(lapack(), type, (place) => {
            const a = matrix(n, n, (i, j) => (i === 0 && j === n - 1 ? Number.NaN : i === j ? 2 : 0))
            const { inverse, info } = invert(place, a)
            expect(info > 0 || inverse.data.some((x) => Number.isNaN(x))).toBe(true)
          })
    })

    for (const type of reals)
      for (const cls of invertibleClasses)
        it(`${type}: A A^-1 = I or A^-1 A = I for a matrix ${cls.name}`, () => {
          for (const n of ordersUpTo(most))
            placed(lapack(), type, (place) => {
              const a = place.rounded(cls.make(n, n, new Random(600 + n), type))
              const { inverse, info } = invert(place, a, n % 3)
              expect(info).toBe(0)
              // Which of the two is small depends on the method: Higham, Accuracy and Stability (2002), section 14.3.
              const [right, left] = [
                relativeResidual(a, inverse, identity(n), type),
                relativeResidual(inverse, a, identity(n), type),
              ]
              expect(Math.min(right, left), `seed ${600 + n}, n ${n}`).toBeLessThanOrEqual(backward)
            })
        })
  })
}
