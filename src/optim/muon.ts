/** Muon: momentum whose singular values are all made about 1; vectors take AdamW's steps. */
import { newtonSchulz } from '../norms/index.js'
import { noGrad } from '../tensor/index.js'
import { tidy, together } from '../tensor/internal.js'
import { adamUpdate } from './adam.js'
import { FirstOrder, type Given, type Place } from './firstOrder.js'
import type { GroupRule, ParamGroup } from './optimizer.js'
import type { Kinds } from './options.js'
import type { Parameters } from './params.js'

export interface MuonOptions {
  /** 1e-3. */
  lr: number
  /** 0.1; w shrinks by lr times this. */
  weightDecay: number
  /** How much of the running mean of gradients stays in a step; 0.95. */
  momentum: number
  /** Mixes the gradient with the mean once more; true. */
  nesterov: boolean
  /** Steps of Newton and Schulz's iteration; 5. */
  steps: number
  /**
   * By what the step is multiplied for a matrix [m, n]. `shape`: sqrt(max(1, m / n)), so that wide and tall layers move alike; `rms`: 0.2 sqrt(max(m, n)), so
   * that elements move about as far as Adam's, whose lr and weightDecay then serve; `none`: 1.
   */
  scale: 'shape' | 'rms' | 'none'
  /** `muon`, or `adamw` for groups of matrices that are no maps between features (embeddings, the last layer). Vectors always take `adamw`. */
  method: 'muon' | 'adamw'
  /** Of AdamW's steps; [0.9, 0.999] and 1e-8. */
  betas: readonly number[]
  eps: number
}

const kinds: Kinds<MuonOptions> = {
  lr: 'rate',
  weightDecay: 'rate',
  momentum: 'share',
  nesterov: 'boolean',
  steps: { test: (n) => Number.isInteger(n) && (n as number) >= 1, expected: 'a whole number from 1 on' },
  scale: { words: ['shape', 'rms', 'none'] },
  method: { words: ['muon', 'adamw'] },
  betas: 'shares',
  eps: 'rate',
}
const defaults: MuonOptions = {
  lr: 1e-3,
  weightDecay: 0.1,
  momentum: 0.95,
  nesterov: true,
  steps: 5,
  scale: 'shape',
  method: 'muon',
  betas: [0.9, 0.999],
  eps: 1e-8,
}

/**
 * b = momentum b + (1 - momentum) g; d = b, or with `nesterov` momentum b + (1 - momentum) g; w = (1 - lr weightDecay) w - lr scale U Vᵀ, where
 * d = U S Vᵀ, by `newtonSchulz`: about the steepest step under the spectral norm. Kernels are seen as [shape[0], rest]. Parameters of fewer than two
 * axes and groups with `method: 'adamw'` take AdamW's steps, with the lr of their group.
 *
 * State: `momentum_buffer`; of AdamW's steps `exp_avg`, `exp_avg_sq` and their number. Throws UsageError for options that cannot be, NumericalError for
 * gradients that are not finite. Source: Jordan et al. 2024, "Muon"; the scale `rms` is Liu et al. 2025's, the options are those of PyTorch's `Muon`.
 *
 * @example
 * const optimizer = new Muon(model.namedParameters(), { lr: 0.02, adamLr: 1e-3, groups: [{ only: 'embedding.*', method: 'adamw', lr: 1e-3 }] })
 */
export class Muon extends FirstOrder<MuonOptions> {
  /** `adamLr`: the lr of parameters of fewer than two axes that no group names, which become a group of their own; else they share the matrices'. */
  constructor(parameters: Parameters, options: Given<MuonOptions> & { readonly adamLr?: number | undefined } = {}) {
    const { adamLr, groups = [], ...rest } = options
    const vectors: GroupRule<MuonOptions>[] =
      adamLr === undefined ? [] : [{ only: ({ value }) => value.rank < 2, method: 'adamw', lr: adamLr }]
    super('Muon', parameters, kinds, defaults, { ...rest, groups: [...groups, ...vectors] })
  }

  protected update(place: Place, group: ParamGroup<MuonOptions>): void {
    const { parameter, n, w, type, kernels, grad } = place
    if (group.method === 'adamw' || grad.rank < 2) {
      const memory = {
        step: this.count(parameter),
        mean: this.remembered(parameter, 'exp_avg'),
        square: this.remembered(parameter, 'exp_avg_sq'),
        largest: 0,
      }
      adamUpdate(place, { ...group, maximize: false }, memory, true)
      return
    }
    const { lr, weightDecay, momentum, nesterov, steps } = group
    tidy(() =>
      noGrad(() => {
        const d = this.withMomentum(place, momentum, 1 - momentum, nesterov)
        const direction = together(newtonSchulz(d, { steps }))
        const step = lr * scaleOf(group, grad.shape[0]!, grad.size / grad.shape[0]!)
        kernels[`average_${type}`](n, w, direction.pointer, 1 - lr * weightDecay, -step)
      }),
    )
  }
}

function scaleOf({ scale }: MuonOptions, m: number, n: number): number {
  if (scale === 'none') return 1
  return scale === 'shape' ? Math.sqrt(Math.max(1, m / n)) : 0.2 * Math.sqrt(Math.max(m, n))
}
