/** DDM: the error rate against its best. */
import { checkRange, DriftDetector, type DriftState, RunningMean } from './detector.js'

export interface DDMOptions {
  /** Values before it says anything. Default 30. */
  warmStart?: number
  /** Deviations above the best rate for a warning. Default 2. */
  warningThreshold?: number
  /** Deviations above the best rate for a drift. Default 3. */
  driftThreshold?: number
}

/**
 * Drift detection method. With error rate p and s = sqrt(p (1 - p) / n) after n values, and pmin, smin those where p + s was least: a warning
 * where p + s > pmin + 2 smin, a drift where p + s > pmin + 3 smin. The onset is where the warning that the drift ended began.
 *
 * Source: Gama, Medas, Castillo & Rodrigues (2004); as river has it: it looks from value `warmStart` + 1 on, strictly above.
 *
 * @example
 * const ddm = new DDM()
 * for (const wrong of [0, 1, 0, 0]) ddm.update(wrong) // 'stable'
 */
export class DDM extends DriftDetector {
  readonly name = 'ddm'
  readonly input = 'shares'
  readonly #options: Required<DDMOptions>
  #rate = new RunningMean()
  #pmin = Number.POSITIVE_INFINITY
  #smin = Number.POSITIVE_INFINITY
  /** n at the first value of the warning that lasts, or 0. */
  #warned = 0

  constructor(options: DDMOptions = {}) {
    super()
    this.#options = { warmStart: 30, warningThreshold: 2, driftThreshold: 3, ...options }
    checkRange('DDM', { ...this.#options }, 0, Number.POSITIVE_INFINITY)
  }

  protected start(): void {
    this.#rate = new RunningMean()
    this.#pmin = Number.POSITIVE_INFINITY
    this.#smin = Number.POSITIVE_INFINITY
    this.#warned = 0
  }

  protected step(value: number): DriftState {
    const { warmStart, warningThreshold, driftThreshold } = this.#options
    this.#rate.update(value)
    const { n, mean: p } = this.#rate
    // Rounding may leave p a little above 1.
    const s = Math.sqrt(Math.max(0, p * (1 - p)) / n)
    if (n <= warmStart) return 'stable'
    if (p + s <= this.#pmin + this.#smin) {
      this.#pmin = p
      this.#smin = s
    }
    if (p + s > this.#pmin + driftThreshold * this.#smin) return 'drift'
    const warned = p + s > this.#pmin + warningThreshold * this.#smin
    if (!warned) this.#warned = 0
    else if (this.#warned === 0) this.#warned = n
    return warned ? 'warning' : 'stable'
  }

  protected sinceOnset(): number {
    return this.#warned === 0 ? 1 : this.n - this.#warned + 1
  }
}
