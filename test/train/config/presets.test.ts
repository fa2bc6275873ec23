/** Every preset trains on what it is for, leaves nothing behind, and says what it cannot take. */
import { describe, expect, it } from 'vitest'
import { memory, randn, tensor } from '../../../src/tensor/index.node.js'
import { runTraining, TensorDataset, type TrainConfig } from '../../../src/train/index.node.js'

const labels = (n: number, classes: number) => tensor(Int32Array.from({ length: n }, (_, i) => i % classes))
const tokens = (n: number, steps: number, kinds: number) =>
  tensor(Int32Array.from({ length: n * steps }, (_, i) => (i * 7 + (i >> 2)) % kinds)).reshape([n, steps])

const kinds = {
  table: () => new TensorDataset(randn([24, 5]), labels(24, 3)),
  numbers: () => new TensorDataset(randn([24, 5]), randn([24, 2])),
  images: () => new TensorDataset(randn([24, 2, 8, 8]), labels(24, 3)),
  text: () => new TensorDataset(tokens(24, 6, 7), tokens(24, 6, 7)),
  sequences: () => new TensorDataset(randn([24, 6, 4]), labels(24, 3)),
  // A single step and a single example in the last batch.
  odd: () => new TensorDataset(randn([25, 5]), labels(25, 3)),
}

const cases: readonly (readonly [TrainConfig['model'], readonly (keyof typeof kinds)[]])[] = [
  [{ preset: 'linear' }, ['table', 'numbers', 'images', 'sequences', 'odd']],
  [{ preset: 'mlp', hidden: [8], dropout: 0.1, batchNorm: false, activation: 'GELU' }, ['table', 'numbers', 'images', 'sequences']], // biome-ignore format: one line
  [{ preset: 'mlp', hidden: [8], batchNorm: true }, ['table', 'images']],
  [{ preset: 'cnn', hidden: [4, 4], dense: 8, batchNorm: true, dropout: 0.1 }, ['images']],
  [{ preset: 'cnn', hidden: [4], kernelSize: 5 }, ['images']],
  [{ preset: 'lstm', hidden: [6, 5], embedding: 4, numLayers: 2, dropout: 0.1 }, ['text', 'sequences', 'table', 'images']],
  [{ preset: 'lstm', hidden: [6], bidirectional: true }, ['sequences']],
  [{ preset: 'gru', hidden: [6], embedding: 4 }, ['text', 'sequences', 'numbers']],
  [{ preset: 'transformer', hidden: [8], heads: 2, numLayers: 1 }, ['text', 'sequences', 'images']],
  [{ preset: 'autoencoder', hidden: [8, 3] }, ['table', 'images']],
] // biome-ignore format: a table

describe('presets', () => {
  for (const [model, of] of cases)
    it.each(of)(`${JSON.stringify(model)} trains on %s`, async (kind) => {
      const train = kinds[kind]()
      const before = memory().tensors
      const config = { data: {}, model, steps: 4, batch: 8, seed: 1, optimizer: { name: 'SGD', lr: 0.05 } }
      const losses: number[] = []
      const report = await runTraining(config, {
        data: { train, validation: train },
        onRecord: (record) => {
          if (record.type === 'step') losses.push(record.loss)
        },
      })
      expect(report.outcome).toBe('done')
      expect(losses).toHaveLength(4)
      expect(losses.every(Number.isFinite)).toBe(true)
      expect(memory().tensors).toBe(before)
      train.dispose()
    })

  it.each([
    [{ preset: 'cnn' }, 'table', 'model.preset: cnn takes images [channels, height, width]; an example is [5]. Try mlp.'],
    [{ preset: 'mlp' }, 'text', 'model.preset: mlp takes numbers, and the data are tokens. Try lstm, gru or transformer.'],
    [{ preset: 'transformer', hidden: [10], heads: 4 }, 'text', 'model.heads: 4 heads cannot share hidden = 10; expected a divisor.'],
    [{ preset: 'lstm', bidirectional: true }, 'text', 'model.bidirectional: a network that reads backwards sees the tokens that it is to tell.'],
  ] as const)('%j on %s is told what is wrong', async (model, kind, message) => {
    const train = kinds[kind]()
    await expect(runTraining({ data: {}, model, steps: 1 }, { data: { train } })).rejects.toThrow(message)
    train.dispose()
  }) // biome-ignore format: a table
})

