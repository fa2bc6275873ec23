import { describe, expect, test } from 'vitest'
import { svdvals } from '../../src/linalg/index.node.js'
import { l1, l2, linf, spectral } from '../../src/norms/index.node.js'
import * as optim from '../../src/optim/index.node.js'
import { memory, StateDict, scope, type Tensor, tensor } from '../../src/tensor/index.node.js'
import { farthest, giveGradients, grads, oracle, parameters, shapes, type Type, values } from './material.js'

const { SGD, Adam, AdamW, RMSprop, Adagrad, Adadelta, NAdam } = optim
const classes = { SGD, Adam, AdamW, RMSprop, Adagrad, Adadelta, NAdam }

type Named = [string, Tensor][]
interface Run {
  readonly name: keyof typeof classes
  readonly options: object
  readonly dtype: Type
  readonly after: Record<string, number[][]>
}

/** Every optimizer with options of its own: what all of them must hold. */
const table: Record<string, (list: Named) => optim.Optimizer> = {
  SGD: (list) => new optim.SGD(list, { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
  'SGD by groups': (list) => new optim.SGD(list, { lr: 0.1, groups: [{ only: 'bias', lr: 0.01, momentum: 0.5 }] }),
  Adam: (list) => new optim.Adam(list, { amsgrad: true }),
  AdamW: (list) => new optim.AdamW(list),
  RMSprop: (list) => new optim.RMSprop(list, { centered: true, momentum: 0.5 }),
  Adagrad: (list) => new optim.Adagrad(list, { lrDecay: 0.1 }),
  Adadelta: (list) => new optim.Adadelta(list),
  NAdam: (list) => new optim.NAdam(list),
  Lion: (list) => new optim.Lion(list, { weightDecay: 0.1 }),
  Muon: (list) => new optim.Muon(list, { adamLr: 1e-3 }),
  'SteepestDescent spectral': (list) =>
    new optim.SteepestDescent(list, { norm: spectral, momentum: 0.9, nesterov: true }),
  'SteepestDescent linf': (list) => new optim.SteepestDescent(list, { norm: 'linf', sharp: false }),
}

/** Rounding of f32 adds up over 100 steps; PyTorch keeps a factor of NAdam in f32 whatever the parameters are. */
const tolerance = (name: string, dtype: Type): number => (dtype === 'f32' ? 5e-6 : name === 'NAdam' ? 1e-7 : 1e-12)

describe('given the same gradients, equal to PyTorch', () => {
  for (const { name, options, dtype, after } of oracle<{ runs: Run[] }>('steps').runs)
    test(`${name} ${JSON.stringify(options)} ${dtype}`, () => {
      const list = parameters(dtype)
      const optimizer = new classes[name](list, options)
      for (let t = 1; t <= 100; t++) {
        giveGradients(list, t)
        optimizer.step()
        const expected = after[t]
        if (expected) expect(farthest(expected, values(list))).toBeLessThan(tolerance(name, dtype))
      }
    })
})

describe('by hand', () => {
  const one = (value: number, grad: number): Named => {
    const w = tensor([value], { dtype: 'f64' })
    w.requiresGrad = true
    w.grad = tensor([grad], { dtype: 'f64' })
    return [['w', w]]
  }

  test('SGD with momentum: 1 - 0.1 2 = 0.8, then b = 0.5 2 + 2 = 3 and 0.8 - 0.1 3 = 0.5', () => {
    const list = one(1, 2)
    const optimizer = new optim.SGD(list, { lr: 0.1, momentum: 0.5 })
    optimizer.step()
    expect(values(list)[0]![0]).toBeCloseTo(0.8, 15)
    optimizer.step()
    expect(values(list)[0]![0]).toBeCloseTo(0.5, 15)
  })

  test('Lion moves by lr against the sign, and not where the gradient is 0', () => {
    const w = tensor([1, 1, 1], { dtype: 'f64' })
    w.requiresGrad = true
    w.grad = tensor([0.001, -500, 0], { dtype: 'f64' })
    new optim.Lion([['w', w]], { lr: 0.25, weightDecay: 0.4 }).step()
    expect([...w.toArray()]).toEqual([0.65, 1.15, 0.9])
  })

  test('steepest descent under l1 moves along the largest slope alone', () => {
    const w = tensor([0, 0, 0], { dtype: 'f64' })
    w.requiresGrad = true
    w.grad = tensor([1, -3, 3], { dtype: 'f64' })
    new optim.SteepestDescent([['w', w]], { lr: 0.5, norm: l1 }).step()
    expect([...w.toArray()]).toEqual([0, 1.5, 0])
  })
})

describe('laws', () => {
  const run = (make: (list: Named) => optim.Optimizer, dtype: Type, steps = 20): number[][] => {
    const list = parameters(dtype)
    const optimizer = make(list)
    for (let t = 1; t <= steps; t++) {
      giveGradients(list, t)
      optimizer.step()
    }
    return values(list)
  }

  test.each(['f32', 'f64'] as const)('the sharp step of l2 is SGD, bit for bit (%s)', (dtype) => {
    const plain = run((list) => new optim.SGD(list, { lr: 0.1 }), dtype)
    expect(run((list) => new optim.SteepestDescent(list, { norm: l2, lr: 0.1 }), dtype)).toEqual(plain)
    const momentum = run((list) => new optim.SGD(list, { lr: 0.1, momentum: 0.9 }), dtype)
    const ours = run((list) => new optim.SteepestDescent(list, { norm: l2, lr: 0.1, momentum: 0.9 }), dtype)
    expect(farthest(momentum, ours)).toBeLessThan(dtype === 'f32' ? 1e-6 : 1e-14)
  })

  test('the unit step of linf is signSGD', () => {
    const list = parameters('f64')
    const before = values(list)
    giveGradients(list, 3)
    const signs = grads(list).map((row) => row.map(Math.sign))
    new optim.SteepestDescent(list, { norm: linf, lr: 0.25, sharp: false }).step()
    const expected = before.map((row, i) => row.map((one, j) => one - 0.25 * signs[i]![j]!))
    expect(farthest(expected, values(list))).toBeLessThan(1e-15)
  })

  test('every unit step has length lr under its norm', () => {
    for (const norm of [l1, l2, linf, spectral]) {
      const list = parameters('f64')
      const before = list.map(([, w]) => w.detach().clone())
      giveGradients(list, 5)
      new optim.SteepestDescent(list, { norm, lr: 0.25, sharp: false }).step()
      for (const [i, [, w]] of list.entries()) {
        const moved = w.detach().sub(before[i]!)
        expect(
          norm.value(norm === spectral ? moved.reshape([moved.size / w.shape.at(-1)!, -1]) : moved).item(),
        ).toBeCloseTo(0.25, 10)
      }
    }
  })

  test("Muon's update has singular values near lr", () => {
    const w = tensor(
      Float32Array.from({ length: 48 }, (_, i) => Math.sin(i * i)),
      { shape: [6, 8] },
    )
    const before = w.clone()
    w.requiresGrad = true
    w.grad = tensor(
      Float32Array.from({ length: 48 }, (_, i) => Math.cos(i * i + 1)),
      { shape: [6, 8] },
    )
    new optim.Muon([['w', w]], { lr: 0.5, weightDecay: 0 }).step()
    const sizes = svdvals(w.detach().sub(before)).toArray()
    for (const one of sizes) {
      expect(one / 0.5).toBeGreaterThan(0.6)
      expect(one / 0.5).toBeLessThan(1.25)
    }
  })

  test('Muon gives vectors the steps of AdamW', () => {
    const rates = { lr: 0.02, weightDecay: 0.1 }
    const ours = run((list) => new optim.Muon(list, rates), 'f64')
    expect(ours[1]).toEqual(run((list) => new optim.AdamW(list, rates), 'f64')[1])
    const all = run((list) => new optim.Muon(list, { ...rates, groups: [{ only: 'weight', method: 'adamw' }] }), 'f64')
    expect(all).toEqual(run((list) => new optim.AdamW(list, rates), 'f64'))
  })

  test('a strided parameter and a strided gradient move as contiguous ones do', () => {
    const make = (isStrided: boolean): number[][] => {
      const base = tensor([[1, 2, 3], [4, 5, 6]], { dtype: 'f64' }) // biome-ignore format: a matrix
      const w = isStrided ? base.transpose() : base.transpose().contiguous()
      w.requiresGrad = true
      const optimizer = new optim.Adam([['w', w]], { lr: 0.1 })
      for (let t = 0; t < 3; t++) {
        const g = tensor([[1, -2, t], [4, 5, -6]], { dtype: 'f64' }).transpose() // biome-ignore format: a matrix
        w.grad = isStrided ? g : g.contiguous()
        optimizer.step()
      }
      return [[...w.contiguous().toArray()]]
    }
    expect(make(true)).toEqual(make(false))
  })

  for (const [name, make] of Object.entries(table)) {
    test.each(['f32', 'f64'] as const)(`${name} goes on from its state bit for bit (%s)`, (dtype) => {
      const whole = run(make, dtype)
      const list = parameters(dtype)
      const first = make(list)
      for (let t = 1; t <= 9; t++) {
        giveGradients(list, t)
        first.step()
      }
      // Through JSON, as a checkpoint carries it.
      const { tensors, ...rest } = first.stateDict()
      const saved = { ...(JSON.parse(JSON.stringify(rest)) as typeof rest), tensors }
      first.dispose()
      const second = make(list)
      for (const group of second.paramGroups) group.lr = 99
      second.loadStateDict(saved)
      for (let t = 10; t <= 20; t++) {
        giveGradients(list, t)
        second.step()
      }
      expect(values(list)).toEqual(whole)
    })

    test(`${name} leaves no tensor behind after a step, and none at all after dispose`, () => {
      const list = parameters()
      giveGradients(list, 1)
      const before = memory().tensors
      const optimizer = make(list)
      optimizer.step()
      const after = memory().tensors
      optimizer.step()
      scope(() => optimizer.step())
      expect(memory().tensors).toBe(after)
      optimizer.dispose()
      expect(memory().tensors).toBe(before)
    })

    test(`${name} passes over what has no gradient`, () => {
      const list = parameters()
      giveGradients(list, 1)
      list[0]![1].zeroGrad()
      const before = values(list)
      make(list).step()
      const after = values(list)
      expect(after[0]).toEqual(before[0])
      expect(after[1]).not.toEqual(before[1])
    })
  }

  test('a closure computes the loss first, also inside noGrad, and its loss is returned', () => {
    const w = tensor([2], { requiresGrad: true })
    const optimizer = new optim.SGD([['w', w]], { lr: 0.25 })
    const loss = optimizer.step(() => {
      optimizer.zeroGrad()
      const value = w.square().sum()
      value.backward()
      return value
    })
    expect(loss!.item()).toBe(4)
    expect(w.item()).toBe(1)
  })

  test('a step notices for gradients that the parameter was changed', () => {
    const w = tensor([2], { requiresGrad: true })
    const y = w.square().sum()
    w.grad = tensor([1])
    new optim.SGD([['w', w]]).step()
    expect(() => y.backward()).toThrow('was changed in place')
  })
})

describe('messages', () => {
  const list = parameters()
  test.each([
    [() => new optim.SGD(list, { lr: -1 }), 'SGD: lr -1; expected a finite number from 0 on.'],
    [() => new optim.SGD(list, { lr: Number.NaN }), 'SGD: lr NaN; expected a finite number from 0 on.'],
    [() => new optim.SGD(list, { lr: 1, weight_decay: 1 } as never), 'SGD: option "weight_decay" is not known; expected lr, momentum, dampening, nesterov, weightDecay, maximize. Try weightDecay.'],
    [() => new optim.SGD(list, { nesterov: true }), 'SGD: nesterov with momentum 0 and dampening 0; expected momentum above 0 and no dampening.'],
    [() => new optim.Adam(list, { betas: [0.9, 1] }), 'Adam: betas 0.9,1; expected two numbers from 0 to less than 1.'],
    [() => new optim.Adam(list, { groups: [{ only: 'bias', eps: -1 }] }), 'Adam: eps -1; expected a finite number from 0 on.'],
    [() => new optim.Adam(list, { groups: [{ only: 'head.*' }] }), "Adam: 'head.*' matches none of the 2 parameters; the first is 'weight'."],
    [() => new optim.Adam([]), 'Adam: there are no parameters. Try model.namedParameters().'],
    [() => new optim.Muon(list, { scale: 'big' } as never), "Muon: scale 'big'; expected shape or rms or none."],
    [() => new optim.SteepestDescent(list, { norm: 'l0' }), 'SteepestDescent: l0 is no norm; expected l2, linf, spectral and kin, which have steepest directions.'],
  ] as const)('%#', (fn, message) => expect(fn).toThrow(message)) // biome-ignore format: a table

  test('the state of other parameters', () => {
    const saved = new optim.SGD(list, { momentum: 0.9 }).stateDict()
    const others: Named = [['other', tensor([1], { requiresGrad: true })]]
    expect(new optim.SGD(others).stateDict().groups[0]!.params).toEqual(['other'])
    giveGradients(list, 1)
    const optimizer = new optim.SGD(list, { momentum: 0.9 })
    optimizer.step()
    expect(() => new optim.SGD(others).loadStateDict(optimizer.stateDict())).toThrow(
      "optimizer state: there is no parameter 'weight' here.",
    )
    expect(saved.tensors.size).toBe(0)
  })

  test('a state that does not fit changes nothing', () => {
    const mine = parameters()
    const optimizer = new optim.Adam(mine)
    giveGradients(mine, 1)
    optimizer.step()
    const whole = optimizer.stateDict()
    const before = JSON.stringify([...whole.tensors.values()].map((one) => [...one.toArray()]))
    const wrong: [optim.OptimizerState, string][] = [
      [{ ...whole, tensors: new StateDict([['exp_avg.bias', tensor([1, 2])]]) }, "optimizer state: 'exp_avg.bias' is f32[2]; expected f32[3], as the parameter."],
      [{ ...whole, tensors: new StateDict([['exp_avg.bias', tensor([1, 2, 3], { dtype: 'f64' })]]) }, "optimizer state: 'exp_avg.bias' is f64[3]; expected f32[3], as the parameter."],
      [{ ...whole, tensors: new StateDict([['exp_avg.head', tensor([1])]]) }, "optimizer state: there is no parameter for 'exp_avg.head' here."],
      [{ ...whole, groups: [{ params: ['weight'], options: {} }] }, "optimizer state: 'bias' is in group 0 of one of the two alone, state or optimizer."],
      [{ ...whole, groups: [{ params: ['weight', 'bias'], options: { lr: Number.NaN } }] }, 'Adam: lr NaN; expected a finite number from 0 on.'],
      [{ ...whole, groups: [{ params: ['weight', 'bias'], options: { momentum: 1 } }] }, 'Adam: option "momentum" is not known'],
      [{ ...whole, groups: [] }, 'optimizer state: it has 0 groups of parameters; expected 1.'],
    ] // biome-ignore format: a table
    for (const [state, message] of wrong) {
      expect(() => optimizer.loadStateDict(state)).toThrow(message)
      expect(JSON.stringify([...optimizer.stateDict().tensors.values()].map((one) => [...one.toArray()]))).toBe(before)
    }
  })

  test('shapes of the oracle are those of the material', () =>
    expect(oracle<{ shapes: number[][] }>('steps').shapes).toEqual(shapes))
})
