/**
 * Line search for the strong Wolfe conditions, f(x + t d) <= f + c1 t f'd and |f'(x + t d) d| <= c2 |f'd|: a bracket is sought by growing steps
 * and narrowed by cubic interpolation. Source: Nocedal & Wright (2006), algorithms 3.5 and 3.6, with the safeguards, in their order, of
 * PyTorch's `_strong_wolfe` (after minFunc and Torch's lswolfe), so that iterates agree.
 */
import { dot, largest } from '../vector.js'
import type { Evaluation } from './objective.js'

/** A trial: step, value, gradient, and the slope along the direction. */
export interface Trial extends Evaluation {
  readonly t: number
  readonly slope: number
}

export interface WolfeOptions {
  readonly c1: number
  readonly c2: number
  /** A bracket in which no unknown changes by more than this is not narrowed. */
  readonly tolerance: number
  readonly maxEvaluations: number
}

export const wolfeDefaults: WolfeOptions = { c1: 1e-4, c2: 0.9, tolerance: 1e-9, maxEvaluations: 25 }

export interface Found {
  readonly trial: Trial
  readonly evaluations: number
  /** Whether the conditions hold there. */
  readonly holds: boolean
}

/** Minimizer of the cubic with these values and slopes at a and b, within bounds; the middle where there is none. */
function cubicMinimizer(a: Trial, b: Trial, low = Math.min(a.t, b.t), high = Math.max(a.t, b.t)): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.t - b.t)
  const square = d1 * d1 - a.slope * b.slope
  if (!(square >= 0)) return (low + high) / 2
  const d2 = Math.sqrt(square)
  const [first, second] = a.t <= b.t ? [a, b] : [b, a]
  const at = second.t - (second.t - first.t) * ((second.slope + d2 - d1) / (second.slope - first.slope + 2 * d2))
  return Math.min(Math.max(at, low), high)
}

/** Searches along d from `start` (t = 0), first at t. A trial whose value is not finite counts as too far. */
export function strongWolfe(
  evaluate: (t: number) => Evaluation,
  direction: Float64Array,
  start: Evaluation,
  slope: number,
  first: number,
  options: WolfeOptions = wolfeDefaults,
): Found {
  const { c1, c2, tolerance, maxEvaluations } = options
  const size = largest(direction)
  let evaluations = 0
  const at = (t: number): Trial => {
    evaluations++
    const { value, gradient } = evaluate(t)
    return { t, value, gradient, slope: dot(gradient, direction) }
  }
  const falls = ({ t, value }: Trial): boolean => value <= start.value + c1 * t * slope
  const isFlat = (trial: Trial): boolean => Math.abs(trial.slope) <= -c2 * slope
  const origin: Trial = { t: 0, value: start.value, gradient: start.gradient, slope }
  const bracketed = bracket()
  if ('trial' in bracketed) return bracketed
  return zoom(bracketed)

  function bracket(): Found | [Trial, Trial] {
    let before = origin
    let trial = at(first)
    for (let round = 0; round < maxEvaluations; round++) {
      // NaN compares false with everything: what does not fall is too far.
      if (!falls(trial) || (round > 1 && trial.value >= before.value)) return [before, trial]
      if (isFlat(trial)) return { trial, evaluations, holds: true }
      if (trial.slope >= 0) return [before, trial]
      const next = cubicMinimizer(before, trial, trial.t + 0.01 * (trial.t - before.t), trial.t * 10)
      before = trial
      trial = at(next)
    }
    return [origin, trial]
  }

  function zoom([a, b]: [Trial, Trial]): Found {
    let [low, high] = a.value <= b.value || Number.isNaN(b.value) ? [a, b] : [b, a]
    let isSlow = false
    // The first evaluation does not count, as in PyTorch.
    while (evaluations - 1 < maxEvaluations) {
      const [left, right] = low.t < high.t ? [low.t, high.t] : [high.t, low.t]
      if ((right - left) * size < tolerance) break
      // In the order in which PyTorch's bracket holds them the formula is symmetric; a value that is not finite has no cubic.
      let t =
        Number.isFinite(high.value) && Number.isFinite(high.slope) ? cubicMinimizer(low, high) : (left + right) / 2
      const margin = 0.1 * (right - left)
      if (Math.min(right - t, t - left) < margin) {
        if (isSlow || t >= right || t <= left) {
          t = Math.abs(t - right) < Math.abs(t - left) ? right - margin : left + margin
          isSlow = false
        } else isSlow = true
      } else isSlow = false
      const trial = at(t)
      if (!falls(trial) || trial.value >= low.value) {
        high = trial
        if (high.value < low.value) [low, high] = [high, low]
      } else {
        if (isFlat(trial)) return { trial, evaluations, holds: true }
        if (trial.slope * (high.t - low.t) >= 0) high = low
        low = trial
      }
    }
    return { trial: low, evaluations, holds: low.t > 0 && falls(low) && isFlat(low) }
  }
}
