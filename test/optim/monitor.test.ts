/** Figures of layers while they train, and what raises an alarm. */
import { describe, expect, it } from 'vitest'
import { Linear, Module, Sequential } from '../../src/nn/index.js'
import { l1, linf, type Norm, spectral } from '../../src/norms/index.js'
import {
  Adam,
  AdamW,
  type Alarm,
  type Monitor,
  monitor,
  RMSprop,
  SGD,
  type StabilityRecord,
} from '../../src/optim/index.js'
import {
  Generator,
  memory,
  noGrad,
  randn,
  relu,
  scope,
  sigmoid,
  type Tensor,
  tensor,
  toArray,
} from '../../src/tensor/index.node.js'

class Relu extends Module {
  forward(x: Tensor): Tensor {
    return relu(x)
  }
}
class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return sigmoid(x)
  }
}

const f64 = (seed: number) => ({ dtype: 'f64' as const, generator: new Generator(seed) })
const mse = (a: Tensor, b: Tensor): Tensor => a.sub(b).square().mean()
const l2Of = (x: ArrayLike<number>): number => Math.hypot(...Array.from(x))

interface Run {
  model: Module
  input: (step: number) => Tensor
  target: (step: number) => Tensor
  steps: number
  lr: number
  options?: Parameters<typeof monitor>[2]
  before?: (step: number) => void
}

/** The least loop that keeps to the protocol. */
function train({ model, input, target, steps, lr, options = {}, before }: Run): {
  records: StabilityRecord[]
  alarms: Alarm[]
} {
  const optimizer = new SGD(model.namedParameters(), { lr })
  const watch = monitor(model, optimizer, { every: 1, ...options })
  const [records, alarms]: [StabilityRecord[], Alarm[]] = [[], []]
  for (let step = 1; step <= steps; step++)
    scope(() => {
      before?.(step)
      watch.beginStep(step)
      const [x, y] = [input(step), target(step)]
      const closure = (): Tensor => mse(model.forward(x), y)
      const loss = closure()
      loss.backward()
      alarms.push(...watch.afterBackward(step, loss.item(), { examples: x.shape[0]!, again: closure }))
      optimizer.step()
      optimizer.zeroGrad()
      const noticed = watch.afterStep(step, lr)
      if (noticed.record) records.push(noticed.record)
      alarms.push(...noticed.alarms)
    })
  watch.dispose()
  return { records, alarms }
}

/** y = a fixed linear map of x with a little noise: what a healthy run learns. */
function lesson(seed: number, n = 64, size = 6): Pick<Run, 'input' | 'target'> {
  const x = randn([n, size], f64(seed)).keep()
  const W = randn([size, 3], f64(seed + 1))
  const y = x
    .matmul(W)
    .add(randn([n, 3], f64(seed + 2)).mul(0.1))
    .keep()
  return { input: () => x, target: () => y }
}

const mlp = (seed: number): Sequential => {
  const generator = new Generator(seed)
  const options = { dtype: 'f64' as const, generator }
  return new Sequential(new Linear(6, 24, options), new Relu() as Module, new Linear(24, 20, options), new Relu() as Module, new Linear(20, 3, options)) // biome-ignore format: one line
}

