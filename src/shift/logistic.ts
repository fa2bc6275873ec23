/** Logistic regression with a quadratic penalty: the model that tests and weights of shift are built on. It is fitted thousands of times. */
import { NumericalError, UsageError } from '../core/index.js'
import type { Tensor } from '../tensor/index.js'
import { limitedMemory } from './logistic/limited.js'
import { newton } from './logistic/newton.js'
import { probabilitiesOf } from './logistic/predict.js'
import { matrixOf, type Problem, problemOf, unscale } from './logistic/problem.js'

export interface LogisticOptions {
  /** How many classes there are; labels are 0 .. classes - 1. */
  classes: number
  /** scikit-learn's: minimizes 1/2 ||w||^2 + C (sum of losses), intercepts not penalized. Infinity: no penalty. Default 1. */
  C?: number
  /** How often each row counts, >= 0; not all 0. Default: once. */
  weights?: Float64Array
  /** Largest element of the gradient of the mean loss, columns standardized, at the end. Default 1e-10. */
  tol?: number
  /** Default 100 for Newton's method, 5000 for L-BFGS. */
  maxIterations?: number
  /** `newton` or `lbfgs`; by default Newton's where it is the cheaper one. */
  solver?: 'auto' | 'newton' | 'lbfgs'
  /** False: an outcome that is no success is returned instead of thrown. Default true. */
  check?: boolean
}

/**
 * `converged`; `separable`: without a penalty, a hyperplane separates classes and the likelihood has no maximum; `iteration-limit`; `stalled`:
 * rounding allows no better.
 */
export type LogisticOutcome = 'converged' | 'separable' | 'iteration-limit' | 'stalled'

export interface LogisticFit {
  readonly classes: number
  readonly columns: number
  /** Row-major [1, columns] (log-odds of class 1) for two classes, else [classes, columns], which sum to 0 over classes. */
  readonly coefficients: Float64Array
  /** [1] or [classes]; infinite for classes that no row has. */
  readonly intercepts: Float64Array
  /** Sum over rows of weight x log p(label), without the penalty. */
  readonly logLikelihood: number
  readonly iterations: number
  readonly outcome: LogisticOutcome
  /** Largest element of the gradient, as `tol` has it. */
  readonly gradientNorm: number
  /** Probabilities [rows, classes], row-major, of rows like those that it was fitted to. */
  predictProba(x: Float64Array | Tensor): Float64Array
}

/**
 * Logistic regression: one logit for two classes, the softmax of one logit per class for more, as scikit-learn's `LogisticRegression`.
 *
 * x [rows, columns] row-major (a tensor, or its elements), y the labels. Newton's method with a line search for few unknowns, L-BFGS for many.
 * Columns are centred and scaled inside, which changes no result but rounding. A constant column gets coefficient 0; of columns that depend on
 * each other exactly, without a penalty, the later ones get 0. A class that no row has gets probability 0 (one class alone: probability 1).
 *
 * Throws UsageError for sizes, labels, weights or values that cannot be (NaN and infinity too, with their row); NumericalError for an outcome
 * that is no success, unless `check` is false. Source: Hastie, Tibshirani & Friedman (2009), 4.4.
 *
 * @example
 * const x = Float64Array.of(0, 1, 2, 3)
 * const fit = logisticRegression(x, 4, 1, Int32Array.of(0, 1, 0, 1), { classes: 2 })
 * fit.predictProba(Float64Array.of(5)) // [1 - p, p], p = 0.829..
 */
export function logisticRegression(
  x: Float64Array | Tensor,
  rows: number,
  columns: number,
  y: Int32Array,
  options: LogisticOptions,
): LogisticFit {
  const { classes, solver = 'auto', tol = 1e-10, check = true } = options
  const problem = problemOf(matrixOf('logisticRegression', x, rows, columns), rows, columns, y, options)
  const found = problem.present.length < 2 ? alone(problem) : solve(problem, solver, tol, options.maxIterations)
  if (check && found.outcome !== 'converged') throw new NumericalError(found.outcome, sentences[found.outcome](found))
  const { coefficients, intercepts } = unscale(problem, found.theta, classes)
  return {
    classes,
    columns,
    coefficients,
    intercepts,
    logLikelihood: found.logLikelihood,
    iterations: found.iterations,
    outcome: found.outcome,
    gradientNorm: found.gradientNorm,
    predictProba: (rows) => probabilitiesOf(rows, columns, classes, coefficients, intercepts),
  }
}

/** What a solver hands back: unknowns of the standardized problem, [logits, columns + 1] with the intercept last. */
export interface Solution {
  readonly theta: Float64Array
  readonly logLikelihood: number
  readonly iterations: number
  readonly gradientNorm: number
  readonly outcome: LogisticOutcome
}

const sentences: Record<Exclude<LogisticOutcome, 'converged'>, (found: Solution) => string> = {
  separable: () =>
    'logisticRegression: a hyperplane separates the classes, so the likelihood has no maximum without a penalty. Try a finite C.',
  'iteration-limit': ({ iterations, gradientNorm }) =>
    `logisticRegression: not converged in ${iterations} iterations, the gradient is ${gradientNorm.toExponential(1)}. Try a larger maxIterations, or a smaller C.`,
  stalled: ({ gradientNorm }) =>
    `logisticRegression: no step lowers the loss, the gradient is ${gradientNorm.toExponential(1)}. Try a larger tol, or a smaller C.`,
}

function solve(
  problem: Problem,
  solver: 'auto' | 'newton' | 'lbfgs',
  tol: number,
  limit: number | undefined,
): Solution {
  if (!['auto', 'newton', 'lbfgs'].includes(solver))
    throw new UsageError(`logisticRegression: solver ${String(solver)}; expected auto, newton or lbfgs.`)
  const { n, p, logits } = problem
  const unknowns = logits * p
  // A step of Newton's costs n unknowns^2 / 2, one of L-BFGS n unknowns, of which it needs some hundred.
  const byNewton = solver === 'newton' || (solver === 'auto' && unknowns <= 250 && n * unknowns ** 2 <= 3e8)
  return byNewton ? newton(problem, tol, limit ?? 100) : limitedMemory(problem, tol, limit ?? 5000)
}

/** One class alone is certain. */
function alone({ p, logits }: Problem): Solution {
  return { theta: new Float64Array(logits * p), logLikelihood: 0, iterations: 0, gradientNorm: 0, outcome: 'converged' }
}
