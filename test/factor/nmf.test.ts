/** Non-negative factorization against exact products and its oracle. */
import { describe, expect, it } from 'vitest'
import { NMF } from '../../src/factor/index.node.js'
import { memory, rand, tensor } from '../../src/tensor/index.node.js'

describe('NMF', () => {
  it('finds an exact product of rank one', () => {
    const x = tensor([[2, 4], [3, 6], [0, 0]], { dtype: 'f64' }) // biome-ignore format: a matrix
    const model = new NMF({ k: 1 }).fit(x)
    expect(model.reconstructionError.frobenius).toBeLessThan(1e-12)
    expect(model.score(x)).toBeGreaterThan(-1e-6)
    model.dispose()
    x.dispose()
  })

  it('leaves no tensor behind', () => {
    const x = rand([20, 7])
    const before = memory().tensors
    const model = new NMF({ k: 3 })
    const W = model.fitTransform(x)
    model.inverseTransform(W).dispose()
    W.dispose()
    model.score(x)
    model.dispose()
    expect(memory().tensors).toBe(before)
  })
})
