/** Adam and AdamW: steps by the mean of gradients over the root of the mean of their squares. */
import { FirstOrder, type Given, type Place } from './firstOrder.js'
import type { ParamGroup } from './optimizer.js'
import type { Kinds } from './options.js'
import type { Parameters } from './params.js'

export interface AdamOptions {
  /** 1e-3. */
  lr: number
  /** How much of the means of gradients and of their squares stays in a step; [0.9, 0.999]. */
  betas: readonly number[]
  /** Keeps the root from 0; 1e-8. */
  eps: number
  /** Adam: this times w is added to the gradient; 0. AdamW: w shrinks by lr times this; 0.01. */
  weightDecay: number
  /** Divides by the largest mean of squares so far (Reddi, Kale & Kumar 2018). */
  amsgrad: boolean
  /** Goes up instead of down. */
  maximize: boolean
}

/** For this folder. */
export const adamKinds: Kinds<AdamOptions> = {
  lr: 'rate',
  betas: 'shares',
  eps: 'rate',
  weightDecay: 'rate',
  amsgrad: 'boolean',
  maximize: 'boolean',
}
const defaults: AdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
}

/** Adam's update with what it remembers: shared with optimizers that fall back on it. */
export function adamUpdate(
  { n, w, g, type, kernels, tally }: Place,
  { lr, betas, eps, weightDecay, maximize }: Omit<AdamOptions, 'amsgrad'>,
  memory: { readonly step: number; readonly mean: number; readonly square: number; readonly largest: number },
  isDecoupled: boolean,
): void {
  const [beta1, beta2] = betas as readonly [number, number]
  const size = lr / (1 - beta1 ** memory.step)
  const root = 1 / Math.sqrt(1 - beta2 ** memory.step)
  const [decay, kept] = isDecoupled ? [0, 1 - lr * weightDecay] : [weightDecay, 1]
  const { mean, square, largest } = memory
  kernels[`adam_${type}`](n, w, g, mean, square, largest, beta1, beta2, decay, kept, size, root, eps, maximize, tally)
}

/**
 * m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g²; w -= lr m' / (sqrt(v') + eps), where m' and v' are m and v over 1 - betaᵗ.
 *
 * State: `exp_avg`, `exp_avg_sq`, with `amsgrad` `max_exp_avg_sq`, and the number of steps. Equal to PyTorch's `Adam`. Throws UsageError for options
 * that cannot be. Source: Kingma & Ba 2015.
 *
 * @example
 * const optimizer = new Adam(model.namedParameters(), { lr: 1e-3 })
 */
export class Adam extends FirstOrder<AdamOptions> {
  constructor(parameters: Parameters, options: Given<AdamOptions> = {}) {
    super('Adam', parameters, adamKinds, defaults, options)
  }

  protected override get counts(): boolean {
    return true
  }

  protected update(place: Place, group: ParamGroup<AdamOptions>): void {
    this.adam(place, group, false)
  }

  protected adam(place: Place, group: ParamGroup<AdamOptions>, isDecoupled: boolean): void {
    const { parameter } = place
    const memory = {
      step: this.count(parameter),
      mean: this.remembered(parameter, 'exp_avg'),
      square: this.remembered(parameter, 'exp_avg_sq'),
      largest: group.amsgrad ? this.remembered(parameter, 'max_exp_avg_sq') : 0,
    }
    adamUpdate(place, group, memory, isDecoupled)
  }
}

/**
 * Adam, with weights that shrink by lr weightDecay (0.01) apart from the gradient. State and the rest as `Adam`; equal to PyTorch's `AdamW`.
 * Source: Loshchilov & Hutter 2019.
 */
export class AdamW extends Adam {
  constructor(parameters: Parameters, options: Given<AdamOptions> = {}) {
    super(parameters, { ...options, weightDecay: options.weightDecay ?? 0.01 })
  }

  protected override update(place: Place, group: ParamGroup<AdamOptions>): void {
    this.adam(place, group, true)
  }
}
