/** sort, argsort, topk. */
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../src/core/index.js'
import * as T from '../../src/tensor/index.js'
import { memory, scope, type Tensor, tensor } from '../../src/tensor/index.js'
import { flat, laws } from './laws.js'

const points = [[-2.4, 1.3, 0.7, 0.2, -0.9, 1.6, 2.1, -0.4]]
const whole = { f32: 'f32', f64: 'f64', i32: 'i32', bool: 'bool' } as const
const places = { f32: 'i32', f64: 'i32', i32: 'i32', bool: 'i32' } as const
/** One tensor of a pair; the other is freed. */
const values = (pair: T.Sorted): Tensor => {
  pair.indices.dispose()
  return pair.values
}
const indices = (pair: T.Sorted): Tensor => {
  pair.values.dispose()
  return pair.indices
}

for (const axis of [0, 1]) {
  for (const descending of [false, true]) {
    const options = { axis, descending }
    laws({ name: `sort ${JSON.stringify(options)}`, fn: (x) => values(T.sort(x, options)), points, types: whole })
    laws({ name: `argsort ${JSON.stringify(options)}`, fn: (x) => T.argsort(x, options), points, types: places, gradient: 'none' }) // biome-ignore format: one line
  }
  for (const largest of [false, true]) {
    const options = { axis, largest }
    laws({ name: `topk ${JSON.stringify(options)}`, fn: (x) => values(T.topk(x, 2, options)), points, types: whole })
    laws({ name: `places of topk ${JSON.stringify(options)}`, fn: (x) => indices(T.topk(x, 1, options)), points, types: places, gradient: 'none' }) // biome-ignore format: one line
  }
}

describe('sort', () => {
  it('puts rows in order and says where elements stood', () => {
    scope(() => {
      const x = tensor([[3, 1, 2], [9, 8, 7]]) // biome-ignore format: a block
      const rows = T.sort(x)
      expect(rows.values.toNested()).toEqual([[1, 2, 3], [7, 8, 9]]) // biome-ignore format: a block
      expect(rows.indices.toNested()).toEqual([[1, 2, 0], [2, 1, 0]]) // biome-ignore format: a block
      expect(T.sort(x, { axis: 0, descending: true }).values.toNested()).toEqual([[9, 8, 7], [3, 1, 2]]) // biome-ignore format: a block
      expect(x.toNested()).toEqual([[3, 1, 2], [9, 8, 7]]) // biome-ignore format: a block
    })
  })

  it('keeps the order of equals, both ways, and takes NaN as largest', () => {
    scope(() => {
      const x = tensor([2, NaN, 1, 2, 1, NaN], { dtype: 'f64' })
      expect(flat(T.argsort(x))).toEqual([2, 4, 0, 3, 1, 5])
      expect(flat(T.argsort(x, { descending: true }))).toEqual([1, 5, 0, 3, 2, 4])
      expect(flat(T.sort(x).values)).toEqual([1, 1, 2, 2, NaN, NaN])
    })
  })

  it.each([0, 1, 2, 3, 7, 8, 9, 31, 32, 33, 100, 1000])('of %i elements is a permutation in order', (n) => {
    scope(() => {
      let state = 12345 + n
      const list = Array.from({ length: n }, () => {
        state = (state * 1103515245 + 12345) % 2 ** 31
        return (state % 201) - 100
      })
      for (const dtype of ['f32', 'f64', 'i32'] as const) {
        const { values: sorted, indices: from } = T.sort(tensor(list, { dtype }))
        expect(flat(sorted)).toEqual(list.toSorted((a, b) => a - b))
        expect(flat(from).map((i) => list[i])).toEqual(flat(sorted))
        const best = T.topk(tensor(list, { dtype }), Math.min(n, 5))
        expect(flat(best.values)).toEqual(list.toSorted((a, b) => b - a).slice(0, 5))
      }
    })
  })

  it('sends gradients back to where elements stood', () => {
    scope(() => {
      const x = tensor([3, 1, 2], { dtype: 'f64', requiresGrad: true })
      T.sort(x)
        .values.mul(tensor([10, 20, 30], { dtype: 'f64' }))
        .sum()
        .backward()
      expect(flat(x.grad!)).toEqual([30, 10, 20])
      x.zeroGrad()
      T.topk(x, 2)
        .values.mul(tensor([1, 5], { dtype: 'f64' }))
        .sum()
        .backward()
      expect(flat(x.grad!)).toEqual([1, 0, 5])
    })
  })

  it('of equals topk takes the first', () => {
    scope(() => {
      const best = T.topk(tensor([5, 7, 5, 7, 7]), 4)
      expect(flat(best.indices)).toEqual([1, 3, 4, 0])
      expect(flat(T.topk(tensor([5, 7, 5]), 2, { largest: false }).indices)).toEqual([0, 2])
      expect(T.topk(T.zeros([2, 3]), 0).values.shape).toEqual([2, 0])
    })
  })

  it('leaves two tensors and no more', () => {
    scope(() => {
      const x = T.rand([4, 5])
      const before = memory().tensors
      for (const axis of [0, 1]) {
        const pair = T.sort(x, { axis })
        expect(memory().tensors - before).toBe(2)
        expect(pair.values.isContiguous && pair.indices.isContiguous).toBe(true)
        pair.values.dispose()
        pair.indices.dispose()
      }
    })
  })

  it.each([
    [() => T.sort(T.zeros([])), 'sort: axis -1 of a scalar, which has none.'],
    [() => T.sort(T.zeros([2]), { axis: 1 }), 'sort: axis 1 of shape [2]; expected a whole number from -1 to 0.'],
    [() => T.topk(T.zeros([2, 3]), 4), 'topk: k = 4 along axis 1 of f32[2, 3]; expected a whole number from 0 to 3.'],
    [() => T.topk(T.zeros([2]), 1.5), 'topk: k = 1.5 along axis 0 of f32[2]; expected a whole number from 0 to 2.'],
    [() => T.argsort([1] as never), 'argsort: got an array; expected a tensor. Try tensor(...).'],
  ])('refuses what it cannot do, %#', (fn, message) => {
    scope(() => expect(fn).toThrow(new UsageError(message)))
  })
})
