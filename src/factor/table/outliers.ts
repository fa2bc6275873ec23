/** Rows that a factorization does not explain. */
import { quantilesOf } from '../../table/internal.js'
import type { Tensor } from '../../tensor/index.js'
import { castOf, tidy, together, view } from '../../tensor/internal.js'
import type { Outliers } from './types.js'

/** Rows that are named. */
const named = 10

/** Euclidean distance of each row of x from that of `made`, both [n, d]. */
export function rowErrors(x: Tensor, made: Tensor): Float64Array {
  return tidy(() => {
    const [a, b] = [view(together(castOf(x, 'f64'))), view(together(castOf(made, 'f64')))]
    const [n, d] = x.shape as [number, number]
    const errors = new Float64Array(n)
    for (let i = 0; i < n; i++) {
      let [scale, sum] = [0, 0]
      for (let j = i * d; j < (i + 1) * d; j++) scale = Math.max(scale, Math.abs(a[j]! - b[j]!))
      if (scale === 0) continue
      for (let j = i * d; j < (i + 1) * d; j++) sum += ((a[j]! - b[j]!) / scale) ** 2
      errors[i] = scale * Math.sqrt(sum)
    }
    return errors
  })
}

/** The largest errors, and how many stand out: above the third quartile and 3 times the interquartile range (Tukey 1977). */
export function outliersOf(
  errors: Float64Array,
  rows: Int32Array,
  lineOf: (row: number) => number,
  what: string,
): Outliers {
  const [lower, upper] = quantilesOf(errors, [0.25, 0.75])
  const threshold = upper! + 3 * (upper! - lower!)
  const order = Array.from(errors.keys()).sort((a, b) => errors[b]! - errors[a]! || a - b)
  const first = order.slice(0, named).filter((i) => errors[i]! > 0)
  // Rounding error of an exact reconstruction is nothing that stands out.
  const count = errors.filter((error) => error > threshold * (1 + 1e-9) && error > 1e-9).length
  return { rows: first.map((i) => ({ row: rows[i]!, line: lineOf(rows[i]!), error: errors[i]! })), threshold, count, what } // biome-ignore format: one line
}
