/** RMSprop: steps by the gradient over the root of the running mean of its square. */
import { FirstOrder, type Given, type Place } from './firstOrder.js'
import type { ParamGroup } from './optimizer.js'
import type { Kinds } from './options.js'
import type { Parameters } from './params.js'

export interface RMSpropOptions {
  /** 1e-2. */
  lr: number
  /** How much of the mean of squares stays in a step; 0.99. */
  alpha: number
  /** 1e-8. */
  eps: number
  /** This times w is added to the gradient; 0. */
  weightDecay: number
  /** 0. */
  momentum: number
  /** Takes the variance in place of the mean square. */
  centered: boolean
  /** Goes up instead of down. */
  maximize: boolean
}

const kinds: Kinds<RMSpropOptions> = {
  lr: 'rate',
  alpha: 'share',
  eps: 'rate',
  weightDecay: 'rate',
  momentum: 'rate',
  centered: 'boolean',
  maximize: 'boolean',
}
const defaults: RMSpropOptions = {
  lr: 1e-2,
  alpha: 0.99,
  eps: 1e-8,
  weightDecay: 0,
  momentum: 0,
  centered: false,
  maximize: false,
}

/**
 * s = alpha s + (1 - alpha) g²; w -= lr g / (sqrt(s) + eps), where `centered` takes the square of the running mean of g from s, and `momentum` adds up
 * steps.
 *
 * State: `square_avg`, and `grad_avg` or `momentum_buffer` where they are used. Equal to PyTorch's `RMSprop`. Throws UsageError for options that
 * cannot be. Source: Tieleman & Hinton 2012; centered: Graves 2013.
 */
export class RMSprop extends FirstOrder<RMSpropOptions> {
  constructor(parameters: Parameters, options: Given<RMSpropOptions> = {}) {
    super('RMSprop', parameters, kinds, defaults, options)
  }

  protected update({ parameter, n, w, g, type, kernels }: Place, group: ParamGroup<RMSpropOptions>): void {
    const { lr, alpha, eps, weightDecay, momentum, centered, maximize } = group
    const square = this.remembered(parameter, 'square_avg')
    const mean = centered ? this.remembered(parameter, 'grad_avg') : 0
    const buffer = momentum > 0 ? this.remembered(parameter, 'momentum_buffer') : 0
    kernels[`rmsprop_${type}`](n, w, g, square, mean, buffer, lr, alpha, eps, weightDecay, momentum, maximize)
  }
}
