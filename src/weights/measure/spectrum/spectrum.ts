/** What the methods for singular values have in common. */

export interface Spectrum {
  readonly method: 'gram' | 'svd' | 'estimate'
  /** Descending: all min(m, n) of them, or the largest for an estimate. */
  readonly values: Float64Array
  /** Whether `values` are all there are. */
  readonly complete: boolean
  /** Bound on the absolute error of each value. */
  readonly error: number
}

/** Unit roundoff of f64, times two: the distance from 1 to the next number. */
export const epsilon = 2 ** -52

/** `values` (descending) followed by zeros up to `length`. */
export function padded(values: Float64Array, length: number): Float64Array {
  if (values.length === length) return values
  const all = new Float64Array(length)
  all.set(values)
  return all
}
