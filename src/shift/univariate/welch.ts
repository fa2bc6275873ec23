/** Welch's test of two means. */
import { UsageError } from '../../core/index.js'
import { studentSf } from '../../distributions/index.js'
import type { Values } from './sample.js'

/**
 * Tests whether two means differ, variances not assumed equal, two-sided: t = (mean a - mean b) / (s_a^2 / n + s_b^2 / m)^1/2 with the degrees of
 * freedom of Welch and Satterthwaite. Two constants that differ give t = +-Infinity and p = 0, two equal ones and samples with fewer than two values NaN,
 * as in SciPy's `ttest_ind`. Moments are about a value of the data and in the unit of the largest distance from it, so that neither a far origin nor
 * a unit costs digits.
 *
 * Throws UsageError for an empty sample. NaN and infinite values give NaN. Source: B. L. Welch (1947).
 * @example welch([1, 2, 3], [2, 3, 4]).df // 4
 */
export function welch(a: Values, b: Values): { statistic: number; df: number; p: number } {
  for (const [which, { length }] of [
    ['first', a],
    ['second', b],
  ] as const)
    if (length === 0) throw new UsageError(`welch: the ${which} sample has no values; expected two or more.`)
  const origin = a[0]!
  const unit = Math.max(farthest(a, origin), farthest(b, origin)) || 1
  const [first, second] = [moments(a, origin, unit), moments(b, origin, unit)]
  const [va, vb] = [first.variance / first.n, second.variance / second.n]
  const statistic = (first.mean - second.mean) / Math.sqrt(va + vb)
  const df = (va + vb) ** 2 / (va ** 2 / (first.n - 1) + vb ** 2 / (second.n - 1))
  // Without variance there are no degrees of freedom, and any number of them has the same tail.
  return { statistic, df, p: 2 * studentSf(Math.abs(statistic), va + vb === 0 ? 1 : df) }
}

/** Half the largest distance from `origin`, which cannot overflow. */
function farthest(values: Values, origin: number): number {
  let most = 0
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]! / 2 - origin / 2))
  return most
}

/** Mean and variance of (value - origin) / (2 unit). */
function moments(values: Values, origin: number, unit: number): { n: number; mean: number; variance: number } {
  const n = values.length
  const at = (i: number): number => (values[i]! / 2 - origin / 2) / unit
  let sum = 0
  for (let i = 0; i < n; i++) sum += at(i)
  const mean = sum / n
  let squares = 0
  let rest = 0
  for (let i = 0; i < n; i++) {
    const d = at(i) - mean
    squares += d * d
    rest += d
  }
  // The sum of deviations is zero but for the rounding of the mean, which is taken back.
  return { n, mean: mean + rest / n, variance: (squares - (rest * rest) / n) / (n - 1) }
}
