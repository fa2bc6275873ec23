/** Paths of the lasso and the elastic net. */
import { InterruptedError, UsageError } from '../../core/index.js'
import { eigvalsh } from '../../linalg/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { settle } from '../ending.js'
import { dot } from '../vector.js'
import { Fit, solve } from './coordinateDescent.js'
import { designOf, gridOf, inUnits, settingsOf, targetsOf } from './data.js'
import { PathRecorder } from './record.js'
import type { Path, PathOptions } from './types.js'

export interface ElasticNetPathOptions extends PathOptions {
  /** Share of the L1 norm: 1 is the lasso. Above 0, up to 1. Default 0.5. */
  l1Ratio?: number
}

/**
 * Minimizers of 1/(2n) ||y - Xw - b||^2 + lambda l1Ratio ||w||_1 + lambda (1 - l1Ratio) / 2 ||w||^2 for falling lambdas: scikit-learn's
 * `enet_path`, its lambdas (`alphas`) too.
 *
 * Shapes: X [n, p], y [n]. Dtypes: any number, computed in f64. Each solution is an optimum up to a duality gap of `tol` ||y||^2, and in general
 * to rounding. `df` counts what the active features fit (the trace of their smoother; for the lasso, their number). Throws UsageError for
 * elements that are not finite, and NumericalError (unless `check` is false) where `maxIterations` do not reach the gap.
 *
 * @example
 * const path = elasticNetPath(X, y, { l1Ratio: 0.5, count: 50 })
 */
export function elasticNetPath(X: Tensor, y: Tensor, options: ElasticNetPathOptions = {}): Path {
  const { l1Ratio = 0.5, ...rest } = options
  if (!(l1Ratio > 0 && l1Ratio <= 1))
    throw new UsageError(`elasticNetPath: l1Ratio is ${l1Ratio}; expected a number above 0, up to 1. Try ridgePath for 0.`) // biome-ignore format: one line
  return pathOf('elasticNetPath', X, y, l1Ratio, rest)
}

/**
 * Minimizers of 1/(2n) ||y - Xw - b||^2 + lambda ||w||_1 for falling lambdas; see `elasticNetPath`.
 *
 * @example
 * const { lambdas, coefficients, enters } = lassoPath(X, y)
 */
export function lassoPath(X: Tensor, y: Tensor, options: PathOptions = {}): Path {
  return pathOf('lassoPath', X, y, 1, options)
}

function pathOf(op: string, X: Tensor, y: Tensor, l1Ratio: number, options: PathOptions): Path {
  const { count, eps, tol, maxIterations } = settingsOf(op, options)
  const design = designOf(op, X, options)
  const targets = targetsOf(op, y, design.n, options, false)
  const { n, p, columns } = design
  const target = targets.columns[0]!
  const most = columns.reduce((top, column) => Math.max(top, Math.abs(dot(column, target))), 0) / n / l1Ratio
  const lambdas = gridOf(most, options.lambdas, count, eps)
  const recorder = new PathRecorder(lambdas, p, 1, 'squared', true)
  const fit = new Fit(design, target)
  let before = most * l1Ratio
  for (const [at, lambda] of lambdas.entries()) {
    if (options.signal?.aborted) throw new InterruptedError()
    const [l1, l2] = [lambda * l1Ratio, lambda * (1 - l1Ratio)]
    const { gap, passes } = solve(fit, { l1, l2, before: Math.max(l1, before) }, tol, maxIterations)
    before = l1
    if (!(gap <= tol)) {
      const detail = `the duality gap at lambda ${lambda} is ${gap.toExponential(2)} of ||y||^2, over ${tol}`
      settle(op, { outcome: 'iteration-limit', detail }, passes, options.check)
    }
    const { active } = fit
    const df = l2 === 0 ? active.length : smootherTrace(fit, n * l2)
    recorder.add(inUnits(design, targets, fit.w), df, active, gap, passes)
    options.onIteration?.({ iteration: at + 1, lambda, df })
  }
  return recorder.path
}

/** Trace of X (XᵀX + c)^-1 Xᵀ over the active features: the sum of s / (s + c) over the eigenvalues s of their XᵀX. */
function smootherTrace(fit: Fit, c: number): number {
  const { active } = fit
  const k = active.length
  if (k === 0) return 0
  const A = new Float64Array(k * k)
  for (const [a, i] of active.entries())
    for (let b = 0; b <= a; b++) A[a * k + b] = A[b * k + a] = fit.product(i, active[b]!)
  const values = tidy(() => eigvalsh(tensor(A, { dtype: 'f64' }).reshape([k, k])).toArray())
  return Array.from(values).reduce((sum, s) => sum + Math.max(0, s) / (Math.max(0, s) + c), 0)
}
