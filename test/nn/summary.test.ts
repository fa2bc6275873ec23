/** The table of a model, its counts by hand; models loaded in part, under other names, frozen, converted. */
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/core/index.js'
import {
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Embedding,
  Flatten,
  Linear,
  LSTM,
  MaxPool2d,
  Module,
  MultiheadAttention,
  orthogonal,
  parameter,
  ReLU,
  Sequential,
  summary,
} from '../../src/nn/index.node.js'
import { memory, randn, type Tensor, tensor, zeros } from '../../src/tensor/index.node.js'
import { flat } from '../linalg/support.js'

const cnn = (): Sequential =>
  new Sequential(
    new Conv2d(1, 16, 3, { padding: 1 }),
    new ReLU(),
    new MaxPool2d(2),
    new Sequential(new Conv2d(16, 32, 3, { padding: 1, groups: 4 }), new BatchNorm2d(32)),
    new Flatten(),
    new Linear(32 * 14 * 14, 10),
  )

describe('summary', () => {
  test('a small network, counted by hand', () => {
    const net = cnn()
    net.freeze('0.*')
    const before = memory().tensors
    const all = summary(net, [2, 1, 28, 28])
    expect(memory().tensors).toBe(before)
    expect(net.training).toBe(true)
    expect(all.parameters).toBe(160 + (32 * 4 * 9 + 32) + 64 + 62730)
    expect(all.trainable).toBe(all.parameters - 160)
    // Batch of two: places times weights.
    expect(all.multiplyAdds).toBe(2 * (28 * 28 * 144 + 14 * 14 * 32 * 4 * 9 + 62720))
    expect(all.bytes).toBe(4 * (all.parameters + 65))
    expect(String(all)).toBe(
      [
        'Layer              Output           Parameters  Multiply-adds',
        '-------------------------------------------------------------',
        'Sequential         [2, 10]',
        '  0 Conv2d         [2, 16, 28, 28]         160        225,792',
        '  1 ReLU           [2, 16, 28, 28]',
        '  2 MaxPool2d      [2, 16, 14, 14]',
        '  3 Sequential     [2, 32, 14, 14]',
        '    0 Conv2d       [2, 32, 14, 14]       1,184        451,584',
        '    1 BatchNorm2d  [2, 32, 14, 14]          64',
        '  4 Flatten        [2, 6272]',
        '  5 Linear         [2, 10]              62,730        125,440',
        '-------------------------------------------------------------',
        '64,138 parameters, of which 160 frozen; 257 KB; 802,816 multiply-adds',
      ].join('\n'),
    )
  })
  test('rules of the other layers', () => {
    const count = (model: object, ...input: Tensor[]): number => summary(model, input).multiplyAdds
    expect(count(new LSTM(3, 5), zeros([7, 2, 3]))).toBe(14 * 20 * (3 + 5))
    expect(count(new ConvTranspose2d(3, 5, 2, { stride: 2 }), zeros([2, 3, 4, 4]))).toBe(2 * 16 * 3 * 5 * 4)
    const x = zeros([6, 2, 8])
    expect(count(new MultiheadAttention(8, 2), x, x, x)).toBe(12 * 4 * 64 + 2 * 2 * 36 * 8)
    expect(summary(new Embedding(9, 4), [2, 5]).layers[0]).toMatchObject({ outputShapes: [[2, 5, 4]], multiplyAdds: 0 })
  })
  test('what parametrizations hold counts for their layer', () => {
    const all = summary(new Sequential(orthogonal(new Linear(4, 4))), [1, 4])
    expect(all.layers.map(({ name, parameters, multiplyAdds }) => [name, parameters, multiplyAdds])).toEqual([
      ['', 0, 0],
      ['0', 20, 16],
    ])
  })
  test('a layer used twice counts its parameters once and its work twice; an unknown one is a question mark', () => {
    class Net extends Module {
      readonly shared = new Linear(4, 4)
      readonly own = parameter(randn([4, 4]))
      forward(x: Tensor): Tensor {
        return this.shared.forward(this.shared.forward(x)).matmul(this.own)
      }
    }
    const all = summary(new Net(), [3, 4])
    expect(all.parameters).toBe(36)
    expect(all.layers[1]).toMatchObject({ name: 'shared', multiplyAdds: 96 })
    expect(String(all)).toContain('?')
    class Counted extends Net {
      multiplyAdds(): number {
        return 48
      }
    }
    expect(summary(new Counted(), [3, 4]).multiplyAdds).toBe(144)
  })
  test('an input that does not fit is told as the layer tells it, and nothing stays behind', () => {
    const net = cnn().train()
    expect(() => summary(net, [1, 2, 28, 28])).toThrow(UsageError)
    expect(net.training).toBe(true)
    expect(Object.hasOwn(net, 'forward')).toBe(false)
  })
})

