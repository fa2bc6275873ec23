/** Distances of two distributions in the unit of the values. */
import { merged } from './merge.js'
import { checkFinite, checkSamples, type Values, withSorted } from './sample.js'

/**
 * Wasserstein's distance of order 1, also the earth mover's: the area between the two empirical distribution functions, in the unit of the values.
 *
 * Throws UsageError for an empty sample, for NaN and for infinite numbers.
 * @example wasserstein1([0, 1, 3], [5, 6, 8]) // 5
 */
export function wasserstein1(a: Values, b: Values): number {
  return areas('wasserstein1', a, b).area
}

/**
 * The energy distance, (2 integral of (F - G)^2)^1/2 = (2 E|X - Y| - E|X - X'| - E|Y - Y'|)^1/2, in the root of the values' unit, as SciPy's
 * `energy_distance`.
 *
 * Throws UsageError for an empty sample, for NaN and for infinite numbers. Source: Szekely & Rizzo (2013).
 * @example energyDistance1([0], [1]) // sqrt(2)
 */
export function energyDistance1(a: Values, b: Values): number {
  return Math.sqrt(2 * areas('energyDistance1', a, b).squaredArea)
}

function areas(op: string, a: Values, b: Values) {
  return withSorted(a, b, (first, second) => {
    checkSamples(op, first, second)
    checkFinite(op, first, second)
    return merged(first, second)
  })
}
