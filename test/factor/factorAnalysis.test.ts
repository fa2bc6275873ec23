import { describe, expect, it } from 'vitest'
import { FactorAnalysis } from '../../src/factor/index.node.js'
import { norm } from '../../src/linalg/index.js'
import { concat, matmul, sub, type Tensor } from '../../src/tensor/index.js'
import { hasShared, sharedJson } from '../shared.js'
import { normals, numbers, sharedTable, standardized } from './tables.js'

interface Expected {
  k: number
  mean_loglik_per_sample: number
  noise_variance: number[]
  communality_diag: number[]
}

describe.skipIf(!hasShared)('FactorAnalysis beside scikit-learn', () => {
  const oracle = hasShared
    ? sharedJson<Record<string, Expected>>('oracle', 'factorization', 'factor_analysis.json')
    : {}
  const tables: Record<string, () => Tensor> = {
    wine_standardised_k3: () => standardized(sharedTable('wine_data.csv', 13)),
    iris_raw_k2: () => sharedTable('iris.csv', 4),
    digits_nonconstant_columns_k10: () => sharedTable('digits.csv.gz', 64),
  }
  it.each(Object.keys(tables))('%s: the likelihood listed, to 1e-4, and it never falls', (name) => {
    const { k, mean_loglik_per_sample: expected, noise_variance: noise } = oracle[name]!
    const x = tables[name]!()
    const factors = new FactorAnalysis({ k }).fit(x)
    expect(Math.abs(factors.toJSON().logLikelihood! - expected)).toBeLessThan(1e-4)
    expect(factors.score(x)).toBeCloseTo(factors.toJSON().logLikelihood!, 6)
    for (let i = 1; i < factors.history.length; i++) expect(factors.history[i]).toBeGreaterThanOrEqual(factors.history[i - 1]!) // biome-ignore format: one claim
    const found = numbers(factors.noiseVariance).filter((one) => one > 0)
    if (name !== 'iris_raw_k2') for (const [j, one] of noise.entries()) expect(Math.abs(found[j]! - one)).toBeLessThan(2e-3 * one) // biome-ignore format: one claim
    for (const rotation of ['varimax', 'promax'] as const) {
      const turned = new FactorAnalysis({ k, rotation }).fit(x)
      expect(turned.score(x)).toBeCloseTo(factors.score(x), 5)
      expect(norm(sub(turned.covariance(), factors.covariance())).item()).toBeLessThan(1e-9 * norm(factors.covariance()).item()) // biome-ignore format: one claim
    }
  })
})
describe('more columns than rows', () => {
  it('rows that come three times each say what they say once: by the rows, and by the matrix of the columns', () => {
    const x = normals(12, 20, 7).add(matmul(normals(12, 2, 8), normals(2, 20, 9)).mul(2))
    const [wide, tall] = [x, concat([x, x, x], 0)].map((rows) => new FactorAnalysis({ k: 2 }).fit(rows))
    expect(wide!.toJSON().logLikelihood).toBeCloseTo(tall!.toJSON().logLikelihood!, 7)
    expect(norm(sub(wide!.covariance(), tall!.covariance())).item()).toBeLessThan(1e-4 * norm(tall!.covariance()).item()) // biome-ignore format: one claim
  })

  it.each([
    [12, 240, 1],
    [240, 240, 6],
  ])(
    'noise of %d rows and %d columns, %d factors: the likelihood does not fall, and ends where no variance would move',
    (n, d, k) => {
      const x = normals(n, d, 3)
      const factors = new FactorAnalysis({ k }).fit(x)
      expect(factors.history.length).toBeGreaterThan(52)
      for (let i = 1; i < factors.history.length; i++) expect(factors.history[i]).toBeGreaterThanOrEqual(factors.history[i - 1]!) // biome-ignore format: one claim
      const [noise, loadings] = [numbers(factors.noiseVariance), numbers(factors.components)]
      const variances = numbers(
        x
          .sub(x.mean({ axis: 0 }))
          .square()
          .mean({ axis: 0 }),
      )
      const squares = variances.map((_, j) => Array.from({ length: k }, (_, m) => loadings[m * d + j]! ** 2).reduce((a, b) => a + b)) // biome-ignore format: one step
      // Noise and loadings make up each variance, but at the floor (Heywood's case), where noise would be smaller if it could.
      for (const [j, one] of variances.entries())
        if (noise[j]! > 1e-7 * one)
          expect(Math.abs(noise[j]! + squares[j]! - one) / one, `column ${j}`).toBeLessThan(1e-5)
    },
  )
})
