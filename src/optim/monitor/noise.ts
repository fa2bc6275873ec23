/** How noisy gradients are: the batch size at which noise and signal are of one size. */
import { UsageError } from '../../core/index.js'

/** What the gradients of parts of one batch tell. */
export interface GradientNoise {
  /** tr(covariance of one example's gradient) / |mean|^2, in examples; null where noise hides the mean. */
  readonly scale: number | null
  /** tr(covariance), estimated without bias. */
  readonly trace: number
  /** |mean|^2, without bias: may come out below 0. */
  readonly squaredMean: number
}

/**
 * The simple noise scale from gradients of `n` parts of a batch, `examples` in each: their squared norms, and that of their mean. A batch much
 * smaller than the scale wastes steps; one much larger wastes examples.
 *
 * Throws UsageError for fewer than two parts.
 * Source: McCandlish, Kaplan, Amodei & others 2018, "An empirical model of large-batch training", appendix A, with all parts in place of one.
 *
 * @example
 * gradientNoise([4.2, 3.8], 3, 32) // two halves of a batch of 64
 */
export function gradientNoise(squaredNorms: readonly number[], squaredMean: number, examples: number): GradientNoise {
  const n = squaredNorms.length
  if (n < 2) throw new UsageError(`gradientNoise: ${n} parts; expected at least 2.`)
  if (!(examples > 0)) throw new UsageError(`gradientNoise: ${examples} examples in a part; expected more than 0.`)
  // sum |g_i - mean|^2 = sum |g_i|^2 - n |mean|^2; rounding must not make it negative.
  const spread = Math.max(0, squaredNorms.reduce((a, b) => a + b, 0) - n * squaredMean) / (n - 1)
  return figures(spread * examples, squaredMean - spread / n)
}

const figures = (trace: number, squaredMean: number): GradientNoise => ({
  scale: squaredMean > 0 ? trace / squaredMean : null,
  trace,
  squaredMean,
})

/** Averages of trace and squared mean over steps: their ratio is steadier than ratios averaged. */
export class NoiseAverage {
  #weight = 0
  #trace = 0
  #squaredMean = 0

  constructor(readonly decay = 0.9) {}

  add({ trace, squaredMean }: GradientNoise): void {
    if (!Number.isFinite(trace) || !Number.isFinite(squaredMean)) return
    this.#weight = this.decay * this.#weight + 1
    this.#trace += (trace - this.#trace) / this.#weight
    this.#squaredMean += (squaredMean - this.#squaredMean) / this.#weight
  }

  get scale(): number | null {
    return this.#weight === 0 ? null : figures(this.#trace, this.#squaredMean).scale
  }

  get state(): readonly number[] {
    return [this.#weight, this.#trace, this.#squaredMean]
  }

  restore([weight = 0, trace = 0, squaredMean = 0]: readonly number[]): void {
    this.#weight = weight
    this.#trace = trace
    this.#squaredMean = squaredMean
  }
}
