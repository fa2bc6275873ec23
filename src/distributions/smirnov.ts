/** Exact distributions of the Kolmogorov-Smirnov statistics of one sample and of two. */
import { deviance, stirlingError } from './gamma.js'

/**
 * P(D+ >= d), one-sided, of n values against the distribution that they are from. Exact (Birnbaum & Tingey 1951), each term by Loader's
 * saddle point; from n = 10^6 on exp(-(6 n d + 1)^2 / 18 n), which is what SciPy's `smirnov` does.
 */
export function smirnovSf(n: number, d: number): number {
  if (!(n >= 1) || Number.isNaN(d)) return Number.NaN
  if (d <= 0) return 1
  if (d >= 1) return 0
  if (n > 1e6) return Math.exp(-((6 * n * d + 1) ** 2) / (18 * n))
  const nd = n * d
  const whole = stirlingError(n)
  let sum = Math.exp(n * Math.log1p(-d))
  for (let j = 1; j < n - nd; j++) {
    // C(n, j) (d + j/n)^(j-1) (1 - d - j/n)^(n-j) d, a binomial probability of j times d / (d + j/n).
    const exponent = whole - stirlingError(j) - stirlingError(n - j) - deviance(j, nd + j) - deviance(n - j, n - j - nd)
    sum += (Math.exp(exponent) * Math.sqrt(n / (2 * Math.PI * j * (n - j))) * nd) / (nd + j)
  }
  return Math.min(1, sum)
}

/**
 * P(D_n >= d), two-sided, of n values against the distribution that they are from. Methods and their regions as Simard & L'Ecuyer (2011,
 * "Computing the two-sided Kolmogorov-Smirnov distribution") lay them out and SciPy's `kstwo` has them: Durbin's matrix (Marsaglia, Tsang & Wang
 * 2003), twice the one-sided tail, and the expansion of Pelz & Good (1976).
 */
export function kolmogorovSmirnovSf(n: number, d: number): number {
  if (!(n >= 1) || Number.isNaN(d)) return Number.NaN
  if (d >= 1) return 0
  const t = n * d
  if (t <= 0.5) return 1
  if (t <= 1) return 1 - factorialOverPower(n) * (2 * t - 1) ** n
  if (t >= n - 1) return 2 * (1 - d) ** n
  const square = t * d
  if (d >= 0.5 || square >= (n <= 140 ? 4 : 2.2)) return square >= 370 ? 0 : 2 * smirnovSf(n, d)
  if (n <= 140 || (n <= 100_000 && n * d ** 1.5 <= 1.4)) return clipped(1 - durbinCdf(n, d))
  return clipped(pelzGoodSf(n, d))
}

function clipped(p: number): number {
  return Math.min(1, Math.max(0, p))
}

/** n! / n^n. */
function factorialOverPower(n: number): number {
  return Math.exp(stirlingError(n) - n) * Math.sqrt(2 * Math.PI * n)
}

/** P(D_n < d) as the middle entry of a power of Durbin's matrix. Entries are scaled by powers of two, which cost no digits. */
function durbinCdf(n: number, d: number): number {
  const k = Math.floor(n * d) + 1
  const m = 2 * k - 1
  const h = k - n * d
  const H = new Float64Array(m * m)
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) H[i * m + j] = i - j + 1 < 0 ? 0 : 1
  for (let i = 0; i < m; i++) {
    H[i * m] = H[i * m]! - h ** (i + 1)
    H[(m - 1) * m + i] = H[(m - 1) * m + i]! - h ** (m - i)
  }
  if (2 * h - 1 > 0) H[(m - 1) * m] = H[(m - 1) * m]! + (2 * h - 1) ** m
  for (let i = 0; i < m; i++)
    for (let j = 0; j <= i; j++) for (let g = 1; g <= i - j + 1; g++) H[i * m + j] = H[i * m + j]! / g
  const power = powerOf(H, m, n)
  let value = power.entries[(k - 1) * m + k - 1]!
  let exponent = power.exponent
  for (let i = 1; i <= n; i++) {
    value *= i / n
    if (value < 2 ** -500) {
      value *= 2 ** 500
      exponent -= 500
    }
  }
  return value * 2 ** exponent
}

interface Scaled {
  entries: Float64Array
  exponent: number
}

function powerOf(base: Float64Array, m: number, n: number): Scaled {
  if (n === 1) return { entries: base, exponent: 0 }
  const half = powerOf(base, m, Math.floor(n / 2))
  const squared = product(half.entries, half.entries, m)
  let exponent = 2 * half.exponent
  const entries = n % 2 === 0 ? squared : product(base, squared, m)
  if (entries[((m - 1) / 2) * m + (m - 1) / 2]! > 2 ** 400) {
    for (let i = 0; i < entries.length; i++) entries[i] = entries[i]! * 2 ** -400
    exponent += 400
  }
  return { entries, exponent }
}

