import { describe, expect, it } from 'vitest'
import { modelOf } from '../../src/shift/importance/ulsif.js'
import {
  effectiveSampleSize,
  kliep,
  logisticRegression,
  logisticWeights,
  type Rows,
  ulsif,
  weightColumn,
} from '../../src/shift/index.node.js'
import { Generator, memory, randn, tensor, toArray } from '../../src/tensor/index.node.js'

/** Rows of independent normal numbers about `mean`. */
function normal(n: number, mean: readonly number[], seed: number): number[][] {
  const x = randn([n, mean.length], { dtype: 'f64', generator: new Generator(seed) })
  const flat = toArray(x)
  x.dispose()
  return Array.from({ length: n }, (_, i) => mean.map((one, j) => one + Number(flat[i * mean.length + j])))
}
const average = (x: ArrayLike<number>): number => Array.from(x).reduce((a, b) => a + b, 0) / x.length
const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((top, one, i) => Math.max(top, Math.abs(one - b[i]!)), 0)

const methods = { logisticWeights, ulsif, kliep } as const

describe('effectiveSampleSize', () => {
  it('is the number of equal weights, and less for others', () => {
    expect(effectiveSampleSize([2, 2, 2])).toBeCloseTo(3, 14)
    expect(effectiveSampleSize([3, 1])).toBeCloseTo(16 / 10, 14)
    expect(effectiveSampleSize([1e300, 0, 0])).toBe(1)
    expect(effectiveSampleSize([0, 0])).toBe(0)
    expect(effectiveSampleSize([])).toBe(0)
  })
})

describe('logisticWeights', () => {
  it('is the odds times the ratio of sizes', () => {
    const [a, b] = [normal(60, [0, 0], 1), normal(40, [0.5, -1], 2)]
    // Both columns by their deviation, as the penalty sees them.
    const all = [...a, ...b]
    const scale = [0, 1].map((j) => {
      const mean = average(all.map((row) => row[j]!))
      return Math.sqrt(average(all.map((row) => (row[j]! - mean) ** 2)))
    })
    const x = Float64Array.from(all.flatMap((row) => row.map((one, j) => one / scale[j]!)))
    const fit = logisticRegression(x, 100, 2, new Int32Array(100).fill(1, 60), { classes: 2, C: 0.5 })
    const p = fit.predictProba(x.subarray(0, 120))
    const expected = a.map((_, i) => (60 / 40) * (p[2 * i + 1]! / p[2 * i]!))
    expect(worst(logisticWeights(a, b, { C: 0.5 }).weights, expected)).toBeLessThan(1e-9)
  })

  it('has a mean of 1 over reference rows without a penalty', () => {
    // The score of the intercept: the sum of p over all rows is the number of current rows; so is p / (1 - p) over reference rows in expectation.
    const found = logisticWeights(normal(4000, [0], 3), normal(2000, [1], 4), { C: Number.POSITIVE_INFINITY })
    expect(average(found.weights)).toBeCloseTo(1, 1)
    // log w = x - 1/2 for N(1, 1) against N(0, 1).
    const at = found.weigh([[-1], [0], [2]])
    expect(worst(Array.from(at, Math.log), [-1.5, -0.5, 1.5])).toBeLessThan(0.15)
  })
})

describe('ulsif', () => {
  const random = (n: number, seed: number): Float64Array => Float64Array.from(normal(n, [0], seed), ([one]) => Math.exp(-(one! ** 2))) // biome-ignore format: one line

  it('scores as leaving out one pair of rows after the other does', () => {
    const [b, n, m, lambda] = [4, 9, 7, 0.1]
    const [de, nu] = [random(n * b, 5), random(m * b, 6)]
    const { score, alpha } = modelOf(de, nu, b)
    const solveFor = (left: number | null): number[] => {
      const H = Array.from({ length: b }, (_, k) => Array.from({ length: b }, (_, l) => (k === l ? lambda : 0)))
      const h = new Array<number>(b).fill(0)
      const [rest, restM] = left === null ? [n, m] : [n - 1, m - 1]
      for (let i = 0; i < n; i++)
        if (i !== left) for (let k = 0; k < b; k++) for (let l = 0; l < b; l++) H[k]![l]! += (de[i * b + k]! * de[i * b + l]!) / rest // biome-ignore format: one line
      for (let i = 0; i < m; i++) if (i !== left) for (let k = 0; k < b; k++) h[k]! += nu[i * b + k]! / restM
      return gauss(H, h).map((one) => Math.max(0, one))
    }
    expect(worst(alpha(lambda), solveFor(null))).toBeLessThan(1e-10)
    let expected = 0
    for (let j = 0; j < m; j++) {
      const beta = solveFor(j)
      const at = (phi: Float64Array) => beta.reduce((sum, one, k) => sum + one * phi[j * b + k]!, 0)
      expected += (at(de) ** 2 / 2 - at(nu)) / m
    }
    expect(score(lambda)).toBeCloseTo(expected, 10)
  })

  it('keeps to the widths and penalties that are given', () => {
    const found = ulsif(normal(50, [0], 7), normal(40, [1], 8), { sigmas: [0.7], lambdas: [0.3] })
    expect([found.sigma, found.lambda]).toEqual([0.7, 0.3])
    expect(Math.min(...found.alpha)).toBeGreaterThanOrEqual(0)
    expect(found.alpha.length).toBe(40)
  })
})

