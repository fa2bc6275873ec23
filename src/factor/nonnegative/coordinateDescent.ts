/** Coordinate descent for non-negative factors. Sources: Cichocki & Phan (2009), Hsieh & Dhillon (2011). */
import { matmul, type Tensor, transpose } from '../../tensor/index.js'
import { empty, view } from '../../tensor/internal.js'
import type { Factors } from './start.js'

export interface Descent {
  readonly tol: number
  readonly maxIterations: number
  /** Weights of the sums of elements, and of half the sums of squares. */
  readonly l1W: number
  readonly l1H: number
  readonly l2W: number
  readonly l2H: number
}

/** Improves the factors in place until the projected gradient is small beside the first. */
export function coordinateDescent(
  X: Tensor,
  { W, H }: Factors,
  { tol, maxIterations, l1W, l1H, l2W, l2H }: Descent,
): Factors & { iterations: number; converged: boolean } {
  const Xt = transpose(X)
  const Ht = transpose(H).contiguous()
  let first = 0
  let iterations = 0
  let converged = false
  while (iterations < maxIterations && !converged) {
    iterations++
    let violation = sweep(W, matmul(transpose(Ht), Ht), matmul(X, Ht), l1W, l2W)
    violation += sweep(Ht, matmul(transpose(W), W), matmul(Xt, W), l1H, l2H)
    if (iterations === 1) first = violation
    converged = violation <= tol * first
  }
  return { W, H: transpose(Ht).contiguous(), iterations, converged }
}

/** One pass over the coordinates of each row of W, for the Gram matrix G of the other factor and P = X H^T. Returns the projected gradient's sum. */
function sweep(W: Tensor, G: Tensor, P: Tensor, l1: number, l2: number): number {
  const [n, k] = W.shape as [number, number]
  const [w, g, p] = [view(W), view(G), view(P)]
  let violation = 0
  for (let i = 0; i < n * k; i += k)
    for (let t = 0; t < k; t++) {
      let gradient = l1 - p[i + t]! + l2 * w[i + t]!
      for (let r = 0; r < k; r++) gradient += g[t * k + r]! * w[i + r]!
      const curvature = g[t * k + t]! + l2
      violation += Math.abs(w[i + t] === 0 ? Math.min(0, gradient) : gradient)
      if (curvature > 0) w[i + t] = Math.max(0, w[i + t]! - gradient / curvature)
    }
  return violation
}

/** W for a given H. */
export function solveCodes(X: Tensor, H: Tensor, l1: number, l2: number): Tensor {
  const W = empty(X.dtype, [X.shape[0]!, H.shape[0]!])
  view(W).fill(0)
  const G = matmul(H, transpose(H))
  const P = matmul(X, transpose(H))
  let first = 0
  for (let iteration = 0; iteration < 2000; iteration++) {
    const violation = sweep(W, G, P, l1, l2)
    if (iteration === 0) first = violation
    if (violation <= 1e-8 * first) break
  }
  return W
}
