/** What is wrong with a configuration is told in a sentence with its line; hostile ones are refused at once. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { trainSchema } from '../../../src/train/config/schema/schema.js'
import { withSetting } from '../../../src/train/config/set.js'
import { parseTrainConfig, runTraining, withField } from '../../../src/train/index.node.js'

const problems = async (text: string): Promise<string[]> =>
  (await parseTrainConfig(text)).problems.map(({ line, column, message }) => `${line}:${column}: ${message}`)
const data = 'data: { format: digits }\n'
const good = `${data}model: { preset: mlp }\n`

describe('configurations', () => {
  it('YAML and JSON are the same', async () => {
    const config = { data: { format: 'digits' }, model: { preset: 'mlp' } }
    expect((await parseTrainConfig(good)).config).toEqual(config)
    expect((await parseTrainConfig(JSON.stringify(config))).config).toEqual(config)
  })

  const cases: readonly (readonly [string, string[]])[] = [
    ['', ['1:1: the file is empty. Expected data: and model:.']],
    ['- a\n', ['1:1: expected a map, got a list.']],
    [data, ["1:1: 'model' is missing."]],
    [`${good}epoch: 3\n`, ["3:1: unknown word 'epoch'. Did you mean 'epochs'?"]],
    [`${good}epochs: 0\n`, ['3:9: epochs: expected a number of at least 1, got 0.']],
    [`${good}epochs: 1.5\n`, ['3:9: epochs: expected a whole number, got 1.5.']],
    [`${good}batch: 1e300\n`, ['3:8: batch: expected a number of at most 2147483647, got 1e+300.']],
    [`${good}seed: .nan\n`, ['3:7: seed: expected a whole number, got NaN.']],
    [`${good}seed: 1e400\n`, ['3:7: seed: expected a whole number, got Infinity.']],
    [`${data}model: { preset: mlpp }\n`, ["2:18: model.preset: 'mlpp' is not known. Did you mean 'mlp'?"]],
    [`${data}model: 3\n`, ['2:8: model: expected a map, got 3.']],
    [`${data}model: { preset: cnn, heads: 2 }\n`, ["2:23: model: unknown word 'heads'. Expected one of preset, hidden, dense, activation, dropout, batchNorm, kernelSize, init, freeze."]],
    [`${data}model:\n  layers:\n    - Lineer\n    - { Linear: { outFeature: 3 } }\n    - 7\n`, [
      "4:7: model.layers[0]: 'Lineer' is not known. Did you mean 'Linear'?",
      "5:19: model.layers[1].Linear: unknown word 'outFeature'. Did you mean 'outFeatures'?",
      '6:7: model.layers[2]: expected text or a map, got 7.',
    ]],
    [`${data}model: { layers: [{ Conv2d: { outChannels: 3 } }] }\n`, ["2:29: model.layers[0].Conv2d: 'kernelSize' is missing."]],
    [`${good}optimizer: { name: adam }\n`, ["3:20: optimizer.name: 'adam' is not known. Did you mean 'Adam'?"]],
    [`${good}optimizer: { name: SGD, betas: [0.9, 0.99], lr: -1 }\n`, [
      "3:25: optimizer: unknown word 'betas'. Expected one of name, lr, momentum, dampening, nesterov, weightDecay, groups.",
      '3:49: optimizer.lr: expected a number above 0, got -1.',
    ]],
    [`${good}schedule: { name: CosineLR }\n`, ["3:19: schedule.name: 'CosineLR' is not known. Expected one of StepLR, MultiStepLR, ExponentialLR, CosineAnnealingLR, CosineAnnealingWarmRestarts, OneCycleLR, LinearLR, PolynomialLR, ReduceLROnPlateau."]],
    [`${good}penalties:\n  - { norm: l1 }\n`, ["4:5: penalties[0]: 'lambda' is missing."]],
    [`${good}penalties: { norm: l1, lambda: 1 }\n`, ['3:12: penalties: expected a list, got a map.']],
    [`${good}monitor: true\n`, ['3:10: monitor: true is not known. Expected one of false.']],
    [`${good}loss: 4\n`, ['3:7: loss: expected text or a map, got 4.']],
    [`${good}__proto__: { polluted: true }\n`, [expect.stringMatching(/^3:1: unknown word '__proto__'\./)]],
  ] // biome-ignore format: a table
  it.each(cases)('%j is told with its lines', async (text, expected) => {
    expect(await problems(text)).toEqual(expected)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('norms are read, with their line', async () => {
    expect(await problems(`${good}penalties:\n  - { norm: l7, lambda: 1 }\n`)).toEqual([
      expect.stringMatching(/^4:13: .*"l7" is not known; expected l0, l1, .*Try l0\.$/),
    ])
    expect(await problems(`${good}constraints:\n  - { norm: nonnegative }\n  - { norm: sphere }\n`)).toEqual([
      expect.stringMatching(/^5:13: .*"sphere" is not known/),
    ])
  })

  it.each([
    [`${data}model: { layers: [Flatten, { Linear: { inFeatures: 3, outFeatures: 4 } }, Linear] }\n`, 'c.yaml:2:52: model.layers[1].Linear.inFeatures: inFeatures is 3, and [64] comes in; expected 64.'],
    [`${good}loss: crossEntropi\n`, "c.yaml:3:7: loss: 'crossEntropi' is not known. Did you mean 'crossEntropy'?"],
    [`${good}loss: mse\n`, 'c.yaml:3:7: loss: mse is for numbers, and the targets are classes. Try crossEntropy.'],
    [`${good}loss: spectral\n`, 'c.yaml:3:7: loss: a norm of the residual is for numbers'],
    [`${good}metrics: [acuracy]\n`, "c.yaml:3:11: metrics[0]: metrics: there is no metric 'acuracy'"],
    [`${good}penalties:\n  - { norm: l1, lambda: 1, on: 'fc*' }\n`, "c.yaml:4:5: penalties[0]: penalty: 'fc*' matches none of the 6 parameters"],
    [`${good}constraints:\n  - { norm: spectral }\n`, 'c.yaml:4:5: constraints[0]: constraint: '],
    [`data: { format: digits, classWeights: [1, 2] }\nmodel: { preset: mlp }\n`, 'c.yaml:1:39: data.classWeights: has 2 numbers, and there are 10 classes.'],
    [`data: { format: digits, split: { test: 0.6, validation: 0.5 } }\nmodel: { preset: mlp }\n`, 'c.yaml:1:32: data.split: nothing is left to train on'],
    [`data: { train: here/not.csv }\nmodel: { preset: mlp }\n`, "data.train: no such file or folder: 'here/not.csv'."],
    [`data: { format: csv }\nmodel: { preset: mlp }\n`, "c.yaml:1:7: data: 'train' is missing: a file or a folder with examples."],
  ])('%j is told when it is built, with its line', async (text, message) => {
    await expect(runTraining({ text, name: 'c.yaml' })).rejects.toThrow(message)
  }) // biome-ignore format: a table

  it('depth, size and aliases are bounded, at once', async () => {
    const start = performance.now()
    expect(await problems('['.repeat(1e5))).toEqual(['1:65: lists and maps are nested more than 64 deep.'])
    expect(await problems('{a: '.repeat(1e5))).toHaveLength(1)
    expect(await problems('x'.repeat(2 ** 20 + 1))).toEqual([
      '1:1: the file has 1048577 characters; configurations may have 1048576.',
    ])
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefghi'.split('').map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`)].join('\n') // biome-ignore format: one line
    expect((await problems(bomb))[0]).toMatch(/aliases multiply/)
    let layers = 'ReLU'
    for (let i = 0; i < 14; i++) layers = `{ Residual: { layers: [${layers}] } }`
    expect((await parseTrainConfig(`${data}model: { layers: [${layers}] }\n`)).problems).toEqual([])
    expect(performance.now() - start).toBeLessThan(4000)
  })

  it('sizes that no machine has are refused by memory, in a sentence', async () => {
    const text = `${data}model: { preset: mlp, hidden: [2147483647] }\n`
    await expect(runTraining({ text, name: 'c.yaml' })).rejects.toThrow(/memory|GiB|too large/i)
  })
})

describe('--set', () => {
  const config = { data: {}, model: { preset: 'mlp' }, penalties: [{ norm: 'l1', lambda: 1 }] }

  it('sets numbers, lists, text, and makes maps on the way', async () => {
    expect(await withSetting(config, 'optimizer.lr=0.01')).toEqual({ ...config, optimizer: { name: 'Adam', lr: 0.01 } }) // biome-ignore format: one line
    expect(await withSetting(config, 'model.hidden=[64, 32]')).toEqual({ ...config, model: { preset: 'mlp', hidden: [64, 32] } }) // biome-ignore format: one line
    expect(await withSetting(config, 'penalties[0].norm=group(l2, l1)')).toEqual({ ...config, penalties: [{ norm: 'group(l2, l1)', lambda: 1 }] }) // biome-ignore format: one line
    expect(config.penalties[0]).toEqual({ norm: 'l1', lambda: 1 })
    expect(withField(config, 'penalties.1', { norm: 'l2', lambda: 2 }).penalties).toHaveLength(2)
  })

  it.each([
    ['lr', "--set 'lr': expected PATH=VALUE, such as optimizer.lr=0.01."],
    ['a..b=1', "'a..b': not a path of a configuration."],
    ['__proto__.x=1', "'__proto__.x': not a path of a configuration."],
    ['penalties.7.lambda=1', "'penalties.7.lambda': '7' is no place in a list of 1."],
    ['model.preset.x=1', "'model.preset.x': 'x' is inside mlp, which has no fields."],
    ['a=[1', "--set 'a=[1': not YAML or JSON"],
  ])('%s is refused', async (setting, message) => {
    await expect(withSetting(config, setting)).rejects.toThrow(message)
  })
})

it('the schema for editors is the one in the code', () => {
  const file = readFileSync(fileURLToPath(new URL('../../../docs/train.schema.json', import.meta.url)), 'utf8')
  expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(trainSchema)))
})

const folder = fileURLToPath(new URL('../../../examples/', import.meta.url))
it.each(readdirSync(folder).filter((name) => name.endsWith('.yaml')))('examples/%s is right', async (name) => {
  expect((await parseTrainConfig(readFileSync(folder + name, 'utf8'))).problems).toEqual([])
})
