/** HDDM-A: means before and after the best cut, by Hoeffding's bound. */
import { checkRange, DriftDetector, type DriftState, RunningMean } from './detector.js'

export interface HDDMOptions {
  /** Chance of a false drift by the bound. Default 0.001. */
  driftConfidence?: number
  /** Chance of a false warning by the bound. Default 0.005. */
  warningConfidence?: number
  /** Whether falling means count too. Default false. */
  twoSided?: boolean
}

export interface HDDMAOptions extends HDDMOptions {
  /** `river` (default, and MOA): the test's bound has log(2 / confidence), from the second value on. `frouros`: log(1 / confidence), from value 30 on. */
  definition?: 'river' | 'frouros'
}

/**
 * Drift detection by Hoeffding's bounds with the test of averages. With the mean z of all n values, and x that of the first m, where m is the cut at
 * which mean + sqrt(log(1 / d) / (2 m)) was least (d the drift's confidence): a drift where z - x >= sqrt((n - m) / (2 m n) log(2 / d)), a warning
 * the same with its own confidence. `twoSided` watches the fall of the mean in the same way. The onset is the value after the cut.
 *
 * Source: Frias-Blanco et al. (2015).
 */
export class HDDMA extends DriftDetector {
  readonly name = 'hddm-a'
  readonly input = 'shares'
  readonly #options: Required<HDDMAOptions>
  #all = new RunningMean()
  #low = new RunningMean()
  #high = new RunningMean()
  #cut = 0

  constructor(options: HDDMAOptions = {}) {
    super()
    this.#options = {
      driftConfidence: 0.001,
      warningConfidence: 0.005,
      twoSided: false,
      definition: 'river',
      ...options,
    }
    const { driftConfidence, warningConfidence } = this.#options
    checkRange('HDDMA', { driftConfidence, warningConfidence }, 0, 1)
  }

  protected start(): void {
    this.#all = new RunningMean()
    this.#low = new RunningMean()
    this.#high = new RunningMean()
    this.#cut = 0
  }

  protected step(value: number): DriftState {
    const { driftConfidence, warningConfidence, twoSided, definition } = this.#options
    const all = this.#all
    all.update(value)
    if (this.#low.n === 0) this.#low = all.copy()
    if (this.#high.n === 0) this.#high = all.copy()
    if (this.#low.mean + this.#bound(this.#low.n) >= all.mean + this.#bound(all.n)) this.#low = all.copy()
    if (this.#high.mean - this.#bound(this.#high.n) <= all.mean - this.#bound(all.n)) this.#high = all.copy()
    if (definition === 'frouros' && this.n < 30) return 'stable'
    if (this.#rose(driftConfidence)) return this.#drift(this.#low)
    const warned = this.#rose(warningConfidence)
    if (twoSided && this.#fell(driftConfidence)) return this.#drift(this.#high)
    return warned || (twoSided && this.#fell(warningConfidence)) ? 'warning' : 'stable'
  }

  #drift(before: RunningMean): DriftState {
    this.#cut = before.n
    return 'drift'
  }

  #bound(n: number): number {
    return Math.sqrt((1 / (2 * n)) * Math.log(1 / this.#options.driftConfidence))
  }

  #rose(confidence: number): boolean {
    return this.#low.n < this.#all.n && this.#all.mean - this.#low.mean >= this.#test(this.#low.n, confidence)
  }

  #fell(confidence: number): boolean {
    return this.#high.n < this.#all.n && this.#high.mean - this.#all.mean >= this.#test(this.#high.n, confidence)
  }

  #test(m: number, confidence: number): number {
    const { n } = this.#all
    const sides = this.#options.definition === 'river' ? 2 : 1
    return Math.sqrt(((((n - m) / m) * (1 / n)) / 2) * Math.log(sides / confidence))
  }

  protected sinceOnset(): number {
    return this.n - this.#cut
  }
}
