/** Calibration of probabilities on labelled rows: temperature scaling, and with a bias for each class. */
import { NumericalError } from '../../core/index.js'
import { solveInPlace } from '../logistic/newton.js'
import { countsOf, type Labelled, type LabelledScores, labelledOf, type Probabilities, scoresOf } from './scores.js'

export interface Calibration {
  /** What logarithms of probabilities are multiplied by: below 1 the classifier was too sure. */
  readonly temperature: number
  /** Added to the products, one for each class, summing to 0; 0 for classes that no label has. All 0 for `temperatureScaling`. */
  readonly bias: Float64Array
  /** Mean negative log-likelihood of the labels, before and after. */
  readonly nllBefore: number
  readonly nllAfter: number
  /** Calibrated probabilities of other rows. */
  apply(probabilities: Probabilities): number[][]
  /** The same on row-major elements [n, K]. */
  applyTo(p: Float64Array): Float64Array
}

/** Logarithms of probabilities below this are that of this. */
const least = 1e-300

/**
 * Bias-corrected temperature scaling: softmax(T log p + b), T > 0, with T and b of largest likelihood on labelled rows, by Newton's method from T = 1,
 * b = 0. The likelihood is concave and b is determined up to a constant: it sums to 0.
 *
 * Probabilities of 0 count as 1e-300. A T that would not be positive ends at 1e-6. Where labels are predicted without error T grows without
 * end: NumericalError. Source: Alexandari, Kundaje & Shrikumar (2020).
 */
export function bcts(validation: Labelled): Calibration {
  return calibrate(labelledOf('bcts', validation), true)
}

/** Temperature scaling: softmax(T log p) with T of largest likelihood on labelled rows. Source: Guo, Pleiss, Sun & Weinberger (2017), where T is 1 / T. */
export function temperatureScaling(validation: Labelled): Calibration {
  return calibrate(labelledOf('temperatureScaling', validation), false)
}

export function calibrate({ n, K, p, labels }: LabelledScores, biased: boolean): Calibration {
  const op = biased ? 'bcts' : 'temperatureScaling'
  const logs = p.map((one) => Math.log(Math.max(one, least)))
  const counts = countsOf(labels, K)
  // Places of unknowns: T first, then biases of classes that labels have.
  const free = biased ? Array.from(counts.keys()).filter((k) => counts[k]! > 0) : []
  const size = 1 + free.length
  const place = new Int32Array(K).fill(-1)
  free.forEach((k, at) => {
    place[k] = at + 1
  })
  const gradient = new Float64Array(size)
  const H = new Float64Array(size * size)
  const row = new Float64Array(K)
  const evaluate = (theta: Float64Array): number => {
    gradient.fill(0)
    H.fill(0)
    let loss = 0
    for (let i = 0; i < n; i++) {
      loss += softmaxLoss(logs, i * K, theta[0]!, (k) => (place[k]! > 0 ? theta[place[k]!]! : 0), row, labels[i]!)
      let mean = 0
      for (let k = 0; k < K; k++) mean += row[k]! * logs[i * K + k]!
      gradient[0]! += mean - logs[i * K + labels[i]!]!
      for (let k = 0; k < K; k++) {
        const log = logs[i * K + k]!
        H[0]! += row[k]! * (log - mean) * (log - mean)
        const at = place[k]!
        if (at < 0) continue
        gradient[at]! += row[k]! - (labels[i] === k ? 1 : 0)
        H[at * size]! += row[k]! * (log - mean)
        for (let l = 0; l <= k; l++)
          if (place[l]! > 0) H[at * size + place[l]!]! += row[k]! * ((k === l ? 1 : 0) - row[l]!)
      }
    }
    for (let j = 0; j < size; j++) gradient[j]! /= n
    for (let j = 0; j < H.length; j++) H[j]! /= n
    // Biases may all move by the same: a curvature there keeps H definite. Absent classes pin that direction themselves.
    if (free.length === K) for (let a = 1; a < size; a++) for (let b = 1; b <= a; b++) H[a * size + b]! += 1 / K
    return loss / n
  }
  const { theta, before, after } = minimize(op, size, evaluate, gradient, H)
  const bias = Float64Array.from(place, (at) => (at > 0 ? theta[at]! : 0))
  const shift = free.length === K ? bias.reduce((a, b) => a + b, 0) / K : 0
  for (let k = 0; k < K; k++) bias[k]! -= shift
  const temperature = theta[0]!
  const applyTo = (some: Float64Array): Float64Array => {
    const out = new Float64Array(some.length)
    const logs = some.map((one) => Math.log(Math.max(one, least)))
    for (let at = 0; at < some.length; at += K)
      softmaxLoss(logs, at, temperature, (k) => bias[k]!, out.subarray(at, at + K), 0)
    return out
  }
  const apply = (probabilities: Probabilities): number[][] => {
    const scores = scoresOf(op, 'current', probabilities)
    const out = applyTo(scores.p)
    return Array.from({ length: scores.n }, (_, i) => Array.from(out.subarray(i * K, (i + 1) * K)))
  }
  return { temperature, bias, nllBefore: before, nllAfter: after, apply, applyTo }
}

/** softmax(T logs + bias) of one row to `row`, and minus the logarithm of the one at the label. */
function softmaxLoss(
  logs: Float64Array,
  at: number,
  T: number,
  bias: (k: number) => number,
  row: Float64Array,
  label: number,
): number {
  // biome-ignore format: one line
  let top = Number.NEGATIVE_INFINITY
  for (let k = 0; k < row.length; k++) {
    row[k] = T * logs[at + k]! + bias(k)
    top = Math.max(top, row[k]!)
  }
  const own = row[label]! - top
  let sum = 0
  for (let k = 0; k < row.length; k++) {
    row[k] = Math.exp(row[k]! - top)
    sum += row[k]!
  }
  for (let k = 0; k < row.length; k++) row[k]! /= sum
  return Math.log(sum) - own
}

/** Newton's method with halved steps; `evaluate` fills gradient and H, whose first unknown stays positive. */
function minimize(
  op: string,
  size: number,
  evaluate: (theta: Float64Array) => number,
  gradient: Float64Array,
  H: Float64Array,
) {
  let theta = new Float64Array(size)
  theta[0] = 1
  const before = evaluate(theta)
  let value = before
  const step = new Float64Array(size)
  for (let iteration = 0; iteration < 200; iteration++) {
    const flat = Math.max(...gradient.map(Math.abs))
    if (flat <= 1e-13) break
    for (let j = 0; j < size; j++) step[j] = -gradient[j]!
    solveInPlace(H, size, step)
    let slope = 0
    for (let j = 0; j < size; j++) slope += step[j]! * gradient[j]!
    let moved = false
    for (let t = 1; t > 1e-12; t /= 2) {
      const next = theta.map((one, j) => one + t * step[j]!)
      next[0] = Math.max(next[0]!, 1e-6)
      const reached = evaluate(next)
      if (!(reached <= value + 1e-4 * t * slope + 1e-15 * Math.abs(value))) continue
      moved = value - reached > 1e-15 * Math.abs(value) || Math.max(...gradient.map(Math.abs)) < flat
      theta = next
      value = reached
      break
    }
    if (!moved) break
    if (theta[0]! > 1e6 || value < 1e-12)
      throw new NumericalError('separable', `${op}: the likeliest class is always the right one, so the temperature has no end. Try more validation rows.`) // biome-ignore format: one line
  }
  return { theta, before, after: value }
}
