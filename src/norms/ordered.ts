/** Norms of elements in order of size: the ordered weighted l1 norm. */
import { UsageError } from '../core/index.js'
import { abs, cumsum, div, max, mul, sort, sum, type Tensor, tensor, to } from '../tensor/index.js'
import { empty, view } from '../tensor/internal.js'
import type { Norm } from './norm.js'
import { fromRule } from './regularizer.js'
import { lengthOf } from './rows.js'
import type { VectorRule } from './rule.js'

/**
 * The ordered weighted l1 norm: w[0] times the largest size, w[1] times the next, and so on (OWL, the SLOPE penalty). Weights do not increase, none
 * is negative, the first is positive, and 0 stands for those that are not given: k ones make the sum of the k largest, whose dual is max(linf, l1 / k).
 *
 * `prox` is exact, by pooling adjacent violators of the sorted sizes less their weights; `project` follows from it by a scalar root. The dual's value
 * is the largest of (sum of the k largest sizes) / (sum of the first k weights). Gradient: sign(x) times the weight of its place.
 * Throws UsageError for other weights.
 *
 * Source: Bogdan et al. 2015, "SLOPE"; Zeng & Figueiredo 2014, "The ordered weighted l1 norm".
 *
 * @example
 * orderedL1([2, 1]).value(tensor([1, -3])) // 7
 */
export function orderedL1(weights: readonly number[]): Norm {
  const bad = weights.findIndex((w, i) => !(w >= 0 && w < Infinity && (i === 0 || w <= weights[i - 1]!)))
  if (bad >= 0 || !(weights[0]! > 0))
    throw new UsageError(
      `orderedL1: weights ${bad > 0 ? `${weights[bad - 1]} and then ${weights[bad]}` : `from ${weights[0]} on`}; expected finite ones that do not increase, the first above 0.`,
    )
  const w = Float64Array.from(weights)
  const name = `orderedL1(${weights.join(', ')})`
  const rule = {
    name,
    isConvex: true,
    isNorm: true,
    value(X: Tensor): Tensor {
      const sorted = descending(X)
      return sum(mul(sorted, padded(w, X)), { axis: 1 })
    },
    prox: (X: Tensor, t: number) => eachRow(X, (x) => shrink(x, w, t)),
    dual: () => dual,
  } as const
  const dual: VectorRule = {
    name: `${name}.dual`,
    isConvex: true,
    isNorm: true,
    value: (X) =>
      X.size === 0
        ? sum(X, { axis: 1 })
        : max(div(cumsum(descending(X), { axis: 1 }), cumsum(padded(w, X))), { axis: 1 }),
    dual: () => rule,
  }
  return fromRule(rule)
}

const descending = (X: Tensor): Tensor => sort(abs(X), { axis: 1, descending: true }).values

/** The weights of n places, in X's type. */
function padded(w: Float64Array, X: Tensor): Tensor {
  const n = X.shape[1]!
  const whole = new Float64Array(n)
  whole.set(w.subarray(0, n))
  return tensor(whole, { dtype: X.dtype })
}

/** Each row in f64, and back. */
export function eachRow(X: Tensor, work: (x: Float64Array) => Float64Array): Tensor {
  const out = empty('f64', X.shape)
  const from = Float64Array.from(view(X))
  const n = lengthOf(X)
  for (let start = 0; start < from.length; start += n) {
    const row = work(from.subarray(start, start + n))
    ;(view(out) as Float64Array).set(row, start)
  }
  return to(out, X.dtype)
}

/** Places of the elements, largest size first, of equals the first. */
export const bySize = (x: Float64Array): number[] =>
  Array.from(x.keys()).sort((i, j) => Math.abs(x[j]!) - Math.abs(x[i]!) || i - j)

/** The proximal step: sizes less t w, made not to increase by means of blocks, and not negative. */
function shrink(x: Float64Array, w: Float64Array, t: number): Float64Array {
  const order = bySize(x)
  const [sums, sizes]: [number[], number[]] = [[], []]
  for (const [rank, place] of order.entries()) {
    let [total, size] = [Math.abs(x[place]!) - t * (w[rank] ?? 0), 1]
    while (sums.length > 0 && sums.at(-1)! / sizes.at(-1)! <= total / size) {
      total += sums.pop()!
      size += sizes.pop()!
    }
    sums.push(total)
    sizes.push(size)
  }
  const out = new Float64Array(x.length)
  let rank = 0
  for (const [block, size] of sizes.entries()) {
    const mean = Math.max(0, sums[block]! / size)
    for (let i = 0; i < size; i++, rank++) out[order[rank]!] = Math.sign(x[order[rank]!]!) * mean
  }
  return out
}
