/** Principal component analysis. */

import { UsageError } from '../../core/index.js'
import { type StateDict, type Tensor, tensor } from '../../tensor/index.js'
import { checkOptions, tidy } from '../../tensor/internal.js'
import type { EstimatorJson } from '../estimator.js'
import { rowsOf, wholeOption } from '../input.js'
import { countOf } from './options.js'
import { PrincipalComponents } from './principalComponents.js'
import { firstRows } from './signs.js'
import { type Solver, type Spectrum, sharesOf, spectrumOf } from './spectrum.js'

export interface PCAOptions {
  /**
   * Components: a whole number from 1 to min(n, d), or a share of the variance, 0 < k < 1: then the fewest whose shares sum to more than k.
   * min(n, d) by default.
   */
  k?: number
  /**
   * `exact`: triangular factor, then SVD; accurate for the smallest values. `gram`: eigenvalues of X^T X (X X^T where n < d), the fastest, which
   * loses the digits of values below about 1e-4 of the first. `randomized`: Halko, Martinsson & Tropp 2011, for few components. `auto` (the
   * default): `gram` where it is as accurate as `exact`, else that; `randomized` where min(n, d) > 5000 and k is at most a tenth of it.
   */
  solver?: Solver
  /** Scores of variance 1. */
  whiten?: boolean
  /** Of the random vectors of `randomized` (0). */
  seed?: number
  /** Products with X^T X of `randomized`: 7 where k < min(n, d) / 10, else 4. */
  iterations?: number
  /** Random vectors of `randomized` beyond k (10). */
  oversampling?: number
}

/**
 * Principal components: the directions along which centred rows vary most.
 *
 * Learned, all f64: `components` [k, d], orthonormal rows, of each the entry of largest size (the first of equals) positive; `explainedVariance` [k]
 * (ddof 1), `explainedVarianceRatio` [k] (of the variance of all columns; 0 where that is 0), `singularValues` [k] of the centred table, `mean` [d],
 * `noiseVariance` (the mean variance along the min(n, d) - k directions left out, 0 where there is none).
 *
 * `fit` takes x [n, d], n >= 2. `transform` gives scores [n, k] = (x - mean) components^T, by the square root of their variance with `whiten` (0 for
 * components without variance); `inverseTransform` the rows of scores. `score` is the mean log-likelihood of a row under probabilistic PCA
 * (Tipping & Bishop 1999): normal with covariance W W^T + noiseVariance I. Throws UsageError for shapes and options; NumericalError for what is not
 * finite, and from `score` where the covariance is singular. Names and figures are those of scikit-learn; its signs differ.
 *
 * @example
 * const pca = new PCA({ k: 2 }).fit(x)
 * const scores = pca.transform(x)
 */
export class PCA extends PrincipalComponents {
  readonly method = 'pca'
  protected readonly op = 'PCA'
  readonly options: PCAOptions

  constructor(options: PCAOptions = {}) {
    checkOptions('PCA', options, ['k', 'solver', 'whiten', 'seed', 'iterations', 'oversampling'])
    super({ ...options })
    const { k, solver = 'auto', seed = 0, iterations = 0, oversampling = 0 } = options
    if (!['auto', 'exact', 'gram', 'randomized'].includes(solver))
      throw new UsageError(`PCA: solver ${JSON.stringify(solver)}; expected auto, exact, gram or randomized.`)
    if (k !== undefined && !(k > 0 && (k < 1 || Number.isSafeInteger(k))))
      throw new UsageError(`PCA: k is ${k}; expected a whole number from 1 on, or a share of the variance between 0 and 1.`) // biome-ignore format: one sentence
    if (k !== undefined && k < 1 && solver === 'randomized')
      throw new UsageError(
        'PCA: the randomized solver needs to know k; expected a whole number. Try { solver: "exact" }.',
      )
    for (const [name, value] of Object.entries({ seed, iterations, oversampling })) wholeOption('PCA', name, value, 0)
    this.options = options
  }

  protected get whitened(): boolean {
    return this.options.whiten === true
  }

  fit(x: Tensor): this {
    tidy(() => {
      const rows = rowsOf('PCA.fit', x, { least: 2 })
      const [n, d] = rows.shape as readonly [number, number]
      const { k, solver = 'auto', seed = 0, iterations, oversampling = 10 } = this.options
      const side = Math.min(n, d)
      const most = k === undefined || k < 1 ? side : countOf('PCA.fit', k, n, d)
      const count = (shares: Float64Array): number => (k === undefined || k >= 1 ? most : fewest(shares, k))
      const spectrum = spectrumOf('PCA.fit', rows, {
        centred: true,
        solver,
        count,
        most,
        randomized: { seed, iterations, oversampling },
      })
      this.#learn(spectrum, count(sharesOf(spectrum)), n, d)
    })
    return this
  }

  #learn(spectrum: Spectrum, k: number, n: number, d: number): void {
    const { values, vectors, total, mean } = spectrum
    const first = values[0]!
    const all = sharesOf(spectrum)
    const [singular, ratio] = [values.slice(0, k), all.slice(0, k)]
    // What is left is summed of itself where it is known, since a difference from the whole has no digits.
    const rest =
      spectrum.solver === 'randomized' ? Math.max(0, total - sum(ratio) * total) : sum(all.subarray(k)) * total
    const left = Math.min(n, d) - k
    const variance = (value: number): number => value * (value / (n - 1))
    const noise = left === 0 ? 0 : (variance(first) * rest) / left
    this.learn(
      {
        k,
        rows: n,
        columns: d,
        explainedVarianceRatio: Array.from(ratio),
        singularValues: Array.from(singular),
        reconstructionError: {
          frobenius: first * Math.sqrt(rest),
          relative: total === 0 ? 0 : Math.sqrt(rest / total),
        },
        logLikelihood: null,
      },
      {
        components: firstRows(vectors, k),
        explainedVariance: tensor(singular.map(variance)),
        explainedVarianceRatio: tensor(ratio),
        singularValues: tensor(singular),
        mean: tensor(mean!),
        noiseVariance: tensor(Float64Array.of(noise), { shape: [] }),
      },
    )
  }
}

/** The fewest values whose shares sum to more than `share`. */
export function fewest(shares: Float64Array, share: number): number {
  let reached = 0
  for (const [i, one] of shares.entries()) {
    reached += one
    if (reached > share) return i + 1
  }
  return shares.length
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)

/** A PCA of what was saved. */
export function restorePCA(json: EstimatorJson, state: StateDict): PCA {
  return new PCA(json.options as PCAOptions).restore(json, state)
}
