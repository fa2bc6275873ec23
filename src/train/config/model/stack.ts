/** Layers one after the other, as a list of a configuration makes them. */
import { type AnyModule, Module } from '../../../nn/index.js'
import { mean, reshape, slice, Tensor } from '../../../tensor/index.js'

/** A layer of a list; recurrent ones put out more than a tensor. */
type Layer = Module<[Tensor], unknown>

/** What a layer puts out that goes on to the next: the output of recurrent ones without their last states. */
export function passOn(output: unknown): Tensor {
  return output instanceof Tensor ? output : (output as { output: Tensor }).output
}

/**
 * Layers named `0`, `1`, ... as in PyTorch's Sequential, where recurrent ones pass their output on. With `flattens` an example of several axes becomes
 * one of a single axis first.
 */
export class Stack extends Module {
  readonly #layers: readonly Layer[]
  readonly #flattens: boolean

  constructor(layers: readonly Layer[], options: { flattens?: boolean } = {}) {
    super()
    this.#layers = layers
    this.#flattens = options.flattens ?? false
  }

  get layers(): readonly AnyModule[] {
    return this.#layers as unknown as readonly AnyModule[]
  }

  protected override *members(): Iterable<readonly [string, AnyModule]> {
    for (const [i, layer] of this.#layers.entries()) yield [String(i), layer as unknown as AnyModule]
  }

  forward(x: Tensor): Tensor {
    let out = this.#flattens && x.rank > 2 ? reshape(x, [x.shape[0]!, -1]) : x
    for (const layer of this.#layers) out = passOn(layer.forward(out))
    return out
  }
}

/** Of a sequence [N, T, ..] the last step [N, ..]. */
export class LastStep extends Module {
  forward(x: Tensor): Tensor {
    return slice(x, null, -1)
  }
}

/** Of a sequence [N, T, ..] the mean over its steps [N, ..]. */
export class MeanStep extends Module {
  forward(x: Tensor): Tensor {
    return mean(x, { axis: 1 })
  }
}
