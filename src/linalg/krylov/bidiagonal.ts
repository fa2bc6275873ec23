/** What LSQR and LSMR share: Golub and Kahan's bidiagonalization (1965) of A, started from the residual, and their stopping rules. */
import type { Pointer } from '../../kernels/index.js'
import type { Ending } from './outcomes.js'
import { residual, type System } from './system.js'

export class Bidiagonalization {
  readonly u: Pointer
  readonly v: Pointer
  alpha = 0
  beta = 0
  readonly #system: System
  readonly #long: Pointer
  readonly #short: Pointer

  constructor(system: System) {
    const { vectors, A } = system
    this.#system = system
    this.u = vectors.alloc(A.rows)
    this.v = vectors.zeros(A.columns)
    this.#long = vectors.alloc(A.rows)
    this.#short = vectors.alloc(A.columns)
    this.beta = residual(system, this.u)
    this.#normalizeU()
  }

  /** beta u = A v - alpha u, then alpha v = Aᵀ u - beta v. */
  next(): void {
    const { vectors, A } = this.#system
    A.apply(this.v, this.#long)
    vectors.xpby(A.rows, this.#long, -this.alpha, this.u)
    this.beta = vectors.norm(A.rows, this.u)
    this.#normalizeU()
  }

  #normalizeU(): void {
    const { vectors, A } = this.#system
    const [m, n] = [A.rows, A.columns]
    if (this.beta === 0) {
      this.alpha = 0
      return
    }
    vectors.scale(m, 1 / this.beta, this.u, this.u)
    A.applyTransposed!(this.u, this.#short)
    vectors.xpby(n, this.#short, this.alpha === 0 ? 0 : -this.beta, this.v)
    this.alpha = vectors.norm(n, this.v)
    if (this.alpha > 0) vectors.scale(n, 1 / this.alpha, this.v, this.v)
  }
}

/** Estimates on the way, as both papers name them. */
export interface Estimates {
  readonly normR: number
  /** ||Aᵀ r||. */
  readonly normAr: number
  readonly normA: number
  readonly condA: number
  readonly normX: number
}

/** Paige and Saunders' rules with atol = btol = tol: a solution, a least-squares solution, or as far as float64 goes. */
export function endingOf(estimates: Estimates, { tol, normB, target }: System): Ending | null {
  const { normR, normAr, normA, condA, normX } = estimates
  if (!Number.isFinite(normR + normX)) return { outcome: 'breakdown' }
  const size = (normA * normX) / normB
  const normal = normR === 0 ? 0 : normAr / (normA * normR)
  if (normR <= Math.max(target, (tol + tol * size) * normB) || normal <= tol) return { outcome: 'converged' }
  if (1 + normal <= 1 || 1 + normR / normB / (1 + size) <= 1) return { outcome: 'converged' }
  if (1 + 1 / condA <= 1) return { outcome: 'stagnated', detail: 'A is rank-deficient to working precision' }
  return null
}

/** Givens rotation (c, s, r) of (a, b), r with the sign that Paige and Saunders' programs give it. */
export function symOrtho(a: number, b: number): [c: number, s: number, r: number] {
  if (b === 0) return [Math.sign(a), 0, Math.abs(a)]
  if (a === 0) return [0, Math.sign(b), Math.abs(b)]
  if (Math.abs(b) > Math.abs(a)) {
    const tau = a / b
    const s = Math.sign(b) / Math.sqrt(1 + tau * tau)
    return [s * tau, s, b / s]
  }
  const tau = b / a
  const c = Math.sign(a) / Math.sqrt(1 + tau * tau)
  return [c, c * tau, a / c]
}
