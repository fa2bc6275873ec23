import { describe, expect, test } from 'vitest'
import {
  adaptiveMaxPool2d,
  avgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  batchNorm,
  Conv1d,
  Conv2d,
  type ConvOptions,
  ConvTranspose2d,
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  groupNorm,
  InstanceNorm2d,
  interpolate,
  type Module,
  maxPool2d,
} from '../../src/nn/index.node.js'
import {
  type Checked,
  full,
  Generator,
  gradcheck,
  gradgradcheck,
  memory,
  mul,
  randn,
  scope,
  setBackend,
  sum,
  type Tensor,
  tensor,
} from '../../src/tensor/index.node.js'

const wanting = (shape: number[], seed: number): Tensor => {
  const x = randn(shape, { dtype: 'f64', generator: new Generator(seed) })
  x.requiresGrad = true
  return x
}

describe('conv2d', () => {
  test('by hand: each output is the sum of what the kernel lies on', () => {
    const x = tensor([[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]) // biome-ignore format: an image
    const w = tensor([[[[1, 0], [0, -1]]]]) // biome-ignore format: a kernel
    expect(conv2d(x, w).toNested()).toEqual([[[1 - 5, 2 - 6], [4 - 8, 5 - 9]]]) // biome-ignore format: an image
    // Windows begin at -1 and 1; the kernel's first place is outside above and left.
    expect(conv2d(x, w, tensor([10]), { stride: 2, padding: 1 }).toNested()).toEqual([[[10 - 1, 10 - 3], [10 - 7, 10 + 5 - 9]]]) // biome-ignore format: an image
  })

  test('with one in the middle of the kernel it changes nothing', () => {
    const x = randn([2, 3, 5, 7])
    const w = full([3, 1, 3, 3], 0)
    for (let c = 0; c < 3; c++) w.copy_(w.add(tensor(Float32Array.from({ length: 27 }, (_, i) => (i === c * 9 + 4 ? 1 : 0)), { shape: [3, 1, 3, 3] }))) // biome-ignore format: one line
    expect(conv2d(x, w, null, { padding: 1, groups: 3 }).toArray()).toEqual(x.toArray())
  })
})

interface Sized {
  readonly x: number[]
  readonly w: number[]
  readonly options: ConvOptions
}

/** Random sizes, as many as asked for, of every kind of convolution. */
function sizes(count: number): Sized[] {
  const generator = new Generator(7)
  const draws = Array.from(randn([count * 20], { generator }).toArray(), (one) => Math.floor(Math.abs(one) * 1e4))
  let at = 0
  const pick = (low: number, high: number): number => low + (draws[at++ % draws.length]! % (high - low + 1))
  return Array.from({ length: count }, () => {
    const groups = pick(1, 3)
    const [kh, kw, dh, dw, sh, sw] = [pick(1, 4), pick(1, 4), pick(1, 3), pick(1, 2), pick(1, 3), pick(1, 3)]
    const padding = [pick(0, 3), pick(0, 2)]
    const image = [pick(1, 6) + dh * (kh - 1), pick(1, 9) + dw * (kw - 1)]
    const per = pick(1, 3)
    return {
      x: [pick(1, 4), groups * per, ...image],
      w: [groups * pick(1, 4), per, kh, kw],
      options: { stride: [sh, sw], padding, dilation: [dh, dw], groups },
    }
  })
}

/** The definition, element by element. */
function slow(
  x: Tensor,
  w: Tensor,
  { stride, padding, dilation, groups }: ConvOptions,
  out: readonly number[],
): number[] {
  // biome-ignore format: one line
  const [N, C, H, W] = x.shape as [number, number, number, number]
  const [F, per, kh, kw] = w.shape as [number, number, number, number]
  const [s, p, d] = [stride, padding, dilation] as unknown as [number, number][]
  const [a, b] = [x.toArray(), w.toArray()]
  const y: number[] = []
  for (let n = 0; n < N; n++)
    for (let f = 0; f < F; f++)
      for (let i = 0; i < out[2]!; i++)
        for (let j = 0; j < out[3]!; j++) {
          let total = 0
          for (let c = 0; c < per; c++)
            for (let u = 0; u < kh; u++)
              for (let v = 0; v < kw; v++) {
                const [row, column] = [i * s![0] + u * d![0] - p![0], j * s![1] + v * d![1] - p![1]]
                if (row < 0 || row >= H || column < 0 || column >= W) continue
                const channel = Math.floor(f / (F / groups!)) * per + c
                total += a[((n * C + channel) * H + row) * W + column]! * b[((f * per + c) * kh + u) * kw + v]!
              }
          y.push(total)
        }
  return y
}

describe.each(['system', 'portable'] as const)('laws over random sizes, %s', (backend) => {
  for (const [i, { x: xShape, w: wShape, options }] of sizes(40).entries())
    for (const dtype of ['f64', 'f32'] as const)
      test(`${i} ${dtype}: x [${xShape}], w [${wShape}], ${JSON.stringify(options)}`, async () => {
        await setBackend(backend === 'portable' ? 'portable' : 'auto')
        scope(() => {
          const generator = new Generator(i)
          const [x, w] = [randn(xShape, { dtype, generator }), randn(wShape, { dtype, generator })]
          x.requiresGrad = true
          w.requiresGrad = true
          const y = conv2d(x, w, null, options)
          const expected = slow(x.detach(), w.detach(), options, y.shape)
          const tolerance = dtype === 'f64' ? 1e-12 : 2e-5
          const got = y.toArray()
          for (const [k, value] of expected.entries()) expect(Math.abs(got[k]! - value)).toBeLessThan(tolerance * 10)
          // y is linear in x and in w: <g, y> = <x, dx> = <w, dw>.
          const g = randn([...y.shape], { dtype, generator })
          y.backward(g)
          const product = sum(mul(g, y.detach())).item()
          const scale = tolerance * (1 + Math.abs(product)) * 50
          expect(Math.abs(sum(mul(x.detach(), x.grad!)).item() - product)).toBeLessThan(scale)
          expect(Math.abs(sum(mul(w.detach(), w.grad!)).item() - product)).toBeLessThan(scale)
          x.zeroGrad()
          w.zeroGrad()
        })
        await setBackend('auto')
      })
})

/** 3 by 3 with step 1 in f32 goes by tiles of 4 by 4 where there are enough channels and tiles; f64 never does. */
describe.each(['auto', 'portable'] as const)('tiles, %s', (backend) => {
  test.each([
    [3, 33, 40, 28, 27, 1],
    [2, 40, 32, 30, 33, 0],
    [1, 32, 37, 41, 40, 2],
    [70, 32, 33, 5, 6, 1],
    [200, 8, 9, 2, 3, 1],
  ])(
    '%i images, %i to %i channels, %i by %i, padding %i: as in f64 to 2e-5',
    (batch, channels, filters, height, width, padding) => {
      setBackend(backend)
      const results = (['f32', 'f64'] as const).map((dtype) =>
        scope(() => {
          const generator = new Generator(11)
          const draw = (shape: readonly number[]): Tensor => randn([...shape], { generator }).to(dtype)
          const [x, w] = [draw([batch, channels, height, width]), draw([filters, channels, 3, 3])]
          x.requiresGrad = true
          w.requiresGrad = true
          const y = conv2d(x, w, null, { padding })
          y.backward(draw(y.shape))
          return [y.detach(), x.grad!, w.grad!].map((one) => Array.from(one.toArray()))
        }),
      )
      setBackend('auto')
      for (const [i, exact] of results[1]!.entries()) {
        const largest = exact.reduce((most, one) => Math.max(most, Math.abs(one)), 0)
        const error = exact.reduce((most, one, j) => Math.max(most, Math.abs(one - results[0]![i]![j]!)), 0)
        expect(error / largest).toBeLessThan(2e-5)
      }
    },
  )
})

/** Functions with gradients of gradients, each with shapes of its inputs. */
const checked: readonly (readonly [name: string, fn: Checked, ...shapes: number[][]])[] = [
  ['conv1d', (x, w, b) => conv1d(x!, w!, b!, { padding: 'same' }), [2, 2, 5], [2, 2, 3], [2]],
  ['conv2d', (x, w, b) => conv2d(x!, w!, b!, { stride: 2, padding: 1 }), [2, 2, 3, 4], [3, 2, 2, 3], [3]],
  ['conv2d in groups', (x, w) => conv2d(x!, w!, null, { groups: 2, dilation: 2, padding: 1 }), [1, 4, 3, 4], [2, 2, 2, 2]], // biome-ignore format: one line
  ['conv2d depthwise', (x, w) => conv2d(x!, w!, null, { groups: 2, padding: 1 }), [1, 2, 3, 4], [2, 1, 3, 3]],
  ['conv3d', (x, w) => conv3d(x!, w!), [1, 1, 3, 2, 3], [2, 1, 2, 2, 2]],
  ['convTranspose2d', (x, w, b) => convTranspose2d(x!, w!, b!, { stride: 2, padding: 1, outputPadding: 1 }), [1, 2, 2, 3], [2, 2, 3, 3], [2]], // biome-ignore format: one line
  ['maxPool2d', (x) => mul(maxPool2d(x!, 2, { padding: 1 }), 2).square(), [2, 2, 4, 5]],
  ['avgPool2d', (x) => avgPool2d(x!, 3, { stride: 2, padding: 1 }).square(), [1, 2, 4, 5]],
  ['adaptiveMaxPool2d', (x) => adaptiveMaxPool2d(x!, [2, 3]).square(), [1, 2, 3, 5]],
  ['batchNorm', (x, w, b) => batchNorm(x!, null, null, w!, b!, { training: true }), [3, 2, 3], [2], [2]],
  ['batchNorm, given moments', (x, w, b) => batchNorm(x!, full([2], 0.3, { dtype: 'f64' }), full([2], 2, { dtype: 'f64' }), w!, b!), [3, 2, 2], [2], [2]], // biome-ignore format: one line
  ['groupNorm', (x, w, b) => groupNorm(x!, 2, w!, b!), [2, 4, 3], [4], [4]],
  ['interpolate', (x) => interpolate(x!, { size: [3, 5], mode: 'bilinear' }).square(), [1, 2, 2, 3]],
]

describe('gradients and gradients of gradients', () => {
  for (const [name, fn, ...shapes] of checked)
    test(name, () => {
      const inputs = shapes.map((shape, i) => wanting(shape, i + 1))
      expect(gradcheck(fn, inputs)).toBe(true)
      expect(gradgradcheck(fn, inputs, { atol: 1e-4 })).toBe(true)
    })
})

describe('batch norm', () => {
  test('what it normalizes has mean 0 and variance 1, also far from 0', () => {
    const x = randn([16, 3, 8, 8]).add(5000)
    const y = new BatchNorm2d(3).forward(x)
    for (const c of [0, 1, 2]) {
      const values = Array.from(y.toArray()).filter((_, i) => Math.floor(i / 64) % 3 === c)
      const mean = values.reduce((a, b) => a + b, 0) / values.length
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length
      expect(Math.abs(mean)).toBeLessThan(1e-3)
      expect(Math.abs(variance - 1)).toBeLessThan(1e-3)
    }
  })

  test.each([4, 5, 8, 11])(
    '%i channels of one value in each example are as images of one place, read the other way',
    (channels) => {
      for (const dtype of ['f32', 'f64'] as const) {
        const x = randn([9, channels], { dtype, generator: new Generator(channels) }).add(3)
        const [w, b] = [randn([channels], { dtype }), randn([channels], { dtype })]
        const g = randn([9, channels], { dtype })
        const results = [false, true].map((isSplit) => {
          const leaf = x.clone()
          leaf.requiresGrad = true
          // [9, C] by rows; as [3, C, 3] by planes, with the same values in each channel.
          const given = isSplit ? leaf.reshape([3, 3, channels]).transpose(1, 2) : leaf
          const y = batchNorm(given, null, null, w, b, { training: true })
          y.backward(isSplit ? g.reshape([3, 3, channels]).transpose(1, 2) : g)
          const out = isSplit ? y.transpose(1, 2).reshape([9, channels]) : y
          return [...out.toArray(), ...leaf.grad!.toArray()]
        })
        const tolerance = dtype === 'f32' ? 2e-5 : 1e-12
        for (const [i, one] of results[0]!.entries()) expect(Math.abs(one - results[1]![i]!)).toBeLessThan(tolerance)
      }
    },
  )

  test("names and counts are PyTorch's; a count of 64 bits is loaded", () => {
    const layer = new BatchNorm1d(2)
    const names = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']
    expect([...layer.stateDict().keys()]).toEqual(names)
    layer.forward(randn([4, 2]))
    layer.forward(randn([4, 2]))
    expect(layer.numBatchesTracked!.item()).toBe(2)
    layer.eval().forward(randn([4, 2]))
    expect(layer.numBatchesTracked!.item()).toBe(2)
    layer.loadStateDict(new Map([...layer.stateDict(), ['num_batches_tracked', tensor(7, { dtype: 'i32' })]]))
    expect(layer.numBatchesTracked!.item()).toBe(7)
  })
})

describe('memory', () => {
  const layers: readonly (readonly [Module, number[]])[] = [
    [new Conv2d(2, 3, 3, { padding: 1 }), [20, 2, 5, 6]],
    [new ConvTranspose2d(2, 3, 3, { stride: 2 }), [2, 2, 5, 6]],
    [new Conv1d(2, 4, 3, { groups: 2 }), [2, 2, 9]],
    [new BatchNorm2d(2), [3, 2, 4, 4]],
    [new InstanceNorm2d(2, { affine: true, trackRunningStats: true }), [3, 2, 4, 4]],
  ]
  test.each(layers)('%o leaves nothing behind', (layer, shape) => {
    const step = (): void =>
      scope(() => {
        // A view that does not lie together is copied, and the copy freed.
        const x = randn([...shape.slice(0, -1), shape.at(-1)! + 1]).slice(...shape.slice(0, -1).map(() => [] as never), [1] as never) // biome-ignore format: one line
        layer.forward(x).square().sum().backward()
        layer.zeroGrad()
      })
    step()
    const before = memory().tensors
    step()
    expect(memory().tensors).toBe(before)
  })
})

describe('errors are one clear sentence', () => {
  const x = full([2, 3, 8, 8], 1)
  test.each<[string, () => unknown, string]>([
    ['channels', () => new Conv2d(4, 8, 3).forward(x), 'conv2d: the input [2, 3, 8, 8] has 3 channels; weight f32[8, 4, 3, 3] with 1 group expects 4, as [batch, channels, height, width].'],
    ['rank', () => new Conv2d(3, 8, 3).forward(full([2, 3], 1)), 'conv2d: the input is f32[2, 3]; expected [batch, channels, height, width] or [channels, height, width].'],
    ['type', () => new Conv2d(3, 8, 3).forward(full([2, 3, 8, 8], 1, { dtype: 'f64' })), "conv2d: input f64[2, 3, 8, 8], weight f32[8, 3, 3, 3], bias f32[8]; expected one dtype. Try to('f32')."],
    ['kernel', () => new Conv2d(3, 8, 9).forward(x), 'conv2d: the kernel spans 9 along axis 2 of the input [2, 3, 8, 8], which is 8 long with its padding; expected at most that. Try more padding, or a larger input.'],
    ['groups', () => new Conv2d(3, 8, 3, { groups: 2 }), 'Conv2d: inChannels = 3 with groups = 2; expected a multiple of groups.'],
    ['same', () => new Conv2d(3, 8, 3, { padding: 'same', stride: 2 }).forward(x), "conv2d: padding 'same' with stride 2, 2; expected stride 1. Try numbers."],
    ['stride', () => conv2d(x, full([1, 3, 1, 1], 1), null, { stride: 0 }), 'conv2d: stride = 0; expected a whole number of at least 1, or 2 of them.'],
    ['batch of one', () => new BatchNorm1d(3).forward(full([1, 3], 1)), 'batchNorm: the input f32[1, 3] has one value per channel; expected more while training, whose variance is taken. Try a larger batch, or eval().'],
    ['features', () => new BatchNorm2d(4).forward(x), 'BatchNorm2d: the input is f32[2, 3, 8, 8]; expected [batch, 4, height, width].'],
    ['padding of a pool', () => maxPool2d(x, 2, { padding: 2 }), 'maxPool2d: padding 2 with a kernel of 2; expected at most half of it.'],
    ['pool', () => maxPool2d(x, 9), 'maxPool2d: a window spans 9 along axis 2 of the input, which is 8 long with its padding; expected at most that.'],
    ['option', () => new Conv2d(3, 8, 3, { strides: 2 } as never), 'Conv2d: option "strides" is not known; expected stride, padding, dilation, groups, bias, paddingMode, dtype, generator. Try stride.'],
    ['norm option', () => new BatchNorm2d(3, { epsilon: 2 } as never), 'BatchNorm2d: option "epsilon" is not known; expected eps, momentum, affine, trackRunningStats, dtype, generator.'],
  ])('%s', (_, run, message) => expect(run).toThrow(new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`))) // biome-ignore format: a table
})
