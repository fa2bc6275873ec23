import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { logisticRegression } from '../../src/shift/index.node.js'
import { Generator, memory, randn, tensor } from '../../src/tensor/index.node.js'

interface Fit {
  n: number
  d: number
  classes: number
  C: number | null
  weighted: boolean
  coefficients: number[]
  intercepts: number[]
  logLikelihood: number
  first: number[]
}
const { fits } = JSON.parse(readFileSync(new URL('../oracle/shift/logistic.json', import.meta.url), 'utf8')) as {
  fits: Fit[]
}

/** The matrices of scripts/oracle/logistic.py. */
function formula(n: number, d: number, classes: number): { x: Float64Array; y: Int32Array } {
  const x = Float64Array.from({ length: n * d }, (_, at) => {
    const [i, j] = [Math.floor(at / d), at % d]
    return Math.sin(1 + 3 * i + 7 * j + i * j) * (j + 1)
  })
  const y = Int32Array.from({ length: n }, (_, i) => {
    const t = Math.floor((classes * (Math.sin(i * i) + x[i * d]! / 2 + 1.5)) / 3)
    return Math.min(classes - 1, Math.max(0, t))
  })
  return { x, y }
}

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((top, one, i) => Math.max(top, Math.abs(one - b[i]!) / (1 + Math.abs(b[i]!))), 0)

describe('logisticRegression', () => {
  it('has the frequencies of a table of two by two', () => {
    // x = 0: 1 of 4 is 1; x = 1: 3 of 4. So the intercept is log(1/3), the coefficient 2 log 3.
    const x = Float64Array.of(0, 0, 0, 0, 1, 1, 1, 1)
    const y = Int32Array.of(1, 0, 0, 0, 1, 1, 1, 0)
    const fit = logisticRegression(x, 8, 1, y, { classes: 2, C: Number.POSITIVE_INFINITY })
    expect(fit.coefficients[0]).toBeCloseTo(2 * Math.log(3), 11)
    expect(fit.intercepts[0]).toBeCloseTo(-Math.log(3), 12)
    expect(fit.logLikelihood).toBeCloseTo(6 * Math.log(0.75) + 2 * Math.log(0.25), 12)
    expect(fit.outcome).toBe('converged')
    expect(Array.from(fit.predictProba(Float64Array.of(1)))).toEqual([
      expect.closeTo(0.25, 12),
      expect.closeTo(0.75, 12),
    ])
  })

  for (const solver of ['newton', 'lbfgs'] as const)
    describe(`by ${solver}`, () => {
      it.each(fits)('agrees with scikit-learn: $n x $d, $classes classes, C $C, weighted $weighted', (oracle) => {
        const { n, d, classes } = oracle
        const { x, y } = formula(n, d, classes)
        const weights = oracle.weighted ? { weights: Float64Array.from({ length: n }, (_, i) => 0.25 + (i % 5)) } : {}
        const fit = logisticRegression(x, n, d, y, { classes, C: oracle.C ?? Number.POSITIVE_INFINITY, solver, ...weights }) // biome-ignore format: one line
        expect(worst(fit.coefficients, oracle.coefficients)).toBeLessThan(2e-6)
        expect(worst(fit.intercepts, oracle.intercepts)).toBeLessThan(2e-6)
        expect(Math.abs(fit.logLikelihood / oracle.logLikelihood - 1)).toBeLessThan(2e-8)
        expect(worst(fit.predictProba(x.subarray(0, 2 * d)), oracle.first)).toBeLessThan(1e-6)
        expect(fit.gradientNorm).toBeLessThan(1e-8)
      })
    })
})

/** Rows of two columns about the class's mean. */
function sample(n: number, classes: number, seed: number): { x: Float64Array; y: Int32Array } {
  const noise = randn([2 * n], { dtype: 'f64', generator: new Generator(seed) })
  const values = Array.from(noise.toArray() as unknown as number[])
  noise.dispose()
  const y = Int32Array.from({ length: n }, (_, i) => i % classes)
  const x = Float64Array.from(values, (one, at) => one + (at % 2 === 0 ? y[at >> 1]! : -1.5 * y[at >> 1]!) * 0.7)
  return { x, y }
}

