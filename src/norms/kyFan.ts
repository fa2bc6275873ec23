/**
 * The sum of the k largest sizes of a vector, and its dual, the larger of the largest size and the sum of all divided by k: what Ky Fan's norms
 * of matrices are of singular values.
 *
 * Both balls have exact projections: along the multiplier the solution moves on straight pieces, whose ends are found by walking the sorted
 * sizes once. Source: Wu, Ding, Sun & Toh 2014, "On the Moreau-Yosida regularization of the vector k-norm related functions".
 */
import { abs, ge, mul, norm, sum, type Tensor, to, topk, where } from '../tensor/index.js'
import { copyOf, tidy, view } from '../tensor/internal.js'
import type { VectorRule } from './rule.js'

/** The sum of the k largest sizes, of all where there are fewer. Gradient: signs at the first k of the largest. */
export function topSum(k: number): VectorRule {
  return {
    name: `topSum(${k})`,
    isConvex: true,
    isNorm: true,
    value: (X) => sum(topk(abs(X), Math.min(k, X.shape[1]!)).values, { axis: 1 }),
    project: (X, radius) => eachRow(X, (x) => projectTopSum(x, Math.min(k, x.length), radius)),
    steepest: (X) => eachRow(X, (x) => steepestTopSum(x, Math.min(k, x.length))),
    dual: () => topSumDual(k),
  }
}

/** max(|x|_inf, |x|_1 / k): its ball are the vectors within a box and within an l1 ball. Gradient: of the larger, of linf where they are equal. */
function topSumDual(k: number): VectorRule {
  return {
    name: `topSum(${k}).dual`,
    isConvex: true,
    isNorm: true,
    value(X) {
      const largest = norm(X, { axis: 1, ord: Infinity })
      const mean = mul(norm(X, { axis: 1, ord: 1 }), 1 / k)
      return where(ge(largest, mean), largest, mean)
    },
    project: (X, radius) => eachRow(X, (x) => projectBoxSum(x, k, radius)),
    steepest: (X) => eachRow(X, (x) => steepestDual(x, k)),
    dual: () => topSum(k),
  }
}

/** Changes each row of a copy in place, in f64. */
function eachRow(X: Tensor, change: (x: Float64Array) => void): Tensor {
  return tidy(() => {
    const Y = X.dtype === 'f64' ? copyOf(X) : to(X, 'f64')
    const n = X.shape[1]!
    const values = view(Y) as Float64Array
    for (let i = 0; i < values.length; i += n) change(values.subarray(i, i + n))
    return to(Y, X.dtype)
  })
}

/** Sizes, largest first. */
const sizesOf = (x: Float64Array): Float64Array => x.map(Math.abs).sort().reverse()

function total(a: Float64Array, from: number, to: number): number {
  let all = 0
  for (let i = from; i < to; i++) all += a[i]!
  return all
}

/**
 * Onto {sum of the k largest sizes <= r}. With a multiplier t sizes become max(theta, a - t) above theta and stay below it: the first k0 are
 * lowered by t, those from k0 up to k1 meet at theta, where they share (k - k0) t.
 */
function projectTopSum(x: Float64Array, k: number, r: number): void {
  const a = sizesOf(x)
  if (total(a, 0, k) <= r) return
  const { u, theta } = limits(a, k, r)
  // a - t as (a - a[0]) + u: for sizes far above the radius t alone has no digits left for it.
  for (let i = 0; i < x.length; i++) {
    const size = Math.abs(x[i]!)
    if (size > theta) x[i] = Math.sign(x[i]!) * Math.max(theta, size - a[0]! + u)
  }
}

