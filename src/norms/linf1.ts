/**
 * Projection onto the ball of group(linf, l1), where the largest sizes of groups sum to at most the radius.
 *
 * Every group is cut at its own theta, and all groups that are not zeroed lose the same sum, lambda: sum (|x| - theta)+ = lambda. The sum of
 * the thetas is convex, decreasing and piecewise linear in lambda, so Newton's method from 0 climbs to the radius from one side and ends exactly, on
 * the piece that holds the answer. Source: Quattoni, Carreras, Collins & Darrell, ICML 2009, "An efficient projection for l1,infinity
 * regularization", whose sweep over all ends of pieces this replaces.
 */
import { type Tensor, to } from '../tensor/index.js'
import { copyOf, view } from '../tensor/internal.js'

/** Groups [count * many, size], any shape after the first axis. */
export function projectLinfOne(T: Tensor, many: number, radius: number): Tensor {
  const out = T.dtype === 'f64' ? copyOf(T) : to(T, 'f64')
  const all = view(out) as Float64Array
  const size = T.size / T.shape[0]!
  for (let start = 0; start < all.length; start += many * size) {
    const part = all.subarray(start, start + many * size)
    const thetas = thetasOf(part, size, radius)
    if (thetas === null) continue
    for (let i = 0; i < part.length; i++) {
      const theta = thetas[Math.floor(i / size)]!
      part[i] = Math.max(-theta, Math.min(theta, part[i]!))
    }
  }
  return to(out, T.dtype)
}

/** Where each group is cut, or null when it fits the radius. */
function thetasOf(x: Float64Array, size: number, radius: number): Float64Array | null {
  const groups = Array.from({ length: x.length / size }, (_, i) => new Sorted(x.subarray(i * size, (i + 1) * size)))
  let lambda = 0
  let isLast = false
  for (;;) {
    let [sum, slope] = [0, 0]
    for (const group of groups) {
      group.cut(lambda)
      sum += group.theta
      slope += group.share
    }
    if (lambda === 0 && sum <= radius) return null
    const next = lambda + (sum - radius) / slope
    // Rounding can keep it from getting there, or bring it past: either way no piece is left to change to.
    if (isLast || !(next > lambda)) return Float64Array.from(groups, ({ theta }) => theta)
    isLast = groups.every((group) => group.isWithin(next))
    lambda = next
  }
}

/** The sizes of one group in descending order, with their running sums. */
class Sorted {
  readonly #sizes: Float64Array
  readonly #sums: Float64Array
  /** How many are cut. */
  #cut = 1
  /** Where they are cut. */
  theta: number
  /** How fast theta falls with lambda: 1 over the number that are cut, 0 for a group that is zero. */
  share = 0

  constructor(x: Float64Array) {
    this.#sizes = x.map(Math.abs).sort().reverse()
    let sum = 0
    this.#sums = this.#sizes.map((one) => {
      sum += one
      return sum
    })
    this.theta = this.#sizes[0]!
  }

  /** What the first j lose when they are cut to the next size, or to 0. */
  #end(j: number): number {
    return this.#sums[j - 1]! - j * (this.#sizes[j] ?? 0)
  }

  /** Whether lambda is on the piece of the last cut. */
  isWithin(lambda: number): boolean {
    return this.share === 0 || lambda <= this.#end(this.#cut)
  }

  /** Takes lambda, which only grows, from the sizes. */
  cut(lambda: number): void {
    const n = this.#sizes.length
    while (this.#cut < n && lambda > this.#end(this.#cut)) this.#cut++
    const rest = this.#sums[this.#cut - 1]! - lambda
    this.theta = Math.max(0, rest / this.#cut)
    this.share = rest > 0 ? 1 / this.#cut : 0
  }
}
