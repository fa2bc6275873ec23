/** Robust statistics and straight lines for short series. */

/** The middle value, or the mean of the two; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** Median absolute deviation from the median, times 1.4826: the standard deviation where values are Gaussian (Hampel 1974). */
export function robustDeviation(values: readonly number[]): number {
  const middle = median(values)
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)))
}

export interface Line {
  readonly slope: number
  /** The slope's standard error: how far it may be off by the scatter about the line. */
  readonly error: number
  /** Slope over `error`, against the 99 % quantile of Student's t: the sign of the slope is beyond doubt. */
  readonly isSignificant: boolean
}

/** The least-squares line through (x, y), three points or more. */
export function fitLine(x: readonly number[], y: readonly number[]): Line {
  const n = x.length
  const meanX = sum(x) / n
  const meanY = sum(y) / n
  let xx = 0
  let xy = 0
  for (let i = 0; i < n; i++) {
    xx += (x[i]! - meanX) ** 2
    xy += (x[i]! - meanX) * (y[i]! - meanY)
  }
  const slope = xx > 0 ? xy / xx : 0
  let residuals = 0
  for (let i = 0; i < n; i++) residuals += (y[i]! - meanY - slope * (x[i]! - meanX)) ** 2
  const error = xx > 0 && n > 2 ? Math.sqrt(residuals / (n - 2) / xx) : Number.POSITIVE_INFINITY
  return { slope, error, isSignificant: slope !== 0 && Math.abs(slope) > studentQuantile(n - 2) * error }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** 99 % quantile of Student's t: exact for few degrees of freedom, then by its expansion about the normal one (Abramowitz & Stegun 26.7.5). */
export function studentQuantile(freedom: number): number {
  const exact = [
    31.821, 6.965, 4.541, 3.747, 3.365, 3.143, 2.998, 2.896, 2.821, 2.764, 2.7181, 2.681, 2.65, 2.624, 2.602, 2.583, 2.567, 2.552, 2.539, 2.528,
  ] // biome-ignore format: a list
  if (freedom < 1) return Number.POSITIVE_INFINITY
  const known = exact[freedom - 1]
  if (known !== undefined) return known
  const z = 2.326348
  return z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
}
