/** LSQR for any A, rectangular too (Paige & Saunders 1982): the solution, or the least-squares one. Letters as in the paper. */
import { Bidiagonalization, endingOf, symOrtho } from './bidiagonal.js'
import type { Ending } from './outcomes.js'
import type { System } from './system.js'

export function* lsqr(system: System): Generator<number, Ending, void> {
  const { vectors, A, x, target, maxIterations } = system
  const n = A.columns
  const bidiagonal = new Bidiagonalization(system)
  const { v } = bidiagonal
  const w = vectors.alloc(n)
  vectors.copy(n, v, w)
  yield bidiagonal.beta
  if (bidiagonal.beta <= target || bidiagonal.alpha === 0) return { outcome: 'converged' }
  let rhobar = bidiagonal.alpha
  let phibar = bidiagonal.beta
  let squareA = 0
  let squareD = 0
  // The estimate of ||x||, by a second sequence of rotations.
  let [cs2, sn2, z, squareX] = [-1, 0, 0, 0]
  for (let k = 0; k < maxIterations; k++) {
    const alphaBefore = bidiagonal.alpha
    bidiagonal.next()
    const { alpha, beta } = bidiagonal
    squareA += alphaBefore * alphaBefore + beta * beta
    const [cs, sn, rho] = symOrtho(rhobar, beta)
    const theta = sn * alpha
    rhobar = -cs * alpha
    const phi = cs * phibar
    phibar *= sn
    squareD += vectors.dot(n, w, w) / (rho * rho)
    vectors.axpy(n, phi / rho, w, x)
    vectors.xpby(n, v, -theta / rho, w)

    const delta = sn2 * rho
    const gambar = -cs2 * rho
    const rhs = phi - delta * z
    const normX = Math.hypot(Math.sqrt(squareX), rhs / gambar)
    const gamma = Math.hypot(gambar, theta)
    cs2 = gambar / gamma
    sn2 = theta / gamma
    z = rhs / gamma
    squareX += z * z
    yield phibar
    const normA = Math.sqrt(squareA)
    const normAr = alpha * Math.abs(sn * phi)
    const ending = endingOf({ normR: phibar, normAr, normA, condA: normA * Math.sqrt(squareD), normX }, system)
    if (ending !== null) return ending
  }
  return { outcome: 'iteration-limit' }
}
