/** Path of the group lasso: groups of features enter together, for one output, for many, or for classes. */
import { InterruptedError, UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { settle } from '../ending.js'
import { designOf, gridOf, inUnits, settingsOf } from './data.js'
import { classLoss, type GroupLoss, squaredLoss } from './groupLosses.js'
import { type FeatureGroup, groupsOf } from './groups.js'
import { PathRecorder } from './record.js'
import type { Path, PathOptions } from './types.js'

export interface GroupLassoPathOptions extends PathOptions {
  /** Columns of X by number, each in exactly one group. Default: each by itself, so that a feature enters for all outputs at once. */
  groups?: readonly (readonly number[])[]
  /** What lambda is multiplied by for each group. Default: the square roots of their sizes. */
  weights?: readonly number[]
  /** `squared`: regression on y. `softmax`: classes, y holding their numbers from 0 on. Default `squared`. */
  loss?: 'squared' | 'softmax'
}

/**
 * Minimizers of loss + lambda sum_g weight_g ||W_g||_F for falling lambdas, W_g the coefficients of a group's features for all outputs. `squared`:
 * 1/(2n) ||Y - XW - b||^2 (with single features scikit-learn's `MultiTaskLasso`); `softmax`: the mean cross-entropy of softmax(XW + b).
 *
 * Shapes: X [n, p], y [n] or [n, outputs]; for `softmax` y [n], whole numbers. Dtypes: any number, computed in f64. `enters` holds groups. `df`
 * counts coefficients that are not zero. By block coordinate descent with an upper bound of each block's curvature (Yuan & Lin 2006; Yang & Zou
 * 2015), to a duality gap of `tol` relative to the loss at zero (default 1e-10, softmax 1e-6). Throws UsageError for elements that are not
 * finite or groups that do not fit, NumericalError (unless `check` is false) where `maxIterations` do not reach the gap.
 *
 * @example
 * const { enters } = groupLassoPath(X, y, { groups: [[0, 1], [2], [3, 4, 5]] })
 */
export function groupLassoPath(X: Tensor, y: Tensor, options: GroupLassoPathOptions = {}): Path {
  const op = 'groupLassoPath'
  const { loss: name = 'squared', groups: given, weights } = options
  if (name !== 'squared' && name !== 'softmax')
    throw new UsageError(`${op}: loss is '${String(name)}'; expected 'squared' or 'softmax'.`)
  const { count, eps, tol, maxIterations } = settingsOf(op, { ...(name === 'softmax' ? { tol: 1e-6 } : {}), ...options }) // biome-ignore format: one line
  const design = designOf(op, X, options)
  const groups = groupsOf(op, design, given, weights)
  const loss = name === 'squared' ? squaredLoss(op, design, y, options) : classLoss(op, design, y, options)
  const { outputs } = loss
  const W = new Float64Array(design.p * outputs)
  loss.settleIntercept()
  const norms = groups.map(({ features, weight }) => frobenius(loss.gradient(features)) / weight)
  const lambdas = gridOf(Math.max(...norms), options.lambdas, count, eps)
  const recorder = new PathRecorder(lambdas, design.p, outputs, name, true)
  for (const [at, lambda] of lambdas.entries()) {
    if (options.signal?.aborted) throw new InterruptedError()
    const { gap, passes } = solve(loss, groups, W, lambda, tol, maxIterations)
    if (!(gap <= tol)) {
      const detail = `the duality gap at lambda ${lambda} is ${gap.toExponential(2)} of the loss at zero, over ${tol}`
      settle(op, { outcome: 'iteration-limit', detail }, passes, options.check)
    }
    const active = groups.flatMap((group, g) => (isZero(W, group, outputs) ? [] : [g]))
    const df = W.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0)
    recorder.add(inUnits(design, { outputs, means: loss.intercepts() }, W), df, active, gap, passes)
    options.onIteration?.({ iteration: at + 1, lambda, df })
  }
  return recorder.path
}

const frobenius = (values: Float64Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))

const isZero = (W: Float64Array, { features }: FeatureGroup, outputs: number): boolean =>
  features.every((j) => W.subarray(j * outputs, (j + 1) * outputs).every((value) => value === 0))

/** Block coordinate descent from W, in place, to the gap. */
function solve(
  loss: GroupLoss,
  groups: readonly FeatureGroup[],
  W: Float64Array,
  lambda: number,
  tol: number,
  maxPasses: number,
): { gap: number; passes: number } {
  let passes = 0
  for (let settled = 1e-6; ; settled /= 10) {
    while (passes < maxPasses) {
      passes++
      if (pass(loss, groups, W, lambda) <= settled) break
      const active = groups.filter((group) => !isZero(W, group, loss.outputs))
      while (passes < maxPasses && pass(loss, active, W, lambda) > settled) passes++
    }
    loss.settleIntercept()
    const gap = gapOf(loss, groups, W, lambda)
    if (gap <= tol || passes >= maxPasses || settled < 1e-32) return { gap, passes }
  }
}

/** One proximal step for each group; returns the largest change relative to the loss at zero. */
function pass(loss: GroupLoss, groups: readonly FeatureGroup[], W: Float64Array, lambda: number): number {
  const { outputs, curvature } = loss
  let most = 0
  for (const { features, weight, bound } of groups) {
    if (bound === 0) continue
    const L = curvature * bound
    const g = loss.gradient(features)
    const next = new Float64Array(features.length * outputs)
    for (const [i, j] of features.entries())
      for (let o = 0; o < outputs; o++) next[i * outputs + o] = W[j * outputs + o]! - g[i * outputs + o]! / L
    const size = frobenius(next)
    const keep = size > (lambda * weight) / L ? 1 - (lambda * weight) / L / size : 0
    let moved = 0
    for (const [i, j] of features.entries())
      for (let o = 0; o < outputs; o++) {
        const at = i * outputs + o
        const change = keep * next[at]! - W[j * outputs + o]!
        W[j * outputs + o] = keep * next[at]!
        next[at] = change
        moved += change * change
      }
    if (moved === 0) continue
    loss.move(features, next)
    most = Math.max(most, L * moved)
  }
  loss.stepIntercept()
  return most / loss.atZero
}

function gapOf(loss: GroupLoss, groups: readonly FeatureGroup[], W: Float64Array, lambda: number): number {
  const { outputs } = loss
  let [most, penalty] = [0, 0]
  for (const { features, weight } of groups) {
    most = Math.max(most, frobenius(loss.gradient(features)) / weight)
    const block = Float64Array.from(features.flatMap((j) => Array.from(W.subarray(j * outputs, (j + 1) * outputs))))
    penalty += weight * frobenius(block)
  }
  const shrink = most > lambda ? lambda / most : 1
  return Math.max(0, loss.primalMinusDual(shrink) + lambda * penalty) / loss.atZero
}
