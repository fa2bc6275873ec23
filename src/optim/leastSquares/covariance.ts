/** How well the data determine the unknowns of a fit. */
import { svd } from '../../linalg/index.js'
import { tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { length } from '../vector.js'

export interface Uncertainty {
  /** s^2 (JᵀJ)^-1 [n, n] row by row, or null where it does not exist. */
  readonly covariance: Float64Array | null
  /** Numerical rank of J with its columns scaled to norm 1. */
  readonly rank: number
}

/** s^2 = ||r||^2 / (m - n). By the SVD of J with columns of norm 1; null where a direction is undetermined, or m <= n. */
export function uncertainty(J: Float64Array, r: Float64Array, n: number): Uncertainty {
  const m = r.length
  const norms = Float64Array.from({ length: n }, (_, j) => length(Float64Array.from({ length: m }, (_, i) => J[i * n + j]!)) || 1) // biome-ignore format: one line
  const { S, V } = tidy(() => {
    const scaled = J.map((value, at) => value / norms[at % n]!)
    const { S, Vh } = svd(tensor(scaled, { dtype: 'f64' }).reshape([m, n]))
    return { S: S.toArray(), V: Vh.toArray() }
  })
  const rank = S.filter((s) => s > Math.max(m, n) * Number.EPSILON * S[0]!).length
  if (rank < n || m <= n) return { covariance: null, rank }
  const variance = length(r) ** 2 / (m - n)
  const out = new Float64Array(n * n)
  for (let a = 0; a < n; a++)
    for (let b = 0; b < n; b++) {
      let sum = 0
      for (let k = 0; k < n; k++) sum += (V[k * n + a]! / S[k]!) * (V[k * n + b]! / S[k]!)
      out[a * n + b] = (variance * sum) / norms[a]! / norms[b]!
    }
  return { covariance: out, rank }
}
