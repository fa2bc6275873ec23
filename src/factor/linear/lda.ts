/** Linear discriminant analysis. */
import { UsageError } from '../../core/index.js'
import { eigh, svd } from '../../linalg/index.js'
import {
  add,
  argmax,
  div,
  log,
  matmul,
  mul,
  type StateDict,
  slice,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
  unsqueeze,
} from '../../tensor/index.js'
import { checkOptions, type Shape, tidy, view } from '../../tensor/internal.js'
import type { EstimatorJson, Second } from '../estimator.js'
import { rowsOf } from '../input.js'
import { Learned } from '../learned.js'
import { finiteRows } from '../samples.js'
import { columnMeans } from './blocks.js'
import { type Classes, classesOf, codesOf, targetsOf } from './classes.js'
import { countOf } from './options.js'
import { project, unproject } from './project.js'
import { pooledCovariance } from './shrinkage.js'
import { withSigns } from './signs.js'
import { triangleOf } from './triangle.js'

export interface LinearDiscriminantAnalysisOptions {
  /** Discriminants that `transform` gives: from 1 to min(classes - 1, d); that by default. */
  k?: number
  /** Chances of the classes, in their order; their shares of the rows by default. */
  priors?: readonly number[]
  /** Of the classes' covariances towards multiples of the identity: a number from 0 to 1, or `auto` (Ledoit & Wolf 2004). Off by default. */
  shrinkage?: number | 'auto'
  /** Standard deviations within classes, of standardized columns, up to which directions are left out (1e-4). Without shrinkage. */
  tol?: number
}

export interface DiscriminantJson extends EstimatorJson {
  readonly classes: Classes
}

/**
 * Linear discriminants (Fisher 1936; Rao 1948): the directions along which classes lie apart, in units of what rows vary within classes, and the
 * classifier that takes classes for normal with one covariance.
 *
 * `fit` takes x [n, d] and a class for each row, words or numbers. Learned: `classes` (ascending), `priors` [classes], `means` [classes, d], `mean` [d] of the
 * means by priors, `components` [k, d] (the entry of largest size positive; scores have variance 1 within classes, about 0 overall),
 * `explainedVarianceRatio` [k] of the variance between classes, `coefficients` [classes, d] and `intercepts` [classes] of log-chances.
 *
 * Without shrinkage as scikit-learn's svd solver: no covariance is formed, and columns that are constant within classes have no part. With it the
 * covariance is the classes' shrunk ones, weighted by priors; the classifier is that of scikit-learn's lsqr and eigen solvers, the directions those of
 * the means themselves.
 *
 * `transform` gives scores [n, k], `inverseTransform` the likeliest rows of scores, `predict` classes, `predictProba` their chances [n, classes] (f64), `score`
 * the share of rows whose class is right. Throws UsageError for shapes, options, fewer than two classes, and as many classes as rows.
 *
 * @example
 * const lda = new LinearDiscriminantAnalysis().fit(x, ['a', 'b', 'a', 'b'])
 * lda.predict(x)
 */
export class LinearDiscriminantAnalysis extends Learned {
  readonly method = 'lda'
  protected readonly op = 'LinearDiscriminantAnalysis'
  readonly options: LinearDiscriminantAnalysisOptions

  constructor(options: LinearDiscriminantAnalysisOptions = {}) {
    const op = 'LinearDiscriminantAnalysis'
    checkOptions(op, options, ['k', 'priors', 'shrinkage', 'tol'])
    super({ ...options })
    const { shrinkage, tol = 0, priors } = options
    if (shrinkage !== undefined && shrinkage !== 'auto' && !(shrinkage >= 0 && shrinkage <= 1))
      throw new UsageError(`${op}: shrinkage is ${shrinkage}; expected a number from 0 to 1, or "auto".`)
    if (!(tol >= 0)) throw new UsageError(`${op}: tol is ${tol}; expected a number from 0 on.`)
    if (priors !== undefined && !priors.every((one) => one >= 0 && one <= 1))
      throw new UsageError(`${op}: priors are ${JSON.stringify(priors)}; expected chances from 0 to 1.`)
    this.options = options
  }

  /** Ascending. */
  get classes(): Classes {
    return (this.figures() as DiscriminantJson).classes
  }
  get priors(): Tensor {
    return this.learned('priors')
  }
  get means(): Tensor {
    return this.learned('means')
  }
  get mean(): Tensor {
    return this.learned('mean')
  }
  get components(): Tensor {
    return this.learned('components')
  }
  get explainedVarianceRatio(): Tensor {
    return this.learned('explainedVarianceRatio')
  }
  get coefficients(): Tensor {
    return this.learned('coefficients')
  }
  get intercepts(): Tensor {
    return this.learned('intercepts')
  }

