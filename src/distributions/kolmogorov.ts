/** Distributions of the Kolmogorov-Smirnov statistics: the limit, one sample, and two samples. */

/**
 * P(K > x) of Kolmogorov's limit distribution, sup |Brownian bridge|, accurate in relative terms out to x = 18.
 * Source: Kolmogorov (1933); its theta function's other series where x is small.
 * @example kolmogorovSf(1.3580986393225507) // 0.05
 */
export function kolmogorovSf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  if (x <= 0) return 1
  if (x < 0.8) {
    const q = -(Math.PI ** 2) / (8 * x * x)
    return 1 - (Math.sqrt(2 * Math.PI) / x) * (Math.exp(q) + Math.exp(9 * q) + Math.exp(25 * q) + Math.exp(49 * q))
  }
  let sum = 0
  for (let k = 1; k < 20; k++) {
    const term = Math.exp(-2 * k * k * x * x)
    sum += k % 2 === 1 ? term : -term
    if (term < 1e-18 * sum) break
  }
  return 2 * sum
}
