/** Factor analysis by maximum likelihood. */

import { UsageError } from '../../core/index.js'
import { inv, slogdet } from '../../linalg/index.js'
import { add, diag, div, matmul, type StateDict, type Tensor, tensor, transpose } from '../../tensor/index.js'
import { checkOptions, empty, kernels, lapack, type Shape, tidy, view } from '../../tensor/internal.js'
import type { EstimatorJson } from '../estimator.js'
import { rowsOf, wholeOption } from '../input.js'
import { Learned } from '../learned.js'
import { finiteRows, wordOption } from '../samples.js'
import { eachBlock, lend } from './blocks.js'
import { correlationsOf } from './correlations.js'
import { countOf } from './options.js'
import { project, unproject } from './project.js'
import { promax, type Rotation, varimax } from './rotation.js'
import { withSigns } from './signs.js'
import { type Uniqueness, uniquenesses } from './uniqueness.js'

export interface FactorAnalysisOptions {
  /** Factors: a whole number from 1 to min(n, d); that by default. */
  k?: number
  /** Of the loadings (`none`): see `varimax` and `promax`. The likelihood is the same for each. */
  rotation?: 'none' | 'varimax' | 'promax'
  /** Kaiser's normalization while rotating (false, as scikit-learn; R has it). */
  kaiser?: boolean
  /** Most steps (1000): 50 of EM, then Newton's, each with eigenvectors of a matrix of the smaller side. */
  iterations?: number
  /** Size of the log-likelihood's gradient by the logarithms of the noise variances at which it ends (1e-8). */
  tol?: number
  /** Least noise variance of a column, in units of its variance (1e-8): the likelihood may grow towards 0 (Heywood's case), even without bound. */
  floor?: number
}

/**
 * Factor analysis: rows are normal around `mean` with covariance C^T F C + diag(noiseVariance), for loadings C, F the correlations of the factors.
 *
 * Learned, all f64: `components` [k, d] (loadings; of each row the entry of largest size positive), `noiseVariance` [d], `mean` [d],
 * `factorCorrelation` [k, k] (the identity but for promax), `history` (mean log-likelihood of a row after each step; it never falls), `iterations`.
 * Variances have ddof 0. Loadings are unique up to rotation; without one the factors come by what they add to the likelihood.
 *
 * `fit` takes x [n, d], n >= 2, and maximizes the likelihood: steps of EM from noise equal to the columns' variance, as scikit-learn goes (which starts
 * at 1), then Newton's, so that it ends where EM would after many thousands. Constant columns have neither noise nor loadings, and no part in
 * the likelihood. `transform` gives the factors' posterior means [n, k], `inverseTransform` rows of factors; `score` the mean log-likelihood of a
 * row. Throws UsageError for shapes, options and elements that are not finite. Source: Joreskog 1967; Rubin & Thayer 1982.
 *
 * @example
 * const factors = new FactorAnalysis({ k: 3, rotation: 'varimax' }).fit(x)
 */
export class FactorAnalysis extends Learned {
  readonly method = 'factor-analysis'
  protected readonly op = 'FactorAnalysis'
  readonly options: FactorAnalysisOptions
  /** Mean log-likelihood of a row after each step; empty for one that was restored. */
  history: readonly number[] = []

  constructor(options: FactorAnalysisOptions = {}) {
    checkOptions('FactorAnalysis', options, ['k', 'rotation', 'kaiser', 'iterations', 'tol', 'floor'])
    super({ ...options })
    const { k = 1, rotation = 'none', iterations = 1, tol = 0, floor = 1e-8 } = options
    wholeOption('FactorAnalysis', 'k', k, 1)
    wholeOption('FactorAnalysis', 'iterations', iterations, 1)
    wordOption('FactorAnalysis', 'rotation', rotation, ['none', 'varimax', 'promax'])
    if (!(tol >= 0)) throw new UsageError(`FactorAnalysis: tol is ${tol}; expected a number from 0 on.`)
    if (!(floor > 0 && floor < 1))
      throw new UsageError(`FactorAnalysis: floor is ${floor}; expected a number between 0 and 1.`)
    this.options = options
  }

  get components(): Tensor {
    return this.learned('components')
  }
  get noiseVariance(): Tensor {
    return this.learned('noiseVariance')
  }
  get mean(): Tensor {
    return this.learned('mean')
  }
  get factorCorrelation(): Tensor {
    return this.learned('factorCorrelation')
  }
  get iterations(): number {
    return this.figures().iterations!
  }

  fit(x: Tensor): this {
    const op = 'FactorAnalysis.fit'
    tidy(() => {
      const rows = rowsOf(op, x, { least: 2 })
      const [n, d] = rows.shape as readonly [number, number]
      const k = countOf(op, this.options.k, n, d)
      const { correlations, mean, deviations, active } = correlationsOf(op, rows)
      if (active.length === 0) throw new UsageError(`${op}: every column is constant; expected one that varies.`)
      const { iterations = 1000, tol = 1e-8, floor = 1e-8 } = this.options
      const found = uniquenesses(correlations, { k, iterations, tol, floor })
      const { loadings, noise } = unitsOf(found, active, deviations, k, d)
      const { components, factorCorrelation } = this.#rotated(loadings)
      // A density in the columns' units is that of standardized ones by the product of the deviations.
      const shift = active.reduce((sum, j) => sum + Math.log(deviations[j]!), 0)
      const history = found.history.map((one) => one - shift)
      this.learn(
        { k, rows: n, columns: d, logLikelihood: history.at(-1)!, iterations: history.length - 1 },
        { components, noiseVariance: tensor(noise), mean: tensor(mean), factorCorrelation },
      )
      this.history = history
    })
    return this
  }

