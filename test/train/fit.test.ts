import { describe, expect, it } from 'vitest'
import { Linear, Sequential } from '../../src/nn/index.node.js'
import { SGD } from '../../src/optim/index.node.js'
import { Generator, memory, randn, scope, type Tensor, tensor } from '../../src/tensor/index.node.js'
import { evaluate, fit, TensorDataset } from '../../src/train/index.node.js'

const mse = (output: Tensor, target: Tensor): Tensor => output.sub(target).square().mean()

describe('fit', () => {
  it('does by hand what one step of gradient descent does', async () => {
    // y = w x + b at w = 1, b = 0 on (1, 2), (2, 4): residuals -1, -2; loss 2.5, dw = 2 mean(r x) = -5, db = 2 mean(r) = -3.
    const model = new Sequential(new Linear(1, 1))
    scope(() => void model.loadStateDict(new Map([['0.weight', tensor([[1]])], ['0.bias', tensor([0])]]))) // biome-ignore format: one line
    const data = new TensorDataset(tensor([[1], [2]]), tensor([[2], [4]]))
    const optimizer = new SGD(model.namedParameters(), { lr: 0.1 })
    const report = await fit(model, data, { optimizer, loss: mse, batchSize: 2, steps: 1 })
    expect(report).toMatchObject({ outcome: 'done', steps: 1, epochs: 1, final: { train: { loss: 2.5 } } })
    const [w, b] = [...model.parameters()].map((x) => x.item())
    expect(w).toBeCloseTo(1.5, 6)
    expect(b).toBeCloseTo(0.3, 6)
    model.dispose()
    data.dispose()
  })

  it('is the same in bits for the same seed, and leaves no tensor behind', async () => {
    const run = async (seed: number): Promise<number[]> => {
      const generator = new Generator(1)
      const data = new TensorDataset(randn([50, 3], { generator }), randn([50, 2], { generator }))
      const model = new Sequential(new Linear(3, 2, { generator }))
      const optimizer = new SGD(model.namedParameters(), { lr: 0.05 })
      await fit(model, data, { optimizer, loss: mse, batchSize: 8, epochs: 1, seed })
      const before = memory().tensors
      await fit(model, data, { optimizer, loss: mse, batchSize: 8, epochs: 3, seed, validation: data })
      expect(memory().tensors).toBe(before)
      const { loss } = await evaluate(model, data, { loss: mse })
      const bits = [...model.parameters()].flatMap((x) => Array.from(x.toArray()))
      model.dispose()
      data.dispose()
      return [...bits, loss!]
    }
    expect(await run(3)).toEqual(await run(3))
    expect(await run(3)).not.toEqual(await run(4))
  })
})
