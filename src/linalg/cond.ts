/** Condition numbers: exact ones, and a cheap estimate. */
import { div, mul, norm, slice } from '../tensor/index.js'
import { inv } from './inv.js'
import { opNorm } from './norm.js'
import { checkFinite } from './outcome.js'
import { examine, oneNorm } from './singular.js'
import {
  asReal,
  copyOf,
  describe,
  empty,
  lapack,
  matrixAt,
  oneMatrix,
  squareOf,
  stackOf,
  type Tensor,
  tidy,
  UsageError,
  view,
} from './support.js'
import { svdvals } from './svd.js'

/**
 * Condition number ||A|| ||A^-1||: how many times larger than in A and b an error of A x = b's solution can be. Infinity where A is singular.
 *
 * Shapes: [.., m, n] -> [..]; p = 2 for any shape (largest over smallest singular value), others for square A. p: 1, 2, Infinity or 'fro'.
 * Dtypes: f32, f64; others in f64. Gradient: where A is not singular.
 *
 * @example
 * cond(tensor([[1, 0], [0, 4]])) // 4
 */
export function cond(A: Tensor, p: 1 | 2 | number | 'fro' = 2): Tensor {
  if (p !== 1 && p !== 2 && p !== Number.POSITIVE_INFINITY && p !== 'fro')
    throw new UsageError(`cond: p = ${p}; expected 1, 2, Infinity or 'fro'.`)
  return tidy(() => {
    const X = asReal('cond', A)
    const { batch, type } = p === 2 ? stackOf('cond', X) : squareOf('cond', X)
    if (p === 2) {
      const S = svdvals(X)
      const k = S.shape.at(-1)!
      if (k === 0) throw new UsageError(`cond: ${describe(X)} is empty, which has no condition number.`)
      const lead = new Array<null>(S.rank - 1).fill(null)
      const [most, least] = [slice(S, ...lead, 0), slice(S, ...lead, k - 1)]
      // 0 / 0 of a zero matrix would be NaN.
      return fixed(div(most, least))
    }
    const inverse = inv(X, { check: false }).value
    if (inverse === null) {
      const out = empty(type, batch)
      view(out).fill(Number.POSITIVE_INFINITY)
      return out
    }
    const size = (x: Tensor): Tensor => (p === 'fro' ? norm(x, { axis: [-2, -1] }) : opNorm(x, p))
    return mul(size(X), size(inverse))
  })
}

/** NaN as infinite; x itself where there is none. */
function fixed(x: Tensor): Tensor {
  if (!view(x).some(Number.isNaN)) return x
  const out = copyOf(x)
  const values = view(out)
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) values[i] = Number.POSITIVE_INFINITY
  return out
}

/**
 * Estimate of the condition number of one square matrix in the one-norm, from an LU factorization and a few solutions: a lower bound, seldom below
 * a third of it. Infinity where A is singular. `equilibrate`: of A with rows and columns scaled by powers of two, which is what `solve` goes by.
 *
 * Source: LAPACK's gecon; Higham 1988.
 */
export function condEstimate(A: Tensor, options: { equilibrate?: boolean } = {}): number {
  return tidy(() => {
    const X = asReal('condEstimate', A)
    const stack = squareOf('condEstimate', X)
    oneMatrix('condEstimate', X)
    const work = copyOf(X)
    checkFinite('condEstimate', work)
    if (options.equilibrate) return 1 / examine(work, stack, 0).rcond
    const { n, type } = stack
    if (n === 0) return 0
    const norm1 = oneNorm(matrixAt(work, stack, 0), n, n)
    const pivots = empty('i32', [n])
    if (lapack().getrf(type, n, n, work.pointer, n, pivots.pointer) > 0) return Number.POSITIVE_INFINITY
    return 1 / lapack().gecon(type, 'one', n, work.pointer, n, pivots.pointer, norm1)
  })
}
