/** Tests that look at the ranks of the values among both samples: Cramer-von Mises, Anderson-Darling, Mann-Whitney. */
import { andersonDarlingSf, cramerVonMisesSf, normalSf } from '../../distributions/index.js'
import { type Merged, merged } from './merge.js'
import { checkSamples, type Values, withSorted } from './sample.js'

function figures(op: string, a: Values, b: Values): Merged {
  return withSorted(a, b, (first, second) => {
    checkSamples(op, first, second)
    return merged(first, second)
  })
}

/**
 * Cramer & von Mises's test of two samples: T = U / (n m (n + m)) - (4 n m - 1) / (6 (n + m)) of Anderson (1962), midranks for ties. The p-value is
 * the limit's, of T brought to the limit's mean and variance as in SciPy's `cramervonmises_2samp`; SciPy's own p-values are off by up
 * to 1e-6 (its series stops there), these are not. For values that are nearly all different: with many ties and samples of very different sizes T is
 * far too large (3 values of 0, 1, 2 against 10,000 such give p = 0, there too); `ksTest` errs to the safe side then.
 *
 * Throws UsageError for an empty sample and for NaN.
 * @example cramerVonMises([1, 2, 3], [1, 2, 3]).p // 1
 */
export function cramerVonMises(a: Values, b: Values): { statistic: number; p: number } {
  const { n, m, ownA, ownB } = figures('cramerVonMises', a, b)
  const [k, N] = [n * m, n + m]
  const statistic = (n * ownA + m * ownB) / k / N - (4 * k - 1) / (6 * N)
  const mean = (1 + 1 / N) / 6
  const variance = ((N + 1) * (4 * k * N - 3 * (n * n + m * m) - 2 * k)) / (45 * N * N * 4 * k)
  return { statistic, p: cramerVonMisesSf(1 / 6 + (statistic - mean) / Math.sqrt(45 * variance)) }
}

/**
 * Anderson & Darling's test of two samples, with midranks for ties. `statistic` is A^2 of Scholz & Stephens (1987, formula 7), `standardized`
 * (A^2 - 1) / its standard deviation, as SciPy's `anderson_ksamp` gives it, and `p` the tail of the limit distribution with that standardized value:
 * SciPy's p-value is an interpolation between 0.25 and 0.001 and stays there outside.
 *
 * Where all values are the same nothing can be tested: 0 and p = 1. Throws UsageError for an empty sample and for NaN.
 * @example andersonDarling([1, 2, 3, 4], [11, 12, 13, 14]).p < 0.02 // true
 */
export function andersonDarling(a: Values, b: Values): { statistic: number; standardized: number; p: number } {
  const { n, m, anderson, distinct } = figures('andersonDarling', a, b)
  if (distinct < 2) return { statistic: 0, standardized: 0, p: 1 }
  const N = n + m
  const statistic = ((N - 1) / N) * anderson * (1 / n + 1 / m)
  const deviation = Math.sqrt(andersonVariance(n, m))
  const standardized = deviation > 0 ? (statistic - 1) / deviation : 0
  // The limit has mean 1 and variance 2 (pi^2 - 9) / 3.
  const p = deviation > 0 ? andersonDarlingSf(1 + standardized * Math.sqrt((2 * (Math.PI ** 2 - 9)) / 3)) : 1
  return { statistic, standardized, p }
}

/** Variance of A^2 without ties (Scholz & Stephens 1987, formula 4), for two samples. */
function andersonVariance(n: number, m: number): number {
  const N = n + m
  if (N < 4) return 0
  const H = 1 / n + 1 / m
  let h = 0
  for (let i = 1; i < N; i++) h += 1 / i
  const g = harmonicPairs(N)
  const k = 2
  const A = (4 * g - 6) * (k - 1) + (10 - 6 * g) * H
  const B = (2 * g - 4) * k * k + 8 * h * k + (2 * g - 14 * h - 4) * H - 8 * h + 4 * g - 6
  const C = (6 * h + 2 * g - 2) * k * k + (4 * h - 4 * g + 6) * k + (2 * h - 6) * H + 4 * h
  const D = (2 * h + 6) * k * k - 4 * h * k
  return (((A * N + B) * N + C) * N + D) / ((N - 1) * (N - 2) * (N - 3))
}

/** Sum over 1 <= i < j <= N - 1 of 1 / ((N - i) j). */
function harmonicPairs(N: number): number {
  let sum = 0
  let tail = 0
  for (let j = 2; j <= N - 1; j++) {
    tail += 1 / (N - j + 1)
    sum += tail / j
  }
  return sum
}

export interface MannWhitneyResult {
  /** U of the first sample: pairs whose first value is the larger, half of the equal ones among them. */
  readonly statistic: number
  /** U / (n m): the probability that a value of the first sample exceeds one of the second, ties half; 0.5 for no shift. */
  readonly probability: number
  readonly p: number
}

/**
 * Mann & Whitney's test, two-sided, by the normal limit with continuity correction and correction for ties: SciPy's `mannwhitneyu` with
 * `method='asymptotic'`. Where all values are the same p is 1.
 *
 * Throws UsageError for an empty sample and for NaN.
 * @example mannWhitney([1, 2, 3], [4, 5, 6]).statistic // 0
 */
export function mannWhitney(a: Values, b: Values): MannWhitneyResult {
  return mannWhitneyOf(figures('mannWhitney', a, b))
}

/** The test from figures of the merge. */
export function mannWhitneyOf({ n, m, rankSum, ties }: Merged): MannWhitneyResult {
  const N = n + m
  const statistic = rankSum - (n * (n + 1)) / 2
  const deviation = Math.sqrt(((n * m) / 12) * (N + 1 - ties / (N * (N - 1))))
  const excess = Math.abs(statistic - (n * m) / 2) - 0.5
  const p = deviation > 0 ? Math.min(1, 2 * normalSf(excess / deviation)) : 1
  return { statistic, probability: statistic / n / m, p }
}
