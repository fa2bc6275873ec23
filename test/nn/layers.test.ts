/** Containers, activations, dropout, embeddings: laws, messages, and that dropout goes on from a saved state. */
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/core/index.js'
import {
  type AnyModule,
  Dropout,
  dropout,
  Embedding,
  embedding,
  Flatten,
  Identity,
  Linear,
  LowRankLinear,
  Module,
  ModuleDict,
  ModuleList,
  PReLU,
  ReLU,
  Residual,
  Sequential,
  Softplus,
  Unflatten,
} from '../../src/nn/index.node.js'
import {
  Generator,
  gradcheck,
  gradgradcheck,
  manualSeed,
  memory,
  ones,
  scope,
  type Tensor,
  tensor,
  zeros,
} from '../../src/tensor/index.node.js'
import { farthest, flat, normals } from '../linalg/support.js'

const places = tensor([[1, 3, 1], [0, 2, 3]], { dtype: 'i32' }) // biome-ignore format: rows

describe('containers', () => {
  class Net extends Module {
    readonly blocks = new ModuleList([new Linear(3, 3), new Linear(3, 3)])
    readonly heads = new ModuleDict({ a: new Linear(3, 1), b: new Linear(3, 2) })
    forward(x: Tensor): Tensor {
      let out = x
      for (const block of this.blocks) out = block.forward(out).relu()
      return this.heads.get('b')!.forward(out)
    }
  }
  test('names are those of PyTorch, and a list grows', () => {
    const net = new Net()
    net.blocks.append(new Linear(3, 3, { bias: false }))
    expect([...net.stateDict().keys()].filter((name) => name.endsWith('weight'))).toEqual([
      'blocks.0.weight',
      'blocks.1.weight',
      'blocks.2.weight',
      'heads.a.weight',
      'heads.b.weight',
    ])
    expect(net.forward(ones([4, 3])).shape).toEqual([4, 2])
    expect(net.blocks.at(-1)).toBe(net.getSubmodule('blocks.2'))
  })
  test('a residual block adds what goes around', () => {
    const x = normals([2, 3], 1)
    const block = new Residual(new Linear(3, 3, { dtype: 'f64' }))
    expect(farthest(block.forward(x), x.add(block.body.forward(x)))).toBe(0)
    const wide = new Residual(new Linear(3, 5, { dtype: 'f64' }), {
      shortcut: new Linear(3, 5, { dtype: 'f64', bias: false }),
      activation: new ReLU(),
    })
    expect(Math.min(...flat(wide.forward(x)))).toBeGreaterThanOrEqual(0)
    expect([...wide.stateDict().keys()]).toEqual(['body.weight', 'body.bias', 'shortcut.weight'])
    expect(() => new Residual(new Linear(3, 5)).forward(zeros([2, 3]))).toThrow(
      new UsageError('Residual: the body gives f32[2, 5], the way around f32[2, 3]; expected one shape. Try { shortcut: new Linear(..) }.'), // biome-ignore format: one line
    )
  })
  test('modules are found and replaced by path', () => {
    const net = new Sequential(new Linear(3, 4), new Sequential(new ReLU(), new Linear(4, 2)))
    const before = net.setSubmodule('1.1', new Linear(4, 6) as unknown as AnyModule)
    expect(before).toBeInstanceOf(Linear)
    expect(net.forward(ones([1, 3])).shape).toEqual([1, 6])
    expect(net.getSubmodule('')).toBe(net)
    expect(() => net.getSubmodule('1.7')).toThrow(/^getSubmodule: there is no module '1.7'. Did you mean 1/)
  })
  test('what is no module is refused with a hint', () => {
    expect(() => new Sequential(((x: Tensor) => x) as never)).toThrow(
      new UsageError('Sequential: module 0 is function; expected a Module. Try new ReLU() for relu, or a class with forward().'), // biome-ignore format: one line
    )
    expect(() => new ModuleDict({ 'a.b': new Identity() })).toThrow(/^ModuleDict: name 'a.b'/)
    expect(() => (new ModuleList() as unknown as Module).forward(ones([1]))).toThrow(/a list computes nothing/)
  })
})

