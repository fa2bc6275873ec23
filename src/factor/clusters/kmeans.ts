/** k-means: centres under squared Euclidean distance. */
import { cdist, type Tensor } from '../../tensor/index.js'
import type { EstimatorJson, Restore } from '../estimator.js'
import type { Seed } from '../random.js'
import { uniforms } from '../random.js'
import { checkAmount, checkWhole, checkWord } from '../samples.js'
import { Centers, type Clustering } from './estimator.js'
import { assignRows, lloyd } from './lloyd.js'
import { startOf } from './start.js'

export type KMeansAlgorithm = 'auto' | 'lloyd' | 'hamerly' | 'elkan'

export interface KMeansOptions {
  /** How many clusters. */
  k: number
  /** Greedy k-means++ (the default), k different rows, or centres [k, d] (then there is one start). */
  init?: 'k-means++' | 'random' | Tensor
  /** How many starts; the one with the least inertia is kept (10). */
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
  protected readonly op = op
  readonly #options: Required<KMeansOptions>

  constructor(options: KMeansOptions) {
    const {
      k,
      init = 'k-means++',
      starts = typeof init === 'string' ? 10 : 1,
      maxIterations = 300,
      tol = 1e-4,
      algorithm = 'auto',
      seed = 0,
    } = options
    checkWhole(op, 'k', k)
    checkWhole(op, 'starts', starts)
    checkWhole(op, 'maxIterations', maxIterations)
    checkAmount(op, 'tol', tol)
    if (typeof init === 'string') checkWord(op, 'init', init, ['k-means++', 'random'])
    checkWord(op, 'algorithm', algorithm, ['auto', 'lloyd', 'hamerly', 'elkan'])
    super(k)
    this.#options = { k, init, starts, maxIterations, tol, algorithm, seed }
  }

  protected cluster(x: Tensor): Clustering {
    const { k, init, starts, maxIterations, tol, seed } = this.#options
    const draw = uniforms(seed)
    let best: Clustering | null = null
    for (let start = 0; start < (typeof init === 'string' ? starts : 1); start++) {
      const found = lloyd(x, startOf(x, k, init, draw), maxIterations, tol)
      if (best === null || found.inertia < best.inertia) best = found
    }
    return best!
  }

  protected distances(x: Tensor, centers: Tensor): Tensor {
    return cdist(x, centers)
  }

  protected assign(x: Tensor, centers: Tensor): { labels: Int32Array; inertia: number } {
    return assignRows(x, centers)
  }

  protected options(): Record<string, unknown> {
    const { init, seed, ...rest } = this.#options
    return { ...rest, init: typeof init === 'string' ? init : 'given', seed: typeof seed === 'number' ? seed : null }
  }
}

/** A saved k-means. */
export const restoreKMeans: Restore = (json: EstimatorJson, state) => new KMeans({ k: json.k }).restore(json, state)
