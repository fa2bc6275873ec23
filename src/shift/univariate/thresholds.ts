/**
 * What statistics of shift reach although nothing has moved: quantiles for two samples of one population, given how large they are. A fixed limit such
 * as "PSI above 0.2" cries wolf for small samples and sleeps for large ones.
 */
import { UsageError } from '../../core/index.js'
import { chiSquaredIsf, kolmogorovSf, twoSampleSf } from '../../distributions/index.js'
import { splitCounts, Uniforms } from '../permutation/random.js'

function check(op: string, n: number, m: number, level: number): void {
  if (!(n >= 1 && m >= 1)) throw new UsageError(`${op}: sizes ${n} and ${m}; expected 1 or more.`)
  if (!(level > 0 && level < 1)) throw new UsageError(`${op}: level ${level}; expected between 0 and 1.`)
}

/**
 * The `level` quantile (0.95) of PSI without shift for samples of n and m values over `bins` bins: (1/n + 1/m) times that of the chi-squared distribution
 * with bins - 1 degrees of freedom. For expected counts of about 10 and more in every bin; `permutedThreshold` for fewer.
 *
 * Source: B. Yurdakul & J. Naranjo, "Statistical properties of the population stability index" (2020).
 * @example psiThreshold(500, 500, 10) // 0.0677 = (2/500) * 16.919
 */
export function psiThreshold(n: number, m: number, bins: number, level = 0.95): number {
  check('psiThreshold', n, m, level)
  return bins < 2 ? 0 : (1 / n + 1 / m) * chiSquaredIsf(1 - level, bins - 1)
}

/**
 * The same for the distance of Jensen and Shannon, the root of an eighth of PSI's to first order; `base` as in `jensenShannon`. Hellinger's distance has
 * the same with base e.
 */
export function jensenShannonThreshold(n: number, m: number, bins: number, level = 0.95, base = Math.E): number {
  return Math.sqrt(psiThreshold(n, m, bins, level) / 8 / Math.log(base))
}

/**
 * The same for the Kolmogorov-Smirnov distance: exact where n m <= 10^5 (the smallest D whose p-value is at most 1 - level), else from Kolmogorov's
 * limit. For continuous values; with ties it is smaller.
 * @example ksThreshold(10000, 10000) // 0.0192
 */
export function ksThreshold(n: number, m: number, level = 0.95): number {
  check('ksThreshold', n, m, level)
  if (n * m > 1e5) return kolmogorovIsf(1 - level) * Math.sqrt(1 / n + 1 / m)
  const unit = greatestDivisor(n, m)
  let [low, high] = [0, (n * m) / unit]
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (twoSampleSf(n, m, middle * unit) <= 1 - level) high = middle
    else low = middle
  }
  return (high * unit) / (n * m)
}

function kolmogorovIsf(p: number): number {
  let [low, high] = [0.1, 20]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (kolmogorovSf(middle) > p) low = middle
    else high = middle
  }
  return high
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b)
}

export interface PermutedOptions {
  level?: number
  /** Random splits: 999 by default. */
  draws?: number
  seed?: number
}

/**
 * The `level` quantiles (0.95) without shift of statistics over bins, by splitting the pooled counts at random into samples of the sizes that they have:
 * right for few counts too. `statistics` take the counts of both samples.
 * @example permutedThreshold([30, 70], [35, 65], [(a, b) => Math.abs(a[0] / 100 - b[0] / 100)]) // [0.13]
 */
export function permutedThreshold(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  statistics: readonly ((reference: Float64Array, current: Float64Array) => number)[],
  options: PermutedOptions = {},
): number[] {
  const { level = 0.95, draws = 999, seed = 0 } = options
  const pooled = Float64Array.from(reference, (count, i) => count + current[i]!)
  const n = Array.prototype.reduce.call(reference, (sum, count) => (sum as number) + (count as number), 0) as number
  const m = pooled.reduce((sum, count) => sum + count, 0) - n
  check('permutedThreshold', n, m, level)
  const uniforms = new Uniforms(seed)
  const a = new Float64Array(pooled.length)
  const b = new Float64Array(pooled.length)
  const found = statistics.map(() => new Float64Array(draws))
  for (let i = 0; i < draws; i++) {
    splitCounts(pooled, n, uniforms, a)
    for (let j = 0; j < b.length; j++) b[j] = pooled[j]! - a[j]!
    for (const [k, statistic] of statistics.entries()) found[k]![i] = statistic(a, b)
  }
  return found.map((values) => values.sort()[Math.min(draws - 1, Math.ceil(level * (draws + 1)) - 1)]!)
}
