/** Operations that change their argument in place: what they write, what they refuse, and what becomes of gradients. */
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../src/core/index.js'
import * as T from '../../src/tensor/index.js'
import { gradcheck, gradgradcheck, memory, noGrad, scope, type Tensor, tensor } from '../../src/tensor/index.js'
import { flat } from './laws.js'

const f64 = (...values: number[]): Tensor => tensor(values, { dtype: 'f64' })

const arithmetic = [
  ['add_', T.add_, T.add],
  ['sub_', T.sub_, T.sub],
  ['mul_', T.mul_, T.mul],
  ['div_', T.div_, T.div],
] as const

describe.each(arithmetic)('%s', (name, change, plain) => {
  it('writes what the plain operation gives, and returns its argument', () => {
    scope(() => {
      for (const other of [f64(2, 4, 8), f64(3), 5, tensor([1, 2, 3], { dtype: 'i32' })]) {
        const x = f64(1, 2, 3)
        const expected = flat(plain(x, other))
        const before = memory().tensors
        expect(change(x, other)).toBe(x)
        expect(memory().tensors).toBe(before)
        expect(flat(x)).toEqual(expected)
      }
    })
  })

  it('writes through views into what they look at', () => {
    scope(() => {
      const base = tensor([[1, 2, 3], [4, 5, 6]]) // biome-ignore format: a block
      change(base.transpose().slice({ start: 2, step: -2 }), 2)
      expect(base.slice(null, 1).toNested()).toEqual([2, 5])
      expect(base.slice(0, 0).item()).toBe(plain(tensor([1]), 2).item())
    })
  })

  it('of a tensor with a part of itself reads before it writes', () => {
    scope(() => {
      for (const n of [5, 67]) {
        const x = T.arange(1, n + 1, 1, { dtype: 'f64' })
        const expected = flat(plain(x.slice({ start: 1 }), x.slice({ stop: -1 })))
        change(x.slice({ start: 1 }), x.slice({ stop: -1 }))
        expect(flat(x).slice(1)).toEqual(expected)
        const y = T.arange(1, n + 1, 1, { dtype: 'f64' })
        const reversed = flat(plain(y, T.flip(y)))
        expect(flat(change(y, T.flip(y)))).toEqual(reversed)
      }
    })
  })

  it('has the gradient of the plain operation, and a second one', () => {
    scope(() => {
      const [a, b] = [f64(1.5, -2, 3), f64(0.5, 1.25, -2)]
      for (const one of [a, b]) one.requiresGrad = true
      const fn = (x: Tensor, y: Tensor): Tensor => change(T.mul(x, 2), y)
      gradcheck(fn, [a, b])
      gradgradcheck(fn, [a, b])
      const onto = (y: Tensor): Tensor => change(T.ones([3], { dtype: 'f64' }), y)
      gradcheck(onto, [b])
      expect(() => gradcheck((y) => T.add(onto(y), T.detach(y)), [b])).toThrow(/by the rule/)
    })
  })

  it('leaves nothing behind on the tape', () => {
    scope(() => {
      const w = f64(1, 2)
      w.requiresGrad = true
      const before = memory().tensors
      const x = T.mul(w, 3)
      change(x, 2)
      change(x, w)
      expect(x.requiresGrad).toBe(true)
      const total = x.sum()
      total.backward()
      x.dispose()
      total.dispose()
      w.zeroGrad()
      expect(memory().tensors).toBe(before)
    })
  })

  it('refuses leaves while recording, views on the tape, other types and larger shapes', () => {
    scope(() => {
      const leaf = tensor([1, 2], { requiresGrad: true })
      const plainName = name.slice(0, -1)
      expect(() => change(leaf, 1)).toThrow(
        new UsageError(
          `${name}: f32[2] is a leaf that requires a gradient, which a change in place would cut off. Try noGrad(() => ...), or ${plainName}().`,
        ),
      )
      expect(noGrad(() => change(leaf, 1))).toBe(leaf)
      const result = T.mul(leaf, 2)
      const part = result.slice(0)
      const shared = (shape: string): UsageError =>
        new UsageError(
          `${name}: f32${shape} shares its memory with other tensors (a view, or its base), whose gradients would be wrong. Try ${plainName}(), or clone() first.`,
        )
      expect(() => change(part, 1)).toThrow(shared('[]'))
      expect(() => change(result, 1)).toThrow(shared('[2]'))
      expect(() => change(tensor([1, 2], { dtype: 'i32' }), 0.5)).toThrow(
        new UsageError(`${name}: i32[2] and 0.5 make f64, which i32 does not hold. Try ${plainName}().`),
      )
      expect(() => change(tensor([1, 2]), f64(1, 2))).toThrow(
        new UsageError(`${name}: f32[2] and f64[2] make f64, which f32 does not hold. Try ${plainName}().`),
      )
      expect(() => change(tensor([1]), tensor([1, 2]))).toThrow(
        new UsageError(`${name}: f32[2] does not broadcast to f32[1]; expected at most shape [1].`),
      )
      expect(() => change(T.broadcastTo(tensor([1]), [3]), 1)).toThrow(
        new UsageError(`${name}: f32[3] repeats elements along axis 0. Try clone() first.`),
      )
      expect(() => change(3 as never, 1)).toThrow(
        new UsageError(`${name}: got number; expected a tensor. Try tensor(...).`),
      )
    })
  })
})

