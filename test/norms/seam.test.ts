/** What every norm does with its operand: one tensor, axes, lists, dtypes; and what it refuses. */
import { describe, expect, it } from 'vitest'
import { l1, l2, linf } from '../../src/norms/index.js'
import { memory, scope, tensor, toNested, transpose } from '../../src/tensor/index.js'

describe('operands', () => {
  it('is a whole tensor as one vector', () => {
    const x = tensor([
      [3, 0],
      [0, -4],
    ])
    expect([l1, l2, linf].map((norm) => norm.value(x).item())).toEqual([7, 5, 4])
    expect(toNested(l2.project(x, 2.5))).toEqual([
      [1.5, 0],
      [0, -2],
    ])
    expect(toNested(l1.project(x, 3))).toEqual([
      [1, 0],
      [0, -2],
    ])
    expect(toNested(linf.prox(x, 3))).toEqual([
      [2, 0],
      [0, -2],
    ])
  })

  it('is a vector for each place on the axes that are not named', () => {
    const x = tensor([
      [3, 4],
      [0, 0.5],
    ])
    expect(toNested(l2.value(x, { axis: 1 }))).toEqual([5, 0.5])
    expect(toNested(l2.value(x, { axis: 0, keepDims: true }))).toEqual([[3, Math.fround(Math.hypot(4, 0.5))]])
    expect(toNested(l2.project(x, 1, { axis: -1 }))).toEqual([
      [Math.fround(0.6), Math.fround(0.8)],
      [0, 0.5],
    ])
    expect(toNested(l1.steepest(transpose(x), { axis: 0 }))).toEqual([
      [0, 0],
      [1, 1],
    ])
  })

  it('is a list of tensors as one vector, in their shapes and dtypes', () => {
    const list = [tensor([[3], [0]]), tensor([-4], { dtype: 'f64' }), tensor([0], { dtype: 'i32' })]
    expect(l2.value(list).item()).toBe(5)
    const got = l2.project(list, 2.5)
    expect(got.map((one) => [one.dtype, toNested(one)])).toEqual([
      ['f32', [[1.5], [0]]],
      ['f64', [-2]],
      ['f64', [0]],
    ])
    expect(l1.project([], 1)).toEqual([])
    expect(l1.value([]).item()).toBe(0)
  })

  it('leaves no tensor behind', () => {
    scope(() => {
      const x = tensor([1, 2, 3])
      const before = memory().tensors
      for (const norm of [l1, l2, linf]) {
        for (const one of [norm.value(x), norm.project(x, 1), norm.prox(x, 1), norm.steepest(x)]) one.dispose()
        for (const one of norm.project([x, x], 1)) one.dispose()
      }
      expect(memory().tensors).toBe(before)
    })
  })

  it('knows its dual, and that its dual', () => {
    expect(l1.dual).toBe(linf)
    expect(linf.dual).toBe(l1)
    expect(l2.dual).toBe(l2)
  })

  it('refuses what is not finite, and says where', () => {
    const x = tensor([
      [1, 2],
      [Number.NaN, 4],
    ])
    expect(() => l2.project(x, 1)).toThrow('l2.project: f32[2, 2] holds NaN at [1, 0]; expected finite numbers.')
    expect(() => l1.prox([tensor([1]), tensor([-Infinity])], 1)).toThrow(
      'l1.prox: tensor 1 of the list, f32[1] holds -Infinity at [0]; expected finite numbers.',
    )
    expect(l2.value(x).item()).toBeNaN()
    expect(() => l2.project(tensor([1]), -1)).toThrow('l2.project: radius -1; expected a finite number from 0 on.')
    expect(() => l2.prox(tensor([1]), Infinity)).toThrow('l2.prox: t Infinity; expected a finite number from 0 on.')
    expect(() => l2.value([tensor([1])], { axis: 0 })).toThrow(
      'l2.value: axis [0] of a list of tensors; expected none, a list is one vector.',
    )
  })
})
