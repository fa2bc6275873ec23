/** The incomplete beta function, and the binomial distribution that is one. */
import { deviance, lnGamma, stirlingError } from './gamma.js'

/** x^a y^b / B(a, b), y = 1 - x given apart so that neither loses digits: Loader's saddle-point form of the binomial probability. */
function betaTerm(a: number, b: number, x: number, y: number): number {
  const n = a + b
  if (Math.min(a, b) < 1e-3) return Math.exp(a * Math.log(x) + b * Math.log(y) + lnGamma(n) - lnGamma(a) - lnGamma(b))
  const exponent = stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * y)
  return Math.exp(exponent) * Math.sqrt(((a / n) * b) / (2 * Math.PI))
}

/**
 * I_x(a, b) for x < (a + 1) / (a + b + 2), by the continued fraction of DiDonato & Morris (1992, "Algorithm 708", section 4), which keeps y apart;
 * evaluated by the modified method of Lentz.
 */
function fraction(a: number, b: number, x: number, y: number): number {
  const guarded = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value)
  const excess = a * y - b * x + 1
  const partial = (m: number): number =>
    m + (m * (b - m) * x) / (a + 2 * m - 1) + ((a + m) * (excess + m * (1 + y))) / (a + 2 * m + 1)
  let f = guarded(a === 1 ? excess / 2 : partial(0))
  let c = f
  let d = 0
  for (let m = 1; m < 1e6; m++) {
    const alpha = (((a + m - 1) * (a + b + m - 1)) / (a + 2 * m - 1)) * ((m * (b - m)) / (a + 2 * m - 1)) * x * x
    const beta = partial(m)
    d = 1 / guarded(beta + alpha * d)
    c = guarded(beta + alpha / c)
    const step = c * d
    f *= step
    if (Math.abs(step - 1) < 1e-16) break
  }
  return betaTerm(a, b, x, y) / f
}

/** I_x(a, b) with y = 1 - x given apart. */
export function betaIncOf(a: number, b: number, x: number, y: number): number {
  if (!(a > 0) || !(b > 0) || !(x >= 0) || !(y >= 0)) return Number.NaN
  if (x === 0) return 0
  if (y === 0) return 1
  return x < (a + 1) / (a + b + 2) ? fraction(a, b, x, y) : 1 - fraction(b, a, y, x)
}

/**
 * The regularized incomplete beta function I_x(a, b), a and b > 0, x from 0 to 1; NaN outside. Accurate in relative terms however small.
 * @example betaInc(2, 1, 0.5) // 0.25
 */
export function betaInc(a: number, b: number, x: number): number {
  return betaIncOf(a, b, x, 1 - x)
}

/**
 * The probability of k successes of n, each with probability p, by Loader's saddle-point form.
 * @example binomialPmf(2, 4, 0.5) // 6 / 16
 */
export function binomialPmf(k: number, n: number, p: number): number {
  if (!(p >= 0 && p <= 1) || !(n >= 0)) return Number.NaN
  if (!(k >= 0 && k <= n)) return 0
  if (p === 0 || p === 1) return k === n * p ? 1 : 0
  if (k === 0) return Math.exp(n * Math.log1p(-p))
  if (k === n) return Math.exp(n * Math.log(p))
  const q = 1 - p
  const exponent =
    stirlingError(n) - stirlingError(k) - stirlingError(n - k) - deviance(k, n * p) - deviance(n - k, n * q)
  return Math.exp(exponent) * Math.sqrt(n / (2 * Math.PI * k * (n - k)))
}

/** P(X <= k) of n trials with probability p. */
export function binomialCdf(k: number, n: number, p: number): number {
  const whole = Math.floor(k)
  if (whole < 0) return 0
  if (whole >= n) return 1
  return betaIncOf(n - whole, whole + 1, 1 - p, p)
}

/** P(X > k) of n trials with probability p. */
export function binomialSf(k: number, n: number, p: number): number {
  const whole = Math.floor(k)
  if (whole < 0) return 1
  if (whole >= n) return 0
  return betaIncOf(whole + 1, n - whole, p, 1 - p)
}

/**
 * The exact two-sided p-value of k successes of n when each has probability p: the sum over all outcomes that are no more probable than k.
 * @example binomialTest(9, 10, 0.5) // 22 / 1024
 */
export function binomialTest(k: number, n: number, p: number): number {
  // Outcomes as probable as k but for rounding count as equal, as in SciPy and R.
  const limit = binomialPmf(k, n, p) * (1 + 1e-7)
  const mode = Math.floor((n + 1) * p)
  const other = k < mode ? firstBelow(mode, n, (i) => binomialPmf(i, n, p) <= limit) : 0
  if (k < mode) return Math.min(1, binomialCdf(k, n, p) + binomialSf(other - 1, n, p))
  const lower = mode - firstBelow(0, mode, (i) => binomialPmf(mode - i, n, p) <= limit)
  return Math.min(1, binomialSf(k - 1, n, p) + (lower >= k ? binomialCdf(k - 1, n, p) : binomialCdf(lower, n, p)))
}

/** The first whole number from `low` to `high` at which `holds`, which stays true once it is; `high + 1` if nowhere. */
function firstBelow(low: number, high: number, holds: (i: number) => boolean): number {
  let end = high + 1
  while (low < end) {
    const middle = low + Math.floor((end - low) / 2)
    if (holds(middle)) end = middle
    else low = middle + 1
  }
  return low
}
