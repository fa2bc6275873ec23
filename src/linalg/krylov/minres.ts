/**
 * MINRES for symmetric A, definite or not (Paige & Saunders 1975), with a symmetric positive definite preconditioner. Letters and stopping
 * rules are those of the authors' program, which SciPy's is too: it stops when ||r|| <= tol ||A|| ||x||, norms as estimated on the way
 * (criterion `backward`, the default). Criterion `residual` asks for ||r|| <= tol ||b|| instead. Unlike theirs, a small ||A r|| alone ends the
 * iteration only where it is zero to working precision: ill-conditioned systems that have a solution get there.
 */
import type { Ending } from './outcomes.js'
import { residual, type System } from './system.js'

const epsilon = Number.EPSILON
/** ||A r|| this small against ||A|| ||r|| is zero. */
const singular = 1e-12

export function* minres(system: System): Generator<number, Ending, void> {
  const { vectors, A, M, x, target, tol, maxIterations, criterion } = system
  const n = A.rows
  let r1 = vectors.alloc(n)
  let r2 = vectors.alloc(n)
  let y = vectors.alloc(n)
  const v = vectors.alloc(n)
  let w = vectors.zeros(n)
  let w1 = vectors.zeros(n)
  let w2 = vectors.zeros(n)
  const z = M === null ? 0 : vectors.alloc(n)
  const indefinitePreconditioner: Ending = {
    outcome: 'indefinite',
    detail: 'the preconditioner is not positive definite',
  }
  /** The preconditioned length of r2, with M^-1 r2 in `y` (or in z, see below). */
  const preconditionedSquare = (r: number): number => {
    if (M === null) return vectors.dot(n, r, r)
    M.apply(r, z)
    return vectors.dot(n, r, z)
  }

  const norm = residual(system, r2)
  yield norm
  if (norm <= target) return { outcome: 'converged' }
  let square = preconditionedSquare(r2)
  if (square < 0) return indefinitePreconditioner
  if (!(square > 0 && Number.isFinite(square))) return { outcome: 'breakdown' }
  const beta1 = Math.sqrt(square)
  // ||r|| as the recurrence knows it is in the norm of M^-1.
  const scale = norm / beta1
  let [beta, betaBefore] = [beta1, 0]
  let [dbar, epsln, phibar] = [0, 0, beta1]
  let [cs, sn] = [-1, 0]
  let tnorm2 = 0
  let [gmax, gmin] = [0, Number.POSITIVE_INFINITY]

  for (let k = 1; k <= maxIterations; k++) {
    // Lanczos: the next column of the tridiagonal T.
    vectors.scale(n, 1 / beta, M === null ? r2 : z, v)
    A.apply(v, y)
    if (k >= 2) vectors.axpy(n, -beta / betaBefore, r1, y)
    const alpha = vectors.dot(n, v, y)
    vectors.axpy(n, -alpha / beta, r2, y)
    ;[r1, r2, y] = [r2, y, r1]
    betaBefore = beta
    square = preconditionedSquare(r2)
    if (square < 0) return indefinitePreconditioner
    if (!Number.isFinite(square)) return { outcome: 'breakdown' }
    beta = Math.sqrt(square)
    tnorm2 += alpha * alpha + betaBefore * betaBefore + beta * beta

    // The previous rotation, then the next.
    const oldeps = epsln
    const delta = cs * dbar + sn * alpha
    const gbar = sn * dbar - cs * alpha
    epsln = sn * beta
    dbar = -cs * beta
    // ||A r|| / ||r|| before this step. Where it is 0 there is no step left that helps: r is orthogonal to A's range.
    const normA = Math.sqrt(tnorm2)
    if (Math.hypot(gbar, dbar) <= singular * normA) return { outcome: 'inconsistent' }
    const gamma = Math.hypot(gbar, beta)
    if (gamma === 0) return { outcome: 'inconsistent' }
    cs = gbar / gamma
    sn = beta / gamma
    const phi = cs * phibar
    phibar *= sn

    // x += phi w with w = (v - oldeps w1 - delta w2) / gamma.
    ;[w1, w2, w] = [w2, w, w1]
    vectors.scale(n, -oldeps / gamma, w1, w)
    vectors.axpy(n, 1 / gamma, v, w)
    vectors.axpy(n, -delta / gamma, w2, w)
    vectors.axpy(n, phi, w, x)
    gmax = Math.max(gmax, gamma)
    gmin = Math.min(gmin, gamma)
    const normR = phibar * scale
    yield normR

    const backward = phibar / (normA * vectors.norm(n, x))
    if (criterion === 'residual' ? normR <= target : backward <= tol) return { outcome: 'converged' }
    if (1 + backward <= 1) return { outcome: 'converged' }
    if (beta <= 10 * epsilon * normA) return { outcome: 'breakdown', detail: 'the Krylov space is exhausted' }
    if (gmax / gmin >= 0.1 / epsilon) return { outcome: 'stagnated', detail: 'A is singular to working precision' }
  }
  return { outcome: 'iteration-limit' }
}
