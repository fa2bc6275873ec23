/** The Page-Hinkley test: sums of what values have beyond their mean, against their extremes. */
import { UsageError } from '../../core/index.js'
import { checkRange, DriftDetector, type DriftState, RunningMean } from './detector.js'

export interface PageHinkleyOptions {
  /** Values before it says anything. Default 30. */
  minInstances?: number
  /** Changes of the mean up to this are none, in the unit of the values. Default 0.005. */
  delta?: number
  /** A drift where a sum is beyond it, in the unit of the values. Default 50. */
  threshold?: number
  /** What remains of a sum at each value. Default 0.9999. */
  alpha?: number
  /** Which changes count. Default both. `up` alone for the other definitions. */
  mode?: 'both' | 'up' | 'down'
  /**
   * `river` (default): sums above their least (below their largest). `river-old` (before it was two-sided): one sum that never falls below 0, drift from the
   * threshold on. `frouros`: one sum with no bottom.
   */
  definition?: 'river' | 'river-old' | 'frouros'
}

/**
 * The Page-Hinkley test. With the mean so far, up = alpha up + (x - mean - delta), down = alpha down + (x - mean + delta): a drift where up is more than
 * `threshold` above its least value, or down as much below its largest. The onset is the value after that extreme.
 *
 * Source: Page (1954), Hinkley (1971); as river has it.
 */
export class PageHinkley extends DriftDetector {
  readonly name = 'page-hinkley'
  readonly input = 'numbers'
  readonly #options: Required<PageHinkleyOptions>
  #mean = new RunningMean()
  #up = 0
  #down = 0
  #least = Number.POSITIVE_INFINITY
  #largest = Number.NEGATIVE_INFINITY
  #leastAt = 0
  #largestAt = 0
  #extreme = 0

  constructor(options: PageHinkleyOptions = {}) {
    super()
    const { definition = 'river' } = options
    const mode = definition === 'river' ? 'both' : 'up'
    this.#options = { minInstances: 30, delta: 0.005, threshold: 50, alpha: 1 - 0.0001, mode, definition, ...options }
    const { minInstances, delta, threshold, alpha } = this.#options
    checkRange('PageHinkley', { minInstances, delta, threshold }, 0, Number.POSITIVE_INFINITY)
    checkRange('PageHinkley', { alpha }, 0, 1)
    if (definition !== 'river' && this.#options.mode !== 'up')
      throw new UsageError(`PageHinkley: mode ${this.#options.mode} with definition ${definition}; expected up.`)
  }

  protected start(): void {
    this.#mean = new RunningMean()
    this.#up = 0
    this.#down = 0
    this.#least = Number.POSITIVE_INFINITY
    this.#largest = Number.NEGATIVE_INFINITY
  }

  protected step(value: number): DriftState {
    const { minInstances, delta, threshold, alpha, mode, definition } = this.#options
    this.#mean.update(value)
    const off = value - this.#mean.mean
    this.#up = alpha * this.#up + off - delta
    this.#down = alpha * this.#down + off + delta
    if (definition === 'river-old') this.#up = Math.max(0, this.#up)
    if (this.#up < this.#least || (definition === 'river-old' && this.#up === 0)) {
      this.#least = this.#up
      this.#leastAt = this.n
    }
    if (this.#down > this.#largest) {
      this.#largest = this.#down
      this.#largestAt = this.n
    }
    // The old one counted from 1.
    if (this.n < (definition === 'river-old' ? minInstances - 1 : minInstances)) return 'stable'
    if (definition !== 'river') {
      this.#extreme = this.#leastAt
      return this.#up > threshold || (definition === 'river-old' && this.#up === threshold) ? 'drift' : 'stable'
    }
    const rose = mode !== 'down' && this.#up - this.#least > threshold
    const fell = mode !== 'up' && this.#largest - this.#down > threshold
    this.#extreme = rose ? this.#leastAt : this.#largestAt
    return rose || fell ? 'drift' : 'stable'
  }

  protected sinceOnset(): number {
    return this.n - this.#extreme
  }
}
