/** The ends of a symmetric matrix's spectrum, by Lanczos' process without reorthogonalization: its Ritz values lie inside the spectrum. */
import type { Kernels } from '../../kernels/index.js'
import type { Operator } from '../krylov/system.js'
import { Vectors } from '../krylov/vectors.js'

const steps = 60

/** Estimates from within: the smallest eigenvalue is at most `smallest`, the largest at least `largest`. */
export function spectrumEnds(kernels: Kernels, A: Operator): { smallest: number; largest: number } {
  const n = A.rows
  const vectors = new Vectors(kernels)
  try {
    let [before, v, next] = [vectors.zeros(n), vectors.alloc(n), vectors.alloc(n)]
    const start = vectors.view(v, n)
    for (let i = 0; i < n; i++) start[i] = ((i * 0.6180339887498949 + 0.3) % 1) - 0.45
    vectors.scale(n, 1 / vectors.norm(n, v), v, v)
    const alphas: number[] = []
    const betas: number[] = []
    let beta = 0
    for (let k = 0; k < Math.min(steps, n); k++) {
      A.apply(v, next)
      const alpha = vectors.dot(n, v, next)
      vectors.axpy(n, -alpha, v, next)
      vectors.axpy(n, -beta, before, next)
      alphas.push(alpha)
      beta = vectors.norm(n, next)
      if (!(beta > 1e-14 * Math.abs(alpha)) || !Number.isFinite(beta)) break
      betas.push(beta)
      vectors.scale(n, 1 / beta, next, next)
      ;[before, v, next] = [v, next, before]
    }
    return { smallest: tridiagonalEnd(alphas, betas, 1), largest: -tridiagonalEnd(alphas, betas, -1) }
  } finally {
    vectors.dispose()
  }
}

/** The smallest eigenvalue of sign times the tridiagonal matrix, by bisection on Sturm counts. */
function tridiagonalEnd(alphas: readonly number[], betas: readonly number[], sign: 1 | -1): number {
  const radius = (i: number): number => Math.abs(betas[i - 1] ?? 0) + Math.abs(i < alphas.length - 1 ? betas[i]! : 0)
  let low = Math.min(...alphas.map((alpha, i) => sign * alpha - radius(i)))
  let high = Math.min(...alphas.map((alpha) => sign * alpha))
  const hasBelow = (x: number): boolean => {
    let pivot = 1
    for (const [i, alpha] of alphas.entries()) {
      pivot = sign * alpha - x - (i === 0 ? 0 : betas[i - 1]! ** 2 / pivot)
      if (pivot < 0) return true
      if (pivot === 0) pivot = Number.MIN_VALUE
    }
    return false
  }
  for (let round = 0; round < 80; round++) {
    const middle = (low + high) / 2
    if (hasBelow(middle)) high = middle
    else low = middle
  }
  return high
}
