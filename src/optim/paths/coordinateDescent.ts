/**
 * One solution of the elastic net by cyclic coordinate descent: 1/(2n) ||y - X w||^2 + l1 ||w||_1 + l2/2 ||w||^2. Features that the sequential
 * strong rule leaves out are looked at again at the end; within, passes go over the active ones until they settle; then the linear system of
 * the active ones with their signs is solved, which gives the solution to rounding where the signs are right. The duality gap has the last
 * word. Sources: Friedman, Hastie & Tibshirani (2010); Tibshirani et al. (2012), strong rules; the gap as in scikit-learn (Kim et al. 2007).
 */
import { cholesky } from '../../linalg/index.js'
import { matmul, tensor, toArray, transpose } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { axpy, dot } from '../vector.js'
import type { Design } from './data.js'

export interface Solved {
  /** Duality gap over ||y||^2. */
  readonly gap: number
  readonly passes: number
}

export interface Penalties {
  readonly l1: number
  readonly l2: number
  /** l1 at the lambda before, for the strong rule. */
  readonly before: number
}

/** Up to so many features all their products are computed at once: 32 MB. */
const mostProducts = 2000

/** Where a path is. Goes from one lambda to the next. */
export class Fit {
  /** Coefficients of the scaled columns. */
  readonly w: Float64Array
  /** y - X w, and Xᵀ (y - X w), as of the last `refresh`. */
  readonly rest: Float64Array
  readonly slopes: Float64Array
  /** XᵀX, row by row. */
  readonly gram: readonly Float64Array[] | null

  constructor(
    readonly design: Design,
    readonly y: Float64Array,
  ) {
    const { n, p, columns } = design
    this.w = new Float64Array(p)
    this.rest = y.slice()
    this.slopes = new Float64Array(p)
    this.gram = p <= mostProducts ? products(columns, n) : null
    this.refresh()
  }

  /** Residuals and slopes from the coefficients afresh, so that what updates have rounded off does not stay. */
  refresh(): void {
    const { columns } = this.design
    this.rest.set(this.y)
    for (const [j, w] of this.w.entries()) if (w !== 0) axpy(-w, columns[j]!, this.rest)
    for (const [j, column] of columns.entries()) this.slopes[j] = dot(column, this.rest)
  }

  /** x_i'x_j. */
  product(i: number, j: number): number {
    return this.gram === null ? dot(this.design.columns[i]!, this.design.columns[j]!) : this.gram[i]![j]!
  }

  get active(): number[] {
    return Array.from(this.w.keys()).filter((j) => this.w[j] !== 0)
  }
}

function products(columns: readonly Float64Array[], n: number): Float64Array[] {
  const p = columns.length
  const flat = new Float64Array(n * p)
  for (const [j, column] of columns.entries()) flat.set(column, j * n)
  const all = tidy(() => {
    const Xt = tensor(flat, { dtype: 'f64' }).reshape([p, n])
    return Float64Array.from(matmul(Xt, transpose(Xt)).toArray())
  })
  return Array.from({ length: p }, (_, i) => all.subarray(i * p, (i + 1) * p))
}

const soft = (value: number, by: number): number => (value > by ? value - by : value < -by ? value + by : 0)

/**
 * One pass over features; returns the largest change, squared, of X w. Either the slopes are kept up to date (by products of columns, where
 * there are fewer features than examples) or the residuals.
 */
function pass(fit: Fit, features: readonly number[], { l1, l2 }: Penalties): number {
  const { w, rest, slopes, gram } = fit
  const { n, p, columns, squares } = fit.design
  const bySlopes = gram !== null && p <= n
  let most = 0
  for (const j of features) {
    const square = squares[j]!
    if (square === 0) continue
    const old = w[j]!
    const slope = bySlopes ? slopes[j]! : dot(columns[j]!, rest)
    const next = soft(slope + square * old, n * l1) / (square + n * l2)
    if (next === old) continue
    if (bySlopes) axpy(old - next, gram[j]!, slopes)
    else axpy(old - next, columns[j]!, rest)
    w[j] = next
    most = Math.max(most, (next - old) ** 2 * square)
  }
  return most
}