describe('laws', () => {
  it('the gradient of the penalized likelihood vanishes', () => {
    const { x, y } = sample(300, 2, 1)
    const C = 0.3
    const { coefficients: w, predictProba } = logisticRegression(x, 300, 2, y, { classes: 2, C })
    const p = predictProba(x)
    const residual = Array.from(y, (label, i) => p[2 * i + 1]! - label)
    expect(residual.reduce((a, b) => a + b)).toBeCloseTo(0, 7)
    for (const j of [0, 1])
      expect(w[j]! + C * residual.reduce((sum, one, i) => sum + one * x[2 * i + j]!, 0)).toBeCloseTo(0, 7)
  })

  it('weights are rows that come so often; weight 0 is a row that is not there', () => {
    const { x, y } = sample(60, 3, 2)
    const weights = Float64Array.from(y, (_, i) => i % 3)
    const places = Array.from(weights).flatMap((count, i) => new Array<number>(count).fill(i))
    const many = { x: Float64Array.from(places.flatMap((i) => [x[2 * i]!, x[2 * i + 1]!])), y: Int32Array.from(places, (i) => y[i]!) } // biome-ignore format: one line
    const a = logisticRegression(x, 60, 2, y, { classes: 3, weights })
    const b = logisticRegression(many.x, places.length, 2, many.y, { classes: 3 })
    expect(worst(a.coefficients, b.coefficients)).toBeLessThan(1e-9)
    expect(a.logLikelihood).toBeCloseTo(b.logLikelihood, 8)
  })

  it('units and origins of columns change nothing without a penalty', () => {
    const { x, y } = sample(200, 3, 3)
    const moved = x.map((one, at) => (at % 2 === 0 ? 1e8 * one + 1e9 : 1e-7 * one - 3e-7))
    const options = { classes: 3, C: Number.POSITIVE_INFINITY }
    const a = logisticRegression(x, 200, 2, y, options)
    const b = logisticRegression(moved, 200, 2, y, options)
    expect(worst(a.predictProba(x), b.predictProba(moved))).toBeLessThan(1e-7)
  })

  it('classes in another order give probabilities in another order', () => {
    const { x, y } = sample(150, 3, 4)
    const a = logisticRegression(x, 150, 2, y, { classes: 3 }).predictProba(x)
    const b = logisticRegression(x, 150, 2, y.map((k) => (k + 1) % 3), { classes: 3 }).predictProba(x) // biome-ignore format: one line
    for (let i = 0; i < 150; i++) for (let k = 0; k < 3; k++) expect(b[3 * i + ((k + 1) % 3)]).toBeCloseTo(a[3 * i + k]!, 9) // biome-ignore format: one line
  })

  it('takes tensors, and leaves none behind', () => {
    const { x, y } = sample(40, 2, 5)
    const t = tensor(x, { dtype: 'f64' }).reshape([40, 2])
    const before = memory().tensors
    for (const solver of ['newton', 'lbfgs'] as const) {
      const fit = logisticRegression(t, 40, 2, y, { classes: 2, solver })
      expect(worst(fit.predictProba(t), fit.predictProba(x))).toBe(0)
    }
    expect(memory().tensors).toBe(before)
    t.dispose()
  })

  it('1000 rows of 10 columns take a few milliseconds', () => {
    const { x } = formula(1000, 10, 2)
    const y = Int32Array.from({ length: 1000 }, (_, i) => Number(Math.sin(i * i) + x[10 * i]! > 0.3))
    const times = Array.from({ length: 15 }, () => {
      const start = performance.now()
      logisticRegression(x, 1000, 10, y, { classes: 2 })
      return performance.now() - start
    }).sort((a, b) => a - b)
    // Three of them alone on the machine; the tests run beside others, which take all but a part of it.
    expect(times[0]!).toBeLessThan(150)
  })
})

