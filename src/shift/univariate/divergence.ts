/** Distances of two distributions over the same bins or categories. All take counts or shares, which they bring to the sum 1. */
import { UsageError } from '../../core/index.js'

type Counts = ArrayLike<number>

/** Shares of both, or null where one of them has no count at all. */
function shares(op: string, reference: Counts, current: Counts): [Float64Array, Float64Array] | null {
  if (reference.length !== current.length)
    throw new UsageError(`${op}: ${reference.length} and ${current.length} bins; expected as many of both.`)
  const [p, q] = [reference, current].map((counts) => {
    let sum = 0
    for (let i = 0; i < counts.length; i++) {
      if (!(counts[i]! >= 0 && counts[i]! < Infinity))
        throw new UsageError(`${op}: bin ${i} has count ${counts[i]}; expected finite numbers from 0 on.`)
      sum += counts[i]!
    }
    return sum > 0 ? Float64Array.from(counts, (count) => count / sum) : null
  })
  return p && q ? [p, q] : null
}

/**
 * The population stability index: sum of (q - p) ln(q / p) over the bins, p the reference's shares and q the current ones, each at least `floor`
 * (1e-4) and not brought to the sum 1 again. Without the floor it is the sum of both Kullback-Leibler divergences (Jeffreys's). NaN where
 * a side has no counts.
 *
 * Two samples of one population do not give 0: see `psiThreshold`.
 * @example psi([50, 50], [50, 50]) // 0
 */
export function psi(reference: Counts, current: Counts, options: { floor?: number } = {}): number {
  const { floor = 1e-4 } = options
  const both = shares('psi', reference, current)
  if (!both) return Number.NaN
  let sum = 0
  for (let i = 0; i < both[0].length; i++) {
    const [p, q] = [Math.max(floor, both[0][i]!), Math.max(floor, both[1][i]!)]
    if (p !== q) sum += (q - p) * Math.log(q / p)
  }
  return sum
}

/**
 * The distance of Jensen and Shannon: the root of (KL(p | m) + KL(q | m)) / 2 with m = (p + q) / 2. `base` of the logarithm: e by default, and then at
 * most sqrt(ln 2) = 0.8326; with base 2 at most 1. SciPy's `jensenshannon`. A metric (Endres & Schindelin 2003). NaN where a side has no
 * counts.
 * @example jensenShannon([1, 0], [0, 1], { base: 2 }) // 1
 */
export function jensenShannon(reference: Counts, current: Counts, options: { base?: number } = {}): number {
  const both = shares('jensenShannon', reference, current)
  if (!both) return Number.NaN
  let sum = 0
  for (let i = 0; i < both[0].length; i++) {
    const [p, q] = [both[0][i]!, both[1][i]!]
    if (p === q) continue
    // p ln(p / m) + q ln(q / m) with p = m (1 + d), q = m (1 - d): never negative, and exact for small d.
    const d = (p - q) / (p + q)
    sum += ((p + q) / 2) * (entropic(d) + entropic(-d))
  }
  return Math.sqrt(Math.max(0, sum) / 2 / Math.log(options.base ?? Math.E))
}

/** (1 + d) ln(1 + d), 0 at d = -1. */
function entropic(d: number): number {
  return d === -1 ? 0 : (1 + d) * Math.log1p(d)
}

/**
 * Hellinger's distance: the root of half the sum of (p^1/2 - q^1/2)^2, from 0 to 1. NaN where a side has no counts.
 * @example hellinger([1, 0], [0, 1]) // 1
 */
export function hellinger(reference: Counts, current: Counts): number {
  const both = shares('hellinger', reference, current)
  if (!both) return Number.NaN
  let sum = 0
  for (let i = 0; i < both[0].length; i++) sum += (Math.sqrt(both[0][i]!) - Math.sqrt(both[1][i]!)) ** 2
  return Math.sqrt(sum / 2)
}

/**
 * The distance in total variation: half the sum of |p - q|, from 0 to 1. It is the largest difference between both of the probability of any set of
 * bins. NaN where a side has no counts.
 * @example totalVariation([3, 1], [1, 3]) // 0.5
 */
export function totalVariation(reference: Counts, current: Counts): number {
  const both = shares('totalVariation', reference, current)
  if (!both) return Number.NaN
  let sum = 0
  for (let i = 0; i < both[0].length; i++) sum += Math.abs(both[0][i]! - both[1][i]!)
  return sum / 2
}
