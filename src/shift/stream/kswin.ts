/** KSWIN: the newest values against a sample of those before, by the Kolmogorov-Smirnov test. */
import { UsageError } from '../../core/index.js'
import { checkRange, DriftDetector, type DriftState } from './detector.js'
import { Mersenne } from './mersenne.js'

export interface KSWINOptions {
  /** A drift where the p-value is at most this. Default 0.005. */
  alpha?: number
  /** Values in the window. Default 100. */
  windowSize?: number
  /** Newest values, and how many of the others are drawn. Default 30. */
  statSize?: number
  /** Default 0. */
  seed?: number
}

/**
 * Kolmogorov-Smirnov windowing. Of the last `windowSize` values the newest `statSize` are compared with as many drawn without replacement from the rest,
 * by the exact two-sided test of two samples: a drift where p <= alpha and D > 0.1. Every value is a test, so alpha is no rate of false alarms.
 * The onset is the oldest of the newest values.
 *
 * The draw is Python's `random.Random(seed).sample(range(windowSize - statSize), statSize)`, seeded again after each drift, so drift points are
 * river's for the same seed. Source: Raab, Heusinger & Schleif (2020).
 */
export class KSWIN extends DriftDetector {
  readonly name = 'kswin'
  readonly input = 'numbers'
  readonly #options: Required<KSWINOptions>
  readonly #p: Float64Array
  #random: Mersenne
  /** The last values, a ring; n counts those that came. */
  readonly #window: Float64Array
  readonly #before: Float64Array
  /** Ascending, as soon as the window is full. */
  readonly #newest: Float64Array
  readonly #drawn: Int32Array
  /** Of the last test. */
  pValue = 1

  constructor(options: KSWINOptions = {}) {
    super()
    this.#options = { alpha: 0.005, windowSize: 100, statSize: 30, seed: 0, ...options }
    const { alpha, windowSize, statSize, seed } = this.#options
    checkRange('KSWIN', { alpha }, 0, 1)
    if (!Number.isInteger(windowSize) || !Number.isInteger(statSize) || statSize < 1 || windowSize < 2 * statSize)
      throw new UsageError(
        `KSWIN: windowSize ${windowSize} and statSize ${statSize}; expected whole numbers, the window at least twice as long.`,
      )
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new UsageError(`KSWIN: seed ${seed}; expected a whole number from 0 to 2^53 - 1.`)
    this.#random = new Mersenne(seed)
    this.#window = new Float64Array(windowSize)
    this.#before = new Float64Array(statSize)
    this.#newest = new Float64Array(statSize)
    this.#drawn = new Int32Array(statSize)
    this.#p = Float64Array.from({ length: statSize + 1 }, (_, h) => equalSamplesP(statSize, h))
  }

  protected start(): void {
    this.#random = new Mersenne(this.#options.seed)
    this.pValue = 1
  }

  protected step(value: number): DriftState {
    const { alpha, windowSize, statSize } = this.#options
    const place = (this.n - 1) % windowSize
    this.#window[place] = value
    if (this.n < windowSize) return 'stable'
    const rest = windowSize - statSize
    const newest = this.#newest
    // The oldest value stands at n; the newest ones follow `rest` values later.
    const oldest = place + 1
    const at = (i: number): number => this.#window[oldest + i < windowSize ? oldest + i : oldest + i - windowSize]!
    if (this.n === windowSize) {
      for (let i = 0; i < statSize; i++) newest[i] = at(rest + i)
      newest.sort()
    } else exchange(newest, at(rest - 1), value)
    this.#random.sampleInto(this.#drawn, rest)
    const before = this.#before
    for (let i = 0; i < statSize; i++) before[i] = at(this.#drawn[i]!)
    const h = largestGap(sortFew(before), newest)
    this.pValue = this.#p[h]!
    return this.pValue <= alpha && h / statSize > 0.1 ? 'drift' : 'stable'
  }

  protected sinceOnset(): number {
    return this.#options.statSize
  }
}

/** Takes `old` out of ascending numbers, and `fresh` in. */
function exchange(x: Float64Array, old: number, fresh: number): void {
  let i = 0
  while (x[i] !== old) i++
  for (; i + 1 < x.length && x[i + 1]! < fresh; i++) x[i] = x[i + 1]!
  for (; i > 0 && x[i - 1]! > fresh; i--) x[i] = x[i - 1]!
  x[i] = fresh
}

/** Ascending, by insertion where that is quicker than the engine's sort. */
function sortFew(x: Float64Array): Float64Array {
  if (x.length > 64) return x.sort()
  for (let i = 1; i < x.length; i++) {
    const value = x[i]!
    let j = i
    for (; j > 0 && x[j - 1]! > value; j--) x[j] = x[j - 1]!
    x[j] = value
  }
  return x
}

/** n D of two sorted samples of n values. */
function largestGap(a: Float64Array, b: Float64Array): number {
  const n = a.length
  let [i, j, gap] = [0, 0, 0]
  while (i < n && j < n) {
    const value = Math.min(a[i]!, b[j]!)
    while (i < n && a[i] === value) i++
    while (j < n && b[j] === value) j++
    gap = Math.max(gap, Math.abs(i - j))
  }
  return gap
}

/**
 * P(n D >= h) for two samples of n values of one continuous distribution: 2 (C(2n, n - h) - C(2n, n - 2h) + C(2n, n - 3h) - ...) / C(2n, n)
 * (Gnedenko & Korolyuk 1951), each ratio a product from the one before.
 */
export function equalSamplesP(n: number, h: number): number {
  if (h === 0) return 1
  let p = 0
  // From the inside: P = 2 A1 (1 - A2 (1 - A3 (...))), A_k = C(2n, n - k h) / C(2n, n - (k - 1) h).
  for (let k = Math.floor(n / h); k >= 1; k--) {
    let ratio = 1
    for (let j = 0; j < h; j++) ratio *= (n - (k - 1) * h - j) / (n + (k - 1) * h + j + 1)
    p = ratio * (1 - p)
  }
  return Math.min(1, 2 * p)
}
