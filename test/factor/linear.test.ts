/** Linear factorizations beside scikit-learn and SciPy on seeded tables (scripts/oracle/factorLinear.py). */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  CCA,
  FactorAnalysis,
  IncrementalPCA,
  LinearDiscriminantAnalysis,
  PCA,
  TruncatedSVD,
} from '../../src/factor/index.node.js'
import { type Tensor, tensor } from '../../src/tensor/index.js'
import { numbers } from './tables.js'

// biome-ignore lint/suspicious/noExplicitAny: figures as the file has them, of many shapes
type Known = any
const oracle: Record<string, Known[]> = JSON.parse(
  readFileSync(new URL('../oracle/factor/linear.json', import.meta.url), 'utf8'),
)
const matrix = (rows: number[][]): Tensor =>
  tensor(Float64Array.from(rows.flat()), { shape: [rows.length, rows[0]!.length] })

/** Equal to `digits` of the largest size. */
function same(found: Tensor | readonly number[], expected: number[] | number[][], rtol = 1e-9): void {
  const [a, b] = [Array.isArray(found) ? (found as number[]) : numbers(found as Tensor), expected.flat()]
  expect(a.length).toBe(b.length)
  const size = Math.max(...b.map(Math.abs))
  for (const [i, one] of a.entries()) expect(Math.abs(one - b[i]!), `element ${i}: ${one}, ${b[i]}`).toBeLessThanOrEqual(rtol * size) // biome-ignore format: one claim
}

describe.each(['exact', 'gram', 'randomized', 'auto'] as const)('PCA, %s', (solver) => {
  it.each(oracle['pca']!.map((one): [number, number, number, Known] => [one.x.length, one.x[0]!.length, one.k, one]))(
    'of [%d, %d] with k = %d',
    (_n, _d, k, one) => {
      const rtol = solver === 'exact' ? 1e-10 : 1e-8
      const options = { k, solver, ...(solver === 'randomized' ? { iterations: 60 } : {}) }
      const pca = new PCA(options).fit(matrix(one.x))
      same(pca.components, one.components, rtol)
      same(pca.explainedVariance, one.variance, rtol)
      same(pca.explainedVarianceRatio, one.ratio, rtol)
      same(pca.singularValues, one.singular, rtol)
      same(pca.transform(matrix(one.new)), one.scores, rtol)
      expect(Math.abs(pca.noiseVariance - one.noise)).toBeLessThanOrEqual(rtol * one.variance[0])
      same(new PCA({ ...options, whiten: true }).fit(matrix(one.x)).transform(matrix(one.new)), one.white, rtol)
      if (one.loglik !== null && solver !== 'randomized') same([pca.score(matrix(one.new))], [one.loglik], 1e-8)
    },
  )
})

describe('IncrementalPCA', () => {
  it.each<Known>(oracle['incremental']!)('as scikit-learn: k = $k, batches of $batch', (one) => {
    const x = matrix(one.x)
    const pca = new IncrementalPCA({ k: one.k }).fit(x, { batchSize: one.batch })
    same(pca.components, one.components)
    same(pca.explainedVariance, one.variance)
    same(pca.explainedVarianceRatio, one.ratio)
    same(pca.singularValues, one.singular)
    same(pca.mean, one.mean)
    expect(Math.abs(pca.noiseVariance - one.noise)).toBeLessThanOrEqual(1e-9 * one.variance[0])
    same(pca.transform(matrix(one.new)), one.scores)
    const white = new IncrementalPCA({ k: one.k, whiten: true }).fit(x, { batchSize: one.batch })
    same(white.transform(matrix(one.new)), one.white)
  })
})

describe('TruncatedSVD', () => {
  it.each<Known>(oracle['svd']!)('as scikit-learn: singular values, vectors, variance of the scores', (one) => {
    const svd = new TruncatedSVD({ k: one.k }).fit(matrix(one.x))
    same(svd.components, one.components)
    same(svd.singularValues, one.singular)
    same(svd.explainedVariance, one.variance)
    same(svd.explainedVarianceRatio, one.ratio)
  })
})

