/** Nonlinear least squares: `levenbergMarquardt` on a function of tensors. */
import { InterruptedError, UsageError } from '../../core/index.js'
import { type Tensor, type Tree, tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { checkCount, checkNumber, type MinimizeEnding, type MinimizeOptions, type MinimizeOutcome, settle } from '../ending.js' // biome-ignore format: one line
import { TreeVariables } from '../flat.js'
import { uncertainty } from './covariance.js'
import { freshDamping, halfSquare, type Iterated, type IterateOptions, iterate } from './iterate.js'
import { problemOf, type ResidualProblem } from './problem.js'

export interface LeastSquaresOptions extends MinimizeOptions {
  /** Converged where the cosine of the residuals with every column of J is within this. Default 1e-10. */
  gtol?: number
  /** Ends where ||D p|| <= xtol ||D x||. Default 1e-12. */
  xtol?: number
  /** Ends where neither the reduction nor what the model predicts is more than this part of the loss. Default 1e-18. */
  ftol?: number
  /** First damping, relative to J's columns. Default 1e-3. */
  damping?: number
  /** `jacobian` (default): unknowns are scaled by the largest norms of J's columns so far. */
  scaling?: 'jacobian' | 'none'
  /** `qr`: J is formed and the augmented system solved by QR. `cg`: by products with J and Jᵀ. Default: `qr` up to 1000 unknowns. */
  solver?: 'qr' | 'cg'
  /** Second-order correction of the steps (one more evaluation each): fewer iterations in curved valleys. Default false. */
  geodesic?: boolean
}

export interface LeastSquaresFit<T extends Tree> {
  /** The unknowns found, f64, in the form of x0. */
  readonly x: T
  /** Residuals there [m], f64. */
  readonly residuals: Tensor
  /** ||r||^2 / 2, what is minimized. */
  readonly value: number
  readonly outcome: MinimizeOutcome
  /** The sentence that would have been thrown, or null. */
  readonly message: string | null
  readonly iterations: number
  /** Evaluations of the residuals. */
  readonly evaluations: number
  /** Value at the start and after each iteration; it never rises. */
  readonly history: readonly number[]
  /** Largest cosine of the residuals with a column of J, at the last point where J was computed. */
  readonly cosine: number
  /** Numerical rank of J at x, with its columns scaled to norm 1; null for `cg`. */
  readonly rank: number | null
  /** s^2 (JᵀJ)^-1 [n, n], s^2 = ||r||^2 / (m - n); null where J has not full rank, m <= n, or for `cg`. */
  readonly covariance: Tensor | null
  /** Square roots of its diagonal, in the form of x0. */
  readonly standardErrors: T | null
}

export interface LeastSquaresSettings extends IterateOptions, MinimizeOptions {
  readonly maxIterations: number
  readonly gtol: number
  readonly xtol: number
  readonly ftol: number
  readonly damping: number
}

/** Options with their defaults, checked. */
export function settingsOf(op: string, n: number, options: LeastSquaresOptions): LeastSquaresSettings {
  const settings = {
    maxIterations: 1000,
    gtol: 1e-10,
    xtol: 1e-12,
    ftol: 1e-18,
    damping: 1e-3,
    scaling: 'jacobian' as const,
    solver: n > 1000 ? ('cg' as const) : ('qr' as const),
    geodesic: false,
    cgTolerance: 1e-3,
    cgIterations: 2 * n,
    ...options,
  }
  checkCount(op, 'maxIterations', settings.maxIterations)
  for (const name of ['gtol', 'xtol', 'ftol'] as const) checkNumber(op, name, settings[name])
  checkNumber(op, 'damping', settings.damping, true)
  if (!['jacobian', 'none'].includes(settings.scaling))
    throw new UsageError(`${op}: scaling is '${String(settings.scaling)}'; expected 'jacobian' or 'none'.`)
  if (!['qr', 'cg'].includes(settings.solver))
    throw new UsageError(`${op}: solver is '${String(settings.solver)}'; expected 'qr' or 'cg'.`)
  return settings
}

/**
 * The unknowns that make the sum of squares of residuals least, near x0. `residual` takes variables in f64 in the form of x0 and gives
 * residuals in any shape.
 *
 * The loss never rises. Outcomes: `converged`, `small-step`, `small-reduction`; `iteration-limit`, `stalled` and `non-finite` throw
 * NumericalError unless `check` is false. A trial whose residuals are not finite counts as a step too long; at x0 they are an error.
 * AbortSignal: InterruptedError. Sources: More (1978); Madsen, Nielsen & Tingleff (2004); see iterate.ts.
 *
 * @example
 * const t = tensor([0, 1, 2, 3]), y = tensor([2, 1.21, 0.74, 0.45])
 * const fit = levenbergMarquardt(({ a, k }) => a.mul(t.mul(k).neg().exp()).sub(y), { a: tensor(1), k: tensor(1) })
 */
export function levenbergMarquardt<T extends Tree>(
  residual: (x: T) => Tensor,
  x0: T,
  options: LeastSquaresOptions = {},
): LeastSquaresFit<T> {
  return fitBy('levenbergMarquardt', residual, x0, options, solveLeastSquares)
}

export interface Solved {
  readonly x: Float64Array
  readonly residuals: Float64Array
  readonly ending: MinimizeEnding
  readonly iterations: number
  readonly evaluations: number
  readonly history: number[]
  readonly cosine: number
}

/** A fit by a method on vectors, in the form of x0, with its uncertainty. */
export function fitBy<T extends Tree>(
  op: string,
  residual: (x: T) => Tensor,
  x0: T,
  options: LeastSquaresOptions,
  method: (problem: ResidualProblem, start: Float64Array, settings: LeastSquaresSettings) => Solved,
): LeastSquaresFit<T> {
  if (typeof residual !== 'function')
    throw new UsageError(`${op}: got ${typeof residual}; expected a function that gives residuals.`)
  const variables = new TreeVariables(op, x0)
  try {
    const { flat } = variables
    const settings = settingsOf(op, flat.n, options)
    const problem = problemOf(op, flat, () => residual(variables.tree))
    const { x, residuals, ending, iterations, evaluations, history, cosine } = method(problem, flat.read(), settings)
    const message = settle(op, ending, iterations, options.check)
    const isKnown = settings.solver === 'qr' && ending.outcome !== 'non-finite'
    const doubt = isKnown ? problem.at(x, (point) => uncertainty(point.jacobian(), residuals, flat.n)) : null
    const covariance = doubt?.covariance ?? null
    const errors = covariance && Float64Array.from({ length: flat.n }, (_, j) => Math.sqrt(covariance[j * flat.n + j]!))
    const found = { value: halfSquare(residuals), outcome: ending.outcome, message, iterations, evaluations, history }
    return {
      ...found,
      x: variables.treeOf(x),
      residuals: tensor(residuals, { dtype: 'f64' }),
      cosine,
      rank: doubt?.rank ?? null,
      covariance: covariance && tidy(() => tensor(covariance, { dtype: 'f64' }).reshape([flat.n, flat.n])),
      standardErrors: errors && variables.treeOf(errors),
    }
  } finally {
    variables.dispose()
  }
}

function solveLeastSquares(problem: ResidualProblem, start: Float64Array, settings: LeastSquaresSettings): Solved {
  const state = freshDamping(settings.damping)
  let x = start
  let evaluations = 0
  let last: Iterated | null = null
  const history: number[] = []
  for (let k = 0; ; k++) {
    if (settings.signal?.aborted) throw new InterruptedError()
    if (k === settings.maxIterations && last !== null) return done({ outcome: 'iteration-limit' }, last, k)
    const now = iterate(problem, x, state, settings)
    evaluations += now.evaluations
    if (history.length === 0) history.push(now.before)
    if (now.nonFinite !== null) return done({ outcome: 'non-finite', detail: now.nonFinite + (k === 0 ? ' at x0' : '') }, now, k) // biome-ignore format: one line
    if (now.x !== null) {
      x = now.x
      history.push(now.after)
      settings.onIteration?.({ iteration: k + 1, value: now.after, gradientNorm: now.cosine, stepNorm: now.stepNorm })
    }
    last = now
    if (now.cosine <= settings.gtol) return done({ outcome: 'converged' }, now, k)
    if (now.x === null) return done({ outcome: now.cosine < 1e-5 ? 'small-step' : 'stalled' }, now, k)
    const limit = settings.ftol * now.before
    if (-now.predicted <= limit && now.before - now.after <= limit) return done({ outcome: 'small-reduction' }, now, k + 1) // biome-ignore format: one line
    if (now.relativeStep <= settings.xtol) return done({ outcome: 'small-step' }, now, k + 1)
  }

  function done(ending: MinimizeEnding, { residuals, cosine }: Iterated, iterations: number): Solved {
    return { x, residuals, ending, iterations, evaluations, history, cosine }
  }
}
