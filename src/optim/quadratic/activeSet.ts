/**
 * The dual active-set method of Goldfarb and Idnani (1983): min x'Hx/2 + g'x with n_i'x = b_i or n_i'x >= b_i, H positive definite. From the
 * minimum without constraints, violated ones are taken in one by one; every point is the minimum for some subset of constraints, so there is
 * no phase 1, and a constraint that can not be taken in proves that no point satisfies all. Numerically: J = L^-T Q and R are kept, with H = L L'
 * and L^-1 N = Q [R; 0], and changed by rotations.
 */
import { axpy, dot, largest, length } from '../vector.js'

export interface Row {
  /** Of length 1. */
  readonly normal: Float64Array
  readonly bound: number
  readonly isEquality: boolean
}

export interface ActiveSetResult {
  readonly x: Float64Array
  /** Of each row, with H x + g = sum of multipliers times normals; not negative for inequalities. */
  readonly multipliers: Float64Array
  readonly active: readonly number[]
  readonly iterations: number
  /** Multipliers of rows whose combination shows that no point satisfies all; null where there is a solution. */
  readonly infeasible: Float64Array | null
  readonly isLimited: boolean
}

/** Column by column: `J[j]` is column j of J, `R[j]` column j of R. */
interface Factors {
  readonly J: Float64Array[]
  readonly R: Float64Array[]
}

/** J = L^-T as columns, from the lower factor L [n, n]. */
function inverseTransposed(L: Float64Array, n: number): Float64Array[] {
  // Column j of L^-T is row j of L^-1: solve L' c = e_j upwards.
  return Array.from({ length: n }, (_, j) => {
    const c = new Float64Array(n)
    for (let i = j; i >= 0; i--) {
      let sum = i === j ? 1 : 0
      for (let k = i + 1; k <= j; k++) sum -= L[k * n + i]! * c[k]!
      c[i] = sum / L[i * n + i]!
    }
    return c
  })
}

/** Rotates (a, b) to (r, 0). */
function givens(a: number, b: number): [number, number, number] {
  const r = Math.hypot(a, b)
  return r === 0 ? [1, 0, 0] : [a / r, b / r, r]
}

function rotate(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let i = 0; i < x.length; i++) {
    const [p, q] = [x[i]!, y[i]!]
    x[i] = c * p + s * q
    y[i] = c * q - s * p
  }
}

/** Takes in a constraint with d = J' normal as column q of R. */
function add({ J, R }: Factors, d: Float64Array, q: number): void {
  for (let i = d.length - 1; i > q; i--) {
    const [c, s, r] = givens(d[i - 1]!, d[i]!)
    d[i - 1] = r
    d[i] = 0
    rotate(J[i - 1]!, J[i]!, c, s)
  }
  R.push(d.slice())
}

/** Takes out column k of R. */
function drop({ J, R }: Factors, k: number): void {
  R.splice(k, 1)
  for (let i = k; i < R.length; i++) {
    const [c, s, r] = givens(R[i]![i]!, R[i]![i + 1]!)
    for (let j = i; j < R.length; j++) {
      const column = R[j]!
      const [p, q] = [column[i]!, column[i + 1]!]
      column[i] = c * p + s * q
      column[i + 1] = c * q - s * p
    }
    R[i]![i] = r
    R[i]![i + 1] = 0
    rotate(J[i]!, J[i + 1]!, c, s)
  }
}

/** R^-1 d over the first columns. */
function backward({ R }: Factors, d: Float64Array): Float64Array {
  const r = d.slice(0, R.length)
  for (let i = R.length - 1; i >= 0; i--) {
    r[i]! /= R[i]![i]!
    for (let k = 0; k < i; k++) r[k]! -= R[i]![k]! * r[i]!
  }
  return r
}

export function activeSet(
  L: Float64Array,
  g: Float64Array,
  rows: readonly Row[],
  maxIterations: number,
): ActiveSetResult {
  const n = g.length
  const factors: Factors = { J: inverseTransposed(L, n), R: [] }
  const { J } = factors
  const x = new Float64Array(n)
  for (const column of J) axpy(-dot(column, g), column, x)
  const active: number[] = []
  // Signs with which equalities were taken in.
  const signs = new Float64Array(rows.length).fill(1)
  let u: number[] = []
  let iterations = 0
  const result = (infeasible: Float64Array | null, isLimited = false): ActiveSetResult => {
    const multipliers = new Float64Array(rows.length)
    for (const [i, row] of active.entries()) multipliers[row] = signs[row]! * u[i]!
    return { x, multipliers, active, iterations, infeasible, isLimited }
  }
  for (;;) {
    const p = mostViolated(rows, x, active)
    if (p < 0) return result(null)
    const { normal, bound } = rows[p]!
    signs[p] = dot(normal, x) - bound > 0 ? -1 : 1
    let own = 0
    for (;;) {
      if (iterations++ >= maxIterations) return result(null, true)
      const q = active.length
      const d = Float64Array.from(J, (column) => signs[p]! * dot(column, normal))
      const rest = d.subarray(q)
      const r = backward(factors, d)
      // How far the multipliers allow: the first inequality whose own reaches zero.
      let [t1, leaving] = [Infinity, -1]
      for (let i = 0; i < q; i++) {
        if (rows[active[i]!]!.isEquality || !(r[i]! > 0)) continue
        if (u[i]! / r[i]! < t1) [t1, leaving] = [u[i]! / r[i]!, i]
      }
      // A normal that those taken in span leaves no direction.
      const isSpanned = length(rest) <= 1e-11 * length(d)
      const violation = signs[p]! * (dot(normal, x) - bound)
      const t2 = isSpanned ? Infinity : -violation / dot(rest, rest)
      const t = Math.min(t1, t2)
      if (t === Infinity) return result(certificate(rows.length, p, signs, active, r))
      if (t2 < Infinity) for (let j = q; j < n; j++) axpy(t * d[j]!, J[j]!, x)
      u = u.map((value, i) => value - t * r[i]!)
      own += t
      if (t === t2) {
        add(factors, d, q)
        active.push(p)
        u.push(own)
        break
      }
      drop(factors, leaving)
      active.splice(leaving, 1)
      u.splice(leaving, 1)
    }
  }
}

/** Equalities first; else the inequality that is violated most. -1 where all hold to rounding. */
function mostViolated(rows: readonly Row[], x: Float64Array, active: readonly number[]): number {
  const size = largest(x)
  const taken = new Set(active)
  let [worst, most] = [-1, 0]
  for (const [i, { normal, bound, isEquality }] of rows.entries()) {
    if (taken.has(i)) continue
    const slack = dot(normal, x) - bound
    const violation = isEquality ? Math.abs(slack) : -slack
    if (violation <= 1e-12 * (Math.abs(bound) + size)) continue
    if (isEquality) return i
    if (violation > most) [worst, most] = [i, violation]
  }
  return worst
}

/** normal_p is the combination r of those taken in: p's demand contradicts theirs. */
function certificate(count: number, p: number, signs: Float64Array, active: readonly number[], r: Float64Array): Float64Array {
  const y = new Float64Array(count)
  y[p] = signs[p]!
  for (const [i, row] of active.entries()) y[row] = -signs[row]! * r[i]!
  return y
} // biome-ignore format: as it stands
