/** Where k-means starts. */
import { UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { describe, view } from '../../tensor/internal.js'
import { samplesOf } from '../samples.js'

/** Centres [k, d], row-major, to start from. */
export function startOf(x: Tensor, k: number, init: 'k-means++' | 'random' | Tensor, draw: () => number): Float64Array {
  const [n, d] = x.shape as [number, number]
  if (typeof init === 'object') {
    if (init.rank !== 2 || init.shape[0] !== k || init.shape[1] !== d)
      throw new UsageError(`KMeans: init is ${describe(init)}; expected centres [${k}, ${d}].`)
    return Float64Array.from(view(samplesOf('KMeans: init', init)) as Float64Array)
  }
  const values = view(x) as Float64Array
  const rows = init === 'random' ? differentRows(n, k, draw) : plusPlus(values, n, d, k, draw)
  const centers = new Float64Array(k * d)
  for (const [j, row] of rows.entries()) centers.set(values.subarray(row * d, row * d + d), j * d)
  return centers
}

function differentRows(n: number, k: number, draw: () => number): number[] {
  const rows = new Set<number>()
  while (rows.size < k) rows.add(Math.floor(draw() * n))
  return [...rows]
}

/** Greedy k-means++: of 2 + floor(log k) candidates, drawn by squared distance from the centres so far, the one that leaves the least sum. */
function plusPlus(values: Float64Array, n: number, d: number, k: number, draw: () => number): number[] {
  const trials = 2 + Math.floor(Math.log(k))
  const rows = [Math.floor(draw() * n)]
  let nearest = new Float64Array(n).fill(Number.POSITIVE_INFINITY)
  const lowered = (row: number): { sum: number; distances: Float64Array<ArrayBuffer> } => {
    const distances = new Float64Array(n)
    let sum = 0
    for (let i = 0; i < n; i++) {
      let square = 0
      for (let c = 0; c < d; c++) square += (values[i * d + c]! - values[row * d + c]!) ** 2
      distances[i] = Math.min(square, nearest[i]!)
      sum += distances[i]!
    }
    return { sum, distances }
  }
  let { sum, distances } = lowered(rows[0]!)
  nearest = distances
  while (rows.length < k) {
    let best: { sum: number; distances: Float64Array<ArrayBuffer>; row: number } | null = null
    for (let trial = 0; trial < trials; trial++) {
      let rest = draw() * sum
      let row = 0
      while (row < n - 1 && rest > nearest[row]!) rest -= nearest[row++]!
      const one = lowered(row)
      if (best === null || one.sum < best.sum) best = { ...one, row }
    }
    rows.push(best!.row)
    nearest = best!.distances
    sum = best!.sum
  }
  return rows
}
