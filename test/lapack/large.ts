/** Laws at orders where implementations change their method: two stages, blocks, threads. Slow beside the suite, so over fewer classes. */
import { describe, expect, it } from 'vitest'
import type { Lapack } from '../../src/lapack/index.js'
import {
  distance,
  epsilon,
  frobenius,
  lossOfOrthogonality,
  matrix,
  matrixClasses,
  product,
  symmetric,
  transposed,
} from './matrices.js'
import { placed } from './place.js'
import { Random } from './random.js'

const classes = ['random', 'of low rank', 'graded the other way', 'huge']

/** Eigenvalues without vectors of an order [n] matrix against those with vectors, which go another way, and against trace and norm. */
export function largeEigenvalues(
  open: () => Promise<Lapack>,
  order: Record<'f32' | 'f64', number>,
  names: readonly string[] = classes,
): void {
  describe('eigenvalues of a large matrix', () => {
    for (const type of ['f32', 'f64'] as const)
      it.each(names)(`${type}: agree with those that come with vectors, for a matrix %s`, async (name) => {
        const lapack = await open()
        const n = order[type]
        const cls = matrixClasses.find((one) => one.name === name)!
        // Classes that are products are made small and set into zeros: a plain product of this order takes seconds.
        const small = /spectrum|rank/.test(name) ? 64 : n
        const seed = symmetric(cls, small, new Random(5), type)
        placed(lapack, type, (place) => {
          const a = place.rounded(matrix(n, n, (i, j) => (i < small && j < small ? seed.data[i * small + j]! : 0)))
          const size = frobenius(a)
          const allowed = 10 * n * epsilon[type] * size
          const values = (vectors: boolean, triangle: 'upper' | 'lower'): Float64Array => {
            const A = place.put(a, 3)
            const w = place.vector(n)
            expect(lapack.syevd(type, vectors, triangle, n, A.pointer, A.stride, w)).toBe(0)
            return place.read(w, n)
          }
          const expected = values(true, 'upper')
          for (const triangle of ['upper', 'lower'] as const) {
            const actual = values(false, triangle)
            const apart = actual.reduce((most, x, i) => Math.max(most, Math.abs(x - expected[i]!)), 0)
            expect(apart, triangle).toBeLessThanOrEqual(allowed)
            expect(actual.every((x, i) => i === 0 || x >= actual[i - 1]!)).toBe(true)
            let trace = 0
            let sum = 0
            for (let i = 0; i < n; i++) {
              trace += a.data[i * n + i]! / size
              sum += actual[i]! / size
            }
            expect(Math.abs(trace - sum), 'trace').toBeLessThanOrEqual(10 * n * epsilon[type])
            expect(Math.abs(frobenius({ rows: 1, columns: n, data: actual }) - size), 'norm').toBeLessThanOrEqual(
              allowed,
            )
          }
        })
      })
  })
}

/** A = U S Vh of a tall and a wide random matrix, in blocks and on threads. */
export function largeSingularValues(open: () => Promise<Lapack>): void {
  for (const type of ['f32', 'f64'] as const)
    it(`${type}: gesdd of a large matrix, tall and wide`, async () => {
      const lapack = await open()
      for (const [m, n] of [
        [400, 390],
        [390, 400],
      ] as const)
        placed(lapack, type, (place) => {
          const random = new Random(m)
          const k = Math.min(m, n)
          const a = place.rounded(matrix(m, n, () => random.normal()))
          const [A, U, V] = [place.put(a), place.put(matrix(m, k, () => 0)), place.put(matrix(k, n, () => 0))]
          const s = place.vector(k)
          const info = lapack.gesdd(type, 'thin', m, n, A.pointer, n, s, U.pointer, k, V.pointer, n)
          expect(info).toBe(0)
          const [values, u, v] = [place.read(s, k), place.get(U, m, k), place.get(V, k, n)]
          const scaledU = matrix(m, k, (i, j) => u.data[i * k + j]! * values[j]!)
          expect(distance(product(scaledU, v), a)).toBeLessThanOrEqual(10 * m * epsilon[type] * frobenius(a))
          expect(lossOfOrthogonality(u)).toBeLessThanOrEqual(10 * m * epsilon[type])
          expect(lossOfOrthogonality(transposed(v))).toBeLessThanOrEqual(10 * m * epsilon[type])
        })
    })
}
