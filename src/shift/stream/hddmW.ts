/** HDDM-W: weighted means before and after the best cut, by McDiarmid's bound. */
import { checkRange, DriftDetector, type DriftState } from './detector.js'
import type { HDDMOptions } from './hddmA.js'

export interface HDDMWOptions extends HDDMOptions {
  /** Weight of the newest value, 0 to 1. Default 0.05. */
  lambda?: number
  /**
   * `frouros` (default): averages start from 0, the cut is kept with confidence lambda, and it speaks from value 30 on. `river`: averages start from
   * the first value that is not 0, the cut is kept with the drift's confidence, and it speaks from the first value after a cut on.
   */
  definition?: 'frouros' | 'river'
}

/** An exponentially weighted mean, and the sum of squares of its weights. */
interface Weighted {
  n: number
  mean: number
  squares: number
}
const nothing = (): Weighted => ({ n: 0, mean: 0, squares: 1 })

/**
 * Drift detection by Hoeffding's bounds with the test of weighted averages. Exponentially weighted means before and after the cut at which mean +
 * bound was least; a drift where the later less the earlier is more than sqrt((v1 + v2) log(1 / d) / 2), with v the sums of squared weights (from 1
 * on: v = lambda^2 + (1 - lambda)^2 v), a warning the same with its own confidence. The onset is the value after the cut.
 *
 * Source: Frias-Blanco et al. (2015).
 */
export class HDDMW extends DriftDetector {
  readonly name = 'hddm-w'
  readonly input = 'shares'
  readonly #options: Required<HDDMWOptions>
  #total = nothing()
  #rise = { before: nothing(), after: nothing(), cut: Number.POSITIVE_INFINITY }
  #fall = { before: nothing(), after: nothing(), cut: Number.NEGATIVE_INFINITY }
  #since = 1

  constructor(options: HDDMWOptions = {}) {
    super()
    this.#options = { driftConfidence: 0.001, warningConfidence: 0.005, twoSided: false, lambda: 0.05, definition: 'frouros', ...options } // biome-ignore format: one line
    const { driftConfidence, warningConfidence, lambda } = this.#options
    checkRange('HDDMW', { driftConfidence, warningConfidence, lambda }, 0, 1)
  }

  protected start(): void {
    this.#total = nothing()
    this.#rise = { before: nothing(), after: nothing(), cut: Number.POSITIVE_INFINITY }
    this.#fall = { before: nothing(), after: nothing(), cut: Number.NEGATIVE_INFINITY }
  }

  protected step(value: number): DriftState {
    const { driftConfidence, warningConfidence, twoSided, definition, lambda } = this.#options
    const frouros = definition === 'frouros'
    this.#take(this.#total, value)
    const eps = this.#bound(this.#total.squares, frouros ? lambda : driftConfidence)
    const [rise, fall] = [this.#rise, this.#fall]
    if (this.#total.mean + eps < rise.cut) Object.assign(rise, this.#cutAt(this.#total.mean + eps))
    else this.#take(rise.after, value)
    if (this.#total.mean - eps > fall.cut) Object.assign(fall, this.#cutAt(this.#total.mean - eps))
    else this.#take(fall.after, value)
    if (frouros && this.n < 30) return 'stable'
    if (this.#above(rise.after, rise.before, driftConfidence)) return this.#drift(rise.after)
    const warned = this.#above(rise.after, rise.before, warningConfidence)
    if (twoSided && this.#above(fall.before, fall.after, driftConfidence)) return this.#drift(fall.after)
    return warned || (twoSided && this.#above(fall.before, fall.after, warningConfidence)) ? 'warning' : 'stable'
  }

  #cutAt(cut: number) {
    return { before: { ...this.#total }, after: nothing(), cut }
  }

  #take(one: Weighted, value: number): void {
    const { lambda, definition } = this.#options
    // River's EWMean takes a mean of 0 for none yet, so that it starts from the first value that is not 0.
    const first = one.mean === 0 && definition === 'river'
    one.mean = first ? value : lambda * value + (1 - lambda) * one.mean
    one.squares = lambda * lambda + (1 - lambda) * (1 - lambda) * one.squares
    one.n++
  }

  #bound(squares: number, confidence: number): number {
    return Math.sqrt((squares * Math.log(1 / confidence)) / 2)
  }

  #above(later: Weighted, earlier: Weighted, confidence: number): boolean {
    if (this.#options.definition === 'river' && (later.n === 0 || earlier.n === 0)) return false
    return later.mean - earlier.mean > this.#bound(later.squares + earlier.squares, confidence)
  }

  #drift(after: Weighted): DriftState {
    this.#since = Math.max(1, after.n)
    return 'drift'
  }

  protected sinceOnset(): number {
    return this.#since
  }
}
