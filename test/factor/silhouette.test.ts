/** Silhouettes and dispersion, against hand-worked rows. */
import { describe, expect, it } from 'vitest'
import { calinskiHarabasz, daviesBouldin, inertiaCurve, silhouette, suggestK } from '../../src/factor/index.node.js'
import { Generator, memory, randn, scope, tensor } from '../../src/tensor/index.node.js'

describe('silhouette', () => {
  it('is that of four rows on a line', () => {
    // Row 0: a = 1, b = (10 + 12) / 2 = 11; row 1: a = 1, b = 10; row 10: a = 2, b = 9.5; row 12: a = 2, b = 11.5.
    const x = tensor([[0], [1], [10], [12]], { dtype: 'f64' })
    const before = memory().tensors
    const { samples, mean, isSampled, clusters } = silhouette(x, ['a', 'a', 'b', 'b'])
    const expected = [10 / 11, 9 / 10, 7.5 / 9.5, 9.5 / 11.5]
    for (const [i, one] of expected.entries()) expect(samples[i]).toBeCloseTo(one, 14)
    expect(mean).toBeCloseTo(expected.reduce((a, b) => a + b) / 4, 14)
    expect(isSampled).toBe(false)
    expect(clusters.map((one) => one.label)).toEqual(['a', 'b'])
    // Between: 2 * (5.75 - 0.5)^2 * 2 = 110.25; within: 0.5 + 2 = 2.5; (110.25 * 2) / (2.5 * 1).
    expect(calinskiHarabasz(x, [0, 0, 1, 1])).toBeCloseTo(88.2, 12)
    // Mean distances 0.5 and 1, centres 10.5 apart.
    expect(daviesBouldin(x, [0, 0, 1, 1])).toBeCloseTo(1.5 / 10.5, 14)
    expect(memory().tensors).toBe(before)
  })
})

describe('suggestK', () => {
  it('finds three groups, and says when there are none', () => {
    scope(() => {
      const noise = randn([120, 2], { dtype: 'f64', generator: new Generator(3) })
      const which = tensor(Int32Array.from({ length: 120 }, (_, i) => i % 3))
      const centers = tensor([[0, 0], [12, 0], [0, 12]], { dtype: 'f64' }) // biome-ignore format: a matrix
      const found = suggestK(noise.add(centers.indexSelect(which, 0)), { ks: [2, 3, 4, 5], references: 5 })
      expect([found.k, found.hasClusters]).toEqual([3, true])
      expect(found.votes).toMatchObject({ silhouette: 3, gap: 3, calinskiHarabasz: 3, daviesBouldin: 3 })
      expect(found.why).toMatch(/^3 clusters: by silhouette, gap/)
      const none = suggestK(noise, { ks: [2, 3, 4, 5], references: 5 })
      expect([none.k, none.hasClusters]).toEqual([1, false])
      expect(none.why).toMatch(/^no clusters/)
    })
  })

  it('has a curve that falls', () => {
    scope(() => {
      const x = randn([50, 2], { generator: new Generator(3) })
      const curve = inertiaCurve(x, [1, 2, 3, 4])
      for (let at = 1; at < curve.length; at++) expect(curve[at]!.inertia).toBeLessThan(curve[at - 1]!.inertia)
    })
  })
})
