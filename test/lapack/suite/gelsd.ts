/** Laws of gelsd: least squares of minimum norm. */
import { describe, expect, it } from 'vitest'
import type { Lapack } from '../../../src/lapack/index.js'
import {
  corner,
  distance,
  epsilon,
  frobenius,
  type Matrix,
  matrix,
  matrixClasses,
  product,
  scaled,
  transposed,
} from '../matrices.js'
import { type Place, placed } from '../place.js'
import { Random } from '../random.js'
import { backward, reals, shapesUpTo, toUnit } from './common.js'

interface Solved {
  readonly x: Matrix
  /** B as it was left, all max(m, n) rows. */
  readonly after: Matrix
  readonly values: Float64Array
  readonly rank: number
  readonly info: number
}

function leastSquares(place: Place, a: Matrix, b: Matrix, rcond: number, padding = 0): Solved {
  const { rows: m, columns: n } = a
  const rows = Math.max(m, n)
  const A = place.put(a, padding)
  const B = place.put(
    matrix(rows, b.columns, (i, j) => (i < m ? b.data[i * b.columns + j]! : Number.NaN)),
    padding,
  )
  const s = place.vector(Math.min(m, n))
  const { info, rank } = place.lapack.gelsd(
    place.type,
    m,
    n,
    b.columns,
    A.pointer,
    A.stride,
    B.pointer,
    B.stride,
    s,
    rcond,
  )
  place.get(A, m, n)
  const after = place.get(B, rows, b.columns)
  return { x: corner(after, n, b.columns), after, values: place.read(s, Math.min(m, n)), rank, info }
}

/** A^+ B from the singular value decomposition, singular values up to rcond s_1 left out. */
function pseudoSolution(
  place: Place,
  a: Matrix,
  b: Matrix,
  rcond: number,
): { x: Matrix; values: Float64Array; rank: number } {
  const { rows: m, columns: n } = a
  const k = Math.min(m, n)
  const [A, U, V] = [place.put(a), place.put(matrix(m, k, () => 0)), place.put(matrix(k, n, () => 0))]
  const s = place.vector(k)
  place.lapack.gesdd(place.type, 'thin', m, n, A.pointer, A.stride, s, U.pointer, U.stride, V.pointer, V.stride)
  const [u, vh, values] = [place.get(U, m, k), place.get(V, k, n), place.read(s, k)]
  const rank = values.filter((x) => x > rcond * values[0]!).length
  const coordinates = product(transposed(u), b)
  const kept = matrix(k, b.columns, (i, j) => (i < rank ? coordinates.data[i * b.columns + j]! / values[i]! : 0))
  return { x: product(transposed(vh), kept), values, rank }
}

/** Classes with a gap in the singular values or none at all to decide on, and the cut within the gap. */
const cut: Record<string, number> = {
  random: 1e-5,
  'of low rank': 1e-5,
  'singular (a zero row and two equal columns)': 1e-5,
  clustered: 1e-5,
  zero: 1e-5,
  identity: 1e-5,
  'of ones': 1e-5,
  rotation: 1e-5,
  companion: 1e-5,
  huge: 1e-5,
  tiny: 1e-5,
}

