/** Truncated singular value decomposition of a table as it is, not centred. */

import { UsageError } from '../../core/index.js'
import { type StateDict, type Tensor, tensor } from '../../tensor/index.js'
import { checkOptions, type Shape, tidy, view } from '../../tensor/internal.js'
import type { EstimatorJson } from '../estimator.js'
import { rowsOf, wholeOption } from '../input.js'
import { Learned } from '../learned.js'
import { finiteRows } from '../samples.js'
import { columnMeans } from './blocks.js'
import { countOf } from './options.js'
import { project, unproject } from './project.js'
import { firstRows } from './signs.js'
import { type Solver, sharesOf, spectrumOf } from './spectrum.js'
import { scaleOf, squaresOf } from './squares.js'

export interface TruncatedSVDOptions {
  /** A whole number from 1 to min(n, d); that by default. */
  k?: number
  /** As PCA has it. */
  solver?: Solver
  /** Of the random vectors of `randomized` (0). */
  seed?: number
  /** Products with X^T X of `randomized`: 7 where k < min(n, d) / 10, else 4. */
  iterations?: number
  /** Random vectors of `randomized` beyond k (10). */
  oversampling?: number
}

/**
 * The nearest table of rank k (Eckart & Young 1936), of rows that are not centred: pictures, counts of words.
 *
 * Learned, all f64: `components` [k, d] (right singular vectors as rows, signs as PCA's), `singularValues` [k], `explainedVariance` [k] (ddof 0) of the
 * scores, and `explainedVarianceRatio` [k] of that to the variance of all columns (0 where that is 0), as scikit-learn has them: around the mean,
 * though the decomposition is not, so that they need not fall.
 *
 * `transform` gives scores X components^T [n, k], which are U diag(S); `inverseTransform` rows; `score` 1 - ||X - X'||_F^2 / ||X||_F^2 (1 for a table of
 * zeros). One row is enough. Throws UsageError for shapes and options, NumericalError for what is not finite.
 *
 * @example
 * const svd = new TruncatedSVD({ k: 20 }).fit(picture)
 * const compressed = svd.inverseTransform(svd.transform(picture))
 */
export class TruncatedSVD extends Learned {
  readonly method = 'svd'
  protected readonly op = 'TruncatedSVD'
  readonly options: TruncatedSVDOptions

  constructor(options: TruncatedSVDOptions = {}) {
    checkOptions('TruncatedSVD', options, ['k', 'solver', 'seed', 'iterations', 'oversampling'])
    super({ ...options })
    const { k = 1, solver = 'auto', seed = 0, iterations = 0, oversampling = 0 } = options
    if (!['auto', 'exact', 'gram', 'randomized'].includes(solver))
      throw new UsageError(`TruncatedSVD: solver ${JSON.stringify(solver)}; expected auto, exact, gram or randomized.`)
    wholeOption('TruncatedSVD', 'k', k, 1)
    for (const [name, value] of Object.entries({ seed, iterations, oversampling }))
      wholeOption('TruncatedSVD', name, value, 0)
    this.options = options
  }

  get components(): Tensor {
    return this.learned('components')
  }
  get singularValues(): Tensor {
    return this.learned('singularValues')
  }
  get explainedVariance(): Tensor {
    return this.learned('explainedVariance')
  }
  get explainedVarianceRatio(): Tensor {
    return this.learned('explainedVarianceRatio')
  }

  fit(x: Tensor): this {
    tidy(() => {
      const op = 'TruncatedSVD.fit'
      const rows = rowsOf(op, x)
      const [n, d] = rows.shape as readonly [number, number]
      const { solver = 'auto', seed = 0, iterations, oversampling = 10 } = this.options
      const k = countOf(op, this.options.k, n, d)
      const { mean } = columnMeans(op, rows)
      const spectrum = spectrumOf(op, rows, { centred: false, solver, count: () => k, most: k, randomized: { seed, iterations, oversampling } }) // biome-ignore format: one line
      const values = spectrum.values.slice(0, k)
      const components = firstRows(spectrum.vectors, k)
      const first = values[0]!
      const scale = scaleOf(first)
      const { along, all } = squaresOf(rows, tensor(mean), components, scale)
      const ratio = along.map((one) => (all === 0 ? 0 : one / all))
      const variance = along.map((one) => one / n / scale / scale)
      const shares = sharesOf(spectrum)
      const kept = shares.subarray(0, k).reduce((sum, one) => sum + one, 0)
      const rest =
        spectrum.solver === 'randomized' ? Math.max(0, 1 - kept) : shares.subarray(k).reduce((sum, one) => sum + one, 0)
      this.learn(
        {
          k,
          rows: n,
          columns: d,
          explainedVarianceRatio: Array.from(ratio),
          singularValues: Array.from(values),
          reconstructionError: { frobenius: first * Math.sqrt(rest * spectrum.total), relative: Math.sqrt(rest) },
        },
        {
          components,
          singularValues: tensor(values),
          explainedVariance: tensor(variance),
          explainedVarianceRatio: tensor(ratio),
        },
      )
    })
    return this
  }

  transform(x: Tensor): Tensor {
    return tidy(() => {
      const rows = finiteRows('TruncatedSVD.transform', x, { columns: this.components.shape[1]! })
      return project(rows, null, this.components)
    })
  }

  inverseTransform(z: Tensor): Tensor {
    return tidy(() => {
      const codes = finiteRows('TruncatedSVD.inverseTransform', z, { columns: this.components.shape[0]! })
      return unproject(codes, null, this.components)
    })
  }

  /** 1 - ||X - X'||_F^2 / ||X||_F^2. */
  score(x: Tensor): number {
    return tidy(() => {
      const rows = finiteRows('TruncatedSVD.score', x, { columns: this.components.shape[1]! })
      const { rest, all } = squaresOf(rows, null, this.components, scaleOf(view(this.singularValues)[0]!))
      return all === 0 ? 1 : 1 - rest / all
    })
  }

  protected shapes({ k, columns: d }: EstimatorJson): Readonly<Record<string, Shape>> {
    return { components: [k, d], singularValues: [k], explainedVariance: [k], explainedVarianceRatio: [k] }
  }
}

/** A TruncatedSVD of what was saved. */
export function restoreTruncatedSVD(json: EstimatorJson, state: StateDict): TruncatedSVD {
  return new TruncatedSVD(json.options as TruncatedSVDOptions).restore(json, state)
}
