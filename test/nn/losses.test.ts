/** Losses: by hand, laws, gradients of gradients, logits of any size, and what is said of wrong input. */
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/core/index.js'
import {
  BCEWithLogitsLoss,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  CrossEntropyLoss,
  cosineEmbeddingLoss,
  crossEntropy,
  giouLoss,
  hingeEmbeddingLoss,
  hingeLoss,
  huberLoss,
  iouLoss,
  klDiv,
  l1Loss,
  mseLoss,
  multiMarginLoss,
  NormLoss,
  nllLoss,
  normLoss,
  poissonNLLLoss,
  residual,
  smoothL1Loss,
  tripletMarginLoss,
} from '../../src/nn/index.node.js'
import { elasticNet, frobenius, group, l1, l2, linf, nuclear, spectral } from '../../src/norms/index.js'
import {
  eye,
  gradcheck,
  gradgradcheck,
  logSoftmax,
  memory,
  scope,
  softmax,
  type Tensor,
  tensor,
  zeros,
} from '../../src/tensor/index.node.js'
import { normals } from '../linalg/support.js'

const i32 = (...values: number[]): Tensor => tensor(values, { dtype: 'i32' })
const f64 = (values: number[] | number[][]): Tensor => tensor(values, { dtype: 'f64' })

describe('by hand', () => {
  test('two rows of logits, both right by 2: log(1 + exp(-2))', () => {
    const loss = crossEntropy(f64([[2, 0], [0, 2]]), i32(0, 1)).item() // biome-ignore format: rows
    expect(loss).toBeCloseTo(Math.log1p(Math.exp(-2)), 15)
  })
  test('hinge: 0 beyond the margin, 1.5 on the wrong side, halved', () => {
    expect(hingeLoss(f64([2, 0.5]), i32(1, -1)).item()).toBe(0.75)
    expect(hingeLoss(f64([2, 0.5]), i32(1, -1), { squared: true, reduction: 'sum' }).item()).toBe(2.25)
  })
  test('norms of a residual: of I, spectral 1, nuclear 3, Frobenius √3, relative 1', () => {
    const [x, y] = [zeros([3, 3], { dtype: 'f64' }), eye(3, { dtype: 'f64' })]
    expect(normLoss(spectral)(x, y).item()).toBeCloseTo(1, 14)
    expect(normLoss(nuclear)(x, y).item()).toBeCloseTo(3, 14)
    expect(normLoss(frobenius, { squared: true })(x, y).item()).toBeCloseTo(3, 14)
    expect(new NormLoss(l1, { relative: true }).forward(x, y).item()).toBe(1)
    expect(residual(x, y)).toEqual({ absolute: Math.sqrt(3), relative: 1 })
    expect(residual(x, x)).toEqual({ absolute: 0, relative: 0 })
    expect(residual(y, x).relative).toBe(Infinity)
  })
  test('boxes: half of one is covered; those that do not meet have no IoU gradient, but a GIoU one', () => {
    expect(iouLoss(f64([[0, 0, 2, 2]]), f64([[0, 0, 2, 1]])).item()).toBeCloseTo(0.5, 6)
    const [a, b] = [f64([[0, 0, 1, 1]]), f64([[2, 0, 3, 1]])]
    a.requiresGrad = true
    iouLoss(a, b).backward()
    expect([...a.grad!.toArray()]).toEqual([0, 0, 0, 0])
    a.zeroGrad()
    giouLoss(a, b).backward()
    expect(Math.abs(a.grad!.toArray()[2]!)).toBeGreaterThan(0.1)
  })
})

