/**
 * Norms of matrices as objects: norms of singular values. A tensor is seen as [shape[0], product of the rest]; with `axis: [rows, columns]` it is
 * a stack of matrices. What they share (dtypes, gradients, what counts as zero) stands at `lift`.
 */
import { UsageError } from '../core/index.js'
import type { Tensor } from '../tensor/index.js'
import { dualOf } from './complete.js'
import { topSum } from './kyFan.js'
import { l0Rule } from './l0.js'
import { linfRule } from './l1.js'
import { l2Rule } from './l2.js'
import { lift } from './lift.js'
import { type Lp, lp, lpRule } from './lp.js'
import { type NewtonSchulzOptions, newtonSchulz } from './newtonSchulz.js'
import type { AlongOptions, Norm, Regularizer } from './norm.js'
import { fromRule, ruleOf } from './regularizer.js'
import type { VectorRule } from './rule.js'

/** The lift of a norm's rule, with the lift of its dual. */
function liftNorm(rule: VectorRule, name: string, dualName: string): Norm {
  const dual = (): VectorRule => lift(dualOf(rule), { name: dualName })
  return fromRule({ ...lift(rule, { name, dual }), isNorm: true })
}

/**
 * The square root of the sum of squares: `l2` of the elements, which is that of the singular values too. Its own dual.
 */
export const frobenius: Norm = fromRule(frobeniusRule())

function frobeniusRule(): VectorRule & { readonly isNorm: true } {
  const rule: VectorRule & { readonly isNorm: true } = { ...l2Rule, name: 'frobenius', dual: () => rule }
  return rule
}

/** How `spectral.steepest` is computed. */
export interface SpectralSteepestOptions extends AlongOptions, NewtonSchulzOptions {
  /** `svd`, the default, is exact; `newton-schulz` is `newtonSchulz(g, { steps, polish })`, of one matrix, whose error stands there. */
  readonly method?: 'svd' | 'newton-schulz'
}

export interface SpectralNorm extends Norm {
  steepest(g: Tensor, options?: SpectralSteepestOptions): Tensor
  steepest(g: readonly Tensor[]): Tensor[]
}

/**
 * The largest singular value: the most by which the matrix lengthens a vector. `project` clips singular values. `steepest` is U V^T, the polar
 * factor, by the SVD or by `newtonSchulz`. Dual: `nuclear`. Gradient: U_1 V_1^T of the first pair.
 *
 * @example
 * spectral.project(tensor([[3, 0], [0, 0.5]]), 1) // [[1, 0], [0, 0.5]]
 */
export const spectral: SpectralNorm = withMethods(liftNorm(linfRule, 'spectral', 'nuclear'))

/** The same object, whose `steepest` has a choice of methods. */
function withMethods(norm: Norm): SpectralNorm {
  const exact = norm.steepest
  const steepest = (g: Tensor, options: SpectralSteepestOptions = {}): Tensor => {
    const { method = 'svd', ...rest } = options
    if (method === 'svd') return exact(g, rest)
    if (method === 'newton-schulz') return newtonSchulz(g, rest)
    throw new UsageError(`spectral.steepest: method ${JSON.stringify(method)}; expected 'svd' or 'newton-schulz'.`)
  }
  return Object.assign(norm, { steepest: steepest as SpectralNorm['steepest'] })
}

/**
 * The sum of singular values, the convex stand-in for the rank. `prox` lowers singular values by t and drops those below it. Dual: `spectral`.
 * Gradient: U V^T of the singular pairs that are not zero.
 *
 * @example
 * nuclear.prox(tensor([[3, 0], [0, 0.5]]), 1) // [[2, 0], [0, 0]]
 */
export const nuclear: Norm = spectral.dual

/**
 * Ky Fan's norm: the sum of the k largest singular values, of all where there are fewer. `kyFan(1)` is `spectral`. The dual's value is
 * max(spectral, nuclear / k). Gradient: U V^T of the first k pairs. Throws UsageError unless k is a whole number from 1 on.
 */
export function kyFan(k: number): Norm {
  if (!Number.isSafeInteger(k) || k < 1)
    throw new UsageError(`kyFan: k = ${k}; expected a whole number from 1 on, of singular values that are summed.`)
  return k === 1 ? spectral : liftNorm(topSum(k), `kyFan(${k})`, `dual(kyFan(${k}))`)
}

/**
 * Schatten's norm: `lp(p)` of the singular values. `schatten(1)`, `schatten(2)` and `schatten(Infinity)` are `nuclear`, `frobenius` and `spectral`.
 * For p < 1 it is a Regularizer: it has a value, and `project` and `prox` throw UsageError, because no method is known. Dual: `schatten(p / (p - 1))`.
 * Throws UsageError unless p > 0.
 *
 * @example
 * schatten(3).value(tensor([[3, 0, 0], [0, 4, 0], [0, 0, 5]])) // 6
 */
export function schatten<P extends number>(p: P): Lp<P>
export function schatten(p: number): Norm | Regularizer {
  if (p === 1) return nuclear
  if (p === 2) return frobenius
  if (p === Infinity) return spectral
  if (!(p > 0)) throw new UsageError(`schatten: p ${p}; expected a number above 0, or Infinity. Try rank for 0.`)
  if (p > 1) return liftNorm(lpRule(p), `schatten(${p})`, `schatten(${p / (p - 1)})`)
  const name = `schatten(${p})`
  const none = (op: string) => (): never => {
    throw new UsageError(`${name}.${op}: no method is known for p < 1. Try nuclear or rank.`)
  }
  return fromRule({ ...lift(ruleOf(lp(p)), { name }), project: none('project'), prox: none('prox') })
}

/**
 * The number of singular values that are not zero, which are those above max(m, n) eps of the largest (eps of the dtype). `project` keeps the
 * floor(radius) largest singular values, the nearest matrix of that rank (Eckart & Young 1936), and leaves a matrix as it is whose rank is no more; of equal
 * singular values the first stay. `prox` keeps singular values above sqrt(2 t). Not convex. Gradient: 0.
 *
 * @example
 * rank.project(tensor([[3, 0], [0, 0.5]]), 1) // [[3, 0], [0, 0]]
 */
export const rank: Regularizer = fromRule(lift(l0Rule, { name: 'rank' }))
