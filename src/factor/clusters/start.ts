/** Where k-means starts. */
import { UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { describe, empty, tidy, view } from '../../tensor/internal.js'
import { finiteRows } from '../samples.js'

export type StartName = 'k-means++' | 'random'
export type KMeansInit = StartName | Tensor

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

/** lowered [t, n] = costs of rows, were one of `rows` [t] a centre beside those that make them `nearest` [n]; returns the sum of each. */
export type Nearer = (rows: readonly number[], nearest: Tensor, lowered: Tensor) => readonly number[]

/**
 * Rows of n to start from: different ones, or by greedy k-means++ (Arthur & Vassilvitskii 2007): of 2 + floor(log k) rows, drawn with chances proportional
 * to their cost with the centres so far, the one that leaves the least sum of costs becomes a centre.
 */
export function startingRows(nearer: Nearer, n: number, k: number, init: StartName, draw: () => number): number[] {
  if (init === 'random') return differentRows(n, k, draw)
  return tidy(() => {
    const trials = 2 + Math.floor(Math.log(k))
    const rows = [Math.floor(draw() * n)]
    const [nearest, lowered] = [empty('f64', [n]), empty('f64', [trials, n])]
    view(nearest).fill(Number.POSITIVE_INFINITY)
    let sum = nearer(rows, nearest, lowered)[0]!
    view(nearest).set(view(lowered).subarray(0, n))
    while (rows.length < k) {
      const drawn = Array.from({ length: trials }, () => draw() * sum)
      const tried = placesOf(view(nearest) as Float64Array, drawn)
      const sums = nearer(tried, nearest, lowered)
      const best = sums.indexOf(Math.min(...sums))
      sum = sums[best]!
      rows.push(tried[best]!)
      view(nearest).set(view(lowered).subarray(best * n, (best + 1) * n))
    }
    return rows
  })
}

/** Rows of x as f64 [rows.length, d]. */
export function rowsAt(x: Tensor, rows: readonly number[]): Tensor {
  const d = x.shape[1]!
  const out = empty('f64', [rows.length, d])
  const [from, into] = [view(x), view(out)]
  for (const [at, row] of rows.entries()) into.set(from.subarray(row * d, row * d + d), at * d)
  return out
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
