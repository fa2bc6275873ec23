/**
 * Maximum-likelihood factor analysis of a correlation matrix R [p, p]: the noise variances psi that maximize the likelihood once the loadings are the
 * best there are for them, by damped Newton steps on log psi (Joreskog 1967; Lawley & Maxwell 1971, chapter 4).
 *
 * For given psi let (lambda_m, u_m) be eigenpairs of psi^-1/2 R psi^-1/2. The best loadings are psi^1/2 u_m sqrt(lambda_m - 1) for the k largest
 * lambda_m > 1, and -2 times the mean log-likelihood is p log 2 pi + sum log psi + sum_fit (log lambda_m + 1) + sum_rest lambda_m. Its gradient by
 * log psi_j is sum_rest (1 - lambda_m) u_jm^2, and near the maximum its Hessian is P * P (entry by entry) for the projector P onto the rest.
 */
import { lstsq } from '../../linalg/index.js'
import { tensor } from '../../tensor/index.js'
import { tidy, view } from '../../tensor/internal.js'
import type { Correlations } from './correlations.js'

export interface UniquenessOptions {
  readonly k: number
  readonly iterations: number
  /** Of the gradient by log psi. */
  readonly tol: number
  /** Least psi. */
  readonly floor: number
}

export interface Uniqueness {
  /** In units of the variances. */
  readonly psi: Float64Array
  /** Rows [k, p]; rows of zeros where fewer factors do as well. */
  readonly loadings: Float64Array
  /** Mean log-likelihood of a standardized row after each step; never falls. */
  readonly history: readonly number[]
  readonly converged: boolean
}

/** The likelihood at one psi, and what the next step needs. */
interface Point {
  readonly theta: Float64Array
  readonly value: number
  readonly gradient: Float64Array
  /** Of the fitted directions. */
  readonly lambda: Float64Array
  /** Columns u_m as rows [fitted, p]. */
  readonly vectors: Float64Array
}

/** Steps of EM that choose among maxima before Newton's steps, which are quick but may leap from one slope to another. */
const warming = 50

/**
 * From psi = 1: steps of EM (Rubin & Thayer 1982, psi_j = R_jj - sum of squared loadings), as others take throughout, then Newton's. Where EM takes
 * thousands of steps because a variance goes to 0 (Heywood's case), these take a few dozen.
 */
export function uniquenesses(R: Correlations, { k, iterations, tol, floor }: UniquenessOptions): Uniqueness {
  const p = R.columns
  const least = Math.log(floor)
  let point = evaluate(R, new Float64Array(p), k)
  const history = [-point.value / 2]
  let damping = 1e-2
  let converged = false
  for (let i = 0; i < iterations && !converged; i++) {
    // At the floor a variance may only grow.
    const free = Array.from(point.theta.keys()).filter((j) => point.theta[j]! > least || point.gradient[j]! < 0)
    if (free.every((j) => Math.abs(point.gradient[j]!) <= tol)) {
      converged = true
      break
    }
    let next: Point | null = null
    if (i < warming) {
      const loadings = loadingsOf(point, k)
      const theta = Float64Array.from({ length: p }, (_, j) => Math.log(Math.max(floor, 1 - squaresAt(loadings, j, p))))
      const trial = evaluate(R, theta, k)
      if (trial.value < point.value) next = trial
    } else
      for (; next === null && damping < 1e12; damping *= 4) {
        const trial = evaluate(R, stepped(point, free, damping, least), k)
        if (trial.value < point.value) next = trial
      }
    // Where no step leads down the value is as low as its rounding lets it be told.
    if (next === null) converged = true
    else {
      damping = Math.max(1e-9, damping / 32)
      converged = i >= warming && point.value - next.value <= 1e-14 * Math.abs(point.value)
      point = next
      history.push(-point.value / 2)
    }
  }
  return { psi: point.theta.map(Math.exp), loadings: loadingsOf(point, k), history, converged }
}

/** Sum of squares of column j of loadings [k, p]. */
function squaresAt(loadings: Float64Array, j: number, p: number): number {
  let sum = 0
  for (let at = j; at < loadings.length; at += p) sum += loadings[at]! ** 2
  return sum
}

