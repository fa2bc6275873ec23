/** One step of Newton's method in a trust region. */
import { firstNonFinite, length, plus } from '../vector.js'
import type { Evaluation, Objective } from './objective.js'
import { truncatedStep } from './truncated.js'

/** The region in which the quadratic model is trusted. */
export interface Region {
  radius: number
  /** Norm of the first gradient; 0 before. */
  first: number
}

export interface NewtonStep {
  /** null: no point of the region is lower, or it has become a point. */
  readonly x: Float64Array | null
  readonly before: Evaluation
  readonly after: number
  readonly stepNorm: number
  readonly evaluations: number
}

/**
 * One trust-region step: smaller regions until the value falls. The region shrinks to a quarter of the step under a gain of 1/4 and doubles over
 * 3/4 at its border (Nocedal & Wright, algorithm 4.1).
 */
export function newtonStep(objective: Objective, x: Float64Array, region: Region, maxProducts: number): NewtonStep {
  return objective.curvature(x, (point) => {
    const before: Evaluation = { value: point.value, gradient: point.gradient }
    const size = length(point.gradient)
    let evaluations = 1
    const still = (): NewtonStep => ({ x: null, before, after: before.value, stepNorm: 0, evaluations })
    if (!Number.isFinite(point.value) || firstNonFinite(point.gradient) >= 0 || size === 0) return still()
    if (!(region.radius > 0)) region.radius = length(x) || 1
    if (region.first === 0) region.first = size
    // Superlinear convergence: the nearer the minimum, the more exactly the system is solved.
    const tolerance = Math.min(0.5, Math.sqrt(size / region.first))
    for (;;) {
      const { step, predicted, ending } = truncatedStep(point.gradient, point.times, region.radius, tolerance, maxProducts) // biome-ignore format: one line
      const next = plus(x, 1, step)
      if (!(predicted > 0) || next.every((value, i) => value === x[i])) return still()
      const after = objective.value(next)
      evaluations++
      const moved = length(step)
      const gain = (before.value - after) / predicted
      // What rounding of the value hides counts as well predicted.
      const isNoise = predicted <= 10 * Number.EPSILON * Math.abs(before.value) && Math.abs(before.value - after) <= 10 * Number.EPSILON * Math.abs(before.value) // biome-ignore format: one line
      if (!(gain >= 0.25) && !isNoise) region.radius = moved / 4
      else if (gain > 0.75 && ending !== 'inside') region.radius = Math.max(region.radius, 2 * moved)
      if (after < before.value || (isNoise && after <= before.value))
        return { x: next, before, after, stepNorm: moved, evaluations }
    }
  })
}
