/** Laws at orders where implementations change their method: two stages, blocks, threads. Slow beside the suite, so over fewer classes. */
import { describe, expect, it } from 'vitest'
import type { Lapack } from '../../src/lapack/index.js'
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
  symmetric,
  transposed,
  triangleOf,
} from './matrices.js'
import { type Place, placed } from './place.js'
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

/** Solutions, Cholesky, QR and eigenvalues of orders at which implementations work in blocks, on threads, and on copies. */
export function largeFactorizations(open: () => Promise<Lapack>, n = 391): void {
  for (const type of ['f32', 'f64'] as const) {
    const allowed = 10 * n * epsilon[type]
    const a = (place: Place, seed: number): Matrix => {
      const random = new Random(seed)
      return place.rounded(matrix(n, n, () => random.normal()))
    }

    it(`${type}: gesv and getrf with getrs, one right-hand side and many`, async () => {
      const lapack = await open()
      for (const nrhs of [1, 20])
        placed(lapack, type, (place) => {
          const A = a(place, 61)
          const b = place.rounded(
            product(
              A,
              matrix(n, nrhs, (i, j) => ((i + j) % 7) - 3),
            ),
          )
          const [B, C] = [place.put(b, 1), place.put(b)]
          const whole = place.put(A, 2)
          expect(lapack.gesv(type, n, nrhs, whole.pointer, whole.stride, B.pointer, B.stride)).toBe(0)
          const factors = place.put(A)
          const ipiv = place.integers(n)
          expect(lapack.getrf(type, n, n, factors.pointer, n, ipiv)).toBe(0)
          lapack.getrs(type, false, n, nrhs, factors.pointer, n, ipiv, C.pointer, C.stride)
          for (const X of [B, C]) {
            const x = place.get(X, n, nrhs)
            const size = frobenius(A) * frobenius(x) + frobenius(b)
            expect(distance(product(A, x), b)).toBeLessThanOrEqual(allowed * size)
          }
        })
    })

    it(`${type}: potrf, both triangles`, async () => {
      const lapack = await open()
      for (const triangle of ['upper', 'lower'] as const)
        placed(lapack, type, (place) => {
          const draw = a(place, 62)
          const gram = product(draw, transposed(draw))
          const positive = place.rounded(matrix(n, n, (i, j) => gram.data[i * n + j]! + (i === j ? n : 0)))
          const S = place.put(positive, 3)
          expect(lapack.potrf(type, triangle, n, S.pointer, S.stride)).toBe(0)
          const factor = triangleOf(place.get(S, n, n), triangle)
          const L = triangle === 'lower' ? factor : transposed(factor)
          expect(distance(product(L, transposed(L)), positive)).toBeLessThanOrEqual(allowed * frobenius(positive))
        })
    })

    it(`${type}: geqrf and orgqr, square, tall and wide`, async () => {
      const lapack = await open()
      for (const [rows, columns] of [
        [n, n],
        [n, 40],
        [150, n],
      ] as const)
        placed(lapack, type, (place) => {
          const A = corner(a(place, 63), rows, columns)
          const k = Math.min(rows, columns)
          const Q = place.put(A, 1)
          const tau = place.vector(k)
          lapack.geqrf(type, rows, columns, Q.pointer, Q.stride, tau)
          const qr = place.get(Q, rows, columns)
          const thin = place.put(corner(qr, rows, k))
          lapack.orgqr(type, rows, k, k, thin.pointer, thin.stride, tau)
          const q = place.get(thin, rows, k)
          const R = triangleOf(corner(qr, k, columns), 'upper')
          expect(distance(product(q, R), A)).toBeLessThanOrEqual(allowed * frobenius(A))
          expect(lossOfOrthogonality(q)).toBeLessThanOrEqual(allowed)
        })
    })

    it(`${type}: geev's eigenvalues add up to the trace, and their squares to the trace of the square`, async () => {
      const lapack = await open()
      placed(lapack, type, (place) => {
        const A = a(place, 64)
        const W = place.put(A)
        const [wr, wi, V] = [place.vector(n), place.vector(n), place.put(matrix(n, n, () => 0))]
        expect(lapack.geev(type, true, n, W.pointer, n, wr, wi, V.pointer, n)).toBe(0)
        const [re, im, square] = [place.read(wr, n), place.read(wi, n), product(A, A)]
        let [first, second] = [0, 0]
        for (let i = 0; i < n; i++) {
          first += re[i]! - A.data[i * n + i]!
          second += re[i]! ** 2 - im[i]! ** 2 - square.data[i * n + i]!
        }
        const size = frobenius(A)
        expect(Math.abs(first)).toBeLessThanOrEqual(Math.sqrt(n) * allowed * size)
        expect(Math.abs(second)).toBeLessThanOrEqual(2 * Math.sqrt(n) * allowed * size * size)
      })
    })
  }
}
