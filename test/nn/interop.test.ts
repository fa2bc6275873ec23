/**
 * State dicts are PyTorch's: networks trained there load here and compute the same, and the other way round with `strict=True`
 * (scripts/oracle/nn_interop.py, which has the same three networks; the way back needs a Python with PyTorch).
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { load, save } from '../../src/checkpoint/index.node.js'
import {
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Embedding,
  GRU,
  GroupNorm,
  LayerNorm,
  Linear,
  LSTM,
  MaxPool2d,
  Module,
  orthogonal,
  PReLU,
  ReLU,
  Sequential,
  spectralNorm,
  TransformerEncoder,
  TransformerEncoderLayer,
  weightNorm,
} from '../../src/nn/index.node.js'
import { Adam } from '../../src/optim/index.node.js'
import { manualSeed, noGrad, randint, randn, scope, type Tensor } from '../../src/tensor/index.node.js'
import { farthest } from '../linalg/support.js'

class Pictures extends Module {
  readonly features = new Sequential(
    new Conv2d(2, 4, 3, { padding: 1 }),
    new BatchNorm2d(4),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(4, 8, 3, { groups: 4, bias: false }),
    new GroupNorm(2, 8),
    new ConvTranspose2d(8, 3, 2, { stride: 2 }),
    new PReLU(3),
  )
  readonly head = new Linear(3 * 4 * 4, 5)
  forward(x: Tensor): Tensor {
    return this.head.forward(this.features.forward(x).reshape([x.shape[0]!, -1]))
  }
}

class Words extends Module {
  readonly table = new Embedding(11, 6, { paddingIdx: 0 })
  readonly lstm = new LSTM(6, 4, { numLayers: 2, bidirectional: true, batchFirst: true })
  readonly gru = new GRU(8, 3, { batchFirst: true })
  readonly norm = new LayerNorm(3)
  readonly head = new Linear(3, 4, { bias: false })
  forward(x: Tensor): Tensor {
    const { output } = this.lstm.forward(this.table.forward(x))
    return this.head.forward(this.norm.forward(this.gru.forward(output).output))
  }
}

class Attention extends Module {
  readonly encoder = new TransformerEncoder(
    () => new TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true }),
    2,
  )
  readonly normed = weightNorm(new Linear(8, 6))
  readonly bounded = spectralNorm(new Linear(6, 6))
  readonly turned = orthogonal(new Linear(6, 4))
  forward(x: Tensor): Tensor {
    const y = this.normed.forward(this.encoder.forward(x))
    return this.turned.forward(this.bounded.forward(y).tanh())
  }
}

const networks = {
  pictures: { make: () => new Pictures(), input: () => randn([4, 2, 8, 8]) },
  words: { make: () => new Words(), input: () => randint(0, 11, [3, 5]) },
  attention: { make: () => new Attention(), input: () => randn([2, 3, 8]) },
}

const python = process.env['PYTHON'] ?? '/usr/bin/python3'
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0
const script = fileURLToPath(new URL('../../scripts/oracle/nn_interop.py', import.meta.url))
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../oracle/nn/interop/${name}.safetensors`, import.meta.url))

describe('from PyTorch', () => {
  test.each(Object.entries(networks))(
    '%s: names, shapes and order are the same, and so is the output',
    async (name, { make }) => {
      const [state, given] = [await load(fixture(name)), await load(fixture(`${name}.case`))]
      const model = make()
      const shapes = (dict: Map<string, Tensor>): string[] =>
        [...dict].map(([key, x]) => `${key} [${x.shape.join(', ')}]`)
      expect(shapes(model.stateDict())).toEqual(shapes(state))
      const report = model.loadStateDict(state)
      expect(report.loaded.length).toBe(state.size)
      const output = noGrad(() => model.eval().forward(given.get('input')!))
      expect(farthest(output, given.get('output')!)).toBeLessThan(2e-6)
    },
  )
})

describe('to PyTorch', () => {
  test.skipIf(!hasTorch)('trained here for a few steps, loaded there with strict=True: the same outputs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'normball-interop-'))
    try {
      manualSeed(9)
      for (const [name, { make, input }] of Object.entries(networks)) {
        const model = make()
        const x = input()
        const optimizer = new Adam(model.namedParameters(), { lr: 0.01 })
        for (let i = 0; i < 3; i++)
          scope(() => {
            optimizer.zeroGrad()
            model.forward(x).square().mean().backward()
            optimizer.step()
          })
        const output = noGrad(() => model.eval().forward(x))
        await save(join(folder, `${name}.safetensors`), model.stateDict())
        await save(join(folder, `${name}.case.safetensors`), { input: x, output })
      }
      const done = spawnSync(python, [script, 'read', folder], { encoding: 'utf8', env: { ...process.env, PYTHONWARNINGS: 'ignore', PYTHONDONTWRITEBYTECODE: '1' } }) // biome-ignore format: one line
      expect(done.status, done.stderr).toBe(0)
      const far = JSON.parse(done.stdout) as Record<string, number>
      expect(Object.keys(far)).toEqual(Object.keys(networks))
      for (const [name, distance] of Object.entries(far)) expect(distance, name).toBeLessThan(5e-6)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