describe('edges', () => {
  const infinite = { classes: 2, C: Number.POSITIVE_INFINITY }

  it.each(['newton', 'lbfgs'] as const)('separable classes without a penalty are told, by %s', (solver) => {
    const [x, y] = [Float64Array.of(0, 1, 2, 3), Int32Array.of(0, 0, 1, 1)]
    expect(() => logisticRegression(x, 4, 1, y, { ...infinite, solver })).toThrow(
      'logisticRegression: a hyperplane separates the classes, so the likelihood has no maximum without a penalty. Try a finite C.',
    )
    expect(logisticRegression(x, 4, 1, y, { ...infinite, solver, check: false }).outcome).toBe('separable')
    expect(logisticRegression(x, 4, 1, y, { classes: 2, C: 1e6, solver }).outcome).toBe('converged')
  })

  it('also where only some rows are on the hyperplane', () => {
    const [x, y] = [Float64Array.of(0, 1, 1, 2), Int32Array.of(0, 0, 1, 1)]
    expect(logisticRegression(x, 4, 1, y, { ...infinite, check: false }).outcome).toBe('separable')
  })

  it('constant columns get 0; of columns that are alike one is enough', () => {
    const x = Float64Array.of(5, 0, 0, 5, 1, 1, 5, 2, 2, 5, 3, 3, 5, 4, 4)
    const y = Int32Array.of(0, 1, 0, 1, 1)
    const fit = logisticRegression(x, 5, 3, y, infinite)
    expect([fit.coefficients[0], fit.coefficients[2]]).toEqual([0, 0])
    const alone = logisticRegression(Float64Array.of(0, 1, 2, 3, 4), 5, 1, y, infinite)
    expect(fit.coefficients[1]).toBeCloseTo(alone.coefficients[0]!, 8)
  })

  it('a class that no row has gets probability 0, one alone 1', () => {
    const { x, y } = sample(30, 2, 6)
    const fit = logisticRegression(x, 30, 2, y, { classes: 3 })
    const two = logisticRegression(x, 30, 2, y, { classes: 2 })
    const p = fit.predictProba(x)
    const q = two.predictProba(x)
    for (let i = 0; i < 30; i++) {
      expect(p[3 * i + 2]).toBe(0)
      expect(p[3 * i]).toBeCloseTo(q[2 * i]!, 9)
    }
    for (const classes of [2, 3]) {
      const one = logisticRegression(x, 30, 2, new Int32Array(30).fill(1), { classes })
      expect(Array.from(one.predictProba(x.subarray(0, 2)))).toEqual(classes === 2 ? [0, 1] : [0, 1, 0])
      expect(one.logLikelihood).toBe(0)
    }
  })

  it('no columns: the shares of the classes', () => {
    const fit = logisticRegression(new Float64Array(0), 4, 0, Int32Array.of(0, 1, 1, 1), { classes: 2 })
    expect(fit.intercepts[0]).toBeCloseTo(Math.log(3), 10)
  })

  it('too few iterations are told', () => {
    const { x, y } = sample(50, 2, 7)
    expect(() => logisticRegression(x, 50, 2, y, { classes: 2, maxIterations: 1 })).toThrow('logisticRegression: not converged in 1 iterations, the gradient is') // biome-ignore format: one line
  })

  it('what cannot be is refused', () => {
    const fit = (x: number[], y: number[], options: object = {}) => () => logisticRegression(Float64Array.from(x), y.length, 1, Int32Array.from(y), { classes: 2, ...options }) // biome-ignore format: one line
    expect(fit([1, 2, 3], [0, 1])).toThrow('logisticRegression: x is 3 numbers; expected 2 rows of 1 columns.')
    expect(fit([1, Number.NaN], [0, 1])).toThrow('logisticRegression: NaN in row 1, column 0; expected finite numbers.')
    expect(fit([1, 2], [0, 2])).toThrow('logisticRegression: label 2 of row 1; expected 0 to 1.')
    expect(fit([], [])).toThrow('logisticRegression: no rows; expected one at least.')
    expect(fit([1, 2], [0, 1], { C: 0 })).toThrow('logisticRegression: C = 0; expected a positive number, or Infinity for no penalty.') // biome-ignore format: one line
    expect(fit([1, 2], [0, 1], { weights: Float64Array.of(1, -1) })).toThrow('logisticRegression: weight -1 of row 1; expected a finite number from 0 on.') // biome-ignore format: one line
    expect(fit([1, 2], [0, 1], { weights: Float64Array.of(0, 0) })).toThrow('logisticRegression: all weights are 0; expected a positive one.') // biome-ignore format: one line
    const good = logisticRegression(Float64Array.of(1, 2), 2, 1, Int32Array.of(0, 1), { classes: 2 })
    expect(Array.from(good.predictProba(Float64Array.of(1, 2, 3))).length).toBe(6)
  })
})