describe('shapes', () => {
  test('Flatten and Unflatten are inverse', () => {
    const x = normals([2, 3, 4], 2)
    expect(new Flatten().forward(x).shape).toEqual([2, 12])
    expect(farthest(new Unflatten(1, [3, -1]).forward(new Flatten().forward(x)), x)).toBe(0)
    expect(new Flatten(-2).forward(zeros([0, 3, 4])).shape).toEqual([0, 12])
    expect(() => new Unflatten(1, [5, -1]).forward(new Flatten().forward(x))).toThrow(/expected sizes whose product is 12/) // biome-ignore format: one line
  })
})

describe('Dropout', () => {
  test('the mean stays, and the share of zeros is p', () => {
    const y = dropout(ones([1000, 100]), 0.3, { generator: new Generator(1) })
    const values = flat(y)
    expect(values.filter((one) => one === 0).length / values.length).toBeCloseTo(0.3, 2)
    expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / 0.7)]))
  })
  test('nothing in evaluation, the same tensor', () => {
    const x = ones([3])
    expect(new Dropout(0.5).eval().forward(x)).toBe(x)
    expect(flat(dropout(x, 1))).toEqual([0, 0, 0])
  })
  test('with its own generator it goes on from a saved state; without, from manualSeed', () => {
    const layer = new Sequential(new Linear(4, 4), new Dropout(0.5, { generator: new Generator(7) }))
    const [[name, generator]] = [...layer.generators()] as [[string, Generator]]
    expect(name).toBe('1.generator')
    const { state } = generator
    const first = flat(layer.forward(ones([8, 4])))
    generator.state = state
    expect(flat(layer.forward(ones([8, 4])))).toEqual(first)
    expect(flat(layer.forward(ones([8, 4])))).not.toEqual(first)
    const draw = (): number[] => {
      manualSeed(3)
      return flat(new Dropout(0.5).forward(ones([64])))
    }
    expect(draw()).toEqual(draw())
    expect(() => {
      generator.state = [1, 2] as never
    }).toThrow(/^Generator: state \[1,2\]; expected three whole numbers/)
  })
  test('its gradient has the same factors', () => {
    const x = normals([5, 7], 3, { requiresGrad: true })
    const fn = (a: Tensor): Tensor => dropout(a, 0.4, { generator: new Generator(5) })
    expect(gradcheck(fn, [x])).toBe(true)
    expect(gradgradcheck((a) => fn(a.square()), [x])).toBe(true)
  })
  test('kernel lengths around lanes', () => {
    for (const n of [0, 1, 3, 4, 5, 8, 17])
      for (const dtype of ['f32', 'f64'] as const) {
        const values = flat(dropout(ones([n], { dtype }), 0.5, { generator: new Generator(2) }))
        expect(values.every((one) => one === 0 || one === 2)).toBe(true)
        expect(values.length).toBe(n)
      }
  })
  test('p outside 0 to 1', () => {
    expect(() => new Dropout(1.5)).toThrow(new UsageError('Dropout: p = 1.5; expected 0 to 1.'))
  })
})

describe('Embedding', () => {
  const table = normals([4, 3], 4, { requiresGrad: true })
  test('rows by their numbers; the gradient adds up where a row is used twice', () => {
    embedding(places, table).sum().backward()
    expect(table.grad!.toNested()).toEqual([[1, 1, 1], [2, 2, 2], [1, 1, 1], [2, 2, 2]]) // biome-ignore format: rows
    table.zeroGrad()
    embedding(places, table, { paddingIdx: -3 }).sum().backward()
    expect(table.grad!.toNested()).toEqual([[1, 1, 1], [0, 0, 0], [1, 1, 1], [2, 2, 2]]) // biome-ignore format: rows
    table.zeroGrad()
  })
  test('gradients, and gradients of gradients', () => {
    expect(gradcheck((w) => embedding(places, w), [normals([4, 3], 5, { requiresGrad: true })])).toBe(true) // biome-ignore format: one line
    expect(gradgradcheck((w) => embedding(places, w.square()), [normals([4, 3], 5, { requiresGrad: true })])).toBe(true) // biome-ignore format: one line
  })
  test('rows that are looked up are put into the ball, the others stay', () => {
    const layer = new Embedding(6, 3, { dtype: 'f64', maxNorm: 0.5, generator: new Generator(1) })
    const before = layer.weight.toNested() as number[][]
    layer.forward(places)
    const after = layer.weight.toNested() as number[][]
    for (const i of [0, 1, 2, 3]) expect(Math.hypot(...after[i]!)).toBeLessThanOrEqual(0.5 * (1 + 1e-15))
    expect(after.slice(4)).toEqual(before.slice(4))
  })
  test('a given table is frozen, unless it shall not be', () => {
    expect(Embedding.fromPretrained(zeros([2, 2])).weight.requiresGrad).toBe(false)
    expect(Embedding.fromPretrained(zeros([2, 2]), { freeze: false, paddingIdx: 0 }).weight.requiresGrad).toBe(true)
  })
  test('no places give an empty result; places outside are told', () => {
    expect(embedding(tensor([], { dtype: 'i32', shape: [0, 2] }), table).shape).toEqual([0, 2, 3])
    expect(() => embedding(tensor([0, 4], { dtype: 'i32' }), table)).toThrow(
      new UsageError('embedding: index 4 at position 1; the table has 4 rows, expected 0 to 3.'),
    )
    expect(() => embedding(zeros([2]), table)).toThrow(/^embedding: indices f32\[2\]; expected i32/)
  })
})

