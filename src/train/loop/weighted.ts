/** Losses of examples that count unequally. */
import { UsageError } from '../../core/index.js'
import { div, mean, mul, reshape, sum, type Tensor, tensor } from '../../tensor/index.js'
import { describe, tidy } from '../../tensor/internal.js'
import type { Dataset } from '../types.js'

/** A loss that can be asked for each example by itself: those of `normball/nn` all can. */
type Reducible<Options extends object> = (
  output: Tensor,
  target: Tensor,
  options?: Options & { reduction?: 'none' },
) => Tensor

/** The loss of a batch whose examples may count unequally. */
export interface WeightedLoss {
  (output: Tensor, target: Tensor, weight?: Float32Array): Tensor
  readonly takesWeights: true
}

/**
 * A loss that takes the weights of examples: their weighted mean, sum(w loss) / sum(w), 0 where all are 0. Elements of one example count alike. Without
 * weights it is the loss as it is. `fit` and `evaluate` need it for data that has weights.
 *
 * The function must know `reduction: 'none'`. Throws UsageError where that does not give each example its own loss.
 *
 * @example
 * await fit(model, data, { optimizer, loss: weightedLoss(mseLoss), epochs: 10 })
 */
export function weightedLoss<Options extends object>(loss: Reducible<Options>, options?: Options): WeightedLoss {
  const compute = (output: Tensor, target: Tensor, weight?: Float32Array): Tensor => {
    if (weight === undefined) return loss(output, target, options)
    return tidy(() => {
      const each = loss(output, target, { ...(options as Options), reduction: 'none' })
      if (each.shape[0] !== weight.length)
        throw new UsageError(
          `weightedLoss: losses ${describe(each)} for ${weight.length} examples; expected one each along the first axis.`,
        )
      const perExample = each.rank > 1 ? mean(reshape(each, [weight.length, -1]), { axis: 1 }) : each
      const total = weight.reduce((a, b) => a + b, 0)
      const w = tensor(weight, { dtype: perExample.dtype as 'f32' | 'f64' })
      return div(sum(mul(perExample, w)), total > 0 ? total : 1)
    })
  }
  return Object.assign(compute, { takesWeights: true as const })
}

/** The sum of a batch's weights; the number of its examples where it has none. */
export const massOf = ({ input, weight }: { input: Tensor; weight?: Float32Array }): number =>
  weight ? weight.reduce((a, b) => a + b, 0) : input.shape[0]!

/** The mean weight of all examples; 1 where there are none. Throws UsageError where nothing counts. */
export function meanWeight(data: Dataset): number {
  const weights = data.weights?.()
  if (!weights) return 1
  const total = weights.reduce((a, b) => a + b, 0)
  if (!(total > 0)) throw new UsageError('fit: all weights of the examples are 0; expected a positive one.')
  return total / weights.length
}
