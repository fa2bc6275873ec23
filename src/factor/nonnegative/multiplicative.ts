/** Multiplicative updates, for the Frobenius distance and the generalized Kullback-Leibler divergence. Source: Lee & Seung (2001). */
import { add, div, matmul, maximum, mul, norm, sub, sum, type Tensor, transpose } from '../../tensor/index.js'
import { tidy, view } from '../../tensor/internal.js'
import type { Descent, Weights } from './coordinateDescent.js'
import type { Factors } from './start.js'

export type Loss = 'frobenius' | 'kullback-leibler'

/** Denominators are at least this. */
const tiny = { f32: 2 ** -23, f64: 2 ** -52 } as const

/** Improves factors until ten iterations lower the square root of twice the loss by at most `tol` of its first value; with `fixed` H is left as it is. */
export function multiplicativeUpdates(
  X: Tensor,
  start: Factors,
  loss: Loss,
  { tol, maxIterations, first: known = null, W: forW, H: forH }: Descent,
  fixed = false,
): Factors & { iterations: number; converged: boolean; first: number } {
  return tidy(() => {
    let W = start.W.clone()
    let H = start.H.clone()
    const replace = (old: Tensor, next: () => Tensor): Tensor => {
      const result = tidy(next)
      old.dispose()
      return result
    }
    let before = lossRoot(X, W, H, loss)
    const first = known ?? before
    let iterations = 0
    let converged = false
    while (iterations < maxIterations && !converged) {
      iterations++
      W = replace(W, () => codesStep(X, W, H, loss, forW))
      // The same step for the transposed problem.
      if (!fixed)
        H = replace(H, () => transpose(codesStep(transpose(X), transpose(H), transpose(W), loss, forH)).clone())
      if (tol === 0 || iterations % 10 !== 0) continue
      const now = lossRoot(X, W, H, loss)
      converged = (before - now) / first <= tol || first === 0
      before = now
    }
    return { W, H, iterations, converged, first }
  })
}

/** W times the ratio of the gradient's negative and positive parts. */
function codesStep(X: Tensor, W: Tensor, H: Tensor, loss: Loss, { l1, l2 }: Weights): Tensor {
  const Ht = transpose(H)
  const least = tiny[X.dtype as 'f32' | 'f64']
  const isKL = loss === 'kullback-leibler'
  const above = isKL ? matmul(div(X, maximum(matmul(W, H), least)), Ht) : matmul(X, Ht)
  const below = isKL ? sum(Ht, { axis: 0, keepDims: true }) : matmul(W, matmul(H, Ht))
  return mul(W, div(above, maximum(add(add(below, l1), mul(W, l2)), least)))
}

/** ||X - W H||, or the square root of twice the divergence sum x log(x / y) - x + y. */
export function lossRoot(X: Tensor, W: Tensor, H: Tensor, loss: Loss): number {
  return tidy(() => {
    const Y = matmul(W, H)
    if (loss === 'frobenius') return norm(sub(X, Y)).item()
    const [x, y] = [view(X), view(Y.contiguous())]
    let divergence = 0
    for (let i = 0; i < x.length; i++) {
      const near = Math.max(y[i]!, tiny.f64)
      divergence += x[i]! > 0 ? x[i]! * Math.log(x[i]! / near) - x[i]! + near : y[i]!
    }
    return Math.sqrt(2 * Math.max(0, divergence))
  })
}
