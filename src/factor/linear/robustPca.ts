/** Robust principal components: a table as the sum of one of low rank and a sparse one. */
import { UsageError } from '../../core/index.js'
import { keep, type StateDict, sub, type Tensor, tensor, zeros } from '../../tensor/index.js'
import { castOf, checkOptions, type Shape, tidy, together, view } from '../../tensor/internal.js'
import type { EstimatorJson } from '../estimator.js'
import { wholeOption } from '../input.js'
import { Learned } from '../learned.js'
import { amountOption, finiteRows } from '../samples.js'
import { columnMeans } from './blocks.js'
import { countOf } from './options.js'
import { pursue } from './principalComponentPursuit.js'
import { project, unproject } from './project.js'
import { firstRows, withSigns } from './signs.js'
import { scaleOf, squaresOf } from './squares.js'

export interface RobustPCAOptions {
  /** Components that are kept: a whole number from 1 to min(n, d). At most the rank of the low-rank part; that by default, and at least 1. */
  k?: number
  /** Weight of the l1 norm against the nuclear norm, above 0; 1 / sqrt(max(n, d)) by default. */
  lambda?: number
  /** At most (1000). Each takes an SVD of the table. */
  iterations?: number
  /** At rest where ||X - L - S||_F / ||X||_F is at most this (1e-7), and mu ||S - S_before||_F / ||Y||_F at most 10 times it. */
  tol?: number
  /** Takes the means of the columns away first. */
  centred?: boolean
}

/** Figures of a fit. */
export interface RobustPCAJson extends EstimatorJson {
  readonly lambda: number
  /** Of the low-rank part. */
  readonly rank: number
  /** Elements of the sparse part that are not 0. */
  readonly nonzeros: number
  /** ||L||_* + lambda ||S||_1. */
  readonly objective: number
  /** ||X - L - S||_F / ||X||_F. */
  readonly residual: number
}

/**
 * Principal component pursuit: X = L + S with the least ||L||_* + lambda ||S||_1, so that single entries that are far off do not turn the components
 * (Candes, Li, Ma & Wright 2011; inexact augmented Lagrange multipliers of Lin, Chen & Ma 2010, whose penalty grows only while the dual residual is
 * below the primal one, and falls where it is 100 times that, so that it ends at the minimum).
 *
 * Learned, all f64: `components` [k, d] (right singular vectors of L as rows, signs as PCA's), `singularValues` [k] of L, `mean` [d] (0 without
 * `centred`); `lowRank` and `sparse` [n, d] of the table that it was fitted on (less `mean`), which are not saved; `rank`, `objective`, `iterations`,
 * `converged`. The reconstruction error is that of the table by its components, outlying entries included.
 *
 * `transform` gives scores (x - mean) components^T [n, k] of any rows (those of the cleaned rows are `transform(lowRank)` where not centred);
 * `inverseTransform` rows; `score` is minus the relative residual ||X - X'||_F / ||X||_F of rows (less `mean`). Throws UsageError for shapes and
 * options, NumericalError for what is not finite.
 *
 * @example
 * const robust = new RobustPCA().fit(x)
 * robust.rank // of robust.lowRank; robust.sparse holds what does not fit
 */
export class RobustPCA extends Learned {
  readonly method = 'robust-pca'
  protected readonly op = 'RobustPCA'
  readonly options: RobustPCAOptions
  #parts: { readonly lowRank: Tensor; readonly sparse: Tensor } | null = null
  #converged = true

  constructor(options: RobustPCAOptions = {}) {
    checkOptions('RobustPCA', options, ['k', 'lambda', 'iterations', 'tol', 'centred'])
    super({ ...options })
    const { k = 1, lambda = 1, iterations = 1, tol = 0 } = options
    wholeOption('RobustPCA', 'k', k, 1)
    wholeOption('RobustPCA', 'iterations', iterations, 1)
    amountOption('RobustPCA', 'tol', tol)
    if (!(lambda > 0 && lambda < Number.POSITIVE_INFINITY))
      throw new UsageError(`RobustPCA: lambda is ${lambda}; expected a number above 0.`)
    this.options = options
  }

