/** Probabilities and labels as estimates of label shift take them, checked. */
import { UsageError } from '../../core/index.js'
import { Tensor } from '../../tensor/index.js'
import { castOf, describe, tidy, together, view } from '../../tensor/internal.js'

/** A classifier's probabilities: rows of one for each class, as a tensor [rows, classes], or as lists. */
export type Probabilities = Tensor | readonly (readonly number[])[]

/** A classifier's outputs on rows that have labels, 0 .. classes - 1. */
export interface Labelled {
  readonly probabilities: Probabilities
  readonly labels: ArrayLike<number>
}

/** Checked: row-major [n, K]. */
export interface Scores {
  readonly n: number
  readonly K: number
  readonly p: Float64Array
}

export interface LabelledScores extends Scores {
  readonly labels: Int32Array
}

/** Sums of rows may be off by so much: probabilities are often stored with three digits. */
const tolerance = 2e-3

/** Checks numbers, ranges and sums; the first row that is wrong is named. `what` is `validation` or `current`. */
export function scoresOf(op: string, what: string, given: Probabilities): Scores {
  const { n, K, p } = elements(op, what, given)
  if (n === 0 || K < 2)
    throw new UsageError(`${op}: ${what} probabilities [${n}, ${K}]; expected one row and two classes at least.`)
  for (let i = 0; i < n; i++) {
    let sum = 0
    for (let k = 0; k < K; k++) {
      const one = p[i * K + k]!
      if (!(one >= 0 && one <= 1 + tolerance))
        throw new UsageError(`${op}: ${what} probability ${one} in row ${i}, class ${k}; expected 0 to 1.`)
      sum += one
    }
    if (Math.abs(sum - 1) > tolerance)
      throw new UsageError(
        `${op}: ${what} probabilities of row ${i} sum to ${Number(sum.toPrecision(6))}; expected 1. Try a softmax of logits, or all classes.`,
      )
  }
  return { n, K, p }
}

function elements(op: string, what: string, given: Probabilities): Scores {
  if (given instanceof Tensor) {
    if (given.rank !== 2)
      throw new UsageError(`${op}: ${what} probabilities are ${describe(given)}; expected [rows, classes].`)
    const p = tidy(() => (view(together(castOf(given, 'f64'))) as Float64Array).slice())
    return { n: given.shape[0]!, K: given.shape[1]!, p }
  }
  const n = given.length
  const K = given[0]?.length ?? 0
  const p = new Float64Array(n * K)
  given.forEach((row, i) => {
    if (row.length !== K)
      throw new UsageError(
        `${op}: ${what} row ${i} has ${row.length} probabilities and row 0 has ${K}; expected as many.`,
      )
    p.set(row, i * K)
  })
  return { n, K, p }
}

export function labelledOf(op: string, { probabilities, labels }: Labelled): LabelledScores {
  const scores = scoresOf(op, 'validation', probabilities)
  if (labels.length !== scores.n)
    throw new UsageError(`${op}: ${scores.n} rows of probabilities and ${labels.length} labels; expected as many.`)
  return { ...scores, labels: labelsOf(op, labels, scores.K) }
}

export function labelsOf(op: string, labels: ArrayLike<number>, K: number): Int32Array {
  const out = new Int32Array(labels.length)
  for (let i = 0; i < out.length; i++) {
    const label = labels[i]!
    if (!(Number.isInteger(label) && label >= 0 && label < K))
      throw new UsageError(`${op}: label ${label} of row ${i}; expected 0 to ${K - 1}.`)
    out[i] = label
  }
  return out
}

/** How often each of `K` labels comes; with `rows`, only theirs. */
export function countsOf(labels: ArrayLike<number>, K: number, rows?: Int32Array): Float64Array {
  const counts = new Float64Array(K)
  if (rows) for (const row of rows) counts[labels[row]!]!++
  else for (let i = 0; i < labels.length; i++) counts[labels[i]!]!++
  return counts
}

/** The likeliest class of each row; of equals the first. */
export function predictionsOf({ n, K, p }: Scores): Int32Array {
  const out = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    let best = 0
    for (let k = 1; k < K; k++) if (p[i * K + k]! > p[i * K + best]!) best = k
    out[i] = best
  }
  return out
}
