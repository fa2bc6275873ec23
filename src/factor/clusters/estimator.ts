/** What k-means and its kin share: centres, labels, and what an estimator has to offer. */
import { UsageError } from '../../core/index.js'
import { keep, StateDict, type Tensor, tensor } from '../../tensor/index.js'
import { empty, tidy, view } from '../../tensor/internal.js'
import type { Estimator, EstimatorJson, Method } from '../estimator.js'
import { samplesOf } from '../samples.js'

/** What a fit found. */
export interface Clustering {
  /** [k, d], in the type of the rows. */
  readonly centers: Tensor
  /** The cluster of each row, from 0 on. */
  readonly labels: Int32Array
  /** Sum over the rows of what the method minimizes. */
  readonly inertia: number
  /** Of the start that was best. */
  readonly iterations: number
  /** Whether it came to rest before the limit of iterations. */
  readonly converged: boolean
}

interface Fitted {
  readonly centers: Tensor
  readonly labels: Int32Array
  readonly inertia: number
  readonly iterations: number
  readonly converged: boolean
  readonly rows: number
}

/** An estimator of k centres. What it learned are `centers` [k, d], `labels`, `inertia` and `iterations`. */
export abstract class Centers implements Estimator {
  abstract readonly method: Method
  readonly k: number
  protected abstract readonly op: string
  #fitted: Fitted | null = null

  constructor(k: number) {
    this.k = k
  }

  /** Centres and labels of checked rows; called inside `tidy`. */
  protected abstract cluster(x: Tensor): Clustering
  /** Distances [n, k] of checked rows from the centres, in the type of the rows. */
  protected abstract distances(x: Tensor, centers: Tensor): Tensor
  /** The nearest centre of each row (the lower of equally near), and the sum that the method minimizes. */
  protected abstract assign(x: Tensor, centers: Tensor): { labels: Int32Array; inertia: number }
  protected abstract options(): Record<string, unknown>

  /** Finds centres of the rows of x [n, d]. Throws UsageError for fewer rows than clusters. */
  fit(x: Tensor): this {
    const fitted = tidy(() => {
      const samples = samplesOf(`${this.op}.fit`, x)
      const rows = samples.shape[0]!
      if (rows < this.k)
        throw new UsageError(`${this.op}.fit: ${rows} rows for k = ${this.k} clusters; expected at least as many rows.`)
      const found = this.cluster(samples)
      return { ...found, rows }
    })
    this.dispose()
    keep(fitted.centers)
    this.#fitted = fitted
    return this
  }

  get #learned(): Fitted {
    if (this.#fitted === null) throw new UsageError(`${this.op}: it has not been fitted. Try fit(x) first.`)
    return this.#fitted
  }

  /** [k, d]. */
  get centers(): Tensor {
    return this.#learned.centers
  }

  /** The cluster of each row that it was fitted on; empty for one that was read from a file. */
  get labels(): Int32Array {
    return this.#learned.labels
  }

  /** Sum over the rows that it was fitted on of what the method minimizes. */
  get inertia(): number {
    return this.#learned.inertia
  }

  /** Of the start that was best. */
  get iterations(): number {
    return this.#learned.iterations
  }

  /** Whether the best start came to rest before the limit of iterations. */
  get converged(): boolean {
    return this.#learned.converged
  }

  /** `fit(x)`, and the clusters of its rows. */
  fitPredict(x: Tensor): Int32Array {
    return this.fit(x).labels
  }

  /** The nearest centre of each row; of equally near ones the lower index. */
  predict(x: Tensor): Int32Array {
    return tidy(() => this.assign(this.#rows('predict', x), this.centers).labels)
  }

  /** Distances [n, k] of rows from the centres. */
  transform(x: Tensor): Tensor {
    return tidy(() => this.distances(this.#rows('transform', x), this.centers))
  }

  /** The centre that each row of distances [n, k] is nearest to, [n, d]: distances do not tell the row itself. */
  inverseTransform(z: Tensor): Tensor {
    const { op, k, centers } = this
    return tidy(() => {
      const distances = samplesOf(`${op}.inverseTransform`, z, { columns: k })
      const d = centers.shape[1]!
      const n = distances.shape[0]!
      const out = empty(distances.dtype, [n, d])
      const [from, rows, into] = [view(distances), view(centers), view(out)]
      for (let i = 0; i < n; i++) {
        let best = 0
        for (let j = 1; j < k; j++) if (from[i * k + j]! < from[i * k + best]!) best = j
        for (let c = 0; c < d; c++) into[i * d + c] = rows[best * d + c]!
      }
      return out
    })
  }

  /** Minus the sum that the method minimizes, of rows that it may not have seen. */
  score(x: Tensor): number {
    return tidy(() => -this.assign(this.#rows('score', x), this.centers).inertia)
  }

  #rows(what: string, x: Tensor): Tensor {
    return samplesOf(`${this.op}.${what}`, x, { columns: this.centers.shape[1]! })
  }

  toJSON(): EstimatorJson {
    const { method, k, centers, inertia, iterations } = this
    const { rows } = this.#learned
    return {
      method,
      k,
      rows,
      columns: centers.shape[1]!,
      options: this.options(),
      explainedVarianceRatio: null,
      singularValues: null,
      reconstructionError: null,
      inertia,
      logLikelihood: null,
      iterations,
    }
  }

  /** `centers` [k, d] and `labels` [n]. */
  stateDict(): StateDict {
    const { centers, labels } = this.#learned
    const state = new StateDict()
    state.set('centers', centers.clone())
    state.set('labels', tensor(Array.from(labels), { dtype: 'i32' }))
    return state
  }

  /** For `restorers`. */
  restore(json: EstimatorJson, state: StateDict): this {
    const centers = state.get('centers')
    const { op, k } = this
    if (centers === undefined || centers.rank !== 2 || centers.shape[0] !== k)
      throw new UsageError(`${op}: the file has no centers [${k}, columns].`)
    const labels = state.get('labels')
    this.dispose()
    this.#fitted = {
      centers: keep(tidy(() => samplesOf(op, centers).clone())),
      labels: labels === undefined ? new Int32Array(0) : Int32Array.from(labels.toArray()),
      inertia: json.inertia ?? Number.NaN,
      iterations: json.iterations ?? 0,
      converged: true,
      rows: json.rows,
    }
    return this
  }

  dispose(): void {
    this.#fitted?.centers.dispose()
    this.#fitted = null
  }
}
