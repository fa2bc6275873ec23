/** NAdam: Adam with Nesterov's momentum. */
import { FirstOrder, type Given, type Place } from './firstOrder.js'
import type { ParamGroup } from './optimizer.js'
import type { Kinds } from './options.js'
import type { Parameters } from './params.js'

export interface NAdamOptions {
  /** 2e-3. */
  lr: number
  /** How much of the means of gradients and of their squares stays in a step; [0.9, 0.999]. */
  betas: readonly number[]
  /** 1e-8. */
  eps: number
  /** This times w is added to the gradient; 0. */
  weightDecay: number
  /** How fast momentum grows to beta1; 4e-3. */
  momentumDecay: number
}

const kinds: Kinds<NAdamOptions> = {
  lr: 'rate',
  betas: 'shares',
  eps: 'rate',
  weightDecay: 'rate',
  momentumDecay: 'rate',
}
const defaults: NAdamOptions = { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, momentumDecay: 4e-3 }

/**
 * Adam whose mean of gradients is taken one step ahead: with mu(t) = beta1 (1 - 0.96^(t momentumDecay) / 2) and its products M(t),
 * w -= lr ((1 - mu(t)) / (1 - M(t)) g + mu(t + 1) / (1 - M(t + 1)) m) / (sqrt(v') + eps).
 *
 * State: `exp_avg`, `exp_avg_sq`, the number of steps and M. Equal to PyTorch's `NAdam`. Throws UsageError for options that cannot be. Source: Dozat 2016.
 */
export class NAdam extends FirstOrder<NAdamOptions> {
  constructor(parameters: Parameters, options: Given<NAdamOptions> = {}) {
    super('NAdam', parameters, kinds, defaults, options)
  }

  protected update({ parameter, n, w, g, type, kernels }: Place, group: ParamGroup<NAdamOptions>): void {
    const { lr, betas, eps, weightDecay, momentumDecay } = group
    const [beta1, beta2] = betas as readonly [number, number]
    const { numbers } = this.memoryOf(parameter)
    const t = this.count(parameter)
    const mu = (at: number): number => beta1 * (1 - 0.5 * 0.96 ** (at * momentumDecay))
    const product = (numbers['mu_product'] ?? 1) * mu(t)
    numbers['mu_product'] = product
    const now = (lr * (1 - mu(t))) / (1 - product)
    const ahead = (lr * mu(t + 1)) / (1 - product * mu(t + 1))
    const mean = this.remembered(parameter, 'exp_avg')
    const square = this.remembered(parameter, 'exp_avg_sq')
    const root = 1 / Math.sqrt(1 - beta2 ** t)
    kernels[`nadam_${type}`](n, w, g, mean, square, beta1, beta2, weightDecay, now, ahead, root, eps)
  }
}