describe('figures', () => {
  it('are those of a step worked by hand', () => {
    // W = [[3, 4], [0, 1]], b = [0, -9]: x = [1, 0] gives [3, -9], so unit 1 is dead after ReLU; x = [2, 0] gives [6, -9].
    const layer = new Linear(2, 2, { dtype: 'f64' })
    noGrad(() => {
      layer.weight.copy_(
        tensor(
          [
            [3, 4],
            [0, 1],
          ],
          { dtype: 'f64' },
        ),
      )
      layer.bias!.copy_(tensor([0, -9], { dtype: 'f64' }))
    })
    const model = new Sequential(layer, new Relu() as Module)
    const x = tensor(
      [
        [1, 0],
        [2, 0],
      ],
      { dtype: 'f64' },
    )
    const y = tensor(
      [
        [2, 0],
        [6, 0],
      ],
      { dtype: 'f64' },
    )
    // loss = mean of squares over 4 = (3 - 2)^2 / 4, d/dy0 = 2 (1) / 4 = 0.5 for the first example: dW = [[0.5, 0], [0, 0]], db = [0.5, 0].
    const { records } = train({ model, input: () => x, target: () => y, steps: 1, lr: 0.1 })
    expect(records[0]!.layers).toEqual([
      {
        name: '0.weight',
        weightNorm: Math.sqrt(26),
        gradNorm: 0.5,
        updateNorm: expect.closeTo(0.05, 12),
        updateRatio: expect.closeTo(0.05 / Math.sqrt(26), 12),
        activationRms: expect.closeTo(Math.sqrt((9 + 81 + 36 + 81) / 4), 12),
        deadShare: 0.5,
        // Singular values of [[3, 4], [0, 1]]: squares are roots of s^2 - 26 s + 9.
        spectral: expect.closeTo(Math.sqrt(13 + Math.sqrt(160)), 12),
        stableRank: expect.closeTo(26 / (13 + Math.sqrt(160)), 12),
      },
      {
        name: '0.bias',
        weightNorm: 9,
        gradNorm: 0.5,
        updateNorm: expect.closeTo(0.05, 12),
        updateRatio: expect.closeTo(0.05 / 9, 12),
        activationRms: expect.closeTo(Math.sqrt((9 + 81 + 36 + 81) / 4), 12),
        deadShare: 0.5,
        spectral: null,
        stableRank: null,
      },
    ])
  })

  it.each([
    ['l1', l1],
    ['linf', linf],
    ['spectral', spectral],
  ] as [string, Norm][])('are measured in %s', (_, norm) => {
    const model = mlp(1)
    const before = [...model.parameters()].map((value) => value.detach().clone())
    const { records } = train({ model, ...lesson(5), steps: 1, lr: 0.1, options: { norm } })
    for (const [i, { weightNorm, updateNorm }] of records[0]!.layers.entries()) {
      const [was, is] = [before[i]!, [...model.parameters()][i]!.detach()]
      const shape = (x: Tensor): Tensor => x.reshape([x.shape[0]!, -1])
      expect(weightNorm).toBeCloseTo(norm.value(shape(was)).item(), 12)
      expect(updateNorm).toBeCloseTo(norm.value(shape(is.sub(was))).item(), 12)
    }
  })

  it.each(['f32', 'f64'] as const)('hold at lengths around a block and far scales (%s)', (dtype) => {
    for (const n of [1, 3, 4, 5, 15, 16, 17, 511, 512, 513, 1025])
      for (const scale of [1, 1e-30, 1e30, 0]) {
        const layer = new Linear(n, 1, { dtype, bias: false })
        const values = randn([1, n], { dtype, generator: new Generator(n) }).mul(scale)
        noGrad(() => layer.weight.copy_(values))
        const x = tensor([Array<number>(n).fill(0)], { dtype })
        const { records } = train({ model: layer, input: () => x, target: () => tensor([[0]], { dtype }), steps: 1, lr: 0.1, options: { alarms: false } }) // biome-ignore format: one line
        const expected = l2Of(toArray(values) as ArrayLike<number>)
        expect(records[0]!.layers[0]!.weightNorm / (expected || 1), `${n} ${scale}`).toBeCloseTo(expected === 0 ? 0 : 1, dtype === 'f32' ? 5 : 13) // biome-ignore format: one line
        layer.dispose()
      }
  })

  it('find the spectral norm of a larger matrix from looks that go on from each other', () => {
    const layer = new Linear(40, 30, { ...f64(3), bias: false })
    const x = randn([8, 40], f64(4))
    const { records } = train({ model: layer, input: () => x, target: () => randn([8, 30], f64(9)), steps: 20, lr: 1e-3 }) // biome-ignore format: one line
    const exact = spectral.value(layer.weight.detach()).item()
    const last = records.at(-1)!.layers[0]!
    expect(last.spectral! / exact).toBeGreaterThan(0.995)
    expect(last.spectral! / exact).toBeLessThan(1 + 1e-6)
    expect(last.stableRank! / (last.weightNorm / last.spectral!) ** 2).toBeCloseTo(1, 10)
  })

  it('tell dead units of a function that no module stands for, by what the next layer gets', () => {
    class Net extends Module {
      hidden = new Linear(3, 4, f64(1))
      out = new Linear(4, 4, f64(2))
      forward(x: Tensor): Tensor {
        return this.out.forward(relu(this.hidden.forward(x)))
      }
    }
    const model = new Net()
    noGrad(() => model.hidden.bias!.copy_(tensor([-1e3, 0, 0, -1e3], { dtype: 'f64' })))
    const x = randn([32, 3], f64(3))
    const { records } = train({ model, input: () => x, target: () => x.matmul(randn([3, 4], f64(4))), steps: 1, lr: 0.1 }) // biome-ignore format: one line
    const share = (name: string): number | null => records[0]!.layers.find((layer) => layer.name === name)!.deadShare
    expect(share('hidden.weight')).toBe(0.5)
    expect(share('out.weight')).toBe(0)
  })

  it('are taken on measured steps alone', () => {
    const { records } = train({ model: mlp(1), ...lesson(2), steps: 11, lr: 0.05, options: { every: 5 } })
    expect(records.map(({ step }) => step)).toEqual([1, 6, 11])
  })

  it('leave no tensor behind, hooks and copies included', () => {
    const model = mlp(1)
    const data = lesson(2)
    train({ model, ...data, steps: 2, lr: 0.05 })
    const before = memory().tensors
    train({ model, ...data, steps: 12, lr: 0.05, options: { every: 3, noise: true, sharpness: 2 } })
    expect(memory().tensors).toBe(before)
  })

  it.each([SGD, Adam, AdamW, RMSprop].map((Kind) => [Kind.name, Kind] as const))(
    'are the same whether %s tells of its update or not',
    (_, Kind) => {
      const run = (isTelling: boolean, isHeld: boolean): StabilityRecord[] => {
        const generator = new Generator(3)
        const model = new Sequential(
          new Linear(6, 37, { generator }),
          new Relu() as Module,
          new Linear(37, 3, { generator }),
        )
        const optimizer = new Kind(model.namedParameters(), { lr: 0.01 })
        const watch = monitor(model, isTelling ? optimizer : { parameters: optimizer.parameters }, {
          every: 1,
          spectra: false,
        })
        const [x, y] = [randn([16, 6], { generator }), randn([16, 3], { generator })]
        const records = Array.from({ length: 8 }, (_, i) =>
          scope(() => {
            watch.beginStep(i + 1)
            const loss = mse(model.forward(x), y)
            loss.backward()
            watch.afterBackward(i + 1, loss.item(), isHeld ? { isAlone: false } : {})
            optimizer.step()
            optimizer.zeroGrad()
            if (isHeld && i % 3 === 2) noGrad(() => (model.at(0) as unknown as Linear).weight.mul_(0.5))
            return watch.afterStep(i + 1, 0.01).record!
          }),
        )
        watch.dispose()
        return records
      }
      for (const isHeld of [false, true]) {
        const [told, seen] = [run(true, isHeld), run(false, isHeld)]
        for (const [i, { layers }] of told.entries())
          for (const [j, figures] of layers.entries())
            for (const key of ['weightNorm', 'gradNorm', 'updateNorm', 'updateRatio'] as const)
              expect(figures[key]! / seen[i]!.layers[j]![key]!, `step ${i + 1}, ${figures.name}, ${key}`).toBeCloseTo(
                1,
                5,
              )
      }
    },
  )

  it('leave out an update that something else changed unannounced, and copy from then on', () => {
    const layer = new Linear(4, 3, { generator: new Generator(1), bias: false })
    const optimizer = new SGD(layer.namedParameters(), { lr: 0.1 })
    const watch = monitor(layer, optimizer, { every: 1, spectra: false })
    const x = randn([5, 4], { generator: new Generator(2) })
    const norms = Array.from({ length: 6 }, (_, i) => {
      watch.beginStep(i + 1)
      const before = layer.weight.detach().clone()
      const loss = layer.forward(x).square().mean()
      loss.backward()
      watch.afterBackward(i + 1, loss.item())
      optimizer.step()
      optimizer.zeroGrad()
      if (i === 2 || i === 4) noGrad(() => layer.weight.mul_(0.9))
      const told = watch.afterStep(i + 1, 0.1).record!.layers[0]!.updateNorm
      return told === null ? null : told / l2Of(toArray(layer.weight.detach().sub(before)) as ArrayLike<number>)
    })
    expect(norms[2]).toBeNull()
    for (const i of [0, 1, 3, 4, 5]) expect(norms[i], `step ${i + 1}`).toBeCloseTo(1, 5)
    watch.dispose()
  })

  it('do not change what is learnt', () => {
    const [a, b] = [mlp(7), mlp(7)]
    train({ model: a, ...lesson(2), steps: 5, lr: 0.05, options: { noise: true, sharpness: true } })
    train({ model: b, ...lesson(2), steps: 5, lr: 0.05, options: { every: 100 } })
    for (const [i, value] of [...a.parameters()].entries()) expect(toArray(value)).toEqual(toArray([...b.parameters()][i]!)) // biome-ignore format: one line
  })
})

