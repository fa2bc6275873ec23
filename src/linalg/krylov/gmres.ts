/**
 * GMRES(m) for any square A (Saad & Schultz 1986), preconditioned from the right, so that the residual is that of the system itself. The
 * basis is orthogonalized by modified Gram-Schmidt, twice where the first pass cancels (Daniel, Gragg, Kaufman & Stewart 1976).
 */
import type { Pointer } from '../../kernels/index.js'
import type { Ending } from './outcomes.js'
import { residual, type System } from './system.js'

/** A second pass where less than this share of a vector is left. */
const cancellation = Math.SQRT1_2
/** What is left of a vector or of a pivot after cancellation, when nothing is. */
const negligible = 64 * Number.EPSILON
/** Two cycles in a row that leave more than this of the residual will not get there. */
const stagnation = 0.9999

export function* gmres(system: System): Generator<number, Ending, void> {
  const { vectors, A, target, maxIterations } = system
  const n = A.rows
  const m = Math.max(1, Math.min(system.restart, n, maxIterations))
  const basis = Array.from({ length: m + 1 }, () => vectors.alloc(n))
  const w = vectors.alloc(n)
  let norm = residual(system, basis[0]!)
  yield norm
  let left = maxIterations
  let idleCycles = 0
  while (norm > target && left > 0) {
    const cycle = new Cycle(m, norm)
    vectors.scale(n, 1 / norm, basis[0]!, basis[0]!)
    let isExhausted = false
    for (let k = 0; k < m && left > 0 && !isExhausted; k++, left--) {
      const length = extend(system, basis, k, cycle.column, w)
      if (!Number.isFinite(length)) return { outcome: 'breakdown' }
      isExhausted = length <= negligible * Math.hypot(...cycle.column.subarray(0, k + 1))
      const estimate = cycle.rotate(k, isExhausted ? 0 : length)
      yield estimate
      if (estimate <= target) break
    }
    update(system, basis, cycle, w)
    const before = norm
    norm = residual(system, basis[0]!)
    if (!Number.isFinite(norm)) return { outcome: 'breakdown' }
    if (isExhausted && norm > target)
      return { outcome: 'breakdown', detail: 'the Krylov space is exhausted: A is singular' }
    idleCycles = norm > stagnation * before ? idleCycles + 1 : 0
    if (idleCycles === 2 && norm > target) return { outcome: 'stagnated' }
  }
  return { outcome: norm <= target ? 'converged' : 'iteration-limit' }
}

/** Basis vector k + 1 from A M^-1 v_k; fills the column of H and returns the vector's length before it was made 1. */
function extend({ vectors, A, M }: System, basis: readonly Pointer[], k: number, h: Float64Array, w: Pointer): number {
  const n = A.rows
  const next = basis[k + 1]!
  M?.apply(basis[k]!, w)
  A.apply(M === null ? basis[k]! : w, next)
  const before = vectors.norm(n, next)
  h.fill(0)
  let length = before
  for (let pass = 0; pass < 2; pass++) {
    for (let i = 0; i <= k; i++) {
      const share = vectors.dot(n, basis[i]!, next)
      h[i]! += share
      vectors.axpy(n, -share, basis[i]!, next)
    }
    const after = vectors.norm(n, next)
    const isEnough = after > cancellation * length
    length = after
    if (isEnough) break
  }
  h[k + 1] = length
  if (length > 0) vectors.scale(n, 1 / length, next, next)
  return length
}

/** x += M^-1 V y. */
function update({ vectors, A, M, x }: System, basis: readonly Pointer[], cycle: Cycle, w: Pointer): void {
  const n = A.rows
  const y = cycle.solve()
  if (M === null) {
    for (let i = 0; i < y.length; i++) vectors.axpy(n, y[i]!, basis[i]!, x)
    return
  }
  const sum = basis[cycle.size]!
  vectors.view(sum, n).fill(0)
  for (let i = 0; i < y.length; i++) vectors.axpy(n, y[i]!, basis[i]!, sum)
  M.apply(sum, w)
  vectors.axpy(n, 1, w, x)
}

/** The small least-squares problem of one cycle: H is brought to a triangle by Givens rotations as its columns come. */
class Cycle {
  /** The newest column of H. */
  readonly column: Float64Array
  /** Columns that are done. */
  size = 0
  readonly #triangle: Float64Array[] = []
  readonly #cosines: number[] = []
  readonly #sines: number[] = []
  readonly #rhs: Float64Array

  constructor(m: number, norm: number) {
    this.column = new Float64Array(m + 1)
    this.#rhs = new Float64Array(m + 1)
    this.#rhs[0] = norm
  }

  /** Takes the newest column, whose last element is `length`; returns the norm of the residual. */
  rotate(k: number, length: number): number {
    const h = this.column.slice(0, k + 1)
    for (let i = 0; i < k; i++) {
      const [c, s] = [this.#cosines[i]!, this.#sines[i]!]
      const upper = c * h[i]! + s * h[i + 1]!
      h[i + 1] = c * h[i + 1]! - s * h[i]!
      h[i] = upper
    }
    const r = Math.hypot(h[k]!, length)
    const c = r === 0 ? 1 : h[k]! / r
    const s = r === 0 ? 0 : length / r
    h[k] = r
    this.#triangle.push(h)
    this.#cosines.push(c)
    this.#sines.push(s)
    this.#rhs[k + 1] = -s * this.#rhs[k]!
    this.#rhs[k]! *= c
    this.size = k + 1
    return Math.abs(this.#rhs[k + 1]!)
  }

  /** Back substitution; a column that is zero to working precision gets no share. */
  solve(): Float64Array {
    const y = this.#rhs.slice(0, this.size)
    const top = Math.max(...this.#triangle.map((column, i) => column[i]!))
    for (let i = this.size - 1; i >= 0; i--) {
      const pivot = this.#triangle[i]![i]!
      y[i] = pivot <= negligible * top ? 0 : y[i]! / pivot
      for (let j = 0; j < i; j++) y[j]! -= this.#triangle[i]![j]! * y[i]!
    }
    return y
  }
}
