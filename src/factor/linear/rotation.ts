/** Rotations of factor loadings towards few large entries. */

import { UsageError } from '../../core/index.js'
import { inv, lstsq, svd } from '../../linalg/index.js'
import { eye, matmul, type Tensor, tensor, transpose } from '../../tensor/index.js'
import { checkOptions, tidy, view } from '../../tensor/internal.js'
import { wholeOption } from '../input.js'
import { finiteRows } from '../samples.js'

export interface VarimaxOptions {
  /** Kaiser's normalization (1958): rows are brought to length 1 meanwhile, so that each variable weighs alike. */
  kaiser?: boolean
  /** 1000. */
  iterations?: number
  /** Relative growth of the criterion below which it ends (1e-12). */
  tol?: number
}

export interface Rotation {
  /** Loadings [p, k] times `rotation`. */
  readonly loadings: Tensor
  /** [k, k]: orthogonal for varimax; for promax rotation^T rotation is the inverse of `correlation`. */
  readonly rotation: Tensor
  /** Correlations [k, k] of the rotated factors; the identity for varimax. */
  readonly correlation: Tensor
}

/**
 * Varimax (Kaiser 1958): the orthogonal rotation of loadings L [p, k] that makes the variance of their squares, summed over factors, largest. By
 * repeated SVD, as SciPy's users know it from scikit-learn and R, to convergence; a local maximum. Results are f64.
 *
 * @example
 * const { loadings } = varimax(transpose(factors.components))
 */
export function varimax(L: Tensor, options: VarimaxOptions = {}): Rotation {
  checkOptions('varimax', options, ['kaiser', 'iterations', 'tol'])
  const { kaiser = false, iterations = 1000, tol = 1e-12 } = options
  wholeOption('varimax', 'iterations', iterations, 1)
  return tidy(() => {
    const A = finiteRows('varimax', L).to('f64')
    const [p, k] = A.shape as readonly [number, number]
    const B = kaiser ? normalized(A) : A
    let T = eye(k, { dtype: 'f64' })
    let before = 0
    for (let i = 0; i < iterations && k > 1; i++) {
      const step = tidy(() => {
        const { U, S, Vh } = svd(matmul(transpose(B), ascent(matmul(B, T), p, k)))
        return { T: matmul(U, Vh), reached: Float64Array.from(view(S)).reduce((sum, one) => sum + one, 0) }
      })
      T.dispose()
      T = step.T
      if (step.reached <= before * (1 + tol)) break
      before = step.reached
    }
    return { loadings: matmul(A, T), rotation: T, correlation: eye(k, { dtype: 'f64' }) }
  })
}

/** Rows of length 1; rows of zeros stay. */
function normalized(A: Tensor): Tensor {
  const [p, k] = A.shape as readonly [number, number]
  const values = Float64Array.from(view(A))
  for (let i = 0; i < p; i++) {
    const row = values.subarray(i * k, (i + 1) * k)
    const length = Math.hypot(...row)
    if (length > 0) for (let j = 0; j < k; j++) row[j]! /= length
  }
  return tensor(values, { shape: [p, k] })
}

/** The criterion's gradient L^3 - L diag(mean of squares of each column), up to a factor. */
function ascent(L: Tensor, p: number, k: number): Tensor {
  const values = Float64Array.from(view(L))
  const means = new Float64Array(k)
  for (let at = 0; at < p * k; at++) means[at % k]! += values[at]! ** 2 / p
  for (let at = 0; at < p * k; at++) values[at] = values[at]! ** 3 - values[at]! * means[at % k]!
  return tensor(values, { shape: [p, k] })
}

export interface PromaxOptions extends VarimaxOptions {
  /** Of varimax loadings, what the oblique ones should look like (4). */
  power?: number
}

/**
 * Promax (Hendrickson & White 1964): varimax loadings, then the oblique rotation that comes nearest to their `power`-th powers, signs kept, scaled so
 * that factors have variance 1; as R's `promax` (whose varimax has `kaiser: true`). The loadings are the pattern; the factors correlate.
 *
 * @example
 * const { loadings, correlation } = promax(transpose(factors.components))
 */
export function promax(L: Tensor, options: PromaxOptions = {}): Rotation {
  checkOptions('promax', options, ['power', 'kaiser', 'iterations', 'tol'])
  const { power = 4, ...rest } = options
  if (!(power >= 1 && power < Number.POSITIVE_INFINITY))
    throw new UsageError(`promax: power is ${power}; expected a number from 1 on.`)
  return tidy(() => {
    const { loadings: A, rotation } = varimax(L, rest)
    const [p, k] = A.shape as readonly [number, number]
    const target = Float64Array.from(view(A), (value) => value * Math.abs(value) ** (power - 1))
    const U = lstsq(A, tensor(target, { shape: [p, k] })).solution
    // Columns scaled so that the factors' covariance (U^T U)^-1 has ones on its diagonal.
    const covariance = view(inv(matmul(transpose(U), U)))
    const values = Float64Array.from(view(U))
    for (let at = 0; at < k * k; at++) values[at]! *= Math.sqrt(covariance[(at % k) * (k + 1)]!)
    const scaled = tensor(values, { shape: [k, k] })
    const correlation = inv(matmul(transpose(scaled), scaled))
    return { loadings: matmul(A, scaled), rotation: matmul(rotation, scaled), correlation }
  })
}
