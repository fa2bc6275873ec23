/** Where k-means starts. */
import { UsageError } from '../../core/index.js'
import { dataKernels } from '../../kernels/index.js'
import type { Tensor } from '../../tensor/index.js'
import { describe, empty, kernels, tidy, view } from '../../tensor/internal.js'
import { finiteRows } from '../samples.js'
import type { Points } from './points.js'

export type KMeansInit = 'k-means++' | 'random' | Tensor

/** Centres [k, d] (f64, in the units of `points`) to start from. */
export function startOf(points: Points, k: number, init: KMeansInit, draw: () => number): Tensor {
  if (typeof init === 'string')
    return points.rowsAt(init === 'random' ? differentRows(points.n, k, draw) : plusPlus(points, k, draw))
  return tidy(() => points.inward(givenStart('KMeans', init, k, points.x)))
}

/** Centres that were given, checked, for rows x. */
export function givenStart(op: string, init: Tensor, k: number, x: Tensor): Tensor {
  const d = x.shape[1]!
  if (init.rank !== 2 || init.shape[0] !== k || init.shape[1] !== d)
    throw new UsageError(`${op}: init is ${describe(init)}; expected centres [${k}, ${d}].`)
  return finiteRows(`${op}: init`, init)
}

/** k rows, each set of them equally likely. */
export function differentRows(n: number, k: number, draw: () => number): number[] {
  // Floyd's algorithm (Bentley & Floyd 1987).
  const rows = new Set<number>()
  for (let last = n - k; last < n; last++) {
    const row = Math.floor(draw() * (last + 1))
    rows.add(rows.has(row) ? last : row)
  }
  return [...rows]
}

/**
 * Greedy k-means++ (Arthur & Vassilvitskii 2007): of 2 + floor(log k) rows, drawn with chances proportional to the squared distance from the nearest
 * centre so far, the one that leaves the least sum of them becomes a centre.
 */
function plusPlus(points: Points, k: number, draw: () => number): number[] {
  return tidy(() => {
    const { n } = points
    const trials = 2 + Math.floor(Math.log(k))
    const rows = [Math.floor(draw() * n)]
    const nearest = empty('f64', [n])
    view(nearest).fill(Number.POSITIVE_INFINITY)
    const lowered = empty('f64', [trials, n])
    let [sum] = candidates(points, rows, nearest, lowered) as [number]
    view(nearest).set(view(lowered).subarray(0, n))
    while (rows.length < k) {
      const drawn = Array.from({ length: trials }, () => draw() * sum)
      const tried = placesOf(view(nearest) as Float64Array, drawn)
      const sums = candidates(points, tried, nearest, lowered)
      const best = sums.indexOf(Math.min(...sums))
      sum = sums[best]!
      rows.push(tried[best]!)
      view(nearest).set(view(lowered).subarray(best * n, (best + 1) * n))
    }
    return rows
  })
}

/** lowered [t, n] = squared distances from the nearest, were one of `rows` a centre too; returns the sum of each. */
function candidates(points: Points, rows: readonly number[], nearest: Tensor, lowered: Tensor): number[] {
  return tidy(() => {
    const { type, n, d, slack, scale, x } = points
    const t = rows.length
    const centers = points.rowsAt(rows)
    const prepared = points.prepare(centers, false)
    const sums = empty('f64', [t])
    view(sums).fill(0)
    const kernel = dataKernels(kernels())[`candidateSquares_${type}`]
    points.forEachBlock(
      prepared,
      (base, count, products, rowSquares) =>
      kernel(count, t, d, n, products, prepared.squares.pointer, rowSquares, slack, scale, x.pointer, centers.pointer, base, nearest.pointer, lowered.pointer, sums.pointer), // biome-ignore format: one line
    )
    return Array.from(view(sums))
  })
}

/** The places at which the running sum of `weights` passes each of `targets`; places of weight 0 only where there is no other. */
export function placesOf(weights: Float64Array, targets: readonly number[]): number[] {
  const order = targets.map((_, at) => at).sort((a, b) => targets[a]! - targets[b]!)
  const places = targets.map(() => 0)
  let sum = 0
  let place = -1
  let last = 0
  for (const at of order) {
    while (place < weights.length - 1 && !(sum > targets[at]!)) {
      place++
      sum += weights[place]!
      if (weights[place]! > 0) last = place
    }
    places[at] = last
  }
  return places
}
