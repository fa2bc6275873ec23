/** Under no shift: p-values are uniform, thresholds are reached one time in twenty, and autocorrelation is no shift. */
import { describe, expect, it } from 'vitest'
import { kolmogorovSmirnovSf } from '../../src/distributions/index.js'
import {
  andersonDarling,
  chiSquaredTest,
  classifierTwoSample,
  compareColumns,
  cramerVonMises,
  energyTest,
  exactCounts,
  jensenShannon,
  jensenShannonThreshold,
  ksInOrder,
  ksTest,
  ksThreshold,
  mannWhitney,
  mmd,
  proportionTest,
  psi,
  psiThreshold,
  welch,
} from '../../src/shift/index.js'
import type { NumericColumn } from '../../src/table/index.js'
import { Generator, rand, randn, type Tensor, tensor } from '../../src/tensor/index.node.js'
import { isLong } from '../shared.js'

type Draw = (n: number) => Float64Array

const normals =
  (generator: Generator): Draw =>
  (n) =>
    randn([n], { dtype: 'f64', generator }).toArray() as unknown as Float64Array

const matrix = (generator: Generator, rows: number): Tensor => randn([rows, 3], { dtype: 'f64', generator })

/** Counts of n values over six categories of different shares. */
function counts(generator: Generator, n: number): number[] {
  const out = [0, 0, 0, 0, 0, 0]
  for (const u of rand([n], { dtype: 'f64', generator }).toArray() as unknown as Float64Array)
    out[Math.floor(6 * u * u)]!++
  return out
}

/** A stationary series x_t = phi x_{t-1} + e_t. */
function autoregressive(generator: Generator, n: number, phi: number): Float64Array {
  const e = normals(generator)(n + 100)
  for (let i = 1; i < e.length; i++) e[i] = phi * e[i - 1]! + e[i]!
  return e.subarray(100)
}

/** p-value of the hypothesis that p-values are uniform. */
function uniformity(p: readonly number[]): number {
  const sorted = [...p].sort((a, b) => a - b)
  const N = sorted.length
  const d = Math.max(...sorted.map((one, i) => Math.max(one - i / N, (i + 1) / N - one)))
  return kolmogorovSmirnovSf(N, d)
}

/** Sizes without common divisor, so that exact p-values are nearly continuous. */
const [n, m] = [97, 120]
const tests: readonly (readonly [name: string, p: (generator: Generator, seed: number) => number, repeats: number])[] =
  [
    ['ksTest, exact', (g) => ksTest(normals(g)(n), normals(g)(m)).p, 200],
    ['ksTest, asymptotic', (g) => ksTest(normals(g)(997), normals(g)(1000), { method: 'asymptotic' }).p, 200],
    ['cramerVonMises', (g) => cramerVonMises(normals(g)(n), normals(g)(m)).p, 200],
    ['andersonDarling', (g) => andersonDarling(normals(g)(n), normals(g)(m)).p, 200],
    ['mannWhitney', (g) => mannWhitney(normals(g)(n), normals(g)(m)).p, 200],
    ['welch', (g) => welch(normals(g)(n), normals(g)(m)).p, 200],
    ['chiSquaredTest', (g) => chiSquaredTest(counts(g, 600), counts(g, 700)).p, 200],
    ['exactCounts', (g, seed) => exactCounts(counts(g, 25), counts(g, 30), { seed, permutations: 199 }).p, 100],
    [
      'ksInOrder',
      (g, seed) => ksInOrder(normals(g)(n), normals(g)(m), { seed, permutations: 199, blockLength: 1 }).p,
      100,
    ],
    ['mmd', (g, seed) => mmd(matrix(g, 40), matrix(g, 45), { seed, permutations: 199 }).p, 100],
    ['energyTest', (g, seed) => energyTest(matrix(g, 40), matrix(g, 45), { seed, permutations: 199 }).p, 100],
    ['classifierTwoSample', (g, seed) => classifierTwoSample(matrix(g, 100), matrix(g, 120), { seed }).p, 60],
    [
      'classifierTwoSample, quadratic',
      (g, seed) => classifierTwoSample(matrix(g, 100), matrix(g, 120), { seed, model: 'quadratic' }).p,
      60,
    ],
  ]

describe('p-values are uniform under no shift', () => {
  it.each(tests)('%s', (_, p, repeats) => {
    const generator = new Generator(4)
    const all = Array.from({ length: repeats }, (_, seed) => p(generator, seed))
    expect(uniformity(all)).toBeGreaterThan(0.001)
  })

  it.runIf(isLong).each(tests)(
    '%s: 500 repeats (long)',
    (_, p) => {
      const generator = new Generator(2)
      const all = Array.from({ length: 500 }, (_, seed) => p(generator, seed))
      expect(uniformity(all)).toBeGreaterThan(0.001)
    },
    120_000,
  )

  it('fails for a test that takes dependent rows for independent ones', () => {
    const generator = new Generator(3)
    const all = Array.from({ length: 100 }, () => {
      const series = autoregressive(generator, 400, 0.8)
      return ksTest(series.subarray(0, 200), series.subarray(200)).p
    })
    expect(uniformity(all)).toBeLessThan(1e-10)
  })
})

