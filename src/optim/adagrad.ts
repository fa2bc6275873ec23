/** Adagrad and Adadelta: rates by the size of all past gradients, or of recent ones. */
import { FirstOrder, type Given, type Place } from './firstOrder.js'
import type { ParamGroup } from './optimizer.js'
import type { Kinds } from './options.js'
import type { Parameters } from './params.js'

export interface AdagradOptions {
  /** 1e-2. */
  lr: number
  /** The rate is divided by 1 + (t - 1) times this at step t; 0. */
  lrDecay: number
  /** This times w is added to the gradient; 0. */
  weightDecay: number
  /** Where the sums of squares start; 0. */
  initialAccumulatorValue: number
  /** 1e-10. */
  eps: number
  /** Goes up instead of down. */
  maximize: boolean
}

const kinds: Kinds<AdagradOptions> = {
  lr: 'rate',
  lrDecay: 'rate',
  weightDecay: 'rate',
  initialAccumulatorValue: 'rate',
  eps: 'rate',
  maximize: 'boolean',
}
const defaults: AdagradOptions = {
  lr: 1e-2,
  lrDecay: 0,
  weightDecay: 0,
  initialAccumulatorValue: 0,
  eps: 1e-10,
  maximize: false,
}

/**
 * s += g²; w -= lr g / (sqrt(s) + eps).
 *
 * State: `sum`, and the number of steps. Equal to PyTorch's `Adagrad`. Throws UsageError for options that cannot be. Source: Duchi, Hazan & Singer 2011.
 */
export class Adagrad extends FirstOrder<AdagradOptions> {
  constructor(parameters: Parameters, options: Given<AdagradOptions> = {}) {
    super('Adagrad', parameters, kinds, defaults, options)
  }

  protected update({ parameter, n, w, g, type, kernels }: Place, group: ParamGroup<AdagradOptions>): void {
    const { lr, lrDecay, weightDecay, initialAccumulatorValue, eps, maximize } = group
    const rate = lr / (1 + (this.count(parameter) - 1) * lrDecay)
    const sum = this.remembered(parameter, 'sum', initialAccumulatorValue)
    kernels[`adagrad_${type}`](n, w, g, sum, rate, eps, weightDecay, maximize)
  }
}

export interface AdadeltaOptions {
  /** 1. */
  lr: number
  /** How much of the means of squares stays in a step; 0.9. */
  rho: number
  /** 1e-6. */
  eps: number
  /** This times w is added to the gradient; 0. */
  weightDecay: number
  /** Goes up instead of down. */
  maximize: boolean
}

const deltaKinds: Kinds<AdadeltaOptions> = {
  lr: 'rate',
  rho: 'share',
  eps: 'rate',
  weightDecay: 'rate',
  maximize: 'boolean',
}
const deltaDefaults: AdadeltaOptions = { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false }

/**
 * s = rho s + (1 - rho) g²; d = sqrt(u + eps) / sqrt(s + eps) g; u = rho u + (1 - rho) d²; w -= lr d.
 *
 * State: `square_avg`, `acc_delta`. Equal to PyTorch's `Adadelta`. Throws UsageError for options that cannot be. Source: Zeiler 2012.
 */
export class Adadelta extends FirstOrder<AdadeltaOptions> {
  constructor(parameters: Parameters, options: Given<AdadeltaOptions> = {}) {
    super('Adadelta', parameters, deltaKinds, deltaDefaults, options)
  }

  protected update({ parameter, n, w, g, type, kernels }: Place, group: ParamGroup<AdadeltaOptions>): void {
    const { lr, rho, eps, weightDecay, maximize } = group
    const square = this.remembered(parameter, 'square_avg')
    const moved = this.remembered(parameter, 'acc_delta')
    kernels[`adadelta_${type}`](n, w, g, square, moved, lr, rho, eps, weightDecay, maximize)
  }
}
