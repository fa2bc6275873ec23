/** Upper tails of the chi-squared, Student's and Snedecor's distributions, and the quantile of the first. */
import { betaIncOf } from './beta.js'
import { gammaIncP, gammaIncQ, lnGamma } from './gamma.js'
import { normalIsf, normalSf } from './normal.js'

/**
 * P(X > x) for X chi-squared with `df` degrees of freedom (df > 0, need not be whole); 1 for x <= 0.
 * @example chiSquaredSf(3.841458820694124, 1) // 0.05
 */
export function chiSquaredSf(x: number, df: number): number {
  return x <= 0 ? 1 : gammaIncQ(df / 2, x / 2)
}

/** The x with P(X > x) = p for X chi-squared with `df` degrees of freedom, by bisection of the tail to the last bits. */
export function chiSquaredIsf(p: number, df: number): number {
  if (!(p >= 0 && p <= 1) || !(df > 0)) return Number.NaN
  if (p === 1) return 0
  if (p === 0) return Infinity
  // Wilson & Hilferty's cube about which the bracket is laid.
  const start = df * Math.max(1e-3, 1 - 2 / (9 * df) + normalIsf(p) * Math.sqrt(2 / (9 * df))) ** 3
  let low = start
  let high = start
  // Near p = 1 the tail has no digits left to tell places apart, and the other side has.
  const isAbove = (x: number): boolean => (p > 0.5 ? gammaIncP(df / 2, x / 2) < 1 - p : chiSquaredSf(x, df) > p)
  for (; !isAbove(low) && low > 0; low /= 2) high = low
  for (; isAbove(high); high *= 2) low = high
  for (let i = 0; i < 200; i++) {
    const half = (low + high) / 2
    if (half <= low || half >= high) break
    if (isAbove(half)) low = half
    else high = half
  }
  return (low + high) / 2
}

/**
 * P(T > t) of Student's distribution with `df` degrees of freedom (df > 0, need not be whole; Infinity is the normal distribution).
 * @example studentSf(1, 1) // 0.25
 */
export function studentSf(t: number, df: number): number {
  if (Number.isNaN(t) || !(df > 0)) return Number.NaN
  if (t < 0) return 1 - studentSf(-t, df)
  if (t === 0) return 0.5
  if (df === Infinity) return normalSf(t)
  // Beyond, df / t^2 may underflow, and the first term of the series in it is all.
  if (t > 1e100 && t > 1e8 * df) {
    const a = df / 2
    return Math.exp(a * Math.log(df) - df * Math.log(t) + lnGamma(a + 0.5) - lnGamma(a + 1) - lnGamma(0.5)) / 2
  }
  // df / (df + t^2) and its complement; divided by t where t^2 could overflow.
  const [near, far] = t < 1 ? [df, t * t] : [df / t, t]
  return betaIncOf(df / 2, 0.5, near / (near + far), far / (near + far)) / 2
}

/**
 * P(F > f) of the F distribution with `df1` and `df2` degrees of freedom; 1 for f <= 0.
 * @example fSf(1, 10, 10) // 0.5
 */
export function fSf(f: number, df1: number, df2: number): number {
  if (f <= 0) return 1
  const above = df1 * f
  if (above === Infinity) return 0
  return betaIncOf(df2 / 2, df1 / 2, df2 / (df2 + above), above / (df2 + above))
}