describe('rows in the order of time', () => {
  const repeats = isLong ? 400 : 60
  /** No more false alarms at 5 % than the count that 1 run in 1,000 has when the rate is 8 %. */
  const most = isLong ? 48 : 12

  it.each([0.5, 0.9])(
    'autocorrelation %s does not cry wolf',
    (phi) => {
      const generator = new Generator(21)
      let alarms = 0
      for (let seed = 0; seed < repeats; seed++) {
        const z = autoregressive(generator, 800, phi)
        if (ksInOrder(z.subarray(0, 400), z.subarray(400), { seed, permutations: 99 }).p <= 0.05) alarms++
      }
      expect(alarms).toBeLessThanOrEqual(most)
    },
    60_000,
  )

  it('nor in the maximum mean discrepancy with blocks, as it does without', () => {
    const generator = new Generator(22)
    const alarms = [0, 0]
    for (let seed = 0; seed < 40; seed++) {
      const z = Array.from(autoregressive(generator, 400, 0.7))
      const half = (from: number): Tensor => tensorOf(z.slice(from, from + 200))
      for (const [i, blockLength] of [1, 24].entries())
        if (mmd(half(0), half(200), { seed, permutations: 99, blockLength }).p <= 0.05) alarms[i]!++
    }
    expect(alarms[0]).toBeGreaterThan(12)
    expect(alarms[1]).toBeLessThanOrEqual(7)
  })

  it('a real shift is still seen', () => {
    const z = autoregressive(new Generator(5), 2000, 0.6)
    const moved = z.map((value, i) => (i < 1000 ? value : value + 2))
    const found = ksInOrder(moved.subarray(0, 1000), moved.subarray(1000), { permutations: 199 })
    expect(found.blockLength).toBeGreaterThan(10)
    expect(found.p).toBe(1 / 200)
  })
})

const tensorOf = (values: readonly number[]): Tensor =>
  tensor(Float64Array.from(values), { dtype: 'f64' }).reshape([values.length, 1])

describe('thresholds are reached one time in twenty', () => {
  const repeats = isLong ? 2000 : 400
  /** Within four standard deviations of 5 %. */
  const near = (count: number): void => {
    expect(Math.abs(count / repeats - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / repeats))
  }

  it.each([
    [500, 700],
    [5000, 2000],
  ])('PSI and Jensen-Shannon of %i and %i counts', (n, m) => {
    const generator = new Generator(31)
    let [byPsi, byJs] = [0, 0]
    for (let i = 0; i < repeats; i++) {
      const [a, b] = [counts(generator, n), counts(generator, m)]
      if (psi(a, b) > psiThreshold(n, m, 6)) byPsi++
      if (jensenShannon(a, b) > jensenShannonThreshold(n, m, 6)) byJs++
    }
    near(byPsi)
    near(byJs)
  })

  it('the Kolmogorov-Smirnov distance, exact and in the limit', () => {
    const generator = new Generator(32)
    let [exact, limit] = [0, 0]
    for (let i = 0; i < repeats; i++) {
      if (ksTest(normals(generator)(89), normals(generator)(97)).statistic >= ksThreshold(89, 97)) exact++
      if (
        ksTest(normals(generator)(809), normals(generator)(811), { method: 'limit' }).statistic > ksThreshold(809, 811)
      )
        limit++
    }
    near(exact)
    near(limit)
  })

  it('of a column, of few rows, by permutation', () => {
    const generator = new Generator(33)
    let [byPsi, byJs] = [0, 0]
    const column = (values: Float64Array): NumericColumn => ({
      name: 'x',
      type: 'numeric',
      values,
      missing: 0,
      absent: null,
    })
    const some = Math.min(repeats, 300)
    for (let seed = 0; seed < some; seed++) {
      const found = compareColumns(column(normals(generator)(60)), column(normals(generator)(50)), {
        seed,
        permutations: 99,
      })
      if (found.psi! > found.thresholds.psi!) byPsi++
      if (found.js! > found.thresholds.js!) byJs++
    }
    // Quantiles of 99 permutations vary themselves.
    for (const count of [byPsi, byJs]) {
      expect(count / some).toBeGreaterThan(0.01)
      expect(count / some).toBeLessThan(0.1)
    }
  })

  it('proportions', () => {
    expect(proportionTest(0, 100, 0, 100)).toEqual({ difference: 0, p: 1, method: 'z' })
    expect(proportionTest(0, 10, 3, 10)).toEqual({ difference: 0.3, p: expect.closeTo(0.2105263, 6), method: 'fisher' })
  })
})
