/** Layer and RMS norm: by hand, laws, precision, gradients, memory and messages. PyTorch's figures are in attention.oracle.test.ts. */
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/core/index.js'
import { LayerNorm, layerNorm, RMSNorm, rmsNorm } from '../../src/nn/index.node.js'
import {
  backward,
  Generator,
  gradcheck,
  gradgradcheck,
  mean,
  memory,
  noGrad,
  randn,
  scope,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '../../src/tensor/index.node.js'

const f64 = { dtype: 'f64' } as const
const close = (values: readonly number[], digits: number): unknown[] => values.map((one) => expect.closeTo(one, digits))
const largest = (x: Tensor): number => (x.abs().max() as Tensor).item()

describe('by hand', () => {
  test('layer norm of 1, 3: mean 2, deviation 1', () => {
    const y = layerNorm(tensor([1, 3], f64), 2, { weight: tensor([2, 3], f64), bias: tensor([10, 20], f64), eps: 0 })
    expect(Array.from(y.toArray())).toEqual(close([8, 23], 14))
  })
  test('RMS norm of 3, 4 (root mean square 5 / sqrt 2)', () => {
    const y = rmsNorm(tensor([3, 4], f64), 2, { weight: tensor([1, 2], f64), eps: 0 })
    expect(Array.from(y.toArray())).toEqual(close([(3 * Math.SQRT2) / 5, (8 * Math.SQRT2) / 5], 14))
  })
})

describe('laws', () => {
  for (const dtype of ['f32', 'f64'] as const)
    for (const shape of [[3, 1], [2, 3], [5, 4], [4, 5], [2, 3, 8], [3, 17], [1, 64], [0, 4]]) // biome-ignore format: one line
      test(`${dtype}[${shape}]: mean 0 and mean square 1; shift and scale of the input change nothing`, () => {
        const x = randn(shape, { dtype, generator: new Generator(shape.length + shape[1]!) })
        const size = shape.at(-1)!
        const eps = dtype === 'f32' ? 1e-4 : 1e-12
        const y = layerNorm(x, size, { eps: 0 })
        if (size > 1 && x.size > 0) {
          expect(largest(mean(y, { axis: -1 }))).toBeLessThan(eps)
          expect(largest(mean(y.square(), { axis: -1 }).sub(1))).toBeLessThan(eps)
          expect(largest(layerNorm(x.mul(3).add(5), size, { eps: 0 }).sub(y))).toBeLessThan(20 * eps)
          expect(largest(mean(rmsNorm(x, size, { eps: 0 }).square(), { axis: -1 }).sub(1))).toBeLessThan(eps)
          expect(largest(rmsNorm(x.mul(-7), size, { eps: 0 }).add(rmsNorm(x, size, { eps: 0 })))).toBeLessThan(eps)
        }
        expect(y.shape).toEqual(shape)
      })

  test('several axes are as one', () => {
    const x = randn([2, 3, 4], f64)
    const [w, b] = [randn([3, 4], f64), randn([3, 4], f64)]
    const flat = layerNorm(x.reshape([2, 12]), 12, { weight: w.reshape([12]), bias: b.reshape([12]) })
    expect(largest(layerNorm(x, [3, 4], { weight: w, bias: b }).reshape([2, 12]).sub(flat))).toBe(0)
  })

  test('a strided view is as its copy', () => {
    const x = randn([5, 7], f64).transpose()
    expect(largest(layerNorm(x, 5).sub(layerNorm(x.clone(), 5)))).toBe(0)
  })
})

describe('scales and special values', () => {
  test('f32 far from zero: 1e4 + small deviations, as in f64', () => {
    const x = randn([4, 33], { generator: new Generator(1) }).add(1e4)
    const [y, exact] = [layerNorm(x, 33), layerNorm(x.to('f64'), 33)]
    expect(largest(y.to('f64').sub(exact))).toBeLessThan(1e-6)
    x.requiresGrad = true
    const wide = x.detach().to('f64')
    wide.requiresGrad = true
    const weight = randn([4, 33], { generator: new Generator(2) })
    backward(sum(layerNorm(x, 33).mul(weight)))
    backward(sum(layerNorm(wide, 33).mul(weight.to('f64'))))
    expect(largest(x.grad!.to('f64').sub(wide.grad!))).toBeLessThan(1e-6)
  })
  test('f32 whose squares overflow', () => {
    expect(Array.from(layerNorm(tensor([-1e30, 1e30]), 2).toArray())).toEqual(close([-1, 1], 6))
    expect(Array.from(rmsNorm(tensor([3e30, 4e30]), 2).toArray())).toEqual(close([0.8485281, 1.1313708], 6))
  })
  test('rows that are constant give the bias, and finite gradients', () => {
    const layer = new LayerNorm(3, f64)
    noGrad(() => layer.bias!.copy_(tensor([1, 2, 3], f64)))
    const x = tensor([[7, 7, 7], [0, 0, 0]], f64) // biome-ignore format: one line
    x.requiresGrad = true
    const y = layer.forward(x)
    expect(Array.from(y.toArray())).toEqual([1, 2, 3, 1, 2, 3])
    backward(sum(y.square()))
    expect(Array.from(x.grad!.toArray()).every(Number.isFinite)).toBe(true)
  })
  test('NaN and infinity stay in their rows', () => {
    const y = layerNorm(tensor([[1, NaN], [1, Infinity], [1, 3]], f64), 2, { eps: 0 }) // biome-ignore format: one line
    expect(Array.from(y.toArray())).toEqual([NaN, NaN, NaN, NaN, ...close([-1, 1], 14)])
  })
})

describe('gradients', () => {
  for (const size of [1, 2, 5])
    for (const isRms of [false, true])
      test(`${isRms ? 'RMS' : 'layer'} norm over ${size}: by differences, also second ones`, () => {
        const generator = new Generator(size)
        const inputs = [[3, size], [size], [size]].map((shape) => randn(shape, { ...f64, generator }))
        for (const one of inputs) one.requiresGrad = true
        const fn = (x: Tensor, weight: Tensor, bias: Tensor): Tensor =>
          isRms ? rmsNorm(x, size, { weight, eps: 0.1 }) : layerNorm(x, size, { weight, bias, eps: 0.1 })
        expect(gradcheck(fn as never, inputs.slice(0, isRms ? 2 : 3))).toBe(true)
        expect(gradgradcheck(fn as never, inputs.slice(0, isRms ? 2 : 3))).toBe(true)
      })

  for (const shape of [
    [1, 4],
    [3, 8],
    [4, 16],
    [5, 1028],
    [9, 12],
    [6, 7],
    [2, 3000],
    [0, 8],
  ] as const)
    for (const isRms of [false, true])
      test(`${isRms ? 'RMS' : 'layer'} norm of f32[${shape}]: value and gradients as in f64`, () => {
        const generator = new Generator(shape[0] * 10_000 + shape[1])
        const [x, weight, bias, g] = [shape, [shape[1]], [shape[1]], shape].map((one) => randn(one, { ...f64, generator }).to('f32')) as [Tensor, Tensor, Tensor, Tensor] // biome-ignore format: one line
        const results = (['f32', 'f64'] as const).map((dtype) => {
          const [a, w, b] = [x, weight, bias].map((one) => one.to(dtype).clone()) as [Tensor, Tensor, Tensor]
          const inputs = isRms ? [a, w] : [a, w, b]
          for (const one of inputs) one.requiresGrad = true
          const y = isRms ? rmsNorm(a, shape[1], { weight: w }) : layerNorm(a, shape[1], { weight: w, bias: b })
          backward(sum(y.mul(g.to(dtype))))
          return [y, ...inputs.map((one) => one.grad!)].map((one) => one.detach().to('f64'))
        })
        for (const [i, one] of results[0]!.entries())
          if (one.size > 0)
            expect(largest(one.sub(results[1]![i]!)) / (1 + largest(one)), `result ${i}`).toBeLessThan(3e-6)
      })

  test('no tensor is left behind', () => {
    const [layer, rms] = [new LayerNorm([2, 3]), new RMSNorm(3)]
    const x = randn([4, 2, 3])
    const step = (): void =>
      scope(() => {
        backward(sum(rms.forward(layer.forward(x)).square()))
        for (const p of [...layer.parameters(), ...rms.parameters()]) p.zeroGrad()
      })
    step()
    const before = memory().tensors
    step()
    expect(memory().tensors).toBe(before)
  })
})

describe('messages', () => {
  const cases: Record<string, [() => unknown, string]> = {
    shape: [() => new LayerNorm(4).forward(zeros([2, 3])), 'LayerNorm: input f32[2, 3]; expected f32 or f64 whose last sizes are [4].'], // biome-ignore format: one line
    'dtype of the weight': [() => new LayerNorm(3).forward(zeros([2, 3], f64)), 'LayerNorm: weight f32[3]; expected f64[3].'], // biome-ignore format: one line
    size: [() => new RMSNorm(0), 'RMSNorm: normalizedShape = 0; expected a whole number of at least 1, or a list of them.'], // biome-ignore format: one line
    eps: [() => new LayerNorm(3, { eps: -1 }), 'LayerNorm: eps = -1; expected a number from 0 on.'],
  }
  for (const [name, [wrong, message]] of Object.entries(cases))
    test(name, () => expect(wrong).toThrow(new UsageError(message)))
})
