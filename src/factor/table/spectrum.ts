/** Singular values of a prepared matrix, and how far its best approximations are from it in each norm. */
import { eigh, svd } from '../../linalg/index.js'
import { matmul, type Tensor, tensor, transpose } from '../../tensor/index.js'
import { tidy, together, view } from '../../tensor/internal.js'
import type { CurvePoint } from './types.js'

/** The smaller side of a matrix whose spectrum is computed whole. */
const largestSide = 1500
/** Up to so many multiply-adds the matrix itself is taken apart; beyond, its Gram matrix, which loses digits of small singular values. */
const exactWork = 2e9
/** Elements that the norms of residuals may touch. */
const residualWork = 4e8
const mostPoints = 32

export interface Spectrum {
  /** Descending. */
  readonly sigma: Float64Array
  /** Right singular vectors as columns [d, r]. */
  readonly V: Tensor
  /** X itself, centred where asked. */
  readonly X: Tensor
}

/** Null where the matrix is too large. The tensors belong to the scope that is open. */
export function spectrumOf(x: Tensor, centre: boolean): Spectrum | null {
  const [n, d] = x.shape as [number, number]
  const r = Math.min(n, d)
  if (r > largestSide) return null
  const X = centre ? x.sub(x.mean({ axis: 0 })) : x
  if (n * d * r <= exactWork) {
    const { S, Vh } = svd(X)
    return { sigma: Float64Array.from(S.toArray()), V: together(transpose(Vh)), X }
  }
  const isTall = n >= d
  const { eigenvalues, eigenvectors } = eigh(isTall ? matmul(transpose(X), X) : matmul(X, transpose(X)))
  const sigma = Float64Array.from(eigenvalues.toArray(), (value) => Math.sqrt(Math.max(0, value))).reverse()
  const vectors = eigenvectors.flip(1)
  if (isTall) return { sigma, V: together(vectors), X }
  // v = X^T u / sigma; what belongs to no singular value stays out.
  const factors = sigma.map((one) => (one > 1e-7 * (sigma[0] ?? 0) ? 1 / one : 0))
  return { sigma, V: together(matmul(transpose(X), vectors).mul(tensor(factors))), X }
}

/** Numbers of components to look at: all, or so many that the residuals stay cheap: dense where k is small. */
export function stepsOf(rank: number, k: number, work: number): number[] {
  const affordable = Math.max(4, Math.min(mostPoints, Math.floor(residualWork / Math.max(1, work))))
  if (rank + 1 <= affordable) return Array.from({ length: rank + 1 }, (_, i) => i)
  const steps = new Set([0, 1, Math.min(k, rank), rank])
  for (let i = 0; steps.size < affordable && i <= 4 * affordable; i++)
    steps.add(Math.round(rank ** (i / (4 * affordable))))
  return [...steps].sort((a, b) => a - b)
}

/** Norms of X - X_k for some k from 0 to the rank. */
export function curveOf({ sigma, V, X }: Spectrum, k: number): CurvePoint[] {
  return tidy(() => {
    const [n, d] = X.shape as [number, number]
    const r = sigma.length
    const steps = stepsOf(r, k, n * d)
    const scores = (view(together(matmul(X, V))) as Float64Array).slice()
    const right = (view(V) as Float64Array).slice()
    const residual = (view(together(X)) as Float64Array).slice()
    const [tail, sums] = [tailsOf(sigma, 2), tailsOf(sigma, 1)]
    const points: CurvePoint[] = []
    for (let i = 0, at = 0; i < steps.length; at = steps[i]!, i++) {
      const to = steps[i]!
      subtract(residual, scores, right, n, d, r, at, to)
      const { l1, linf } = to === r ? { l1: 0, linf: 0 } : sizesOf(residual)
      const share = tail[0]! === 0 ? 1 : 1 - tail[to]! / tail[0]!
      points.push({ k: to, frobenius: Math.sqrt(tail[to]!), spectral: sigma[to] ?? 0, nuclear: sums[to]!, l1, linf, share })
    }
    return points
  })
}

/** Sums of powers of what is left from each place on. */
function tailsOf(sigma: Float64Array, power: number): Float64Array {
  const tails = new Float64Array(sigma.length + 1)
  for (let i = sigma.length - 1; i >= 0; i--) tails[i] = tails[i + 1]! + sigma[i]! ** power
  return tails
}

/** residual -= scores[:, from..to] right[:, from..to]^T. */
function subtract(
  residual: Float64Array,
  scores: Float64Array,
  right: Float64Array,
  n: number,
  d: number,
  r: number,
  from: number,
  to: number,
): void {
  // Components as rows, so that the inner loop goes along memory.
  const rows = new Float64Array((to - from) * d)
  for (let c = from; c < to; c++) for (let j = 0; j < d; j++) rows[(c - from) * d + j] = right[j * r + c]!
  for (let i = 0; i < n; i++)
    for (let c = from; c < to; c++) {
      const score = scores[i * r + c]!
      const [row, base] = [(c - from) * d, i * d]
      for (let j = 0; j < d; j++) residual[base + j]! -= score * rows[row + j]!
    }
}

function sizesOf(values: Float64Array): { l1: number; linf: number } {
  let [l1, linf] = [0, 0]
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!)
    l1 += size
    if (size > linf) linf = size
  }
  return { l1, linf }
}
