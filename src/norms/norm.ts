/** What a norm is: one object, which penalties, projections, clipping, pruning, compression and optimizers take. */
import type { Tensor } from '../tensor/index.js'

/** One tensor, or several that count as one vector (all gradients of a model). */
export type Operand = Tensor | readonly Tensor[]

/**
 * Without `axis` the whole tensor is one vector (one matrix, [shape[0], product of the rest], for norms of singular values). With `axis` each
 * slice along these axes is one by itself: `l2.project(W, 1, { axis: 1 })` is the max-norm constraint. Not with a list of tensors.
 */
export interface AlongOptions {
  readonly axis?: number | readonly number[] | undefined
}

export interface ValueOptions extends AlongOptions {
  /** Keep the axes as axes of one element. */
  readonly keepDims?: boolean | undefined
}

/** What can measure, constrain and penalize. */
export interface Regularizer {
  /** As it is written: `l1`, `lp(3)`, `group(l2, l1)`. */
  readonly name: string
  /** Whether {value <= radius} and the penalty are convex. */
  readonly isConvex: boolean
  /** R(x), a scalar (one value per slice with `axis`). Differentiable; at kinks the documented subgradient. */
  value(x: Operand, options?: ValueOptions): Tensor
  /** A nearest point of {value <= radius} in Frobenius distance. */
  project(x: Tensor, radius: number, options?: AlongOptions): Tensor
  project(x: readonly Tensor[], radius: number): Tensor[]
  /** argmin_y t R(y) + 1/2 ||y - x||^2. */
  prox(x: Tensor, t: number, options?: AlongOptions): Tensor
  prox(x: readonly Tensor[], t: number): Tensor[]
}

/** Convex, homogeneous, zero only at zero. */
export interface Norm extends Regularizer {
  readonly isConvex: true
  /** ||y||* = max { <x, y> : ||x|| <= 1 }. */
  readonly dual: Norm
  /** argmax { <d, g> : ||d|| <= 1 }; steepest(0) = 0; ties to the lower index. */
  steepest(g: Tensor, options?: AlongOptions): Tensor
  steepest(g: readonly Tensor[]): Tensor[]
}
