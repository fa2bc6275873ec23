/** CUSUM: sums of what values have beyond their mean, which never fall below 0. */
import { UsageError } from '../../core/index.js'
import { checkRange, DriftDetector, type DriftState, RunningMean } from './detector.js'

export interface CUSUMOptions {
  /** Values before it says anything. Default 30. */
  minInstances?: number
  /** Changes of the mean up to this are none: in the unit of the values, default 0.005; `river`: in deviations, default 0.5 (its `slack`). */
  delta?: number
  /** A drift where a sum is more: in the unit of the values, default 50; `river`: in deviations, default 5 (its `threshold`). */
  lambda?: number
  /** Which changes count. `frouros`: `up`. `river`: default `both`. */
  mode?: 'both' | 'up' | 'down'
  /**
   * `frouros` (default): one sum, against the mean so far. `river` (Page's tabular chart): two sums, against the mean of the first `minInstances` values, which
   * then stays, in the deviation (ddof 1) of these.
   */
  definition?: 'frouros' | 'river'
}

/**
 * Cumulative sums. `frouros`, for rising values: s = max(0, s + x - mean - delta) with the mean so far, a drift where s > lambda. `river`: with mean m
 * and deviation d of the first `minInstances` values, up = max(0, up + x - m - delta d), down = max(0, down - (x - m) - delta d), a drift where
 * either is more than lambda d. The onset is the value after the last at which the sum was 0.
 *
 * Source: Page (1954); as frouros and river have it.
 */
export class CUSUM extends DriftDetector {
  readonly name = 'cusum'
  readonly input = 'numbers'
  readonly #options: Required<CUSUMOptions>
  #mean = new RunningMean()
  #squares = 0
  /** In the unit of the values, after `river` has learned the deviation. */
  #slack = 0
  #limit = 0
  #reference = 0
  #up = 0
  #down = 0
  #upZeroAt = 0
  #downZeroAt = 0
  #zeroAt = 0

  constructor(options: CUSUMOptions = {}) {
    super()
    const { definition = 'frouros' } = options
    const river = definition === 'river'
    this.#options = { minInstances: 30, delta: river ? 0.5 : 0.005, lambda: river ? 5 : 50, mode: river ? 'both' : 'up', definition, ...options } // biome-ignore format: one line
    const { minInstances, delta, lambda, mode } = this.#options
    checkRange('CUSUM', { minInstances, delta, lambda }, 0, Number.POSITIVE_INFINITY)
    if (!river && mode !== 'up') throw new UsageError(`CUSUM: mode ${mode} with definition ${definition}; expected up.`)
  }

  protected start(): void {
    this.#mean = new RunningMean()
    this.#squares = 0
    this.#up = 0
    this.#down = 0
    this.#upZeroAt = 0
    this.#downZeroAt = 0
  }

  protected step(value: number): DriftState {
    return this.#options.definition === 'river' ? this.#frozen(value) : this.#running(value)
  }

  #running(value: number): DriftState {
    const { minInstances, delta, lambda } = this.#options
    this.#mean.update(value)
    this.#up = Math.max(0, this.#up + value - this.#mean.mean - delta)
    if (this.#up === 0) this.#zeroAt = this.n
    return this.n >= minInstances && this.#up > lambda ? 'drift' : 'stable'
  }

  #frozen(value: number): DriftState {
    const { minInstances, mode } = this.#options
    const first = Math.max(1, minInstances)
    if (this.n <= first) this.#learn(value)
    if (this.n < first) return 'stable'
    const off = value - this.#reference
    this.#up = Math.max(0, this.#up + off - this.#slack)
    this.#down = Math.max(0, this.#down - off - this.#slack)
    if (this.#up === 0) this.#upZeroAt = this.n
    if (this.#down === 0) this.#downZeroAt = this.n
    const rose = mode !== 'down' && this.#up > this.#limit
    const fell = mode !== 'up' && this.#down > this.#limit
    this.#zeroAt = rose ? this.#upZeroAt : this.#downZeroAt
    return rose || fell ? 'drift' : 'stable'
  }

  #learn(value: number): void {
    const { delta, lambda } = this.#options
    const before = this.#mean.mean
    this.#mean.update(value)
    this.#squares += (value - before) * (value - this.#mean.mean)
    const deviation = this.n > 1 ? Math.sqrt(Math.max(0, this.#squares / (this.n - 1))) : 0
    this.#reference = this.#mean.mean
    this.#slack = delta * deviation
    this.#limit = lambda * deviation
  }

  protected sinceOnset(): number {
    return Math.max(1, this.n - this.#zeroAt)
  }
}
