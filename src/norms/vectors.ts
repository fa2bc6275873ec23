/** Norms of vectors as objects. */
import { l1Rule, linfRule } from './l1.js'
import { l2Rule } from './l2.js'
import type { Norm } from './norm.js'
import { fromRule } from './regularizer.js'

/** The sum of sizes: sparsity, lasso. Dual: `linf`. */
export const l1: Norm = fromRule(l1Rule)

/** The Euclidean length; of a matrix its Frobenius norm. Its own dual. */
export const l2: Norm = fromRule(l2Rule)

/** The largest size: weight clipping. Dual: `l1`. */
export const linf: Norm = fromRule(linfRule)
