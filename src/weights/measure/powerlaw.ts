/**
 * Power-law tail of a spectrum: p(lambda) ~ lambda^-alpha for lambda >= xmin, on lambda = sigma^2 > 1e-5.
 *
 * Source: Clauset, Shalizi & Newman 2009, section 3: alpha by continuous maximum likelihood, xmin minimizing the Kolmogorov-Smirnov distance
 * over all candidates (every distinct value but the largest). As in the reference implementations the empirical distribution of a tail of n
 * sorted values is i / n at the i-th, i from 0.
 */
import type { PowerLaw } from '../types.js'

/** Smaller eigenvalues are rounding noise of trained nets and would make a tail of their own. */
export const smallestEigenvalue = 1e-5
/** A fit through fewer values says nothing. */
export const smallestTail = 8

/** The fit, or why there is none. `singularValues` descend. */
export function fitPowerLaw(singularValues: ArrayLike<number>): PowerLaw | string {
  const smallest = Math.sqrt(smallestEigenvalue)
  let n = 0
  while (n < singularValues.length && singularValues[n]! > smallest) n++
  if (n < smallestTail)
    return `only ${n} eigenvalues sigma^2 exceed ${smallestEigenvalue}; a power law needs a tail of ${smallestTail}`
  // Logarithms of the eigenvalues, descending; they cannot overflow where the squares would.
  const logs = new Float64Array(n)
  for (let i = 0; i < n; i++) logs[i] = 2 * Math.log(singularValues[i]!)
  const best = bestTail(logs)
  if (best === null) return 'all eigenvalues are equal, so no power law fits'
  const { tail, alpha, ks } = best
  if (tail < smallestTail)
    return `the best fit keeps a tail of ${tail} values; a power law needs at least ${smallestTail}`
  const sigma = singularValues[tail - 1]!
  return { value: alpha, xmin: sigma * sigma, tail, ks, standardError: (alpha - 1) / Math.sqrt(tail) }
}

/** The tail with the smallest distance: how many of the largest values it holds. On a tie the longer tail. */
function bestTail(logs: Float64Array): { tail: number; alpha: number; ks: number } | null {
  let best: { tail: number; alpha: number; ks: number } | null = null
  const sums = prefixSums(logs)
  for (let tail = logs.length; tail >= 2; tail--) {
    const xmin = logs[tail - 1]!
    // Of equal values the tail that holds all of them is the candidate.
    if (tail < logs.length && logs[tail] === xmin) continue
    const excess = sums[tail]! - tail * xmin
    if (!(excess > 0)) continue
    const slope = tail / excess
    const ks = distance(logs, tail, slope, best?.ks ?? Number.POSITIVE_INFINITY)
    if (best === null || ks < best.ks) best = { tail, alpha: 1 + slope, ks }
  }
  return best
}

/**
 * max |F(x_i) - i / n| over the tail in ascending order; stops early once above `limit`. The tail's own fit crosses its data everywhere, so
 * most candidates are rejected within a few coarse steps.
 */
function distance(logs: Float64Array, tail: number, slope: number, limit: number): number {
  const xmin = logs[tail - 1]!
  const at = (i: number): number => Math.abs(1 - Math.exp(-slope * (logs[tail - 1 - i]! - xmin)) - i / tail)
  for (let i = 0, step = Math.max(1, tail >> 5); i < tail; i += step) if (at(i) > limit) return Number.POSITIVE_INFINITY
  let worst = 0
  for (let i = 0; i < tail; i++) {
    const d = at(i)
    if (d > worst) {
      worst = d
      if (worst > limit) return worst
    }
  }
  return worst
}

/** Compensated prefix sums: differences of them decide between tails. */
function prefixSums(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1)
  let sum = 0
  let carry = 0
  for (let i = 0; i < values.length; i++) {
    const y = values[i]! - carry
    const t = sum + y
    carry = t - sum - y
    sum = t
    sums[i + 1] = sum
  }
  return sums
}
