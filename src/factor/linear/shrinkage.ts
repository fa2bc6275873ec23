/** Covariances shrunk towards multiples of the identity. */
import { type Tensor, tensor } from '../../tensor/index.js'
import { view } from '../../tensor/internal.js'

/**
 * Sum over classes of prior times the class's covariance (ddof 0), shrunk by a number, or with `auto` by Ledoit & Wolf's (2004) for the class's standardized
 * columns. `centred` [n, d] are rows less their class's mean.
 */
export function pooledCovariance(
  centred: Tensor,
  codes: Int32Array,
  priors: ArrayLike<number>,
  shrinkage: number | 'auto',
): Tensor {
  const d = centred.shape[1]!
  const values = view(centred) as Float64Array
  const pooled = new Float64Array(d * d)
  for (let c = 0; c < priors.length; c++) {
    const rows: Float64Array[] = []
    for (let i = 0; i < codes.length; i++) if (codes[i] === c) rows.push(values.slice(i * d, (i + 1) * d))
    const one = shrinkage === 'auto' ? shrunkByData(rows, d) : shrunk(covarianceOf(rows, d), d, shrinkage)
    for (let at = 0; at < d * d; at++) pooled[at]! += priors[c]! * one[at]!
  }
  return tensor(pooled, { shape: [d, d] })
}

function covarianceOf(rows: readonly Float64Array[], d: number): Float64Array {
  const out = new Float64Array(d * d)
  for (const row of rows)
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) out[i * d + j]! += (row[i]! * row[j]!) / rows.length
  return out
}

/** (1 - amount) C + amount trace(C) / d I. */
function shrunk(covariance: Float64Array, d: number, amount: number): Float64Array {
  let trace = 0
  for (let j = 0; j < d; j++) trace += covariance[j * (d + 1)]!
  return covariance.map((one, at) => (1 - amount) * one + (at % (d + 1) === 0 ? (amount * trace) / d : 0))
}

/** Columns are standardized meanwhile, as scikit-learn does; a constant one stays as it is. */
function shrunkByData(rows: readonly Float64Array[], d: number): Float64Array {
  const deviations = new Float64Array(d)
  for (const row of rows) for (let j = 0; j < d; j++) deviations[j]! += row[j]! ** 2 / rows.length
  for (let j = 0; j < d; j++) deviations[j] = Math.sqrt(deviations[j]!) || 1
  const scaled = rows.map((row) => row.map((one, j) => one / deviations[j]!))
  const covariance = covarianceOf(scaled, d)
  const result = shrunk(covariance, d, ledoitWolf(scaled, covariance, d))
  return result.map((one, at) => one * deviations[Math.floor(at / d)]! * deviations[at % d]!)
}

/** Ledoit & Wolf 2004, lemma 3.3: the estimate of the best amount for centred rows. */
function ledoitWolf(rows: readonly Float64Array[], covariance: Float64Array, d: number): number {
  const n = rows.length
  let [trace, squares, fourth] = [0, 0, 0]
  for (let j = 0; j < d; j++) trace += covariance[j * (d + 1)]!
  for (const one of covariance) squares += one * one
  for (const row of rows) fourth += row.reduce((sum, one) => sum + one * one, 0) ** 2
  const mu = trace / d
  const delta = (squares - 2 * mu * trace + d * mu * mu) / d
  const beta = Math.min(delta, (fourth / n - squares) / (d * n))
  return beta <= 0 ? 0 : beta / delta
}
