/** The Kolmogorov-Smirnov test of two samples. */
import { UsageError } from '../../core/index.js'
import { kolmogorovSf, kolmogorovSmirnovSf, twoSampleSf } from '../../distributions/index.js'
import { type Merged, merged } from './merge.js'
import { checkSamples, type Values, withSorted } from './sample.js'

export interface KsOptions {
  /**
   * `exact`: by counting paths. `asymptotic`: the exact distribution of one sample of n m / (n + m) values, rounded. `limit`: Kolmogorov's
   * limit. `auto` (the default): exact where neither sample has more than 10,000 values, else asymptotic.
   */
  method?: 'auto' | 'exact' | 'asymptotic' | 'limit'
}

export interface KsResult {
  /** D = max |F(x) - G(x)| of the two empirical distribution functions. */
  readonly statistic: number
  /** F(x) - G(x) where its size is D: positive where the first sample has more small values. */
  readonly signed: number
  /** The first x at which it is. */
  readonly location: number
  readonly p: number
  readonly method: 'exact' | 'asymptotic' | 'limit'
}

/** Samples larger than this are not tested exactly by `auto`: SciPy's limit. */
export const largestExact = 10_000

/**
 * Tests whether two samples are from one distribution by the largest distance of their empirical distribution functions, two-sided. Any numbers,
 * infinite ones too; with ties the p-value is too large rather than too small. Statistics and p-values are those of SciPy's
 * `ks_2samp`, for `auto` and for both of its methods.
 *
 * Throws UsageError for an empty sample and for NaN.
 *
 * Source: N. V. Smirnov (1939); exact: Viehmann (2021); asymptotic: Simard & L'Ecuyer (2011).
 * @example ksTest([1, 2, 3, 4], [3, 4, 5, 6]).statistic // 0.5
 */
export function ksTest(a: Values, b: Values, options: KsOptions = {}): KsResult {
  return withSorted(a, b, (first, second) => {
    checkSamples('ksTest', first, second)
    return ksOf(merged(first, second), options.method)
  })
}

/** The test from figures of the merge. */
export function ksOf(
  { n, m, reach, location }: Pick<Merged, 'n' | 'm' | 'reach' | 'location'>,
  method: KsOptions['method'] = 'auto',
): KsResult {
  if (!['auto', 'exact', 'asymptotic', 'limit'].includes(method))
    throw new UsageError(`ksTest: method ${method}; expected auto, exact, asymptotic or limit.`)
  const signed = reach / n / m
  const statistic = Math.abs(signed)
  const used = method === 'auto' ? (Math.max(n, m) <= largestExact ? 'exact' : 'asymptotic') : method
  return { statistic, signed, location, p: pOf(n, m, Math.abs(reach), statistic, used), method: used }
}

function pOf(n: number, m: number, reach: number, d: number, method: KsResult['method']): number {
  if (method === 'exact') return Math.min(1, twoSampleSf(n, m, reach))
  // Products of sizes overflow no f64; n m / (n + m) is what one sample of that size is worth.
  const size = (n * m) / (n + m)
  if (method === 'limit') return kolmogorovSf(Math.sqrt(size) * d)
  return kolmogorovSmirnovSf(Math.max(1, halfToEven(size)), d)
}

function halfToEven(x: number): number {
  const whole = Math.floor(x)
  if (x - whole !== 0.5) return Math.round(x)
  return whole % 2 === 0 ? whole : whole + 1
}
