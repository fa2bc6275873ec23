/** Fashion-MNIST beside PyTorch: logits, losses step by step, accuracy, and what pruning and low rank leave of it. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { load } from '../../src/checkpoint/index.node.js'
import { svd } from '../../src/linalg/index.node.js'
import {
  Conv2d,
  crossEntropy,
  Flatten,
  Linear,
  MaxPool2d,
  type Module,
  ReLU,
  Sequential,
} from '../../src/nn/index.node.js'
import { Adam } from '../../src/optim/index.node.js'
import { Generator, noGrad, type Tensor, tensor, topk } from '../../src/tensor/index.node.js'
import { tidy, view } from '../../src/tensor/internal.js'
import { type BytesDataset, DataLoader, evaluate, fit, readIdxFolder } from '../../src/train/index.node.js'
import { hasShared, isLong, sharedJson, sharedPath } from '../shared.js'

const losses = JSON.parse(readFileSync(new URL('../oracle/train/fashion.json', import.meta.url), 'utf8')) as Record<'mlp' | 'cnn', { batch: number; losses: number[] }> // biome-ignore format: one line
const seeded = { generator: new Generator(1) }
const mlp = (): Sequential => new Sequential(new Flatten(), new Linear(784, 256, seeded), new ReLU(), new Linear(256, 128, seeded), new ReLU(), new Linear(128, 10, seeded)) // biome-ignore format: one line
const cnn = (): Sequential => new Sequential(new Conv2d(1, 16, 3, { padding: 1, ...seeded }), new ReLU(), new MaxPool2d(2), new Conv2d(16, 32, 3, { padding: 1, ...seeded }), new ReLU(), new MaxPool2d(2), new Flatten(), new Linear(1568, 10, seeded)) // biome-ignore format: one line
/** Names in the files; the flattening layer takes a number here. */
const names: Record<'mlp' | 'cnn', (name: string) => string> = {
  mlp: (name) => name.replace(/^\d/, (digit) => String(Number(digit) + 1)),
  cnn: (name) => name.replace('c1', '0').replace('c2', '3').replace('fc', '7'),
}

async function withWeights(kind: 'mlp' | 'cnn'): Promise<Sequential> {
  const model = kind === 'mlp' ? mlp() : cnn()
  const dict = await load(sharedPath('oracle/fashion', `${kind}_seed0.safetensors`))
  model.loadStateDict(dict, { map: names[kind] })
  dict.dispose()
  return model
}

/** The weights that scripts/oracle/fashion.py starts from. */
function initialize(model: Module): void {
  let bound = 0
  for (const [name, x] of model.namedParameters()) {
    if (name.endsWith('weight')) bound = 1 / Math.sqrt(x.size / x.shape[0]!)
    view(x).set(
      Float32Array.from({ length: x.size }, (_, i) => (((i * 7919 + 13) % 10007) / 10007) * 2 * bound - bound),
    )
    x.storage.version++
  }
}

