/** Cross-validation along a path: all lambdas of a fold come from one path with warm starts. */
import { InterruptedError, UsageError } from '../../core/index.js'
import { type Tensor, tensor, toArray } from '../../tensor/index.js'
import { castOf, checkTensor, describe, tidy, together, view } from '../../tensor/internal.js'
import { predictPath } from './predict.js'
import type { Path } from './types.js'

export interface CrossValidateOptions {
  /** Numbers of the rows that are left out, fold by fold; each is then predicted from all other rows. */
  folds: readonly (readonly number[])[]
  /** `mse`: mean squared error over examples and outputs; `crossEntropy` and `error` (share of wrong classes) for `softmax`. Default by the loss. */
  metric?: 'mse' | 'crossEntropy' | 'error'
  signal?: AbortSignal
  onFold?: (progress: { readonly fold: number; readonly errors: readonly number[] }) => void
}

export interface CrossValidatedPath<P extends Path = Path> {
  readonly lambdas: readonly number[]
  /** Mean over folds for each lambda, and its standard error: the standard deviation over folds (ddof 1) / sqrt(folds). */
  readonly mean: readonly number[]
  readonly standardError: readonly number[]
  /** [fold][lambda]. */
  readonly errors: readonly (readonly number[])[]
  /** Place of the least mean; of equal ones the larger lambda. */
  readonly best: number
  /** Place of the largest lambda whose mean is within one standard error of the least. */
  readonly oneStandardError: number
  /** Fitted to all rows. */
  readonly path: P
}

/**
 * The error of each lambda of a path on rows that were left out. `pathOf` makes a path of rows and lambdas; the lambdas are those of the path of
 * all rows, so that folds agree on them.
 *
 * Throws UsageError for rows that are not there, or folds that leave none to fit. Source of the one-standard-error rule: Breiman et al. (1984).
 *
 * @example
 * const folds = [0, 1, 2].map((k) => rows.filter((i) => i % 3 === k))
 * const cv = crossValidatePath((X, y, lambdas) => lassoPath(X, y, { lambdas }), X, y, { folds })
 */
export function crossValidatePath<P extends Path>(
  pathOf: (X: Tensor, y: Tensor, lambdas: readonly number[] | undefined) => P,
  X: Tensor,
  y: Tensor,
  options: CrossValidateOptions,
): CrossValidatedPath<P> {
  const op = 'crossValidatePath'
  checkTensor(op, X)
  checkTensor(op, y)
  if (X.rank !== 2 || y.rank === 0 || y.shape[0] !== X.shape[0])
    throw new UsageError(
      `${op}: X is ${describe(X)} and y ${describe(y)}; expected [examples, features] and as many y.`,
    )
  const n = X.shape[0]!
  const { folds } = options
  checkFolds(op, folds, n)
  const path = pathOf(X, y, undefined)
  const { lambdas } = path
  const metric = options.metric ?? (path.loss === 'softmax' ? 'crossEntropy' : 'mse')
  if ((metric === 'mse') !== (path.loss === 'squared'))
    throw new UsageError(`${op}: metric '${metric}' for a path with loss '${path.loss}'.`)
  const errors = folds.map((out, fold) => {
    if (options.signal?.aborted) throw new InterruptedError()
    const left = new Set(out)
    const rest = Array.from({ length: n }, (_, i) => i).filter((i) => !left.has(i))
    const scores = tidy(() => {
      const own = pathOf(rowsOf(X, rest), rowsOf(y, rest), lambdas)
      const [Xout, yout] = [rowsOf(X, out), rowsOf(y, out)]
      return lambdas.map((_, at) => scoreOf(metric, own, Xout, Array.from(toArray(yout)), at))
    })
    options.onFold?.({ fold, errors: scores })
    return scores
  })
  const k = folds.length
  const mean = lambdas.map((_, at) => errors.reduce((sum, one) => sum + one[at]!, 0) / k)
  const standardError = lambdas.map((_, at) => {
    if (k < 2) return 0
    const squares = errors.reduce((sum, one) => sum + (one[at]! - mean[at]!) ** 2, 0)
    return Math.sqrt(squares / (k - 1) / k)
  })
  const best = mean.reduce((least, value, at) => (value < mean[least]! ? at : least), 0)
  const oneStandardError = mean.findIndex((value) => value <= mean[best]! + standardError[best]!)
  return { lambdas, mean, standardError, errors, best, oneStandardError: Math.max(0, oneStandardError), path }
}

function checkFolds(op: string, folds: readonly (readonly number[])[], n: number): void {
  if (!Array.isArray(folds) || folds.length === 0) throw new UsageError(`${op}: there are no folds; expected lists of row numbers.`) // biome-ignore format: one line
  for (const [k, fold] of folds.entries()) {
    const bad = fold.find((row: number) => !(Number.isInteger(row) && row >= 0 && row < n))
    if (bad !== undefined) throw new UsageError(`${op}: fold ${k} holds row ${bad}; there are ${n}, from 0 on.`)
    const distinct = new Set(fold).size
    if (fold.length === 0 || distinct === n)
      throw new UsageError(`${op}: fold ${k} holds ${distinct} of ${n} rows; expected some, but not all.`)
    if (distinct !== fold.length) throw new UsageError(`${op}: fold ${k} holds a row twice.`)
  }
}

/** Rows of a tensor [n, ..] by their numbers, as a new one in f64. */
function rowsOf(x: Tensor, rows: readonly number[]): Tensor {
  return tidy(() => {
    const from = Float64Array.from(view(together(castOf(x, 'f64'))))
    const width = x.size / x.shape[0]!
    const out = new Float64Array(rows.length * width)
    for (const [i, row] of rows.entries()) out.set(from.subarray(row * width, (row + 1) * width), i * width)
    return tensor(out, { dtype: 'f64' }).reshape([rows.length, ...x.shape.slice(1)])
  })
}

function scoreOf(metric: 'mse' | 'crossEntropy' | 'error', path: Path, X: Tensor, y: readonly number[], at: number): number {
  const said = Array.from(tidy(() => toArray(predictPath(path, X, at))))
  if (metric === 'mse') return said.reduce((sum, value, i) => sum + (value - y[i]!) ** 2, 0) / said.length
  const K = path.outputs
  let sum = 0
  for (const [i, label] of y.entries()) {
    const logits = said.slice(i * K, (i + 1) * K)
    const top = Math.max(...logits)
    if (metric === 'error') sum += logits.indexOf(top) === label ? 0 : 1
    // A class that the fold's rows do not have is given no probability.
    else sum += label >= K ? Infinity : top + Math.log(logits.reduce((all, one) => all + Math.exp(one - top), 0)) - logits[label]! // biome-ignore format: one line
  }
  return sum / y.length
} // biome-ignore format: as it stands