  fit(x: Tensor, y?: Second): this {
    const op = 'LinearDiscriminantAnalysis.fit'
    tidy(() => {
      const rows = rowsOf(op, x, { least: 2 })
      const [n, d] = rows.shape as readonly [number, number]
      const { classes, codes } = classesOf(op, targetsOf(op, y, n))
      const c = classes.length
      if (c < 2) throw new UsageError(`${op}: every row has the class ${classes[0]}; expected two classes at least.`)
      if (n <= c) throw new UsageError(`${op}: ${c} classes of ${n} rows; expected more rows than classes.`)
      const { counts, means, centred } = withinClasses(op, rows, codes, c)
      const priors = tensor(this.#priors(op, counts, n))
      const mean = matmul(priors, means)
      const apart = sub(means, mean)
      const { shrinkage, tol = 1e-4 } = this.options
      const white =
        shrinkage === undefined
          ? whitening(op, centred, n - c, tol)
          : shrunkWhitening(op, centred, codes, priors, shrinkage)
      // The means in units of the classes' spread: their own directions are the discriminants.
      const lengths = sqrt(mul(priors, n / (c - 1)))
      const { S, Vh } = svd(matmul(mul(apart, unsqueeze(lengths, 1)), transpose(white.forward)))
      const values = view(S)
      let rank = 0
      while (rank < values.length && values[rank]! > tol * values[0]!) rank++
      if (rank === 0) throw new UsageError(`${op}: the classes have equal means; expected some that differ.`)
      const directions = slice(Vh, { stop: rank })
      const scalings = matmul(directions, white.forward)
      const loadings = matmul(directions, white.back)
      const k = Math.min(countOf(op, this.options.k, c - 1, d), rank)
      const squares = square(S)
      const ratio = slice(div(squares, sum(squares)), { stop: k })
      const { coefficients, intercepts } = classifier(shrinkage === undefined ? scalings : white.forward, apart, priors)
      const [components, weights] = [slice(scalings, { stop: k }).clone(), slice(loadings, { stop: k }).clone()]
      withSigns(components, [weights])
      this.learn(
        { k, rows: n, columns: d, explainedVarianceRatio: Array.from(view(ratio.contiguous())) },
        {
          components,
          loadings: weights,
          explainedVarianceRatio: ratio.clone(),
          priors,
          means,
          mean,
          coefficients,
          intercepts,
        },
        { classes },
      )
    })
    return this
  }

  #priors(op: string, counts: Float64Array, n: number): Float64Array {
    const { priors } = this.options
    if (priors === undefined) return counts.map((one) => one / n)
    if (priors.length !== counts.length)
      throw new UsageError(`${op}: ${priors.length} priors for ${counts.length} classes; expected as many.`)
    const total = priors.reduce((all, one) => all + one, 0)
    if (!(Math.abs(total - 1) < 1e-6)) throw new UsageError(`${op}: the priors sum to ${total}; expected 1.`)
    return Float64Array.from(priors, (one) => one / total)
  }

