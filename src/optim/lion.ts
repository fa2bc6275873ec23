/** Lion: signs of momentum. */
import { FirstOrder, type Given, type Place } from './firstOrder.js'
import type { ParamGroup } from './optimizer.js'
import type { Kinds } from './options.js'
import type { Parameters } from './params.js'

export interface LionOptions {
  /** 1e-4; some three to ten times smaller than Adam's. */
  lr: number
  /** How much of the momentum is in the direction, and how much of it stays; [0.9, 0.99]. */
  betas: readonly number[]
  /** w shrinks by lr times this; 0. */
  weightDecay: number
}

const kinds: Kinds<LionOptions> = { lr: 'rate', betas: 'shares', weightDecay: 'rate' }
const defaults: LionOptions = { lr: 1e-4, betas: [0.9, 0.99], weightDecay: 0 }

/**
 * w = (1 - lr weightDecay) w - lr sign(beta1 m + (1 - beta1) g); m = beta2 m + (1 - beta2) g: a step of length lr under the largest size.
 *
 * State: `exp_avg`. Throws UsageError for options that cannot be. Source: Chen et al. 2023, "Symbolic discovery of optimization algorithms".
 */
export class Lion extends FirstOrder<LionOptions> {
  constructor(parameters: Parameters, options: Given<LionOptions> = {}) {
    super('Lion', parameters, kinds, defaults, options)
  }

  protected update({ parameter, n, w, g, type, kernels }: Place, group: ParamGroup<LionOptions>): void {
    const { lr, betas, weightDecay } = group
    const [beta1, beta2] = betas as readonly [number, number]
    const mean = this.remembered(parameter, 'exp_avg')
    kernels[`lion_${type}`](n, w, g, mean, beta1, beta2, 1 - lr * weightDecay, lr)
  }
}
