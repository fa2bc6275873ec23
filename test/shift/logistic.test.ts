import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { logisticRegression } from '../../src/shift/index.node.js'

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
