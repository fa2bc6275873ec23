import { expect, test } from 'vitest'
import { Linear, Sequential } from '../../src/nn/index.node.js'
import { l1, l2, linf, spectral } from '../../src/norms/index.node.js'
import * as optim from '../../src/optim/index.node.js'
import { manualSeed, memory, randn, scope } from '../../src/tensor/index.node.js'

type Make = (p: Iterable<[string, import('../../src/tensor/index.js').Tensor]>) => optim.Optimizer
const makers: Record<string, Make> = {
  sgd: (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9, nesterov: true }),
  adam: (p) => new optim.Adam(p, { lr: 0.05, amsgrad: true }),
  adamw: (p) => new optim.AdamW(p, { lr: 0.05 }),
  rmsprop: (p) => new optim.RMSprop(p, { lr: 0.01, centered: true, momentum: 0.5 }),
  adagrad: (p) => new optim.Adagrad(p, { lr: 0.3 }),
  adadelta: (p) => new optim.Adadelta(p, { lr: 10 }),
  nadam: (p) => new optim.NAdam(p, { lr: 0.05 }),
  lion: (p) => new optim.Lion(p, { lr: 0.02 }),
  muon: (p) => new optim.Muon(p, { lr: 0.05, adamLr: 0.05 }),
  signSGD: (p) => new optim.SteepestDescent(p, { norm: linf, lr: 0.02, sharp: false }),
  spectral: (p) => new optim.SteepestDescent(p, { norm: spectral, lr: 0.02, momentum: 0.5 }),
}

test.each(Object.entries(makers))('%s makes the loss of a small regression smaller', (_, make) => {
  manualSeed(1)
  const net = new Sequential(new Linear(4, 8), new Linear(8, 1))
  const optimizer = make(net.namedParameters())
  const weights = [...net.namedParameters()]
  const penalties = [
    optim.penalty(l1, 1e-4, weights, { mode: 'prox' }),
    optim.penalty(l2, 1e-4, weights, { on: '*weight', squared: true }),
  ]
  const set = optim.constraint(l2, weights, { radius: 5, along: 'units', on: '*weight' })
  const clip = optim.clipByNorm({ max: 5 })
  const schedule = optim.warmup(new optim.CosineAnnealingLR(optimizer, 200, { unit: 'step' }), 5)
  const x = randn([64, 4])
  const y = x.sum({ axis: 1, keepDims: true })
  const losses: number[] = []
  const counts: number[] = []
  for (let i = 1; i <= 100; i++) {
    scope(() => {
      optimizer.zeroGrad()
      const loss = net.forward(x).sub(y).square().mean()
      loss.add(penalties[1]!.value()).backward()
      clip.apply(optimizer.parameters)
      optimizer.step()
      penalties[0]!.step((p) => optimizer.rateOf(p))
      set.apply(i)
      schedule.step()
      losses.push(loss.item())
    })
    counts.push(memory().tensors)
  }
  expect(losses.at(-1)!).toBeLessThan(0.2 * losses[0]!)
  expect(counts.at(-1)).toBe(counts[1])
})
