/** Ratings of MovieTweetings against the listed errors (definitions: the oracle's file, and the comments here). */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  MatrixFactorization,
  type MatrixFactorizationOptions,
  type Ratings,
  splitRatings,
} from '../../src/factor/index.node.js'
import { hasShared, isLong, sharedJson, sharedPath } from '../shared.js'

interface Listed {
  results: Record<string, { rmse: number; mae: number }>
}
interface Constant {
  runs: { f: number; lam: number; rmse: number }[]
}

describe.skipIf(!hasShared)('MovieTweetings, every tenth rating held out', () => {
  let train: Ratings
  let test: Ratings
  let listed: Listed['results']

  beforeAll(() => {
    const lines = readFileSync(sharedPath('data', 'ratings', 'movietweetings-100k', 'ratings.dat'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split('::') as [string, string, string])
    const all = {
      users: lines.map(([user]) => user),
      items: lines.map(([, item]) => item),
      ratings: lines.map(([, , rating]) => Number(rating)),
    }
    ;({ train, test } = splitRatings(all, { every: 10 }))
    listed = sharedJson<Listed>('oracle', 'recsys', 'movietweetings.json').results
  })

  const rmse = (options: MatrixFactorizationOptions): number => {
    const model = new MatrixFactorization({ clip: [0, 10], ...options }).fit(train)
    const error = -model.score(test)
    model.dispose()
    return error
  }

  it.each([1, 5, 10, 25])('biases alone, penalty %d: the listed error to twelve digits', (lambda) => {
    expect(rmse({ k: 0, regularization: 0, biasRegularization: lambda })).toBeCloseTo(
      listed[`bias_als_lambda${lambda}`]!.rmse,
      12,
    )
  })

  it.each([1, 5, 10, 20])(
    'biases and the truncated SVD of what they leave, k = %d: the listed error to ten digits',
    (k) => {
      expect(rmse({ method: 'svd', k, biasRegularization: 1 })).toBeCloseTo(
        listed[`bias_lambda1+truncated_svd_k${k}`]!.rmse,
        9,
      )
    },
  )

  it.each([
    [5, 0.1],
    [10, 0.1],
    [10, 0.2],
  ])('ALS with biases among the unknowns, k = %d, lambda %d times the count: at most the listed error', (k, lambda) => {
    const error = rmse({ k, biases: 'joint', weighted: true, regularization: lambda, iterations: 10 })
    expect(error).toBeLessThan(listed[`als_f${k}_lambda${lambda}xcount_10sweeps`]!.rmse + 0.002)
  })

  it('ALS to fixed biases with a constant penalty: at most the listed errors', () => {
    for (const { f, lam, rmse: wanted } of sharedJson<Constant>(
      'oracle',
      'recsys',
      'movietweetings_als_constant_lambda.json',
    ).runs.slice(isLong ? 0 : 2))
      expect(
        rmse({ k: f, biasRegularization: 1, regularization: lam, iterations: 10 }),
        `k ${f}, lambda ${lam}`,
      ).toBeLessThan(wanted + 0.002)
  })

  it.each([
    [10, 0.005, 0.02],
    [20, 0.005, 0.02],
    [10, 0.01, 0.1],
  ])(
    'descent, k = %d, step %d, penalty %d: the mean of the seeds is at most the listed error',
    (k, learningRate, regularization) => {
      const errors = [0, 1, 2]
        .slice(0, isLong ? 3 : 1)
        .map((seed) => rmse({ method: 'sgd', k, learningRate, regularization, iterations: 20, seed }))
      const wanted = listed[`sgd_f${k}_lr${learningRate}_reg${regularization}_20epochs`]!.rmse
      expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(wanted + 0.002)
      expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeGreaterThan(wanted - 0.02)
    },
  )

  it('the defaults are better than every listed configuration', () => {
    const best = Math.min(...Object.values(listed).map(({ rmse }) => rmse))
    expect(rmse({})).toBeLessThan(best)
    expect(rmse({ method: 'sgd' })).toBeLessThan(1.56)
  })
})
