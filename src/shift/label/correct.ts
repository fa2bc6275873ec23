/** What estimated shares are for: corrected posteriors, weights of rows, and the accuracy to expect. */
import { UsageError } from '../../core/index.js'
import { checkPrior } from './em.js'
import { type Labelled, labelledOf, labelsOf, type Probabilities, predictionsOf, scoresOf } from './scores.js'

/**
 * Probabilities for other class shares: p[k] to[k] / from[k], summing to 1 in each row; `from` are the shares for which they were right (of the training
 * rows, or of those they were calibrated on). A row that only classes of share 0 explain stays as it is.
 *
 * Row-major [rows, classes]. Source: Saerens, Latinne & Decaestecker (2002), equation 2.4.
 *
 * @example
 * correctPosteriors([[0.5, 0.5]], { from: [0.5, 0.5], to: [0.9, 0.1] }) // [0.9, 0.1]
 */
export function correctPosteriors(
  probabilities: Probabilities,
  { from, to }: { from: ArrayLike<number>; to: ArrayLike<number> },
): Float64Array {
  const op = 'correctPosteriors'
  const { n, K, p } = scoresOf(op, 'current', probabilities)
  checkPrior(op, from, K)
  checkPrior(op, to, K)
  const out = p.slice()
  for (let i = 0; i < n; i++) {
    let sum = 0
    for (let k = 0; k < K; k++) sum += from[k]! > 0 ? (p[i * K + k]! * to[k]!) / from[k]! : 0
    if (!(sum > 0)) continue
    for (let k = 0; k < K; k++) out[i * K + k] = from[k]! > 0 ? (p[i * K + k]! * to[k]!) / from[k]! / sum : 0
  }
  return out
}

/** Importance weights of labelled rows: the weight of each one's class. */
export function labelWeights(labels: ArrayLike<number>, weights: ArrayLike<number>): Float64Array {
  return Float64Array.from(labelsOf('labelWeights', labels, weights.length), (label) => weights[label]!)
}

/** Accuracy that validation rows have when weighted by their class: sum of w[y] 1[right] / sum of w[y]. NaN where no row has weight. */
export function weightedAccuracy(validation: Labelled, weights: ArrayLike<number>): number {
  const op = 'weightedAccuracy'
  const known = labelledOf(op, validation)
  if (weights.length !== known.K)
    throw new UsageError(`${op}: ${weights.length} weights for ${known.K} classes; expected as many.`)
  let [right, all] = [0, 0]
  predictionsOf(known).forEach((predicted, i) => {
    const w = weights[known.labels[i]!]!
    all += w
    if (predicted === known.labels[i]) right += w
  })
  return right / all
}