describe.skipIf(!hasShared)('Fashion-MNIST', () => {
  let train: BytesDataset
  let test: BytesDataset
  beforeAll(async () => {
    const parts = await readIdxFolder(sharedPath('data/fashion-mnist'))
    train = parts.train
    test = parts.test!
  })

  it('is read as it is', () => {
    expect([train.length, test.length, train.inputShape, train.classes.length]).toEqual([60000, 10000, [1, 28, 28], 10])
    let sum = 0
    for (const byte of train.bytes) sum += byte
    expect(sum / train.bytes.length / 255).toBeCloseTo(0.2860405969887955, 12)
  })

  it.each(['mlp', 'cnn'] as const)('logits of the first 100 are those of PyTorch (%s)', async (kind) => {
    const model = await withWeights(kind)
    const dict = await load(sharedPath('oracle/fashion', `${kind}_seed0_logits_first100.safetensors`))
    const expected = [...dict.values()][0]!
    const { input, target } = test.batch(Int32Array.from({ length: 100 }, (_, i) => i))
    const worst = noGrad(() => tidy(() => model.forward(input).sub(expected).abs().max().item()))
    expect(worst).toBeLessThan(1e-4)
    for (const x of [input, target]) x.dispose()
    dict.dispose()
    model.dispose()
  })

  it.each(['mlp', 'cnn'] as const)(
    'losses of 200 steps are those of PyTorch (%s)',
    { timeout: 120_000 },
    async (kind) => {
      const model = kind === 'mlp' ? mlp() : cnn()
      initialize(model)
      const { batch, losses: expected } = losses[kind]
      const order = (): Int32Array => Int32Array.from({ length: 60000 }, (_, i) => (7919 * i) % 60000)
      const optimizer = new Adam(model.namedParameters(), { lr: 1e-3 })
      const report = await fit(model, new DataLoader(train, { batchSize: batch, order }), { optimizer, loss: crossEntropy, steps: 200 }) // biome-ignore format: one line
      const worst = Math.max(...report.history.steps.map(({ loss }, i) => Math.abs(loss - expected[i]!)))
      expect(report.history.steps).toHaveLength(200)
      expect(worst).toBeLessThan(1e-3)
      optimizer.dispose()
      model.dispose()
    },
  )

  const trainings: [string, () => Sequential, number, number, number][] = [
    ['softmax regression', () => new Sequential(new Flatten(), new Linear(784, 10, seeded)), 10, 128, 0.84],
    ['MLP', mlp, 10, 128, 0.879],
    ['CNN', cnn, 3, 64, 0.885],
  ]
  // The last epoch's accuracy moves by some thousandths from seed to seed (PyTorch's three: 0.8791 to 0.8866 for the MLP), so the median decides.
  it.runIf(isLong).each(trainings)(
    '%s learns it (long)',
    { timeout: 1_200_000 },
    async (_, make, epochs, batchSize, least) => {
      const found: number[] = []
      for (const seed of [1, 2, 3]) {
        const model = make()
        const optimizer = new Adam(model.namedParameters(), { lr: 1e-3 })
        const report = await fit(model, train, { optimizer, loss: crossEntropy, epochs, batchSize, seed, test, metrics: ['accuracy'], logEvery: 100 }) // biome-ignore format: one line
        found.push(report.final.test!['accuracy']!)
        optimizer.dispose()
        model.dispose()
      }
      expect(found.sort()[1], found.join(', ')).toBeGreaterThanOrEqual(least)
    },
  )

  describe.runIf(isLong)('pruning and low rank, as in prune_svd.json (long)', () => {
    type Figures = { acc: number; loss: number }
    const oracle = hasShared
      ? sharedJson<{ base: Figures; global_magnitude: (Figures & { fraction: number })[]; layerwise_magnitude: (Figures & { fraction: number })[]; svd_energy_all_layers: (Figures & { energy: number; ranks: Record<string, number> })[]; svd_energy_single_layer: (Figures & { energy: number; layer: string; rank: number })[] }>('oracle/fashion/prune_svd.json') // biome-ignore format: one line
      : null!
    const weights = (model: Module): [string, Tensor][] => [...model.namedParameters()].filter(([name]) => name.endsWith('weight')) // biome-ignore format: one line
    const measure = async (model: Module): Promise<Figures> => {
      const { loss, accuracy } = await evaluate(model, test, { loss: crossEntropy, metrics: ['accuracy'], batchSize: 1000 }) // biome-ignore format: one line
      return { loss: loss!, acc: accuracy! }
    }
    const write = (x: Tensor, values: Tensor): void => {
      view(x).set(values.toArray())
      x.storage.version++
    }
    /** Zeroes the k smallest magnitudes of all tensors together. */
    const prune = (tensors: readonly Tensor[], fraction: number): void =>
      tidy(() => {
        const all = tensor(Float32Array.from(tensors.flatMap((x) => Array.from(x.toArray(), Math.abs))))
        const k = Math.floor(fraction * all.size)
        const threshold = k === 0 ? -1 : topk(all, k, { largest: false }).values.toArray()[k - 1]!
        for (const x of tensors) write(x, tensor(Float32Array.from(x.toArray(), (v) => (Math.abs(v) <= threshold ? 0 : v)), { shape: x.shape })) // biome-ignore format: one line
      })
    const truncate = (x: Tensor, energy: number): number =>
      tidy(() => {
        const { U, S, Vh } = svd(x.to('f64').detach())
        const squares = Array.from(S.toArray(), (s) => s * s)
        const total = squares.reduce((a, b) => a + b, 0)
        let [rank, sum] = [0, 0]
        while (sum < energy * total) sum += squares[rank++]!
        const kept = S.mul(tensor(Float64Array.from(squares, (_, i) => Number(i < rank))))
        write(x, U.mul(kept).matmul(Vh).to('f32'))
        return rank
      })
    const close = (found: Figures, expected: Figures): void => {
      expect(Math.abs(found.acc - expected.acc)).toBeLessThan(1.5e-3)
      expect(Math.abs(found.loss - expected.loss)).toBeLessThan(2e-3 * Math.max(1, expected.loss))
    }

    it('without, and by magnitude', { timeout: 300_000 }, async () => {
      const base = await withWeights('mlp')
      close(await measure(base), oracle.base)
      for (const { fraction, ...expected } of oracle.global_magnitude) {
        const model = await withWeights('mlp')
        prune(weights(model).map(([, x]) => x), fraction) // biome-ignore format: one line
        close(await measure(model), expected)
        model.dispose()
      }
      for (const { fraction, ...expected } of oracle.layerwise_magnitude) {
        const model = await withWeights('mlp')
        for (const [, x] of weights(model)) prune([x], fraction)
        close(await measure(model), expected)
        model.dispose()
      }
    })

    it('by rank', { timeout: 300_000 }, async () => {
      for (const { energy, ranks, ...expected } of oracle.svd_energy_all_layers) {
        const model = await withWeights('mlp')
        const found = weights(model).map(([, x]) => truncate(x, energy))
        expect(found).toEqual(Object.values(ranks))
        close(await measure(model), expected)
        model.dispose()
      }
      for (const { energy, layer, rank, ...expected } of oracle.svd_energy_single_layer) {
        const model = await withWeights('mlp')
        const [, x] = weights(model).find(([name]) => name === names.mlp(layer))!
        expect(truncate(x, energy)).toBe(rank)
        close(await measure(model), expected)
        model.dispose()
      }
    })
  })
})
