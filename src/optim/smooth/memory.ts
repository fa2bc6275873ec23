/** The limited memory of BFGS: the last changes of point and gradient, and the product of the inverse Hessian that they stand for. */
import { axpy, dot, times } from '../vector.js'

interface Pair {
  /** Change of the point, and of the gradient. */
  readonly s: Float64Array
  readonly y: Float64Array
  readonly rho: number
}

export class LimitedMemory {
  readonly pairs: Pair[] = []
  /** The inverse Hessian before the pairs: this times the identity. */
  scale = 1

  constructor(readonly size: number) {}

  /** Takes a pair in, dropping the oldest. s'y must be positive. */
  add(s: Float64Array, y: Float64Array, sy: number): void {
    if (this.pairs.length === this.size) this.pairs.shift()
    this.pairs.push({ s, y, rho: 1 / sy })
    this.scale = sy / dot(y, y)
  }

  /** - H g, by the two-loop recursion (Nocedal & Wright, algorithm 7.4). */
  direction(gradient: Float64Array): Float64Array {
    const d = times(-1, gradient)
    const { pairs } = this
    const alphas = new Float64Array(pairs.length)
    for (let i = pairs.length - 1; i >= 0; i--) {
      const { s, y, rho } = pairs[i]!
      alphas[i] = dot(s, d) * rho
      axpy(-alphas[i]!, y, d)
    }
    for (let i = 0; i < d.length; i++) d[i]! *= this.scale
    for (const [i, { s, y, rho }] of pairs.entries()) axpy(alphas[i]! - dot(y, d) * rho, s, d)
    return d
  }

  clear(): void {
    this.pairs.length = 0
    this.scale = 1
  }
}
