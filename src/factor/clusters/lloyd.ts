/** Lloyd's iteration (1982): labels for the centres, centres for the labels, until neither moves. */
import type { Tensor, TypedArray } from '../../tensor/index.js'
import { copyOf, empty, tidy, view } from '../../tensor/internal.js'
import { type Assigner, assignAll, assignerOf, type Bounds } from './assigners.js'
import type { Assigned, Clustering } from './estimator.js'
import { Points } from './points.js'

export interface LloydOptions {
  readonly maxIterations: number
  /** Of the mean variance of the columns. */
  readonly tol: number
  readonly bounds: Bounds
  /** Centres are means (by default), or means brought to length 1. */
  readonly onSphere?: boolean
}

/** The result of least inertia of so many runs: the first of equal ones. */
export function bestOf(starts: number, run: () => Clustering): Clustering {
  let best: Clustering | null = null
  for (let start = 0; start < starts; start++) {
    const found = tidy(run)
    const isBetter = best === null || found.inertia < best.inertia
    ;(isBetter ? best : found)?.centers.dispose()
    if (isBetter) best = found
  }
  return best!
}

/** From centres [k, d] (f64) in the units of `points`, which the inertia has too: those of x could leave the range of f64. */
export function lloyd(
  points: Points,
  start: Tensor,
  { maxIterations, tol, bounds, onSphere = false }: LloydOptions,
): Clustering {
  return tidy(() => {
    const { n, d } = points
    const k = start.shape[0]!
    const labels = empty('i32', [n])
    view(labels).fill(-1)
    const assigner = assignerOf(bounds, points, labels, k)
    const sums = empty('f64', [k, d])
    const counts = empty('f64', [k])
    const moved = new Float64Array(k)
    let centers = copyOf(start)
    let means = sums
    let iterations = 0
    let changed = n
    let isAtRest = false
    while (iterations < maxIterations && changed > 0 && !isAtRest) {
      iterations++
      view(means).fill(0)
      view(counts).fill(0)
      const into = means
      changed = assigner.assign(centers, moved, (base, rows) => points.addSums(base, rows, labels, into, counts))
      if (view(counts).includes(0)) changed += relocate(points, centers, labels, means, counts, assigner)
      points.toMeans(means, view(counts), centers)
      if (onSphere) toDirections(view(means), view(centers), d)
      isAtRest =
        movement(view(means) as Float64Array, view(centers) as Float64Array, moved) <= tol * points.meanVariance
      ;[centers, means] = [means, centers]
    }
    // Labels that did not change belong to these centres: those of the same sums.
    if (changed > 0) assignAll(points, centers, labels, null)
    const squares = view(points.labelSquares(centers, labels)) as Float64Array
    return {
      inertia: total(squares),
      labels: Int32Array.from(view(labels)),
      iterations,
      converged: changed === 0 || isAtRest,
      centers: points.outward(centers),
    }
  })
}

/** Brings means to length 1; one of length 0 has no direction and stays where it was. */
function toDirections(means: TypedArray, before: TypedArray, d: number): void {
  for (let from = 0; from < means.length; from += d) {
    let square = 0
    for (let at = from; at < from + d; at++) square += means[at]! ** 2
    const length = Math.sqrt(square)
    for (let at = from; at < from + d; at++) means[at] = length > 1e-12 ? means[at]! / length : before[at]!
  }
}

/** How far each centre moved, to `moved`; returns the sum of their squares. */
function movement(now: Float64Array, before: Float64Array, moved: Float64Array): number {
  const d = now.length / moved.length
  let sum = 0
  for (let j = 0; j < moved.length; j++) {
    let square = 0
    for (let at = j * d; at < (j + 1) * d; at++) square += (now[at]! - before[at]!) ** 2
    moved[j] = Math.sqrt(square)
    sum += square
  }
  return sum
}

/**
 * Gives each cluster without rows the row that is farthest from its centre, of clusters with more than one (of equally far ones the first). Where every
 * row lies on its centre there are fewer different rows than clusters, and nothing is done. Returns how many labels it set.
 */
function relocate(
  points: Points,
  centers: Tensor,
  labels: Tensor,
  sums: Tensor,
  counts: Tensor,
  assigner: Assigner,
): number {
  return tidy(() => {
    const { n } = points
    const squares = view(points.labelSquares(centers, labels)) as Float64Array
    const order = Array.from({ length: n }, (_, i) => i).filter((i) => squares[i]! > 0)
    order.sort((a, b) => squares[b]! - squares[a]! || a - b)
    const [names, sizes] = [view(labels), view(counts)]
    let next = 0
    let set = 0
    for (let j = 0; j < sizes.length; j++) {
      if (sizes[j] !== 0) continue
      while (next < order.length && sizes[names[order[next]!]!]! <= 1) next++
      if (next === order.length) break
      const row = order[next++]!
      sizes[names[row]!]!--
      sizes[j] = 1
      names[row] = j
      assigner.forget(row)
      set++
    }
    if (set > 0) {
      // Sums anew: taking a row from one would leave its rounding behind.
      view(sums).fill(0)
      view(counts).fill(0)
      points.addSums(0, n, labels, sums, counts)
    }
    return set
  })
}

/** Sum of many terms in pairs, which keeps the rounding small. */
export function total(values: Float64Array, from = 0, to = values.length): number {
  if (to - from <= 128) {
    let sum = 0
    for (let i = from; i < to; i++) sum += values[i]!
    return sum
  }
  const middle = (from + to) >>> 1
  return total(values, from, middle) + total(values, middle, to)
}

/** The nearest centre of each row, and the sum of squared distances. */
export function assignRows(x: Tensor, given: Tensor): Assigned {
  return tidy(() => {
    const points = new Points(x)
    const labels = empty('i32', [points.n])
    const centers = points.inward(given)
    view(labels).fill(-1)
    assignAll(points, centers, labels, null)
    const squares = view(points.labelSquares(centers, labels)) as Float64Array
    return { labels: Int32Array.from(view(labels)), inertia: total(squares) / points.unit / points.unit }
  })
}
