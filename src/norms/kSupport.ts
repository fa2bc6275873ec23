/** The k-support norm: the tightest convex stand-in for few elements of limited length. */
import { UsageError } from '../core/index.js'
import { abs, concat, norm, reshape, slice, sort, sum, type Tensor } from '../tensor/index.js'
import { view } from '../tensor/internal.js'
import type { Norm } from './norm.js'
import { eachRow } from './ordered.js'
import { fromRule } from './regularizer.js'
import { decreasingRoot } from './root.js'
import type { VectorRule } from './rule.js'

/**
 * The norm whose unit ball is the convex hull of vectors of at most k elements that are not 0, of length 1 at most: `l1` for k = 1, `l2` for k = n.
 * Dual: the length of the k largest elements. `project` and `prox` find two nested scalar roots, to 2^-48.
 * Gradient: that of the formula, with the split of the sizes as it is. Throws UsageError unless k is a whole number from 1 on.
 *
 * Source: Argyriou, Foygel & Srebro 2012, "Sparse prediction with the k-support norm"; McDonald, Pontil & Stamos 2016 for the projection.
 *
 * @example
 * kSupport(1).value(tensor([1, -2])) // 3
 * kSupport(2).value(tensor([3, -4])) // 5
 */
export function kSupport(k: number): Norm {
  if (!Number.isSafeInteger(k) || k < 1) throw new UsageError(`kSupport: k ${k}; expected a whole number from 1 on.`)
  const rule: VectorRule & { readonly isNorm: true } = {
    name: `kSupport(${k})`,
    isConvex: true,
    isNorm: true,
    value: (X) => perRow(X, (sizes) => lengthOf(sizes, k)),
    project: (X, radius) => eachRow(X, (x) => projectOne(x, k, radius)),
    prox: (X, t) => eachRow(X, (x) => proxOne(x, k, t)),
    dual: () => dual,
  }
  const dual: VectorRule & { readonly isNorm: true } = {
    name: `kSupport(${k}).dual`,
    isConvex: true,
    isNorm: true,
    value: (X) => perRow(X, (sizes) => norm(slice(sizes, { stop: k }))),
    dual: () => rule,
  }
  return fromRule(rule)
}

/** A value for each row, from its sizes in descending order. */
function perRow(X: Tensor, value: (sizes: Tensor) => Tensor): Tensor {
  const sorted = sort(abs(X), { axis: 1, descending: true }).values
  const rows = Array.from({ length: X.shape[0]! }, (_, i) => reshape(value(slice(sorted, i)), [1]))
  return rows.length === 0 ? sum(X, { axis: 1 }) : concat(rows)
}

/** The first `head` sizes are alone; the others count as their sum, spread over what is left of k. */
function lengthOf(sizes: Tensor, k: number): Tensor {
  if (sizes.size <= k) return norm(sizes)
  const head = headOf(Float64Array.from(view(sizes)), k)
  const tail = reshape(sum(slice(sizes, { start: head })), [1])
  const spread = reshape(norm(tail), [1]).mul(1 / Math.sqrt(k - head))
  return norm(concat([slice(sizes, { stop: head }), spread]))
}

/** How many of the largest exceed what the mean of the rest over k - head places is; fewer than k. */
function headOf(sizes: Float64Array, k: number): number {
  let rest = sizes.reduce((a, b) => a + b, 0)
  let head = 0
  while (head < k - 1 && sizes[head]! > rest / (k - head)) rest -= sizes[head++]!
  return head
}

/** The norm of numbers. */
function measure(x: Float64Array, k: number): number {
  const sizes = x.map(Math.abs).sort().reverse()
  if (sizes.length <= k) return Math.hypot(...sizes)
  const head = headOf(sizes, k)
  const tail = sizes.subarray(head).reduce((a, b) => a + b, 0)
  return Math.hypot(...sizes.subarray(0, head), tail / Math.sqrt(k - head))
}

/**
 * The square is the least sum of x^2 / theta over 0 <= theta <= 1 that sum to k; so the nearest point is theta x / (theta + lambda), with theta =
 * alpha |x| - lambda held between 0 and 1, alpha such that they sum to k, and lambda such that the norm is the radius.
 */
function projectOne(x: Float64Array, k: number, radius: number): Float64Array {
  const most = x.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  const unit = x.map((one) => one / most)
  const target = radius / most
  if (most === 0 || measure(unit, k) <= target) return x
  const at = (log: number): Float64Array => shrunk(unit, k, Math.exp(log))
  const excess = (log: number): number => measure(at(log), k) - target
  let [low, high] = [0, 0]
  while (excess(high) > 0 && high < 600) high += 4
  while (excess(low) <= 0 && low > -600) low -= 4
  return at(decreasingRoot(excess, low, high, 0, 2 ** -48)).map((one) => one * most)
}

/** The proximal step of t times the norm is that of lambda / 2 times its square, with lambda times the norm of what it gives = t. */
function proxOne(x: Float64Array, k: number, t: number): Float64Array {
  const most = x.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  const unit = x.map((one) => one / most)
  const target = t / most
  const largest = unit.map(Math.abs).sort().reverse().subarray(0, k)
  if (most === 0 || Math.hypot(...largest) <= target) return new Float64Array(x.length)
  const at = (log: number): Float64Array => shrunk(unit, k, Math.exp(log))
  const missing = (log: number): number => target - Math.exp(log) * measure(at(log), k)
  let [low, high] = [0, 0]
  while (missing(high) > 0 && high < 600) high += 4
  while (missing(low) <= 0 && low > -600) low -= 4
  return at(decreasingRoot(missing, low, high, 0, 2 ** -48)).map((one) => one * most)
}

/** The proximal step of lambda / 2 times the square, for sizes up to 1. */
function shrunk(x: Float64Array, k: number, lambda: number): Float64Array {
  const alpha = x.length <= k ? Infinity : Math.exp(slopeOf(x, k, lambda))
  return x.map((one) => {
    const theta = one === 0 ? 0 : Math.min(1, Math.max(0, alpha * Math.abs(one) - lambda))
    return (theta / (theta + lambda)) * one
  })
}

/** The logarithm of alpha. */
function slopeOf(x: Float64Array, k: number, lambda: number): number {
  // Against the sign: the sum grows with alpha.
  const missing = (log: number): number => {
    const alpha = Math.exp(log)
    let sum = 0
    for (const one of x) sum += Math.min(1, Math.max(0, alpha * Math.abs(one) - lambda))
    return k - sum
  }
  const nonzero = x.reduce((n, one) => n + Number(one !== 0), 0)
  let [low, high] = [Math.log(lambda), Math.log(1 + lambda)]
  while (missing(high) > 0 && high < 700) high += 4
  if (nonzero <= k && missing(high) > 0) return 700
  low = Math.min(low, high)
  return decreasingRoot(missing, low, high, 0, 2 ** -50)
}
