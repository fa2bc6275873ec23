/** The inverse. */
import { matmul, neg, transpose } from '../tensor/index.js'
import { type Attempt, type CheckOptions, checkedBy, checkFinite, demand, finiteness } from './outcome.js'
import { oneNorm, overflow, singularity } from './singular.js'
import { asReal, copyOf, epsilon, lapack, matrixAt, record, squareOf, type Tensor, tidy } from './support.js'

/**
 * The inverse of a square matrix, or of each of a batch. To solve A x = b, `solve` is faster and more accurate.
 *
 * Shapes: [.., n, n] -> [.., n, n]. Dtypes: f32, f64; i32 and bool in f64. Gradient: -X^T g X^T, X being the result.
 * Throws NumericalError when A is singular to working precision, or not finite; see `outcome.ts` for `check`. Source: LAPACK's getri.
 *
 * @example
 * inv(tensor([[2, 0], [0, 4]])) // [[0.5, 0], [0, 0.25]]
 */
export function inv(A: Tensor, options: CheckOptions & { check: false }): Attempt
export function inv(A: Tensor, options?: CheckOptions): Tensor
export function inv(A: Tensor, options: CheckOptions = {}): Tensor | Attempt {
  return tidy(() => checkedBy(options, () => inverse(asReal('inv', A))))
}

function inverse(A: Tensor): Tensor {
  const stack = squareOf('inv', A)
  const { type, count, n, step } = stack
  const X = copyOf(A)
  checkFinite('inv', X)
  const norms = Array.from({ length: count }, (_, i) => oneNorm(matrixAt(X, stack, i), n, n))
  for (let i = 0; i < count; i++) {
    const info = lapack().getri(type, n, X.pointer + i * step, n)
    // Both norms are at hand, so the condition number is, too; written so that NaN is looked at.
    const rcond = 1 / norms[i]! / oneNorm(matrixAt(X, stack, i), n, n)
    if (n > 0 && (info > 0 || !(rcond >= epsilon[type])))
      demand(singularity('inv', A.isContiguous ? A : copyOf(A), stack, i))
  }
  if (finiteness('inv', X).outcome !== 'ok') demand(overflow('inv', X))
  return record(X, 'inv', [A], [X], (g, [Y]) => {
    const transposed = transpose(Y!)
    return [neg(matmul(matmul(transposed, g), transposed))]
  })
}