describe('alarms', () => {
  it.each([1, 2, 3, 4, 5])('stay silent on a healthy run (seed %i)', (seed) => {
    const { alarms } = train({ model: mlp(seed), ...lesson(10 * seed), steps: 200, lr: 0.05 })
    expect(alarms).toEqual([])
  })

  it.each([1, 2, 3])('stay silent on noisy batches (seed %i)', (seed) => {
    const noise = new Generator(seed)
    const W = randn([6, 3], f64(99))
    let x: Tensor
    const { alarms } = train({
      model: mlp(seed),
      input: () => (x = randn([4, 6], { dtype: 'f64', generator: noise })),
      target: () => x.matmul(W).add(randn([4, 3], { dtype: 'f64', generator: noise })),
      steps: 400,
      lr: 0.01,
    })
    expect(alarms).toEqual([])
  })

  it('say that a rate of 1000 is too large', () => {
    const { alarms } = train({ model: mlp(1), ...lesson(2), steps: 6, lr: 1e3 })
    expect(alarms.length).toBeGreaterThan(0)
    expect(alarms.some(({ code }) => code === 'exploding-gradient' || code === 'nan')).toBe(true)
  })

  it('see a loss that jumps', () => {
    const data = lesson(2)
    const model = mlp(1)
    const { alarms } = train({
      model,
      ...data,
      steps: 60,
      lr: 0.02,
      before: (step) => {
        if (step === 50) noGrad(() => (model.at(4) as unknown as Linear).weight.mul_(50))
      },
    })
    expect(alarms[0]).toMatchObject({ step: 50, code: 'loss-spike', layer: null })
    expect(alarms[0]!.message).toMatch(
      /^the loss is .*; the median of the last 49 steps is .*, and chance would not go above /,
    )
  })

  it.each([1, 7])('name the layer where NaN came up first (every %i)', (every) => {
    const model = mlp(1)
    const { alarms } = train({
      model,
      ...lesson(2),
      steps: 4,
      lr: 0.02,
      options: { every },
      before: (step) => {
        if (step === 3) noGrad(() => (model.at(2) as unknown as Linear).weight.mul_(Number.NaN))
      },
    })
    expect(alarms[0]).toEqual({
      step: 3,
      code: 'nan',
      layer: '2',
      message: "the loss is NaN; '2' is the first whose output is not finite: its weights are not finite ('2.weight')",
    })
    expect(alarms.filter(({ layer }) => layer === '2')).toHaveLength(1)
  })

  it('tell that the data are not finite', () => {
    const data = lesson(2)
    const bad = data.input(0).clone()
    noGrad(() => bad.mul_(Number.NaN))
    const { alarms } = train({ model: mlp(1), ...data, input: (step) => (step === 2 ? bad : data.input(step)), steps: 2, lr: 0.01 }) // biome-ignore format: one line
    expect(alarms[0]).toMatchObject({
      step: 2,
      code: 'nan',
      layer: '0',
      message: "the loss is NaN; what comes into '0' is not finite already. Look at the data",
    })
  })

  it('see a layer that gets no gradient through units that are all dead', () => {
    const model = mlp(1)
    noGrad(() => (model.at(2) as unknown as Linear).bias!.copy_(tensor(Array<number>(20).fill(-1e3), { dtype: 'f64' })))
    const { alarms, records } = train({ model, ...lesson(2), steps: 8, lr: 0.01 })
    expect(records[0]!.layers.find(({ name }) => name === '2.weight')!.deadShare).toBe(1)
    // Nothing reaches a matrix at all: the last one sees no input either.
    expect(alarms.map(({ code }) => code)).toEqual(['vanishing-gradient'])
  })

  it('see the first layers of a stack of sigmoids vanish', () => {
    const generator = new Generator(1)
    const options = { dtype: 'f64' as const, generator }
    const layers = Array.from({ length: 10 }, () => [
      new Linear(6, 6, options) as Module,
      new Sigmoid() as Module,
    ]).flat()
    const model = new Sequential(...layers, new Linear(6, 3, options))
    const { alarms } = train({ model, ...lesson(2), steps: 10, lr: 0.01 })
    expect(alarms[0]!.code).toBe('vanishing-gradient')
    // Nearest to the output of those that vanish, so not the first layer of all.
    expect(Number(alarms[0]!.layer!.split('.')[0])).toBeGreaterThan(0)
    expect(Number(alarms[0]!.layer!.split('.')[0])).toBeLessThan(16)
  })

  it('go on from what was remembered as if never stopped', () => {
    const losses = Array.from({ length: 40 }, (_, i) => Math.exp(-i / 40))
    const watch = (): Monitor => {
      const model = mlp(1)
      return monitor(model, new SGD(model.namedParameters(), { lr: 1 }), { every: 1000 })
    }
    const feed = (one: Monitor, from: number): void => {
      for (const [i, loss] of losses.entries())
        if (i >= from) {
          one.beginStep(i + 2)
          one.afterBackward(i + 2, loss)
        }
    }
    const whole = watch()
    feed(whole, 0)
    const half = watch()
    for (const [i, loss] of losses.slice(0, 20).entries()) {
      half.beginStep(i + 2)
      half.afterBackward(i + 2, loss)
    }
    const other = watch()
    other.restore!(JSON.parse(JSON.stringify(half.state!())))
    feed(other, 20)
    expect(other.state!()).toEqual(whole.state!())
  })
})