export function gelsdLaws(lapack: () => Lapack, most: number): void {
  describe('gelsd', () => {
    it('fits a line to (0, 1), (1, 3), (2, 4), (3, 4): 1.5 + x, with residuals of squared sum 1', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const a = matrix(4, 2, (i, j) => (j === 0 ? 1 : i))
          const { x, after, rank, info } = leastSquares(
            place,
            a,
            { rows: 4, columns: 1, data: Float64Array.of(1, 3, 4, 4) },
            -1,
            1,
          )
          expect({ rank, info }).toEqual({ rank: 2, info: 0 })
          expect(x.data[0]).toBeCloseTo(1.5, 5)
          expect(x.data[1]).toBeCloseTo(1, 5)
          expect(after.data[2]! ** 2 + after.data[3]! ** 2).toBeCloseTo(1, 5)
        })
    })

    it('x + y = 2 has the solution (1, 1) of least norm', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const { x, rank, values } = leastSquares(
            place,
            matrix(1, 2, () => 1),
            matrix(1, 1, () => 2),
            -1,
          )
          expect(rank).toBe(1)
          expect(values[0]).toBeCloseTo(Math.SQRT2, 6)
          for (const value of x.data) expect(value).toBeCloseTo(1, 6)
        })
    })

    for (const type of reals)
      for (const cls of matrixClasses.filter(({ name }) => name in cut))
        it(`${type}: the pseudo-inverse's solution, singular values and rank, for a matrix ${cls.name}`, () => {
          const rcond = type === 'f64' ? cut[cls.name]! : 1e-4
          for (const [m, n] of shapesUpTo(most))
            for (const nrhs of [0, 1, 3])
              placed(lapack(), type, (place) => {
                const seed = 1100 + 1000 * m + n
                const where = `seed ${seed}, ${m} x ${n}, nrhs ${nrhs}`
                const random = new Random(seed)
                const a = place.rounded(cls.make(m, n, random, type))
                const b = place.rounded(matrix(m, nrhs, () => random.normal()))
                const got = leastSquares(place, a, b, rcond, (m + n) % 3)
                const expected = pseudoSolution(place, a, b, rcond)
                expect(got.info, where).toBe(0)
                expect(got.rank, where).toBe(expected.rank)
                const order = Math.max(4, m, n)
                const k = Math.min(m, n)
                const first = expected.values[0] ?? 0
                const apart = got.values.reduce(
                  (x, y, i) => Math.max(x, Math.abs(y - expected.values[i]!) / (first || 1)),
                  0,
                )
                expect(apart, `${where}: singular values`).toBeLessThanOrEqual(backward * order * epsilon[type])
                // Perturbation of the minimum norm solution: eps kappa^2 times its size and the residual's. Wedin, BIT 13 (1973).
                const condition = expected.rank > 0 ? first / expected.values[expected.rank - 1]! : 1
                const { factor } = toUnit(a)
                const [x, y] = [scaled(got.x, 1 / factor), scaled(expected.x, 1 / factor)]
                const allowed = backward * order * epsilon[type] * condition ** 2 * (frobenius(y) + frobenius(b))
                expect(distance(x, y), where).toBeLessThanOrEqual(allowed)
                if (m > n && expected.rank === k && k > 0) {
                  const residual = distance(product(scaled(a, factor), x), b)
                  const rest = frobenius(matrix(m - n, nrhs, (i, j) => got.after.data[(n + i) * nrhs + j]!))
                  expect(Math.abs(rest - residual), `${where}: residual`).toBeLessThanOrEqual(
                    backward * order * epsilon[type] * condition * frobenius(b),
                  )
                }
              })
        })

    it('an empty matrix has the solution 0 and rank 0', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const { x, rank, info } = leastSquares(
            place,
            matrix(0, 3, () => 0),
            matrix(0, 2, () => 0),
            -1,
          )
          expect({ x: [...x.data], rank, info }).toEqual({ x: [0, 0, 0, 0, 0, 0], rank: 0, info: 0 })
        })
    })

    it('NaN and infinity end: in A in NaN throughout, in B in the column they stand in', () => {
      for (const type of reals)
        for (const value of [Number.NaN, Infinity])
          placed(lapack(), type, (place) => {
            const random = new Random(1101)
            const a = matrix(30, 20, (i, j) => (i === 3 && j === 4 ? value : random.normal()))
            const spoilt = leastSquares(
              place,
              a,
              matrix(30, 1, () => 1),
              -1,
            )
            expect(spoilt.info > 0 || spoilt.x.data.every((x) => Number.isNaN(x))).toBe(true)
            expect(spoilt.values.every((x) => Number.isNaN(x))).toBe(true)
            const good = matrix(30, 20, () => random.normal())
            const { x, info } = leastSquares(
              place,
              good,
              matrix(30, 2, (i, j) => (i === 2 && j === 1 ? value : 1)),
              -1,
            )
            expect(info).toBe(0)
            expect([...x.data].every((y, i) => Number.isFinite(y) === (i % 2 === 0))).toBe(true)
          })
    })
  })
}
