/** Losses of boosted trees: gradients and curvatures by the scores. Scores of k outputs stand one output after another, [k][rows]. */

export interface Loss {
  /** Scores per row. */
  readonly outputs: number
  /** The best constant scores for `rows`. */
  start(rows: Int32Array): number[]
  /** Writes the derivatives by the scores of one output, at the places of `rows`; of the outputs in turn, from 0 on, with the same scores. */
  derivatives(
    scores: readonly Float64Array[],
    output: number,
    rows: Int32Array,
    gradient: Float64Array,
    curvature: Float64Array,
  ): void
  /** Mean loss over `rows`. */
  value(scores: readonly Float64Array[], rows: Int32Array): number
}

const mean = (rows: Int32Array, of: (row: number) => number): number => {
  let sum = 0
  for (let i = 0; i < rows.length; i++) sum += of(rows[i]!)
  return rows.length > 0 ? sum / rows.length : 0
}

/** (y - score)^2 / 2. */
export function squaredLoss(y: Float64Array): Loss {
  return {
    outputs: 1,
    start: (rows) => [mean(rows, (row) => y[row]!)],
    derivatives([scores], _, rows, gradient, curvature) {
      for (const row of rows) {
        gradient[row] = scores![row]! - y[row]!
        curvature[row] = 1
      }
    },
    value: ([scores], rows) => mean(rows, (row) => (y[row]! - scores![row]!) ** 2 / 2),
  }
}

/** (residual - score treated)^2 / 2: the score is the change of the mean of y per unit of `treated` (Nie & Wager 2021, the R-learner). */
export function productLoss(residual: Float64Array, treated: Float64Array): Loss {
  return {
    outputs: 1,
    start: (rows) => {
      const squares = mean(rows, (row) => treated[row]! ** 2)
      return [squares > 0 ? mean(rows, (row) => residual[row]! * treated[row]!) / squares : 0]
    },
    derivatives([scores], _, rows, gradient, curvature) {
      for (const row of rows) {
        const t = treated[row]!
        gradient[row] = t * (scores![row]! * t - residual[row]!)
        curvature[row] = t * t
      }
    },
    value: ([scores], rows) => mean(rows, (row) => (residual[row]! - scores![row]! * treated[row]!) ** 2 / 2),
  }
}

/** Classes 0 to `classes` - 1: one score (log odds of class 1) for two, one for each (softmax) for more. */
export function logisticLoss(y: Int32Array, classes: number): Loss {
  return classes === 2 ? binaryLoss(y) : softmaxLoss(y, classes)
}

function binaryLoss(y: Int32Array): Loss {
  return {
    outputs: 1,
    start: (rows) => [
      logit(
        mean(rows, (row) => y[row]!),
        rows.length,
      ),
    ],
    derivatives([scores], _, rows, gradient, curvature) {
      for (const row of rows) {
        const p = sigmoid(scores![row]!)
        gradient[row] = p - y[row]!
        curvature[row] = p * (1 - p)
      }
    },
    value: ([scores], rows) =>
      mean(rows, (row) => {
        const margin = y[row] === 1 ? scores![row]! : -scores![row]!
        return Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)))
      }),
  }
}

function softmaxLoss(y: Int32Array, classes: number): Loss {
  const logSum = (scores: readonly Float64Array[], row: number): number => {
    let top = Number.NEGATIVE_INFINITY
    for (let k = 0; k < classes; k++) top = Math.max(top, scores[k]![row]!)
    let sum = 0
    for (let k = 0; k < classes; k++) sum += Math.exp(scores[k]![row]! - top)
    return top + Math.log(sum)
  }
  // The outputs of one round see the same scores: their normalizers are found with the first.
  const normalizers = new Float64Array(y.length)
  return {
    outputs: classes,
    start: (rows) =>
      Array.from({ length: classes }, (_, k) => {
        const share = mean(rows, (row) => (y[row] === k ? 1 : 0))
        return Math.log((share * rows.length + 0.5) / (rows.length + 0.5 * classes))
      }),
    derivatives(scores, output, rows, gradient, curvature) {
      if (output === 0) for (const row of rows) normalizers[row] = logSum(scores, row)
      const own = scores[output]!
      for (const row of rows) {
        const p = Math.exp(own[row]! - normalizers[row]!)
        gradient[row] = p - (y[row] === output ? 1 : 0)
        curvature[row] = p * (1 - p)
      }
    },
    value: (scores, rows) => mean(rows, (row) => logSum(scores, row) - scores[y[row]!]![row]!),
  }
}

export const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))

/** Log odds of a share of `n`, kept from the ends by half a row. */
const logit = (share: number, n: number): number => Math.log((share * n + 0.5) / ((1 - share) * n + 0.5))

/** Probabilities of each class, [classes][rows], of the scores that a model of `logisticLoss` gives. */
export function probabilities(scores: readonly Float64Array[]): Float64Array[] {
  if (scores.length === 1) {
    const one = scores[0]!.map(sigmoid)
    return [one.map((p) => 1 - p), one]
  }
  const out = scores.map((some) => new Float64Array(some.length))
  for (let row = 0; row < out[0]!.length; row++) {
    let top = Number.NEGATIVE_INFINITY
    for (const some of scores) top = Math.max(top, some[row]!)
    let sum = 0
    for (const [k, some] of scores.entries()) sum += out[k]![row] = Math.exp(some[row]! - top)
    for (const some of out) some[row]! /= sum
  }
  return out
}
