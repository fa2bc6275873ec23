/** k-means: centres under squared Euclidean distance. */
import { cdist, type Tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import type { EstimatorJson, Restore } from '../estimator.js'
import { wholeOption } from '../input.js'
import type { Seed } from '../random.js'
import { uniforms } from '../random.js'
import { amountOption, wordOption } from '../samples.js'
import { type Assigned, Centers, type Clustering } from './estimator.js'
import { assignRows, lloyd } from './lloyd.js'
import { Points } from './points.js'
import { startOf } from './start.js'

export type KMeansAlgorithm = 'auto' | 'lloyd' | 'hamerly' | 'elkan'

export interface KMeansOptions {
  /** How many clusters. */
  k: number
  /** Greedy k-means++ (the default), k different rows, or centres [k, d] (then there is one start). */
  init?: 'k-means++' | 'random' | Tensor
  /** How many starts; the one with the least inertia is kept. 20 where rows * columns * k is at most 10^8, else 10; 1 for centres given. */
  starts?: number
  /** Of each start (300). */
  maxIterations?: number
  /** At rest where the centres move, squared and summed, by at most this part of the mean variance of the columns (1e-4). */
  tol?: number
  /** Which distances are left out; the result is the same. */
  algorithm?: KMeansAlgorithm
  /** 0 by default. */
  seed?: Seed
}

const op = 'KMeans'

/**
 * Centres [k, d] that minimize the sum of squared distances of rows [n, d] from the nearest.
 *
 * @example
 * const model = new KMeans({ k: 3 }).fit(x)
 * model.centers // [3, d]
 */
export class KMeans extends Centers {
  readonly method = 'kmeans'
  protected readonly op = 'KMeans'
  readonly #options: Required<Omit<KMeansOptions, 'starts'>> & { readonly starts: number | null }

  constructor(options: KMeansOptions) {
    const { init = 'k-means++', maxIterations = 300, tol = 1e-4, algorithm = 'auto', seed = 0 } = options
    const k = wholeOption(op, 'k', options.k, 1)
    const starts = options.starts === undefined ? null : wholeOption(op, 'starts', options.starts, 1)
    wholeOption(op, 'maxIterations', maxIterations, 1)
    amountOption(op, 'tol', tol)
    if (typeof init === 'string') wordOption(op, 'init', init, ['k-means++', 'random'])
    wordOption(op, 'algorithm', algorithm, ['auto', 'lloyd', 'hamerly', 'elkan'])
    super(k, {
      k,
      init: typeof init === 'string' ? init : 'given',
      starts,
      maxIterations,
      tol,
      algorithm,
      seed: typeof seed === 'number' ? seed : null,
    })
    this.#options = { k, init, starts, maxIterations, tol, algorithm, seed }
  }

  protected cluster(x: Tensor): Clustering {
    const { k, init, maxIterations, tol, seed, algorithm } = this.#options
    const starts = typeof init === 'string' ? (this.#options.starts ?? (x.size * k <= 1e8 ? 20 : 10)) : 1
    const draw = uniforms(seed)
    const points = new Points(x)
    const bounds = algorithm === 'auto' ? 'hamerly' : algorithm
    let best: Clustering | null = null
    for (let start = 0; start < starts; start++) {
      const found = tidy(() => lloyd(points, startOf(points, k, init, draw), { maxIterations, tol, bounds }))
      const isBetter = best === null || found.inertia < best.inertia
      ;(isBetter ? best : found)?.centers.dispose()
      if (isBetter) best = found
    }
    return best!
  }

  protected distances(x: Tensor, centers: Tensor): Tensor {
    return cdist(x, centers)
  }

  protected assign(x: Tensor, centers: Tensor): Assigned {
    return assignRows(x, centers)
  }
}

/** A saved k-means. */
export const restoreKMeans: Restore = (json: EstimatorJson, state) => new KMeans({ k: json.k }).restore(json, state)
