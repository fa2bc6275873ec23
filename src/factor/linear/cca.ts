/** Canonical correlation analysis of two tables with the same rows. */
import { UsageError } from '../../core/index.js'
import { chiSquaredSf } from '../../distributions/index.js'
import { svd } from '../../linalg/index.js'
import { div, matmul, mul, type StateDict, slice, sqrt, square, type Tensor, tensor, transpose, unsqueeze } from '../../tensor/index.js' // biome-ignore format: one line
import { checkOptions, type Shape, tidy, view } from '../../tensor/internal.js'
import type { EstimatorJson, Second } from '../estimator.js'
import { rowsOf, wholeOption } from '../input.js'
import { Learned } from '../learned.js'
import { amountOption, finiteRows } from '../samples.js'
import { project, unproject } from './project.js'
import { centredCopy, tableOf } from './second.js'
import { withSigns } from './signs.js'

export interface CCAOptions {
  /** Pairs of variates: from 1 to the smaller rank of the two centred tables; that by default. */
  k?: number
  /** Added to the variances of both tables' directions (ddof 1), in units of their largest (0): canonical ridge, Vinod 1976. */
  regularization?: number
}

/** Bartlett's test (1941) that the correlations from this one on are zero, for normal rows. */
export interface BartlettTest {
  /** -(n - 1 - (p + q + 1) / 2) sum log(1 - correlation^2); Infinity where one is 1. */
  readonly statistic: number
  readonly df: number
  readonly p: number
}

export interface CCAJson extends EstimatorJson {
  /** Of the second table. */
  readonly secondColumns: number
  /** Null with regularization, and where there are too few rows for it. */
  readonly tests: readonly BartlettTest[] | null
}

/**
 * Canonical correlations (Hotelling 1936): weights of two tables' columns whose sums correlate as much as can be, then as much as can be among those
 * uncorrelated with the ones before. By SVD of both centred tables (Bjorck & Golub 1973), so that no covariance is inverted; directions that are
 * zero to working precision have no part.
 *
 * `fit` takes x [n, p] and y [n, q]. Learned, all f64: `correlations` [k], descending, `components` [k, p] and `secondComponents` [k, q] (weights: the first's
 * entry of largest size is positive; scores have variance 1 with ddof 1 where nothing is regularized), `mean`, `secondMean`, `tests`.
 *
 * `transform` gives scores [n, k] of the first table, `transformSecond` of the other, `inverseTransform` and `inverseTransformSecond` the likeliest rows of scores,
 * `predict` rows of the second table from the first through the k pairs. `score` is the mean correlation of the pairs of scores of x and y. Throws
 * UsageError for shapes, options, and tables that do not vary; for what is not finite NumericalError.
 *
 * @example
 * const cca = new CCA({ k: 2 }).fit(x, y)
 * const spectra = cca.predict(x)
 */
export class CCA extends Learned {
  readonly method = 'cca'
  protected readonly op = 'CCA'
  readonly options: CCAOptions

  constructor(options: CCAOptions = {}) {
    checkOptions('CCA', options, ['k', 'regularization'])
    super({ ...options })
    wholeOption('CCA', 'k', options.k ?? 1, 1)
    amountOption('CCA', 'regularization', options.regularization ?? 0)
    this.options = options
  }

  /** Descending. */
  get correlations(): Tensor {
    return this.learned('correlations')
  }
  get components(): Tensor {
    return this.learned('components')
  }
  get secondComponents(): Tensor {
    return this.learned('secondComponents')
  }
  get mean(): Tensor {
    return this.learned('mean')
  }
  get secondMean(): Tensor {
    return this.learned('secondMean')
  }
  /** That the correlations from each one on are zero. */
  get tests(): readonly BartlettTest[] | null {
    return (this.figures() as CCAJson).tests
  }

  fit(x: Tensor, y?: Second): this {
    const op = 'CCA.fit'
    tidy(() => {
      const first = rowsOf(op, x, { least: 2 })
      const second = tableOf(op, y, first.shape[0]!)
      const n = first.shape[0]!
      const { regularization = 0 } = this.options
      const [a, b] = [whitened(op, 'first', first, regularization), whitened(op, 'second', second, regularization)]
      const { U, S, Vh } = svd(matmul(transpose(a.scores), b.scores))
      const all = Float64Array.from(view(S), (one) => Math.min(1, one))
      const k = this.options.k ?? all.length
      if (k > all.length)
        throw new UsageError(
          `${op}: k is ${k} for tables of rank ${a.rank} and ${b.rank}; expected a whole number from 1 to ${all.length}.`,
        )
      const left = slice(transpose(U), { stop: k })
      const right = slice(Vh, { stop: k })
      const tensors = {
        components: matmul(left, a.weights),
        loadings: matmul(left, a.loadings),
        secondComponents: matmul(right, b.weights),
        secondLoadings: matmul(right, b.loadings),
      }
      const { components, ...others } = tensors
      withSigns(components, Object.values(others))
      const tests = regularization > 0 ? null : bartlett(all, n, a.rank, b.rank)
      this.learn(
        { k, rows: n, columns: first.shape[1]! },
        { ...tensors, correlations: tensor(all.slice(0, k)), mean: tensor(a.mean), secondMean: tensor(b.mean) },
        { secondColumns: second.shape[1]!, tests },
      )
    })
    return this
  }