describe('transfer', () => {
  test('the body of one network under other names into another, its head left as it is, then frozen', () => {
    const [from, to] = [cnn(), cnn()]
    const head = flat(to.stateDict().get('5.weight')!)
    const dict = new Map([...from.stateDict()].map(([name, x]) => [`module.${name}`, x]))
    const report = to.loadStateDict(dict, {
      strict: false,
      map: (name) => name.replace('module.', ''),
      only: ['0.*', '3.**'],
    })
    expect(report.missing).toEqual([])
    expect(report.unexpected).toEqual([])
    expect(report.loaded.length).toBe(2 + 7)
    expect(flat(to.stateDict().get('3.0.weight')!)).toEqual(flat(from.stateDict().get('3.0.weight')!))
    expect(flat(to.stateDict().get('5.weight')!)).toEqual(head)
    expect(to.freeze('0.*', '3.**')).toBe(6)
    expect([...to.parameters()].filter((x) => x.requiresGrad).length).toBe(2)
    to.forward(randn([2, 1, 28, 28]))
      .sum()
      .backward()
    expect(to.stateDict().get('0.weight')!.grad).toBeNull()
    expect(to.unfreeze()).toBe(6)
  })
  test('strict says what is missing, left over, or of another shape, and writes nothing', () => {
    const net = new Sequential(new Linear(2, 3))
    const before = flat(net.stateDict().get('0.weight')!)
    const dict = new Map([['0.weight', zeros([3, 2])], ['0.bais', zeros([3])]]) // biome-ignore format: one line
    expect(() => net.loadStateDict(dict)).toThrow(
      new UsageError("loadStateDict: 1 tensor of the model not there ('0.bias'); 1 tensor that the model does not have ('0.bais'). '0.bais' may be '0.bias': try map. Try { strict: false } to load what matches."), // biome-ignore format: one line
    )
    expect(() => net.loadStateDict(new Map([['0.weight', zeros([2, 3])]]))).toThrow(/^loadStateDict: '0.weight' is f32\[2, 3\], the model's is f32\[3, 2\]/) // biome-ignore format: one line
    expect(flat(net.stateDict().get('0.weight')!)).toEqual(before)
    const report = net.loadStateDict(dict, { strict: false, map: { '0.bais': '0.bias' } })
    expect(report).toEqual({ loaded: ['0.weight', '0.bias'], missing: [], unexpected: [], mismatched: [] })
  })
  test('a glob that matches nothing is a mistake', () => {
    expect(() => cnn().freeze('conv*')).toThrow(/^freeze: 'conv\*' matches none of the 8 parameters/)
  })
  test('to another dtype: values, roles and frozen parameters stay; shared tensors stay shared', () => {
    const net = cnn()
    net.freeze('0.weight')
    const before = flat(net.stateDict().get('5.weight')!)
    const tensors = memory().tensors
    net.to('f64')
    expect(memory().tensors).toBe(tensors)
    expect([...net.stateDict()].map(([name, x]) => `${name} ${x.dtype}`)).toContain('3.1.running_mean f64')
    expect(net.stateDict().get('3.1.num_batches_tracked')!.dtype).toBe('i32')
    expect(flat(net.stateDict().get('5.weight')!)).toEqual(before)
    expect(net.stateDict().get('0.weight')!.requiresGrad).toBe(false)
    expect(net.forward(randn([2, 1, 28, 28], { dtype: 'f64' })).dtype).toBe('f64')
    class Tied extends Module {
      readonly a = parameter(tensor([1, 2]))
      readonly b = this.a
      forward(x: Tensor): Tensor {
        return x.mul(this.a).add(this.b)
      }
    }
    const tied = new Tied().to('f64')
    expect(tied.a).toBe(tied.b)
    expect([...tied.parameters()].length).toBe(1)
  })
})
