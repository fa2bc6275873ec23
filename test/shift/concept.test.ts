/** y given x between two tables: nested models beside the figures of the shared material, boosted trees, residual tests. */
import { describe, expect, test } from 'vitest'
import '../../src/shift/index.node.js'
import { readFileSync } from 'node:fs'
import { nestedModels, shift } from '../../src/shift/index.js'
import { binColumns, boostTrees, logisticLoss, probabilities, squaredLoss } from '../../src/shift/trees/index.js'
import { type NumericColumn, readCsv } from '../../src/table/index.node.js'
import { Generator, memory } from '../../src/tensor/index.node.js'
import { hasShared, sharedJson, sharedPath } from '../shared.js'
import { random } from './data.js'
import { makers } from './made.js'

interface Triage {
  loglik: { shared: number; own_intercept: number; own_intercept_and_slopes: number }
  lrt_intercept: { stat: number; df: number; p: number }
  lrt_slopes: { stat: number; df: number; p: number }
  lrt_all: { stat: number; df: number; p: number }
  coef_full: number[]
}

const sets = ['none', 'covariate_mean_shift', 'label_0.5_to_0.8', 'concept_slopes_rotated']

describe.skipIf(!hasShared)('nested logistic models', () => {
  const triage = hasShared ? sharedJson<Record<string, Triage>>('oracle', 'triage', 'triage.json') : {}
  test.each(sets)('%s: log-likelihoods and tests to 1e-6', async (name) => {
    const text = readFileSync(sharedPath('data', 'tables', 'synthetic-shift', `${name}.csv`), 'utf8')
    const { columns } = await readCsv({ text })
    const [period, x1, x2, y] = columns.map((column) => Float64Array.from((column as NumericColumn).values))
    const found = nestedModels([x1!, x2!], Uint8Array.from(period!), { codes: Int32Array.from(y!), classes: 2 })!
    const want = triage[name]!
    expect(found.logLikelihood.shared).toBeCloseTo(want.loglik.shared, 6)
    expect(found.logLikelihood.ownIntercept).toBeCloseTo(want.loglik.own_intercept, 6)
    expect(found.logLikelihood.ownSlopes).toBeCloseTo(want.loglik.own_intercept_and_slopes, 6)
    for (const [key, oracle] of [
      ['intercept', want.lrt_intercept],
      ['slopes', want.lrt_slopes],
      ['all', want.lrt_all],
    ] as const) {
      // biome-ignore format: one line
      expect(found[key].df).toBe(oracle.df)
      expect(found[key].statistic).toBeCloseTo(oracle.stat, 6)
      expect(Math.abs(Math.log(found[key].p / oracle.p))).toBeLessThan(1e-6)
    }
    // [1, x1, x2, table, table x1, table x2]
    for (const [i, value] of want.coef_full.entries()) expect(found.coefficients[i] as number).toBeCloseTo(value, 5)
  })
})

describe('nested linear models', () => {
  test('a change of the intercept alone is one of the intercept', () => {
    const r = random(1)
    const n = 400
    const x = Float64Array.from({ length: n }, () => r.normal())
    const table = Uint8Array.from({ length: n }, (_, i) => Number(i >= n / 2))
    const values = x.map((one, i) => 1 + 2 * one + 3 * table[i]! + 0.5 * r.normal())
    const found = nestedModels([x], table, { values })!
    expect(found.intercept.p).toBeLessThan(1e-50)
    expect(found.slopes.p).toBeGreaterThan(0.01)
    expect(found.coefficients[0] as number).toBeCloseTo(1, 0)
    expect(found.coefficients[2] as number).toBeCloseTo(3, 0)
  })

  test('two few rows, and classes that a plane separates, give null', () => {
    const x = Float64Array.from({ length: 40 }, (_, i) => i)
    const table = Uint8Array.from({ length: 40 }, (_, i) => i % 2)
    expect(nestedModels([x.slice(0, 8)], table.slice(0, 8), { values: x.slice(0, 8) })).toBeNull()
    const codes = Int32Array.from(x, (value) => Number(value >= 20))
    expect(nestedModels([x], table, { codes, classes: 2 })).toBeNull()
  })
})

describe('boosted trees', () => {
  const rows = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i)

  test('find a step, with missing values on a side of their own', () => {
    const r = random(2)
    const n = 600
    const x = Float64Array.from({ length: n }, () => (r.uniform() < 0.2 ? Number.NaN : r.normal()))
    const y = x.map((value) => (Number.isNaN(value) ? 5 : value > 0 ? 1 : -1))
    const binned = binColumns([x])
    const trees = boostTrees(binned, rows(n), squaredLoss(y), { generator: new Generator(0) })
    const scores = new Float64Array(n)
    trees.addScores(binned, rows(n), [scores])
    // The bin around 0 holds both sides of the step.
    const far = rows(n).filter((row) => !(Math.abs(x[row]!) < 0.2))
    expect(Math.max(...far.map((row) => Math.abs(scores[row]! - y[row]!)))).toBeLessThan(0.3)
    expect(trees.splits[0]).toBeGreaterThan(0)
  })

  test('stop at once on noise, where the start is all there is', () => {
    const r = random(3)
    const n = 500
    const x = Float64Array.from({ length: n }, () => r.normal())
    const y = Int32Array.from({ length: n }, () => r.below(2))
    const binned = binColumns([x])
    const { rounds } = boostTrees(binned, rows(n), logisticLoss(y, 2), { generator: new Generator(0) })
    expect(rounds).toBeLessThan(10)
  })

  test('probabilities of three classes sum to 1, and the same seed gives the same bits', () => {
    const r = random(4)
    const n = 300
    const x = Float64Array.from({ length: n }, () => r.normal())
    const y = Int32Array.from(x, (value) => (value < -0.5 ? 0 : value < 0.5 ? 1 : 2))
    const binned = binColumns([x])
    const once = (): Float64Array[] => {
      const scores = [0, 1, 2].map(() => new Float64Array(n))
      boostTrees(binned, rows(n), logisticLoss(y, 3), { generator: new Generator(7) }).addScores(
        binned,
        rows(n),
        scores,
      )
      return probabilities(scores)
    }
    const [a, b] = [once(), once()]
    expect(a).toEqual(b)
    for (let i = 0; i < n; i++) expect(a[0]![i]! + a[1]![i]! + a[2]![i]!).toBeCloseTo(1, 12)
    const right = y.filter((k, i) => a[k]![i]! > 0.5).length
    expect(right / n).toBeGreaterThan(0.95)
  })
})

test('a curved relation under covariate shift is no concept shift, where a linear model would cry wolf', async () => {
  const maker = makers.find(({ name, kind }) => name === 'curved classes, mean moved' && kind === 'covariate')!
  const { reference, current } = maker.make(1000, 5)
  const before = memory().tensors
  const { concept, verdict } = await shift(reference, current, { target: 'y' })
  expect(concept!.nested!.slopes.p).toBeLessThan(1e-4)
  expect(verdict.concept.detected).toBe(false)
  expect(verdict.covariate.detected).toBe(true)
  expect(concept!.permutation!.p).toBeGreaterThan(0.01)
  expect(memory().tensors).toBe(before)
})
