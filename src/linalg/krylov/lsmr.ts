/**
 * LSMR for any A, rectangular too (Fong & Saunders 2011): MINRES on the normal equations, so that ||Aᵀ r|| never grows, and an early stop
 * is safer than LSQR's. Letters as in the paper.
 */
import { Bidiagonalization, endingOf, symOrtho } from './bidiagonal.js'
import type { Ending } from './outcomes.js'
import type { System } from './system.js'

export function* lsmr(system: System): Generator<number, Ending, void> {
  const { vectors, A, x, target, maxIterations } = system
  const n = A.columns
  const bidiagonal = new Bidiagonalization(system)
  const { v } = bidiagonal
  const h = vectors.alloc(n)
  const hbar = vectors.zeros(n)
  vectors.copy(n, v, h)
  yield bidiagonal.beta
  if (bidiagonal.beta <= target || bidiagonal.alpha === 0) return { outcome: 'converged' }
  let alphabar = bidiagonal.alpha
  let zetabar = bidiagonal.alpha * bidiagonal.beta
  let [rho, rhobar, cbar, sbar, zeta] = [1, 1, 1, 0, 0]
  const estimate = new ResidualEstimate(bidiagonal.beta)
  let squareA = bidiagonal.alpha ** 2
  let [maxRhobar, minRhobar] = [0, Number.POSITIVE_INFINITY]
  for (let k = 0; k < maxIterations; k++) {
    bidiagonal.next()
    const { alpha, beta } = bidiagonal
    const [rhoBefore, rhobarBefore, zetaBefore] = [rho, rhobar, zeta]
    const [chat, , alphahat] = symOrtho(alphabar, 0)
    const [c, s, length] = symOrtho(alphahat, beta)
    rho = length
    const thetanew = s * alpha
    alphabar = c * alpha
    const thetabar = sbar * rho
    const rhotemp = cbar * rho
    ;[cbar, sbar, rhobar] = symOrtho(rhotemp, thetanew)
    zeta = cbar * zetabar
    zetabar *= -sbar

    vectors.xpby(n, h, (-thetabar * rho) / (rhoBefore * rhobarBefore), hbar)
    vectors.axpy(n, zeta / (rho * rhobar), hbar, x)
    vectors.xpby(n, v, -thetanew / rho, h)

    const normR = estimate.next(chat, c, s, thetabar, rhobar, zetaBefore, zeta)
    squareA += beta * beta
    const normA = Math.sqrt(squareA)
    squareA += alpha * alpha
    maxRhobar = Math.max(maxRhobar, rhobarBefore)
    if (k > 0) minRhobar = Math.min(minRhobar, rhobarBefore)
    const condA = Math.max(maxRhobar, rhotemp) / Math.min(minRhobar, rhotemp)
    yield normR
    const ending = endingOf({ normR, normAr: Math.abs(zetabar), normA, condA, normX: vectors.norm(n, x) }, system)
    if (ending !== null) return ending
  }
  return { outcome: 'iteration-limit' }
}

/** ||r||, which LSMR does not minimize and so has to follow by rotations of its own (section 5.3 of the paper). */
class ResidualEstimate {
  #betadd: number
  #betad = 0
  #rhod = 1
  #tautilde = 0
  #thetatilde = 0

  constructor(beta: number) {
    this.#betadd = beta
  }

  next(chat: number, c: number, s: number, thetabar: number, rhobar: number, zetaBefore: number, zeta: number): number {
    const betaacute = chat * this.#betadd
    const betahat = c * betaacute
    this.#betadd = -s * betaacute
    const thetatildeBefore = this.#thetatilde
    const [ctilde, stilde, rhotilde] = symOrtho(this.#rhod, thetabar)
    this.#thetatilde = stilde * rhobar
    this.#rhod = ctilde * rhobar
    this.#betad = -stilde * this.#betad + ctilde * betahat
    this.#tautilde = (zetaBefore - thetatildeBefore * this.#tautilde) / rhotilde
    const taud = (zeta - this.#thetatilde * this.#tautilde) / this.#rhod
    return Math.hypot(this.#betad - taud, this.#betadd)
  }
}
