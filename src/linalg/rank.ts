/** Rank, and the spaces that belong to a matrix: its range, its null space, a basis among given vectors. */
import { slice, transpose } from '../tensor/index.js'
import { qr } from './qr.js'
import {
  asReal,
  describe,
  empty,
  epsilon,
  oneMatrix,
  type Real,
  type Tensor,
  tidy,
  UsageError,
  view,
} from './support.js'
import { svd, svdvals } from './svd.js'

/** Which singular values count as zero: those up to max(atol, rtol s[0]). */
export interface Tolerance {
  /** Default: max(m, n) eps, or 0 where `atol` is given. */
  rtol?: number
  /** Default: 0. */
  atol?: number
}

/** How many of descending S are above the tolerance. */
export function rankOf(
  S: ArrayLike<number>,
  m: number,
  n: number,
  type: Real,
  { rtol, atol = 0 }: Tolerance = {},
): number {
  const relative = rtol ?? (atol > 0 ? 0 : Math.max(m, n) * epsilon[type])
  const limit = Math.max(atol, relative * (S[0] ?? 0))
  return Array.from(S).filter((value) => value > limit).length
}

/**
 * Numerical rank of one matrix: how many singular values are above max(atol, rtol s[0]), rtol = max(m, n) eps by default. No gradient.
 *
 * @example
 * matrixRank(tensor([[1, 2], [2, 4]])) // 1
 */
export function matrixRank(A: Tensor, options: Tolerance = {}): number {
  return tidy(() => {
    const X = asReal('matrixRank', A).detach()
    const { m, n, type } = oneMatrix('matrixRank', X)
    return rankOf(view(svdvals(X)), m, n, type, options)
  })
}

/** Orthonormal columns [n, n - rank] that A maps to zero. For one matrix. Source: the SVD. */
export function nullSpace(A: Tensor, options: Tolerance = {}): Tensor {
  return tidy(() => {
    const X = asReal('nullSpace', A)
    const { m, n, type } = oneMatrix('nullSpace', X)
    const { S, Vh } = svd(X, { fullMatrices: true })
    return transpose(slice(Vh, { start: rankOf(view(S), m, n, type, options) }))
  })
}

/** Orthonormal columns [m, rank] that span A's range. For one matrix. Source: the SVD. */
export function orth(A: Tensor, options: Tolerance = {}): Tensor {
  return tidy(() => {
    const X = asReal('orth', A)
    const { m, n, type } = oneMatrix('orth', X)
    const { U, S } = svd(X)
    return slice(U, null, { stop: rankOf(view(S), m, n, type, options) })
  })
}

/** Whether the columns of one matrix are linearly independent, to working precision (see `matrixRank`); columns are first brought to a like size, exactly. */
export function isIndependent(A: Tensor, options: Tolerance = {}): boolean {
  return tidy(() => {
    const X = asReal('isIndependent', A).detach()
    const { m, n, type } = oneMatrix('isIndependent', X)
    if (n > m) return false
    const scaled = evenColumns(X)
    return rankOf(view(svdvals(scaled)), m, n, type, options) === n
  })
}

/**
 * A basis chosen among the columns of one matrix: their places, ascending, i32 [rank]. All columns are combinations of these. Source: QR with
 * column pivoting (LAPACK's geqp3), which takes the column that is farthest from those taken.
 *
 * @example
 * basisColumns(tensor([[1, 2, 0], [0, 0, 1]])) // [1, 2]
 */
export function basisColumns(A: Tensor, options: Tolerance = {}): Tensor {
  return tidy(() => {
    const X = asReal('basisColumns', A).detach()
    const { m, n, type } = oneMatrix('basisColumns', X)
    const { R, pivots } = qr(X, { pivoting: true })
    const k = Math.min(m, n)
    const sizes = Array.from({ length: k }, (_, i) => Math.abs(view(R)[i * n + i]!))
    const rank = rankOf(sizes, m, n, type, options)
    const out = empty('i32', [rank])
    view(out).set(Array.from(view(pivots!).subarray(0, rank)).sort((a, b) => a - b))
    return out
  })
}

/** Columns scaled by powers of two, so that their largest elements lie in (1/2, 1]. Zero columns stay. */
function evenColumns(X: Tensor): Tensor {
  const [m, n] = [X.shape[0]!, X.shape[1]!]
  const out = X.clone()
  const values = view(out)
  for (let j = 0; j < n; j++) {
    let most = 0
    for (let i = 0; i < m; i++) most = Math.max(most, Math.abs(values[i * n + j]!))
    if (!Number.isFinite(most)) throw new UsageError(`isIndependent: ${describe(X)} is not finite in column ${j}.`)
    if (most === 0) continue
    const exponent = -Math.ceil(Math.log2(most))
    const half = Math.trunc(exponent / 2)
    for (let i = 0; i < m; i++) values[i * n + j] = values[i * n + j]! * 2 ** half * 2 ** (exponent - half)
  }
  return out
}
