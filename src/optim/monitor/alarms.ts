/**
 * When something is wrong. Each rule compares a figure with its own past by robust statistics, or with a bound that arithmetic sets; none has a
 * number that was fitted to a data set.
 *
 * - `loss-spike`. Logarithms of positive losses (else the losses) are compared with the median of the last 64. Their noise sigma is taken from
 *   differences of neighbours (1.4826 median |difference| / sqrt 2), which a falling loss does not widen. An alarm is a loss above the median by
 *   12 sigma and at least twofold: with exponential tails, heavier than batch means have, chance gives one in a quarter of a million steps.
 *   The same bound holds for the median itself against the first loss, so that a loss that jumped at the very start is found too.
 * - `exploding-gradient`. The norm of one parameter's gradient above its median by 12 sigma and at least tenfold, or three measured steps
 *   in a row whose update is larger than the weights (the layer is replaced, not trained; common ratios are about 1e-3).
 * - `vanishing-gradient`. Over five measured steps the gradient of a layer, by the size of its weights, is below sqrt(eps) of f32 (3.5e-4) of
 *   the largest such figure of the network: at a common rate it moves thousands of times as slowly as the layer that moves most.
 * - `nan`. A loss, output or gradient that is not finite.
 *
 * An alarm is raised when its condition begins, and again only after it ended.
 */
import type { Alarm } from '../types.js'
import { Window } from './window.js'

/** Factors and counts of the rules; the defaults are those of the file's header. */
export interface AlarmRules {
  /** Steps that a median is taken over. */
  window?: number
  /** Steps before which losses and gradients have no past to be compared with. */
  warmUp?: number
  /** Robust standard deviations. */
  deviations?: number
  lossFactor?: number
  gradientFactor?: number
  /** Norm of an update over norm of the weights. */
  updateRatio?: number
  /** Relative to the layer with the largest gradient by the size of its weights. */
  vanishing?: number
}

const defaults: Required<AlarmRules> = {
  window: 64,
  warmUp: 16,
  deviations: 12,
  lossFactor: 2,
  gradientFactor: 10,
  updateRatio: 1,
  vanishing: Math.sqrt(2 ** -23),
}

/** Measured steps in a row before an update too large, and a gradient too small, count. */
const [updatesInARow, vanishedInARow] = [3, 5]

/** What the rules need of a parameter. */
export interface Looked {
  readonly name: string
  /** Vectors (biases, scales) start at 0 or 1 and say little; rules of ratios are for matrices. */
  readonly isMatrix: boolean
  readonly weightNorm: number
  readonly gradNorm: number | null
}

export class AlarmBell {
  readonly #rules: Required<AlarmRules>
  readonly #losses: Window
  #first: number | null = null
  readonly #gradients = new Map<string, Window>()
  readonly #counts = new Map<string, number>()
  readonly #raised = new Set<string>()

  constructor(rules: AlarmRules = {}) {
    this.#rules = { ...defaults, ...rules }
    this.#losses = new Window(this.#rules.window)
  }

