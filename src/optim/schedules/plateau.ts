/** A schedule that looks at a figure: lowers the rate when it no longer improves. */
import { UsageError } from '../../core/index.js'
import type { Optimizer } from '../optimizer.js'
import type { Schedule } from '../types.js'
import { checkCount, checkNumber, checkState } from './schedule.js'

export interface PlateauOptions {
  readonly unit?: 'step' | 'epoch' | undefined
  /** Whether smaller or larger figures are better; `min`. */
  readonly mode?: 'min' | 'max' | undefined
  /** 0.1. */
  readonly factor?: number | undefined
  /** So many figures without improvement pass before the rate is lowered; 10. */
  readonly patience?: number | undefined
  /** What counts as improvement, of the best (`rel`) or as it is (`abs`); 1e-4 and `rel`. */
  readonly threshold?: number | undefined
  readonly thresholdMode?: 'rel' | 'abs' | undefined
  /** So many figures pass after the rate was lowered before they count again; 0. */
  readonly cooldown?: number | undefined
  /** The rate, of all groups or of each, is lowered no further; 0. */
  readonly minLr?: number | readonly number[] | undefined
  /** A smaller change of the rate is not made; 1e-8. */
  readonly eps?: number | undefined
}

type Settings = { readonly [K in keyof PlateauOptions]-?: NonNullable<PlateauOptions[K]> }

/**
 * Times `factor` when the figure given to `step` did not improve for more than `patience` calls. Equal to PyTorch's `ReduceLROnPlateau`. NaN counts as no
 * improvement. `step` without a figure throws UsageError.
 *
 * @example
 * const schedule = new ReduceLROnPlateau(optimizer, { patience: 3 })
 * schedule.step(validationLoss)
 */
export class ReduceLROnPlateau implements Schedule {
  readonly name = 'ReduceLROnPlateau'
  readonly unit: 'step' | 'epoch'
  lastEpoch = 0
  readonly #options: Settings
  readonly #minLrs: readonly number[]
  #best: number
  #bad = 0
  #cooling = 0

  constructor(
    readonly optimizer: Optimizer,
    options: PlateauOptions = {},
  ) {
    const { unit = 'epoch', mode = 'min', factor = 0.1, patience = 10, threshold = 1e-4 } = options
    const { thresholdMode = 'rel', cooldown = 0, minLr = 0, eps = 1e-8 } = options
    this.unit = unit
    if (!(factor > 0 && factor < 1))
      throw new UsageError(`ReduceLROnPlateau: factor ${factor}; expected a number between 0 and 1.`)
    for (const [what, value, words] of [
      ['mode', mode, ['min', 'max']],
      ['thresholdMode', thresholdMode, ['rel', 'abs']],
      ['unit', unit, ['step', 'epoch']],
    ] as const)
      if (!(words as readonly string[]).includes(value))
        throw new UsageError(`ReduceLROnPlateau: ${what} '${String(value)}'; expected '${words[0]}' or '${words[1]}'.`)
    checkCount(this.name, 'patience', patience, 0)
    checkCount(this.name, 'cooldown', cooldown, 0)
    checkNumber(this.name, 'threshold', threshold)
    checkNumber(this.name, 'eps', eps)
    const groups = optimizer.paramGroups.length
    this.#minLrs = typeof minLr === 'number' ? new Array<number>(groups).fill(minLr) : minLr
    if (this.#minLrs.length !== groups)
      throw new UsageError(`ReduceLROnPlateau: ${this.#minLrs.length} least rates; expected one, or one for each of ${groups} groups.`) // biome-ignore format: one line
    this.#options = { unit, mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps }
    this.#best = mode === 'min' ? Infinity : -Infinity
  }

  get lastLr(): readonly number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr)
  }

  step(metric?: number): void {
    if (typeof metric !== 'number')
      throw new UsageError('ReduceLROnPlateau: step without a figure; expected step(validationLoss).')
    const { patience, cooldown } = this.#options
    this.lastEpoch++
    if (this.#isBetter(metric)) {
      this.#best = metric
      this.#bad = 0
    } else this.#bad++
    if (this.#cooling > 0) {
      this.#cooling--
      this.#bad = 0
    }
    if (this.#bad <= patience) return
    this.#reduce()
    this.#cooling = cooldown
    this.#bad = 0
  }

  #isBetter(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options
    const sign = mode === 'min' ? -1 : 1
    if (thresholdMode === 'abs') return sign * metric > sign * (this.#best + sign * threshold)
    return sign * metric > sign * this.#best * (1 + sign * threshold)
  }

  #reduce(): void {
    const { factor, eps } = this.#options
    for (const [i, group] of this.optimizer.paramGroups.entries()) {
      const next = Math.max(group.lr * factor, this.#minLrs[i]!)
      if (group.lr - next > eps) group.lr = next
    }
  }

  stateDict(): Record<string, unknown> {
    // Infinity, before the first figure, is null where JSON carries it.
    const best = Number.isFinite(this.#best) ? this.#best : null
    return { name: this.name, lastEpoch: this.lastEpoch, baseLrs: [...this.lastLr], best, bad: this.#bad, cooling: this.#cooling } // biome-ignore format: one line
  }

  loadStateDict(state: Record<string, unknown>): void {
    const { lastEpoch, baseLrs } = checkState(this.name, this.optimizer, state)
    this.lastEpoch = lastEpoch
    for (const [i, group] of this.optimizer.paramGroups.entries()) group.lr = baseLrs[i]!
    const best = state['best'] as number | null
    this.#best = best ?? (this.#options.mode === 'min' ? Infinity : -Infinity)
    this.#bad = Number(state['bad'])
    this.#cooling = Number(state['cooling'])
  }
}
