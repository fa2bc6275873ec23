import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { crossEntropy, Linear, mseLoss } from '../../src/nn/index.node.js'
import { SGD } from '../../src/optim/index.node.js'
import { readTable } from '../../src/table/index.node.js'
import { Generator, indexSelect, randn, type Tensor, tensor } from '../../src/tensor/index.node.js'
import {
  evaluate,
  fit,
  runTraining,
  split,
  TensorDataset,
  type TrainConfig,
  tableDataset,
  weightedLoss,
} from '../../src/train/index.node.js'

const generator = new Generator(3)
const x = randn([6, 2], { generator }).keep()
const numbers = randn([6, 1], { generator }).keep()
const classes = tensor(Int32Array.of(0, 1, 2, 1, 0, 2)).keep()
/** Rows 0 .. 5, row 1 twice and row 4 three times. */
const repeated = tensor(Int32Array.of(0, 1, 1, 2, 3, 4, 4, 4, 5)).keep()
const counts = Float32Array.of(1, 2, 1, 1, 3, 1)

async function trained(
  target: Tensor,
  weights: Float32Array | null,
  options: { repeat?: boolean; batchSize?: number; accumulate?: number } = {},
) {
  // biome-ignore format: one line
  const isClasses = target.dtype === 'i32'
  const model = new Linear(2, isClasses ? 3 : 1, { generator: new Generator(4) })
  const take = (one: Tensor): Tensor => (options.repeat ? indexSelect(one, repeated) : one.clone())
  const data = new TensorDataset(take(x), take(target), weights ? { weights } : {})
  const optimizer = new SGD(model.namedParameters(), { lr: 0.1 })
  const loss = isClasses ? weightedLoss(crossEntropy) : weightedLoss(mseLoss)
  const { batchSize = 9, accumulate = 1 } = options
  const report = await fit(model, data, { optimizer, loss, epochs: 5, batchSize, accumulate, seed: 1 })
  const { loss: evaluated } = await evaluate(model, data, { loss, batchSize: 4 })
  const values = [...model.parameters()].flatMap((one) => Array.from(one.toArray() as unknown as number[]))
  return { values, evaluated: evaluated!, report }
}
const close = (a: readonly number[], b: readonly number[]): void => {
  for (const [i, one] of a.entries()) expect(one).toBeCloseTo(b[i]!, 5)
}

describe.each([
  ['numbers', numbers],
  ['classes', classes],
] as const)('weights of %s', (_, target) => {
  it('of 2 and 3 are rows that come twice and three times', async () => {
    const [a, b] = [await trained(target, counts), await trained(target, null, { repeat: true })]
    close(a.values, b.values)
    expect(a.evaluated).toBeCloseTo(b.evaluated, 5)
  })

  it('that are all alike change nothing, bit by bit', async () => {
    const [a, b] = [await trained(target, new Float32Array(6).fill(0.3)), await trained(target, null)]
    expect(a.values).toEqual(b.values)
    expect(a.evaluated).toBe(b.evaluated)
  })

  it('in another unit are the same', async () => {
    close(
      (await trained(target, counts)).values,
      (
        await trained(
          target,
          counts.map((one) => 7 * one),
        )
      ).values,
    )
  })

  it('accumulated over batches are those of one batch', async () => {
    close((await trained(target, counts)).values, (await trained(target, counts, { batchSize: 2, accumulate: 3 })).values) // biome-ignore format: one line
  })
})

