/** Learning rates: schedules set them, and a rollback makes them smaller, for good. */
import type { Schedule } from '../../optim/index.js'
import type { AnyOptimizer } from './options.js'

export class Rates {
  #scale = 1

  constructor(
    readonly optimizer: AnyOptimizer,
    readonly schedules: readonly Schedule[],
  ) {}

  /** What rollbacks have multiplied the rates by. */
  get scale(): number {
    return this.#scale
  }

  /** For a run that goes on: the rates have the factor already. */
  set scale(scale: number) {
    this.#scale = scale
  }

  /** Moves the schedules of this unit on. They know nothing of the factor: some go on from the rate that they find. */
  step(unit: Schedule['unit'], metric?: number): void {
    const due = this.schedules.filter((schedule) => schedule.unit === unit)
    if (due.length === 0) return
    this.#multiply(1 / this.#scale)
    for (const schedule of due) schedule.step(metric)
    this.#multiply(this.#scale)
  }

  shrink(factor: number): void {
    this.#scale *= factor
    this.#multiply(factor)
  }

  get(): number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr as number)
  }

  set(rates: readonly number[]): void {
    for (const [i, group] of this.optimizer.paramGroups.entries()) group.lr = rates[i]!
  }

  #multiply(factor: number): void {
    if (factor !== 1) for (const group of this.optimizer.paramGroups) group.lr *= factor
  }
}