describe('laws', () => {
  const x = normals([5, 4], 1)
  const labels = i32(3, 0, 1, 1, 2)
  test('cross-entropy of labels is that of one-hot probabilities, and nll of logSoftmax', () => {
    for (const labelSmoothing of [0, 0.2]) {
      const hot = eye(4, { dtype: 'f64' }).indexSelect(labels)
      const a = crossEntropy(x, labels, { labelSmoothing }).item()
      expect(crossEntropy(x, hot, { labelSmoothing }).item()).toBeCloseTo(a, 14)
    }
    expect(nllLoss(logSoftmax(x), labels).item()).toBeCloseTo(crossEntropy(x, labels).item(), 14)
  })
  test('a constant added to logits changes nothing', () => {
    expect(crossEntropy(x.add(1e4), labels).item()).toBeCloseTo(crossEntropy(x, labels).item(), 11)
  })
  test('rows of the gradient add up to 0, but for those that are ignored, which are 0', () => {
    const logits = normals([5, 4], 2, { requiresGrad: true })
    crossEntropy(logits, labels, { ignoreIndex: 1, weight: f64([1, 2, 3, 4]) }).backward()
    const rows = logits.grad!.toNested() as number[][]
    for (const row of rows) expect(row.reduce((a, b) => a + b)).toBeCloseTo(0, 15)
    expect(rows[2]).toEqual([0, 0, 0, 0])
  })
  test('the divergence of a distribution from itself is 0, also with zeros', () => {
    expect(klDiv(f64([Math.log(0.5), Math.log(0.5), -1000]), f64([0.5, 0.5, 0])).item()).toBeCloseTo(0, 15)
  })
  test('mean is sum over count, and none are the parts', () => {
    const y = normals([5, 4], 3)
    for (const loss of [mseLoss, l1Loss, huberLoss, smoothL1Loss, hingeLoss, hingeEmbeddingLoss]) {
      const sum = loss(x, y, { reduction: 'sum' }).item()
      expect(loss(x, y).item()).toBeCloseTo(sum / 20, 13)
      expect(loss(x, y, { reduction: 'none' }).sum().item()).toBeCloseTo(sum, 12)
    }
  })
  test('one pass over the elements gives what they give one by one, with their gradients, around lanes', () => {
    for (const dtype of ['f32', 'f64'] as const)
      for (const n of [1, 2, 3, 4, 5, 8, 17])
        for (const loss of [mseLoss, l1Loss, huberLoss, binaryCrossEntropyWithLogits]) {
          const [x, y] = [normals([n], 4, { dtype }), normals([n], 5, { dtype })]
          const at = (reduction: 'sum' | 'none'): number[] => {
            const [a, b] = [x.clone(), y.clone()]
            a.requiresGrad = true
            b.requiresGrad = true
            const total = loss(a, b, { reduction }).sum()
            total.backward()
            return [total.item(), ...a.grad!.toArray(), ...b.grad!.toArray()]
          }
          const [one, each] = [at('sum'), at('none')]
          const eps = dtype === 'f32' ? 3e-7 : 1e-15
          for (const [i, value] of each.entries()) expect(Math.abs(one[i]! - value)).toBeLessThan(eps * n * (1 + Math.abs(value))) // biome-ignore format: one line
        }
  })
  test('a class of weight 0 counts for nothing, at a probability of 0 neither', () => {
    const logits = f64([[0, -Infinity], [0, 1]]) // biome-ignore format: rows
    const loss = crossEntropy(logits, i32(1, 0), { weight: f64([1, 0]) }).item()
    expect(loss).toBeCloseTo(Math.log1p(Math.E), 14)
  })
})

describe('logits of ±1e4 and beyond', () => {
  const sizes = [1e4, 1e30]
  test.each(['f32', 'f64'] as const)('%s: losses and gradients are exact', (dtype) => {
    for (const size of sizes) {
      const x = tensor([[size, -size], [size, -size]], { dtype, requiresGrad: true }) // biome-ignore format: rows
      const losses = crossEntropy(x, i32(0, 1), { reduction: 'none' })
      expect([...losses.toArray()]).toEqual([0, Math.fround(2 * size)].map((one) => (dtype === 'f64' && one > 0 ? 2 * size : one))) // biome-ignore format: one line
      losses.sum().backward()
      expect([...x.grad!.toArray()]).toEqual([0, 0, 1, -1])
      const z = tensor([size, -size, 0], { dtype, requiresGrad: true })
      const binary = binaryCrossEntropyWithLogits(z, tensor([0, 0, 1]), { reduction: 'none' })
      expect([...binary.toArray()].map((one) => one / Math.fround(size))[0]).toBeCloseTo(1, 6)
      expect([...binary.toArray()].slice(1)).toEqual([0, dtype === 'f32' ? Math.fround(Math.LN2) : Math.LN2])
      binary.sum().backward()
      expect([...z.grad!.toArray()]).toEqual([1, 0, -0.5])
    }
  })
  test('NaN in the input is NaN in the loss', () => {
    expect(crossEntropy(f64([[NaN, 0]]), i32(0)).item()).toBeNaN()
    expect(huberLoss(f64([NaN]), f64([0])).item()).toBeNaN()
    expect(binaryCrossEntropyWithLogits(f64([NaN]), f64([0])).item()).toBeNaN()
  })
  test('huge differences do not spoil the gradient of Huber', () => {
    const x = tensor([1e300, -1e300], { dtype: 'f64', requiresGrad: true })
    huberLoss(x, f64([0, 0]), { reduction: 'sum' }).backward()
    expect([...x.grad!.toArray()]).toEqual([1, -1])
  })
})

