/**
 * One solution of the elastic net by cyclic coordinate descent: 1/(2n) ||y - X w||^2 + l1 ||w||_1 + l2/2 ||w||^2. Features that the sequential
 * strong rule leaves out are looked at again at the end; within, passes go over the active ones until they settle; then the linear system of
 * the active ones with their signs is solved, which gives the solution to rounding where the signs are right. The duality gap has the last
 * word. Sources: Friedman, Hastie & Tibshirani (2010); Tibshirani et al. (2012), strong rules; the gap as in scikit-learn (Kim et al. 2007).
 */
import { axpy, dot } from '../vector.js'
import type { Design } from './data.js'

/** Goes from one lambda to the next. */
export interface Fit {
  /** Coefficients of the scaled columns. */
  readonly w: Float64Array
  /** y - X w. */
  readonly rest: Float64Array
}

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

const soft = (value: number, by: number): number => (value > by ? value - by : value < -by ? value + by : 0)

/** One pass over features; returns the largest change, squared, of X w. */
function pass(design: Design, fit: Fit, features: readonly number[], { l1, l2 }: Penalties): number {
  const { n, columns, squares } = design
  const { w, rest } = fit
  let most = 0
  for (const j of features) {
    const square = squares[j]!
    if (square === 0) continue
    const column = columns[j]!
    const old = w[j]!
    const next = soft(dot(column, rest) + square * old, n * l1) / (square + n * l2)
    if (next === old) continue
    axpy(old - next, column, rest)
    w[j] = next
    most = Math.max(most, (next - old) ** 2 * square)
  }
  return most
}

/** Solves from where `fit` is, in place. */
export function solve(
  design: Design,
  y: Float64Array,
  fit: Fit,
  penalties: Penalties,
  tol: number,
  maxPasses: number,
): Solved {
  const { n, p, columns } = design
  const { w, rest } = fit
  const { l1, before } = penalties
  const size = dot(y, y)
  if (size === 0) return { gap: 0, passes: 0 }
  const all = Array.from({ length: p }, (_, j) => j)
  const slopes = columns.map((column) => Math.abs(dot(column, rest)))
  let candidates = all.filter((j) => w[j] !== 0 || slopes[j]! >= n * (2 * l1 - before))
  let passes = 0
  let settled = 1e-8 * size
  for (;;) {
    // Passes over the active ones, and over all candidates when they have settled, until both change nothing that counts.
    while (passes < maxPasses) {
      passes++
      if (pass(design, fit, candidates, penalties) <= settled) break
      const active = candidates.filter((j) => w[j] !== 0)
      while (passes < maxPasses && pass(design, fit, active, penalties) > settled) passes++
    }
    const missed = all.filter((j) => w[j] === 0 && Math.abs(dot(columns[j]!, rest)) > n * l1 * (1 + 1e-12))
    const fresh = missed.filter((j) => !candidates.includes(j))
    if (fresh.length > 0 && passes < maxPasses) {
      candidates = [...candidates, ...fresh].sort((a, b) => a - b)
      continue
    }
    polish(design, y, fit, penalties)
    const gap = dualityGap(design, y, fit, penalties) / size
    if (gap <= tol || passes >= maxPasses || settled < 1e-32 * size) return { gap, passes }
    settled /= 100
  }
}

/** Primal minus dual value (times n), an upper bound of how far the objective is from its minimum. */
export function dualityGap(design: Design, y: Float64Array, { w, rest }: Fit, { l1, l2 }: Penalties): number {
  const { n, columns } = design
  let most = 0
  for (const [j, column] of columns.entries()) most = Math.max(most, Math.abs(dot(column, rest) - n * l2 * w[j]!))
  // The residual, shrunk into the dual's feasible set.
  const shrink = most > n * l1 ? (n * l1) / most : 1
  const square = dot(rest, rest)
  const sum = w.reduce((total, value) => total + Math.abs(value), 0)
  const primal = (shrink === 1 ? square : 0.5 * (1 + shrink * shrink) * square) - shrink * dot(rest, y)
  return Math.max(0, primal + n * l1 * sum + 0.5 * n * l2 * (1 + shrink * shrink) * dot(w, w))
}

/** More active features than this are left to coordinate descent. */
const mostActive = 500

/** Solves (XᵀX + n l2) w = Xᵀy - n l1 sign(w) over the active features, and takes it where it keeps their signs. */
function polish(design: Design, y: Float64Array, fit: Fit, { l1, l2 }: Penalties): void {
  const { n, columns } = design
  const { w, rest } = fit
  const active = Array.from(w.keys()).filter((j) => w[j] !== 0)
  const k = active.length
  if (k === 0 || k > mostActive) return
  // The correction of w is what is solved for: its right-hand side is small, and rounding with it.
  const A = new Float64Array(k * k)
  const b = new Float64Array(k)
  for (const [a, i] of active.entries()) {
    for (let c = 0; c <= a; c++) A[a * k + c] = dot(columns[i]!, columns[active[c]!]!)
    A[a * k + a]! += n * l2
    b[a] = dot(columns[i]!, rest) - n * l2 * w[i]! - n * l1 * Math.sign(w[i]!)
  }
  const step = choleskySolve(A, b, k)
  if (step === null || active.some((j, a) => Math.sign(w[j]! + step[a]!) !== Math.sign(w[j]!))) return
  for (const [a, j] of active.entries()) w[j]! += step[a]!
  // Afresh, so that what passes have rounded off does not stay.
  rest.set(y)
  for (const j of active) axpy(-w[j]!, columns[j]!, rest)
}

/** A^-1 b for a positive definite A [k, k] in its lower triangle, which is overwritten; null where it is not, to working precision. */
export function choleskySolve(A: Float64Array, b: Float64Array, k: number): Float64Array | null {
  const x = b.slice()
  for (let i = 0; i < k; i++) {
    const own = A[i * k + i]!
    for (let j = 0; j <= i; j++) {
      let sum = A[i * k + j]!
      for (let c = 0; c < j; c++) sum -= A[i * k + c]! * A[j * k + c]!
      if (i === j) {
        if (!(sum > 1e-13 * own)) return null
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
