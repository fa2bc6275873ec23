/**
 * How a norm is defined: by what it does to a stack of vectors. `fromRule` (regularizer.ts) makes the public object of it: lists of tensors, axes,
 * dtypes, checks of NaN and radius; and `complete` (complete.ts) whichever of `project` and `prox` is missing, by Moreau's identity with the dual,
 * or by a safeguarded scalar root.
 */
import type { Tensor } from '../tensor/index.js'

/**
 * X is [count, n]: contiguous, f32 or f64, finite and, except in `value`, detached; n may be 0. Results are new tensors of the same dtype and shape ([count] for
 * `value`). Radius and t are finite, 0 or more (above 0 in `project` of norms and in `prox`: `complete` answers for 0).
 */
export interface VectorRule {
  readonly name: string
  readonly isConvex: boolean
  /** Norms: positive homogeneous, convex. */
  readonly isNorm: boolean
  /** p, of the norms (sum |x|^p)^(1/p). */
  readonly order?: number
  /** Of l1 sum |x| + l2 / 2 sum x^2 the weights: what one pass over the elements can do. */
  readonly entrywise?: { readonly l1: number; readonly l2: number }
  /** Differentiable, [count, n] -> [count]. */
  value(X: Tensor): Tensor
  project?(X: Tensor, radius: number): Tensor
  prox?(X: Tensor, t: number): Tensor
  /** Norms; without it the gradient of the dual's value. */
  steepest?(X: Tensor): Tensor
  /** Norms. Called at most once per norm. */
  dual?(): VectorRule
}

/** As `VectorRule` for norms of matrices: X is [count, m, n]. */
export type MatrixRule = VectorRule & { readonly matrix: true }

/** As `VectorRule` for what depends on all axes: X is [count, ...shape]. */
export type ShapedRule = VectorRule & { readonly shaped: true }

/** A rule that lacks nothing: what is not known throws and says so. */
export interface CompleteRule extends VectorRule {
  project(X: Tensor, radius: number): Tensor
  prox(X: Tensor, t: number): Tensor
}

/** The complete rule of a norm. */
export interface CompleteNormRule extends CompleteRule {
  readonly isConvex: true
  readonly isNorm: true
  steepest(X: Tensor): Tensor
  dual(): CompleteNormRule
}
