import { describe, expect, it } from 'vitest'
import { FactorAnalysis } from '../../src/factor/index.node.js'
import { norm } from '../../src/linalg/index.js'
import { sub, type Tensor } from '../../src/tensor/index.js'
import { hasShared, sharedJson } from '../shared.js'
import { numbers, sharedTable, standardized } from './tables.js'

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
