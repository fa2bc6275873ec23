/** Importance weights by a classifier that tells current from reference rows. */
import { type LogisticFit, logisticRegression } from '../logistic.js'
import { type Matrix, pairOf, type Rows } from './matrix.js'
import { type ClipOptions, finish, type ImportanceWeights } from './ratio.js'

export interface LogisticWeightsOptions extends ClipOptions {
  /** As `logisticRegression` has it, on columns by their deviation over both tables. Default 1. */
  C?: number
}

/**
 * Importance weights (reference rows / current rows) p(current | x) / p(reference | x), with p by logistic regression on the columns as they are: the
 * log-ratio is linear in x, which is exact for two Gaussian distributions of one covariance. Add squares and products as columns for more.
 *
 * Does not depend on units, nor on the order of rows. Source: Bickel, Brueckner & Scheffer (2007); Qin (1998).
 *
 * @example
 * const { weights, effectiveSampleSize } = logisticWeights([[0], [1], [2], [3]], [[2], [3], [4]])
 */
export function logisticWeights(
  reference: Rows,
  current: Rows,
  options: LogisticWeightsOptions = {},
): ImportanceWeights {
  const op = 'logisticWeights'
  const { C = 1, ...clip } = options
  const pair = pairOf(op, reference, current)
  const [a, b] = [pair.reference, pair.current]
  const x = new Float64Array(a.x.length + b.x.length)
  x.set(a.x)
  x.set(b.x, a.x.length)
  const y = new Int32Array(a.n + b.n).fill(1, a.n)
  const fit = logisticRegression(x, a.n + b.n, a.d, y, { classes: 2, C })
  const ratio = a.n / b.n
  return finish(op, weightsOf(fit, ratio, a), clip, (rows) => weightsOf(fit, ratio, pair.other(rows)))
}

/** The odds times the ratio of the sizes, straight from the logit: probabilities near 1 would lose it. */
function weightsOf({ coefficients, intercepts }: LogisticFit, ratio: number, { n, d, x }: Matrix): Float64Array {
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let logit = intercepts[0]!
    for (let j = 0; j < d; j++) logit += coefficients[j]! * x[i * d + j]!
    out[i] = ratio * Math.exp(logit)
  }
  return out
}
