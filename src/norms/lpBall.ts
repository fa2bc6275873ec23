/**
 * The nearest point of {sum (w |y|)^q <= radius^q}, 1 < q < Infinity, which has no closed form: y + lambda w^q |y|^(q - 1) = |x| for every
 * element, by Newton's method on a convex side, inside a scalar root for lambda. lambda is found to 2^-48 of itself.
 */
import { type Tensor, to } from '../tensor/index.js'
import { empty, view } from '../tensor/internal.js'
import { decreasingRoot } from './root.js'
import { lengthOf } from './rows.js'

/** Above this the sizes' own term is lost beside lambda's, so that only their ratios count. */
const farthest = 1e100

/** The logarithm of a lambda that changes nothing, and whose reciprocal is still a number. */
const slightest = -600

/** Newton steps for one element; a convex function from the right side takes few. */
const mostSteps = 100

/** z >= 0 with z + lambda z^s = a, for s >= 1: from the larger side, where Newton's method on a convex function falls to the root. */
function solveConvex(a: number, lambda: number, s: number): number {
  let z = Math.min(a, (a / lambda) ** (1 / s))
  for (let step = 0; step < mostSteps; step++) {
    const power = lambda * z ** (s - 1)
    const change = (z + power * z - a) / (1 + s * power)
    z -= change
    if (!(change > 2 ** -52 * z)) break
  }
  return z
}

/** z >= 0 with z + lambda z^s = a, s > 0. For s < 1, z^s solves an equation of the convex kind. */
function solve(a: number, lambda: number, s: number): number {
  if (a === 0) return 0
  if (s >= 1) return solveConvex(a, lambda, s)
  const z = solveConvex(a / lambda, 1 / lambda, 1 / s) ** (1 / s)
  // The power multiplies the rounding of z^s; a step in z itself takes that off.
  const power = lambda * z ** (s - 1)
  const polished = z - (z + power * z - a) / (1 + s * power)
  return polished > 0 ? polished : z
}

/** (sum z^q)^(1/q) - 1, without overflow of what is far outside. */
function excess(z: Float64Array, q: number): number {
  let sum = 0
  for (const one of z) sum += one ** q
  return sum ** (1 / q) - 1
}

/** z[i] <- the nearest point's, for sizes a of which sum a^q > 1, and weights squared (null: 1). */
function solveBall(a: Float64Array, squares: Float64Array | null, q: number): Float64Array {
  const z = new Float64Array(a.length)
  const outside = (log: number): number => {
    const lambda = Math.exp(log)
    for (let i = 0; i < z.length; i++) z[i] = solve(a[i]!, lambda * (squares?.[i] ?? 1), q - 1)
    return excess(z, q)
  }
  // With lambda = max(a) n / min(w^2) no element exceeds n^(-1 / q).
  const high = Math.log(a.reduce((x, y) => Math.max(x, y))) + Math.log(a.length) - logLeast(squares)
  let low = high
  for (let step = 1; outside(low) <= 0; step *= 2) {
    low -= step
    // Outside by rounding alone.
    if (low < slightest) return a
  }
  const found = outside(decreasingRoot(outside, low, high, 0, 2 ** -48))
  return found > 0 ? z.map((one) => one / (1 + found)) : z
}

/** The logarithm of the least square. */
const logLeast = (squares: Float64Array | null): number =>
  squares === null ? 0 : Math.log(squares.reduce((x, y) => Math.min(x, y)))

/** Each item of a stack, projected. `weights` (positive) are for the elements of an item; null: 1. */
export function projectPowers(X: Tensor, radius: number, q: number, weights: Float64Array | null): Tensor {
  const from = view(to(X, 'f64'))
  const out = empty('f64', X.shape)
  const [n, y] = [lengthOf(X), view(out) as Float64Array]
  for (let start = 0; start < y.length; start += n) {
    const x = from.slice(start, start + n) as Float64Array
    y.set(projectOne(x, radius, q, weights), start)
  }
  return to(out, X.dtype)
}

function projectOne(x: Float64Array, radius: number, q: number, weights: Float64Array | null): Float64Array {
  // In z = w |y| / radius the ball is sum z^q <= 1, and the equation z + lambda w^2 z^(q - 1) = w |x| / radius.
  const weighed = x.map((one, i) => Math.abs(one) * (weights?.[i] ?? 1))
  const most = weighed.reduce((a, b) => Math.max(a, b), 0)
  const length =
    most === 0
      ? 0
      : most *
        (1 +
          excess(
            weighed.map((one) => one / most),
            q,
          ))
  if (length <= radius) return x
  const scale = Math.min(most / radius, farthest)
  const a = weighed.map((one) => (one / most) * scale)
  const z = solveBall(a, weights === null ? null : weights.map((w) => w * w), q)
  return z.map((one, i) => Math.sign(x[i]!) * one * (radius / (weights?.[i] ?? 1)))
}