  /** Loadings [k, d] rotated, with signs; and what the factors' correlations become. */
  #rotated(loadings: Tensor): { components: Tensor; factorCorrelation: Tensor } {
    const { rotation = 'none', kaiser = false } = this.options
    const k = loadings.shape[0]!
    const turn = (): Pick<Rotation, 'loadings' | 'correlation'> => {
      if (rotation === 'varimax') return varimax(transpose(loadings), { kaiser })
      if (rotation === 'promax') return promax(transpose(loadings), { kaiser })
      return { loadings: transpose(loadings), correlation: diag(tensor(new Float64Array(k).fill(1))) }
    }
    const { loadings: turned, correlation } = turn()
    const components = transpose(turned).clone()
    const factorCorrelation = correlation.clone()
    const F = view(factorCorrelation)
    withSigns(components, [], (m) => {
      for (let i = 0; i < k; i++)
        if (i !== m) {
          F[m * k + i]! *= -1
          F[i * k + m]! *= -1
        }
    })
    return { components, factorCorrelation }
  }

  /** Covariance [d, d] (f64) of rows as it is modelled. */
  covariance(): Tensor {
    return tidy(() => {
      const { components: C, factorCorrelation: F, noiseVariance } = this
      return add(matmul(matmul(transpose(C), F), C), diag(noiseVariance))
    })
  }

  /** Precision M [k, k] of the factors given a row, and the weights M^-1 C diag(1 / noise) [k, d] of their means. */
  #posterior(): { precision: Tensor; weights: Tensor; inverse: Tensor } {
    const { components: C, factorCorrelation, noiseVariance } = this
    // Columns that are constant have no say.
    const inverse = tensor(Float64Array.from(view(noiseVariance), (one) => (one > 0 ? 1 / one : 0)))
    const scaled = div(C, tensor(Float64Array.from(view(noiseVariance), (one) => (one > 0 ? one : Number.POSITIVE_INFINITY)))) // biome-ignore format: one step
    const precision = add(inv(factorCorrelation), matmul(scaled, transpose(C)))
    return { precision, weights: matmul(inv(precision), scaled), inverse }
  }

  transform(x: Tensor): Tensor {
    return tidy(() => {
      const rows = finiteRows('FactorAnalysis.transform', x, { columns: this.mean.size })
      return project(rows, this.mean, this.#posterior().weights)
    })
  }

  inverseTransform(z: Tensor): Tensor {
    return tidy(() => {
      const codes = finiteRows('FactorAnalysis.inverseTransform', z, { columns: this.components.shape[0]! })
      return unproject(codes, this.mean, this.components)
    })
  }

  score(x: Tensor): number {
    return tidy(() => {
      const rows = finiteRows('FactorAnalysis.score', x, { columns: this.mean.size })
      const { precision, weights, inverse } = this.#posterior()
      const [correlation, noise] = [this.factorCorrelation, view(this.noiseVariance)]
      let constant = slogdet(precision).logabsdet.item() + slogdet(correlation).logabsdet.item()
      for (const one of noise) if (one > 0) constant += Math.log(2 * Math.PI * one)
      return -0.5 * (constant + squares(rows, this, weights, inverse) / rows.shape[0]!)
    })
  }

  protected shapes({ k, columns: d }: EstimatorJson): Readonly<Record<string, Shape>> {
    return { components: [k, d], noiseVariance: [d], mean: [d], factorCorrelation: [k, k] }
  }
}

/** What was found of standardized columns in the columns' own units, zeros for those that are constant. */
function unitsOf(found: Uniqueness, active: readonly number[], deviations: Float64Array, k: number, d: number) {
  const p = active.length
  const loadings = empty('f64', [k, d])
  const into = view(loadings).fill(0)
  const noise = new Float64Array(d)
  for (const [a, j] of active.entries()) {
    noise[j] = found.psi[a]! * deviations[j]! ** 2
    for (let m = 0; m < k; m++) into[m * d + j] = found.loadings[m * p + a]! * deviations[j]!
  }
  return { loadings, noise }
}

/**
 * Sum over rows of (x - mean)^T Sigma^-1 (x - mean), as the least of |noise^-1/2 (x - mean - C^T z)|^2 + z^T F^-1 z, which the posterior means
 * z reach: a difference of large numbers where noise is small is not taken.
 */
function squares(x: Tensor, model: FactorAnalysis, weights: Tensor, inverse: Tensor): number {
  const { mean, components, factorCorrelation } = model
  const [k, d] = components.shape as readonly [number, number]
  const rows = Math.max(1, Math.min(x.shape[0]!, Math.floor(2 ** 18 / d)))
  const [prior, w] = [Float64Array.from(view(inv(factorCorrelation))), Float64Array.from(view(inverse))]
  let total = 0
  lend(rows * k * 8, (Z) =>
    eachBlock(x, { mean, rows }, (block, count) => {
      lapack().gemm('f64', false, true, count, k, d, 1, block, d, weights.pointer, d, 0, Z, k)
      lapack().gemm('f64', false, false, count, d, k, -1, Z, k, components.pointer, d, 1, block, d)
      const [left, z] = [kernels().f64(block, count * d), kernels().f64(Z, count * k)]
      for (let at = 0; at < left.length; at++) total += left[at]! * left[at]! * w[at % d]!
      for (let i = 0; i < count; i++)
        for (let a = 0; a < k; a++)
          for (let b = 0; b < k; b++) total += z[i * k + a]! * prior[a * k + b]! * z[i * k + b]!
    }),
  )
  return total
}

/** A FactorAnalysis of what was saved. */
export function restoreFactorAnalysis(json: EstimatorJson, state: StateDict): FactorAnalysis {
  return new FactorAnalysis(json.options as FactorAnalysisOptions).restore(json, state)
}
