/** Laws of syevd: Eigenvalues and eigenvectors of symmetric matrices. */
import { describe, expect, it } from 'vitest'
import type { Lapack, Triangle } from '../../../src/lapack/index.js'
import {
  distance,
  epsilon,
  frobenius,
  lossOfOrthogonality,
  type Matrix,
  matrix,
  matrixClasses,
  product,
  symmetric,
  transposed,
} from '../matrices.js'
import { type Place, placed } from '../place.js'
import { Random } from '../random.js'
import { backward, ending, orthogonal, reals, toUnit, triangles } from './common.js'

interface Eigen {
  values: Float64Array
  vectors: Matrix | null
  info: number
}

/** Decomposes from one triangle, with rubbish in the other. */
function eigen(place: Place, a: Matrix, vectors: boolean, triangle: Triangle, padding = 0): Eigen {
  const n = a.rows
  const half = matrix(n, n, (i, j) => ((triangle === 'upper' ? j >= i : j <= i) ? a.data[i * n + j]! : Number.NaN))
  const A = place.put(half, padding)
  const w = place.vector(n)
  const info = place.lapack.syevd(place.type, vectors, triangle, n, A.pointer, A.stride, w)
  const after = place.get(A, n, n)
  return { values: place.read(w, n), vectors: vectors ? after : null, info }
}

const ascending = (values: Float64Array): boolean => values.every((x, i) => i === 0 || values[i - 1]! <= x)

export function syevdLaws(lapack: () => Lapack, most: number): void {
  describe('syevd', () => {
    it('[[2, 1], [1, 2]] has eigenvalues 1 and 3, eigenvectors (1, -1) and (1, 1)', () => {
      for (const type of reals)
        for (const triangle of triangles)
          placed(lapack(), type, (place) => {
            const a = { rows: 2, columns: 2, data: Float64Array.of(2, 1, 1, 2) }
            const { values, vectors, info } = eigen(place, a, true, triangle)
            expect(info).toBe(0)
            expect(values[0]).toBeCloseTo(1, 6)
            expect(values[1]).toBeCloseTo(3, 6)
            const [v00, v01, v10, v11] = vectors!.data
            expect(v00! * v10!).toBeCloseTo(-0.5, 6)
            expect(v01! * v11!).toBeCloseTo(0.5, 6)
          })
    })

    it('agrees with the closed form of the second difference: 2 - 2 cos(k pi / (n + 1))', () => {
      for (const type of reals)
        for (const n of [1, 2, 3, 31, 32, 33, 64, 150, 257])
          for (const vectors of [false, true])
            placed(lapack(), type, (place) => {
              const a = matrix(n, n, (i, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0))
              const { values, info } = eigen(place, a, vectors, 'lower')
              expect(info).toBe(0)
              const error = values.reduce(
                (worst, x, i) => Math.max(worst, Math.abs(x - (2 - 2 * Math.cos(((i + 1) * Math.PI) / (n + 1))))),
                0,
              )
              expect(error, `${type}, n ${n}`).toBeLessThanOrEqual(backward * Math.max(8, n) * epsilon[type] * 4)
            })
    })

    for (const type of reals)
      for (const cls of matrixClasses)
        it(`${type}: A V = V W, Vᵀ V = I, W ascends, for a matrix ${cls.name}`, () => {
          for (const n of [0, 1, 2, 3, 5, 17, 32, 33, 64, 65, most].filter((size) => size <= most))
            for (const triangle of triangles)
              placed(lapack(), type, (place) => {
                const seed = 100 + n
                const a = place.rounded(symmetric(cls, n, new Random(seed), type))
                const where = `seed ${seed}, n ${n}, ${triangle}`
                const { unit, factor } = toUnit(a)
                const allowed = backward * Math.max(4, n) * epsilon[type]
                const { values, vectors, info } = eigen(place, a, true, triangle, n % 3)
                expect(info, where).toBe(0)
                expect(ascending(values), where).toBe(true)
                const W = matrix(n, n, (i, j) => (i === j ? values[i]! * factor : 0))
                const again = product(product(vectors!, W), transposed(vectors!))
                expect(distance(again, unit), where).toBeLessThanOrEqual(allowed * frobenius(unit))
                expect(lossOfOrthogonality(vectors!), where).toBeLessThanOrEqual(
                  orthogonal * Math.max(4, n) * epsilon[type],
                )
                const only = eigen(place, a, false, triangle, (n + 1) % 3)
                expect(only.info, where).toBe(0)
                expect(ascending(only.values), where).toBe(true)
                const apart = only.values.reduce((x, y, i) => Math.max(x, Math.abs(y - values[i]!) * factor), 0)
                expect(apart, `${where}: without vectors`).toBeLessThanOrEqual(allowed * frobenius(unit))
              })
        })

    it('NaN ends: in values, in info or in an error', () => {
      for (const type of reals)
        for (const n of [1, 2, 40, 130])
          for (const vectors of [false, true])
            placed(lapack(), type, (place) => {
              const random = new Random(9)
              const a = matrix(n, n, (i, j) => (i === j && i === n >> 1 ? Number.NaN : random.normal()))
              const outcome = ending(() => eigen(place, a, vectors, 'upper'))
              expect(outcome, `${type}, n ${n}`).toBe('refused')
            })
    })
  })
}
