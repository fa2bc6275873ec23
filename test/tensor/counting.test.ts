/** Distances, searches and counts. */
import { describe, expect, it } from 'vitest'
import {
  cdist,
  gradcheck,
  gradgradcheck,
  histogram,
  memory,
  roll,
  scope,
  searchsorted,
  take,
  tensor,
  unique,
} from '../../src/tensor/index.js'

const f64 = { dtype: 'f64' } as const

describe('cdist', () => {
  const a = tensor([[0, 0], [3, 4], [1, -1]], { ...f64, requiresGrad: true }) // biome-ignore format: a matrix
  const b = tensor([[0, 0.5], [6, 8]], { ...f64, requiresGrad: true }) // biome-ignore format: a matrix

  it('measures every row of one from every row of the other', () => {
    expect(cdist(a, tensor([[0, 0], [6, 8]], f64)).toNested()).toEqual([[0, 10], [5, 5], [Math.SQRT2, Math.hypot(5, 9)]]) // biome-ignore format: a matrix
    expect(cdist(a, b, { p: 1 }).toNested()).toEqual([[0.5, 14], [6.5, 7], [2.5, 14]]) // biome-ignore format: a matrix
    expect(cdist(a, b, { p: Infinity }).toNested()).toEqual([[0.5, 8], [3.5, 4], [1.5, 9]]) // biome-ignore format: a matrix
  })

  it('keeps the digits of near rows', () => {
    const far = tensor([[1e8, 1]], f64)
    expect(cdist(far, tensor([[1e8, 1 + 2 ** -20]], f64)).item()).toBe(2 ** -20)
  })

  it.each([1, 1.5, 2, 3, Infinity])('has the gradient of its norm, p = %d', (p) => {
    // No coordinate is equal, where |x|^1.5 has no second derivative.
    const apart = tensor([[0.25, 0.5], [6, 8]], { ...f64, requiresGrad: true }) // biome-ignore format: a matrix
    const before = memory().tensors
    scope(() => {
      gradcheck((x, y) => cdist(x!, y!, { p }), [a, apart])
      if (p !== 1 && p !== Infinity) gradgradcheck((x, y) => cdist(x!, y!, { p }), [a, apart])
    })
    expect(memory().tensors).toBe(before)
  })

  it('has the gradient 0 where rows are equal', () => {
    const x = tensor([[1, 2]], { ...f64, requiresGrad: true }) // biome-ignore format: a matrix
    cdist(x, x.detach()).backward()
    expect(x.grad!.toNested()).toEqual([[0, 0]])
  })

  it('broadcasts batches, and mixes types', () => {
    const batch = tensor([[[0, 0]], [[1, 1]]]) // biome-ignore format: a batch
    const out = cdist(batch, tensor([[0, 1], [1, 0], [1, 1]], { dtype: 'i32' })) // biome-ignore format: a matrix
    expect([out.dtype, out.shape]).toEqual(['f64', [2, 1, 3]])
    expect(out.toNested()).toEqual([[[1, 1, Math.SQRT2]], [[1, 1, 0]]])
  })

  it('says what does not fit', () => {
    expect(() => cdist(a, tensor([[1]], f64))).toThrow(
      'cdist: f64[3, 2] and f64[1, 1]; expected rows of equal length. Try unsqueeze() for a single row.',
    )
    expect(() => cdist(a, b, { p: 0.5 })).toThrow('cdist: p = 0.5; expected a number from 1 on, or Infinity.')
  })
})

describe('counting', () => {
  it('searchsorted finds the place that keeps the order', () => {
    const sorted = tensor([1, 2, 2, 5])
    const values = tensor([[0, 2], [3, 9]]) // biome-ignore format: a matrix
    expect(searchsorted(sorted, values).toNested()).toEqual([[0, 1], [3, 4]]) // biome-ignore format: a matrix
    expect(searchsorted(sorted, values, { right: true }).toNested()).toEqual([[0, 3], [3, 4]]) // biome-ignore format: a matrix
  })

  it('unique sorts and counts', () => {
    const { values, counts } = unique(tensor([3, Number.NaN, 1, 3, Number.NaN, 3]))
    expect([values.toNested(), counts.toNested()]).toEqual([[1, 3, Number.NaN], [1, 3, 2]]) // biome-ignore format: a list
    expect(unique(tensor([true, false, true])).values.toNested()).toEqual([false, true])
    expect(unique(tensor([])).counts.shape).toEqual([0])
  })

  it('histogram holds left edges, and the last right one', () => {
    const { counts, edges } = histogram(tensor([0, 1, 1, 2, 3, 4, Number.NaN, Infinity]), { bins: 4 })
    expect([counts.toNested(), edges.toNested()]).toEqual([[1, 2, 1, 2], [0, 1, 2, 3, 4]]) // biome-ignore format: a list
    expect(histogram(tensor([5]), { bins: 2 }).edges.toNested()).toEqual([4.5, 5, 5.5])
    expect(histogram(tensor([1, 2, 3]), { bins: 1, range: [2, 2.5] }).counts.toNested()).toEqual([1])
    expect(() => histogram(tensor([1]), { bins: 0 })).toThrow('histogram: 0 bins; expected a whole number from 1 on.')
  })

  it('take and roll move elements, and gradients back', () => {
    const x = tensor([[1, 2, 3], [4, 5, 6]], { ...f64, requiresGrad: true }) // biome-ignore format: a matrix
    expect(take(x, tensor([[5, 0]], { dtype: 'i32' })).toNested()).toEqual([[6, 1]])
    expect(roll(x, 1, 1).toNested()).toEqual([[3, 1, 2], [6, 4, 5]]) // biome-ignore format: a matrix
    expect(roll(x, -2).toNested()).toEqual([[3, 4, 5], [6, 1, 2]]) // biome-ignore format: a matrix
    scope(() => {
      gradgradcheck((one) => roll(one!, 2, 0).mul(one!), [x])
      gradcheck((one) => take(one!, tensor([1, 1, 4], { dtype: 'i32' })), [x])
    })
  })
})
