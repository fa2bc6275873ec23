/** Schedules that lower the rate: by steps, by powers, along a line, by a function of one's own. */
import { UsageError } from '../../core/index.js'
import type { Optimizer } from '../optimizer.js'
import { checkCount, checkNumber, LRSchedule, type ScheduleOptions } from './schedule.js'

/**
 * Times gamma (0.1) after every `stepSize` steps. Equal to PyTorch's `StepLR`.
 *
 * @example
 * const schedule = new StepLR(optimizer, 30, { gamma: 0.1 })
 */
export class StepLR extends LRSchedule {
  readonly #gamma: number

  constructor(
    optimizer: Optimizer,
    readonly stepSize: number,
    { gamma = 0.1, ...options }: ScheduleOptions & { readonly gamma?: number | undefined } = {},
  ) {
    super('StepLR', optimizer, options)
    checkCount(this.name, 'stepSize', stepSize)
    checkNumber(this.name, 'gamma', gamma)
    this.#gamma = gamma
    this.set()
  }

  rate(base: number, t: number): number {
    return base * this.#gamma ** Math.floor(t / this.stepSize)
  }
}

/** Times gamma (0.1) at each of the milestones. Equal to PyTorch's `MultiStepLR`. */
export class MultiStepLR extends LRSchedule {
  readonly #gamma: number

  constructor(
    optimizer: Optimizer,
    readonly milestones: readonly number[],
    { gamma = 0.1, ...options }: ScheduleOptions & { readonly gamma?: number | undefined } = {},
  ) {
    super('MultiStepLR', optimizer, options)
    if (!Array.isArray(milestones)) throw new UsageError('MultiStepLR: milestones is no list; expected [30, 80].')
    for (const one of milestones) checkCount(this.name, 'milestone', one, 0)
    checkNumber(this.name, 'gamma', gamma)
    this.#gamma = gamma
    this.set()
  }

  rate(base: number, t: number): number {
    // A milestone of 0 never comes: it is there when the schedule starts.
    return base * this.#gamma ** this.milestones.filter((one) => one > 0 && one <= t).length
  }
}

/** Times gamma after every step. Equal to PyTorch's `ExponentialLR`. */
export class ExponentialLR extends LRSchedule {
  constructor(
    optimizer: Optimizer,
    readonly gamma: number,
    options: ScheduleOptions = {},
  ) {
    super('ExponentialLR', optimizer, options)
    checkNumber(this.name, 'gamma', gamma)
    this.set()
  }

  rate(base: number, t: number): number {
    return base * this.gamma ** t
  }
}

/** Times (1 - t / totalIters)^power, 0 from there on. `totalIters` 5, `power` 1. Equal to PyTorch's `PolynomialLR`. */
export class PolynomialLR extends LRSchedule {
  readonly totalIters: number
  readonly power: number

  constructor(
    optimizer: Optimizer,
    {
      totalIters = 5,
      power = 1,
      ...options
    }: ScheduleOptions & { readonly totalIters?: number | undefined; readonly power?: number | undefined } = {},
  ) {
    super('PolynomialLR', optimizer, options)
    checkCount(this.name, 'totalIters', totalIters)
    checkNumber(this.name, 'power', power)
    this.totalIters = totalIters
    this.power = power
    this.set()
  }

  rate(base: number, t: number): number {
    return base * (1 - Math.min(t, this.totalIters) / this.totalIters) ** this.power
  }
}

/** From `startFactor` (1/3) times the rate to `endFactor` (1) times, evenly over `totalIters` (5) steps: warm-up, or decay. Equal to PyTorch's `LinearLR`. */
export class LinearLR extends LRSchedule {
  readonly #factors: readonly [number, number]
  readonly totalIters: number

  constructor(
    optimizer: Optimizer,
    {
      startFactor = 1 / 3,
      endFactor = 1,
      totalIters = 5,
      ...options
    }: ScheduleOptions & {
      readonly startFactor?: number | undefined
      readonly endFactor?: number | undefined
      readonly totalIters?: number | undefined
    } = {},
  ) {
    super('LinearLR', optimizer, options)
    checkNumber(this.name, 'startFactor', startFactor)
    checkNumber(this.name, 'endFactor', endFactor)
    checkCount(this.name, 'totalIters', totalIters)
    this.#factors = [startFactor, endFactor]
    this.totalIters = totalIters
    this.set()
  }

  rate(base: number, t: number): number {
    const [from, to] = this.#factors
    return base * (from + ((to - from) * Math.min(t, this.totalIters)) / this.totalIters)
  }
}

/** Times `factor` (1/3) for `totalIters` (5) steps, then the rate itself. Equal to PyTorch's `ConstantLR`. */
export class ConstantLR extends LRSchedule {
  readonly #factor: number
  readonly totalIters: number

  constructor(
    optimizer: Optimizer,
    {
      factor = 1 / 3,
      totalIters = 5,
      ...options
    }: ScheduleOptions & { readonly factor?: number | undefined; readonly totalIters?: number | undefined } = {},
  ) {
    super('ConstantLR', optimizer, options)
    checkNumber(this.name, 'factor', factor)
    checkCount(this.name, 'totalIters', totalIters, 0)
    this.#factor = factor
    this.totalIters = totalIters
    this.set()
  }

  rate(base: number, t: number): number {
    return t < this.totalIters ? base * this.#factor : base
  }
}

/** Times what a function gives for the number of steps; a list has one function for each group. The function is not part of the state. Equal to PyTorch's `LambdaLR`. */
export class LambdaLR extends LRSchedule {
  readonly #factors: readonly ((t: number) => number)[]

  constructor(
    optimizer: Optimizer,
    lambda: ((t: number) => number) | readonly ((t: number) => number)[],
    options: ScheduleOptions = {},
  ) {
    super('LambdaLR', optimizer, options)
    const groups = optimizer.paramGroups.length
    this.#factors = typeof lambda === 'function' ? new Array<typeof lambda>(groups).fill(lambda) : [...lambda]
    if (this.#factors.length !== groups)
      throw new UsageError(`LambdaLR: ${this.#factors.length} functions; expected one, or one for each of ${groups} groups.`) // biome-ignore format: one line
    this.set()
  }

  rate(base: number, t: number, group: number): number {
    return base * this.#factors[group]!(t)
  }
}
