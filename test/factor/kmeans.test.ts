/** k-means against hand-worked clusters and the laws of Lloyd's iteration. */
import { describe, expect, it } from 'vitest'
import { KMeans } from '../../src/factor/index.node.js'
import { memory, tensor } from '../../src/tensor/index.node.js'

describe('KMeans', () => {
  it('finds two groups on a line', () => {
    // 0, 1, 2 have mean 1 and squares 1 + 0 + 1; 10, 12 have mean 11 and squares 1 + 1.
    const x = tensor([[0], [1], [2], [10], [12]], { dtype: 'f64' })
    const model = new KMeans({ k: 2 }).fit(x)
    expect(Array.from(model.centers.toArray()).sort((a, b) => a - b)).toEqual([1, 11])
    expect(model.inertia).toBe(4)
    expect(model.score(x)).toBe(-4)
    expect(model.predict(x)).toEqual(model.labels)
    model.dispose()
    x.dispose()
  })

  it('leaves no tensor behind', () => {
    const x = tensor([[0], [1], [2], [10], [12]], { dtype: 'f64' })
    const before = memory().tensors
    const model = new KMeans({ k: 2 }).fit(x)
    const z = model.transform(x)
    model.inverseTransform(z).dispose()
    z.dispose()
    model.dispose()
    expect(memory().tensors).toBe(before)
  })
})
