/** The linear model r + J p of residuals, and the damped steps that minimize ||r + J p||^2 + mu ||D p||^2. */
import { qr } from '../../linalg/index.js'
import { tensor, toArray } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { axpy, dot, length, plus, times } from '../vector.js'
import type { ResidualPoint } from './problem.js'

export interface Linearized {
  /** Norms of J's columns. */
  readonly columns: Float64Array
  /** Jᵀ r. */
  readonly gradient: Float64Array
  /** argmin_p ||J p + b||^2 + mu ||D p||^2 for b = r, or another. */
  step(mu: number, D: Float64Array, b?: Float64Array): Float64Array
  /** J v. */
  times(v: Float64Array): Float64Array
}

/** Least squares by QR, of A [rows, n] with independent columns. */
function leastSquares(A: Float64Array, b: Float64Array, n: number): Float64Array {
  const rows = b.length
  return tidy(() => {
    const factors = qr(tensor(A, { dtype: 'f64' }).reshape([rows, n]))
    return Float64Array.from(factors.solve(tensor(b, { dtype: 'f64' })).toArray())
  })
}

/**
 * J formed, and reduced once to R by QR; each damping then costs a QR of [R; sqrt(mu) D], of twice as many rows as unknowns. The normal
 * equations, which square the condition number, are never formed.
 */
export function denseModel(point: ResidualPoint, n: number): Linearized {
  const J = point.jacobian()
  const { residuals: r } = point
  const m = r.length
  const k = Math.min(m, n)
  const reduced = tidy(() => {
    const { Q, R } = qr(tensor(J, { dtype: 'f64' }).reshape([m, n]))
    return { Q: Float64Array.from(toArray(Q)), R: Float64Array.from(toArray(R)) }
  })
  const columns = new Float64Array(n)
  const column = new Float64Array(k)
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < k; i++) column[i] = reduced.R[i * n + j]!
    columns[j] = length(column)
  }
  /** Qᵀ b [k]. */
  const rotate = (b: Float64Array): Float64Array => {
    const out = new Float64Array(k)
    for (let i = 0; i < m; i++) for (let j = 0; j < k; j++) out[j]! += reduced.Q[i * k + j]! * b[i]!
    return out
  }
  const right = rotate(r)
  const step = (mu: number, D: Float64Array, b?: Float64Array): Float64Array => {
    const A = new Float64Array((k + n) * n)
    A.set(reduced.R)
    const weight = Math.sqrt(mu)
    for (let j = 0; j < n; j++) A[(k + j) * n + j] = weight * D[j]!
    const c = new Float64Array(k + n)
    c.set(times(-1, b === undefined ? right : rotate(b)))
    return leastSquares(A, c, n)
  }
  const product = (v: Float64Array): Float64Array =>
    Float64Array.from({ length: m }, (_, i) => dot(J.subarray(i * n, (i + 1) * n), v))
  const gradient = new Float64Array(n)
  for (let i = 0; i < m; i++) axpy(r[i]!, J.subarray(i * n, (i + 1) * n), gradient)
  return { columns, gradient, step, times: product }
}

/**
 * J by its products only, for many unknowns: conjugate gradients on the damped normal equations in the form that keeps the residual itself
 * (CGLS), preconditioned by D. Norms of columns are not known, so D is the identity.
 */
export function productModel(point: ResidualPoint, n: number, tolerance: number, maxProducts: number): Linearized {
  const { residuals: r } = point
  const gradient = point.transposed(r)
  const step = (mu: number, D: Float64Array, b: Float64Array = r): Float64Array => {
    // The residual of the augmented system in two parts: s = -b - J p, and t = - sqrt(mu) D p.
    const p = new Float64Array(n)
    let s = times(-1, b)
    let t = new Float64Array(n)
    const weights = D.map((d) => Math.sqrt(mu) * d)
    const pull = (): Float64Array => {
      const g = point.transposed(s)
      for (let j = 0; j < n; j++) g[j]! += weights[j]! * t[j]!
      return g
    }
    let g = pull()
    let direction = g.slice()
    let rho = dot(g, g)
    const target = tolerance * tolerance * rho
    for (let k = 0; k < maxProducts && rho > target; k++) {
      const q = point.times(direction)
      const damped = direction.map((value, j) => weights[j]! * value)
      const curvature = dot(q, q) + dot(damped, damped)
      if (!(curvature > 0)) break
      const alpha = rho / curvature
      axpy(alpha, direction, p)
      s = plus(s, -alpha, q)
      t = plus(t, -alpha, damped) as Float64Array<ArrayBuffer>
      g = pull()
      const next = dot(g, g)
      direction = plus(g, next / rho, direction) as Float64Array<ArrayBuffer>
      rho = next
    }
    return p
  }
  return { columns: new Float64Array(n).fill(1), gradient, step, times: (v) => point.times(v) }
}
