/** EDDM: the distances between errors against their best. */
import { UsageError } from '../../core/index.js'
import { checkRange, DriftDetector, type DriftState, RunningMean } from './detector.js'

export interface EDDMOptions {
  /** Errors before it says anything. Default 30. */
  warmStart?: number
  /** A warning where the ratio is less. Default 0.95. */
  alpha?: number
  /** A drift where the ratio is less. Default 0.9. */
  beta?: number
  /**
   * `river` (default): deviation with ddof 1, the first maximum from value `warmStart` + 1 on, judged after more than `warmStart` errors, a warning
   * lasts until the next error. `frouros`: ddof 0, from value and error `warmStart` on, and only errors can be in the warning zone.
   */
  definition?: 'river' | 'frouros'
}

/**
 * Early drift detection method. With mean p and deviation s of the distances between errors, and pmax + 2 smax the largest p + 2 s so far: a warning
 * where (p + 2 s) / (pmax + 2 smax) < alpha, a drift where it is < beta. The onset is where the warning that the drift ended began.
 *
 * The first distance is that from the start. Source: Baena-Garcia et al. (2006).
 */
export class EDDM extends DriftDetector {
  readonly name = 'eddm'
  readonly input = 'errors'
  readonly #options: Required<EDDMOptions>
  #distance = new RunningMean()
  #squares = 0
  #last = 0
  #best = -1
  #now: DriftState = 'stable'
  #warned = 0

  constructor(options: EDDMOptions = {}) {
    super()
    this.#options = { warmStart: 30, alpha: 0.95, beta: 0.9, definition: 'river', ...options }
    const { alpha, beta, warmStart } = this.#options
    checkRange('EDDM', { alpha, beta }, 0, 1)
    checkRange('EDDM', { warmStart }, 0, Number.POSITIVE_INFINITY)
    if (alpha < beta) throw new UsageError(`EDDM: alpha = ${alpha} and beta = ${beta}; expected alpha >= beta.`)
  }

  protected start(): void {
    this.#distance = new RunningMean()
    this.#squares = 0
    this.#last = 0
    this.#best = -1
    this.#now = 'stable'
    this.#warned = 0
  }

  protected step(value: number): DriftState {
    const river = this.#options.definition === 'river'
    if (value === 1) this.#error(river)
    else if (!river) this.#now = 'stable'
    if (this.#now === 'stable') this.#warned = 0
    else if (this.#warned === 0) this.#warned = this.n
    return this.#now
  }

  #error(river: boolean): void {
    const { warmStart, alpha, beta } = this.#options
    const distance = this.n - this.#last
    this.#last = this.n
    const before = this.#distance.mean
    this.#distance.update(distance)
    const { n: errors, mean } = this.#distance
    this.#squares += (distance - before) * (distance - mean)
    // river waits for one value and one error more.
    const wait = river ? warmStart + 1 : warmStart
    if (this.n < wait) return
    const ddof = river ? 1 : 0
    const spread = mean + 2 * (errors > ddof ? Math.sqrt(this.#squares / (errors - ddof)) : 0)
    if (spread > this.#best) {
      this.#best = spread
      if (!river) this.#now = 'stable'
    } else if (errors >= wait) {
      const level = spread / this.#best
      this.#now = level < beta ? 'drift' : level < alpha ? 'warning' : 'stable'
    }
  }

  protected sinceOnset(): number {
    return this.#warned === 0 ? 1 : this.n - this.#warned + 1
  }
}
