/** What schedules share: rates as a function of how often `step` was called, of each group's first rate. */
import { UsageError } from '../../core/index.js'
import type { Optimizer, ParamGroup } from '../optimizer.js'
import type { Schedule } from '../types.js'

export interface ScheduleOptions {
  /** Whether `fit` calls `step` after every step or every epoch; `epoch`. */
  readonly unit?: 'step' | 'epoch' | undefined
}

/** The rate of each group before the first schedule changed it: what all schedules of an optimizer start from. */
const firstRates = new WeakMap<ParamGroup<{ lr: number }>, number>()

/**
 * A schedule whose rates depend on nothing but the number of steps: `rate(base, t, group)`. When it is made it sets the rates of t = 0. Where more than one
 * is made for an optimizer, all take the rates that were there before the first.
 */
export abstract class LRSchedule implements Schedule {
  readonly unit: 'step' | 'epoch'
  /** How often `step` was called. */
  lastEpoch = 0
  /** Rates that the schedule starts from. */
  baseLrs: number[]

  constructor(
    readonly name: string,
    readonly optimizer: Optimizer,
    { unit = 'epoch' }: ScheduleOptions = {},
  ) {
    if (unit !== 'step' && unit !== 'epoch')
      throw new UsageError(`${name}: unit '${String(unit)}'; expected 'step' or 'epoch'.`)
    this.unit = unit
    this.baseLrs = optimizer.paramGroups.map((group) => {
      if (!firstRates.has(group)) firstRates.set(group, group.lr)
      return firstRates.get(group)!
    })
  }

  /** The rate of group number `group`, whose first rate is `base`, after t steps. Pure. */
  abstract rate(base: number, t: number, group: number): number

  /** Rates in use, of each group. */
  get lastLr(): readonly number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr)
  }

  /** Moves on by one, and sets the rates. */
  step(_metric?: number): void {
    this.lastEpoch++
    this.set()
  }

  /** Sets the rates of now. */
  protected set(): void {
    for (const [i, group] of this.optimizer.paramGroups.entries())
      group.lr = this.rate(this.baseLrs[i]!, this.lastEpoch, i)
  }

  stateDict(): Record<string, unknown> {
    return { name: this.name, lastEpoch: this.lastEpoch, baseLrs: [...this.baseLrs] }
  }

  /** Goes on from a state that `stateDict` gave, and sets its rates. @throws UsageError for the state of another schedule */
  loadStateDict(state: Record<string, unknown>): void {
    const { lastEpoch, baseLrs } = checkState(this.name, this.optimizer, state)
    this.lastEpoch = lastEpoch
    this.baseLrs = baseLrs
    this.set()
  }
}

/** Throws UsageError unless it is a state of a schedule of this name with as many groups. */
export function checkState(
  name: string,
  optimizer: Optimizer,
  state: Record<string, unknown>,
): { lastEpoch: number; baseLrs: number[] } {
  const { lastEpoch, baseLrs } = state as { lastEpoch?: unknown; baseLrs?: unknown }
  if (state['name'] !== name)
    throw new UsageError(`${name}: the state is one of ${String(state['name'])}; expected one of ${name}.`)
  const groups = optimizer.paramGroups.length
  if (!Number.isInteger(lastEpoch) || !Array.isArray(baseLrs) || baseLrs.length !== groups)
    throw new UsageError(`${name}: the state is not whole; expected lastEpoch and baseLrs of ${groups} groups.`)
  return { lastEpoch: lastEpoch as number, baseLrs: baseLrs.map(Number) }
}

/** A whole number from `least` on. */
export function checkCount(op: string, what: string, value: number, least = 1): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new UsageError(`${op}: ${what} ${String(value)}; expected a whole number from ${least} on.`)
}

/** A finite number from `least` on. */
export function checkNumber(op: string, what: string, value: number, least = 0): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < least)
    throw new UsageError(`${op}: ${what} ${String(value)}; expected a finite number from ${least} on.`)
}
