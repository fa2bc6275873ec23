/** k-medians: centres under the L1 distance. */
import { dataKernels } from '../../kernels/index.js'
import { type Tensor, to } from '../../tensor/index.js'
import { empty, kernels, tidy, view } from '../../tensor/internal.js'
import type { Restore } from '../estimator.js'
import type { Real } from '../samples.js'
import { fillEmpty } from './empty.js'
import { type Assigned, Centers, type Clustering } from './estimator.js'
import { type CentersOptions, type Chosen, chosenOptions, optionsJson, wanted } from './options.js'
import { type Found, type Problem, search } from './search.js'
import { rowsAt } from './start.js'
import { total } from './sums.js'

/**
 * Centres [k, d] that minimize the sum of L1 distances of rows [n, d] from the nearest: in turn labels of the nearest centres, and coordinate-wise
 * medians (of an even number of values the mean of the two in the middle) of the rows with a label, until no label changes.
 *
 * Learned: as KMeans; `inertia` is the sum of L1 distances, `transform` gives them [n, k]. Starts are drawn as greedy k-means++ draws them, with chances
 * proportional to the L1 distance. Empty clusters, ties and errors as KMeans.
 *
 * @example
 * const model = new KMedians({ k: 3 }).fit(x) // outliers hardly move it
 */
export class KMedians extends Centers {
  readonly method = 'kmedians'
  protected readonly op = 'KMedians'
  readonly #options: Chosen

  constructor(options: CentersOptions) {
    const chosen = chosenOptions('KMedians', options, [])
    const { tol: _, algorithm: __, ...own } = chosen
    super(chosen.k, optionsJson(own))
    this.#options = chosen
  }

  protected cluster(x: Tensor): Clustering {
    const { maxIterations } = this.#options
    const problem: Problem = {
      x,
      nearer: (rows, nearest, lowered) => nearer(x, rows, nearest, lowered),
      inward: (centers) => to(centers, 'f64'),
      run: (start) => medians(x, start, maxIterations),
    }
    const found = search(this.op, problem, wanted(this.#options, x))
    return { ...found, centers: to(found.centers, x.dtype).clone() }
  }

  protected distances(x: Tensor, centers: Tensor): Tensor {
    return to(cityDistances(x, centers), x.dtype)
  }

  protected assign(x: Tensor, centers: Tensor): Assigned {
    const { labels, nearest } = lowest(cityDistances(x, centers))
    return { labels, inertia: total(nearest) }
  }
}

/** L1 distances [n, k], f64. */
function cityDistances(x: Tensor, centers: Tensor): Tensor {
  const [n, d] = x.shape as [number, number]
  const k = centers.shape[0]!
  const wide = to(centers, 'f64')
  const out = empty('f64', [n, k])
  dataKernels(kernels())[`cityDistances_${x.dtype as Real}`](n, k, d, x.pointer, wide.pointer, out.pointer)
  return out
}

/** The first of the least of each row. */
function lowest(distances: Tensor): { labels: Int32Array; nearest: Float64Array } {
  const [n, k] = distances.shape as [number, number]
  const [values, labels, nearest] = [view(distances), new Int32Array(n), new Float64Array(n)]
  for (let i = 0; i < n; i++) {
    let best = i * k
    for (let at = best + 1; at < (i + 1) * k; at++) if (values[at]! < values[best]!) best = at
    labels[i] = best - i * k
    nearest[i] = values[best]!
  }
  return { labels, nearest }
}

function medians(x: Tensor, start: Tensor, maxIterations: number): Found {
  return tidy(() => {
    const k = start.shape[0]!
    const centers = start.clone()
    let { labels, nearest } = tidy(() => lowest(cityDistances(x, centers)))
    let iterations = 0
    let converged = false
    while (iterations < maxIterations && !converged) {
      iterations++
      const sizes = new Float64Array(k)
      for (const label of labels) sizes[label]!++
      fillEmpty(labels, nearest, sizes)
      toMedians(x, labels, centers)
      const next = tidy(() => lowest(cityDistances(x, centers)))
      const before = labels
      converged = next.labels.every((label, i) => label === before[i])
      labels = next.labels
      nearest = next.nearest
    }
    return { centers, labels, costs: nearest, iterations, converged }
  })
}

/** Centres in place; one without rows stays. In the rows' type, so that the labels are those of the centres that are given out. */
function toMedians(x: Tensor, labels: Int32Array, centers: Tensor): void {
  const d = x.shape[1]!
  const [values, into] = [view(x), view(centers)]
  const members: number[][] = Array.from({ length: centers.shape[0]! }, () => [])
  for (const [i, label] of labels.entries()) members[label]!.push(i)
  for (const [j, rows] of members.entries()) {
    if (rows.length === 0) continue
    const column = new Float64Array(rows.length)
    for (let c = 0; c < d; c++) {
      for (const [at, i] of rows.entries()) column[at] = values[i * d + c]!
      const middle = medianOf(column)
      into[j * d + c] = x.dtype === 'f32' ? Math.fround(middle) : middle
    }
  }
}

/** Sorts its argument. */
function medianOf(values: Float64Array): number {
  values.sort()
  const half = values.length >> 1
  if (values.length % 2 === 1) return values[half]!
  const [low, high] = [values[half - 1]!, values[half]!]
  return low + (high - low) / 2
}

/** lowered [t, n] = L1 distances from the nearest, were one of `rows` a centre too; returns the sum of each. */
function nearer(x: Tensor, rows: readonly number[], nearest: Tensor, lowered: Tensor): number[] {
  return tidy(() => {
    const n = x.shape[0]!
    const [distances, before, into] = [view(cityDistances(x, rowsAt(x, rows))), view(nearest), view(lowered)]
    return rows.map((_, t) => {
      for (let i = 0; i < n; i++) into[t * n + i] = Math.min(before[i]!, distances[i * rows.length + t]!)
      return total(into.subarray(t * n, (t + 1) * n) as Float64Array)
    })
  })
}

/** A saved k-medians. */
export const restoreKMedians: Restore = (json, state) => new KMedians({ k: json.k }).restore(json, state)
