/** Estimates of label shift from a confusion matrix: BBSE and RLLS. */
import { UsageError } from '../../core/index.js'
import { type Conditioning, momentsOf, outputsOf, solveWeights } from './confusion.js'
import { type Labelled, labelledOf, type Probabilities, scoresOf } from './scores.js'

/** Class shares of current data without its labels. */
export interface LabelShiftEstimate {
  /** Estimated shares of the classes: weights x validation shares, summing to 1. */
  readonly priors: Float64Array
  /** Importance weights of the classes, current share over validation share; negative ones set to 0. */
  readonly weights: Float64Array
  /** Before negative ones were set to 0. */
  readonly rawWeights: Float64Array
}

export interface BlackBoxEstimate extends LabelShiftEstimate, Conditioning {
  /** Row-major [K, K]: C[i, j] = share of validation rows that are predicted i and labelled j. */
  readonly confusion: Float64Array
  /** Shares of the predictions on current rows. */
  readonly predicted: Float64Array
}

export interface BbseOptions {
  /** Probabilities instead of the likeliest class. Default false. */
  soft?: boolean
}

export interface RllsOptions extends BbseOptions {
  /** Weight of the penalty. Default 0.001. */
  lambda?: number
}

/**
 * Black box shift estimation: solves C w = mu, with C[i, j] the share of validation rows predicted i and labelled j, and mu the shares of predictions
 * on current rows. True where p(x | y) holds and C is invertible; a small `sigmaMin` makes it noisy, a singular C gives the solution nearest
 * to no shift (its `condition` is Infinity). A class that validation does not have gets share and weight 0.
 *
 * Throws UsageError for probabilities that are none, with their row. Source: Lipton, Wang & Smola (2018).
 *
 * @example
 * const validation = { probabilities: [[0.9, 0.1], [0.2, 0.8]], labels: [0, 1] }
 * bbse(validation, [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]]).priors // [2/3, 1/3]
 */
export function bbse(
  validation: Labelled,
  current: Probabilities,
  { soft = false }: BbseOptions = {},
): BlackBoxEstimate {
  return blackBox('bbse', validation, current, soft, 0)
}

/**
 * Regularized learning under label shift: weights 1 + theta with theta = argmin ||C theta - (mu - C 1)||^2 + lambda ||theta||^2, which is drawn towards no
 * shift where C is small. The paper penalizes the norm, not its square; both have the same solutions for other lambdas.
 *
 * Source: Azizzadenesheli, Liu, Yang & Anandkumar (2019).
 */
export function rlls(validation: Labelled, current: Probabilities, options: RllsOptions = {}): BlackBoxEstimate {
  const { soft = false, lambda = 0.001 } = options
  if (!(lambda >= 0)) throw new UsageError(`rlls: lambda = ${lambda}; expected 0 or more.`)
  return blackBox('rlls', validation, current, soft, lambda)
}

function blackBox(
  op: string,
  validation: Labelled,
  current: Probabilities,
  soft: boolean,
  lambda: number,
): BlackBoxEstimate {
  const known = labelledOf(op, validation)
  const scores = scoresOf(op, 'current', current)
  if (scores.K !== known.K)
    throw new UsageError(
      `${op}: ${known.K} classes in validation and ${scores.K} in current probabilities; expected as many.`,
    )
  const moments = momentsOf(known, outputsOf(known, soft), outputsOf(scores, soft))
  const { weights, condition, sigmaMin } = solveWeights(moments, lambda)
  return { ...fromWeights(weights, moments.prior), confusion: moments.C, predicted: moments.mu, condition, sigmaMin }
}

/** Clips weights, and turns them to shares. Where all are clipped the shares are those of validation. */
export function fromWeights(rawWeights: Float64Array, prior: Float64Array): LabelShiftEstimate {
  const weights = rawWeights.map((one) => Math.max(one, 0))
  const shares = weights.map((one, k) => one * prior[k]!)
  const sum = shares.reduce((a, b) => a + b, 0)
  return { rawWeights, weights, priors: sum > 0 ? shares.map((one) => one / sum) : prior.slice() }
}