  /** An alarm where the condition holds and did not before. */
  raise(step: number, code: Alarm['code'], layer: string | null, isSo: boolean, message: () => string): Alarm[] {
    const key = `${code} ${layer ?? ''}`
    if (!isSo) this.#raised.delete(key)
    if (!isSo || this.#raised.has(key)) return []
    this.#raised.add(key)
    return [{ step, code, layer, message: message() }]
  }

  /** A finite loss of one step. */
  loss(step: number, loss: number): Alarm[] {
    const { deviations, lossFactor, warmUp } = this.#rules
    this.#first ??= loss
    const past = this.#losses
    const found: Alarm[] = []
    if (past.length >= warmUp) {
      const bound = past.bound(deviations, lossFactor)
      const isSpike = loss > bound
      found.push(
        ...this.raise(step, 'loss-spike', null, isSpike, () =>
          `the loss is ${short(loss)}; the median of the last ${past.length} steps is ${short(past.median)}, and chance would not go above ${short(bound)}`), // biome-ignore format: one line
      )
      const start = past.boundOver(this.#first, deviations, lossFactor)
      const isAbove = past.length >= warmUp && past.median > start
      found.push(
        ...this.raise(step, 'loss-spike', 'start', isAbove, () =>
          `the loss has settled at ${short(past.median)}, above ${short(this.#first!)} where it started`).map((alarm) => ({ ...alarm, layer: null })), // biome-ignore format: one line
      )
    }
    past.add(loss)
    return found
  }

  /** Norms of gradients of a measured step, in the order of layers; those that are not finite are left to `nan`. */
  gradients(step: number, layers: readonly Looked[]): Alarm[] {
    return [...this.#exploding(step, layers), ...this.#vanishing(step, layers)]
  }

  #exploding(step: number, layers: readonly Looked[]): Alarm[] {
    const { deviations, gradientFactor, warmUp, window } = this.#rules
    const over: { name: string; norm: number; median: number }[] = []
    for (const { name, gradNorm } of layers) {
      if (gradNorm === null || !Number.isFinite(gradNorm)) continue
      const past = this.#gradients.get(name) ?? new Window(window)
      this.#gradients.set(name, past)
      if (past.length >= warmUp && past.median > 0 && gradNorm > past.bound(deviations, gradientFactor))
        over.push({ name, norm: gradNorm, median: past.median })
      past.add(gradNorm)
    }
    // Gradients grow from the output towards the input: the last of the layers was the first.
    const first = over.at(-1)
    return this.raise(
      step,
      'exploding-gradient',
      'norm',
      first !== undefined,
      () =>
        `the gradient of '${first!.name}' has norm ${short(first!.norm)}, ${short(first!.norm / first!.median)} times its median${more(over.length)}`,
    ).map((alarm) => ({ ...alarm, layer: first!.name }))
  }

  #vanishing(step: number, layers: readonly Looked[]): Alarm[] {
    const sizes = layers.flatMap(({ name, isMatrix, weightNorm, gradNorm }) =>
      isMatrix && gradNorm !== null && Number.isFinite(gradNorm) && weightNorm > 0
        ? [{ name, size: gradNorm / weightNorm }]
        : [],
    )
    const largest = Math.max(0, ...sizes.map(({ size }) => size))
    // Where no matrix gets a gradient but something does (the last bias), all are gone.
    const isSome = layers.some(({ gradNorm }) => gradNorm !== null && gradNorm > 0)
    const gone = sizes.filter(({ name, size }) => {
      const isGone = isSome && (largest === 0 || size < this.#rules.vanishing * largest)
      return this.#inARow(`vanishing ${name}`, isGone) >= vanishedInARow
    })
    const first = gone.at(-1)
    return this.raise(
      step,
      'vanishing-gradient',
      '',
      first !== undefined,
      () =>
        `the gradient of '${first!.name}' is ${first!.size === 0 ? '0' : `${short(first!.size / largest)} of the largest, by the size of the weights`}: it hardly learns${more(gone.length)}`,
    ).map((alarm) => ({ ...alarm, layer: first!.name }))
  }

  /** Norms of updates over norms of weights, of matrices that are not 0. */
  updates(step: number, ratios: readonly { readonly name: string; readonly ratio: number }[], lr: number): Alarm[] {
    const over = ratios.filter(
      ({ name, ratio }) => this.#inARow(`update ${name}`, ratio > this.#rules.updateRatio) >= updatesInARow,
    )
    const first = over.at(-1)
    return this.raise(
      step,
      'exploding-gradient',
      'update',
      first !== undefined,
      () =>
        `the update of '${first!.name}' is ${short(first!.ratio)} times its weights at rate ${short(lr)}, ${updatesInARow} measured steps in a row${more(over.length)}`,
    ).map((alarm) => ({ ...alarm, layer: first!.name }))
  }

  #inARow(key: string, isSo: boolean): number {
    const n = isSo ? (this.#counts.get(key) ?? 0) + 1 : 0
    this.#counts.set(key, n)
    return n
  }

  /** Forgets the past: after a step back to another state. */
  reset(): void {
    this.#losses.clear()
    this.#first = null
    this.#gradients.clear()
    this.#counts.clear()
    this.#raised.clear()
  }

  /** What it remembers, as plain data. */
  state(): AlarmState {
    return {
      first: this.#first,
      losses: this.#losses.values,
      gradients: Object.fromEntries([...this.#gradients].map(([name, past]) => [name, past.values])),
      counts: Object.fromEntries(this.#counts),
      raised: [...this.#raised],
    }
  }

  restore(state: AlarmState): void {
    this.reset()
    this.#first = state.first
    for (const loss of state.losses) this.#losses.add(loss)
    for (const [name, values] of Object.entries(state.gradients)) {
      const past = new Window(this.#rules.window)
      for (const value of values) past.add(value)
      this.#gradients.set(name, past)
    }
    for (const [key, n] of Object.entries(state.counts)) this.#counts.set(key, n)
    for (const key of state.raised) this.#raised.add(key)
  }
}

export interface AlarmState {
  readonly first: number | null
  readonly losses: readonly number[]
  readonly gradients: Readonly<Record<string, readonly number[]>>
  readonly counts: Readonly<Record<string, number>>
  readonly raised: readonly string[]
}

const short = (x: number): string => String(Number(x.toPrecision(3)))
const more = (n: number): string => (n > 1 ? `; ${n - 1} more ${n === 2 ? 'is' : 'are'} like it` : '')
