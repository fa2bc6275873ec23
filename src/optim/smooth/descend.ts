/** Descent with a line search, whatever gives the direction: what `lbfgs` and `bfgs` share. Nothing in it depends on units. */
import { InterruptedError, UsageError } from '../../core/index.js'
import type { Tensor, Tree } from '../../tensor/index.js'
import { checkCount, checkNumber, type MinimizeEnding, type MinimizeOptions, type MinimizeOutcome, settle } from '../ending.js' // biome-ignore format: one line
import { dot, firstNonFinite, largest, length, minus, plus } from '../vector.js'
import { type Evaluation, type Objective, withObjective } from './objective.js'
import { strongWolfe, wolfeDefaults } from './wolfe.js'

export interface SmoothOptions extends MinimizeOptions {
  /** Converged where no element of the gradient is larger than this ... Default 0. */
  gtol?: number
  /** ... or than this times the largest at the start. Default 1e-10. */
  rtol?: number
}

export interface SmoothResult<T extends Tree> {
  /** The point found, f64, in the form of x0. */
  readonly x: T
  readonly value: number
  /** Gradient at x, in the form of x0. */
  readonly gradient: T
  /** Its largest element. */
  readonly gradientNorm: number
  readonly outcome: MinimizeOutcome
  /** The sentence that would have been thrown, or null. */
  readonly message: string | null
  readonly iterations: number
  /** Evaluations of the function. */
  readonly evaluations: number
  /** Value at the start and after each iteration. */
  readonly history: readonly number[]
}

/** Gives directions of descent and learns from steps. */
export interface Director {
  /** Whether it has learned nothing yet: directions are the gradient's, of any length. */
  readonly isFresh: boolean
  direction(gradient: Float64Array): Float64Array
  /** A step s that changed the gradient by y, with s'y > 0. */
  learn(s: Float64Array, y: Float64Array, sy: number): void
  /** Forgets what it learned. @returns false where there was nothing */
  forget(): boolean
}

/** What a method has found, in vectors. */
export interface SmoothFound {
  readonly x: Float64Array
  readonly evaluation: Evaluation
  readonly ending: MinimizeEnding
  readonly iterations: number
  readonly evaluations: number
  readonly history: number[]
}

export interface SmoothSettings extends MinimizeOptions {
  readonly maxIterations: number
  readonly gtol: number
  readonly rtol: number
}

/** A minimization by any of the methods: reads options, and puts the result in the form of x0. */
export function minimizeBy<T extends Tree>(
  op: string,
  f: (x: T) => Tensor,
  x0: T,
  options: SmoothOptions,
  method: (objective: Objective, start: Float64Array, settings: SmoothSettings) => SmoothFound,
): SmoothResult<T> {
  if (typeof f !== 'function') throw new UsageError(`${op}: got ${typeof f}; expected a function that gives one element.`)
  const settings: SmoothSettings = { maxIterations: 1000, gtol: 0, rtol: 1e-10, ...options }
  checkCount(op, 'maxIterations', settings.maxIterations)
  checkNumber(op, 'gtol', settings.gtol)
  checkNumber(op, 'rtol', settings.rtol)
  return withObjective(op, f, x0, (objective, start, treeOf) => {
    const { x, evaluation, ending, iterations, evaluations, history } = method(objective, start, settings)
    const message = settle(op, ending, iterations, options.check)
    const { value, gradient } = evaluation
    const found = { value, gradientNorm: largest(gradient), outcome: ending.outcome, message, iterations, evaluations, history } // biome-ignore format: one line
    return { x: treeOf(x), gradient: treeOf(gradient), ...found }
  })
} // biome-ignore format: as it stands

/** A clause about what is not finite, or null. */
export function badEvaluation({ value, gradient }: Evaluation): string | null {
  if (!Number.isFinite(value)) return `the loss is ${value}`
  const at = firstNonFinite(gradient)
  return at < 0 ? null : `element ${at} of the gradient is ${gradient[at]}`
}

/** The start must be worth starting from. */
export function badStart(evaluation: Evaluation): MinimizeEnding | null {
  const bad = badEvaluation(evaluation)
  return bad === null ? null : { outcome: 'non-finite', detail: `${bad} at x0` }
}

/** Whether the value has fallen to where it is taken to fall without end. */
export const isBottomless = (value: number, x: Float64Array): boolean => value < -1e300 || !Number.isFinite(length(x))

/** Steps along the director's directions under the strong Wolfe conditions. */
export function descend(
  objective: Objective,
  start: Float64Array,
  settings: SmoothSettings,
  director: Director,
): SmoothFound {
  let x = start
  let evaluations = 1
  let now: Evaluation = objective.evaluate(x)
  const history = [now.value]
  const end = (ending: MinimizeEnding, iterations: number): SmoothFound => ({ x, evaluation: now, ending, iterations, evaluations, history }) // biome-ignore format: one line
  const bad = badStart(now)
  if (bad !== null) return end(bad, 0)
  const target = Math.max(settings.gtol, settings.rtol * largest(now.gradient))
  for (let k = 0; ; k++) {
    if (largest(now.gradient) <= target) return end({ outcome: 'converged' }, k)
    if (k === settings.maxIterations) return end({ outcome: 'iteration-limit' }, k)
    if (settings.signal?.aborted) throw new InterruptedError()
    let direction = director.direction(now.gradient)
    let slope = dot(now.gradient, direction)
    if (!(slope < 0) && director.forget()) {
      direction = director.direction(now.gradient)
      slope = dot(now.gradient, direction)
    }
    // Without experience the first trial moves by a part of the size of x, whatever the units of f.
    const first = director.isFresh ? (0.01 * (length(x) || 1)) / length(direction) : 1
    const at = x
    const search = { ...wolfeDefaults, tolerance: 0, maxEvaluations: 40 }
    const found = strongWolfe((t) => objective.evaluate(plus(at, t, direction)), direction, now, slope, first, search)
    evaluations += found.evaluations
    const { trial } = found
    if (trial.t === 0 || !(trial.value <= now.value)) {
      if (director.forget()) continue
      return end(atRounding(now, x), k)
    }
    x = plus(at, trial.t, direction)
    const s = minus(x, at)
    const y = minus(trial.gradient, now.gradient)
    const sy = dot(s, y)
    if (sy > Number.EPSILON * length(s) * length(y)) director.learn(s, y, sy)
    const isSame = trial.value === now.value && largest(trial.gradient) >= largest(now.gradient)
    now = trial
    history.push(now.value)
    settings.onIteration?.({ iteration: k + 1, value: now.value, gradientNorm: largest(now.gradient), stepNorm: length(s) }) // biome-ignore format: one line
    // All along a direction that has grown so long the value falls as steeply as at its start.
    const isEndless = !found.holds && trial.t > 1e20 * first && trial.slope < 0.9 * slope
    if (isEndless || isBottomless(now.value, x)) return end({ outcome: 'unbounded' }, k + 1)
    if (isSame) return end({ outcome: 'small-reduction' }, k + 1)
  }
}

/** Where no step helps: at the minimum as far as rounding shows, or stuck. */
export function atRounding({ value, gradient }: Evaluation, x: Float64Array): MinimizeEnding {
  // A step that changes x by its last digits changes f by this much.
  const change = largest(gradient) * Math.max(largest(x), Number.MIN_VALUE) * 1e-8
  return { outcome: change <= Math.abs(value) * 1e-8 ? 'small-reduction' : 'stalled' }
}
