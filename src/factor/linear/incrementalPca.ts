/** Principal components of a table that comes a batch of rows at a time. */
import { dataKernels } from '../../kernels/index.js'
import { svd } from '../../linalg/index.js'
import { type StateDict, slice, type Tensor, tensor } from '../../tensor/index.js'
import { checkOptions, kernels, tidy, view } from '../../tensor/internal.js'
import { type Batches, eachBatch } from '../batches.js'
import type { EstimatorJson, Second } from '../estimator.js'
import { checkFiniteRows, refuseOverflow, rowsOf, wholeOption } from '../input.js'
import { eachCentredBlock, lend, type RunningMean, runningMean } from './blocks.js'
import { countOf } from './options.js'
import { PrincipalComponents } from './principalComponents.js'
import { firstRows, withSigns } from './signs.js'
import { Triangle, triangleRows } from './triangle.js'

export interface IncrementalPCAOptions {
  /** Components: a whole number from 1 to min(rows of the first batch, columns); that by default. */
  k?: number
  /** Scores of variance 1. */
  whiten?: boolean
}

export interface BatchOptions {
  /** Rows of a batch (5 times the columns), at least k. */
  batchSize?: number
}

/** What is known of the rows before a batch. */
interface Before {
  /** Their number and mean. */
  readonly running: RunningMean
  /** Sum of squares about that. */
  readonly squares: number
  readonly k: number
  /** diag(singularValues) components [k, d], which stands for them. */
  readonly rows: Float64Array
}

/**
 * Principal components by batches of rows (Ross, Lim, Lin & Yang 2008), as scikit-learn's IncrementalPCA: each batch, centred by its own mean, is set
 * beneath the singular values times the components before, with the row that makes up for the means' distance, and decomposed again. Memory does not
 * grow with the rows. With k = d it is PCA; with fewer, what each batch left out is lost, so that figures depend on the batches.
 *
 * The fields are PCA's (all f64): `components`, `explainedVariance` (ddof 1), `explainedVarianceRatio` (of the variance of all rows seen), `singularValues`,
 * `mean` and `noiseVariance`: the mean variance along the directions that the last batch left out, 0 where it left none (scikit-learn also says 0 for a
 * later batch of k rows). `samplesSeen` counts rows. JSON has no reconstruction error, which only the rows could tell.
 *
 * `partialFit` takes a batch [m, d]: the first of at least k and 2 rows, others of 1; also after loading. `fit` starts anew on a table and cuts batches
 * as scikit-learn does (a last one of less than k rows joins the one before); `fitBatches` starts anew on batches. `transform`, `inverseTransform` and
 * `score` are PCA's. Throws UsageError for shapes and options; NumericalError for what is not finite, and then knows what it knew before that batch.
 *
 * @example
 * const pca = new IncrementalPCA({ k: 2 }).partialFit(first)
 * pca.partialFit(next).transform(next)
 */
export class IncrementalPCA extends PrincipalComponents {
  readonly method = 'incremental-pca'
  protected readonly op = 'IncrementalPCA'
  readonly options: IncrementalPCAOptions

  constructor(options: IncrementalPCAOptions = {}) {
    checkOptions('IncrementalPCA', options, ['k', 'whiten'])
    super({ ...options })
    if (options.k !== undefined) wholeOption('IncrementalPCA', 'k', options.k, 1)
    this.options = options
  }

  protected get whitened(): boolean {
    return this.options.whiten === true
  }

  /** Rows of all batches since it started. */
  get samplesSeen(): number {
    return this.figures().rows
  }

  fit(x: Tensor, options: Second | BatchOptions = {}): this {
    const op = 'IncrementalPCA.fit'
    checkOptions(op, options as BatchOptions, ['batchSize'])
    tidy(() => {
      const rows = rowsOf(op, x, { least: 2 })
      checkFiniteRows(op, rows)
      const [n, d] = rows.shape as readonly [number, number]
      const least = this.options.k ?? 1
      const size = wholeOption(op, 'batchSize', (options as BatchOptions).batchSize ?? Math.max(5 * d, least), least)
      for (let start = 0, stop = 0; start < n; start = stop) {
        // The last takes what would be less than k rows beside its own.
        stop = start + size + least > n ? n : start + size
        this.#add(op, slice(rows, { start, stop }), start === 0)
      }
    })
    return this
  }