/** Solves from where `fit` is, in place. */
export function solve(fit: Fit, penalties: Penalties, tol: number, maxPasses: number): Solved {
  const { w, y, slopes } = fit
  const { n } = fit.design
  const { l1, before } = penalties
  const size = dot(y, y)
  if (size === 0) return { gap: 0, passes: 0 }
  const all = Array.from(w.keys())
  let candidates = all.filter((j) => w[j] !== 0 || Math.abs(slopes[j]!) >= n * (2 * l1 - before))
  let passes = 0
  let settled = 1e-8 * size
  for (;;) {
    // Passes over the active ones, and over all candidates when they have settled, until both change nothing that counts.
    while (passes < maxPasses) {
      passes++
      if (pass(fit, candidates, penalties) <= settled) break
      const active = candidates.filter((j) => w[j] !== 0)
      while (passes < maxPasses && pass(fit, active, penalties) > settled) passes++
    }
    polish(fit, penalties)
    fit.refresh()
    const taken = new Set(candidates)
    const fresh = all.filter((j) => !taken.has(j) && Math.abs(slopes[j]!) > n * l1 * (1 + 1e-12))
    if (fresh.length > 0 && passes < maxPasses) {
      candidates = [...candidates, ...fresh].sort((a, b) => a - b)
      continue
    }
    const gap = dualityGap(fit, penalties) / size
    if (gap <= tol || passes >= maxPasses || settled < 1e-32 * size) return { gap, passes }
    settled /= 100
  }
}

/** Primal minus dual value (times n), an upper bound of how far the objective is from its minimum. */
function dualityGap({ design: { n }, y, w, rest, slopes }: Fit, { l1, l2 }: Penalties): number {
  const most = slopes.reduce((top, slope, j) => Math.max(top, Math.abs(slope - n * l2 * w[j]!)), 0)
  // The residual, shrunk into the dual's feasible set.
  const shrink = most > n * l1 ? (n * l1) / most : 1
  const square = dot(rest, rest)
  const sum = w.reduce((total, value) => total + Math.abs(value), 0)
  const primal = 0.5 * (1 + shrink * shrink) * square - shrink * dot(rest, y)
  return Math.max(0, primal + n * l1 * sum + 0.5 * n * l2 * (1 + shrink * shrink) * dot(w, w))
}

/** More active features than this are left to coordinate descent. */
const mostActive = 500

/** Solves (XᵀX + n l2) w = Xᵀy - n l1 sign(w) over the active features, and takes it where it keeps their signs. */
function polish(fit: Fit, { l1, l2 }: Penalties): void {
  const { w, active } = fit
  const { n, columns } = fit.design
  const k = active.length
  if (k === 0 || k > mostActive) return
  // The correction of w is what is solved for: its right-hand side is small, and rounding with it.
  const rest = fit.y.slice()
  for (const j of active) axpy(-w[j]!, columns[j]!, rest)
  const A = new Float64Array(k * k)
  const b = new Float64Array(k)
  for (const [a, i] of active.entries()) {
    for (let c = 0; c <= a; c++) A[a * k + c] = A[c * k + a] = fit.product(i, active[c]!)
    A[a * k + a]! += n * l2
    b[a] = dot(columns[i]!, rest) - n * l2 * w[i]! - n * l1 * Math.sign(w[i]!)
  }
  const step = choleskySolve(A, b, k)
  if (step === null || active.some((j, a) => Math.sign(w[j]! + step[a]!) !== Math.sign(w[j]!))) return
  for (const [a, j] of active.entries()) w[j]! += step[a]!
}

/** A pivot smaller than this part of its diagonal element: singular to working precision. */
const leastPivot = 1e-13

/** A^-1 b for a positive definite A [k, k], which is overwritten; null where it is not, to working precision. */
function choleskySolve(A: Float64Array, b: Float64Array, k: number): Float64Array | null {
  if (k > 64) return largeSolve(A, b, k)
  const x = b.slice()
  for (let i = 0; i < k; i++) {
    const own = A[i * k + i]!
    for (let j = 0; j <= i; j++) {
      let sum = A[i * k + j]!
      for (let c = 0; c < j; c++) sum -= A[i * k + c]! * A[j * k + c]!
      if (i === j) {
        if (!(sum > leastPivot * own)) return null
        A[i * k + i] = Math.sqrt(sum)
      } else A[i * k + j] = sum / A[j * k + j]!
    }
    for (let c = 0; c < i; c++) x[i]! -= A[i * k + c]! * x[c]!
    x[i]! /= A[i * k + i]!
  }
  for (let i = k - 1; i >= 0; i--) {
    for (let c = i + 1; c < k; c++) x[i]! -= A[c * k + i]! * x[c]!
    x[i]! /= A[i * k + i]!
  }
  return x
}

/** The same by LAPACK. */
function largeSolve(A: Float64Array, b: Float64Array, k: number): Float64Array | null {
  return tidy(() => {
    const factor = cholesky(tensor(A, { dtype: 'f64' }).reshape([k, k]), { check: false })
    if (factor.outcome !== 'ok') return null
    const L = toArray(factor)
    for (let i = 0; i < k; i++) if (!(L[i * k + i]! ** 2 > leastPivot * A[i * k + i]!)) return null
    return Float64Array.from(factor.solve(tensor(b, { dtype: 'f64' })).toArray())
  })
}
