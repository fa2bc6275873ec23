/**
 * How a norm is defined: by what it does to a stack of vectors. `fromRule` (regularizer.ts) makes the public object of it: lists of tensors, axes,
 * dtypes, checks of NaN and radius, and whichever of `project` and `prox` is missing, by Moreau's identity with the dual, or by a safeguarded
 * scalar root.
 */
import type { Tensor } from '../tensor/index.js'

/**
 * X is [count, n]: contiguous, f32 or f64, finite and, except in `value`, detached; n may be 0. Results are new tensors of the same dtype and shape ([count] for
 * `value`). Radius and t are finite, 0 or more.
 */
export interface VectorRule {
  readonly name: string
  readonly isConvex: boolean
  /** Norms: positive homogeneous, convex. */
  readonly isNorm: boolean
  /** Differentiable, [count, n] -> [count]. */
  value(X: Tensor): Tensor
  project?(X: Tensor, radius: number): Tensor
  prox?(X: Tensor, t: number): Tensor
  steepest?(X: Tensor): Tensor
  /** Called at most once per norm. */
  dual?(): VectorRule
}

/** As `VectorRule` for norms of matrices: X is [count, m, n]. */
export type MatrixRule = VectorRule & { readonly matrix: true }