/** Losses at points where they are smooth. */
const chances = softmax(normals([3, 4], 7)).detach()
const signs = tensor([[1, -1, 1, -1], [-1, 1, 1, 1], [1, 1, -1, -1]], { dtype: 'f64' }) // biome-ignore format: rows
const labels = i32(2, 0, 3)
const weight = f64([1, 2, 0.5, 3])
const smooth: Record<string, readonly [(a: Tensor, b: Tensor) => Tensor, Tensor, Tensor | null]> = {
  mse: [mseLoss, normals([3, 4], 1), normals([3, 4], 2)],
  l1: [l1Loss, normals([3, 4], 1), normals([3, 4], 2)],
  huber: [(a, b) => huberLoss(a, b, { delta: 0.6 }), normals([3, 4], 1), normals([3, 4], 2)],
  smoothL1: [(a, b) => smoothL1Loss(a, b, { beta: 0.6, reduction: 'none' }), normals([3, 4], 1), normals([3, 4], 2)],
  poisson: [poissonNLLLoss, normals([3, 4], 1), chances],
  'poisson, full': [(a, b) => poissonNLLLoss(a, b, { logInput: false, full: true }), chances, chances.mul(9).add(0.3)],
  binary: [binaryCrossEntropy, chances, softmax(normals([3, 4], 8)).detach()],
  'binary logits': [(a, b) => binaryCrossEntropyWithLogits(a, b, { posWeight: weight, weight }), normals([3, 4], 1), chances], // biome-ignore format: one line
  kl: [(a, b) => klDiv(a, b, { reduction: 'batchmean' }), normals([3, 4], 1), chances],
  'kl of logarithms': [(a, b) => klDiv(a, b, { logTarget: true }), normals([3, 4], 1), normals([3, 4], 2)],
  hinge: [(a) => hingeLoss(a, signs, { squared: true }), normals([3, 4], 4), null],
  'hinge embedding': [(a) => hingeEmbeddingLoss(a, signs), normals([3, 4], 4), null],
  'cross-entropy': [(a) => crossEntropy(a, labels), normals([3, 4], 1), null],
  'cross-entropy with all': [(a) => crossEntropy(a, labels, { weight, labelSmoothing: 0.1, ignoreIndex: 0, reduction: 'none' }), normals([3, 4], 1), null], // biome-ignore format: one line
  'cross-entropy of pictures': [(a) => crossEntropy(a, tensor([[1, 0, 1]], { dtype: 'i32' })), normals([1, 2, 3], 1), null], // biome-ignore format: one line
  'cross-entropy of probabilities': [(a, b) => crossEntropy(a, b, { weight, labelSmoothing: 0.1 }), normals([3, 4], 1), chances], // biome-ignore format: one line
  nll: [(a) => nllLoss(a, labels, { weight }), normals([3, 4], 1), null],
  'multi-margin': [(a) => multiMarginLoss(a, labels, { p: 2, weight }), normals([3, 4], 1), null],
  cosine: [(a, b) => cosineEmbeddingLoss(a, b, i32(1, -1, 1), { margin: -0.9 }), normals([3, 4], 1), normals([3, 4], 2)], // biome-ignore format: one line
  triplet: [(a, b) => tripletMarginLoss(a, b, normals([3, 4], 3), { margin: 5, p: 3 }), normals([3, 4], 1), normals([3, 4], 2)], // biome-ignore format: one line
  giou: [giouLoss, f64([[0, 0, 2, 2.1]]), f64([[1, 0.5, 3, 2]])],
  'norm l2': [normLoss(l2), normals([3, 4], 1), normals([3, 4], 2)],
  'norm spectral': [normLoss(spectral, { squared: true }), normals([3, 4], 1), normals([3, 4], 2)],
  'norm group': [normLoss(group(l2, l1)), normals([3, 4], 1), normals([3, 4], 2)],
}

describe('gradients, and gradients of gradients', () => {
  test.each(Object.entries(smooth))('%s', (_, [loss, x, y]) => {
    scope(() => {
      const inputs = (y === null ? [x] : [x, y]).map((one) => {
        const copy = one.detach().clone()
        copy.requiresGrad = true
        return copy
      })
      const fn = (...all: Tensor[]): Tensor => loss(all[0]!, all[1] ?? all[0]!)
      expect(gradcheck(fn, inputs)).toBe(true)
      expect(gradgradcheck(fn, inputs)).toBe(true)
    })
  })
  test('a wrong gradient is found', () => {
    const x = normals([3], 1, { requiresGrad: true })
    expect(() => gradcheck((a) => mseLoss(a, a.detach().mul(2)), [x])).toThrow(/^gradcheck: output 0/)
  })
  test('relative norms take the target for a constant', () => {
    const [x, y] = [normals([3], 1, { requiresGrad: true }), normals([3], 2)]
    expect(gradcheck((a) => normLoss(linf, { relative: true })(a, y), [x])).toBe(true)
    expect(gradcheck((a) => normLoss(elasticNet({ l1: 1, l2: 1 }))(a, y), [x])).toBe(true)
  })
})

