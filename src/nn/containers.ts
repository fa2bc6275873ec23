/** Modules made of modules. */
import type { Tensor } from '../tensor/index.js'
import { type AnyModule, Module } from './module.js'

/**
 * Modules one after the other, named `0`, `1`, ... as in PyTorch.
 *
 * @example
 * const net = new Sequential(new Linear(784, 128), new ReLU(), new Linear(128, 10))
 */
export class Sequential extends Module {
  readonly #list: Module[]

  constructor(...modules: Module[]) {
    super()
    this.#list = modules
  }

  get length(): number {
    return this.#list.length
  }

  /** The module at a place; negative from the end. */
  at(index: number): Module | undefined {
    return this.#list.at(index)
  }

  protected override *members(): Iterable<readonly [string, AnyModule]> {
    for (const [i, module] of this.#list.entries()) yield [String(i), module as unknown as AnyModule]
  }

  forward(x: Tensor): Tensor {
    let out = x
    for (const module of this.#list) out = module.forward(out)
    return out
  }
}