  transform(x: Tensor): Tensor {
    return tidy(() => project(this.#rows('transform', x), this.mean, this.components))
  }

  inverseTransform(z: Tensor): Tensor {
    return tidy(() => {
      const codes = finiteRows(`${this.op}.inverseTransform`, z, { columns: this.components.shape[0]! })
      return unproject(codes, this.mean, this.learned('loadings'))
    })
  }

  /** Log-chances of the classes [n, classes] up to a number for each row, f64. */
  decisionFunction(x: Tensor): Tensor {
    return tidy(() => {
      const rows = this.#rows('decisionFunction', x).to('f64')
      return add(project(rows, this.mean, this.coefficients), this.intercepts)
    })
  }

  /** The likeliest class of each row; of equals the first. */
  predict(x: Tensor): number[] | string[] {
    const places = tidy(() => Array.from(view(argmax(this.decisionFunction(x), { axis: 1 }))))
    return places.map((at) => this.classes[at]!) as number[] | string[]
  }

  /** Chances [n, classes] in the order of `classes`, f64. */
  predictProba(x: Tensor): Tensor {
    return tidy(() => softmax(this.decisionFunction(x), { axis: 1 }))
  }

  /** Share of rows whose class is predicted right. */
  score(x: Tensor, y?: Second): number {
    const found = this.predict(x)
    const codes = codesOf(targetsOf(`${this.op}.score`, y, found.length), this.classes)
    const places = codesOf(found, this.classes)
    return places.reduce((right, at, i) => right + Number(at === codes[i]), 0) / found.length
  }

  #rows(what: string, x: Tensor): Tensor {
    return finiteRows(`${this.op}.${what}`, x, { columns: this.mean.size })
  }

  protected shapes(json: EstimatorJson): Readonly<Record<string, Shape>> {
    const { k, columns: d } = json
    const c = (json as DiscriminantJson).classes.length
    return {
      components: [k, d],
      loadings: [k, d],
      explainedVarianceRatio: [k],
      priors: [c],
      means: [c, d],
      mean: [d],
      coefficients: [c, d],
      intercepts: [c],
    }
  }
}

/**
 * Numbers of rows and means of the classes, and rows less the mean of their class (f64). Sums are of differences from the class's first row: they keep
 * their digits, and what is constant within a class comes out as exact zeros, which later steps tell from what varies.
 */
function withinClasses(op: string, x: Tensor, codes: Int32Array, c: number) {
  // Finds what is not finite.
  columnMeans(op, x)
  const [n, d] = x.shape as readonly [number, number]
  const centred = x.to('f64').clone()
  const values = view(centred)
  const [counts, means] = [new Float64Array(c), new Float64Array(c * d)]
  const firsts = new Int32Array(c).fill(-1)
  for (let i = 0; i < n; i++) {
    const code = codes[i]!
    if (firsts[code]! < 0) firsts[code] = i
    counts[code]!++
    for (let j = 0; j < d; j++) means[code * d + j]! += values[i * d + j]! - values[firsts[code]! * d + j]!
  }
  for (let code = 0; code < c; code++)
    for (let j = 0; j < d; j++)
      means[code * d + j] = values[firsts[code]! * d + j]! + means[code * d + j]! / counts[code]!
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) values[i * d + j]! -= means[codes[i]! * d + j]!
  return { counts, means: tensor(means, { shape: [c, d] }), centred }
}

/** Maps [r, d] of rows to coordinates of variance 1 within classes, and rows [r, d] that coordinates are of. */
interface Whitening {
  readonly forward: Tensor
  readonly back: Tensor
}

/** Of rows centred by class, by the SVD of their standardized columns. `freedom`: rows less classes. */
function whitening(op: string, centred: Tensor, freedom: number, tol: number): Whitening {
  const [n, d] = centred.shape as readonly [number, number]
  const values = view(centred)
  const deviations = new Float64Array(d)
  for (let at = 0; at < n * d; at++) deviations[at % d]! += values[at]! ** 2
  for (let j = 0; j < d; j++) deviations[j] = Math.sqrt(deviations[j]! / n) || 1
  const scale = tensor(deviations)
  const R = triangleOf(op, div(centred, scale), null)
  const { S, Vh } = svd(div(R, Math.sqrt(freedom)))
  const sizes = view(S)
  let rank = 0
  while (rank < sizes.length && sizes[rank]! > tol) rank++
  if (rank === 0) throw new UsageError(`${op}: rows do not vary within classes; expected some that do.`)
  const [directions, lengths] = [slice(Vh, { stop: rank }), unsqueeze(slice(S, { stop: rank }), 1)]
  return { forward: div(div(directions, lengths), scale), back: mul(mul(directions, lengths), scale) }
}

/** Of the classes' shrunk covariances, by their eigenvectors. */
function shrunkWhitening(
  op: string,
  centred: Tensor,
  codes: Int32Array,
  priors: Tensor,
  shrinkage: number | 'auto',
): Whitening {
  const covariance = pooledCovariance(centred, codes, view(priors) as Float64Array, shrinkage)
  const { eigenvalues, eigenvectors } = eigh(covariance)
  const values = view(eigenvalues)
  const d = values.length
  if (!(values[0]! > d * 2 ** -52 * values[d - 1]!))
    throw new UsageError(`${op}: the classes' covariance is singular with shrinkage ${shrinkage}; expected more. Try "auto".`) // biome-ignore format: one sentence
  const lengths = unsqueeze(sqrt(eigenvalues), 1)
  const directions = transpose(eigenvectors)
  return { forward: div(directions, lengths), back: mul(directions, lengths) }
}

/** Coefficients [classes, d] of rows less their mean, and intercepts, of log-chances. */
function classifier(scalings: Tensor, apart: Tensor, priors: Tensor) {
  const scores = matmul(apart, transpose(scalings))
  return {
    coefficients: matmul(scores, scalings),
    intercepts: add(mul(sum(square(scores), { axis: 1 }), -0.5), log(priors)),
  }
}

/** A LinearDiscriminantAnalysis of what was saved. */
export function restoreDiscriminant(json: EstimatorJson, state: StateDict): LinearDiscriminantAnalysis {
  return new LinearDiscriminantAnalysis(json.options as LinearDiscriminantAnalysisOptions).restore(json, state)
}
