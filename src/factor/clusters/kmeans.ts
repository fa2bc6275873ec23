/** k-means: centres under squared Euclidean distance. */
import { cdist, div, mul, type Tensor } from '../../tensor/index.js'
import type { Restore } from '../estimator.js'
import { type Assigned, Centers, type Clustering } from './estimator.js'
import { assignRows, lloydProblem } from './lloyd.js'
import { boundsOf, type Chosen, chosenOptions, type KMeansOptions, optionsJson, wanted } from './options.js'
import { Points, unitOf } from './points.js'
import { search } from './search.js'

/**
 * Centres [k, d] that minimize the sum of squared distances of rows [n, d] from the nearest: Lloyd's iteration (1982) from greedy k-means++ (Arthur &
 * Vassilvitskii 2007), as scikit-learn has it; the best of several starts, bettered by random swaps (Fränti 2018) on tables that are not large.
 *
 * Learned: `centers` [k, d] in the rows' type, `labels` (Int32Array [n]), `inertia` (the sum), `iterations` and `converged` of the best start. Distances
 * of f32 rows are computed in f32 and, wherever that could decide, by differences in f64; sums are f64. Labels do not depend on `algorithm`, nor on the
 * library that multiplies matrices. A row that is equally near to several centres belongs to the first. An empty cluster takes the row that is farthest
 * from its centre; with fewer different rows than clusters it stays empty, and its centre where it was.
 *
 * `predict(x)` gives labels; `transform(x)` distances [n, k], not squared; `inverseTransform(distances)` the nearest centre of each row, [n, d]; `score(x)`
 * minus the sum for rows x. Throws UsageError for fewer rows than clusters, NumericalError for NaN and infinite values.
 *
 * @example
 * const model = new KMeans({ k: 3 }).fit(x)
 * model.centers // [3, d]
 * model.predict(y)
 */
export class KMeans extends Centers {
  readonly method = 'kmeans'
  protected readonly op = 'KMeans'
  readonly #options: Chosen

  constructor(options: KMeansOptions) {
    const chosen = chosenOptions('KMeans', options, ['tol', 'algorithm'])
    super(chosen.k, optionsJson(chosen))
    this.#options = chosen
  }

  protected cluster(x: Tensor): Clustering {
    const points = new Points(x)
    const { inertia, ...found } = search(
      this.op,
      lloydProblem(points, boundsOf(this.#options)),
      wanted(this.#options, x),
    )
    return { ...found, centers: points.outward(found.centers), inertia: inertia / points.unit / points.unit }
  }

  protected distances(x: Tensor, centers: Tensor): Tensor {
    return euclideanDistances(x, centers)
  }

  protected assign(x: Tensor, centers: Tensor): Assigned {
    return assignRows(x, centers)
  }
}

/** Distances [n, k] of rows from centres, in the type of the rows. */
export function euclideanDistances(x: Tensor, centers: Tensor): Tensor {
  const unit = unitOf(x)
  return unit === 1 ? cdist(x, centers.to(x.dtype)) : div(cdist(mul(x, unit), mul(centers, unit)), unit)
}

/** A saved k-means. */
export const restoreKMeans: Restore = (json, state) => new KMeans({ k: json.k }).restore(json, state)
