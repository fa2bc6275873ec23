/** Tests for label shift: of labels where there are any, and of a classifier's outputs. */
import { UsageError } from '../../core/index.js'
import { chiSquaredTest, ksTest } from '../univariate/index.js'
import { countsOf, labelsOf, type Probabilities, predictionsOf, type Scores, scoresOf } from './scores.js'

export interface PriorChange {
  /** Shares of the classes: reference, current. */
  readonly shares: readonly [Float64Array, Float64Array]
  readonly statistic: number
  readonly df: number
  readonly p: number
  /** Smallest expected count; below 5 the p-value is not to be trusted. */
  readonly minExpected: number
  /** Total variation: the share of rows that would have to change class. 0 to 1. */
  readonly totalVariation: number
  readonly cramersV: number
}

/** Whether the shares of labels 0 .. classes - 1 differ: Pearson's chi-squared test, with its effect. Throws UsageError without labels. */
export function priorChange(reference: ArrayLike<number>, current: ArrayLike<number>, classes: number): PriorChange {
  const counts = [reference, current].map((labels) => countsOf(labelsOf('priorChange', labels, classes), classes))
  return priorChangeOf(counts[0]!, counts[1]!)
}

function priorChangeOf(a: Float64Array, b: Float64Array): PriorChange {
  const { statistic, df, p, minExpected, cramersV } = chiSquaredTest(a, b)
  const shares = [a, b].map((counts) => {
    const n = counts.reduce((sum, one) => sum + one, 0)
    return counts.map((one) => one / n)
  }) as [Float64Array, Float64Array]
  const totalVariation = shares[0].reduce((sum, one, k) => sum + Math.abs(one - shares[1][k]!) / 2, 0)
  return { shares, statistic, df, p, minExpected, totalVariation, cramersV }
}

export interface OutputTests {
  /** Chi-squared test of the likeliest classes (BBSDh). */
  readonly predictions: PriorChange
  /** Kolmogorov-Smirnov tests of each class's probability (BBSDs); `p` is the least of them times their number (Bonferroni), at most 1. */
  readonly scores: { readonly statistics: readonly number[]; readonly ps: readonly number[]; readonly p: number }
}

/**
 * Whether a classifier's outputs are distributed alike on validation and current rows. Label shift moves them; so does covariate shift, which these
 * tests do not tell apart. Source: Lipton, Wang & Smola (2018); Rabanser, Guennemann & Lipton (2019).
 */
export function outputTests(validation: Probabilities, current: Probabilities): OutputTests {
  const op = 'outputTests'
  return testsOf(op, scoresOf(op, 'validation', validation), scoresOf(op, 'current', current))
}

export function testsOf(op: string, a: Scores, b: Scores): OutputTests {
  if (a.K !== b.K)
    throw new UsageError(`${op}: ${a.K} classes in validation and ${b.K} in current probabilities; expected as many.`)
  const predictions = priorChangeOf(countsOf(predictionsOf(a), a.K), countsOf(predictionsOf(b), b.K))
  const tests = Array.from({ length: a.K }, (_, k) => ksTest(columnOf(a, k), columnOf(b, k)))
  const ps = tests.map(({ p }) => p)
  return { predictions, scores: { statistics: tests.map(({ statistic }) => statistic), ps, p: Math.min(1, a.K * Math.min(...ps)) } } // biome-ignore format: one line
}

function columnOf({ n, K, p }: Scores, k: number): Float64Array {
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) out[i] = p[i * K + k]!
  return out
}
