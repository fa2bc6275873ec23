/** Schedules along a cosine: once, again and again, up and down once. */
import { UsageError } from '../../core/index.js'
import type { Optimizer } from '../optimizer.js'
import { checkCount, checkNumber, LRSchedule, type ScheduleOptions } from './schedule.js'

/** From `from` to `to` along half a cosine, `share` of the way. */
const cosine = (from: number, to: number, share: number): number =>
  to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share))

const line = (from: number, to: number, share: number): number => from + (to - from) * share

/**
 * From the rate to `etaMin` (0) along half a cosine over `tMax` steps; further steps climb again. Equal to PyTorch's `CosineAnnealingLR`.
 * Source: Loshchilov & Hutter 2017.
 *
 * @example
 * const schedule = new CosineAnnealingLR(optimizer, 1000, { unit: 'step' })
 */
export class CosineAnnealingLR extends LRSchedule {
  readonly #etaMin: number

  constructor(
    optimizer: Optimizer,
    readonly tMax: number,
    { etaMin = 0, ...options }: ScheduleOptions & { readonly etaMin?: number | undefined } = {},
  ) {
    super('CosineAnnealingLR', optimizer, options)
    checkCount(this.name, 'tMax', tMax)
    checkNumber(this.name, 'etaMin', etaMin)
    this.#etaMin = etaMin
    this.set()
  }

  rate(base: number, t: number): number {
    return cosine(base, this.#etaMin, t / this.tMax)
  }
}

/** The same over `t0` steps, then from the start over `tMult` (1) times as many, and so on. Equal to PyTorch's `CosineAnnealingWarmRestarts`. */
export class CosineAnnealingWarmRestarts extends LRSchedule {
  readonly #etaMin: number
  readonly #tMult: number

  constructor(
    optimizer: Optimizer,
    readonly t0: number,
    {
      tMult = 1,
      etaMin = 0,
      ...options
    }: ScheduleOptions & { readonly tMult?: number | undefined; readonly etaMin?: number | undefined } = {},
  ) {
    super('CosineAnnealingWarmRestarts', optimizer, options)
    checkCount(this.name, 't0', t0)
    checkCount(this.name, 'tMult', tMult)
    checkNumber(this.name, 'etaMin', etaMin)
    this.#etaMin = etaMin
    this.#tMult = tMult
    this.set()
  }

