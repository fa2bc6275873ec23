/** Stochastic gradient descent. */

import { UsageError } from '../core/index.js'
import { FirstOrder, type Given, type Place } from './firstOrder.js'
import type { ParamGroup } from './optimizer.js'
import type { Kinds } from './options.js'
import type { Parameters } from './params.js'

export interface SGDOptions {
  /** 1e-3. */
  lr: number
  /** How much of the last step's direction goes on; 0. */
  momentum: number
  /** How much of the gradient does not go into the momentum; 0. */
  dampening: number
  /** Takes the step from where the momentum leads to; needs momentum and no dampening. */
  nesterov: boolean
  /** This times w is added to the gradient; 0. */
  weightDecay: number
  /** Goes up instead of down. */
  maximize: boolean
}

const kinds: Kinds<SGDOptions> = {
  lr: 'rate',
  momentum: 'rate',
  dampening: 'number',
  nesterov: 'boolean',
  weightDecay: 'rate',
  maximize: 'boolean',
}
const defaults: SGDOptions = { lr: 1e-3, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0, maximize: false }

/**
 * d = g + weightDecay w; b = momentum b + (1 - dampening) d (b = d at first); w -= lr b, or with `nesterov` lr (d + momentum b); without momentum lr d.
 *
 * State: `momentum_buffer`. Equal to PyTorch's `SGD`. Throws UsageError for options that cannot be.
 *
 * @example
 * const optimizer = new SGD(model.namedParameters(), { lr: 0.1, momentum: 0.9, groups: [{ only: '*bias', weightDecay: 0 }] })
 */
export class SGD extends FirstOrder<SGDOptions> {
  constructor(parameters: Parameters, options: Given<SGDOptions> = {}) {
    super('SGD', parameters, kinds, defaults, options)
    for (const { nesterov, momentum, dampening } of this.paramGroups)
      if (nesterov && (momentum <= 0 || dampening !== 0))
        throw new UsageError(
          `SGD: nesterov with momentum ${momentum} and dampening ${dampening}; expected momentum above 0 and no dampening.`,
        )
  }

  protected override get counts(): boolean {
    return true
  }

  protected update({ parameter, n, w, g, type, kernels, tally }: Place, group: ParamGroup<SGDOptions>): void {
    const { lr, momentum, dampening, nesterov, weightDecay, maximize } = group
    const hasMomentum = momentum !== 0
    const isFirst = hasMomentum && this.memoryOf(parameter).tensors['momentum_buffer'] === undefined
    const buffer = hasMomentum ? this.remembered(parameter, 'momentum_buffer') : 0
    kernels[`sgd_${type}`](n, w, g, buffer, lr, momentum, dampening, weightDecay, isFirst, nesterov, maximize, tally)
  }
}