describe('modules', () => {
  test('class weights are buffers with PyTorch’s names, copied', () => {
    const given = tensor([1, 2])
    const loss = new BCEWithLogitsLoss({ weight: given, posWeight: given })
    expect([...loss.stateDict().keys()]).toEqual(['weight', 'pos_weight'])
    expect([...new CrossEntropyLoss({ weight: given }).stateDict().keys()]).toEqual(['weight'])
    loss.dispose()
    expect(given.isDisposed).toBe(false)
    const wide = new BCEWithLogitsLoss({ posWeight: given }).to('f64')
    expect(wide.posWeight!.dtype).toBe('f64')
  })
  test('a step leaves no tensor behind', () => {
    const [x, loss] = [normals([8, 3], 1, { requiresGrad: true }), new CrossEntropyLoss({ labelSmoothing: 0.1 })]
    const step = (): void => {
      scope(() => loss.forward(x, i32(0, 1, 2, 0, 1, 2, 0, 1)).backward())
      x.zeroGrad()
    }
    step()
    const before = memory().tensors
    for (let i = 0; i < 10; i++) step()
    expect(memory().tensors).toBe(before)
  })
})

describe('what is said of wrong input', () => {
  const logits = zeros([2, 3])
  test.each<[string, () => unknown, string]>([
    ['a label too large', () => crossEntropy(logits, i32(0, 3)), 'crossEntropy: label 3 at [1]; expected 0 to 2, or -100 for what does not count.'],
    ['a negative label', () => nllLoss(logits, i32(-1, 3)), 'nllLoss: label -1 at [0]; expected 0 to 2, or -100 for what does not count.'],
    ['a label in a picture', () => crossEntropy(zeros([1, 2, 2, 2]), tensor([[[0, 1], [7, 0]]], { dtype: 'i32' })), 'crossEntropy: label 7 at [0, 1, 0]; expected 0 to 1, or -100 for what does not count.'],
    ['labels that are floats', () => crossEntropy(logits, zeros([2])), "crossEntropy: target f32[2]; expected labels of i32. Try to('i32')."],
    ['another number of labels', () => crossEntropy(logits, i32(0)), 'crossEntropy: input f32[2, 3] and target i32[1]; expected labels i32[2].'],
    ['weights of another dtype', () => crossEntropy(logits, i32(0, 1), { weight: f64([1, 2, 3]) }), "crossEntropy: weight f64[3] with input f32[2, 3]; expected one dtype. Try weight.to('f32')."],
    ['shapes that would broadcast', () => mseLoss(zeros([4, 1]), zeros([4])), 'mseLoss: input f32[4, 1] and target f32[4]; expected one shape. Try reshape().'],
    ['another word', () => mseLoss(logits, logits, { reduction: 'avg' as never }), "mseLoss: reduction \"avg\"; expected 'mean', 'sum' or 'none'."],
    ['an unknown option', () => mseLoss(logits, logits, { reduce: true } as never), 'mseLoss: option "reduce" is not known; expected reduction.'],
    ['logits as probabilities', () => binaryCrossEntropy(tensor([0.5, 1.5]), tensor([0, 1])), 'binaryCrossEntropy: input 1.5 at position 1; expected probabilities, 0 to 1. Try binaryCrossEntropyWithLogits().'],
    ['no norm', () => normLoss(undefined as never), 'normLoss: got undefined; expected a norm. Try l1, or parseNorm().'],
    ['boxes of three', () => iouLoss(logits, logits), 'iouLoss: input f32[2, 3] and target f32[2, 3]; expected boxes [.., 4] in one shape.'],
  ])('%s', (_, run, message) => expect(run).toThrow(new UsageError(message))) // biome-ignore format: a table
  test('no examples: NaN as a mean, 0 as a sum', () => {
    const [none, nothing] = [zeros([0, 3]), tensor([], { dtype: 'i32', shape: [0] })]
    expect(crossEntropy(none, nothing).item()).toBeNaN()
    expect(crossEntropy(none, nothing, { reduction: 'sum' }).item()).toBe(0)
    expect(mseLoss(none, none).item()).toBeNaN()
  })
})