  get components(): Tensor {
    return this.learned('components')
  }
  get singularValues(): Tensor {
    return this.learned('singularValues')
  }
  get mean(): Tensor {
    return this.learned('mean')
  }
  /** L [n, d]. Throws UsageError after loading: it is not saved. */
  get lowRank(): Tensor {
    return this.#part('lowRank')
  }
  /** S [n, d]. Throws UsageError after loading: it is not saved. */
  get sparse(): Tensor {
    return this.#part('sparse')
  }
  get rank(): number {
    return this.toJSON().rank
  }
  get objective(): number {
    return this.toJSON().objective
  }
  get iterations(): number {
    return this.toJSON().iterations!
  }
  /** Whether it came to rest before the limit of iterations. */
  get converged(): boolean {
    this.figures()
    return this.#converged
  }

  override toJSON(): RobustPCAJson {
    return this.figures() as RobustPCAJson
  }

  #part(name: 'lowRank' | 'sparse'): Tensor {
    this.figures()
    if (this.#parts === null)
      throw new UsageError(`RobustPCA: ${name} of the table that it was fitted on is not saved. Try fit(x).`)
    return this.#parts[name]
  }

  fit(x: Tensor): this {
    tidy(() => {
      const rows = finiteRows('RobustPCA.fit', x)
      const [n, d] = rows.shape as readonly [number, number]
      const wanted = countOf('RobustPCA.fit', this.options.k, n, d)
      const { lambda = 1 / Math.sqrt(Math.max(n, d)), iterations = 1000, tol = 1e-7, centred = false } = this.options
      const mean = centred ? tensor(columnMeans('RobustPCA.fit', rows).mean) : zeros([d], { dtype: 'f64' })
      const wide = castOf(rows, 'f64')
      const found = pursue(together(centred ? sub(wide, mean) : wide), { lambda, iterations, tol })
      const k = Math.min(wanted, Math.max(1, found.rank))
      const components = withSigns(firstRows(found.vectors, k))
      const singular = found.values.slice(0, k)
      const scale = scaleOf(singular[0]!)
      const { rest, all } = squaresOf(rows, mean, components, scale)
      this.learn(
        {
          k,
          rows: n,
          columns: d,
          singularValues: Array.from(singular),
          reconstructionError: { frobenius: Math.sqrt(rest) / scale, relative: all === 0 ? 0 : Math.sqrt(rest / all) },
          iterations: found.iterations,
        },
        { components, singularValues: tensor(singular), mean },
        { lambda, rank: found.rank, nonzeros: found.nonzeros, objective: found.objective, residual: found.residual },
      )
      this.#parts = { lowRank: keep(found.lowRank), sparse: keep(found.sparse) }
      this.#converged = found.converged
    })
    return this
  }

  transform(x: Tensor): Tensor {
    return tidy(() => {
      const rows = finiteRows('RobustPCA.transform', x, { columns: this.mean.size })
      return project(rows, this.mean, this.components)
    })
  }

  inverseTransform(z: Tensor): Tensor {
    return tidy(() => {
      const codes = finiteRows('RobustPCA.inverseTransform', z, { columns: this.components.shape[0]! })
      return unproject(codes, this.mean, this.components)
    })
  }

  /** -||X - X'||_F / ||X||_F of rows less `mean`; 0 for rows of zeros. */
  score(x: Tensor): number {
    return tidy(() => {
      const rows = finiteRows('RobustPCA.score', x, { columns: this.mean.size })
      const { rest, all } = squaresOf(rows, this.mean, this.components, scaleOf(view(this.singularValues)[0]!))
      return rest === 0 ? 0 : -Math.sqrt(rest / all)
    })
  }

  protected shapes({ k, columns: d }: EstimatorJson): Readonly<Record<string, Shape>> {
    return { components: [k, d], singularValues: [k], mean: [d] }
  }

  override dispose(): void {
    super.dispose()
    for (const part of Object.values(this.#parts ?? {})) part.dispose()
    this.#parts = null
    this.#converged = true
  }
}

/** A RobustPCA of what was saved. */
export function restoreRobustPCA(json: EstimatorJson, state: StateDict): RobustPCA {
  return new RobustPCA(json.options as RobustPCAOptions).restore(json, state)
}
