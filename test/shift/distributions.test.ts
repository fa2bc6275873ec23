/** Distributions: beside 60-digit arithmetic, far into the tails. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as distributions from '../../src/shift/distributions/index.js'

const oracle = JSON.parse(
  readFileSync(new URL('../oracle/shift/distributions.json', import.meta.url), 'utf8'),
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
