import { describe, expect, test } from 'vitest'
import { Linear, Module, Sequential } from '../../src/nn/index.node.js'
import { SGD } from '../../src/optim/index.node.js'
import { manualSeed, randn, relu, scope, type Tensor } from '../../src/tensor/index.node.js'

class Net extends Module {
  readonly hidden = new Linear(4, 8)
  readonly out = new Sequential(new Linear(8, 8), new Linear(8, 1, { bias: false }))
  forward(x: Tensor): Tensor {
    return this.out.forward(relu(this.hidden.forward(x)))
  }
}

describe('Module', () => {
  test('names follow the fields, in their order', () => {
    const net = new Net()
    const names = ['hidden.weight', 'hidden.bias', 'out.0.weight', 'out.0.bias', 'out.1.weight']
    expect([...net.stateDict().keys()]).toEqual(names)
    expect([...net.namedParameters()].map(([name]) => name)).toEqual(names)
    expect([...net.namedModules()].map(([name]) => name)).toEqual(['', 'hidden', 'out', 'out.0', 'out.1'])
  })

  test('gradient descent makes the loss of a small regression smaller', () => {
    manualSeed(1)
    const net = new Net()
    const optimizer = new SGD(net.namedParameters(), { lr: 0.05 })
    const x = randn([64, 4])
    const y = x.sum({ axis: 1, keepDims: true })
    const losses: number[] = []
    for (let i = 0; i < 50; i++)
      scope(() => {
        optimizer.zeroGrad()
        const loss = net.forward(x).sub(y).square().mean()
        loss.backward()
        optimizer.step()
        losses.push(loss.item())
      })
    expect(losses.at(-1)!).toBeLessThan(0.1 * losses[0]!)
  })

  test('hooks see inputs and outputs, and removed ones do not', () => {
    const layer = new Linear(2, 3)
    const seen: number[] = []
    const handle = layer.registerForwardHook((_, [x], y) => {
      seen.push(x.size, y.size)
      return undefined
    })
    layer.forward(randn([5, 2]))
    handle.remove()
    layer.forward(randn([5, 2]))
    expect(seen).toEqual([10, 15])
  })
})
