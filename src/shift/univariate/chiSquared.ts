/** Tests of counts by category: chi-squared, and Fisher's and a permutation test where counts are small. */
import { UsageError } from '../../core/index.js'
import { binomialPmf, chiSquaredSf } from '../../distributions/index.js'
import { splitCounts, Uniforms } from '../permutation/random.js'

export interface ChiSquaredResult {
  /** Sum of (count - expected)^2 / expected over both rows. */
  readonly statistic: number
  /** Categories that occur, less one. */
  readonly df: number
  /** By the chi-squared limit, without correction for continuity. */
  readonly p: number
  /** Expected counts of both rows, for the categories as given; 0 for one that does not occur. */
  readonly expected: readonly [Float64Array, Float64Array]
  /** The smallest of them over categories that occur; below 5 the limit is not to be trusted: use `exactCounts`. */
  readonly minExpected: number
  /** (statistic / N)^1/2, Cramer's V of a table of two rows: 0 to 1. */
  readonly cramersV: number
  /** G, twice the log-likelihood ratio, with its own p-value. */
  readonly g: number
  readonly gP: number
}

function checkCounts(op: string, a: ArrayLike<number>, b: ArrayLike<number>): { n: number; m: number } {
  if (a.length !== b.length)
    throw new UsageError(`${op}: ${a.length} and ${b.length} categories; expected as many in both samples.`)
  const sums = [a, b].map((counts, row) => {
    let sum = 0
    for (let i = 0; i < counts.length; i++) {
      if (!Number.isInteger(counts[i]) || counts[i]! < 0)
        throw new UsageError(
          `${op}: category ${i} of the ${row === 0 ? 'first' : 'second'} sample has count ${counts[i]}; expected whole numbers from 0 on.`,
        )
      sum += counts[i]!
    }
    if (sum === 0)
      throw new UsageError(`${op}: the ${row === 0 ? 'first' : 'second'} sample has no values; expected one or more.`)
    return sum
  })
  return { n: sums[0]!, m: sums[1]! }
}

/**
 * Tests whether two samples are from one distribution over categories: Pearson's chi-squared test of the table of two rows, without Yates's correction
 * (SciPy's `chi2_contingency(table, correction=False)`). Categories that occur in neither sample are left out; a single one gives 0, df 0
 * and p = 1.
 *
 * Throws UsageError for an empty sample and for counts that are not whole.
 * @example chiSquaredTest([10, 20], [20, 10]).statistic // 20 / 3
 */
export function chiSquaredTest(countsA: ArrayLike<number>, countsB: ArrayLike<number>): ChiSquaredResult {
  const { n, m } = checkCounts('chiSquaredTest', countsA, countsB)
  const expected = [new Float64Array(countsA.length), new Float64Array(countsA.length)] as const
  const rows = [
    { counts: countsA, size: n, expected: expected[0] },
    { counts: countsB, size: m, expected: expected[1] },
  ]
  let [statistic, g, df, minExpected] = [0, 0, -1, Infinity]
  for (let i = 0; i < countsA.length; i++) {
    const both = countsA[i]! + countsB[i]!
    if (both === 0) continue
    df++
    for (const row of rows) {
      const e = (both * row.size) / (n + m)
      row.expected[i] = e
      statistic += (row.counts[i]! - e) ** 2 / e
      if (row.counts[i]! > 0) g += 2 * row.counts[i]! * Math.log(row.counts[i]! / e)
      minExpected = Math.min(minExpected, e)
    }
  }
  const p = df === 0 ? 1 : chiSquaredSf(statistic, df)
  const gP = df === 0 ? 1 : chiSquaredSf(g, df)
  return { statistic, df, p, expected, minExpected, cramersV: Math.sqrt(statistic / (n + m)), g, gP }
}

export interface ExactCountsOptions {
  /** Random splits where the table is not 2 x 2: 9,999 by default. */
  permutations?: number
  seed?: number
}

/**
 * The p-value of the same question without the limit: of two categories Fisher's exact test, two-sided (the sum over all tables that are no more
 * probable); of more, the share of random splits of the pooled values whose chi-squared statistic is as large, (1 + count) / (1 + splits).
 *
 * Throws UsageError for an empty sample and for counts that are not whole.
 * @example exactCounts([3, 0], [0, 3]).p // 0.1
 */
export function exactCounts(
  countsA: ArrayLike<number>,
  countsB: ArrayLike<number>,
  options: ExactCountsOptions = {},
): { p: number; method: 'fisher' | 'permutation' } {
  const { n, m } = checkCounts('exactCounts', countsA, countsB)
  const pooled: number[] = []
  const first: number[] = []
  for (let i = 0; i < countsA.length; i++) {
    if (countsA[i]! + countsB[i]! === 0) continue
    pooled.push(countsA[i]! + countsB[i]!)
    first.push(countsA[i]!)
  }
  if (pooled.length <= 2) return { p: fisher(first[0]!, n, pooled[0]!, n + m), method: 'fisher' }
  const { permutations = 9999, seed = 0 } = options
  const uniforms = new Uniforms(seed)
  // With both margins given, the statistic grows with the sum of (a - e)^2 / e of one row.
  const size = (counts: ArrayLike<number>): number => {
    let sum = 0
    for (let i = 0; i < pooled.length; i++) sum += (counts[i]! - (pooled[i]! * n) / (n + m)) ** 2 / pooled[i]!
    return sum
  }
  const observed = size(first) * (1 - 1e-12)
  const drawn = new Float64Array(pooled.length)
  let count = 0
  for (let i = 0; i < permutations; i++) {
    splitCounts(pooled, n, uniforms, drawn)
    if (size(drawn) >= observed) count++
  }
  return { p: (1 + count) / (1 + permutations), method: 'permutation' }
}

/**
 * Fisher's test: k of the n values of the first sample are among the `marked` of all N. The hypergeometric probability is a product of binomial ones
 * (of any p; n / N is near all modes), which keeps its digits where differences of ln N! would lose them.
 */
function fisher(k: number, n: number, marked: number, N: number): number {
  const share = n / N
  const all = binomialPmf(n, N, share)
  const probability = (i: number): number =>
    (binomialPmf(i, marked, share) * binomialPmf(n - i, N - marked, share)) / all
  // Tables as probable as the one seen but for rounding count as equal, as in R and SciPy.
  const limit = probability(k) * (1 + 1e-7)
  let p = 0
  for (let i = Math.max(0, n + marked - N); i <= Math.min(n, marked); i++) {
    const one = probability(i)
    if (one <= limit) p += one
  }
  return Math.min(1, p)
}

/**
 * Tests whether two proportions differ, two-sided: the z-test with the pooled proportion (its square is the chi-squared statistic of the 2 x 2 table),
 * and Fisher's exact test where an expected count is below 5.
 * @example proportionTest(5, 100, 15, 100).p < 0.02 // true
 */
export function proportionTest(
  hitsA: number,
  n: number,
  hitsB: number,
  m: number,
): { difference: number; p: number; method: 'z' | 'fisher' } {
  const difference = hitsB / m - hitsA / n
  const [a, b] = [
    [hitsA, n - hitsA],
    [hitsB, m - hitsB],
  ] as const
  const { p, minExpected } = chiSquaredTest(a, b)
  if (minExpected >= 5 || hitsA + hitsB === 0 || hitsA + hitsB === n + m) return { difference, p, method: 'z' }
  return { difference, p: exactCounts(a, b).p, method: 'fisher' }
}