  transform(x: Tensor): Tensor {
    return tidy(() => project(finiteRows('CCA.transform', x, { columns: this.mean.size }), this.mean, this.components))
  }

  /** Scores [n, k] of rows of the second table. */
  transformSecond(y: Tensor): Tensor {
    return tidy(() => {
      const rows = finiteRows('CCA.transformSecond', y, { columns: this.secondMean.size })
      return project(rows, this.secondMean, this.secondComponents)
    })
  }

  inverseTransform(z: Tensor): Tensor {
    return tidy(() => unproject(this.#codes('inverseTransform', z), this.mean, this.learned('loadings')))
  }

  /** Rows of the second table of its scores. */
  inverseTransformSecond(z: Tensor): Tensor {
    return tidy(() =>
      unproject(this.#codes('inverseTransformSecond', z), this.secondMean, this.learned('secondLoadings')),
    )
  }

  /** Rows [n, q] of the second table, by linear regression on the first's scores. */
  predict(x: Tensor): Tensor {
    return tidy(() => {
      const scores = this.transform(x)
      const second = unproject(scores, this.secondMean, mul(this.learned('secondLoadings'), unsqueeze(this.correlations, 1))) // biome-ignore format: one step
      return second
    })
  }

  /** Mean over the pairs of the correlation of x's scores with y's. */
  score(x: Tensor, y?: Second): number {
    return tidy(() => {
      const a = centredCopy('CCA.score', this.transform(x)).rows
      const second = tableOf('CCA.score', y, a.shape[0]!)
      const b = centredCopy('CCA.score', this.transformSecond(second)).rows
      const along = (p: Tensor, q: Tensor): Tensor => mul(p, q).sum({ axis: 0 })
      const lengths = sqrt(mul(square(a).sum({ axis: 0 }), square(b).sum({ axis: 0 })))
      const shares = Array.from(view(along(a, b)), (one, m) => (one === 0 ? 0 : one / view(lengths)[m]!))
      return shares.reduce((sum, one) => sum + one, 0) / shares.length
    })
  }

  #codes(what: string, z: Tensor): Tensor {
    return finiteRows(`CCA.${what}`, z, { columns: this.correlations.size })
  }

  protected shapes(json: EstimatorJson): Readonly<Record<string, Shape>> {
    const { k, columns: p } = json
    const { secondColumns: q } = json as CCAJson
    return {
      components: [k, p],
      loadings: [k, p],
      secondComponents: [k, q],
      secondLoadings: [k, q],
      correlations: [k],
      mean: [p],
      secondMean: [q],
    }
  }
}

/**
 * Of a table: orthonormal scores [n, r] (shorter with regularization), weights [r, d] of centred rows that give them times sqrt(n - 1), and the
 * loadings [r, d], covariances of those with the columns.
 */
function whitened(op: string, which: string, x: Tensor, regularization: number) {
  const { rows, mean } = centredCopy(op, x)
  const [n, d] = rows.shape as readonly [number, number]
  const { U, S, Vh } = svd(rows)
  const values = view(S)
  let rank = 0
  while (rank < values.length && values[rank]! > Math.max(n, d) * 2 ** -52 * values[0]!) rank++
  if (rank === 0) throw new UsageError(`${op}: the ${which} table has no column that varies; expected one that does.`)
  const kept = slice(S, { stop: rank }).clone()
  const lengths = Float64Array.from(view(kept), (one) => Math.hypot(one, Math.sqrt(regularization) * values[0]!))
  const shrink = tensor(lengths)
  const directions = slice(Vh, { stop: rank })
  const root = Math.sqrt(n - 1)
  return {
    rank,
    mean,
    scores: mul(slice(U, null, { stop: rank }), div(kept, shrink)),
    weights: div(mul(directions, root), unsqueeze(shrink, 1)),
    loadings: div(mul(directions, unsqueeze(div(square(kept), shrink), 1)), root),
  }
}

function bartlett(correlations: Float64Array, n: number, p: number, q: number): BartlettTest[] | null {
  const factor = n - 1 - (p + q + 1) / 2
  if (!(factor > 0)) return null
  return Array.from(correlations, (_, m) => {
    let sum = 0
    for (let i = m; i < correlations.length; i++) sum += Math.log1p(-(correlations[i]! ** 2))
    const df = (p - m) * (q - m)
    const statistic = Math.max(0, -factor * sum)
    return { statistic, df, p: statistic === Number.POSITIVE_INFINITY ? 0 : chiSquaredSf(statistic, df) }
  })
}

/** A CCA of what was saved. */
export function restoreCCA(json: EstimatorJson, state: StateDict): CCA {
  return new CCA(json.options as CCAOptions).restore(json, state)
}
