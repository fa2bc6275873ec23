/** What a figure of a model's outputs is: something that batches are added to, and that has a value in the end. */
import type { Tensor } from '../../tensor/index.js'

export interface Metric {
  /** As it stands in figures: `accuracy`, `top5`, `mse`. */
  readonly name: string
  readonly better: 'higher' | 'lower'
  /** Whether its memory is a few numbers, not all outputs: then it is also measured on the batches that are trained on. */
  readonly isSmall: boolean
  /** Begins anew. */
  start(): Accumulator
}

export interface Accumulator {
  /** Outputs [n, ..] of the model and their targets. */
  add(output: Tensor, target: Tensor): void
  /** NaN where it is not defined (no examples). */
  value(): number
  /** Its memory, for checkpoints; of small ones alone. */
  state(): readonly number[]
  restore(state: readonly number[]): void
}
