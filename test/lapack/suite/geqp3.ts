/** Laws of geqp3: QR with column pivoting. */
import { describe, expect, it } from 'vitest'
import type { Lapack } from '../../../src/lapack/index.js'
import {
  corner,
  distance,
  epsilon,
  frobenius,
  lossOfOrthogonality,
  type Matrix,
  matrix,
  matrixClasses,
  product,
  scaled,
  triangleOf,
} from '../matrices.js'
import { type Place, placed } from '../place.js'
import { Random } from '../random.js'
import { backward, orthogonal, reals, shapesUpTo, toUnit } from './common.js'

function pivoted(
  place: Place,
  a: Matrix,
  padding = 0,
): { qr: Matrix; q: Matrix; columns: number[]; tau: Float64Array } {
  const { rows: m, columns: n } = a
  const k = Math.min(m, n)
  const A = place.put(a, padding)
  const [tau, jpvt] = [place.vector(k), place.integers(n)]
  place.lapack.geqp3(place.type, m, n, A.pointer, A.stride, jpvt, tau)
  const qr = place.get(A, m, n)
  const Q = place.put(corner(qr, m, k))
  place.lapack.orgqr(place.type, m, k, k, Q.pointer, Q.stride, tau)
  return { qr, q: place.get(Q, m, k), columns: place.readIntegers(jpvt, n), tau: place.read(tau, k) }
}

export function geqp3Laws(lapack: () => Lapack, most: number): void {
  describe('geqp3', () => {
    it('[[1, 3], [0, 4]]: the second column, of norm 5, comes first', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const { qr, columns } = pivoted(place, { rows: 2, columns: 2, data: Float64Array.of(1, 3, 0, 4) }, 1)
          expect(columns).toEqual([1, 0])
          expect(qr.data[0]).toBeCloseTo(-5, 5)
          // The other column's parts along and across (3, 4) / 5: 3/5 and 4/5.
          expect(Math.abs(qr.data[1]!)).toBeCloseTo(0.6, 5)
          expect(Math.abs(qr.data[3]!)).toBeCloseTo(0.8, 5)
        })
    })

    for (const type of reals)
      for (const cls of matrixClasses)
        it(`${type}: A P = Q R, and R's diagonal falls, for a matrix ${cls.name}`, () => {
          for (const [m, n] of shapesUpTo(most))
            placed(lapack(), type, (place) => {
              const seed = 900 + 1000 * m + n
              const where = `seed ${seed}, ${m} x ${n}`
              const a = place.rounded(cls.make(m, n, new Random(seed), type))
              const k = Math.min(m, n)
              const { unit, factor } = toUnit(a)
              const { qr, q, columns } = pivoted(place, a, (m + n) % 3)
              expect(
                [...columns].sort((x, y) => x - y),
                where,
              ).toEqual(Array.from({ length: n }, (_, j) => j))
              const order = Math.max(4, m, n)
              const R = scaled(triangleOf(corner(qr, k, n), 'upper'), factor)
              const permuted = matrix(m, n, (i, j) => unit.data[i * n + columns[j]!]!)
              const size = frobenius(unit)
              expect(distance(product(q, R), permuted), where).toBeLessThanOrEqual(
                backward * order * epsilon[type] * size,
              )
              expect(lossOfOrthogonality(q), where).toBeLessThanOrEqual(orthogonal * order * epsilon[type])
              // Norms of what remains of the columns are updated, and so known to a few digits fewer than all.
              const diagonal = Array.from({ length: k }, (_, i) => Math.abs(R.data[i * n + i]!))
              const rises = diagonal.findIndex(
                (x, i) => i > 0 && x > diagonal[i - 1]! * (1 + Math.sqrt(epsilon[type])) + order * epsilon[type] * size,
              )
              expect(rises, `${where}: ${diagonal.slice(0, 5)}`).toBe(-1)
            })
        })

    it('shows the rank of an exactly rank-deficient matrix', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const random = new Random(901)
          const rank = 5
          const left = matrix(30, rank, () => random.integer(-3, 3))
          const right = matrix(rank, 20, () => random.integer(-3, 3))
          const a = product(left, right)
          const { qr } = pivoted(place, a)
          const diagonal = Array.from({ length: 20 }, (_, i) => Math.abs(qr.data[i * 20 + i]!))
          const small = 30 * epsilon[type] * frobenius(a)
          expect(diagonal.filter((x) => x > small).length).toBe(rank)
        })
    })

    it('NaN and infinity end, with a permutation, and stay in the factors', () => {
      for (const type of reals)
        for (const value of [Number.NaN, Infinity])
          for (const [m, n] of [
            [1, 1],
            [4, 9],
            [70, 70],
          ] as const)
            placed(lapack(), type, (place) => {
              const random = new Random(902)
              const a = matrix(m, n, (i, j) => (i === m >> 1 && j === n >> 1 ? value : random.normal()))
              const { qr, tau, columns } = pivoted(place, a, 1)
              expect(
                [...qr.data, ...tau].some((x) => !Number.isFinite(x)),
                `${m} x ${n}, ${value}`,
              ).toBe(true)
              expect([...columns].sort((x, y) => x - y)).toEqual(Array.from({ length: n }, (_, j) => j))
            })
    })
  })
}
