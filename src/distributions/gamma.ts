/** The logarithm of the gamma function, Stirling's error, and the incomplete gamma functions: what tails are made of. */

/** ln sqrt(2 pi). */
export const lnSqrt2Pi = 0.9189385332046728

/** zeta(k) - 1 for k = 2, 3, ..., by Euler and Maclaurin from the twentieth term on. */
const zetaLess1 = Array.from({ length: 30 }, (_, i) => {
  const k = i + 2
  const N = 20
  let sum = N ** (1 - k) / (k - 1) + N ** -k / 2 + (k * N ** (-k - 1)) / 12
  sum -= (k * (k + 1) * (k + 2) * N ** (-k - 3)) / 720
  sum += (k * (k + 1) * (k + 2) * (k + 3) * (k + 4) * N ** (-k - 5)) / 30240
  for (let n = N - 1; n >= 2; n--) sum += n ** -k
  return sum
})

const euler = 0.5772156649015329

/** ln Gamma(2 + z) for |z| <= 1/2 by its Taylor series (DLMF 5.7.3), which is exact about its zero. */
function nearTwo(z: number): number {
  let sum = 0
  for (let i = zetaLess1.length - 1; i >= 0; i--)
    sum = z * ((i % 2 === 0 ? zetaLess1[i]! : -zetaLess1[i]!) / (i + 2) + sum)
  return z * (1 - euler + sum)
}

/** Stirling's series for the error of Stirling's formula (DLMF 5.11.1), for x >= 15. */
function stirlingSeries(x: number): number {
  const s = 1 / (x * x)
  return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - (s * 691) / 360360))))) / x
}

/**
 * ln Gamma(x) for x > 0, to about 1e-14 relative also beside its zeros at 1 and 2; Infinity at 0 and at Infinity, NaN below 0.
 * @example lnGamma(5) // ln 24
 */
export function lnGamma(x: number): number {
  if (!(x >= 0)) return Number.NaN
  if (x === 0 || x === Infinity) return Infinity
  if (x < 0.5) return lnGamma(x + 1) - Math.log(x)
  if (x < 1.5) return nearTwo(x - 1) - Math.log1p(x - 1)
  if (x <= 2.5) return nearTwo(x - 2)
  let product = 1
  for (; x < 15; x++) product *= x
  return (x - 0.5) * Math.log(x) - x + lnSqrt2Pi + stirlingSeries(x) - Math.log(product)
}

/** ln Gamma(x + 1) - (x + 1/2) ln x + x - ln sqrt(2 pi): what Stirling's formula leaves out, without the cancellation. For x > 0. */
export function stirlingError(x: number): number {
  let shift = 0
  for (; x < 15; x++) shift += (x + 0.5) * Math.log1p(1 / x) - 1
  return shift + stirlingSeries(x)
}

/**
 * x ln(x / m) + m - x >= 0, the deviance, without cancellation for x near m.
 * Source: C. Loader, "Fast and accurate computation of binomial probabilities" (2000).
 */
export function deviance(x: number, m: number): number {
  if (x === 0) return m
  const difference = x - m
  if (Math.abs(difference) > 0.3 * (x + m)) return x * Math.log(x / m) - difference
  // With v = (x - m) / (x + m): ln(x / m) = 2 (v + v^3 / 3 + ...), and the first term is taken together with m - x.
  const v = difference / (x + m)
  let sum = difference * v
  let power = 2 * x * v
  for (let j = 3; ; j += 2) {
    power *= v * v
    const next = sum + power / j
    if (next === sum) return sum
    sum = next
  }
}

/** x^a e^-x / Gamma(a + 1): the Poisson probability of a, for real a > 0. */
function gammaTerm(a: number, x: number): number {
  if (a < 1e-3) return Math.exp(a * Math.log(x) - x - lnGamma(a + 1))
  return Math.exp(-deviance(a, x) - stirlingError(a) - lnSqrt2Pi) / Math.sqrt(a)
}

/** P(a, x) by its series (DLMF 8.11.4): all terms positive, quick for x < a + 1. */
function lowerSeries(a: number, x: number): number {
  let term = 1
  let sum = 1
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= x / (a + n)
    sum += term
  }
  return sum * gammaTerm(a, x)
}

/** Q(a, x) by Legendre's continued fraction (DLMF 8.9.2), evaluated by the modified method of Lentz; quick for x >= a + 1. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = 1e300
  let d = 1 / b
  let h = d
  for (let i = 1; i < 1e6; i++) {
    const an = -i * (i - a)
    b += 2
    d = an * d + b
    if (Math.abs(d) < 1e-300) d = 1e-300
    c = b + an / c
    if (Math.abs(c) < 1e-300) c = 1e-300
    d = 1 / d
    const step = d * c
    h *= step
    if (Math.abs(step - 1) < 1e-16) break
  }
  return h * a * gammaTerm(a, x)
}

/** Q(a, x) for a <= 1 and x <= 2, where 1 - P would lose what is small: 1 - x^a / Gamma(1 + a), less the rest of the series (DLMF 8.7.1). */
function upperSmall(a: number, x: number): number {
  const exponent = a * Math.log(x) - lnGamma(1 + a)
  let power = 1
  let sum = 0
  for (let k = 1; Math.abs(power) > 1e-18; k++) {
    power *= -x / k
    sum += power / (a + k)
  }
  return -Math.expm1(exponent) - Math.exp(exponent) * a * sum
}

/**
 * The regularized lower incomplete gamma function P(a, x), a > 0, x >= 0, accurate in relative terms however small; NaN outside.
 * @example gammaIncP(1, 2) // 1 - exp(-2)
 */
export function gammaIncP(a: number, x: number): number {
  if (!(a > 0) || !(x >= 0)) return Number.NaN
  if (x === 0) return 0
  if (x === Infinity) return 1
  return x < a + 1 ? lowerSeries(a, x) : 1 - upperFraction(a, x)
}

/**
 * The regularized upper incomplete gamma function Q(a, x) = 1 - P(a, x), a > 0, x >= 0, accurate in relative terms however small; NaN outside.
 * @example gammaIncQ(1, 700) // exp(-700)
 */
export function gammaIncQ(a: number, x: number): number {
  if (!(a > 0) || !(x >= 0)) return Number.NaN
  if (x === 0) return 1
  if (x === Infinity) return 0
  if (x >= a + 1) return upperFraction(a, x)
  return a <= 1 ? upperSmall(a, x) : 1 - lowerSeries(a, x)
}