describe('kliep', () => {
  it('meets the conditions of the maximum', () => {
    const [a, b] = [normal(80, [0], 9), normal(60, [0.7], 10)]
    const found = kliep(a, b, { sigmas: [0.8] })
    expect(average(found.weights)).toBeCloseTo(1, 10)
    // For every kernel: mean of phi / w over current rows is its mean over reference rows, or less where its weight is 0.
    const all = [...a, ...b].map(([one]) => one!)
    const deviation = Math.sqrt(average(all.map((one) => (one - average(all)) ** 2)))
    const at = found.weigh(b)
    b.forEach(([centre], k) => {
      const phi = ([x]: number[]) => Math.exp(-((x! - centre!) ** 2) / (2 * 0.8 ** 2 * deviation ** 2))
      const gradient = average(b.map((row, i) => phi(row) / at[i]!)) / average(a.map(phi))
      expect(gradient).toBeLessThan(1.01)
      if (found.alpha[k]! > 0.05) expect(gradient).toBeGreaterThan(0.99)
    })
  })
})

describe.each(Object.entries(methods))('%s', (name, method) => {
  const [a, b] = [normal(300, [0, 0], 11), normal(200, [1, 0.5], 12)]
  const run = (reference: Rows, current: Rows) => method(reference, current, {})
  const found = run(a, b)

  it('follows the ratio of two Gaussian distributions', () => {
    // log w = x0 + x1 / 2 - 5/8; rank correlation is near 1 for each.
    const truth = a.map(([x, y]) => x! + y! / 2 - 0.625)
    const ranks = (x: ArrayLike<number>): number[] => {
      const order = Array.from(x, (_, i) => i).sort((i, j) => x[i]! - x[j]!)
      const out: number[] = []
      order.forEach((place, rank) => {
        out[place] = rank
      })
      return out
    }
    const [u, v] = [ranks(truth), ranks(found.weights)]
    const off = u.reduce((sum, one, i) => sum + (one - v[i]!) ** 2, 0)
    expect(1 - (6 * off) / (300 * (300 ** 2 - 1))).toBeGreaterThan(0.8)
    expect(average(found.weights)).toBeCloseTo(1, 0)
    expect(Math.min(...found.weights)).toBeGreaterThanOrEqual(0)
  })

  it('without a shift: near 1, and almost all rows count', () => {
    const same = method(normal(200, [0], 13), normal(200, [0], 14), {})
    expect(average(same.weights)).toBeCloseTo(1, 0)
    expect(same.effectiveSampleSize).toBeGreaterThan(140)
  })

  it('does not depend on units, nor on constant columns', () => {
    const turn = (rows: number[][]) => rows.map(([x, y]) => [1e6 * x! + 5e6, 1e-7 * y!, 3])
    expect(worst(run(turn(a), turn(b)).weights, found.weights)).toBeLessThan(1e-5)
  })

  it('weighs other rows alike', () => {
    expect(worst(found.weigh(a), found.weights)).toBeLessThan(1e-12)
    expect(() => found.weigh([[1]])).toThrow(`${name}: 1 columns; expected 2.`)
  })

  it('clips, and says how many and how large they were', () => {
    const clipped = method(a, b, { quantile: 0.9 })
    expect(clipped.clipped).toBe(30)
    expect(clipped.max).toBe(found.max)
    expect(clipped.max).toBe(Math.max(...found.weights))
    expect(Math.max(...clipped.weights)).toBeLessThan(clipped.max)
    expect(clipped.effectiveSampleSize).toBeGreaterThan(found.effectiveSampleSize)
    const least = method(a, b, { max: 0.5, normalize: true })
    expect(average(least.weights)).toBeCloseTo(1, 12)
    expect(worst(least.weigh(a), least.weights)).toBeLessThan(1e-12)
  })

  it('takes tensors, and leaves none behind', () => {
    const [x, y] = [tensor(a, { dtype: 'f64' }), tensor(b, { dtype: 'f64' })]
    const before = memory().tensors
    expect(worst(run(x, y).weights, found.weights)).toBe(0)
    expect(memory().tensors).toBe(before)
    x.dispose()
    y.dispose()
  })

  it('refuses what is no pair of tables', () => {
    expect(() => run([], b)).toThrow(`${name}: reference has no rows; expected one at least.`)
    expect(() => run(a, [[1]])).toThrow(`${name}: 2 columns in reference and 1 in current; expected as many.`)
    expect(() => run([[1, Number.NaN]], b)).toThrow(`${name}: NaN in row 0 of reference, column 1; expected finite numbers. Try Preprocess with impute.`) // biome-ignore format: one line
    expect(() => method(a, b, { max: 0 })).toThrow(`${name}: max = 0; expected a positive number.`)
  })
})

it('weights are a column', () => {
  const weights = Float64Array.of(1, 2)
  expect(weightColumn(weights)).toEqual({ type: 'numeric', name: 'weight', missing: 0, absent: null, values: weights })
})

/** Solves by elimination with exchanges. */
function gauss(A: number[][], y: number[]): number[] {
  const rows = A.map((row, i) => [...row, y[i]!])
  const n = y.length
  for (let k = 0; k < n; k++) {
    const best = rows.slice(k).reduce((top, row, i) => (Math.abs(row[k]!) > Math.abs(rows[top]![k]!) ? k + i : top), k)
    ;[rows[k], rows[best]] = [rows[best]!, rows[k]!]
    for (let i = 0; i < n; i++) {
      if (i === k) continue
      const factor = rows[i]![k]! / rows[k]![k]!
      for (let j = k; j <= n; j++) rows[i]![j]! -= factor * rows[k]![j]!
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!)
}
