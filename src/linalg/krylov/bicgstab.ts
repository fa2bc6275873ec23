/** BiCGSTAB for any square A (van der Vorst 1992), preconditioned from the right. One iteration has two products with A. */
import type { Ending } from './outcomes.js'
import { divergence, residual, type System } from './system.js'

/** Inner products this small against their vectors are zero. */
const orthogonal = Number.EPSILON ** 2

export function* bicgstab(system: System): Generator<number, Ending, void> {
  const { vectors, A, M, x, target, maxIterations } = system
  const n = A.rows
  const [r, shadow, p, v, t] = Array.from({ length: 5 }, () => vectors.alloc(n)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const pHat = M === null ? p : vectors.alloc(n)
  const sHat = M === null ? r : vectors.alloc(n)
  let norm = residual(system, r)
  const first = norm
  vectors.copy(n, r, shadow)
  yield norm
  let [rho, alpha, omega] = [1, 1, 1]
  for (let k = 0; k < maxIterations; k++) {
    if (norm <= target) return { outcome: 'converged' }
    const rhoBefore = rho
    rho = vectors.dot(n, shadow, r)
    if (!Number.isFinite(rho) || Math.abs(rho) <= orthogonal * first * norm)
      return { outcome: 'breakdown', detail: 'the residual is orthogonal to the shadow residual' }
    if (k === 0) vectors.copy(n, r, p)
    else {
      // p = r + beta (p - omega v)
      vectors.axpy(n, -omega, v, p)
      vectors.xpby(n, r, (rho / rhoBefore) * (alpha / omega), p)
    }
    M?.apply(p, pHat)
    A.apply(pHat, v)
    const pivot = vectors.dot(n, shadow, v)
    if (pivot === 0 || !Number.isFinite(pivot))
      return { outcome: 'breakdown', detail: 'a pivot of the recurrence is zero' }
    alpha = rho / pivot
    vectors.axpy(n, alpha, pHat, x)
    // From here r is the half step's residual, usually called s.
    vectors.axpy(n, -alpha, v, r)
    norm = vectors.norm(n, r)
    if (norm <= target) {
      yield norm
      return { outcome: 'converged' }
    }
    M?.apply(r, sHat)
    A.apply(sHat, t)
    const square = vectors.dot(n, t, t)
    omega = square === 0 ? 0 : vectors.dot(n, t, r) / square
    vectors.axpy(n, omega, sHat, x)
    vectors.axpy(n, -omega, t, r)
    norm = vectors.norm(n, r)
    yield norm
    if (!Number.isFinite(norm)) return { outcome: 'breakdown' }
    if (norm > divergence * system.normB) return { outcome: 'diverged' }
    if (omega === 0 && norm > target) return { outcome: 'breakdown', detail: 'the stabilizing step is zero' }
  }
  return { outcome: norm <= target ? 'converged' : 'iteration-limit' }
}
