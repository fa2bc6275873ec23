/** Figures of one column: what centring and scaling need. Sums are of shifted values, and of scaled ones where squares would leave the range of f64. */

export interface Moments {
  readonly mean: number
  /** Of the population: ddof 0. */
  readonly std: number
  readonly min: number
  readonly max: number
}

/** Mean, standard deviation and extremes of finite values; NaN for none. Two passes: the second adds up what is left of the mean. */
export function momentsOf(values: Float64Array): Moments {
  const n = values.length
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < n; i++) {
    const value = values[i]!
    if (value < min) min = value
    if (value > max) max = value
  }
  if (n === 0) return { mean: Number.NaN, std: Number.NaN, min: Number.NaN, max: Number.NaN }
  if (min === max) return { mean: min, std: 0, min, max }
  // A power of two, so that nothing is rounded by it.
  const unit = 2 ** Math.max(-1000, Math.min(1000, Math.floor(Math.log2(Math.max(-min, max)))))
  const middle = min / unit / 2 + max / unit / 2
  let sum = 0
  for (let i = 0; i < n; i++) sum += values[i]! / unit - middle
  const shift = middle + sum / n
  let [rest, squares] = [0, 0]
  for (let i = 0; i < n; i++) {
    const delta = values[i]! / unit - shift
    rest += delta
    squares += delta * delta
  }
  // Björck's correction: the mean's own rounding error leaves the sum of squares.
  const std = unit * Math.sqrt(Math.max(0, squares - (rest * rest) / n) / n)
  return { mean: unit * (shift + rest / n), std, min, max }
}

/**
 * Quantiles by linear interpolation between order statistics (type 7 of Hyndman & Fan 1996, NumPy's default): that of p lies at (n - 1) p of the
 * values in ascending order. NaN for no values.
 */
export function quantilesOf(values: Float64Array, shares: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort()
  return shares.map((share) => {
    if (sorted.length === 0) return Number.NaN
    const at = (sorted.length - 1) * share
    const below = Math.floor(at)
    const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!]
    const part = at - below
    // Of two steps from the nearer end, so that no difference overflows and equal neighbours stay what they are.
    return low === high ? low : low * (1 - part) + high * part
  })
}
