/** Figures of clusters: how many rows, how well apart, where. */
import type { Preprocess } from '../../table/index.js'
import type { Tensor } from '../../tensor/index.js'
import { castOf, tidy } from '../../tensor/internal.js'
import { silhouette } from '../clusters/silhouette.js'
import type { Estimator } from '../estimator.js'
import type { ClusterFigures } from './types.js'

export interface FoundClusters {
  /** Of each row, from 0 on. */
  readonly labels: Int32Array
  readonly clusters: readonly ClusterFigures[]
  readonly silhouette: number | null
}

/** `distances`: [rows, k] of the rows of x from the centres. */
export async function clusterFigures(
  x: Tensor,
  distances: Float64Array,
  estimator: Estimator,
  preprocess: Preprocess,
): Promise<FoundClusters> {
  const { k } = estimator.toJSON()
  const rows = x.shape[0]!
  const labels = Int32Array.from({ length: rows }, (_, i) => nearest(distances, i * k, k))
  const centers = centersOf(estimator, preprocess)
  const used = new Set(labels).size
  const shape = used >= 2 && used < rows ? silhouette(x, labels) : null
  const means = new Map(shape?.clusters.map(({ label, mean }) => [label, mean]))
  const clusters = centers.map((center, j) => {
    const mean = means.get(j)
    const size = labels.reduce((count, label) => count + (label === j ? 1 : 0), 0)
    return { size, silhouette: mean === undefined || Number.isNaN(mean) ? null : mean, center }
  })
  return { labels, clusters, silhouette: shape?.mean ?? null }
}

function nearest(distances: Float64Array, from: number, k: number): number {
  let best = 0
  for (let j = 1; j < k; j++) if (distances[from + j]! < distances[from + best]!) best = j
  return best
}

/** In the units of the table. */
function centersOf(estimator: Estimator, preprocess: Preprocess): number[][] {
  return tidy(() => {
    const centers = estimator.stateDict().get('centers')
    return centers === undefined ? [] : (preprocess.inverse(castOf(centers, 'f64')).toNested() as number[][])
  })
}
