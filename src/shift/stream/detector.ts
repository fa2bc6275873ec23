/** What every detector of drift on a stream is: fed value by value, it says at each whether the stream is still what it was. */
import { UsageError } from '../../core/index.js'

export type DriftState = 'stable' | 'warning' | 'drift'

/** Values that a detector is made for: errors (0 or 1), shares (0 to 1), or any finite numbers. */
export type DriftInput = 'errors' | 'shares' | 'numbers'

/**
 * One stream's detector. After a drift the next value starts it anew, as river has it. `update` throws UsageError for a value that is not what it
 * is made for, with the value's place, and takes nothing of it.
 */
export abstract class DriftDetector {
  /** The name that `detectDrift` knows it by. */
  abstract readonly name: string
  abstract readonly input: DriftInput
  /** What the last value gave. */
  state: DriftState = 'stable'
  /** Values seen since it was made or `reset`. */
  seen = 0
  /** Where the new concept is estimated to begin, counted from 0 as `seen` counts; of the last drift, null before the first. */
  onset: number | null = null
  /** Values since the start or the last drift, the current one included. */
  protected n = 0

  /** Takes one value. @returns what it says now; `drift` once per drift */
  update(value: number): DriftState {
    if (!fits(value, this.input))
      throw new UsageError(`${this.name}: value ${value} at ${this.seen}; expected ${words[this.input]}.`)
    if (this.state === 'drift') this.restart()
    this.n++
    this.state = this.step(value)
    if (this.state === 'drift') this.onset = this.seen + 1 - this.sinceOnset()
    this.seen++
    return this.state
  }

  /** As new. */
  reset(): void {
    this.restart()
    this.seen = 0
    this.onset = null
  }

  private restart(): void {
    this.state = 'stable'
    this.n = 0
    this.start()
  }

  /** Forgets all values. */
  protected abstract start(): void
  /** Takes a value, the `n`-th since the start. */
  protected abstract step(value: number): DriftState
  /** How many of the last values belong to the new concept, asked at a drift. */
  protected abstract sinceOnset(): number
}

const words: Record<DriftInput, string> = {
  errors: '0 (right) or 1 (wrong)',
  shares: 'a number from 0 to 1',
  numbers: 'a finite number',
}

/** Whether a detector for such values takes this one. */
export function fits(value: number, input: DriftInput): boolean {
  if (input === 'errors') return value === 0 || value === 1
  return Number.isFinite(value) && (input === 'numbers' || (value >= 0 && value <= 1))
}

/** A mean by Welford's update, in the order of operations that river has. */
export class RunningMean {
  n = 0
  mean = 0

  update(value: number): void {
    this.n++
    this.mean += (1 / this.n) * (value - this.mean)
  }

  copy(): RunningMean {
    const one = new RunningMean()
    one.n = this.n
    one.mean = this.mean
    return one
  }
}

/** Options that must be numbers in a range, or UsageError. */
export function checkRange(op: string, options: Record<string, number>, low: number, high: number): void {
  for (const [name, value] of Object.entries(options))
    if (!(value >= low && value <= high))
      throw new UsageError(
        `${op}: ${name} = ${value}; expected ${high === Infinity ? `${low} or more` : `${low} to ${high}`}.`,
      )
}
