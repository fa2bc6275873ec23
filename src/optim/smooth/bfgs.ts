/** Minimization of a smooth function of few unknowns by BFGS. */
import type { Tensor, Tree } from '../../tensor/index.js'
import { axpy, dot } from '../vector.js'
import { type Director, descend, minimizeBy, type SmoothOptions, type SmoothResult } from './descend.js'

/**
 * A local minimum of f, by BFGS with a strong Wolfe line search: the inverse Hessian [n, n] is kept, and is that of f in the end, so fewer
 * iterations than `lbfgs` takes, and n^2 memory. Signature, outcomes and errors are those of `lbfgs`. Source: Nocedal & Wright (2006), 6.1.
 *
 * @example
 * bfgs(({ a, b }) => a.sub(1).square().add(b.sub(a).square()), { a: tensor(0), b: tensor(0) }).x // { a: 1, b: 1 }
 */
export function bfgs<T extends Tree>(f: (x: T) => Tensor, x0: T, options: SmoothOptions = {}): SmoothResult<T> {
  return minimizeBy('bfgs', f, x0, options, (objective, start, settings) =>
    descend(objective, start, settings, inverseHessian(objective.n)),
  )
}

function inverseHessian(n: number): Director {
  const H = new Float64Array(n * n)
  let isEmpty = true
  const row = (i: number): Float64Array => H.subarray(i * n, (i + 1) * n)
  return {
    get isFresh() {
      return isEmpty
    },
    direction: (gradient) => Float64Array.from({ length: n }, (_, i) => (isEmpty ? -gradient[i]! : -dot(row(i), gradient))), // biome-ignore format: one line
    learn: (s, y, sy) => {
      if (isEmpty) {
        // The identity in the size that the first step shows.
        H.fill(0)
        for (let i = 0; i < n; i++) H[i * n + i] = sy / dot(y, y)
        isEmpty = false
      }
      // H + (1 + y'Hy / s'y) s s' / s'y - (H y s' + s y'H) / s'y.
      const Hy = Float64Array.from({ length: n }, (_, i) => dot(row(i), y))
      const weight = (1 + dot(y, Hy) / sy) / sy
      for (let i = 0; i < n; i++) {
        axpy(weight * s[i]! - Hy[i]! / sy, s, row(i))
        axpy(-s[i]! / sy, Hy, row(i))
      }
    },
    forget: () => {
      const had = !isEmpty
      isEmpty = true
      return had
    },
  }
}
