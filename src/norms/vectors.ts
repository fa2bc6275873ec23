/** Norms of vectors as objects. */
import { l0Rule } from './l0.js'
import { l1Rule, linfRule } from './l1.js'
import { l2Rule } from './l2.js'
import type { Norm, Regularizer } from './norm.js'
import { fromRule } from './regularizer.js'

/**
 * The sum of sizes: sparsity, lasso. Dual: `linf`. `project` finds the threshold in expected linear time, `prox` is the soft threshold.
 * Gradient: sign(x), 0 at 0. `steepest`: the sign of the first of the largest elements.
 *
 * Source: Condat 2016, "Fast projection onto the simplex and the l1 ball"; thresholds by Newton's method, kept in f64.
 *
 * @example
 * l1.project(tensor([3, -1]), 2) // [2, 0]
 */
export const l1: Norm = fromRule(l1Rule)

/**
 * The Euclidean length; of a matrix its Frobenius norm. Its own dual. Neither overflows nor underflows on the way. Gradient: x / ||x||, 0 at 0.
 *
 * @example
 * l2.project(tensor([3, 4]), 1) // [0.6, 0.8]
 */
export const l2: Norm = fromRule(l2Rule)

/**
 * The largest size: weight clipping. Dual: `l1`. `project` clips. `steepest` is sign(g), with 0 where g is 0. Gradient: the sign at the first of the
 * largest elements.
 *
 * @example
 * linf.project(tensor([3, -0.5]), 1) // [1, -0.5]
 */
export const linf: Norm = fromRule(linfRule)

/**
 * The number of elements that are not 0: pruning. `project` keeps the floor(radius) elements largest in size, of equals the first, found by
 * selection; `prox` keeps what is larger than sqrt(2 t) in size, and zeroes an element of just that size, for which both are as good. Not convex.
 * Gradient: 0.
 *
 * @example
 * l0.project(tensor([1, -3, 2]), 2) // [0, -3, 2]
 */
export const l0: Regularizer = fromRule(l0Rule)
