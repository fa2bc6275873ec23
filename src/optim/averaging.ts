/** Averages of parameters over steps: an exponential mean, and stochastic weight averaging. */
import { inert, UsageError } from '../core/index.js'
import { neural } from '../kernels/index.js'
import { StateDict, type Tensor } from '../tensor/index.js'
import {
  copyInto,
  copyOf,
  describe,
  elementBytes,
  isFloat,
  kernels,
  sameShape,
  tidy,
  together,
} from '../tensor/internal.js'
import { changing, type NamedParameter, named, type Parameters } from './params.js'
import type { Averaging } from './types.js'

export interface AveragingOptions {
  /** Buffers that go along (running means): floats are averaged, whole numbers copied. */
  readonly buffers?: Parameters | undefined
  /** The first step whose parameters count, and of those after it each so many-th; 1 and 1. */
  readonly from?: number | undefined
  readonly every?: number | undefined
}

type Saved = ReturnType<Averaging['stateDict']>

/**
 * A second set of parameters that follows the first: `update` after each step (or epoch); `swap` exchanges the two, to evaluate the average, and again back;
 * `with` does both around a function. The subclasses say how much of the parameters an update takes; the first copies.
 */
export abstract class ParameterAverage implements Averaging {
  /** Updates that counted. */
  updates = 0
  /** Whether the model holds the average now. */
  isSwapped = false
  readonly #pairs: readonly { readonly parameter: NamedParameter; readonly mean: Tensor }[]
  readonly #from: number
  readonly #every: number

  constructor(
    readonly name: string,
    parameters: Parameters,
    { buffers, from = 1, every = 1 }: AveragingOptions = {},
  ) {
    for (const [what, value] of Object.entries({ from, every }))
      if (!Number.isSafeInteger(value) || value < 1)
        throw new UsageError(`${name}: ${what} ${String(value)}; expected a whole number from 1 on.`)
    this.#from = from
    this.#every = every
    const held = buffers === undefined ? [] : [...(buffers as Iterable<Tensor>)]
    const list = [...named(name, parameters), ...(held.length === 0 ? [] : named(name, held))]
    this.#pairs = list.map((parameter) => ({ parameter, mean: tidy(() => copyOf(parameter.value)).keep() }))
  }

  /** How much of the parameters goes into the average at update number n, from 2 on; the rest is the average's. */
  protected abstract share(n: number): number

  /** Takes the parameters as they are after `step` (the next that counts, by default) into the average. @throws UsageError while they are swapped */
  update(step?: number): void {
    if (this.isSwapped)
      throw new UsageError(`${this.name}: update while the model holds the average. Try swap() first.`)
    if (step !== undefined && (step < this.#from || (step - this.#from) % this.#every !== 0)) return
    this.updates++
    const share = this.updates === 1 ? 1 : this.share(this.updates)
    for (const { parameter, mean } of this.#pairs) {
      const from = together(parameter.value)
      if (share === 1 || !isFloat(mean.dtype)) copyInto(mean, from)
      else {
        const average = neural(kernels())[`average_${mean.dtype as 'f32' | 'f64'}`]
        average(mean.size, mean.pointer, from.pointer, 1 - share, share)
      }
      if (from !== parameter.value) from.dispose()
    }
  }

  /** The averages under the parameters' names, its own tensors; null before the first update. */
  averages(): StateDict | null {
    if (this.updates === 0) return null
    const dict = new StateDict()
    for (const { parameter, mean } of this.#pairs) dict.set(parameter.name, this.isSwapped ? parameter.value : mean)
    return dict
  }

  /** Exchanges parameters and averages, in place. */
  swap(): void {
    for (const { parameter, mean } of this.#pairs)
      changing(parameter.value, (pointer) =>
        neural(kernels()).exchange(mean.size * elementBytes[mean.dtype], pointer, mean.pointer),
      )
    this.isSwapped = !this.isSwapped
  }

  /** Calls a function while the model holds the average, and exchanges back, also after an error. */
  with<T>(fn: () => T): T {
    this.swap()
    let isAsync = false
    const back = (): void => this.swap()
    try {
      const result = fn()
      isAsync = result instanceof Promise
      return isAsync ? ((result as Promise<unknown>).finally(back) as T) : result
    } finally {
      if (!isAsync) back()
    }
  }

  /** The averages, copied; the caller disposes of them. */
  stateDict(): Saved {
    const tensors = new StateDict()
    for (const { parameter, mean } of this.#pairs)
      tensors.set(parameter.name, copyOf(this.isSwapped ? parameter.value : mean))
    return { tensors, numbers: { updates: this.updates } }
  }

  /** Goes on from a state. @throws UsageError where names or shapes are others, or while swapped */
  loadStateDict({ tensors, numbers }: Saved): void {
    if (this.isSwapped)
      throw new UsageError(`${this.name}: loading while the model holds the average. Try swap() first.`)
    for (const { parameter, mean } of this.#pairs) {
      const saved = tensors.get(parameter.name)
      if (saved === undefined || saved.dtype !== mean.dtype || !sameShape(saved.shape, mean.shape))
        throw new UsageError(
          `${this.name}: the state has ${saved === undefined ? 'nothing' : describe(saved)} for '${inert(parameter.name)}'; expected ${describe(mean)}.`,
        )
    }
    for (const { parameter, mean } of this.#pairs) copyInto(mean, tensors.get(parameter.name)!)
    this.updates = numbers['updates'] ?? 0
  }

  /** Frees the averages. */
  dispose(): void {
    if (this.isSwapped) this.swap()
    for (const { mean } of this.#pairs) mean.dispose()
  }
}

/**
 * Exponential moving average: mean = decay mean + (1 - decay) w, with decay 0.999. Equal to PyTorch's `AveragedModel` with `get_ema_multi_avg_fn`.
 *
 * @example
 * const average = new EMA(model.namedParameters(), { decay: 0.99, buffers: model.namedBuffers() })
 * average.update() // after each step
 * average.with(() => evaluate(model))
 */
export class EMA extends ParameterAverage {
  readonly decay: number

  constructor(
    parameters: Parameters,
    { decay = 0.999, ...options }: AveragingOptions & { readonly decay?: number | undefined } = {},
  ) {
    super('EMA', parameters, options)
    if (!(decay >= 0 && decay < 1))
      throw new UsageError(`EMA: decay ${decay}; expected a number from 0 to less than 1.`)
    this.decay = decay
  }

  protected share(): number {
    return 1 - this.decay
  }
}

/** Stochastic weight averaging: the mean of all updates. Equal to PyTorch's `AveragedModel`. Source: Izmailov et al. 2018. */
export class SWA extends ParameterAverage {
  constructor(parameters: Parameters, options: AveragingOptions = {}) {
    super('SWA', parameters, options)
  }

  protected share(n: number): number {
    return 1 / n
  }
}
