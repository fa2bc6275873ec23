/**
 * Laws of dense linear algebra over one table: dtype x backend x matrix class x shape. Tolerances are c max(m, n) eps ||A||, the form of LAPACK's
 * own test programs (LAPACK Working Note 41), whose threshold for c is 30.
 */
import { describe, expect, it } from 'vitest'
import { NormballError } from '../../src/core/index.js'
import { cholesky, eig, eigh, inv, lstsq, lu, pinv, qr, solve, svd, svdvals } from '../../src/linalg/index.js'
import { memory, scope } from '../../src/tensor/index.js'
import {
  distance,
  epsilon,
  frobenius,
  identity,
  lossOfOrthogonality,
  type Matrix,
  matrix,
  matrixClasses,
  product,
  symmetric,
  transposed,
} from '../lapack/matrices.js'
import { back, backends, from, Random, rounded, setBackend } from './support.js'

const c = 30
const shapes: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 3],
  [1, 1],
  [3, 3],
  [17, 17],
  [40, 12],
  [9, 33],
]

const withColumns = (U: Matrix, s: ArrayLike<number>): Matrix =>
  matrix(U.rows, U.columns, (i, j) => U.data[i * U.columns + j]! * s[j]!)

for (const backend of backends)
  for (const type of ['f32', 'f64'] as const)
    describe(`${backend}, ${type}`, () => {
      const eps = epsilon[type]
      for (const cls of matrixClasses)
        it(cls.name, () => {
          setBackend(backend)
          for (const [m, n] of shapes) {
            const seed = 100 * m + n
            const A = rounded(cls.make(m, n, new Random(seed), type), type)
            const what = `${cls.name} [${m}, ${n}], seed ${seed}`
            const before = memory().tensors
            scope(() => factorizations(A, what))
            if (m === n) scope(() => squares(A, what))
            if (m === n) scope(() => symmetrics(rounded(symmetric(cls, n, new Random(seed), type), type), what))
            expect(memory().tensors, `${what}: nothing is left behind`).toBe(before)
          }
        })

      /** A is close to B: their distance is at most c n eps times `size`. */
      function close(a: Matrix, b: Matrix, n: number, size: number, what: string): void {
        const allowed = c * Math.max(1, n) * eps * size
        const far = distance(a, b)
        if (!(far <= allowed)) expect.fail(`${what}: ${far}, ${(far / (allowed || 1)) * c} times n eps of ${size}`)
      }

      function factorizations(A: Matrix, what: string): void {
        const [m, n] = [A.rows, A.columns]
        const size = Math.max(m, n)
        const X = from(A, type)
        const { U, S, Vh } = svd(X)
        close(product(withColumns(back(U), back(S).data), back(Vh)), A, size, frobenius(A), `svd of ${what}`)
        for (const Q of [back(U), transposed(back(Vh))])
          expect(lossOfOrthogonality(Q), `svd's vectors of ${what}`).toBeLessThanOrEqual(c * size * eps)
        close(back(svdvals(X)), back(S), size, frobenius(A), `svdvals of ${what}`)
        for (const options of [{}, { mode: 'complete' }, { pivoting: true }] as const) {
          const { Q, R, pivots } = qr(X, options)
          const order = pivots && back(pivots).data
          const permuted = matrix(m, n, (i, j) => A.data[i * n + (order ? order[j]! : j)]!)
          close(product(back(Q), back(R)), permuted, size, frobenius(A), `qr of ${what}`)
          expect(lossOfOrthogonality(back(Q)), `Q of ${what}`).toBeLessThanOrEqual(c * size * eps)
        }
        const { P, L, U: upper } = lu(X)
        // Pivoting lets U grow, in these classes by little.
        close(product(back(P), product(back(L), back(upper))), A, size, 4 * frobenius(A), `lu of ${what}`)
      }

      /** A solution has a small residual, or the matrix is called singular. */
      function squares(A: Matrix, what: string): void {
        const n = A.rows
        const random = new Random(n)
        const B = rounded(
          matrix(n, 2, () => random.normal()),
          type,
        )
        const scale = Math.max(frobenius(A), Number.MIN_VALUE)
        // Right-hand sides of A's size, so that solutions stay in range.
        const right = rounded(
          { ...B, data: B.data.map((x) => x * Math.min(scale, type === 'f64' ? 1e300 : 1e30)) },
          type,
        )
        const X = from(A, type)
        const found = solve(X, from(right, type), { check: false })
        expect(['ok', 'singular', 'overflow'], what).toContain(found.outcome)
        if (found.outcome === 'ok') {
          const x = back(found.value!)
          close(product(A, x), right, n, 4 * frobenius(A) * frobenius(x), `solve of ${what}`)
        } else expect(() => solve(X, from(right, type)), what).toThrow(NormballError)
        const inverse = inv(X, { check: false })
        expect(['ok', 'singular', 'overflow'], what).toContain(inverse.outcome)
        if (inverse.outcome === 'ok' && !what.includes('graded')) {
          const Y = back(inverse.value!)
          close(product(A, Y), identity(n), n, 8 * frobenius(A) * frobenius(Y), `inv of ${what}`)
        }
        const { eigenvalues: w, eigenvectors: V } = eig(X)
        const [re, im, wr, wi] = [back(V.re), back(V.im), back(w.re).data, back(w.im).data]
        const rotated = (a: Matrix, b: Matrix, sign: number): Matrix =>
          matrix(n, n, (i, j) => a.data[i * n + j]! * wr[j]! + sign * b.data[i * n + j]! * wi[j]!)
        close(product(A, re), rotated(re, im, -1), n, 4 * frobenius(A), `eig of ${what}, real part`)
        close(product(A, im), rotated(im, re, 1), n, 4 * frobenius(A), `eig of ${what}, imaginary part`)
      }

      function symmetrics(A: Matrix, what: string): void {
        const n = A.rows
        const { eigenvalues, eigenvectors } = eigh(from(A, type))
        const V = back(eigenvectors)
        close(product(withColumns(V, back(eigenvalues).data), transposed(V)), A, n, frobenius(A), `eigh of ${what}`)
        expect(lossOfOrthogonality(V), `eigh's vectors of ${what}`).toBeLessThanOrEqual(c * Math.max(1, n) * eps)
        const L = cholesky(from(A, type), { check: false })
        if (L.outcome === 'ok') close(product(back(L), transposed(back(L))), A, n, frobenius(A), `cholesky of ${what}`)
      }
    })

