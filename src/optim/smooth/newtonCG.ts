/** Minimization of a smooth function by Newton's method with products of the Hessian. */
import { InterruptedError } from '../../core/index.js'
import type { Tensor, Tree } from '../../tensor/index.js'
import { checkCount, type MinimizeEnding } from '../ending.js'
import { firstNonFinite, largest, length } from '../vector.js'
import { atRounding, badStart, isBottomless, minimizeBy, type SmoothFound, type SmoothOptions, type SmoothResult, type SmoothSettings } from './descend.js' // biome-ignore format: one line
import { newtonStep, type Region } from './newtonStep.js'
import type { Objective } from './objective.js'

export interface NewtonCGOptions extends SmoothOptions {
  /** Products with the Hessian in one step. Default: ten times the unknowns, at most 1000. */
  maxProducts?: number
}

/**
 * A local minimum of f, by Newton's method: each step is found by conjugate gradients with products of the Hessian, within a trust region, and
 * follows negative curvature to its border, so that saddle points are left. f takes variables in f64 in the form of x0 and gives one element;
 * its operations must be twice differentiable.
 *
 * Outcomes as in `lbfgs`. Throws NumericalError unless `check` is false. Source: Steihaug (1983); Nocedal & Wright (2006), 4.1 and 7.1.
 *
 * @example
 * newtonCG((x) => x.square().square().sum().add(x.square().sum()), tensor([3, -2])).x // [0, 0]
 */
export function newtonCG<T extends Tree>(f: (x: T) => Tensor, x0: T, options: NewtonCGOptions = {}): SmoothResult<T> {
  return minimizeBy('newtonCG', f, x0, options, (objective, start, settings) => {
    const { maxProducts = Math.max(10, Math.min(1000, 10 * objective.n)) } = options
    checkCount('newtonCG', 'maxProducts', maxProducts, 1)
    return descendNewton(objective, start, settings, maxProducts)
  })
}

function descendNewton(
  objective: Objective,
  start: Float64Array,
  settings: SmoothSettings,
  maxProducts: number,
): SmoothFound {
  const region: Region = { radius: 0, first: 0 }
  let x = start
  let target = 0
  // A region that has grown so far saw the value fall all the way.
  const widest = length(start) || 1
  let evaluations = 0
  const history: number[] = []
  for (let k = 0; ; k++) {
    if (settings.signal?.aborted) throw new InterruptedError()
    const step = k === settings.maxIterations ? null : newtonStep(objective, x, region, maxProducts)
    const before = step?.before ?? objective.evaluate(x)
    evaluations += step?.evaluations ?? 1
    const end = (ending: MinimizeEnding): SmoothFound => ({ x, evaluation: before, ending, iterations: k, evaluations, history }) // biome-ignore format: one line
    if (k === 0) {
      history.push(before.value)
      const bad = badStart(before)
      if (bad !== null) return end(bad)
      target = Math.max(settings.gtol, settings.rtol * largest(before.gradient))
    }
    if (firstNonFinite(before.gradient) >= 0)
      return end({ outcome: 'non-finite', detail: 'the gradient is not finite' })
    if (largest(before.gradient) <= target) return end({ outcome: 'converged' })
    if (step === null) return end({ outcome: 'iteration-limit' })
    if (step.x === null) return end(atRounding(before, x))
    if (isBottomless(step.after, step.x) || region.radius > 1e100 * widest) return end({ outcome: 'unbounded' })
    x = step.x
    history.push(step.after)
    settings.onIteration?.({ iteration: k + 1, value: step.after, gradientNorm: largest(before.gradient), stepNorm: step.stepNorm }) // biome-ignore format: one line
  }
}
