/** Looks at columns within strata where rows are in the order of time: the same statistics, against tables that were drawn by permuting blocks of rows. */
import { matmul, tensor } from '../../tensor/index.js'
import { tidy, view } from '../../tensor/internal.js'
import { permutationP } from '../permutation/labels.js'
import { fillScores, type Group } from './strata.js'

/**
 * The largest Kolmogorov-Smirnov distance of a feature in a stratum, in units of its mean over the drawn tables, against the largest in each drawn table:
 * no further correction for the number of features and strata is needed.
 */
export function columnsInOrder(
  columns: readonly Float64Array[],
  table: Uint8Array,
  groups: readonly Group[],
  drawn: readonly Uint8Array[],
) {
  const tables = [table, ...drawn]
  const most = new Float64Array(tables.length)
  let best = { size: 0, feature: 0, stratum: groups[0]!.stratum }
  for (const { stratum, rows } of groups)
    for (const [feature, values] of columns.entries()) {
      const known = rows.filter((row) => !Number.isNaN(values[row]!))
      const places = Int32Array.from(Array.from(known).sort((a, b) => values[a]! - values[b]!))
      const ends = Uint8Array.from(places, (row, i) => (values[places[i + 1] ?? -1] === values[row] ? 0 : 1))
      const distances = Float64Array.from(tables, (one) => distance(places, ends, one))
      const mean = distances.reduce((sum, value) => sum + value, 0) / distances.length
      if (!(mean > 0)) continue
      for (const [b, value] of distances.entries()) most[b] = Math.max(most[b]!, value / mean)
      if (distances[0]! / mean > best.size) best = { size: distances[0]! / mean, feature, stratum }
    }
  return { p: permutationP(most[0]!, most.subarray(1)), feature: best.feature, stratum: best.stratum }
}

/** Kolmogorov-Smirnov distance times the root of the effective number of rows; 0 where a table has none. */
function distance(places: Int32Array, ends: Uint8Array, table: Uint8Array): number {
  let n1 = 0
  for (const row of places) n1 += table[row]!
  const n0 = places.length - n1
  let [at, most] = [0, 0]
  for (let i = 0; i < places.length; i++) {
    at += table[places[i]!] === 1 ? n0 : -n1
    if (ends[i] === 1 && Math.abs(at) > most) most = Math.abs(at)
  }
  return n0 > 0 && n1 > 0 ? most / Math.sqrt(n0 * n1 * (n0 + n1)) : 0
}

/** Sum over strata and features of squared standardized rank sums, of location and of spread. */
export function ranksInOrder(
  columns: readonly Float64Array[],
  table: Uint8Array,
  groups: readonly Group[],
  drawn: readonly Uint8Array[],
) {
  const width = 2 * columns.length
  const tables = [table, ...drawn]
  const squares = new Float64Array(tables.length)
  for (const { rows } of groups) {
    const n = rows.length
    const scores = new Float64Array(n * width)
    for (const [j, values] of columns.entries()) fillScores(values, rows, scores, 2 * j, width)
    const labels = new Float64Array(tables.length * n)
    for (const [b, one] of tables.entries()) for (let i = 0; i < n; i++) labels[b * n + i] = one[rows[i]!]!
    const sums = tidy(
      () =>
      Float64Array.from(view(matmul(tensor(labels, { dtype: 'f64' }).reshape([tables.length, n]), tensor(scores, { dtype: 'f64' }).reshape([n, width])))), // biome-ignore format: one line
    )
    for (let b = 0; b < tables.length; b++) {
      let current = 0
      for (let i = 0; i < n; i++) current += labels[b * n + i]!
      // A drawn table has another number of a stratum's rows.
      const variance = (current * (n - current)) / n / Math.max(1, n - 1)
      if (variance > 0) for (let j = 0; j < width; j++) squares[b]! += sums[b * width + j]! ** 2 / variance
    }
  }
  return { statistic: squares[0]!, p: permutationP(squares[0]!, squares.subarray(1)) }
}
