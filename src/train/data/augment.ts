/** Changes to inputs while they are trained on. Each is a function of the batch and a generator, so that a run can be repeated. */
import type { Generator, Tensor } from '../../tensor/index.js'

/** Takes inputs [n, ..] and returns others of the same shape. Draws from `generator` alone. */
export type Augmentation = (input: Tensor, generator: Generator) => Tensor