describe('least squares', () => {
  for (const backend of backends)
    it(`${backend}: the residual is orthogonal to A's range, pinv satisfies Moore and Penrose`, () => {
      setBackend(backend)
      for (const [m, n] of [
        [9, 4],
        [4, 9],
        [6, 6],
      ] as const)
        for (const name of ['random', 'of low rank', 'singular (a zero row and two equal columns)'])
          scope(() => {
            const A = matrixClasses.find((one) => one.name === name)!.make(m, n, new Random(m), 'f64')
            const random = new Random(7)
            const b = matrix(m, 1, () => random.normal())
            const { solution, residuals } = lstsq(from(A), from(b))
            const rest = matrix(m, 1, (i) => product(A, back(solution)).data[i]! - b.data[i]!)
            expect(frobenius(product(transposed(A), rest))).toBeLessThan(1e-12)
            expect(residuals.item()).toBeCloseTo(frobenius(rest) ** 2, 12)
            const P = back(pinv(from(A)))
            close(product(product(A, P), A), A)
            close(product(product(P, A), P), P)
            for (const one of [product(A, P), product(P, A)]) close(one, transposed(one))
            // Of minimum norm: it lies in the range of A^T.
            close(product(P, product(A, back(solution))), back(solution))
          })
    })
  const close = (a: Matrix, b: Matrix): void => expect(distance(a, b)).toBeLessThan(1e-11)
})
