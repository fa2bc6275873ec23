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

describe('where numbers under- or overflow on the way', () => {
  // By mpmath, 40 digits.
  it('studentSf of t whose square is none', () => {
    expect(distributions.studentSf(1e300, 0.5) / 3.207009754142229e-151).toBeCloseTo(1, 12)
    expect(distributions.studentSf(1e200, 1) / 3.183098861837907e-201).toBeCloseTo(1, 12)
    expect(distributions.studentSf(Infinity, 3)).toBe(0)
  })

  it('chiSquaredIsf of p next to 1', () => {
    expect(distributions.chiSquaredIsf(0.9999999999, 0.3) / 2.714573105156919e-67).toBeCloseTo(1, 12)
    expect(distributions.chiSquaredIsf(0.9, 3) / 0.5843743741551832).toBeCloseTo(1, 12)
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