function evaluate(R: Correlations, theta: Float64Array, k: number): Point {
  const p = theta.length
  const roots = theta.map((one) => Math.exp(-one / 2))
  const { lambda, vectors } = R.leading(roots, Math.min(k, p))
  const gradient = roots.map((one) => 1 - one * one)
  let value = p * Math.log(2 * Math.PI)
  for (let j = 0; j < p; j++) value += theta[j]! + roots[j]! * roots[j]!
  for (const [m, one] of lambda.entries()) {
    value += Math.log(one) + 1 - one
    for (let j = 0; j < p; j++) gradient[j]! += (one - 1) * vectors[m * p + j]! ** 2
  }
  return { theta, value, gradient, lambda, vectors }
}

/** theta after a step (H + damping)^-1 g within `free`; no entry moves by more than 1. */
function stepped(point: Point, free: readonly number[], damping: number, least: number): Float64Array {
  const step = free.length > largestMatrix ? byProducts(point, free, damping) : byMatrix(point, free, damping)
  const theta = point.theta.slice()
  for (const [a, j] of free.entries()) theta[j] = Math.max(least, theta[j]! - Math.max(-1, Math.min(1, step[a]!)))
  return theta
}

/** Free columns up to which H is made. */
const largestMatrix = 200

function byMatrix({ theta, lambda, vectors, gradient }: Point, free: readonly number[], damping: number): Float64Array {
  const p = theta.length
  const f = free.length
  const H = new Float64Array(f * f)
  for (const [a, i] of free.entries())
    for (const [b, j] of free.entries()) {
      let P = i === j ? 1 : 0
      for (let m = 0; m < lambda.length; m++) P -= vectors[m * p + i]! * vectors[m * p + j]!
      H[a * f + b] = P * P + (i === j ? damping : 0)
    }
  return tidy(() => {
    const right = tensor(Float64Array.from(free, (j) => gradient[j]!))
    return Float64Array.from(view(lstsq(tensor(H, { shape: [f, f] }), right).solution))
  })
}

/**
 * By conjugate gradients: for vectors U [f, k] and Q = U U^T, H is diag(1 - 2 Q_ii) + Q * Q, whose product with v has the rows u_i^T (U^T diag(v) U) u_i.
 */
function byProducts(
  { theta, lambda, vectors, gradient }: Point,
  free: readonly number[],
  damping: number,
): Float64Array {
  // biome-ignore format: one line
  const [p, k] = [theta.length, lambda.length]
  const U = Float64Array.from(
    { length: free.length * k },
    (_, at) => vectors[(at % k) * p + free[Math.floor(at / k)]!]!,
  )
  const lengths = Float64Array.from(free, (_, a) => U.subarray(a * k, (a + 1) * k).reduce((sum, one) => sum + one * one, 0)) // biome-ignore format: one step
  const product = (v: Float64Array): Float64Array => {
    const M = new Float64Array(k * k)
    for (const [a, one] of v.entries())
      for (let m = 0; m < k; m++) for (let l = 0; l < k; l++) M[m * k + l]! += one * U[a * k + m]! * U[a * k + l]!
    return v.map((one, a) => {
      let sum = (1 - 2 * lengths[a]! + damping) * one
      for (let m = 0; m < k; m++) for (let l = 0; l < k; l++) sum += U[a * k + m]! * M[m * k + l]! * U[a * k + l]!
      return sum
    })
  }
  const x = new Float64Array(free.length)
  const r = Float64Array.from(free, (j) => gradient[j]!)
  const q = r.slice()
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, one, i) => sum + one * b[i]!, 0)
  let size = dot(r, r)
  const enough = size * 1e-20
  for (let i = 0; i < 500 && size > enough; i++) {
    const Hq = product(q)
    const length = size / dot(q, Hq)
    for (let a = 0; a < x.length; a++) {
      x[a]! += length * q[a]!
      r[a]! -= length * Hq[a]!
    }
    const next = dot(r, r)
    for (let a = 0; a < x.length; a++) q[a] = r[a]! + (next / size) * q[a]!
    size = next
  }
  return x
}

function loadingsOf({ theta, lambda, vectors }: Point, k: number): Float64Array {
  const p = theta.length
  const out = new Float64Array(k * p)
  for (let m = 0; m < lambda.length; m++)
    for (let j = 0; j < p; j++)
      out[m * p + j] = Math.exp(theta[j]! / 2) * vectors[m * p + j]! * Math.sqrt(lambda[m]! - 1)
  return out
}
