/** The problem that solvers of logistic regression see: standardized columns with a column of ones, weights that sum to 1, classes that are there. */
import { UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { castOf, describe, tidy, together, view } from '../../tensor/internal.js'
import type { LogisticOptions } from '../logistic.js'

/** Minimize sum_i weights_i loss_i + 1/2 sum_j ridge_j theta_j^2. */
export interface Problem {
  readonly n: number
  /** Columns and one for the intercept. */
  readonly p: number
  /** 1 for two classes, else one for each that is there. */
  readonly logits: number
  /** [n, p], standardized, the last column 1. */
  readonly x: Float64Array
  /** Places in `present`. */
  readonly y: Int32Array
  readonly weights: Float64Array
  readonly weightSum: number
  /** [p], 0 for the intercept. */
  readonly ridge: Float64Array
  readonly mean: Float64Array
  readonly scale: Float64Array
  /** Classes that have weight, ascending. */
  readonly present: readonly number[]
}

/** Elements of x [rows, columns] as f64, or UsageError. */
export function matrixOf(op: string, x: Float64Array | Tensor, rows: number, columns: number): Float64Array {
  const wrong = (got: string): UsageError =>
    new UsageError(`${op}: x is ${got}; expected ${rows} rows of ${columns} columns.`)
  if (x instanceof Float64Array) {
    if (x.length !== rows * columns) throw wrong(`${x.length} numbers`)
    return x
  }
  if (x.size !== rows * columns) throw wrong(describe(x))
  return tidy(() => (view(together(castOf(x, 'f64'))) as Float64Array).slice())
}

export function problemOf(
  values: Float64Array,
  n: number,
  columns: number,
  y: Int32Array,
  options: LogisticOptions,
): Problem {
  const op = 'logisticRegression'
  const { classes, C = 1 } = options
  if (!Number.isInteger(classes) || classes < 1)
    throw new UsageError(`${op}: classes ${classes}; expected a whole number from 1 on.`)
  if (!(C > 0)) throw new UsageError(`${op}: C = ${C}; expected a positive number, or Infinity for no penalty.`)
  if (n === 0) throw new UsageError(`${op}: no rows; expected one at least.`)
  if (y.length !== n) throw new UsageError(`${op}: ${n} rows and ${y.length} labels; expected as many.`)
  const { weights, weightSum } = weightsOf(op, options.weights, n)
  const present = presentClasses(op, y, weights, classes)
  const { x, mean, scale } = standardize(op, values, n, columns, weights)
  const place = new Int32Array(classes).fill(-1)
  present.forEach((one, k) => {
    place[one] = k
  })
  const ridge = new Float64Array(columns + 1)
  // 1/2 w^2 + C sum = C weightSum (mean + 1/2 (w scale)^2 / (scale^2 C weightSum)).
  if (C !== Number.POSITIVE_INFINITY)
    for (let j = 0; j < columns; j++) ridge[j] = 1 / scale[j]! / scale[j]! / C / weightSum
  return {
    n,
    p: columns + 1,
    logits: present.length === 2 ? 1 : present.length,
    x,
    y: y.map((label) => Math.max(0, place[label]!)),
    weights,
    weightSum,
    ridge,
    mean,
    scale,
    present,
  }
}

function weightsOf(
  op: string,
  given: Float64Array | undefined,
  n: number,
): { weights: Float64Array; weightSum: number } {
  if (given === undefined) return { weights: new Float64Array(n).fill(1 / n), weightSum: n }
  if (given.length !== n) throw new UsageError(`${op}: ${n} rows and ${given.length} weights; expected as many.`)
  const bad = given.findIndex((one) => !(one >= 0 && one < Number.POSITIVE_INFINITY))
  if (bad >= 0) throw new UsageError(`${op}: weight ${given[bad]} of row ${bad}; expected a finite number from 0 on.`)
  const weightSum = given.reduce((sum, one) => sum + one, 0)
  if (!(weightSum > 0)) throw new UsageError(`${op}: all weights are 0; expected a positive one.`)
  return { weights: given.map((one) => one / weightSum), weightSum }
}

function presentClasses(op: string, y: Int32Array, weights: Float64Array, classes: number): number[] {
  const seen = new Uint8Array(classes)
  for (let i = 0; i < y.length; i++) {
    const label = y[i]!
    if (!(label >= 0 && label < classes))
      throw new UsageError(`${op}: label ${label} of row ${i}; expected 0 to ${classes - 1}.`)
    if (weights[i]! > 0) seen[label] = 1
  }
  return Array.from(seen.keys()).filter((one) => seen[one] === 1)
}

/** Columns less their mean, by their deviation; constant ones become 0. The last column is 1. */
function standardize(op: string, values: Float64Array, n: number, d: number, weights: Float64Array) {
  const [mean, scale, largest] = [new Float64Array(d), new Float64Array(d), new Float64Array(d)]
  for (let i = 0, at = 0; i < n; i++)
    for (let j = 0; j < d; j++) {
      const value = values[at++]!
      if (!Number.isFinite(value))
        throw new UsageError(`${op}: ${value} in row ${i}, column ${j}; expected finite numbers.`)
      mean[j]! += weights[i]! * value
      largest[j] = Math.max(largest[j]!, Math.abs(value))
    }
  const p = d + 1
  const x = new Float64Array(n * p)
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < d; j++) {
      // In units of the largest, so that squares neither overflow nor vanish.
      const value = largest[j] === 0 ? 0 : (values[at]! - mean[j]!) / largest[j]!
      x[i * p + j] = value
      scale[j]! += weights[i]! * value * value
      at++
    }
    x[i * p + d] = 1
  }
  const inverse = new Float64Array(d)
  for (let j = 0; j < d; j++) {
    const deviation = Math.sqrt(scale[j]!)
    // Rounding of the mean leaves so much of a constant column.
    const constant = deviation <= 1e-14
    scale[j] = constant ? 1 : deviation * largest[j]!
    inverse[j] = constant ? 0 : 1 / deviation
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) x[i * p + j]! *= inverse[j]!
  return { x, mean, scale }
}

/** Coefficients and intercepts in the units of the columns, for all classes. */
export function unscale(problem: Problem, theta: Float64Array, classes: number) {
  const { p, logits, mean, scale, present } = problem
  const d = p - 1
  const lines = classes === 2 ? 1 : classes
  const coefficients = new Float64Array(lines * d)
  const intercepts = new Float64Array(lines).fill(Number.NEGATIVE_INFINITY)
  const set = (line: number, k: number, factor: number): void => {
    let intercept = theta[k * p + d]!
    for (let j = 0; j < d; j++) {
      const w = theta[k * p + j]! / scale[j]!
      coefficients[line * d + j] = factor * w
      intercept -= w * mean[j]!
    }
    intercepts[line] = factor * intercept
  }
  if (present.length === 1) {
    if (classes === 2) intercepts[0] = present[0] === 1 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
    else intercepts[present[0]!] = 0
  } else if (classes === 2) set(0, 0, 1)
  else for (const [k, line] of present.entries()) set(line, logits === 1 ? 0 : k, logits === 1 ? k - 0.5 : 1)
  return { coefficients, intercepts }
}