describe('LinearDiscriminantAnalysis', () => {
  it.each<Known>(oracle['lda']!)('chances, classes, scores and their shares, shrinkage $shrinkage', (one) => {
    const options = { ...(one.shrinkage === null ? {} : { shrinkage: one.shrinkage }), ...(one.priors === null ? {} : { priors: one.priors }) } // biome-ignore format: one step
    const lda = new LinearDiscriminantAnalysis(options).fit(matrix(one.x), one.y)
    same(lda.predictProba(matrix(one.new)), one.proba, 1e-8)
    expect(lda.predict(matrix(one.new))).toEqual(one.predicted)
    expect(lda.score(matrix(one.x), one.y)).toBeCloseTo(one.accuracy, 12)
    if (one.ratio === undefined) return
    same(lda.explainedVarianceRatio, one.ratio)
    same(lda.transform(matrix(one.new)), one.scores)
  })

  it.each(['auto', 0.2, undefined] as const)(
    'columns that are constant within a class are so whatever the others are, shrinkage %s',
    (shrinkage) => {
      // The third column is 0.1 in the first class and varies in the second, and so is it with one added: means have no part.
      const x = [[1, 2, 0.1], [2, 1, 0.1], [3, 5, 0.1], [7, 7, 2], [8, 9, 5], [9, 6, 3.5], [6, 8, 4]] // biome-ignore format: one table
      const y = [0, 0, 0, 1, 1, 1, 1]
      const moved = x.map(([a, b, c]) => [a! + 0.3, b! - 1.7, c! + 1e3])
      const [one, other] = [x, moved].map((rows) =>
        new LinearDiscriminantAnalysis(shrinkage === undefined ? {} : { shrinkage }).fit(matrix(rows), y),
      )
      same(one!.predictProba(matrix(x)), numbers(other!.predictProba(matrix(moved))), 1e-9)
      same(one!.coefficients, numbers(other!.coefficients), 1e-9)
    },
  )

  it('classes may be words, which come back', () => {
    const { x, y } = oracle['lda']![0]
    const words = y.map((at: number) => ['zebra', '__proto__', 'ant'][at])
    const lda = new LinearDiscriminantAnalysis().fit(matrix(x), words)
    expect(lda.classes).toEqual(['__proto__', 'ant', 'zebra'])
    expect(lda.score(matrix(x), words)).toBeCloseTo(oracle['lda']![0].accuracy, 12)
    expect(new Set<string | number>(lda.predict(matrix(x)))).toEqual(
      new Set<string | number>(['ant', 'zebra', '__proto__']),
    )
  })

  it.each<[number[] | undefined, string]>([
    [undefined, 'LinearDiscriminantAnalysis.fit: there are no targets; expected a class for each row. Try fit(x, y).'],
    [[1, 1, 1], 'LinearDiscriminantAnalysis.fit: every row has the class 1; expected two classes at least.'],
    [[1, 2], 'LinearDiscriminantAnalysis.fit: 2 targets for 3 rows; expected as many.'],
    [[1, 2, 3], 'LinearDiscriminantAnalysis.fit: 3 classes of 3 rows; expected more rows than classes.'],
    [
      [1, Number.NaN, 1],
      'LinearDiscriminantAnalysis.fit: the target of row 1 is NaN; expected a number, as before it.',
    ],
  ])('refuses targets %j', (y, message) => {
    const x = matrix([[1, 2], [2, 1], [5, 5]]) // biome-ignore format: rows
    expect(() => new LinearDiscriminantAnalysis().fit(x, y)).toThrow(message)
  })
})

describe('FactorAnalysis', () => {
  it.each<Known>(oracle['fa']!)('as scikit-learn after 20,000 steps: likelihood, noise, covariance, varimax', (one) => {
    const factors = new FactorAnalysis({ k: one.k }).fit(matrix(one.x))
    expect(factors.toJSON().logLikelihood).toBeCloseTo(one.loglik, 7)
    same([factors.score(matrix(one.new))], [one.newLoglik], 1e-6)
    same(factors.noiseVariance, one.noise, 1e-4)
    same(factors.covariance(), one.covariance, 1e-4)
    const rotated = numbers(new FactorAnalysis({ k: one.k, rotation: 'varimax' }).fit(matrix(one.x)).components)
    const d = one.x[0].length
    // Rotated factors may come in any order.
    for (const row of one.varimax) {
      const gaps = Array.from({ length: one.k }, (_, m) => Math.max(...row.map((value: number, j: number) => Math.abs(value - rotated[m * d + j]!)))) // biome-ignore format: one step
      expect(Math.min(...gaps)).toBeLessThan(2e-3)
    }
    expect(factors.iterations).toBeLessThan(200)
  })
})

describe('CCA', () => {
  it.each<Known>(oracle['cca']!)('correlations by eigenvalues, Bartlett tests by SciPy', (one) => {
    const cca = new CCA().fit(matrix(one.x), matrix(one.y))
    same(cca.correlations, one.correlations)
    for (const [m, test] of one.tests.entries()) {
      expect(cca.tests![m]!.df).toBe(test.df)
      same([cca.tests![m]!.statistic], [test.statistic], 1e-8)
      same([cca.tests![m]!.p], [test.p], 1e-7)
    }
    expect(cca.score(matrix(one.x), matrix(one.y))).toBeCloseTo(one.correlations.reduce((a: number, b: number) => a + b) / one.correlations.length, 10) // biome-ignore format: one claim
  })

  it('a second table that is a linear map of the first: correlations 1, and predicted exactly', () => {
    const { x } = oracle['cca']![0]
    const y = x.map(([a, b, c]: number[]) => [a! + 2 * b! - 7, c! - a!])
    const cca = new CCA().fit(matrix(x), matrix(y))
    same(cca.correlations, [1, 1])
    same(cca.predict(matrix(x)), y)
  })
})
