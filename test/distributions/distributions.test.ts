/** Distributions: beside 60-digit arithmetic, far into the tails. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as distributions from '../../src/distributions/index.js'

const oracle = JSON.parse(
  readFileSync(new URL('../oracle/distributions/tails.json', import.meta.url), 'utf8'),
) as Record<string, number[][]>

describe('distributions', () => {
  it.each(Object.keys(oracle))('%s is exact to 1e-12 relative', (name) => {
    const fn = (distributions as unknown as Record<string, (...args: number[]) => number>)[name]!
    for (const row of oracle[name]!) {
      const expected = row[row.length - 1]!
      const got = fn(...row.slice(0, -1))
      const error = expected === 0 ? Math.abs(got) : Math.abs(got / expected - 1)
      expect(error, `${name}(${row.slice(0, -1).join(', ')}) = ${got}, expected ${expected}`).toBeLessThan(1e-12)
    }
  })
})

describe('Kolmogorov and Smirnov', () => {
  const exact = JSON.parse(
    readFileSync(new URL('../oracle/distributions/smirnov.json', import.meta.url), 'utf8'),
  ) as typeof oracle

  it.each(Object.keys(exact))("%s has SciPy's values", (name) => {
    const fn = (distributions as unknown as Record<string, (...args: number[]) => number>)[name]!
    for (const row of exact[name]!) {
      const expected = row[row.length - 1]!
      const got = fn(...row.slice(0, -1))
      expect(Math.abs(got / expected - 1), `${name}(${row.slice(0, -1).join(', ')}) = ${got}`).toBeLessThan(1e-10)
    }
  })
})

describe('binomialTest', () => {
  it.each([
    [10, 0.3],
    [17, 0.5],
    [25, 0.05],
    [40, 0.9],
  ])('sums what is no more probable, n = %i, p = %d', (n, p) => {
    const all = Array.from({ length: n + 1 }, (_, k) => distributions.binomialPmf(k, n, p))
    for (const [k, own] of all.entries()) {
      const sum = all.filter((one) => one <= own * (1 + 1e-7)).reduce((total, one) => total + one, 0)
      expect(distributions.binomialTest(k, n, p)).toBeCloseTo(sum, 12)
    }
  })
})
