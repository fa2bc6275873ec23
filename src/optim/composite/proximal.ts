/**
 * A smooth function plus something with a proximal step: proximal gradient, accelerated (FISTA) or not, and projected gradient, which is the same
 * with a projection. Sources: Beck & Teboulle (2009); restarts by O'Donoghue & Candes (2015); the line search may also lengthen steps (Nesterov
 * 2013).
 */
import { InterruptedError, UsageError } from '../../core/index.js'
import type { Regularizer } from '../../norms/index.js'
import type { Tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { checkCount, checkNumber, type MinimizeEnding, type MinimizeOptions, type MinimizeOutcome, settle } from '../ending.js' // biome-ignore format: one line
import { badStart } from '../smooth/descend.js'
import { type Evaluation, type Objective, withObjective } from '../smooth/objective.js'
import { dot, length, minus, plus } from '../vector.js'

export interface ProximalOptions extends MinimizeOptions {
  /** Momentum with restarts: 1/k^2 in place of 1/k, and linear where f is strongly convex. Default false for `proximalGradient`, true for the others. */
  accelerate?: boolean
  /** First step size. Default: found by trial. */
  stepSize?: number
  /** Shorten steps until f lies under its quadratic bound, and lengthen them again. Default true; without it `stepSize` is needed, at most 1 / L. */
  lineSearch?: boolean
  /** Converged where the step's length over the step size is within this part of the first one. Default 1e-8. */
  rtol?: number
  /** As for the regularizer: each slice along these axes is one by itself. */
  axis?: number | readonly number[]
}

export interface ProximalResult<T extends Tensor | readonly Tensor[]> {
  /** The point found, f64; zeros are exact, and constraints hold. */
  readonly x: T
  /** f there. */
  readonly smooth: number
  /** lambda R there; 0 for projections. */
  readonly penalty: number
  /** Their sum. */
  readonly value: number
  /** Length of the last proximal step over its step size: 0 at an optimum. */
  readonly gradientMapping: number
  readonly stepSize: number
  readonly outcome: MinimizeOutcome
  readonly message: string | null
  readonly iterations: number
  /** Evaluations of f. */
  readonly evaluations: number
  /** Value at the start and after each iteration. */
  readonly history: readonly number[]
  /** Times that the momentum was taken back. */
  readonly restarts: number
}

/** The part that is not smooth: a proximal step and a value, of vectors. */
interface Composite {
  step(x: Float64Array, t: number): Float64Array
  penalty(x: Float64Array): number
}

type Operand = Tensor | readonly Tensor[]

/**
 * A minimum of f(x) + lambda R(x), for smooth f and any regularizer with a proximal step.
 *
 * x0 is a tensor, or a list that counts as one vector; f takes variables in f64 in the same form and gives one element. Where f or R is not
 * convex, a stationary point. Outcomes: `converged`; `small-reduction` (rounding allows no less); `iteration-limit`, `stalled` and `non-finite`
 * throw NumericalError unless `check` is false. AbortSignal: InterruptedError.
 *
 * @example
 * proximalGradient((w) => A.matmul(w).sub(b).square().sum().mul(0.5), l1, zeros([20]), { lambda: 0.1 })
 */
export function proximalGradient<T extends Operand>(
  f: (x: T) => Tensor,
  regularizer: Regularizer,
  x0: T,
  options: ProximalOptions & { lambda: number },
): ProximalResult<T> {
  return penalized('proximalGradient', f, regularizer, x0, { accelerate: false, ...options })
}

/**
 * `proximalGradient` with momentum.
 *
 * @example
 * fista((w) => A.matmul(w).sub(b).square().sum().mul(0.5), l1, zeros([20]), { lambda: 0.1 }).x
 */
export function fista<T extends Operand>(
  f: (x: T) => Tensor,
  regularizer: Regularizer,
  x0: T,
  options: ProximalOptions & { lambda: number },
): ProximalResult<T> {
  return penalized('fista', f, regularizer, x0, options)
}

/**
 * A minimum of f within the ball R(x) <= radius; see `proximalGradient`. The start is projected first.
 *
 * @example
 * projectedGradient((w) => w.sub(3).square().sum(), l2, 1, zeros([2])).x // both 0.7071
 */
export function projectedGradient<T extends Operand>(
  f: (x: T) => Tensor,
  regularizer: Regularizer,
  radius: number,
  x0: T,
  options: ProximalOptions = {},
): ProximalResult<T> {
  checkNumber('projectedGradient', 'radius', radius)
  return run('projectedGradient', f, x0, options, (treeOf, flatten) => ({
    step: (x) => flatten((axis) => project(regularizer, treeOf(x), radius, axis)),
    penalty: () => 0,
  }))
}

function penalized<T extends Operand>(
  op: string,
  f: (x: T) => Tensor,
  regularizer: Regularizer,
  x0: T,
  options: ProximalOptions & { lambda: number },
): ProximalResult<T> {
  const { lambda } = options
  checkNumber(op, 'lambda', lambda)
  return run(op, f, x0, options, (treeOf, flatten) => ({
    step: (x, t) => flatten((axis) => prox(regularizer, treeOf(x), lambda * t, axis)),
    penalty: (x) => tidy(() => lambda * regularizer.value(treeOf(x), options.axis === undefined ? {} : { axis: options.axis }).sum().item()), // biome-ignore format: one line
  }))
}

type Axis = { axis?: number | readonly number[] }

const isOne = (x: Operand): x is Tensor => !Array.isArray(x)

const prox = (R: Regularizer, x: Operand, t: number, axis: Axis): Operand => (isOne(x) ? R.prox(x, t, axis) : R.prox(x, t)) // biome-ignore format: one line

const project = (R: Regularizer, x: Operand, radius: number, axis: Axis): Operand => (isOne(x) ? R.project(x, radius, axis) : R.project(x, radius)) // biome-ignore format: one line

function run<T extends Operand>(
  op: string,
  f: (x: T) => Tensor,
  x0: T,
  options: ProximalOptions,
  compositeOf: (treeOf: (x: Float64Array) => T, flatten: (work: (axis: Axis) => Operand) => Float64Array) => Composite,
): ProximalResult<T> {
  const settings = { maxIterations: 10000, accelerate: true, lineSearch: true, rtol: 1e-8, ...options }
  checkCount(op, 'maxIterations', settings.maxIterations)
  checkNumber(op, 'rtol', settings.rtol)
  if (options.stepSize !== undefined) checkNumber(op, 'stepSize', options.stepSize, true)
  if (!settings.lineSearch && options.stepSize === undefined)
    throw new UsageError(`${op}: without lineSearch a stepSize is needed, at most 1 / L of the gradient's Lipschitz constant L.`) // biome-ignore format: one line
  return withObjective(op, f, x0, (objective, start, treeOf) => {
    const axis = options.axis === undefined ? {} : { axis: options.axis }
    const flatten = (work: (axis: Axis) => Operand): Float64Array =>
      tidy(() => {
        const result = work(axis)
        const list = isOne(result) ? [result] : result
        const out = new Float64Array(objective.n)
        let at = 0
        for (const one of list) {
          out.set(one.toArray(), at)
          at += one.size
        }
        return out
      })
    const found = descend(objective, start, compositeOf(treeOf, flatten), settings)
    const message = settle(op, found.ending, found.iterations, options.check)
    const { ending, x, ...rest } = found
    return { ...rest, x: treeOf(x), outcome: ending.outcome, message }
  })
}

interface Settings extends ProximalOptions {
  readonly maxIterations: number
  readonly accelerate: boolean
  readonly lineSearch: boolean
  readonly rtol: number
}

type Found = Omit<ProximalResult<Tensor>, 'x' | 'outcome' | 'message'> & { x: Float64Array; ending: MinimizeEnding }

function descend(objective: Objective, start: Float64Array, composite: Composite, settings: Settings): Found {
  let evaluations = 0
  const evaluate = (at: Float64Array): Evaluation => {
    evaluations++
    return objective.evaluate(at)
  }
  // Where the start is outside of a ball it is put into it; a penalty's step of no length leaves it.
  let x = composite.step(start, 0)
  let now = evaluate(x)
  let penalty = composite.penalty(x)
  let t = settings.stepSize ?? firstStep(evaluate, x, now)
  // The point where the gradient is taken, ahead of x with momentum.
  let y = x
  let ahead = now
  let theta = 1
  let [restarts, first, mapping] = [0, 0, 0]
  const history = [now.value + penalty]
  const end = (ending: MinimizeEnding, iterations: number): Found => ({ x, smooth: now.value, penalty, value: now.value + penalty, gradientMapping: mapping, stepSize: t, iterations, evaluations, history, restarts, ending }) // biome-ignore format: one line
  const bad = badStart(now)
  if (bad !== null) return end(bad, 0)
  for (let k = 0; k < settings.maxIterations; k++) {
    if (settings.signal?.aborted) throw new InterruptedError()
    if (settings.lineSearch && k > 0) t *= 1.1
    const { next, value, step, isShort } = proximalStep(objective, composite, y, ahead, t, settings.lineSearch)
    evaluations += value.count
    t = step
    const move = minus(next, y)
    mapping = length(move) / t
    if (k === 0) first = mapping
    const isAhead = y !== x
    if (isShort || !Number.isFinite(value.value)) return end({ outcome: isAhead || history.length > 1 ? 'small-reduction' : 'stalled' }, k) // biome-ignore format: one line
    const nextPenalty = composite.penalty(next)
    const total = value.value + nextPenalty
    // Momentum that leads uphill, or against the step, is taken back; from x itself the step is then made again.
    if (isAhead && (total > now.value + penalty || dot(move, minus(next, x)) < 0)) {
      restarts++
      theta = 1
      if (total > now.value + penalty) {
        y = x
        ahead = now
        continue
      }
    }
    const before = x
    x = next
    const isSettled = mapping <= settings.rtol * first
    penalty = nextPenalty
    const stepNorm = length(minus(x, before))
    if (isSettled || stepNorm === 0) {
      now = evaluate(x)
      history.push(total)
      settings.onIteration?.({ iteration: k + 1, value: total, gradientNorm: mapping, stepNorm })
      return end({ outcome: isSettled || mapping === 0 ? 'converged' : 'small-reduction' }, k + 1)
    }
    const thetaNext = (1 + Math.sqrt(1 + 4 * theta * theta)) / 2
    const momentum = settings.accelerate ? (theta - 1) / thetaNext : 0
    theta = thetaNext
    y = momentum === 0 ? x : plus(x, momentum, minus(x, before))
    ahead = evaluate(y)
    now = y === x ? ahead : { value: value.value, gradient: now.gradient }
    history.push(total)
    settings.onIteration?.({ iteration: k + 1, value: total, gradientNorm: mapping, stepNorm })
  }
  return end({ outcome: 'iteration-limit' }, settings.maxIterations)
}

/** A step size from how much the gradient changes over a small step; 1 where it does not. */
function firstStep(evaluate: (x: Float64Array) => Evaluation, x: Float64Array, { gradient }: Evaluation): number {
  const size = length(gradient)
  if (!(size > 0 && size < Infinity)) return 1
  const h = (1e-4 * Math.max(1, length(x))) / size
  const change = length(minus(evaluate(plus(x, -h, gradient)).gradient, gradient))
  return change > 0 && Number.isFinite(change) ? (h * size) / change : Math.max(1, length(x)) / size
}

interface Proximal {
  readonly next: Float64Array
  readonly value: { readonly value: number; readonly count: number }
  readonly step: number
  readonly isShort: boolean
}

/** The proximal step from y, shortened until f(next) <= f(y) + <g, d> + ||d||^2 / 2t up to rounding. */
function proximalStep(
  objective: Objective,
  composite: Composite,
  y: Float64Array,
  { value: from, gradient }: Evaluation,
  first: number,
  isSearched: boolean,
): Proximal {
  let t = first
  for (let count = 1; ; count++) {
    const next = composite.step(plus(y, -t, gradient), t)
    const value = objective.value(next)
    const d = minus(next, y)
    const slack = 10 * Number.EPSILON * Math.abs(from)
    const isUnder = value <= from + dot(gradient, d) + dot(d, d) / 2 / t + slack
    const isShort = length(d) <= Number.EPSILON * length(y) && !isUnder
    if (!isSearched || isUnder || isShort || count > 200) return { next, value: { value, count }, step: t, isShort: isShort || count > 200 } // biome-ignore format: one line
    t /= 2
  }
}
