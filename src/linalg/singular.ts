/**
 * Telling singular matrices. A zero pivot is only the crudest sign: a matrix whose reciprocal condition number is below eps cannot be told from
 * a singular one. Badly scaled rows and columns alone do not make it so, which is why the estimate is made after equilibration by powers of
 * two, which is exact. Source: LAPACK's gesvx and geequb.
 */
import { elementBytes } from '../tensor/internal.js'
import { ok, type Status, whichMatrix } from './outcome.js'
import { describe, epsilon, kernels, lapack, matrixAt, type Stack, type Tensor } from './support.js'

/** Ratio of pivots below which a factorization is looked at closely: rcond < eps seldom comes with a larger one. */
export const suspicious = { f32: epsilon.f32 ** 0.75, f64: epsilon.f64 ** 0.75 }

/** Whether the diagonal of a triangular factor [n, n] lets one suspect that it is singular to working precision; `squared` for Cholesky's. */
export function isSuspicious(
  factor: Float32Array | Float64Array,
  n: number,
  type: 'f32' | 'f64',
  squared = false,
): boolean {
  let [least, most] = [Number.POSITIVE_INFINITY, 0]
  for (let i = 0; i < n; i++) {
    const size = Math.abs(factor[i * n + i]!)
    least = Math.min(least, size)
    most = Math.max(most, size)
  }
  // Written so that NaN is suspicious, and the empty matrix is not.
  const ratio = squared ? (least / most) ** 2 : least / most
  return n > 0 && !(ratio > suspicious[type])
}

/** Sum of sizes, the largest over columns. */
export function oneNorm(values: Float32Array | Float64Array, m: number, n: number): number {
  const sums = new Float64Array(n)
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) sums[j]! += Math.abs(values[i * n + j]!)
  let most = 0
  for (const sum of sums) if (!(sum <= most)) most = sum
  return most
}

/** Scales rows, then columns, in place so that their largest elements lie in [1/2, 1). Zero lines are left. */
function equilibrate(values: Float32Array | Float64Array, n: number): void {
  const scaleLine = (start: number, step: number): void => {
    let most = 0
    for (let k = 0, at = start; k < n; k++, at += step) most = Math.max(most, Math.abs(values[at]!))
    if (most === 0) return
    // In two factors, because one may leave the range.
    const exponent = -Math.ceil(Math.log2(most))
    const half = Math.trunc(exponent / 2)
    const [a, b] = [2 ** half, 2 ** (exponent - half)]
    for (let k = 0, at = start; k < n; k++, at += step) values[at] = values[at]! * a * b
  }
  for (let i = 0; i < n; i++) scaleLine(i * n, 1)
  for (let j = 0; j < n; j++) scaleLine(j, n)
}

/** Reciprocal condition (one-norm, equilibrated) of matrix i of contiguous A, and its smallest pivot. */
export function examine(A: Tensor, stack: Stack, i: number): { rcond: number; pivot: number } {
  const { n, type } = stack
  if (n === 0) return { rcond: 1, pivot: 0 }
  const bytes = elementBytes[type]
  const copy = kernels().alloc(n * n * bytes)
  const ipiv = kernels().alloc(4 * n)
  try {
    const values = type === 'f64' ? kernels().f64(copy, n * n) : kernels().f32(copy, n * n)
    values.set(matrixAt(A, stack, i))
    equilibrate(values, n)
    const norm = oneNorm(values, n, n)
    const info = lapack().getrf(type, n, n, copy, n, ipiv)
    if (info > 0) return { rcond: 0, pivot: info - 1 }
    const rcond = lapack().gecon(type, 'one', n, copy, n, ipiv, norm)
    const factors = type === 'f64' ? kernels().f64(copy, n * n) : kernels().f32(copy, n * n)
    let pivot = 0
    for (let k = 1; k < n; k++) if (Math.abs(factors[k * n + k]!) < Math.abs(factors[pivot * n + pivot]!)) pivot = k
    return { rcond, pivot }
  } finally {
    kernels().free(copy)
    kernels().free(ipiv)
  }
}

/** `singular` when matrix i of contiguous A is so to working precision. */
export function singularity(op: string, A: Tensor, stack: Stack, i: number): Status {
  const { rcond, pivot } = examine(A, stack, i)
  if (!(rcond < epsilon[stack.type])) return { ...ok, rcond, matrix: i }
  return singular(op, A, stack, i, rcond, pivot)
}

/** The status of a singular matrix. */
export function singular(op: string, A: Tensor, stack: Stack, i: number, rcond: number, pivot: number): Status {
  const how =
    rcond === 0
      ? `pivot ${pivot} is zero, reciprocal condition 0`
      : `reciprocal condition about ${rcond.toExponential(1)}, smallest pivot ${pivot}`
  return {
    outcome: 'singular',
    pivot,
    rcond,
    matrix: i,
    message: `${op}: ${describe(A)}${whichMatrix(i, stack.count)} is singular to working precision (${how}). Try lstsq or pinv, or { check: false }.`,
  }
}

/** The status of a result that left the range of its type though its inputs are finite. */
export function overflow(op: string, X: Tensor): Status {
  return {
    ...ok,
    outcome: 'overflow',
    message: `${op}: the result ${describe(X)} is beyond the range of ${X.dtype}. Try scaling the input${X.dtype === 'f32' ? ', or dtype f64' : ''}.`,
  }
}
