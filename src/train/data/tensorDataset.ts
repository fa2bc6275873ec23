/** Examples in memory: tensors whose first axis counts them. */
import { UsageError } from '../../core/index.js'
import { indexSelect, keep, type Tensor, tensor } from '../../tensor/index.js'
import { checkTensor, describe, isFloat, tidy } from '../../tensor/internal.js'
import type { Batch, Dataset } from '../types.js'
import { checkClasses } from './classes.js'

export interface TensorDatasetOptions {
  /** Names of the classes, in the order of their numbers; for i32 targets `0`, `1`, ... up to the largest where absent. `null`: the targets are numbers. */
  classes?: readonly string[] | null
  /** How much each example counts in the loss, >= 0 (see `weightedLoss`). Equal ones change nothing and are dropped. */
  weights?: Float32Array
}

/**
 * Inputs [n, ..] and targets [n, ..]. Whole numbers (i32) in one axis are classes; floats are numbers. The tensors are kept out of scopes and
 * belong to the data set from then on: `dispose` frees them.
 *
 * Throws UsageError where the counts differ, and for a class that is negative or has no name.
 *
 * @example
 * const data = new TensorDataset(tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), tensor(Int32Array.of(0, 1, 1, 0)))
 */
export class TensorDataset implements Dataset, Disposable {
  readonly length: number
  readonly inputShape: readonly number[]
  readonly targetShape: readonly number[]
  readonly classes: readonly string[] | null
  readonly input: Tensor
  readonly target: Tensor
  readonly #weights: Float32Array | null

  constructor(input: Tensor, target: Tensor, options: TensorDatasetOptions = {}) {
    checkTensor('TensorDataset', input)
    checkTensor('TensorDataset', target)
    if (input.rank === 0 || target.rank === 0 || input.shape[0] !== target.shape[0])
      throw new UsageError(
        `TensorDataset: inputs ${describe(input)} and targets ${describe(target)}; expected as many of one as of the other, along the first axis.`,
      )
    this.length = input.shape[0]!
    this.inputShape = input.shape.slice(1)
    this.targetShape = target.shape.slice(1)
    const areNumbers = isFloat(target.dtype) || options.classes === null
    this.classes = areNumbers ? null : checkClasses('TensorDataset', target.toArray(), options.classes ?? undefined)
    this.#weights = checkWeights(options.weights, this.length)
    this.input = keep(input)
    this.target = keep(target)
  }

  batch(indices: Int32Array): Batch {
    return tidy(() => {
      const places = tensor(indices)
      const weights = this.#weights
      const weight = weights ? { weight: Float32Array.from(indices, (i) => weights[i]!) } : {}
      return { input: indexSelect(this.input, places), target: indexSelect(this.target, places), ...weight }
    })
  }

  labels(): Int32Array | null {
    if (this.classes === null || this.targetShape.length > 0) return null
    return tidy(() => Int32Array.from(this.target.toArray()))
  }

  weights(): Float32Array | null {
    return this.#weights
  }

  dispose(): void {
    this.input.dispose()
    this.target.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** null for weights that are all alike. */
function checkWeights(weights: Float32Array | undefined, n: number): Float32Array | null {
  if (weights === undefined) return null
  if (weights.length !== n)
    throw new UsageError(`TensorDataset: ${weights.length} weights for ${n} examples; expected as many.`)
  const bad = weights.findIndex((one) => !(one >= 0 && one < Number.POSITIVE_INFINITY))
  if (bad >= 0)
    throw new UsageError(`TensorDataset: weight ${weights[bad]} of example ${bad}; expected a finite number from 0 on.`)
  if (n > 0 && weights.every((one) => one === 0))
    throw new UsageError('TensorDataset: all weights are 0; expected a positive one.')
  return weights.every((one) => one === weights[0]) ? null : weights.slice()
}