describe('activations', () => {
  test('Softplus with beta, PReLU by channel: gradients, and gradients of gradients', () => {
    const x = normals([2, 3, 2], 6, { requiresGrad: true })
    const prelu = new PReLU(3, { dtype: 'f64' })
    expect(gradgradcheck((a) => new Softplus(3).forward(a), [x])).toBe(true)
    expect(gradcheck((a) => prelu.forward(a), [x])).toBe(true)
    expect(() => prelu.forward(zeros([2, 4]))).toThrow(/^PReLU: input f32\[2, 4\] for 3 weights/)
  })
})

describe('LowRankLinear', () => {
  test('is the nearest of its rank: what is lost is the rest of the singular values (Eckart & Young)', () => {
    const layer = new Linear(6, 5, { dtype: 'f64', generator: new Generator(3) })
    const s = flat(layer.weight.detach().matmul(layer.weight.detach().transpose()).trace())[0]!
    for (const rank of [1, 3, 5]) {
      const small = LowRankLinear.fromLinear(layer, { rank })
      const lost = small.toLinear().weight.sub(layer.weight).square().sum().item()
      const kept = small.toLinear().weight.square().sum().item()
      expect(lost + kept).toBeCloseTo(s, 12)
      if (rank === 5) expect(lost).toBeCloseTo(0, 20)
    }
  })
  test('the least rank that keeps the energy asked for', () => {
    const layer = new Linear(4, 3, { dtype: 'f64', bias: false })
    layer.weight.data.set([3, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0])
    expect(LowRankLinear.fromLinear(layer, { energy: 9 / 14 }).rank).toBe(1)
    expect(LowRankLinear.fromLinear(layer, { energy: 0.9 }).rank).toBe(2)
    expect(LowRankLinear.fromLinear(layer, { energy: 1 }).rank).toBe(3)
  })
  test('computes what the product does, in fewer parameters, and learns', () => {
    const layer = new LowRankLinear(6, 5, 2, { dtype: 'f64' })
    const x = normals([3, 6], 1, { requiresGrad: true })
    expect(farthest(layer.forward(x), layer.toLinear().forward(x))).toBeLessThan(1e-15)
    expect([...layer.stateDict().keys()]).toEqual(['U', 'V', 'bias'])
    expect(gradgradcheck((a) => layer.forward(a), [x])).toBe(true)
    expect(() => new LowRankLinear(6, 5, 6)).toThrow(new UsageError('LowRankLinear: rank = 6 for 5 x 6; expected 1 to 5.')) // biome-ignore format: one line
  })
})

test('a training step of all of them leaves no tensor behind', () => {
  const net = new Sequential(
    new Embedding(4, 6, { paddingIdx: 0, maxNorm: 1 }) as unknown as Module,
    new Residual(new Sequential(new Linear(6, 6), new PReLU(), new Dropout(0.2))),
    new Flatten(),
    new LowRankLinear(18, 3, 2),
  )
  const step = (): void => {
    scope(() => net.forward(places).square().mean().backward())
    net.zeroGrad()
  }
  step()
  const before = memory().tensors
  for (let i = 0; i < 5; i++) step()
  expect(memory().tensors).toBe(before)
  net.dispose()
})
