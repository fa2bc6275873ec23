/** Spherical k-means: directions under the cosine distance. */
import { UsageError } from '../../core/index.js'
import { matmul, sub, type Tensor, transpose } from '../../tensor/index.js'
import { describe, empty, view } from '../../tensor/internal.js'
import type { Restore } from '../estimator.js'
import { type Assigned, Centers, type Clustering } from './estimator.js'
import { assignRows, lloydProblem } from './lloyd.js'
import { boundsOf, type Chosen, chosenOptions, type KMeansOptions, optionsJson, wanted } from './options.js'
import { Points } from './points.js'
import { search } from './search.js'

/**
 * Directions [k, d] of length 1 that minimize the sum over rows [n, d] of 1 - cosine of the angle to the nearest: k-means of rows brought to length 1,
 * with means brought to length 1. Source: Dhillon & Modha (2001).
 *
 * Learned: as KMeans; `inertia` is that sum. `transform` gives cosine distances 1 - cos [n, k]. Throws UsageError, with its place, for a row of zeros,
 * which has no direction.
 *
 * @example
 * const topics = new SphericalKMeans({ k: 20 }).fit(counts)
 */
export class SphericalKMeans extends Centers {
  readonly method = 'spherical-kmeans'
  protected readonly op = 'SphericalKMeans'
  readonly #options: Chosen

  constructor(options: KMeansOptions) {
    const chosen = chosenOptions('SphericalKMeans', options, ['tol', 'algorithm'])
    super(chosen.k, optionsJson(chosen))
    this.#options = chosen
  }

  protected cluster(x: Tensor): Clustering {
    const points = new Points(directions(x))
    const lloyd = lloydProblem(points, { ...boundsOf(this.#options), onSphere: true })
    const problem = { ...lloyd, inward: (given: Tensor) => points.inward(directions(given)) }
    const { inertia, ...found } = search(this.op, problem, wanted(this.#options, x))
    return { ...found, centers: points.outward(found.centers), inertia: inertia / 2 }
  }

  protected distances(x: Tensor, centers: Tensor): Tensor {
    return sub(1, matmul(directions(x), transpose(centers.to(x.dtype))))
  }

  protected assign(x: Tensor, centers: Tensor): Assigned {
    const { labels, inertia } = assignRows(directions(x), centers)
    return { labels, inertia: inertia / 2 }
  }
}

/** Rows by their lengths. */
function directions(x: Tensor): Tensor {
  const [n, d] = x.shape as [number, number]
  const out = empty(x.dtype, [n, d])
  const [from, into] = [view(x), view(out)]
  for (let i = 0; i < n; i++) {
    // By the largest element first, so that squares stay within range.
    let largest = 0
    for (let at = i * d; at < (i + 1) * d; at++) largest = Math.max(largest, Math.abs(from[at]!))
    if (largest === 0)
      throw new UsageError(
        `SphericalKMeans: row ${i} of ${describe(x)} is zero; expected rows with a direction. Try leaving such rows out.`,
      )
    let square = 0
    for (let at = i * d; at < (i + 1) * d; at++) square += (from[at]! / largest) ** 2
    const length = Math.sqrt(square)
    for (let at = i * d; at < (i + 1) * d; at++) into[at] = from[at]! / largest / length
  }
  return out
}

/** A saved spherical k-means. */
export const restoreSphericalKMeans: Restore = (json, state) => new SphericalKMeans({ k: json.k }).restore(json, state)
