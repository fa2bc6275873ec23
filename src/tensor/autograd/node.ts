/**
 * The tape. A `GradNode` is what an operation leaves behind for `backward`: where its result came from, what it saved, and its rule. Nodes
 * refer to nodes, never to tensors, so that a tensor can be freed while the gradient through it is still wanted. A node lives as long as a
 * tensor or a later node refers to it; then what it saved is given back.
 */
import type { DType } from '../dtype.js'
import type { Lease } from '../lease.js'
import type { Shape } from '../shape.js'
import type { Storage } from '../storage.js'
import type { Tensor } from '../tensor.js'

/**
 * Gradients of a result with respect to its inputs, written with differentiable operations. `saved` are the tensors that were saved, in
 * order; `needs[i]` tells whether input i wants a gradient, else null may be returned. Gradients have the inputs' shapes and types.
 */
export type Rule = (g: Tensor, saved: readonly Tensor[], needs: readonly boolean[]) => readonly (Tensor | null)[]

/** A tensor kept for `backward`: input number `input`, the result itself (-1), or one that needs no gradient (-2). */
export interface Saved {
  readonly storage: Storage
  readonly dtype: DType
  readonly shape: Shape
  readonly strides: Shape
  readonly offset: number
  readonly version: number
  readonly input: number
}

let made = 0

export class GradNode {
  /** Order of creation: a node's inputs come before it. */
  readonly order = made++
  /** Tensors and nodes that refer to this one. */
  refs = 1
  /** Gradient collected so far during a run of `backward`. */
  pending: Tensor | null = null
  /** Of a leaf, what `backward` has added up; of another node whose gradient was asked for with `retainGrad`. */
  grad: Tensor | null = null
  retainsGrad = false
  /** null when they were given back: after `backward` without `retainGraph`. */
  saved: readonly Saved[] | null
  /** Of the tensor that it was made for: its gradient shall live as long. */
  lease: Lease | null = null
  /** Where in the user's code the operation was called, under `detectAnomaly`. */
  place: string | null = null

  constructor(
    readonly name: string,
    readonly dtype: DType,
    readonly shape: Shape,
    /** null for inputs that need no gradient. */
    readonly inputs: readonly (GradNode | null)[],
    saved: readonly Saved[],
    /** null for a leaf. */
    readonly rule: Rule | null,
  ) {
    this.saved = saved
    for (const input of inputs) if (input !== null) input.refs++
  }

  /** Gives back what was saved. */
  forget(): void {
    if (this.saved === null) return
    for (const one of this.saved) one.storage.release()
    this.saved = null
  }

  release(): void {
    if (--this.refs > 0) return
    // A loop, because the graph of a long recurrence is deeper than the call stack.
    const dead: GradNode[] = [this]
    for (let node = dead.pop(); node !== undefined; node = dead.pop()) {
      node.forget()
      for (const input of node.inputs) if (input !== null && --input.refs === 0) dead.push(input)
    }
  }
}
