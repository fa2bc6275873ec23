/** Lloyd's iteration. */
import type { Tensor } from '../../tensor/index.js'
import { empty, view } from '../../tensor/internal.js'
import type { Clustering } from './estimator.js'

/** The nearest centre of each row, and the sum of squared distances. */
export function assignRows(x: Tensor, centers: Tensor): { labels: Int32Array; inertia: number } {
  const [n, d] = x.shape as [number, number]
  const labels = new Int32Array(n)
  const squares = nearest(view(x) as Float64Array, n, d, Float64Array.from(view(centers)), labels)
  return { labels, inertia: squares.reduce((sum, one) => sum + one, 0) }
}

function nearest(values: Float64Array, n: number, d: number, centers: Float64Array, labels: Int32Array): Float64Array {
  const squares = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let least = Number.POSITIVE_INFINITY
    for (let j = 0; j * d < centers.length; j++) {
      let square = 0
      for (let c = 0; c < d; c++) square += (values[i * d + c]! - centers[j * d + c]!) ** 2
      if (square < least) {
        least = square
        labels[i] = j
      }
    }
    squares[i] = least
  }
  return squares
}

export function lloyd(x: Tensor, start: Float64Array, maxIterations: number, tol: number): Clustering {
  const [n, d] = x.shape as [number, number]
  const values = view(x) as Float64Array
  const k = start.length / d
  let centers = start
  const labels = new Int32Array(n)
  const limit = tol * meanVariance(values, n, d)
  let iterations = 0
  let converged = false
  while (iterations < maxIterations && !converged) {
    iterations++
    const before = labels.slice()
    const squares = nearest(values, n, d, centers, labels)
    const means = meansOf(values, n, d, k, labels, squares)
    let moved = 0
    for (let i = 0; i < means.length; i++) moved += (means[i]! - centers[i]!) ** 2
    centers = means
    converged = moved <= limit || (iterations > 1 && before.every((one, i) => one === labels[i]))
  }
  const squares = nearest(values, n, d, centers, labels)
  const out = empty(x.dtype, [k, d])
  view(out).set(centers)
  return { centers: out, labels, inertia: squares.reduce((sum, one) => sum + one, 0), iterations, converged }
}

function meanVariance(values: Float64Array, n: number, d: number): number {
  let total = 0
  for (let c = 0; c < d; c++) {
    let mean = 0
    for (let i = 0; i < n; i++) mean += values[i * d + c]! / n
    for (let i = 0; i < n; i++) total += (values[i * d + c]! - mean) ** 2 / n
  }
  return total / d
}

/** Means of the clusters; an empty one takes the row that is farthest from its centre. */
function meansOf(
  values: Float64Array,
  n: number,
  d: number,
  k: number,
  labels: Int32Array,
  squares: Float64Array,
): Float64Array {
  const counts = new Float64Array(k)
  for (const label of labels) counts[label]!++
  const empties = Array.from(counts.keys()).filter((j) => counts[j] === 0)
  const far = empties.length === 0 ? [] : Array.from(squares.keys()).sort((a, b) => squares[b]! - squares[a]!)
  for (const [at, j] of empties.entries()) {
    counts[labels[far[at]!]!]!--
    labels[far[at]!] = j
    counts[j] = 1
  }
  const means = new Float64Array(k * d)
  for (let i = 0; i < n; i++) for (let c = 0; c < d; c++) means[labels[i]! * d + c]! += values[i * d + c]!
  for (let j = 0; j < k; j++) for (let c = 0; c < d; c++) means[j * d + c]! /= Math.max(1, counts[j]!)
  return means
}
