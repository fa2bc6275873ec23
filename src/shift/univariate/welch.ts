/** Welch's test of two means. */
import { UsageError } from '../../core/index.js'
import { studentSf } from '../../distributions/index.js'
import type { Values } from './sample.js'

/**
 * Tests whether two means differ, variances not assumed equal, two-sided: t = (mean a - mean b) / (s_a^2 / n + s_b^2 / m)^1/2 with the degrees of
 * freedom of Welch and Satterthwaite. NaN figures where both samples are constant, or have fewer than two values, as in SciPy's `ttest_ind`.
 *
 * Throws UsageError for an empty sample. NaN and infinite values give NaN. Source: B. L. Welch (1947).
 * @example welch([1, 2, 3], [2, 3, 4]).df // 4
 */
export function welch(a: Values, b: Values): { statistic: number; df: number; p: number } {
  const [first, second] = [moments(a, 'first'), moments(b, 'second')]
  const [va, vb] = [first.variance / first.n, second.variance / second.n]
  const statistic = (first.mean - second.mean) / Math.sqrt(va + vb)
  const df = (va + vb) ** 2 / (va ** 2 / (first.n - 1) + vb ** 2 / (second.n - 1))
  return { statistic, df, p: 2 * studentSf(Math.abs(statistic), df) }
}

function moments(values: Values, which: string): { n: number; mean: number; variance: number } {
  const n = values.length
  if (n === 0) throw new UsageError(`welch: the ${which} sample has no values; expected two or more.`)
  let sum = 0
  for (let i = 0; i < n; i++) sum += values[i]!
  const mean = sum / n
  let squares = 0
  let rest = 0
  for (let i = 0; i < n; i++) {
    const d = values[i]! - mean
    squares += d * d
    rest += d
  }
  // The sum of deviations is zero but for the rounding of the mean, which is taken back.
  return { n, mean: mean + rest / n, variance: (squares - (rest * rest) / n) / (n - 1) }
}