  /** Starts anew on batches [.., d] of rows, which stay the caller's. */
  async fitBatches(batches: Batches): Promise<this> {
    const op = 'IncrementalPCA.fitBatches'
    await eachBatch(op, batches, (batch, isFirst) => this.#add(op, batch, isFirst))
    return this
  }

  /** Learns from a batch [m, d] of rows beside those before. */
  partialFit(batch: Tensor): this {
    return this.#add('IncrementalPCA.partialFit', batch, !this.isFitted)
  }

  #add(op: string, batch: Tensor, isFirst: boolean): this {
    return tidy(() => {
      const x = rowsOf(op, batch, isFirst ? { least: 2 } : { columns: this.mean.size })
      const [m, d] = x.shape as readonly [number, number]
      const before = isFirst ? nothing(countOf(op, this.options.k, m, d), d) : this.#before()
      const { k } = before
      const { R, running, squares } = decomposed(op, x, before)
      const { S, Vh } = svd(R)
      const n = running.count
      const values = Float64Array.from(view(S))
      const variances = values.map((value) => value * (value / (n - 1)))
      if (!variances.every(Number.isFinite) || !Number.isFinite(squares)) refuseOverflow(op, x)
      const size = Math.sqrt(squares)
      const ratio = values.slice(0, k).map((value) => (size === 0 ? 0 : (value / size) ** 2))
      const rest = variances.subarray(k)
      const noise = rest.length === 0 ? 0 : rest.reduce((sum, one) => sum + one, 0) / rest.length
      const singular = values.slice(0, k)
      return this.learn(
        {
          k,
          rows: n,
          columns: d,
          explainedVarianceRatio: Array.from(ratio),
          singularValues: Array.from(singular),
        },
        {
          components: withSigns(firstRows(Vh, k)),
          explainedVariance: tensor(variances.slice(0, k)),
          explainedVarianceRatio: tensor(ratio),
          singularValues: tensor(singular),
          mean: tensor(running.mean),
          noiseVariance: tensor(Float64Array.of(noise), { shape: [] }),
          squares: tensor(Float64Array.of(squares), { shape: [] }),
        },
      )
    })
  }

  #before(): Before {
    const { k, rows: count } = this.figures()
    const [values, d] = [view(this.singularValues), this.mean.size]
    return {
      running: { count, mean: Float64Array.from(view(this.mean)) },
      squares: this.learned('squares').item(),
      k,
      rows: Float64Array.from(view(this.components), (one, at) => one * values[Math.floor(at / d)]!),
    }
  }

  protected override shapes(json: EstimatorJson): ReturnType<PrincipalComponents['shapes']> {
    return { ...super.shapes(json), squares: [] }
  }
}

const nothing = (k: number, d: number): Before => ({ running: runningMean(d), squares: 0, k, rows: new Float64Array() })

/** The triangular factor R of what stands for the rows before, the centred batch, and the row that makes up for the means' distance. */
function decomposed(op: string, x: Tensor, before: Before): { R: Tensor; running: RunningMean; squares: number } {
  const [m, d] = x.shape as readonly [number, number]
  const { running } = before
  const rows = triangleRows(m, d)
  const known = before.rows.length / d
  const triangle = new Triangle(d, Math.max(rows + 1, known))
  let { squares } = before
  try {
    kernels().f64(triangle.next, before.rows.length).set(before.rows)
    if (known > 0) triangle.absorb(known)
    lend(24, (out) =>
      eachCentredBlock(
        op,
        x,
        running,
        rows,
        () => triangle.next,
        (block, count) => {
          dataKernels(kernels()).sizes_f64(count * d, block, out)
          squares += kernels().f64(out, 3)[2]!
          triangle.absorb(count)
        },
      ),
    )
    return { R: triangle.toTensor(), running, squares }
  } finally {
    triangle.free()
  }
}

/** An IncrementalPCA of what was saved, which goes on from there. */
export function restoreIncrementalPCA(json: EstimatorJson, state: StateDict): IncrementalPCA {
  return new IncrementalPCA(json.options as IncrementalPCAOptions).restore(json, state)
}
