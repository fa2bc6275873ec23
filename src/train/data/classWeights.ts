/** Weights of classes in the loss, for classes of different sizes. */
import { inert, UsageError } from '../../core/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import type { Dataset } from '../types.js'
import { classCounts } from './classes.js'

/**
 * Weights [classes] that make each class count the same in the loss: n / (k n_c), scikit-learn's `balanced`.
 *
 * Throws UsageError where there are no classes, and for a class without examples, whose weight would be infinite.
 *
 * @example
 * const loss = new CrossEntropyLoss({ weight: classWeights(train) })
 */
export function classWeights(data: Dataset, options: { dtype?: 'f32' | 'f64' } = {}): Tensor {
  const labels = data.labels()
  if (labels === null || data.classes === null)
    throw new UsageError('classWeights: the data set has no classes; expected targets that are classes.')
  const counts = classCounts(labels, data.classes.length)
  const empty = counts.indexOf(0)
  if (empty >= 0)
    throw new UsageError(
      `classWeights: class ${empty} ('${inert(data.classes[empty]!)}') has no examples, so its balanced weight is infinite. Try leaving it out of the classes, or weights of your own.`,
    )
  const weights = counts.map((count) => labels.length / (counts.length * count))
  return tensor(Float64Array.from(weights), { dtype: options.dtype ?? 'f32' })
}
