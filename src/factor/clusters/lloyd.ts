/** Lloyd's iteration (1982): labels for the centres, centres for the labels, until neither moves. */
import { dataKernels } from '../../kernels/index.js'
import type { Tensor, TypedArray } from '../../tensor/index.js'
import { copyOf, empty, kernels, tidy, view } from '../../tensor/internal.js'
import { type Assigner, assignAll, assignerOf, type Bounds } from './assigners.js'
import { fillEmpty } from './empty.js'
import type { Assigned } from './estimator.js'
import { Points } from './points.js'
import type { Found, Problem } from './search.js'
import { rowsAt } from './start.js'
import { total } from './sums.js'

export interface LloydOptions {
  readonly maxIterations: number
  /** Of the mean variance of the columns. */
  readonly tol: number
  readonly bounds: Bounds
  /** Centres are means (by default), or means brought to length 1. */
  readonly onSphere?: boolean
}

/** The squared Euclidean distance as a problem. */
export function lloydProblem(points: Points, options: LloydOptions): Problem {
  return {
    x: points.x,
    nearer: (rows, nearest, lowered) => candidates(points, rows, nearest, lowered),
    inward: (centers) => points.inward(centers),
    run: (start) => lloyd(points, start, options),
  }
}

/** From centres [k, d] (f64) in the units of `points`: those of x could leave the range of f64. */
function lloyd(points: Points, start: Tensor, { maxIterations, tol, bounds, onSphere = false }: LloydOptions): Found {
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
    const costs = Float64Array.from(view(points.labelSquares(centers, labels)))
    return {
      centers: centers.clone(),
      labels: Int32Array.from(view(labels)),
      costs,
      iterations,
      converged: changed === 0 || isAtRest,
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

/** Fills clusters without rows; returns how many labels it set. */
function relocate(
  points: Points,
  centers: Tensor,
  labels: Tensor,
  sums: Tensor,
  counts: Tensor,
  assigner: Assigner,
): number {
  return tidy(() => {
    const squares = view(points.labelSquares(centers, labels)) as Float64Array
    const set = fillEmpty(view(labels) as Int32Array, squares, view(counts) as Float64Array, (row) =>
      assigner.forget(row),
    )
    if (set > 0) {
      // Sums anew: taking a row from one would leave its rounding behind.
      view(sums).fill(0)
      view(counts).fill(0)
      points.addSums(0, points.n, labels, sums, counts)
    }
    return set
  })
}

/** lowered [t, n] = squared distances from the nearest, were one of `rows` a centre too; returns the sum of each. */
function candidates(points: Points, rows: readonly number[], nearest: Tensor, lowered: Tensor): number[] {
  return tidy(() => {
    const { type, n, d, slack, scale, x } = points
    const t = rows.length
    const centers = rowsAt(x, rows)
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