describe('what was saved', () => {
  it('is missed after a change in place, clearly', () => {
    scope(() => {
      const w = f64(1, 2)
      w.requiresGrad = true
      const y = T.square(w).sum()
      noGrad(() => T.add_(w, 1))
      expect(() => y.backward()).toThrow(
        'backward: a value that square needs for its gradient was changed in place afterwards. Try the operation without the trailing underscore, or clone() before it.',
      )
    })
  })

  it('stays for results on the tape, which take new memory', () => {
    scope(() => {
      const w = f64(1, 2)
      w.requiresGrad = true
      const x = T.mul(w, 3)
      const y = T.square(x).sum()
      T.add_(x, 1)
      // d/dw of (3w)² is 18 w.
      y.backward()
      expect(flat(w.grad!)).toEqual([18, 36])
    })
  })
})

describe('fill_, zero_, copy_, clamp_', () => {
  it('write', () => {
    scope(() => {
      const x = tensor([[1, 2, 3], [4, 5, 6]]) // biome-ignore format: a block
      T.fill_(x.slice(null, 1), 9)
      expect(x.toNested()).toEqual([[1, 9, 3], [4, 9, 6]]) // biome-ignore format: a block
      T.clamp_(x, 2, 6)
      expect(x.toNested()).toEqual([[2, 6, 3], [4, 6, 6]]) // biome-ignore format: a block
      T.clamp_(x.slice(0), tensor([3, 0, 0]), null)
      expect(x.toNested()).toEqual([[3, 6, 3], [4, 6, 6]]) // biome-ignore format: a block
      T.copy_(x.transpose(), tensor([7, 8], { dtype: 'i32' }))
      expect(x.toNested()).toEqual([[7, 7, 7], [8, 8, 8]]) // biome-ignore format: a block
      T.copy_(x.slice(0), x.slice(0, { step: -1 }))
      T.zero_(x.slice(1))
      expect(x.toNested()).toEqual([[7, 7, 7], [0, 0, 0]]) // biome-ignore format: a block
      const y = T.arange(5)
      expect(flat(T.copy_(y, T.flip(y)))).toEqual([4, 3, 2, 1, 0])
      expect(flat(T.fill_(tensor([true, false]), 3))).toEqual([1, 1])
    })
  })

  it('leave no temporary', () => {
    scope(() => {
      const x = T.ones([2, 3])
      const views = [x, x.transpose()]
      const source = tensor([1, 2], { dtype: 'i32', shape: [2, 1] })
      const before = memory().tensors
      T.fill_(views[1]!, 2)
      T.zero_(x)
      T.clamp_(views[1]!, 0, 1)
      T.copy_(x, source)
      T.copy_(x, x)
      expect(memory().tensors).toBe(before)
    })
  })

  it('cut gradients off, or send them to the source', () => {
    scope(() => {
      const [w, v] = [f64(1, 2, 3), f64(4, 5, 6)]
      for (const one of [w, v]) one.requiresGrad = true
      T.zero_(T.mul(w, 2)).sum().backward()
      expect(flat(w.grad!)).toEqual([0, 0, 0])
      w.zeroGrad()
      T.copy_(T.mul(w, 2), T.mul(v, 3)).sum().backward()
      expect([flat(w.grad!), flat(v.grad!)]).toEqual([[0, 0, 0], [3, 3, 3]]) // biome-ignore format: a block
      gradcheck(
        (x) => T.clamp_(T.mul(x, 2), 3, 5),
        [f64(1, 2, 3)].map((x) => Object.assign(x, { requiresGrad: true })),
      )
      gradcheck((y) => T.copy_(T.zeros([3, 2], { dtype: 'f64' }), y.reshape([3, 1])), [v])
    })
  })

  it.each([
    [
      () => T.fill_(tensor([1], { dtype: 'i32' }), 0.5),
      'fill_: i32[1] and 0.5 make f64, which i32 does not hold. Try fill().',
    ],
    [() => T.fill_(tensor([1]), '1' as never), 'fill_: got string; expected a number.'],
    [() => T.clamp_(tensor([1])), 'clamp_: neither min nor max is given; expected one of them.'],
    [
      () => T.copy_(tensor([1]), tensor([1, 2])),
      'copy_: f32[2] does not broadcast to f32[1]; expected at most shape [1].',
    ],
    [
      () => T.zero_(tensor([1], { requiresGrad: true })),
      'zero_: f32[1] is a leaf that requires a gradient, which a change in place would cut off. Try noGrad(() => ...), or zero().',
    ],
    [
      () => T.sub_(tensor([true]), tensor([true])),
      "sub_: both are bool, which has no difference. Try logicalXor(), or to('i32') first.",
    ],
    [
      () => T.sub(tensor([true]), tensor([true])),
      "sub: both are bool, which has no difference. Try logicalXor(), or to('i32') first.",
    ],
  ])('messages, %#', (fn, message) => {
    scope(() => expect(fn).toThrow(new UsageError(message)))
  })
})
