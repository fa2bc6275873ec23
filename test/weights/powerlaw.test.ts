import { describe, expect, test } from 'vitest'
import { fitPowerLaw } from '../../src/weights/measure/powerlaw.js'
import { uniform } from './matrices.js'

/** Singular values whose squares follow a Pareto law. */
function pareto(alpha: number, xmin: number, count: number, seed: number): number[] {
  const next = uniform(seed)
  return Array.from({ length: count }, () => Math.sqrt(xmin * (1 - next()) ** (-1 / (alpha - 1)))).sort((a, b) => b - a)
}

/** The definition, word by word: every candidate, no shortcuts. */
function naive(sigma: readonly number[]) {
  const x = sigma
    .map((s) => s * s)
    .filter((l) => l > 1e-5)
    .sort((a, b) => a - b)
  let best = { ks: Number.POSITIVE_INFINITY, alpha: 0, xmin: 0, tail: 0 }
  for (let i = 0; i < x.length - 1; i++) {
    if (i > 0 && x[i] === x[i - 1]) continue
    const tail = x.slice(i)
    const n = tail.length
    const alpha = 1 + n / tail.reduce((sum, value) => sum + Math.log(value / x[i]!), 0)
    const ks = Math.max(...tail.map((value, k) => Math.abs(1 - (value / x[i]!) ** (1 - alpha) - k / n)))
    if (ks < best.ks) best = { ks, alpha, xmin: x[i]!, tail: n }
  }
  return best
}

test('geometric eigenvalues, worked by hand', () => {
  // lambda = 4^k, k = 0..9: a tail of n values from the largest has sum log(x / xmin) = log 4 * n (n - 1) / 2, so alpha = 1 + 2 / ((n - 1) log 4).
  const sigma = Array.from({ length: 10 }, (_, k) => 2 ** (9 - k))
  const law = fitPowerLaw(sigma)
  if (typeof law === 'string') throw new Error(law)
  expect(law.tail).toBe(10)
  expect(law.xmin).toBe(1)
  expect(law.value).toBeCloseTo(1 + 2 / (9 * Math.log(4)), 12)
  expect(law.standardError).toBeCloseTo((law.value - 1) / Math.sqrt(10), 12)
})

describe('agrees with the definition', () => {
  for (const seed of [1, 2, 3, 4, 5, 6])
    test(`seed ${seed}`, () => {
      const next = uniform(seed)
      // A bulk with a tail, and repeated values.
      const sigma = [...pareto(2 + next(), 0.5, 150, seed), ...Array.from({ length: 200 }, () => next())]
      sigma.push(sigma[40]!, sigma[40]!, sigma[200]!)
      sigma.sort((a, b) => b - a)
      const law = fitPowerLaw(sigma)
      const expected = naive(sigma)
      if (expected.tail < 8) return expect(law).toMatch(/tail of/)
      if (typeof law === 'string') throw new Error(law)
      expect(law.tail).toBe(expected.tail)
      expect(law.value).toBeCloseTo(expected.alpha, 8)
      expect(law.ks).toBeCloseTo(expected.ks, 10)
      expect(law.xmin).toBeCloseTo(expected.xmin, 12)
    })
})

test('recovers the exponent of a Pareto sample within four standard errors', () => {
  for (const [alpha, seed] of [
    [2, 11],
    [2.5, 12],
    [3.5, 13],
    [5, 14],
  ] as const) {
    const law = fitPowerLaw(pareto(alpha, 0.01, 4000, seed))
    if (typeof law === 'string') throw new Error(law)
    expect(Math.abs(law.value - alpha), `alpha ${alpha}, seed ${seed}`).toBeLessThan(4 * law.standardError)
  }
})

test('a scale changes xmin and nothing else', () => {
  const sigma = pareto(2.3, 1, 500, 21)
  const base = fitPowerLaw(sigma)
  const scaled = fitPowerLaw(sigma.map((s) => s * 1e150))
  if (typeof base === 'string' || typeof scaled === 'string') throw new Error('no fit')
  expect(scaled.value).toBeCloseTo(base.value, 8)
  expect(scaled.tail).toBe(base.tail)
})

test('16384 values take well under two seconds', () => {
  const sigma = pareto(2.5, 0.001, 16384, 31)
  const start = performance.now()
  expect(typeof fitPowerLaw(sigma)).toBe('object')
  expect(performance.now() - start).toBeLessThan(2000)
})

test('says why there is none', () => {
  expect(fitPowerLaw([3, 2, 1])).toBe('only 3 eigenvalues sigma^2 exceed 0.00001; a power law needs a tail of 8')
  expect(fitPowerLaw(new Float64Array(100).fill(0.001))).toMatch(/^only 0 eigenvalues/)
  expect(fitPowerLaw(new Float64Array(100).fill(2))).toBe('all eigenvalues are equal, so no power law fits')
})
