/** What k-means and its kin share: centres, labels, and what an estimator has to offer. */
import { UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { empty, type Shape, tidy, view } from '../../tensor/internal.js'
import type { EstimatorJson } from '../estimator.js'
import { Learned } from '../learned.js'
import { finiteRows } from '../samples.js'

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

/** The nearest centre of each row (of equally near ones the lower index), and the sum that the method minimizes. */
export interface Assigned {
  readonly labels: Int32Array
  readonly inertia: number
}

/** An estimator of k centres. What it learned are `centers` [k, d], `labels`, `inertia` and `iterations`. */
export abstract class Centers extends Learned {
  readonly k: number
  #labels: Int32Array | null = null
  #converged = true

  protected constructor(k: number, options: Readonly<Record<string, unknown>>) {
    super(options)
    this.k = k
  }

  /** Centres and labels of checked rows; called inside `tidy`. */
  protected abstract cluster(x: Tensor): Clustering
  /** Distances [n, k] of checked rows from the centres, in the type of the rows. */
  protected abstract distances(x: Tensor, centers: Tensor): Tensor
  protected abstract assign(x: Tensor, centers: Tensor): Assigned

  /** Finds centres of the rows of x [n, d]. Throws UsageError for fewer rows than clusters, NumericalError for NaN and infinite values. */
  fit(x: Tensor): this {
    const { op, k } = this
    const found = tidy(() => {
      const rows = finiteRows(`${op}.fit`, x)
      if (rows.shape[0]! < k)
        throw new UsageError(
          `${op}.fit: ${rows.shape[0]} rows for k = ${k}; expected at least as many rows as clusters.`,
        )
      return this.cluster(rows)
    })
    return this.found(found, { rows: found.labels.length })
  }

  /** Takes over what a fit found, with tensors and figures of the method's own. */
  protected found(
    { centers, labels, inertia, iterations, converged }: Clustering,
    { rows, more = {} }: { rows: number; more?: Readonly<Record<string, Tensor>> },
  ): this {
    this.learn({ k: this.k, rows, columns: centers.shape[1]!, inertia, iterations }, { centers, ...more })
    this.#labels = labels
    this.#converged = converged
    return this
  }

  /** [k, d]. */
  get centers(): Tensor {
    return this.learned('centers')
  }

  /** The cluster of each row that it was fitted on. Not saved: one that was restored throws UsageError. */
  get labels(): Int32Array {
    this.figures()
    if (this.#labels === null)
      throw new UsageError(`${this.op}: the labels of the rows that it was fitted on are not saved. Try predict(x).`)
    return this.#labels
  }

  /** Sum over the rows that it was fitted on of what the method minimizes. */
  get inertia(): number {
    return this.figures().inertia!
  }

  /** Of the start that was best. */
  get iterations(): number {
    return this.figures().iterations!
  }

  /** Whether the best start came to rest before the limit of iterations. */
  get converged(): boolean {
    this.figures()
    return this.#converged
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
      const distances = finiteRows(`${op}.inverseTransform`, z, { columns: k })
      const [n, d] = [distances.shape[0]!, centers.shape[1]!]
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
    return finiteRows(`${this.op}.${what}`, x, { columns: this.centers.shape[1]! })
  }

  protected shapes(json: EstimatorJson): Readonly<Record<string, Shape>> {
    return { centers: [this.k, json.columns] }
  }

  override dispose(): void {
    super.dispose()
    this.#labels = null
    this.#converged = true
  }
}
