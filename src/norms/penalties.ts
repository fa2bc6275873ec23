/** What penalizes without being a norm: the elastic net, sums of powers, squared norms. */
import { UsageError } from '../core/index.js'
import { add, eq, mul, norm, pow, square, sum, type Tensor, to, where } from '../tensor/index.js'
import { empty, view } from '../tensor/internal.js'
import { eachInF64, measure } from './complete.js'
import type { Norm, Regularizer } from './norm.js'
import { fromRule, ruleOf } from './regularizer.js'
import { decreasingRoot } from './root.js'
import { scaleRows, soft } from './rows.js'
import type { CompleteNormRule, VectorRule } from './rule.js'

/** The weights of an elastic net; 1 each. */
export interface ElasticNetOptions {
  /** Of the sum of sizes. */
  readonly l1?: number | undefined
  /** Of half the sum of squares. */
  readonly l2?: number | undefined
}

/**
 * l1 ||x||_1 + l2 / 2 ||x||_2^2. `prox` shrinks and scales, in closed form; `project` takes the proximal step whose value is the radius, to 2^-50
 * of the step. scikit-learn's `alpha` and `l1_ratio` are l1 = alpha l1_ratio and l2 = alpha (1 - l1_ratio). Throws UsageError for weights that are negative
 * or not finite, or both 0.
 *
 * @example
 * elasticNet({ l1: 1, l2: 1 }).prox(tensor([3, -0.5]), 1) // [1, 0]
 */
export function elasticNet({ l1 = 1, l2 = 1 }: ElasticNetOptions = {}): Regularizer {
  for (const [name, weight] of Object.entries({ l1, l2 }))
    if (!(weight >= 0 && weight < Infinity))
      throw new UsageError(`elasticNet: ${name} ${weight}; expected a finite number from 0 on.`)
  if (l1 === 0 && l2 === 0) throw new UsageError('elasticNet: l1 and l2 are 0; expected one of them above 0.')
  return fromRule({
    name: `elasticNet(${l1}, ${l2})`,
    entrywise: { l1, l2 },
    isConvex: true,
    isNorm: false,
    value: (X) => add(mul(norm(X, { axis: 1, ord: 1 }), l1), mul(sum(square(X), { axis: 1 }), l2 / 2)),
    prox: (X, t) => each(soft(X, t * l1), [1, 1 + t * l2]),
  })
}

/** Every item of a stack times a / b. */
const each = (X: Tensor, factor: readonly [number, number]): Tensor =>
  scaleRows(X, new Array<readonly [number, number]>(X.shape[0]!).fill(factor))

/**
 * sum |x|^p, 0 < p < 1. `prox` is exact: 0 up to a threshold, above it Newton's method; at the threshold itself, where two points are as good, 0.
 * There is no method for `project`. Throws UsageError for other p.
 *
 * Source: Marjanovic & Solo, IEEE Trans. Signal Process. 60 (2012), "On l_q optimization and matrix completion", theorem 1; for p = 1/2 it is the
 * half thresholding of Xu et al. 2012.
 */
export function sumOfPowers(p: number): Regularizer {
  if (!(p > 0 && p < 1)) throw new UsageError(`sumOfPowers: p ${p}; expected a number between 0 and 1. Try l1.`)
  return fromRule({
    name: `sumOfPowers(${p})`,
    isConvex: false,
    isNorm: false,
    value(X) {
      // By the quasi-norm, whose gradient is 0 at zeros; apart where it is 0 itself, because no power has a slope there.
      const length = norm(X, { axis: 1, ord: p })
      const isZero = eq(length, 0)
      return where(isZero, 0, pow(where(isZero, 1, length), p))
    },
    prox: (X, t) => shrinkPowers(X, t, p),
    project() {
      throw new UsageError(`sumOfPowers(${p}).project: no method is known. Try l0 or l1.`)
    },
  })
}

function shrinkPowers(X: Tensor, t: number, p: number): Tensor {
  const out = empty('f64', X.shape)
  const from = view(to(X, 'f64'))
  const into = view(out)
  // Below `least` the penalized square is concave; at `threshold` its two minima, 0 and the other, are equal.
  const least = (2 * t * (1 - p)) ** (1 / (2 - p))
  const threshold = least + t * p * least ** (p - 1)
  for (const [i, x] of from.entries()) into[i] = Math.sign(x) * shrinkOne(Math.abs(x), t * p, p, threshold)
  return to(out, X.dtype)
}

/** The larger root of y + tp y^(p - 1) = size, from the right, where it is convex. */
function shrinkOne(size: number, tp: number, p: number, threshold: number): number {
  if (size <= threshold) return 0
  let y = size
  for (let step = 0; step < 100; step++) {
    const power = tp * y ** (p - 1)
    const change = (y + power - size) / (1 + (p - 1) * (power / y))
    y -= change
    if (!(change > 2 ** -52 * y)) break
  }
  return y
}

/**
 * ||x||^2: the square of a norm (of `l2`: weight decay, without its half). `project` with radius r is the norm's with sqrt(r). `prox` is the norm's with the
 * step s for which s = 2 t ||prox(x, s)||, found to 2^-50 of itself; for `l2`, x / (1 + 2 t).
 *
 * Gradient: 2 ||x|| times the norm's.
 *
 * @example
 * squared(l2).prox(tensor([3, -6]), 1) // [1, -2]
 */
export function squared(base: Norm): Regularizer {
  const rule = ruleOf(base)
  return fromRule({
    ...('matrix' in rule && { matrix: true }),
    ...('shaped' in rule && { shaped: true }),
    ...(rule.order === 2 && !('matrix' in rule) && !('shaped' in rule) && { entrywise: { l1: 0, l2: 2 } }),
    name: `squared(${base.name})`,
    isConvex: true,
    isNorm: false,
    value: (X) => square(rule.value(X)),
    project: (X, radius) => rule.project(X, Math.sqrt(radius)),
    prox: (X, t) => (rule.order === 2 ? each(X, [1, 1 + 2 * t]) : eachInF64(X, (x) => proxSquare(rule, x, t))),
  } as VectorRule)
}

function proxSquare(rule: CompleteNormRule, x: Tensor, t: number): Tensor {
  const length = measure(rule, x)
  if (length === 0) return x
  const excess = (s: number): number => 2 * t * measure(rule, rule.prox(x, s)) - s
  return rule.prox(x, decreasingRoot(excess, 0, 2 * t * length))
}
