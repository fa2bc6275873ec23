import { describe, expect, it } from 'vitest'
import { PCA, TruncatedSVD } from '../../src/factor/index.node.js'
import { tensor } from '../../src/tensor/index.js'

describe('PCA', () => {
  it('of four points on a cross: hand-worked', () => {
    // Centred rows are (+-3, 0) and (0, +-1): scatter diag(18, 2), variances 6 and 2/3.
    const x = tensor(new Float64Array([4, 5, -2, 5, 1, 6, 1, 4]), { shape: [4, 2] })
    const pca = new PCA().fit(x)
    expect(Array.from(pca.mean.toArray())).toEqual([1, 5])
    const [a, b] = pca.explainedVariance.toArray()
    expect([a, b]).toEqual([expect.closeTo(6, 12), expect.closeTo(2 / 3, 12)])
    expect(Array.from(pca.components.toArray(), (one) => Math.round(Number(one) * 1e12) / 1e12 + 0)).toEqual([
      1, 0, 0, 1,
    ])
    expect(pca.toJSON().explainedVarianceRatio).toEqual([expect.closeTo(0.9, 12), expect.closeTo(0.1, 12)])
  })
})

describe('TruncatedSVD', () => {
  it('of a table of rank one: one component gives it back', () => {
    const x = tensor(new Float64Array([1, 2, 2, 4, 3, 6]), { shape: [3, 2] })
    const svd = new TruncatedSVD({ k: 1 }).fit(x)
    expect(svd.singularValues.toArray()[0]).toBeCloseTo(Math.sqrt(70), 12)
    for (const [i, value] of svd.inverseTransform(svd.transform(x)).toArray().entries())
      expect(value).toBeCloseTo(x.toArray()[i] as number, 12)
  })
})
