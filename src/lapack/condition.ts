/**
 * Condition numbers estimated from factors: the one-norm of the inverse by a few solutions with it and its transpose, for every backend.
 * Source: N. J. Higham, FORTRAN codes for estimating the one-norm of a real or complex matrix, ACM TOMS 14 (1988); LAPACK's ?lacn2 and
 * ?gecon. Where LAPACK scales inside its triangular solutions, we solve with right-hand sides of A's size, so that what is estimated is the
 * condition number itself; if even that overflows, the reciprocal is 0.
 */
import { elementBytes, type Kernels, type Pointer } from '../kernels/index.js'
import type { Factorizations, Lapack, Real, Triangle } from './lapack.js'
import { viewOf } from './memory.js'

type Solvers = Pick<Lapack, 'getrs' | 'trsm'>
type Conditions = Pick<Factorizations, 'gecon' | 'pocon' | 'trcon'>

export function createConditions(kernels: Kernels, { getrs, trsm }: Solvers): Conditions {
  return {
    gecon(type, norm, n, a, lda, ipiv, anorm) {
      return reciprocal(kernels, type, n, anorm, norm === 'inf', (trans, x) =>
        getrs(type, trans, n, 1, a, lda, ipiv, x, 1),
      )
    },
    pocon(type, triangle, n, a, lda, anorm) {
      const upper = triangle === 'upper'
      return reciprocal(kernels, type, n, anorm, false, (_, x) => {
        trsm(type, 'left', triangle, upper, false, n, 1, 1, a, lda, x, 1)
        trsm(type, 'left', triangle, !upper, false, n, 1, 1, a, lda, x, 1)
      })
    },
    trcon(type, norm, triangle, unit, n, a, lda) {
      const anorm = triangleNorm(kernels, type, norm, triangle, unit, n, a, lda)
      return reciprocal(kernels, type, n, anorm, norm === 'inf', (trans, x) =>
        trsm(type, 'left', triangle, trans, unit, n, 1, 1, a, lda, x, 1),
      )
    },
  }
}

/** x = A^-1 x, or A^-T x. */
type Solve = (trans: boolean, x: Pointer) => void

/** Powers of two between which right-hand sides stay normal numbers. */
const safe: Record<Real, readonly [number, number]> = { f32: [2 ** -90, 2 ** 90], f64: [2 ** -900, 2 ** 900] }

/** 1 / (||A|| ||A^-1||), the one-norm of A^-1 or, `transposed`, of A^-T (A^-1's infinity-norm) being estimated. NaN for a norm that is NaN. */
function reciprocal(kernels: Kernels, type: Real, n: number, anorm: number, transposed: boolean, solve: Solve): number {
  if (n === 0) return 1
  if (Number.isNaN(anorm)) return anorm
  if (anorm === 0 || anorm === Number.POSITIVE_INFINITY) return 0
  const [least, most] = safe[type]
  const size = Math.min(most, Math.max(least, 2 ** Math.floor(Math.log2(anorm))))
  const pointer = kernels.alloc(n * elementBytes[type])
  try {
    const apply = (x: Float64Array, trans: boolean): Float64Array => {
      const memory = viewOf(kernels, type, pointer, n)
      for (let i = 0; i < n; i++) memory[i] = x[i]! * size
      solve(trans !== transposed, pointer)
      return Float64Array.from(viewOf(kernels, type, pointer, n))
    }
    const inverse = oneNorm(n, apply)
    // Written so that NaN, from infinities that met, counts as an overflow.
    return inverse > 0 && inverse < Number.POSITIVE_INFINITY ? size / anorm / inverse : 0
  } finally {
    kernels.free(pointer)
  }
}

/** A lower bound, seldom below a third, of the one-norm of M [n, n], given by its products with a vector. */
function oneNorm(n: number, apply: (x: Float64Array, trans: boolean) => Float64Array): number {
  let y = apply(new Float64Array(n).fill(1 / n), false)
  if (n === 1) return Math.abs(y[0]!)
  let estimate = sumOfSizes(y)
  let signs = y.map(sign)
  let z = apply(signs, true)
  let j = placeOfLargest(z)
  // At most five steps; nearly always two.
  for (let step = 2; step <= 5; step++) {
    const unit = new Float64Array(n)
    unit[j] = 1
    y = apply(unit, false)
    const before = estimate
    estimate = sumOfSizes(y)
    const next = y.map(sign)
    if (next.every((x, i) => x === signs[i]) || !(estimate > before)) {
      estimate = Math.max(estimate, before)
      break
    }
    signs = next
    z = apply(signs, true)
    const last = j
    j = placeOfLargest(z)
    if (Math.abs(z[last]!) === Math.abs(z[j]!)) break
  }
  // A vector for which the steps above can be led astray.
  const alternating = Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1) * (1 + i / (n - 1)))
  return Math.max(estimate, (2 * sumOfSizes(apply(alternating, false))) / (3 * n))
}

const sign = (x: number): number => (x >= 0 ? 1 : -1)
const sumOfSizes = (x: Float64Array): number => x.reduce((sum, y) => sum + Math.abs(y), 0)

function placeOfLargest(x: Float64Array): number {
  let place = 0
  for (let i = 1; i < x.length; i++) if (Math.abs(x[i]!) > Math.abs(x[place]!)) place = i
  return place
}

function triangleNorm(
  kernels: Kernels,
  type: Real,
  norm: 'one' | 'inf',
  triangle: Triangle,
  unit: boolean,
  n: number,
  a: Pointer,
  lda: number,
): number {
  const sums = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const row = viewOf(kernels, type, a + i * lda * elementBytes[type], n)
    const [from, to] = triangle === 'upper' ? [i, n] : [0, i + 1]
    for (let j = from; j < to; j++) sums[norm === 'one' ? j : i]! += unit && i === j ? 1 : Math.abs(row[j]!)
  }
  return sums.reduce((most, x) => Math.max(most, x), 0)
}
