/** Bins of numbers, and how many values fall into each. */
import { UsageError } from '../../core/index.js'
import { placeOf } from './sample.js'

/** The q-quantile of ascending numbers by linear interpolation between neighbours (type 7, NumPy's default). */
export function quantileOf(x: Float64Array, q: number): number {
  const at = q * (x.length - 1)
  const low = Math.floor(at)
  const [a, b] = [x[low]!, x[Math.min(low + 1, x.length - 1)]!]
  const share = at - low
  if (share === 0 || a === b) return a
  if (b - a === Infinity) return a * (1 - share) + b * share
  // From the nearer end, as NumPy interpolates.
  return share < 0.5 ? a + (b - a) * share : b - (b - a) * (1 - share)
}

/** Edges at the quantiles 0, 1/bins, ..., 1 of ascending numbers, equal ones once. */
export function quantileEdges(x: Float64Array, bins: number): number[] {
  const edges = Array.from({ length: bins + 1 }, (_, i) => quantileOf(x, i / bins))
  return edges.filter((edge, i) => i === 0 || edge !== edges[i - 1])
}

/** `bins` bins of one width from `low` to `high`: bins + 1 edges. */
export function widthEdges(low: number, high: number, bins: number): number[] {
  const step = (high - low) / bins
  // A range that overflows is laid out from both ends.
  const at = (i: number): number => (step < Infinity ? low + i * step : low * (1 - i / bins) + high * (i / bins))
  return Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : at(i)))
}

/** Sturges's number of bins (1926) for n values: log2 n + 1, rounded up. */
export function sturges(n: number): number {
  return Math.max(1, Math.ceil(Math.log2(n) + 1))
}

/** Doane's number of bins (1976): Sturges's and log2 (1 + |skewness| / its standard deviation), rounded up. */
export function doane(x: Float64Array): number {
  const n = x.length
  if (n < 3) return 1
  let sum = 0
  for (const value of x) sum += value
  const mean = sum / n
  let second = 0
  let third = 0
  for (const value of x) {
    const d = value - mean
    second += d * d
    third += d * d * d
  }
  const sigma = Math.sqrt(second / n)
  if (!(sigma > 0)) return 1
  const skewness = third / n / sigma ** 3
  const deviation = Math.sqrt((6 * (n - 2)) / ((n + 1) * (n + 3)))
  return Math.max(1, Math.ceil(1 + Math.log2(n) + Math.log2(1 + Math.abs(skewness) / deviation)))
}

/** The first and the last edge moved to -Infinity and Infinity, so that every number has a bin. */
export function opened(edges: readonly number[]): number[] {
  return edges.map((edge, i) => (i === 0 ? -Infinity : i === edges.length - 1 ? Infinity : edge))
}

/**
 * How many of ascending numbers lie in each bin [edge, next edge), the last one with its upper edge, as NumPy's `histogram`. What lies outside is
 * counted nowhere.
 */
export function countSorted(x: Float64Array, edges: readonly number[]): number[] {
  const last = edges.length - 1
  const places = edges.map((edge, i) => placeOf(x, edge, i === last))
  return Array.from({ length: last }, (_, i) => places[i + 1]! - places[i]!)
}

/** Distinct numbers of ascending `x`, or null where there are more than `most`. */
export function distinctOf(x: Float64Array, most: number): number[] | null {
  const found: number[] = []
  for (let at = 0; at < x.length; at = placeOf(x, x[at]!, true)) {
    if (found.length === most) return null
    found.push(x[at]!)
  }
  return found
}

/**
 * How many of `values` lie in each bin [edge, next edge), the last one with its upper edge. Outer edges may be infinite; what lies outside, and NaN,
 * is counted nowhere.
 *
 * Throws UsageError for fewer than two edges, or edges that do not ascend.
 * @example binCounts([1, 2, 2.5, 9], [1, 2, 3]) // [1, 2]
 */
export function binCounts(values: ArrayLike<number>, edges: readonly number[]): number[] {
  if (edges.length < 2 || edges.some((edge, i) => i > 0 && !(edge > edges[i - 1]!)))
    throw new UsageError(`binCounts: edges ${JSON.stringify(edges)}; expected two or more, ascending.`)
  const sorted = Float64Array.from(values).sort()
  let count = sorted.length
  while (count > 0 && Number.isNaN(sorted[count - 1])) count--
  return countSorted(sorted.subarray(0, count), edges)
}
