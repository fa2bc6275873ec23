/** What a rule leaves out, by Moreau's identity with the dual, or by a scalar root; the gradient of the dual for the steepest direction. */
import { UsageError } from '../core/index.js'
import { concat, detach, enableGrad, grad, slice, sub, sum, type Tensor, to, zerosLike } from '../tensor/index.js'
import { copyOf, tidy, view } from '../tensor/internal.js'
import { decreasingRoot } from './root.js'
import type { CompleteNormRule, CompleteRule, VectorRule } from './rule.js'

const completed = new WeakMap<VectorRule, CompleteRule>()
const duals = new WeakMap<VectorRule, VectorRule>()

/** The dual of a norm's rule; of that the norm's again. Throws UsageError where none is known. */
export function dualOf(rule: VectorRule): VectorRule {
  let dual = duals.get(rule)
  if (dual === undefined) {
    if (rule.dual === undefined) throw new UsageError(`${rule.name}: no dual is known.`)
    dual = rule.dual()
    duals.set(rule, dual)
    if (!duals.has(dual)) duals.set(dual, rule)
  }
  return dual
}

/** The same rule with everything that can be had: the same object each time. A complete rule is its own. */
export function complete(rule: VectorRule & { readonly isNorm: true }): CompleteNormRule
export function complete(rule: VectorRule): CompleteRule
export function complete(rule: VectorRule): CompleteRule {
  let whole = completed.get(rule)
  if (whole === undefined) {
    whole = { ...formOf(rule), ...(rule.isNorm ? completeNorm(rule) : completeRegularizer(rule)) }
    completed.set(rule, whole)
    completed.set(whole, whole)
  }
  return whole
}

/** What X is, and which norm, as the rule has it. */
const formOf = (rule: VectorRule): object => ({
  ...('matrix' in rule && { matrix: true }),
  ...('shaped' in rule && { shaped: true }),
  ...(rule.order !== undefined && { order: rule.order }),
  ...(rule.entrywise !== undefined && { entrywise: rule.entrywise }),
})

function completeNorm(rule: VectorRule): CompleteNormRule {
  return {
    name: rule.name,
    isConvex: true,
    isNorm: true,
    value: (X) => rule.value(X),
    project: (X, radius) => (radius === 0 ? zerosLike(X) : projectNorm(rule, X, radius)),
    prox: (X, t) => (t === 0 ? copyOf(X) : proxNorm(rule, X, t)),
    steepest: (X) => (rule.steepest === undefined ? gradientOf(dualOf(rule), X) : rule.steepest(X)),
    dual: () => complete(dualOf(rule)) as CompleteNormRule,
  }
}

function projectNorm(rule: VectorRule, X: Tensor, radius: number): Tensor {
  if (rule.project !== undefined) return rule.project(X, radius)
  const dual = rule.dual === undefined ? undefined : dualOf(rule)
  // Moreau: x is the projection plus the dual's proximal step.
  if (dual?.prox !== undefined) return sub(X, dual.prox(X, radius))
  if (rule.prox !== undefined || dual?.project !== undefined) return projectByRoot(rule, X, radius)
  throw new UsageError(`${rule.name}.project: no method is known. Try rescale, which keeps the direction.`)
}

function proxNorm(rule: VectorRule, X: Tensor, t: number): Tensor {
  if (rule.prox !== undefined) return rule.prox(X, t)
  const dual = rule.dual === undefined ? undefined : dualOf(rule)
  if (dual?.project !== undefined) return sub(X, dual.project(X, t))
  if (dual?.prox !== undefined || rule.project !== undefined) return sub(X, projectByRoot(dualOf(rule), X, t))
  throw new UsageError(`${rule.name}.prox: no method is known.`)
}

function completeRegularizer(rule: VectorRule): CompleteRule {
  return {
    name: rule.name,
    isConvex: rule.isConvex,
    isNorm: false,
    value: (X) => rule.value(X),
    project(X, radius) {
      if (rule.project !== undefined) return rule.project(X, radius)
      if (rule.isConvex && rule.prox !== undefined) return projectByRoot(rule, X, radius)
      throw new UsageError(`${rule.name}.project: no method is known.`)
    },
    prox(X, t) {
      if (t === 0) return copyOf(X)
      if (rule.prox !== undefined) return rule.prox(X, t)
      throw new UsageError(`${rule.name}.prox: no method is known.`)
    },
  }
}

/** Each vector (matrix) of a stack by itself, in f64. `work` may return what it is given. */
export function eachInF64(X: Tensor, work: (x: Tensor) => Tensor): Tensor {
  const parts = Array.from({ length: X.shape[0]! }, (_, i) =>
    work(to(copyOf(slice(X, { start: i, stop: i + 1 })), 'f64')),
  )
  return parts.length === 0 ? copyOf(X) : to(concat(parts), X.dtype as 'f32')
}

/** The rule's value of a single vector, as a number. */
export const measure = (rule: VectorRule, x: Tensor): number => tidy(() => view(rule.value(x))[0]!)

/** Beyond this no longer step is tried. */
const longest = 2 ** 1000

/**
 * The proximal step whose value is the radius: value(prox(x, t)) decreases in t. In f64; the root is found from the side that lies inside, to 2^-50
 * of t.
 */
function projectByRoot(rule: VectorRule, X: Tensor, radius: number): Tensor {
  const prox = (x: Tensor, t: number): Tensor =>
    t === 0 ? x : rule.prox !== undefined ? rule.prox(x, t) : sub(x, dualOf(rule).project!(x, t))
  return eachInF64(X, (x) => {
    const excess = (t: number): number => tidy(() => measure(rule, prox(x, t)) - radius)
    if (excess(0) <= 0) return x
    let high = 1
    while (high < longest && excess(high) > 0) high *= 16
    return prox(x, decreasingRoot(excess, 0, high))
  })
}

/** The gradient of a rule's value at every vector. */
function gradientOf(rule: VectorRule, X: Tensor): Tensor {
  return enableGrad(() => grad((x) => sum(rule.value(x as Tensor)))(detach(X)) as Tensor)
}
