/** The truncated singular value decomposition of the matrix of residuals, with 0 where nothing was rated. */
import { randomizedSvd, sparse, svds } from '../../linalg/index.js'
import { Generator, type Tensor } from '../../tensor/index.js'
import { tidy, together, view } from '../../tensor/internal.js'
import type { Indexed } from './ratings.js'

/** P = U sqrt(S) [users, k] and Q = V sqrt(S) [items, k], whose product is the best approximation of rank k. */
export interface Split {
  readonly users: Float64Array
  readonly items: Float64Array
}

/**
 * `exact`: converged to 1e-10 (Lanczos); else by random products, which is enough for a start. A k beyond the shorter side leaves columns of 0.
 */
export function residualSvd(data: Indexed, residual: Float64Array, k: number, seed: number, exact: boolean): Split {
  const [m, n] = [data.userIds.length, data.itemIds.length]
  const rank = Math.min(k, m, n)
  const out = { users: new Float64Array(m * k), items: new Float64Array(n * k) }
  if (rank === 0 || residual.every((value) => value === 0)) return out
  return tidy(() => {
    const matrix = sparse.coo([m, n], data.users, data.items, residual)
    const generator = new Generator(seed)
    const { U, S, Vh } = exact
      ? svds(matrix, rank, { generator, maxIterations: 3000 })
      : randomizedSvd(matrix, rank, { generator, probes: 0, powerIterations: 3 })
    const roots = view(together(S)).map((value) => Math.sqrt(Math.max(0, value))) as Float64Array
    spread(U, m, rank, roots, out.users, k, false)
    spread(Vh, n, rank, roots, out.items, k, true)
    return out
  })
}

function spread(
  vectors: Tensor,
  rows: number,
  rank: number,
  roots: Float64Array,
  out: Float64Array,
  k: number,
  isTransposed: boolean,
): void {
  const from = view(together(vectors))
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < rank; j++) out[i * k + j] = from[isTransposed ? j * rows + i : i * rank + j]! * roots[j]!
}