  rate(base: number, t: number): number {
    let [length, at] = [this.t0, t]
    if (this.#tMult === 1) at %= length
    else
      while (at >= length) {
        at -= length
        length *= this.#tMult
      }
    return cosine(base, this.#etaMin, at / length)
  }
}

export interface OneCycleOptions extends ScheduleOptions {
  /** Steps of the whole cycle; or `epochs` and `stepsPerEpoch`. */
  readonly totalSteps?: number | undefined
  readonly epochs?: number | undefined
  readonly stepsPerEpoch?: number | undefined
  /** Share of the cycle in which the rate grows; 0.3. */
  readonly pctStart?: number | undefined
  /** `cos` or `linear`; `cos`. */
  readonly annealStrategy?: 'cos' | 'linear' | undefined
  /** Moves momentum (or beta1) against the rate; true where the optimizer has one. */
  readonly cycleMomentum?: boolean | undefined
  /** Momentum where the rate is largest, and where it starts; 0.85 and 0.95. */
  readonly baseMomentum?: number | undefined
  readonly maxMomentum?: number | undefined
  /** The cycle starts at maxLr over this; 25. */
  readonly divFactor?: number | undefined
  /** It ends at its start over this; 1e4. */
  readonly finalDivFactor?: number | undefined
  /** Comes down as it went up first, and only then to the end. */
  readonly threePhase?: boolean | undefined
}

interface Phase {
  readonly end: number
  readonly rates: readonly [number, number]
  readonly momenta: readonly [number, number]
}

type Moving = { momentum?: number; betas?: readonly number[] }

/**
 * Up from maxLr / divFactor to `maxLr` and down to (maxLr / divFactor) / finalDivFactor, once; momentum the other way round. For `unit: 'step'`, its
 * default. Equal to PyTorch's `OneCycleLR`. `step` throws UsageError after the last step. Source: Smith & Topin 2018.
 *
 * @example
 * const schedule = new OneCycleLR(optimizer, 0.1, { totalSteps: 1000 })
 */
export class OneCycleLR extends LRSchedule {
  readonly totalSteps: number
  readonly #phases: readonly Phase[][]
  readonly #anneal: typeof line
  readonly #cycleMomentum: boolean

  constructor(optimizer: Optimizer, maxLr: number | readonly number[], options: OneCycleOptions = {}) {
    super('OneCycleLR', optimizer, { unit: options.unit ?? 'step' })
    const { pctStart = 0.3, annealStrategy = 'cos', baseMomentum = 0.85, maxMomentum = 0.95 } = options
    const { divFactor = 25, finalDivFactor = 1e4, threePhase = false } = options
    this.totalSteps = totalOf(options)
    if (annealStrategy !== 'cos' && annealStrategy !== 'linear')
      throw new UsageError(`OneCycleLR: annealStrategy '${String(annealStrategy)}'; expected 'cos' or 'linear'.`)
    if (!(pctStart >= 0 && pctStart <= 1))
      throw new UsageError(`OneCycleLR: pctStart ${pctStart}; expected a number from 0 to 1.`)
    for (const [what, value] of Object.entries({ divFactor, finalDivFactor }))
      if (!(value > 0)) throw new UsageError(`OneCycleLR: ${what} ${value}; expected a number above 0.`)
    const groups = optimizer.paramGroups
    const most = typeof maxLr === 'number' ? groups.map(() => maxLr) : maxLr
    if (most.length !== groups.length)
      throw new UsageError(`OneCycleLR: ${most.length} largest rates; expected one, or one for each of ${groups.length} groups.`) // biome-ignore format: one line
    for (const one of most) checkNumber(this.name, 'maxLr', one)
    const hasMomentum = groups.every((group) => 'momentum' in group || 'betas' in group)
    this.#cycleMomentum = options.cycleMomentum ?? hasMomentum
    if (this.#cycleMomentum && !hasMomentum)
      throw new UsageError('OneCycleLR: cycleMomentum, and the optimizer has neither momentum nor betas.')
    this.#anneal = annealStrategy === 'cos' ? cosine : line
    const top = pctStart * this.totalSteps - 1
    const [low, high] = [baseMomentum, maxMomentum]
    this.#phases = most.map((largest) => {
      const start = largest / divFactor
      const end = start / finalDivFactor
      const up: Phase = { end: top, rates: [start, largest], momenta: [high, low] }
      const last = this.totalSteps - 1
      if (!threePhase) return [up, { end: last, rates: [largest, end], momenta: [low, high] }]
      const down: Phase = { end: 2 * pctStart * this.totalSteps - 2, rates: [largest, start], momenta: [low, high] }
      return [up, down, { end: last, rates: [start, end], momenta: [high, high] }]
    })
    this.set()
  }

  #at(t: number, group: number): { phase: Phase; share: number } {
    const phases = this.#phases[group]!
    let from = 0
    for (const [i, phase] of phases.entries()) {
      if (t <= phase.end || i === phases.length - 1)
        return { phase, share: phase.end === from ? 1 : (t - from) / (phase.end - from) }
      from = phase.end
    }
    throw new UsageError('OneCycleLR: no phases.')
  }

  rate(_base: number, t: number, group: number): number {
    const { phase, share } = this.#at(t, group)
    return this.#anneal(phase.rates[0], phase.rates[1], share)
  }

  override step(): void {
    if (this.lastEpoch + 1 >= this.totalSteps)
      throw new UsageError(
        `OneCycleLR: step ${this.lastEpoch + 2} of a cycle of ${this.totalSteps} steps. Try a larger totalSteps.`,
      )
    super.step()
  }

  protected override set(): void {
    super.set()
    if (!this.#cycleMomentum) return
    for (const [i, group] of this.optimizer.paramGroups.entries()) {
      const { phase, share } = this.#at(this.lastEpoch, i)
      const momentum = this.#anneal(phase.momenta[0], phase.momenta[1], share)
      const moving = group as Moving
      if (moving.betas !== undefined) moving.betas = [momentum, ...moving.betas.slice(1)]
      else moving.momentum = momentum
    }
  }
}

function totalOf({ totalSteps, epochs, stepsPerEpoch }: OneCycleOptions): number {
  if (totalSteps === undefined && (epochs === undefined || stepsPerEpoch === undefined))
    throw new UsageError('OneCycleLR: the number of steps is missing; expected totalSteps, or epochs and stepsPerEpoch.') // biome-ignore format: one line
  const total = totalSteps ?? epochs! * stepsPerEpoch!
  checkCount('OneCycleLR', 'totalSteps', total)
  return total
}