describe('a list of layers', () => {
  const run = async (layers: unknown, kind: keyof typeof kinds = 'images', more: object = {}): Promise<string[]> => {
    const train = kinds[kind]()
    let names: string[] = []
    const config = { data: {}, model: { layers }, steps: 2, batch: 8, ...more } as TrainConfig
    try {
      await runTraining(config, {
        data: { train },
        onModel: (model) => {
          names = [...model.namedParameters()].map(([name, value]) => `${name} ${value.shape.join('x')}`)
        },
      })
    } finally {
      train.dispose()
    }
    return names
  }

  it('has sizes that follow from the layer before', async () => {
    const layers = [
      { Conv2d: { outChannels: 4, kernelSize: 3, padding: 1 } }, 'BatchNorm2d', 'ReLU', { MaxPool2d: { kernelSize: 2 } },
      { Residual: { layers: [{ Conv2d: { outChannels: 4, kernelSize: 3, padding: 'same' } }, { GroupNorm: { numGroups: 2 } }, 'SiLU'] } },
      'Flatten', { Dropout: { p: 0.2 } }, { Linear: { outFeatures: 6, bias: false } }, 'LayerNorm', { LeakyReLU: { negativeSlope: 0.1 } }, 'Linear',
    ] // biome-ignore format: a list
    expect(await run(layers)).toEqual([
      '0.weight 4x2x3x3', '0.bias 4', '1.weight 4', '1.bias 4', '4.body.0.weight 4x4x3x3', '4.body.0.bias 4', '4.body.1.weight 4', '4.body.1.bias 4',
      '7.weight 6x64', '8.weight 6', '8.bias 6', '10.weight 3x6', '10.bias 3',
    ]) // biome-ignore format: a list
  })

  it('takes recurrent layers, transformers and every activation', async () => {
    expect(await run([{ Embedding: { embeddingDim: 4 } }, { LSTM: { hiddenSize: 5 } }, 'Linear'], 'text')).toContain('2.weight 7x5') // biome-ignore format: one line
    expect(await run([{ GRU: { hiddenSize: 5, bidirectional: true } }, 'LastStep', 'Linear'], 'sequences')).toContain('2.weight 3x10') // biome-ignore format: one line
    await run([{ RNN: { hiddenSize: 5, nonlinearity: 'relu' } }, 'MeanStep', 'Linear'], 'sequences')
    await run([{ TransformerEncoderLayer: { nhead: 2, dimFeedforward: 8 } }, 'RMSNorm', 'MeanStep', 'Linear'], 'sequences') // biome-ignore format: one line
    const activations = ['ReLU', 'LeakyReLU', 'ELU', 'GELU', 'SiLU', 'Sigmoid', 'Tanh', 'Softplus', { Softmax: { axis: -1 } }, { ELU: { alpha: 2 } }] // biome-ignore format: one line
    await run([...activations, 'Linear'], 'table')
  })

  it.each([
    [['Flatten', { Linear: { inFeatures: 100, outFeatures: 8 } }, 'Linear'], 'model.layers[1].Linear.inFeatures: inFeatures is 100, and [128] comes in; expected 128.'],
    [[{ Conv2d: { inChannels: 3, outChannels: 4, kernelSize: 3 } }], 'model.layers[0].Conv2d.inChannels: inChannels is 3, and [2, 8, 8] comes in; expected 2.'],
    [['Flatten', { Conv2d: { outChannels: 4, kernelSize: 3 } }], 'model.layers[1]: Conv2d takes examples [channels, height, width], and [128] comes in.'],
    [['Linear'], 'model: it puts out [2, 8, 3] for each example; expected [3]: one score for each of 3 classes. Try a Flatten layer before the last Linear.'],
    [['Flatten', { Linear: { outFeatures: 4 } }], 'model: it puts out [4] for each example; expected [3]: one score for each of 3 classes.'],
    [['Flatten', 'Linear', 'Linear'], 'model.layers[1]: Linear needs outFeatures.'],
    [[{ Embedding: { embeddingDim: 3 } }], 'model.layers[0]: Embedding needs numEmbeddings: inputs are no tokens.'],
  ])('%j is told which layer, and both shapes', async (layers, message) => {
    await expect(run(layers)).rejects.toThrow(message)
  }) // biome-ignore format: a table

  it('freezes, initializes and clips', async () => {
    const more = { model: { layers: ['Flatten', { Linear: { outFeatures: 4 } }, 'Linear'], init: 'xavierUniform', freeze: ['1.*'] } } // biome-ignore format: one line
    expect(await run([], 'images', more)).toHaveLength(4)
    await expect(run([], 'images', { model: { ...more.model, freeze: ['9.*'] } })).rejects.toThrow("model.freeze: freeze: '9.*' matches none of the 4 parameters.") // biome-ignore format: one line
    await expect(run([], 'images', { model: { ...more.model, freeze: ['*'] } })).rejects.toThrow('all parameters are frozen') // biome-ignore format: one line
  })

  it('holds weights in another form', async () => {
    const names = async (layer: object): Promise<string> =>
      (await run([], 'images', { model: { layers: ['Flatten', { Linear: { outFeatures: 4, ...layer } }, 'Linear'] } }))
        .map((one) => one.split(' ')[0])
        .join(' ')
    expect(await names({ rank: 2 })).toBe('1.U 1.V 1.bias 2.weight 2.bias')
    expect(await names({ parametrization: 'weightNorm' })).toBe('1.bias 1.weight_g 1.weight_v 2.weight 2.bias')
    expect(await names({ parametrization: 'spectralNorm' })).toContain('1.parametrizations.weight.original')
    expect(await names({ parametrization: 'orthogonal' })).toContain('1.parametrizations.weight.original')
    await expect(names({ rank: 2, parametrization: 'orthogonal' })).rejects.toThrow('expected rank or parametrization')
  })

  it.each(['xavierUniform', 'xavierNormal', 'kaimingUniform', 'kaimingNormal', 'orthogonal', 'truncNormal'])(
    'starts from %s',
    async (init) => {
      const model = { layers: ['Flatten', { Linear: { outFeatures: 4 } }, 'Linear'], init }
      expect(await run([], 'images', { model })).toHaveLength(4)
    },
  )
})