function product(a: Float64Array, b: Float64Array, m: number): Float64Array {
  const out = new Float64Array(m * m)
  for (let i = 0; i < m; i++)
    for (let k = 0; k < m; k++) {
      const factor = a[i * m + k]!
      for (let j = 0; j < m; j++) out[i * m + j] = out[i * m + j]! + factor * b[k * m + j]!
    }
  return out
}

/** 1 - (K0 + K1 / n^1/2 + K2 / n + K3 / n^3/2), the K as theta functions of z = d sqrt(n) that converge quickly for small z. */
function pelzGoodSf(n: number, d: number): number {
  const z = Math.sqrt(n) * d
  const [z2, z4, z6] = [z ** 2, z ** 4, z ** 6]
  const [p2, p4, p6] = [Math.PI ** 2, Math.PI ** 4, Math.PI ** 6]
  const K = [0, 0, 0, 0] as [number, number, number, number]
  const terms = Math.ceil((16 * z) / Math.PI)
  for (let k = terms; k >= 1; k--) {
    const odd = (2 * k - 1) ** 2
    const q = Math.exp((-p2 * odd) / (8 * z2))
    K[0] += q
    K[1] += q * (-z2 + (p2 / 4) * odd)
    K[2] += q * (6 * z6 + 2 * z4 + (((2 * z4 - 5 * z2) * p2) / 4) * odd + ((p4 * (1 - 2 * z2)) / 16) * odd ** 2)
    K[3] +=
      q *
      (-30 * z6 -
        90 * z ** 8 +
        ((p2 * (135 * z4 - 96 * z6)) / 4) * odd +
        ((p4 * (-60 * z2 + 212 * z4)) / 16) * odd ** 2 +
        ((p6 * (5 - 30 * z2)) / 64) * odd ** 3)
  }
  const root = Math.sqrt(2 * Math.PI)
  K[0] *= root / z
  K[1] *= root / (6 * z4)
  K[2] *= root / (72 * z ** 7)
  K[3] *= root / (6480 * z ** 10)
  let second = 0
  let third = 0
  for (let k = terms; k >= 1; k--) {
    const q = Math.exp((-p2 * k * k) / (2 * z2))
    second += k * k * q
    third += (3 * z2 - p2 * k * k) * k * k * q
  }
  K[2] -= (second * p2 * root) / (36 * z ** 3)
  K[3] += (third * p2 * root) / (216 * z6)
  return 1 - K[0] - K[1] / Math.sqrt(n) - K[2] / n - K[3] / n ** 1.5
}

/**
 * P(D >= d) of two samples of n and m different values from one continuous distribution: the share of lattice paths from (0, 0) to (n, m) on which
 * |i m - j n| reaches `reach` = d n m somewhere. All terms are positive, so that the smallest probabilities keep their digits. Work: n m at
 * most, in the strip that stays inside.
 * Source: T. Viehmann, "Numerically more stable computation of the p-values for the two-sample Kolmogorov-Smirnov test" (2021); for n = m the closed
 * form of Gnedenko & Korolyuk (1951).
 */
export function twoSampleSf(n: number, m: number, reach: number): number {
  if (reach <= 0) return 1
  if (n === m) return equalSizes(n, Math.round(reach / n))
  if (n < m) return twoSampleSf(m, n, reach)
  // outside[j] = probability that a random path to (i, j) has been outside; 1 at places that are.
  const outside = new Float64Array(m + 1)
  for (let j = 0; j <= m; j++) outside[j] = j * n >= reach ? 1 : 0
  let from = 0
  for (let i = 1; i <= n; i++) {
    const centre = i * m
    // Inside are the j with |centre - j n| < reach.
    const low = Math.max(0, Math.floor((centre - reach) / n) + 1)
    const high = Math.min(m, Math.ceil((centre + reach) / n) - 1)
    for (; from < low; from++) outside[from] = 1
    let left = low === 0 ? 0 : 1
    for (let j = low; j <= high; j++) {
      left = (outside[j]! * i + left * j) / (i + j)
      // Subnormal numbers take a hundred times as long and matter to no p-value above 1e-298.
      if (left < 1e-305) left = 0
      outside[j] = left
    }
  }
  return outside[m]!
}

/** 2 (p_1 - p_2 + p_3 ...), p_k the probability of C(2n, n - k h) paths of C(2n, n), nested so that it stays between 0 and 1. */
function equalSizes(n: number, h: number): number {
  let sum = 0
  for (let k = Math.floor(n / h); k >= 1; k--) {
    let ratio = 1
    for (let j = 0; j < h; j++) ratio *= (n - (k - 1) * h - j) / (n + (k - 1) * h + j + 1)
    sum = ratio * (1 - sum)
  }
  return Math.min(1, 2 * sum)
}
