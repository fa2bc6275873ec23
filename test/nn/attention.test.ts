/** Attention and the transformer encoder: by hand, laws, gradients, memory and messages. PyTorch's figures are in attention.oracle.test.ts. */
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/core/index.js'
import {
  causalMask,
  MultiheadAttention,
  positionalEncoding,
  Sequential,
  scaledDotProductAttention,
  TransformerEncoder,
  TransformerEncoderLayer,
} from '../../src/nn/index.node.js'
import {
  backward,
  Generator,
  gradcheck,
  gradgradcheck,
  indexSelect,
  memory,
  ones,
  randn,
  scope,
  slice,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '../../src/tensor/index.node.js'

const f64 = { dtype: 'f64' } as const
const largest = (x: Tensor): number => (x.abs().max() as Tensor).item()
const close = (values: readonly number[], digits = 14): unknown[] => values.map((one) => expect.closeTo(one, digits))
const seeded = (shape: number[], seed: number): Tensor => randn(shape, { ...f64, generator: new Generator(seed) })

describe('scaledDotProductAttention', () => {
  test('by hand: products 0 and 2 over sqrt 4 weigh the values by 1 : e', () => {
    const [q, k, v] = [[[1, 1, 0, 0]], [[0, 0, 1, 0], [1, 1, 0, 0]], [[10], [20]]].map((x) => tensor(x, f64)) // biome-ignore format: one line
    expect(scaledDotProductAttention(q!, k!, v!).item()).toBeCloseTo((10 + 20 * Math.E) / (1 + Math.E), 13)
  })

  test('the order of keys does not matter; equal keys give the mean of values', () => {
    const [q, k, v] = [seeded([2, 3, 4], 1), seeded([2, 5, 4], 2), seeded([2, 5, 3], 3)]
    const order = tensor([3, 0, 4, 1, 2], { dtype: 'i32' })
    const mixed = scaledDotProductAttention(q, indexSelect(k, order, 1), indexSelect(v, order, 1))
    expect(largest(mixed.sub(scaledDotProductAttention(q, k, v)))).toBeLessThan(1e-14)
    const even = scaledDotProductAttention(q, ones([2, 5, 4], f64), v)
    expect(largest(even.sub(v.mean({ axis: 1, keepDims: true })))).toBeLessThan(1e-14)
  })

  test('causal: later keys and values change nothing before, and get no gradient from it', () => {
    const [q, k, v] = [seeded([4, 3], 4), seeded([4, 3], 5), seeded([4, 2], 6)]
    for (const one of [k, v]) one.requiresGrad = true
    const y = scaledDotProductAttention(q, k, v, { isCausal: true })
    backward(sum(slice(y, { stop: 2 })))
    for (const one of [k, v]) expect(slice(one.grad!, { start: 2 }).countNonzero().item()).toBe(0)
    const bools = causalMask(4).eq(0)
    expect(largest(scaledDotProductAttention(q, k, v, { attnMask: bools }).sub(y))).toBe(0)
    expect(largest(scaledDotProductAttention(q, k, v, { attnMask: causalMask(4, 4, 'f64') }).sub(y))).toBe(0)
  })

  test('a query that may look at nothing is NaN, and the others are not', () => {
    const mask = tensor([[1, 1], [0, 0]]).to('bool') // biome-ignore format: one line
    const y = scaledDotProductAttention(seeded([2, 3], 1), seeded([2, 3], 2), seeded([2, 1], 3), { attnMask: mask })
    expect(Array.from(y.toArray(), Number.isNaN)).toEqual([false, true])
  })

  test('products of +-1e4 stay finite, in f32 too', () => {
    const x = randn([5, 8], { generator: new Generator(1) }).mul(100)
    expect(scaledDotProductAttention(x, x, x).toArray().every(Number.isFinite)).toBe(true)
  })

  test('gradients by differences, also second ones and of a mask', () => {
    const inputs = [seeded([2, 2, 3], 1), seeded([2, 3, 3], 2), seeded([2, 3, 2], 3), seeded([2, 3], 4)]
    for (const one of inputs) one.requiresGrad = true
    const fn = (q: Tensor, k: Tensor, v: Tensor, attnMask: Tensor): Tensor => scaledDotProductAttention(q, k, v, { attnMask }) // biome-ignore format: one line
    expect(gradcheck(fn as never, inputs)).toBe(true)
    expect(gradgradcheck(fn as never, inputs)).toBe(true)
  })
})

describe('MultiheadAttention', () => {
  test('weights sum to 1 over what may be looked at', () => {
    const layer = new MultiheadAttention(8, 2, f64)
    const x = seeded([5, 3, 8], 1)
    const keyPaddingMask = tensor([[0, 0, 0, 0, 1], [0, 1, 1, 1, 1], [0, 0, 0, 0, 0]]).to('bool') // biome-ignore format: one line
    const { weights } = layer.forward(x, x, x, { keyPaddingMask })
    expect(largest(sum(weights!, { axis: -1 }).sub(1))).toBeLessThan(1e-14)
    expect(largest(slice(weights!, 1, null, { start: 1 }))).toBe(0)
    expect(layer.forward(x, x, x, { needWeights: false }).weights).toBe(null)
  })

  test('one projection of the same tensor is as three of equal ones', () => {
    const layer = new MultiheadAttention(6, 3, f64)
    const x = seeded([4, 2, 6], 2)
    const [joint, apart] = [layer.forward(x, x, x), layer.forward(x, x.clone(), x.clone())]
    expect(largest(joint.output.sub(apart.output))).toBeLessThan(1e-14)
  })

  test('gradients by differences, also second ones', () => {
    const layer = new MultiheadAttention(4, 2, f64)
    const x = seeded([3, 2, 4], 3)
    x.requiresGrad = true
    const fn = (y: Tensor): Tensor => layer.forward(y, y, y, { isCausal: true }).output
    expect(gradcheck(fn, [x])).toBe(true)
    expect(gradgradcheck(fn, [x])).toBe(true)
  })

  test('initial values: Xavier for projections, biases 0', () => {
    const layer = new MultiheadAttention(16, 4)
    expect([...layer.stateDict().keys()]).toEqual(['in_proj_weight', 'in_proj_bias', 'out_proj.weight', 'out_proj.bias']) // biome-ignore format: one line
    const bound = Math.sqrt(6 / 64)
    expect(largest(layer.in_proj_weight!)).toBeLessThanOrEqual(bound)
    expect(largest(layer.in_proj_weight!)).toBeGreaterThan(0.9 * bound)
    expect(largest(layer.in_proj_bias!) + largest(layer.out_proj.bias!)).toBe(0)
  })
})

describe('TransformerEncoder', () => {
  const made = (options = {}): TransformerEncoderLayer =>
    new TransformerEncoderLayer(6, 2, { dimFeedforward: 8, dropout: 0, dtype: 'f64', ...options })

  test('without attention to later positions, a beginning is what it is alone', () => {
    const encoder = new TransformerEncoder(() => made({ batchFirst: true, activation: 'gelu' }), 2)
    const x = seeded([2, 5, 6], 1)
    const [all, part] = [x, slice(x, null, { stop: 3 })].map((one) => encoder.forward(one, { isCausal: true }))
    expect(largest(slice(all!, null, { stop: 3 }).sub(part!))).toBeLessThan(1e-14)
  })

  test('positions permuted are outputs permuted', () => {
    const layer = made({ normFirst: true })
    const [x, order] = [seeded([4, 2, 6], 2), tensor([2, 0, 3, 1], { dtype: 'i32' })]
    const y = layer.forward(indexSelect(x, order, 0))
    expect(largest(y.sub(indexSelect(layer.forward(x), order, 0)))).toBeLessThan(1e-14)
  })

  test('layers have values of their own, and stand in a Sequential', () => {
    const encoder = new TransformerEncoder(() => made(), 2)
    const dict = encoder.stateDict()
    expect(dict.get('layers.0.linear1.weight')!.sub(dict.get('layers.1.linear1.weight')!).abs().sum().item()).toBeGreaterThan(0) // biome-ignore format: one line
    expect(new Sequential(encoder, made()).forward(seeded([4, 2, 6], 3)).shape).toEqual([4, 2, 6])
  })

  test('dropout in training alone, from the generator that was given', () => {
    const layer = made({ dropout: 0.5, generator: new Generator(1) })
    const x = seeded([4, 2, 6], 4)
    expect(largest(layer.forward(x).sub(layer.forward(x)))).toBeGreaterThan(0)
    layer.eval()
    expect(largest(layer.forward(x).sub(layer.forward(x)))).toBe(0)
  })

  test('gradients by differences, also second ones', () => {
    const layer = made({ activation: 'gelu' })
    const x = seeded([2, 1, 6], 5)
    x.requiresGrad = true
    expect(gradcheck((y) => layer.forward(y), [x])).toBe(true)
    expect(gradgradcheck((y) => layer.forward(y), [x], { atol: 1e-4 })).toBe(true)
  })

  test('no tensor is left behind', () => {
    const encoder = new TransformerEncoder(() => made({ dropout: 0.1 }), 2)
    const x = seeded([4, 2, 6], 6)
    const step = (): void =>
      scope(() => {
        backward(sum(encoder.forward(x, { isCausal: true }).square()))
        encoder.zeroGrad()
      })
    step()
    const before = memory().tensors
    step()
    expect(memory().tensors).toBe(before)
  })
})

describe('positionalEncoding', () => {
  test('by hand', () => {
    const y = positionalEncoding(3, 4, f64)
    const angles = [0, 1, 2].map((p) => [Math.sin(p), Math.cos(p), Math.sin(p / 100), Math.cos(p / 100)])
    expect(Array.from(y.toArray())).toEqual(close(angles.flat()))
  })
  test('the product of two positions depends on their distance alone', () => {
    const x = positionalEncoding(20, 8, f64)
    const products = x.matmul(x.transpose())
    const at = (i: number, j: number): number => slice(products, i, j).item()
    for (const distance of [0, 1, 7]) expect(at(2, 2 + distance)).toBeCloseTo(at(11, 11 + distance), 13)
  })
})

describe('messages', () => {
  const layer = new MultiheadAttention(4, 2, { batchFirst: true })
  const x = zeros([2, 3, 4])
  const cases: Record<string, [() => unknown, string]> = {
    heads: [() => new MultiheadAttention(5, 2), 'MultiheadAttention: embedDim = 5 for 2 heads; expected a multiple of numHeads.'], // biome-ignore format: one line
    sizes: [
      () => layer.forward(x, zeros([2, 5, 4]), zeros([2, 6, 4])),
      'MultiheadAttention: query f32[2, 3, 4], key f32[2, 5, 4], value f32[2, 6, 4]; expected f32[N, L, 4], [N, S, 4] and [N, S, 4], or without N.',
    ],
    mask: [
      () => layer.forward(x, x, x, { attnMask: zeros([2, 3]) }),
      'MultiheadAttention: attnMask f32[2, 3]; expected bool or f32 of shape [3, 3] or [4, 3, 3].',
    ],
    'both masks': [
      () => scaledDotProductAttention(x, x, x, { isCausal: true, attnMask: zeros([3, 3]) }),
      'scaledDotProductAttention: both isCausal and attnMask are given; expected one of them.',
    ],
    'type of the mask': [
      () => scaledDotProductAttention(x, x, x, { attnMask: zeros([3, 3], f64) }),
      'scaledDotProductAttention: attnMask f64[3, 3]; expected bool or f32.',
    ],
    'odd size': [
      () => positionalEncoding(3, 5),
      'positionalEncoding: length 3 and size 5; expected whole numbers, the size even and at least 2.',
    ],
    'no maker': [
      () => new TransformerEncoder(new TransformerEncoderLayer(4, 2) as never, 2),
      'TransformerEncoder: the first argument is no function; expected one that makes a layer. Try () => new TransformerEncoderLayer(...).',
    ],
  }
  for (const [name, [wrong, message]] of Object.entries(cases))
    test(name, () => expect(wrong).toThrow(new UsageError(message)))
})
