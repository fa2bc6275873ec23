/** (sum |x|^p)^(1/p): norms for p >= 1, below that what favours zeros even more than l1. */
import { UsageError } from '../core/index.js'
import { norm } from '../tensor/index.js'
import { l1Rule, linfRule } from './l1.js'
import { l2Rule } from './l2.js'
import { projectPowers } from './lpBall.js'
import type { Norm, Regularizer } from './norm.js'
import { fromRule } from './regularizer.js'
import type { VectorRule } from './rule.js'

/** The rule of `lp(p)`, p >= 1; 1, 2 and Infinity are the closed forms. */
export function lpRule(p: number): VectorRule & { readonly isNorm: true } {
  if (p === 1) return l1Rule
  if (p === 2) return l2Rule
  if (p === Infinity) return linfRule
  return {
    name: `lp(${p})`,
    order: p,
    isConvex: true,
    isNorm: true,
    value: (X) => norm(X, { axis: 1, ord: p }),
    project: (X, radius) => projectPowers(X, radius, p, null),
    dual: () => lpRule(p / (p - 1)),
  }
}

/** 0 < p < 1: neither convex nor, with sums of many, a norm. */
const quasiRule = (p: number): VectorRule => ({
  name: `lp(${p})`,
  isConvex: false,
  isNorm: false,
  order: p,
  value: (X) => norm(X, { axis: 1, ord: p }),
  project() {
    throw new UsageError(
      `lp(${p}).project: no method is known that finds a nearest point for p < 1. Try l0, l1 or rescale.`,
    )
  },
  prox() {
    throw new UsageError(
      `lp(${p}).prox: no method is known for p < 1. Try sumOfPowers(${p}), the same without the root.`,
    )
  },
})

/**
 * (sum |x|^p)^(1/p), p > 0. `lp(1)`, `lp(2)` and `lp(Infinity)` are `l1`, `l2` and `linf`. Other p >= 1 are projected by Newton's method in every
 * element inside a scalar root (to 2^-48 of the multiplier), and `prox` follows from the dual `lp(p / (p - 1))`; both cost some hundred powers
 * for each element. For p < 1 it is a Regularizer: it has a value, and `project` and `prox` throw UsageError, because no method is known.
 *
 * Gradient: sign(x) (|x| / value)^(p - 1); 0 at elements that are 0, also for p < 1, and where the value is 0.
 * Throws UsageError unless p > 0.
 *
 * @example
 * lp(3).value(tensor([3, 4, 5])) // 6
 */
export function lp<P extends number>(p: P): Lp<P>
export function lp(p: number): Norm | Regularizer {
  if (!(p > 0))
    throw new UsageError(`lp: p ${p}; expected a number above 0, or Infinity. Try l0 to count what is not 0.`)
  return p >= 1 ? fromRule(lpRule(p)) : fromRule(quasiRule(p))
}

/** What `lp(p)` is, as far as types can tell: a Norm for numbers written out that are 1 or more. */
export type Lp<P extends number> = number extends P
  ? Norm | Regularizer
  : `${P}` extends `0${string}` | `-${string}` | `${string}e-${string}`
    ? Regularizer
    : Norm
