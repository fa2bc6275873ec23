/** Conjugate gradients (Hestenes & Stiefel 1952), preconditioned, for symmetric positive definite A. */
import type { Ending } from './outcomes.js'
import { divergence, residual, type System } from './system.js'

/** Rayleigh quotients (of M^-1 A) this much below the largest seen belong to a null space. */
const nullCurvature = 4 * Number.EPSILON

export function* cg(system: System): Generator<number, Ending, void> {
  const { vectors, A, M, x, target, maxIterations } = system
  const n = A.rows
  const r = vectors.alloc(n)
  const p = vectors.alloc(n)
  const q = vectors.alloc(n)
  const z = M === null ? r : vectors.alloc(n)
  let norm = residual(system, r)
  yield norm
  let rho = 0
  // ||p||^2 in M's norm: p = z + beta p' with z orthogonal to p' there.
  let length = 0
  let largestCurvature = 0
  for (let k = 0; k < maxIterations; k++) {
    if (norm <= target) return { outcome: 'converged' }
    M?.apply(r, z)
    const rhoBefore = rho
    rho = M === null ? norm * norm : vectors.dot(n, r, z)
    if (rho < 0) return { outcome: 'indefinite', detail: 'the preconditioner is not positive definite' }
    if (!(rho > 0 && Number.isFinite(rho))) return { outcome: 'breakdown' }
    const beta = k === 0 ? 0 : rho / rhoBefore
    if (k === 0) vectors.copy(n, z, p)
    else vectors.xpby(n, z, beta, p)
    length = rho + beta * beta * length
    A.apply(p, q)
    const curvature = vectors.dot(n, p, q)
    if (!Number.isFinite(curvature)) return { outcome: 'breakdown' }
    const relative = curvature / length
    if (relative <= nullCurvature * largestCurvature) {
      // Of a semidefinite matrix ||A p||^2 <= ||A|| pᵀ A p: then p is a null direction, and r has a part that A cannot reach.
      const bound = 1e3 * nullCurvature * vectors.dot(n, p, p) * largestCurvature ** 2
      const isNull = vectors.dot(n, q, q) <= (M === null ? bound : 0)
      return { outcome: isNull ? 'inconsistent' : 'indefinite' }
    }
    largestCurvature = Math.max(largestCurvature, relative)
    const alpha = rho / curvature
    vectors.axpy(n, alpha, p, x)
    vectors.axpy(n, -alpha, q, r)
    norm = vectors.norm(n, r)
    yield norm
    if (norm > divergence * system.normB) return { outcome: 'diverged' }
  }
  return { outcome: norm <= target ? 'converged' : 'iteration-limit' }
}