describe('weightedLoss', () => {
  it('is the weighted mean, by hand', () => {
    const [output, target] = [tensor([[1], [2], [3]]), tensor([[0], [0], [0]])]
    const loss = weightedLoss(mseLoss)
    expect(loss(output, target, Float32Array.of(1, 0, 3)).item()).toBeCloseTo((1 + 27) / 4, 6)
    expect(loss(output, target, Float32Array.of(0, 0, 0)).item()).toBe(0)
    expect(loss(output, target).item()).toBeCloseTo(14 / 3, 6)
  })

  it('is asked for where the data has weights', async () => {
    const data = new TensorDataset(x.clone(), numbers.clone(), { weights: counts })
    const model = new Linear(2, 1)
    const optimizer = new SGD(model.namedParameters(), { lr: 0.1 })
    await expect(fit(model, data, { optimizer, loss: mseLoss })).rejects.toThrow(
      'fit: the data has weights, which this loss does not take. Try loss: weightedLoss(crossEntropy).',
    )
  })

  it('weights that cannot be are refused', () => {
    const make = (...weights: number[]) => () => new TensorDataset(x.clone(), numbers.clone(), { weights: Float32Array.from(weights) }) // biome-ignore format: one line
    expect(make(1, 2)).toThrow('TensorDataset: 2 weights for 6 examples; expected as many.')
    expect(make(1, 1, -1, 1, 1, 1)).toThrow(
      'TensorDataset: weight -1 of example 2; expected a finite number from 0 on.',
    )
    expect(make(0, 0, 0, 0, 0, 0)).toThrow('TensorDataset: all weights are 0; expected a positive one.')
  })

  it('parts of a data set keep their weights', () => {
    const data = new TensorDataset(x.clone(), numbers.clone(), { weights: counts })
    const [a, b] = split(data, [4, 2], { shuffle: false })
    expect(Array.from(a!.weights()!)).toEqual([1, 2, 1, 1])
    expect(Array.from(b!.weights()!)).toEqual([3, 1])
  })
})

describe('tables', () => {
  const csv = 'a,b,weight,y\n1,2,0.5,1.5\n2,1,2,0.5\n3,5,0,2.5\n4,1,1,9.5\n'
  const table = () => readTable(new TextEncoder().encode(csv))

  it('a column of weights is no feature', async () => {
    const data = tableDataset(await table(), { weights: 'weight' })
    expect(data.encoding.featureNames).toEqual(['a', 'b'])
    expect(data.encoding.target.name).toBe('y')
    expect(Array.from(data.weights()!)).toEqual([0.5, 2, 0, 1])
    expect(Array.from(tableDataset(await table(), { target: 'y' }).encoding.featureNames)).toEqual(['a', 'b', 'weight'])
  })

  it('what cannot be a column of weights is told', async () => {
    const one = await table()
    expect(() => tableDataset(one, { weights: 'y', target: 'y' })).toThrow("tableDataset: 'y' has the weights and is target; expected a column of its own.") // biome-ignore format: one line
    expect(() => tableDataset(one, { weights: 'a', features: ['a', 'b'], target: 'y' })).toThrow("'a' has the weights and is a feature") // biome-ignore format: one line
    expect(() => tableDataset(one, { weights: 'wieght' })).toThrow("Did you mean 'weight'?")
    const bad = await readTable(new TextEncoder().encode('a,weight,y\n1,-2,1.5\n2,1,2.5\n'))
    expect(() => tableDataset(bad, { weights: 'weight' })).toThrow("line 2, column 'weight': weight -2; expected a finite number from 0 on.") // biome-ignore format: one line
  })

  it('a configuration trains with them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weights-'))
    const rows = (weights: readonly number[], times: readonly number[]) => {
      const lines = ['a,b,y,weight']
      for (const [i, weight] of weights.entries())
        for (let k = 0; k < times[i]!; k++) lines.push(`${i},${(i * i) % 5}.5,${Math.sin(i).toFixed(3)},${weight}`)
      return `${lines.join('\n')}\n`
    }
    writeFileSync(join(folder, 'weighted.csv'), rows([1, 2, 1, 3], [1, 1, 1, 1]))
    writeFileSync(join(folder, 'repeated.csv'), rows([1, 1, 1, 1], [1, 2, 1, 3]))
    const losses: number[] = []
    for (const train of ['weighted.csv', 'repeated.csv']) {
      const config = { data: { train, target: 'y', weights: 'weight', normalize: 'none' }, model: { preset: 'linear' }, optimizer: { name: 'SGD', lr: 0.01 }, epochs: 3, batch: 64 } as unknown as TrainConfig // biome-ignore format: one line
      const report = await runTraining(config, { folder })
      losses.push(report.final.train['loss']!)
    }
    expect(losses[0]).toBeCloseTo(losses[1]!, 5)
  })
})
