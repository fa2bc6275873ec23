/** Norms with a weight for every element. */
import { UsageError } from '../core/index.js'
import { broadcastTo, clamp, mul, reciprocal, reshape, type Tensor, tensor, to, toArray } from '../tensor/index.js'
import { checkTensor, describe, empty, type Shape, tidy, view } from '../tensor/internal.js'
import { projectPowers } from './lpBall.js'
import type { Norm } from './norm.js'
import { fromRule, ruleOf } from './regularizer.js'
import { lengthOf } from './rows.js'
import type { CompleteNormRule, ShapedRule } from './rule.js'
import { projectWeighted } from './weightedSum.js'

/** Off the tensors' memory, so that a norm lives as long as it likes. */
interface Weights {
  readonly values: Float64Array
  readonly shape: Shape
}

/**
 * ||w x||: `norm` of the elements times weights w, which broadcast to x's shape (with `axis`, to these axes). `norm` is `l1`, `l2`, `linf` or
 * `lp(p)`. Projections are exact for `l1` and `linf` and to 2^-48 of a multiplier for the others; `prox` follows from the dual,
 * `weighted(norm.dual, 1 / w)`. Weights are copied. Gradient, to x: w times the norm's at w x.
 *
 * Throws UsageError for weights that are not positive and finite, and for norms of matrices or groups, or with weights already, for which no method
 * is known. Not for lists of tensors.
 *
 * @example
 * weighted(linf, tensor([1, 2])).project(tensor([3, 3]), 1) // [1, 0.5]
 */
export function weighted(norm: Norm, w: Tensor): Norm {
  const rule = ruleOf(norm)
  checkTensor('weighted', w)
  if (rule.order === undefined)
    throw new UsageError(
      `weighted: no method is known for ${norm.name} with weights; expected l1, l2, linf or lp(p).${norm.name.startsWith('weighted') ? ' Try the product of the weights.' : ''}`,
    )
  const values = Float64Array.from(toArray(w) as ArrayLike<number>)
  const bad = values.findIndex((one) => !(one > 0 && one < Infinity))
  if (bad >= 0)
    throw new UsageError(
      `weighted: ${describe(w)} has the weight ${values[bad]} at element ${bad}; expected finite numbers above 0.`,
    )
  return fromRule(weightedRule(rule, { values, shape: [...w.shape] }))
}

function weightedRule(base: CompleteNormRule, weights: Weights): ShapedRule & { readonly isNorm: true } {
  const name = `weighted(${base.name})`
  const flat = (X: Tensor): Tensor => reshape(X, [X.shape[0]!, lengthOf(X)])
  return {
    name,
    shaped: true,
    isConvex: true,
    isNorm: true,
    value: (X) => base.value(flat(mul(X, to(fitted(name, weights, X), X.dtype)))),
    project: (X, radius) => projectBall(base.order!, fitted(name, weights, X), X, radius),
    dual: () => weightedRule(base.dual(), { ...weights, values: weights.values.map((one) => 1 / one) }),
  }
}

/** The weights, f64, in the shape of one item of the stack X. */
function fitted(name: string, { values, shape }: Weights, X: Tensor): Tensor {
  const inner = X.shape.slice(1)
  const lead = inner.length - shape.length
  if (lead < 0 || shape.some((size, i) => size !== 1 && size !== inner[lead + i]))
    throw new UsageError(
      `${name}: weights [${shape.join(', ')}] for elements [${inner.join(', ')}]; expected a shape that broadcasts to it.`,
    )
  return broadcastTo(tensor(values, { shape: [...shape], dtype: 'f64' }), inner)
}

function projectBall(order: number, W: Tensor, X: Tensor, radius: number): Tensor {
  if (order === Infinity)
    return tidy(() => to(clamp(to(X, 'f64'), mul(reciprocal(W), -radius), mul(reciprocal(W), radius)), X.dtype))
  const weights = toArray(W) as Float64Array
  if (order !== 1) return projectPowers(X, radius, order, weights)
  const [n, out] = [lengthOf(X), empty('f64', X.shape)]
  const from = Float64Array.from(view(X))
  for (let start = 0; start < from.length; start += n)
    view(out).set(projectWeighted(from.subarray(start, start + n), weights, radius), start)
  return to(out, X.dtype)
}
