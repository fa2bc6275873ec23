/** The normal distribution. */
import { gammaIncP, gammaIncQ, lnSqrt2Pi } from './gamma.js'

/**
 * P(Z > z) of the standard normal distribution, accurate in relative terms out to z = 38.
 * @example normalSf(1.959963984540054) // 0.025
 */
export function normalSf(z: number): number {
  if (z < 0) return 1 - normalSf(-z)
  return gammaIncQ(0.5, (z * z) / 2) / 2
}

/** P(Z <= z) of the standard normal distribution. */
export function normalCdf(z: number): number {
  return normalSf(-z)
}

/** Density of the standard normal distribution. */
export function normalPdf(z: number): number {
  return Math.exp((-z * z) / 2 - lnSqrt2Pi)
}

/**
 * The z with P(Z <= z) = p: -Infinity at 0, Infinity at 1, NaN outside. Newton's method on the share between 0 and z in the middle, on the
 * logarithm of the tail outside, so that no p is too small.
 * @example normalQuantile(0.975) // 1.959963984540054
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN
  if (p === 0.5) return 0
  if (p > 0.25 && p < 0.75) return Math.sign(p - 0.5) * middle(Math.abs(p - 0.5))
  return p < 0.5 ? -upper(p) : upper(1 - p)
}

/** The z with P(Z > z) = p: -normalQuantile(p), for p that 1 - p would lose. */
export function normalIsf(p: number): number {
  return -normalQuantile(p)
}

/** z > 0 with P(0 < Z < z) = share < 1/4. */
function middle(share: number): number {
  let z = share * Math.sqrt(2 * Math.PI)
  for (let i = 0; i < 8; i++) {
    const step = (gammaIncP(0.5, (z * z) / 2) / 2 - share) / normalPdf(z)
    z -= step
    if (Math.abs(step) < 1e-16 * z) break
  }
  return z
}

/** z > 0 with P(Z > z) = p <= 1/4, from the start of Abramowitz & Stegun 26.2.23. */
function upper(p: number): number {
  if (p === 0) return Infinity
  const t = Math.sqrt(-2 * Math.log(p))
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
  for (let i = 0; i < 8; i++) {
    const tail = normalSf(z)
    const step = (Math.log(tail / p) * tail) / normalPdf(z)
    if (!Number.isFinite(step)) break
    z += step
    if (Math.abs(step) < 2e-16 * z) break
  }
  return z
}
