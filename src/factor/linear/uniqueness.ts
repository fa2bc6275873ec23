/**
 * Maximum-likelihood factor analysis of a correlation matrix R [p, p]: the noise variances psi that maximize the likelihood once the loadings are the
 * best there are for them, by damped Newton steps on log psi (Joreskog 1967; Lawley & Maxwell 1971, chapter 4).
 *
 * For given psi let (lambda_m, u_m) be eigenpairs of psi^-1/2 R psi^-1/2. The best loadings are psi^1/2 u_m sqrt(lambda_m - 1) for the k largest
 * lambda_m > 1, and -2 times the mean log-likelihood is p log 2 pi + sum log psi + sum_fit (log lambda_m + 1) + sum_rest lambda_m. Its gradient by
 * log psi_j is sum_rest (1 - lambda_m) u_jm^2, and near the maximum its Hessian is P * P (entry by entry) for the projector P onto the rest.
 */
import { eigh, lstsq } from '../../linalg/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { empty, tidy, view } from '../../tensor/internal.js'

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
export function uniquenesses(R: Tensor, { k, iterations, tol, floor }: UniquenessOptions): Uniqueness {
  const p = R.shape[0]!
  const least = Math.log(floor)
  const diagonal = Float64Array.from({ length: p }, (_, j) => view(R)[j * (p + 1)]!)
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
      const trial = evaluate(R, diagonal.map((one, j) => Math.log(Math.max(floor, one - squaresAt(loadings, j, p)))), k) // biome-ignore format: one step
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

function evaluate(R: Tensor, theta: Float64Array, k: number): Point {
  const p = theta.length
  return tidy(() => {
    const scaled = empty('f64', [p, p])
    const [from, to] = [view(R), view(scaled)]
    const roots = theta.map((one) => Math.exp(-one / 2))
    let trace = 0
    for (let i = 0; i < p; i++) {
      for (let j = 0; j < p; j++) to[i * p + j] = from[i * p + j]! * roots[i]! * roots[j]!
      trace += to[i * p + i]!
    }
    const diagonal = Float64Array.from({ length: p }, (_, j) => to[j * p + j]!)
    const { eigenvalues, eigenvectors } = eigh(scaled)
    const [w, V] = [view(eigenvalues), view(eigenvectors)]
    let fitted = 0
    while (fitted < Math.min(k, p) && w[p - 1 - fitted]! > 1) fitted++
    const lambda = Float64Array.from({ length: fitted }, (_, m) => w[p - 1 - m]!)
    const vectors = new Float64Array(fitted * p)
    const gradient = diagonal.map((one) => 1 - one)
    let value = p * Math.log(2 * Math.PI) + trace
    for (const one of theta) value += one
    for (let m = 0; m < fitted; m++) {
      value += Math.log(lambda[m]!) + 1 - lambda[m]!
      for (let j = 0; j < p; j++) {
        const u = V[j * p + p - 1 - m]!
        vectors[m * p + j] = u
        gradient[j]! += (lambda[m]! - 1) * u * u
      }
    }
    return { theta, value, gradient, lambda, vectors }
  })
}

/** theta after a step (H + damping)^-1 g within `free`; no entry moves by more than 1. */
function stepped(point: Point, free: readonly number[], damping: number, least: number): Float64Array {
  const p = point.theta.length
  const f = free.length
  const H = new Float64Array(f * f)
  for (const [a, i] of free.entries())
    for (const [b, j] of free.entries()) {
      let P = i === j ? 1 : 0
      for (let m = 0; m < point.lambda.length; m++) P -= point.vectors[m * p + i]! * point.vectors[m * p + j]!
      H[a * f + b] = P * P + (i === j ? damping : 0)
    }
  const step = tidy(() => {
    const right = tensor(Float64Array.from(free, (j) => point.gradient[j]!))
    return Float64Array.from(view(lstsq(tensor(H, { shape: [f, f] }), right).solution))
  })
  const theta = point.theta.slice()
  for (const [a, j] of free.entries()) theta[j] = Math.max(least, theta[j]! - Math.max(-1, Math.min(1, step[a]!)))
  return theta
}

function loadingsOf({ theta, lambda, vectors }: Point, k: number): Float64Array {
  const p = theta.length
  const out = new Float64Array(k * p)
  for (let m = 0; m < lambda.length; m++)
    for (let j = 0; j < p; j++)
      out[m * p + j] = Math.exp(theta[j]! / 2) * vectors[m * p + j]! * Math.sqrt(lambda[m]! - 1)
  return out
}
