/** Schedules one after the other; warm-up before another. */
import { UsageError } from '../../core/index.js'
import type { Optimizer } from '../optimizer.js'
import { LinearLR } from './decay.js'
import { ReduceLROnPlateau } from './plateau.js'
import { checkCount, LRSchedule } from './schedule.js'

/**
 * The first schedule until the first milestone, then the second, which starts from its beginning, and so on. Equal to PyTorch's `SequentialLR`. The last
 * may be a `ReduceLROnPlateau`, which then counts from its milestone on.
 *
 * Throws UsageError for schedules of other optimizers, other units, or milestones that are not one fewer and ascending.
 */
export class SequentialLR extends LRSchedule {
  readonly schedules: readonly LRSchedule[]
  readonly plateau: ReduceLROnPlateau | null

  constructor(
    optimizer: Optimizer,
    schedules: readonly (LRSchedule | ReduceLROnPlateau)[],
    readonly milestones: readonly number[],
  ) {
    super('SequentialLR', optimizer, { unit: schedules[0]?.unit })
    if (schedules.length === 0 || milestones.length !== schedules.length - 1)
      throw new UsageError(
        `SequentialLR: ${schedules.length} schedules and ${milestones.length} milestones; expected one milestone fewer than schedules.`,
      )
    for (const [i, one] of milestones.entries()) {
      checkCount(this.name, 'milestone', one)
      if (i > 0 && one <= milestones[i - 1]!)
        throw new UsageError(`SequentialLR: milestones ${milestones.join(', ')}; expected ascending ones.`)
    }
    for (const one of schedules) {
      if (one.optimizer !== optimizer) throw new UsageError(`SequentialLR: ${one.name} is another optimizer's.`)
      if (one.unit !== this.unit)
        throw new UsageError(`SequentialLR: ${one.name} goes by ${one.unit}, the first by ${this.unit}; expected one unit.`) // biome-ignore format: one line
    }
    const last = schedules.at(-1)!
    this.plateau = last instanceof ReduceLROnPlateau ? last : null
    const pure = schedules.filter((one) => one instanceof LRSchedule)
    if (pure.length + (this.plateau === null ? 0 : 1) !== schedules.length)
      throw new UsageError('SequentialLR: ReduceLROnPlateau is not the last; expected it there.')
    this.schedules = pure
    this.set()
  }

  rate(base: number, t: number, group: number): number {
    const at = this.milestones.filter((one) => one <= t).length
    const schedule = this.schedules[at]
    const since = at === 0 ? t : t - this.milestones[at - 1]!
    return schedule === undefined ? base : schedule.rate(base, since, group)
  }

  override step(metric?: number): void {
    const start = this.milestones.at(-1) ?? 0
    if (this.plateau === null || this.lastEpoch < start) super.step()
    else {
      this.lastEpoch++
      this.plateau.step(metric)
    }
  }

  override stateDict(): Record<string, unknown> {
    return { ...super.stateDict(), plateau: this.plateau?.stateDict() ?? null }
  }

  override loadStateDict(state: Record<string, unknown>): void {
    super.loadStateDict(state)
    if (this.plateau === null) return
    const inner = state['plateau'] as Record<string, unknown> | null
    if (!inner) throw new UsageError('SequentialLR: the state has none of the plateau schedule.')
    const rates = this.lastLr
    this.plateau.loadStateDict(inner)
    if (this.lastEpoch > (this.milestones.at(-1) ?? 0)) return
    for (const [i, group] of this.optimizer.paramGroups.entries()) group.lr = rates[i]!
  }
}

/**
 * A schedule that starts after `steps` steps (of the schedule's unit) in which the rate grows evenly from `startFactor` (1/3) times itself.
 *
 * @example
 * const schedule = warmup(new CosineAnnealingLR(optimizer, 900, { unit: 'step' }), 100)
 */
export function warmup(
  schedule: LRSchedule | ReduceLROnPlateau,
  steps: number,
  { startFactor = 1 / 3 }: { readonly startFactor?: number | undefined } = {},
): SequentialLR {
  const { optimizer, unit } = schedule
  const first = new LinearLR(optimizer, { startFactor, totalIters: steps, unit })
  return new SequentialLR(optimizer, [first, schedule], [steps])
}
