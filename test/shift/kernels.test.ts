/** Sorting of numbers, and the median of many distances. */
import { describe, expect, it } from 'vitest'
import { withPooled } from '../../src/shift/multivariate/matrices.js'
import { medianDistance } from '../../src/shift/multivariate/pairs.js'
import { sortedView, withSorted } from '../../src/shift/univariate/sample.js'
import { Generator, rand, type Tensor, tensor } from '../../src/tensor/index.node.js'

const draw = (n: number, seed: number): Float64Array =>
  rand([n], { dtype: 'f64', generator: new Generator(seed) }).toArray() as unknown as Float64Array

const kinds: Record<string, (n: number) => Float64Array> = {
  'both signs': (n) => draw(n, 1).map((u) => 20 * u - 10),
  'many ties': (n) => draw(n, 2).map((u) => Math.floor(5 * u) - 2),
  // Times within a day differ in the lower halves of their bits alone.
  'one upper half': (n) => draw(n, 3).map((u) => 1.7e12 + Math.floor(1e5 * u)),
  'all scales': (n) => draw(n, 4).map((u) => (u < 0.5 ? -1 : 1) * 10 ** (600 * u - 300)),
  odd: (n) => draw(n, 5).map((u, i) => [Number.NaN, Infinity, -Infinity, -0, 0, u, 5e-324][i % 7]!),
}

describe('sorting', () => {
  it.each(Object.keys(kinds).flatMap((kind) => [0, 1, 2, 3, 255, 257, 5000].map((n) => [kind, n] as const)))(
    '%s, %i numbers',
    (kind, n) => {
      const values = kinds[kind]!(n)
      const expected = values.filter((value) => !Number.isNaN(value)).sort()
      withSorted(values, [], (sorted) => {
        expect(sorted.nan).toBe(n - expected.length)
        expect(sorted.negInf).toBe(expected.filter((value) => value === -Infinity).length)
        expect(sorted.posInf).toBe(expected.filter((value) => value === Infinity).length)
        // -0 becomes 0.
        expect(Array.from(sortedView(sorted))).toEqual(Array.from(expected, (value) => value + 0))
      })
    },
  )
})

describe('the median of all distances', () => {
  const column = (values: ArrayLike<number>): Tensor =>
    tensor(Float64Array.from(values), { dtype: 'f64' }).reshape([values.length, 1])
  const median = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
    withPooled('median', column(x), column(y), 1, medianDistance)

  it('of the points 0 1 3 is 2, of 0 1 3 7 the mean of 3 and 4', () => {
    expect(median([0], [1, 3])).toBeCloseTo(2, 14)
    expect(median([0, 1], [3, 7])).toBeCloseTo(3.5, 14)
  })

  const rounded = (n: number): Float64Array => draw(n, 9).map((value) => Math.round(4 * value) / 4)
  it.each([
    ['', 2101, draw(2101, 9)],
    ['', 2102, draw(2102, 9)],
    [' of few values, whose distances are mostly equal,', 2102, rounded(2102)],
  ])('of the pairs of%s %i points is that of all sorted', (_, n, z) => {
    const all = new Float64Array((n * (n - 1)) / 2)
    for (let i = 0, at = 0; i < n; i++) for (let j = i + 1; j < n; j++) all[at++] = Math.abs(z[i]! - z[j]!)
    all.sort()
    const expected = (all[Math.floor((all.length - 1) / 2)]! + all[Math.floor(all.length / 2)]!) / 2
    expect(Math.abs(median(z.subarray(0, 1000), z.subarray(1000)) / expected - 1)).toBeLessThan(1e-10)
  })
})
