/** Minimization of a smooth function of many unknowns by L-BFGS. */
import type { Tensor, Tree } from '../../tensor/index.js'
import { checkCount } from '../ending.js'
import { descend, minimizeBy, type SmoothOptions, type SmoothResult } from './descend.js'
import { LimitedMemory } from './memory.js'

export interface LbfgsOptions extends SmoothOptions {
  /** Pairs of changes that are remembered. Default 10. */
  historySize?: number
}

/**
 * A local minimum of f, by L-BFGS with a strong Wolfe line search. f takes variables in f64 in the form of x0 and gives one element.
 *
 * Outcomes: `converged` (largest element of the gradient within `gtol`, or `rtol` of the first one), `small-reduction` (rounding allows no
 * less); `iteration-limit`, `stalled`, `unbounded` and `non-finite` throw NumericalError unless `check` is false. AbortSignal: InterruptedError.
 * Scale-free: c f has the iterates of f from the second on. Source: Liu & Nocedal (1989); Nocedal & Wright (2006), 7.2.
 *
 * @example
 * lbfgs((x) => x.sub(3).square().sum(), tensor([0, 1])).x // [3, 3]
 */
export function lbfgs<T extends Tree>(f: (x: T) => Tensor, x0: T, options: LbfgsOptions = {}): SmoothResult<T> {
  const { historySize = 10, ...rest } = options
  checkCount('lbfgs', 'historySize', historySize, 1)
  return minimizeBy('lbfgs', f, x0, rest, (objective, start, settings) => {
    const memory = new LimitedMemory(historySize)
    return descend(objective, start, settings, {
      get isFresh() {
        return memory.pairs.length === 0
      },
      direction: (gradient) => memory.direction(gradient),
      learn: (s, y, sy) => memory.add(s, y, sy),
      forget: () => {
        const had = memory.pairs.length > 0
        memory.clear()
        return had
      },
    })
  })
}