/** theta, and u = a[0] - t, for descending sizes whose first k sum to more than r. */
function limits(a: Float64Array, k: number, r: number): { u: number; theta: number } {
  const [n, top] = [a.length, a[0]!]
  let [k0, k1] = [k - 1, k]
  let middle = a[k0]!
  let above = total(a, 0, k0) - k0 * top
  for (;;) {
    const [c, h] = [k1 - k0, k - k0]
    const { t } = solve(k0, c, h, middle, above, top, r)
    const joinsAbove = k0 > 0 && k1 > k ? (a[k0 - 1]! * c - middle) / (k1 - k) : Infinity
    const joinsBelow = (middle - (k1 < n ? a[k1]! : 0) * c) / h
    if (t <= Math.min(joinsAbove, joinsBelow)) {
      const exact = a.subarray(0, k0).map((size) => size - top)
      return solve(k0, c, h, total(a, k0, k1), total(exact, 0, k0), top, r)
    }
    if (joinsAbove <= joinsBelow) {
      k0--
      middle += a[k0]!
      above -= a[k0]! - top
    } else if (k1 < n) middle += a[k1++]!
    else return { u: softLimit(a, k0, r), theta: 0 }
  }
}

/** The two conditions of a piece: the k largest sum to r, and what the middle loses is its share of t. */
function solve(
  k0: number,
  c: number,
  h: number,
  middle: number,
  above: number,
  top: number,
  r: number,
): { u: number; t: number; theta: number } {
  if (k0 === 0) {
    // None above: all that exceed theta meet there.
    const theta = r / h
    return { u: -Infinity, t: (middle - c * theta) / h, theta }
  }
  const theta = (middle - h * (top - (r - above) / k0)) / (c + (h * h) / k0)
  const u = (r - above - h * theta) / k0
  return { u, t: top - u, theta }
}

/** u = a[0] - t where the sizes above t, less t, sum to r. */
function softLimit(a: Float64Array, most: number, r: number): number {
  let [u, sum] = [r, 0]
  for (let j = 1; j < most; j++) {
    const next = a[j]! - a[0]!
    if (next + u <= 0) break
    sum += next
    u = (r - sum) / (j + 1)
  }
  return u
}

/** Onto {sizes <= r, their sum <= k r}: sizes less lambda, held between 0 and r. */
function projectBoxSum(x: Float64Array, k: number, r: number): void {
  const n = x.length
  const a = sizesOf(x)
  const capped = total(
    a.map((size) => Math.min(size, r)),
    0,
    n,
  )
  // Counted from the k-th size, which lambda is near to: so sizes far above the radius keep their digits.
  const origin = capped <= k * r ? 0 : a[k - 1]!
  const shift = capped <= k * r ? 0 : boxShift(a, k, r, origin)
  for (let i = 0; i < n; i++) x[i] = Math.sign(x[i]!) * Math.min(r, Math.max(0, Math.abs(x[i]!) - origin - shift))
}

/** lambda - origin for descending sizes: the first p are at r, from q on at 0. */
function boxShift(a: Float64Array, k: number, r: number, origin: number): number {
  let [p, q] = [0, a.length]
  while (p < q && a[p]! >= r) p++
  let between = total(a, p, q)
  for (;;) {
    // Where none lie between, the sum is p r <= k r for every lambda up to the next end.
    if (p === q && p <= k) return a[p - 1]! - origin - r
    const lambda = (between - (k - p) * r) / (q - p)
    const next = Math.min(p > 0 ? a[p - 1]! - r : Infinity, q > p ? a[q - 1]! : Infinity)
    if (q > p && lambda <= next) {
      const exact = a.subarray(p, q).map((size) => size - origin)
      return (total(exact, 0, q - p) - (k - p) * r) / (q - p)
    }
    if (p > 0 && a[p - 1]! - r === next) between += a[--p]!
    else between -= a[--q]!
  }
}

/** Of the dual's two parts the larger decides: all on the largest, or equal sizes everywhere. */
function steepestTopSum(g: Float64Array, k: number): void {
  const a = g.map(Math.abs)
  const largest = a.reduce((most, size) => Math.max(most, size), 0)
  const isSpread = total(a, 0, a.length) / k > largest
  const first = a.indexOf(largest)
  for (let i = 0; i < g.length; i++) g[i] = isSpread ? Math.sign(g[i]!) / k : i === first ? Math.sign(g[i]!) : 0
}

/** Signs at the k largest, of equals the first. */
function steepestDual(g: Float64Array, k: number): void {
  const order = Array.from(g.keys()).sort((i, j) => Math.abs(g[j]!) - Math.abs(g[i]!) || i - j)
  for (const [rank, i] of order.entries()) g[i] = rank < k ? Math.sign(g[i]!) : 0
}
