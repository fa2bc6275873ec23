/**
 * Tails of the limit distributions of Cramer-von Mises's and Anderson-Darling's statistics: sums of independent chi-squared variables (one
 * degree of freedom each) with weights 1 / lambda_j.
 *
 * Source: N. V. Smirnov (1936), M. Kac & A. J. F. Siegert (1947): with D(u) = product (1 - u / lambda_j),
 * P(S > x) = (1 / pi) sum over k = 1, 2, ... of (-1)^(k+1) times the integral from lambda_{2k-1} to lambda_{2k} of e^{-x u / 2} / (u sqrt(-D(u))) du.
 * The first integral is the tail; nothing cancels, so that p-values of 1e-100 keep their digits.
 */

/** `lambda(j)`, j = 1, 2, ..., and |D(u)|. */
interface Weights {
  lambda(j: number): number
  determinant(u: number): number
}

const points = 48

function sf(x: number, { lambda, determinant }: Weights): number {
  let sum = 0
  for (let k = 1; k <= 60; k++) {
    const [low, high] = [lambda(2 * k - 1), lambda(2 * k)]
    const [middle, half] = [(low + high) / 2, (high - low) / 2]
    // Gauss and Chebyshev's rule takes the roots at both ends into its weight.
    let integral = 0
    for (let i = 0; i < points; i++) {
      const s = Math.cos(((2 * i + 1) * Math.PI) / (2 * points))
      const u = middle + half * s
      const smooth = Math.abs(determinant(u)) / ((u - low) * (high - u))
      integral += Math.exp((-x * u) / 2) / (u * Math.sqrt(smooth))
    }
    const term = integral / points
    sum += k % 2 === 1 ? term : -term
    if (term < 1e-17 * Math.abs(sum)) break
  }
  return Math.min(1, Math.max(0, sum))
}

/** lambda_j = j^2 pi^2, D(u) = sin(sqrt u) / sqrt u. */
const cramer: Weights = {
  lambda: (j) => (j * Math.PI) ** 2,
  determinant: (u) => Math.sin(Math.sqrt(u)) / Math.sqrt(u),
}

/** lambda_j = j (j + 1), D(u) = -cos(pi sqrt(1 + 4 u) / 2) / (pi u). */
const anderson: Weights = {
  lambda: (j) => j * (j + 1),
  determinant: (u) => Math.cos((Math.PI / 2) * Math.sqrt(1 + 4 * u)) / (Math.PI * u),
}

/** P(W^2 > x) in the limit of Cramer-von Mises's statistic (mean 1/6). */
export function cramerVonMisesSf(x: number): number {
  return Number.isNaN(x) ? Number.NaN : x < 0.003 ? 1 : sf(x, cramer)
}

/** P(A^2 > x) in the limit of Anderson-Darling's statistic (mean 1). */
export function andersonDarlingSf(x: number): number {
  return Number.isNaN(x) ? Number.NaN : x < 0.03 ? 1 : sf(x, anderson)
}
