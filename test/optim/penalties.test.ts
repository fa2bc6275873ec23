import { describe, expect, test } from 'vitest'
import {
  elasticNet,
  group,
  l0,
  l1,
  l2,
  linf,
  nuclear,
  type Regularizer,
  rank,
  spectral,
} from '../../src/norms/index.node.js'
import * as optim from '../../src/optim/index.node.js'
import { Generator, gradcheck, memory, randn, type Tensor, tensor } from '../../src/tensor/index.node.js'
import { farthest, giveGradients, oracle, parameters } from './material.js'

const matrix = (): Tensor => tensor([[3, 4], [0.6, -0.8], [0, 0.1]], { dtype: 'f64', requiresGrad: true }) // biome-ignore format: a matrix
const vector = (): Tensor => tensor([2, -0.5], { dtype: 'f64', requiresGrad: true })
/** [2 units, 2 channels, 1, 2]. */
const kernel = (): Tensor =>
  tensor([[[[3, 0]], [[0, 4]]], [[[0, 0]], [[0, 3]]]], { dtype: 'f64', requiresGrad: true }) // biome-ignore format: a kernel
const pair = (): [string, Tensor][] => [['fc.weight', matrix()], ['fc.bias', vector()]] // biome-ignore format: one line
const elements = (x: Tensor): number[] => [...x.detach().contiguous().toArray()]
const close = (a: readonly number[], b: readonly number[], digits = 12): void => {
  expect(b.length).toBe(a.length)
  for (const [i, one] of a.entries()) expect(b[i]).toBeCloseTo(one, digits)
}

describe('values by hand', () => {
  test.each<[string, Regularizer, optim.PenaltyOptions, number]>([
    ['l1 of all', l1, {}, 8.5 + 2.5],
    ['l1 of weights', l1, { on: '*weight' }, 8.5],
    ['half the squared l2: weight decay', l2, { squared: true, on: '*weight' }, (25 + 1 + 0.01) / 2],
    ['units: group lasso of rows', l2, { groups: 'units', on: '*weight' }, 5 + 1 + 0.1],
    ['units of a vector are its elements', l2, { groups: 'units', on: '*bias' }, 2.5],
    ['features: group lasso of columns', l2, { groups: 'features', on: '*weight' }, Math.hypot(3, 0.6) + Math.hypot(4, 0.8, 0.1)],
    ['a vector is one column to nuclear', nuclear, { on: '*bias' }, Math.hypot(2, 0.5)],
    ['elastic net', elasticNet({ l1: 2, l2: 4 }), { on: '*bias' }, 2 * 2.5 + 2 * 4.25],
    ['the largest of each row', linf, { groups: 'units', on: '*weight' }, 4 + 0.8 + 0.1],
  ])('%s', (_, regularizer, options, expected) => {
    const one = optim.penalty(regularizer, 0.5, pair(), options)
    expect(one.value().item()).toBeCloseTo(0.5 * expected, 12)
    one.lambda = 2
    expect(one.value().item()).toBeCloseTo(2 * expected, 12)
  }) // biome-ignore format: a table

  test('input channels of a kernel: l2 of all that a channel goes through', () => {
    const one = optim.penalty(l2, 1, [['conv.weight', kernel()]], { groups: 'features' })
    expect(one.value().item()).toBeCloseTo(3 + 5, 12)
    const units = optim.penalty(l2, 1, [['conv.weight', kernel()]], { groups: 'channels' })
    expect(units.value().item()).toBeCloseTo(5 + 3, 12)
  })

  test('a kernel is [out, rest] to norms of matrices', () => {
    const one = optim.penalty(spectral, 1, [['conv.weight', kernel()]])
    // [3, 0, 0, 4] and [0, 0, 0, 3]: the larger eigenvalue of [[25, 12], [12, 9]].
    expect(one.value().item()).toBeCloseTo(Math.sqrt(17 + Math.sqrt(64 + 144)), 10)
  })
})

test.each<[string, Regularizer, optim.PenaltyOptions]>([
  ['l1', l1, {}],
  ['l2', l2, {}],
  ['l2 squared', l2, { squared: true }],
  ['group lasso of units', l2, { groups: 'units' }],
  ['group lasso of features', l2, { groups: 'features', on: '*weight' }],
  ['elastic net', elasticNet({ l1: 0.5, l2: 2 }), {}],
  ['nuclear', nuclear, {}],
  ['spectral', spectral, {}],
  ['squared nuclear', nuclear, { squared: true }],
])('the gradient of %s against differences', (_, regularizer, options) => {
  const names = ['fc.weight', 'fc.bias']
  const smooth = [tensor([[3, 4], [0.6, -0.8], [0.2, 0.1]], { dtype: 'f64', requiresGrad: true }), tensor([2, -0.5], { dtype: 'f64', requiresGrad: true })] // biome-ignore format: a matrix
  const value = (...x: Tensor[]): Tensor =>
    optim.penalty(regularizer, 0.7, x.map((one, i) => [names[i]!, one] as const), options).value() // biome-ignore format: one line
  expect(gradcheck(value, smooth)).toBeTruthy()
})

describe('accumulate is value().backward()', () => {
  const wide = (dtype: 'f32' | 'f64'): [string, Tensor][] => {
    const values = Float64Array.from({ length: 1100 }, (_, i) => (i % 7 === 0 ? 0 : Math.sin(i) * 3))
    const w = tensor(values, { dtype, shape: [100, 11] })
    const t = tensor(values.map((one) => -one), { dtype, shape: [11, 100] }).transpose() // biome-ignore format: one line
    const b = tensor([1, -2, 0], { dtype })
    for (const one of [w, t, b]) one.requiresGrad = true
    return [['w.weight', w], ['t.weight', t], ['b.bias', b]] // biome-ignore format: one line
  }
  test.each<[string, Regularizer, optim.PenaltyOptions]>([
    ['l1', l1, {}],
    ['l2 squared', l2, { squared: true }],
    ['elastic net', elasticNet({ l1: 0.5, l2: 2 }), { groups: 'units' }],
    ['group lasso', l2, { groups: 'features', on: '*weight' }],
    ['nuclear', nuclear, { on: 'b*' }],
  ])('%s', (_, regularizer, options) => {
    for (const dtype of ['f32', 'f64'] as const) {
      const [ours, theirs] = [wide(dtype), wide(dtype)]
      // One has a gradient already, one none.
      for (const list of [ours, theirs]) list[0]![1].grad = list[0]![1].detach().clone()
      const value = optim.penalty(regularizer, 0.3, theirs, options).value()
      value.backward()
      const before = memory().tensors
      const found = optim.penalty(regularizer, 0.3, ours, options).accumulate!()
      expect(found / value.item()).toBeCloseTo(1, dtype === 'f32' ? 5 : 12)
      const made = ours.filter(([name, w]) => name !== 'w.weight' && w.grad !== null).length
      expect(memory().tensors).toBe(before + made)
      for (const [i, [, w]] of ours.entries()) {
        const expected = theirs[i]![1].grad
        expect(w.grad === null).toBe(expected === null)
        if (expected) close(elements(expected), elements(w.grad!), dtype === 'f32' ? 5 : 12)
      }
    }
  })

  test.each(['f32', 'f64'] as const)(
    'several take one pass with the gradients of each, and clipping knows their lengths (%s)',
    (dtype) => {
      for (const n of [1, 3, 4, 5, 511, 512, 513, 1030]) {
        const generator = new Generator(n)
        const make = (): [string, Tensor][] => [
          ['w', randn([n], { dtype, generator: new Generator(n), requiresGrad: true })],
        ]
        const [ours, theirs] = [make(), make()]
        const all = (list: [string, Tensor][]) => [optim.penalty(l1, 0.3, list), optim.penalty(l2, 0.7, list, { squared: true }), optim.penalty(l2, 0.2, list)] // biome-ignore format: one line
        const g = randn([n], { dtype, generator })
        for (const [, w] of [ours[0]!, theirs[0]!]) w.grad = g.clone()
        const total = optim.accumulate(all(ours))
        const expected = all(theirs).reduce((sum, one) => sum + one.accumulate!(), 0)
        expect(total / expected).toBeCloseTo(1, dtype === 'f32' ? 5 : 12)
        close(elements(theirs[0]![1].grad!), elements(ours[0]![1].grad!), dtype === 'f32' ? 5 : 12)
        const { norm } = optim.clipByNorm({ max: 1e9 }).apply([{ name: 'w', value: ours[0]![1] }])
        expect(norm / Math.hypot(...elements(ours[0]![1].grad!))).toBeCloseTo(1, dtype === 'f32' ? 5 : 12)
      }
    },
  )

  test('what is frozen counts and gets no gradient', () => {
    const list = pair()
    list[0]![1].requiresGrad = false
    expect(optim.penalty(l1, 1, list).accumulate!()).toBeCloseTo(11, 12)
    expect(list[0]![1].grad).toBeNull()
    expect(elements(list[1]![1].grad!)).toEqual([1, -1])
  })
})

describe('proximal steps', () => {
  test('l1 lowers sizes by lr lambda, and what is smaller becomes 0 exactly', () => {
    const list = pair()
    optim.penalty(l1, 0.5, list, { mode: 'prox' }).step(1.4)
    close(elements(list[0]![1]), [2.3, 3.3, 0, -0.1, 0, 0])
    expect(elements(list[0]![1])[2]).toBe(0)
    close(elements(list[1]![1]), [1.3, 0])
  })

  test('elastic net: soft(4, 0.5) / (1 + 1)', () => {
    const w = tensor([4, -0.4, -1.5], { dtype: 'f64' })
    optim.penalty(elasticNet({ l1: 1, l2: 2 }), 0.5, [['w', w]], { mode: 'prox' }).step(1)
    close(elements(w), [1.75, 0, -0.5])
  })

  test('group lasso of features drops whole columns, and of units whole rows', () => {
    const columns: [string, Tensor][] = [['w', tensor([[0.3, 3], [0.4, 4]], { dtype: 'f64' })]] // biome-ignore format: a matrix
    optim.penalty(l2, 1, columns, { mode: 'prox', groups: 'features' }).step(1)
    close(elements(columns[0]![1]), [0, 2.4, 0, 3.2])
    const rows: [string, Tensor][] = [['w', tensor([[0.3, 0.4], [3, 4]], { dtype: 'f64' })]] // biome-ignore format: a matrix
    optim.penalty(l2, 1, rows, { mode: 'prox', groups: 'units' }).step(1)
    close(elements(rows[0]![1]), [0, 0, 2.4, 3.2])
  })

  test('half the squared l2 divides by 1 + lr lambda', () => {
    const list = pair()
    optim.penalty(l2, 0.5, list, { mode: 'prox', squared: true, on: '*bias' }).step(2)
    close(elements(list[1]![1]), [1, -0.25])
  })

  test('nuclear lowers the rank', () => {
    const list: [string, Tensor][] = [['w', tensor([[3, 0], [0, 0.5]], { dtype: 'f64' })]] // biome-ignore format: a matrix
    optim.penalty(nuclear, 1, list, { mode: 'prox' }).step(1)
    close(elements(list[0]![1]), [2, 0, 0, 0])
  })

  test("each parameter takes its group's rate", () => {
    const list = pair()
    const optimizer = new optim.SGD(list, { lr: 1, groups: [{ only: '*bias', lr: 0 }] })
    const one = optim.penalty(l1, 0.5, list, { mode: 'prox' })
    one.step((parameter) => optimizer.rateOf(parameter))
    close(elements(list[0]![1]), [2.5, 3.5, 0.1, -0.3, 0, 0])
    close(elements(list[1]![1]), [2, -0.5])
  })

  test('proximal gradient descent of lasso finds its zeros', () => {
    // 1/2 ||w - (3, 0.2, -1)||^2 + 0.5 ||w||_1, whose least is at (2.5, 0, -0.5).
    const w = tensor([1, 1, 1], { dtype: 'f64', requiresGrad: true })
    const optimizer = new optim.SGD([['w', w]], { lr: 0.5 })
    const one = optim.penalty(l1, 0.5, [['w', w]], { mode: 'prox' })
    for (let i = 0; i < 100; i++) {
      optimizer.zeroGrad()
      w.sub(tensor([3, 0.2, -1], { dtype: 'f64' })).square().sum().mul(0.5).backward() // biome-ignore format: one line
      optimizer.step()
      one.step(0.5)
    }
    close(elements(w), [2.5, 0, -0.5])
    expect(elements(w)[1]).toBe(0)
  })
})

describe('constraints hold after each step', () => {
  const wide = (step: number): [string, Tensor][] => [
    [
      'w',
      tensor(
        Float64Array.from({ length: 12 }, (_, i) => 3 * Math.sin(i * 1.7 + step)),
        { shape: [4, 3] },
      ),
    ],
    ['b', tensor(Float64Array.from({ length: 5 }, (_, i) => 3 * Math.cos(i + step)))],
  ]
  const rows = (x: Tensor): number[][] => {
    const all = elements(x)
    return Array.from({ length: 4 }, (_, i) => all.slice(3 * i, 3 * i + 3))
  }
  const atMost = (value: number, most: number): void => expect(value).toBeLessThanOrEqual(most * (1 + 1e-9))

  test.each<[string, Regularizer | string, optim.ConstraintOptions, (w: Tensor) => void]>([
    ['max-norm of units', l2, { radius: 1.5, along: 'units' }, (w) => { for (const row of rows(w)) atMost(Math.hypot(...row), 1.5) }],
    ['max-norm of features', l2, { radius: 1.5, along: 'features' }, (w) => { for (const row of rows(w.transpose().contiguous().reshape([4, 3]))) expect(row.length).toBe(3); for (const one of elements(l2.value(w, { axis: 0 }))) atMost(one, 1.5) }],
    ['l1 ball of all', 'l1', { radius: 2 }, (w) => atMost(l1.value(w).item(), 2)],
    ['weight clipping', linf, { radius: 0.3 }, (w) => atMost(linf.value(w).item(), 0.3)],
    ['spectral norm at most 1', spectral, { radius: 1 }, (w) => atMost(spectral.value(w).item(), 1)],
    ['group lasso ball', group(l2, l1), { radius: 2 }, (w) => atMost(group(l2, l1).value(w).item(), 2)],
    ['non-negative', 'nonnegative', {}, (w) => { for (const one of elements(w)) expect(one).toBeGreaterThanOrEqual(0) }],
    ['simplex of rows', 'simplex', {}, (w) => { for (const row of rows(w)) { expect(Math.min(...row)).toBeGreaterThanOrEqual(0); expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 9) } }],
    ['unit rows', 'unit', {}, (w) => { for (const row of rows(w)) expect(Math.hypot(...row)).toBeCloseTo(1, 12) }],
    ['rank at most 2', 'rank', { radius: 2 }, (w) => expect(rank.value(w).item()).toBe(2)],
    ['a third is zero', 'sparsity', { share: 1 / 3 }, (w) => expect(l0.value(w).item()).toBe(8)],
    ['a third of each unit is zero', 'sparsity', { share: 1 / 3, along: 'units' }, (w) => { for (const row of rows(w)) expect(row.filter((one) => one === 0).length).toBe(1) }],
  ])('%s', (_, kind, options, holds) => {
    for (let seed = 0; seed < 5; seed++) {
      const list = wide(seed)
      const before = elements(list[0]![1])
      const one = optim.constraint(kind as Regularizer, list, { on: 'w', ...options })
      const moved = one.apply(1)
      holds(list[0]![1])
      const after = elements(list[0]![1])
      expect(moved).toBeCloseTo(Math.hypot(...after.map((x, i) => x - before[i]!)), 10)
      // A point of the set is its own nearest.
      expect(one.apply(2)).toBeLessThan(1e-9)
      close(after, elements(list[0]![1]), 9)
    }
  }) // biome-ignore format: a table

  test('the nearest point of the simplex, by hand: (0.5, 0, 1.5) -> (0, 0, 1); (-1, -1) -> halves', () => {
    const w = tensor([[0.5, 0, 1.5], [-1, -1, -4]], { dtype: 'f64' }) // biome-ignore format: a matrix
    optim.constraint('simplex', [['w', w]]).apply(1)
    close(elements(w), [0, 0, 1, 0.5, 0.5, 0])
  })

  test('rows of zeros become the first unit vector', () => {
    const w = tensor([[0, 0], [3, 4]], { dtype: 'f64' }) // biome-ignore format: a matrix
    optim.constraint('unit', [['w', w]], { radius: 2 }).apply(1)
    close(elements(w), [2, 0, 1.2, 1.6])
    const columns = tensor([[0, 3], [0, 4]], { dtype: 'f64' }) // biome-ignore format: a matrix
    optim.constraint('unit', [['w', columns]], { along: 'features' }).apply(1)
    close(elements(columns), [1, 0.6, 0, 0.8])
    const whole = tensor([[0, 0], [0, 0]], { dtype: 'f64' }) // biome-ignore format: a matrix
    optim.constraint('unit', [['w', whole]], { along: 'whole' }).apply(1)
    close(elements(whole), [1, 0, 0, 0])
  })

  test('sparsity grows by 1 - (1 - t)^3', () => {
    const w = tensor(Float64Array.from({ length: 1000 }, (_, i) => 1 + i))
    const one = optim.constraint('sparsity', [['w', w]], { share: 0.5, from: 10, to: 20 })
    const shares = [5, 10, 11, 15, 20, 30].map((step) => {
      one.apply(step)
      return 1 - l0.value(w).item() / 1000
    })
    const at = (t: number): number => Math.round(500 * (1 - (1 - t) ** 3)) / 1000
    close(shares, [0, 0, at(0.1), at(0.5), 0.5, 0.5])
  })

  test('every so many steps', () => {
    const w = tensor([3], { dtype: 'f64' })
    const one = optim.constraint(l2, [['w', w]], { radius: 1, every: 3 })
    expect([1, 2, 3].map((step) => one.apply(step))).toEqual([0, 0, 2])
  })

  test('names say what is constrained and penalized', () => {
    const list = pair()
    expect(optim.constraint(l2, list, { radius: 3, along: 'units', on: '*weight' }).name).toBe(
      'l2 <= 3 (*weight, units)',
    )
    expect(optim.constraint('nonnegative', list).name).toBe('nonnegative (*)')
    expect(optim.constraint('sparsity', list, { share: 0.5, from: 1, to: 9, every: 2 }).name).toBe(
      'sparsity 0.5, steps 1 to 9 (*, every 2)',
    )
    expect(optim.penalty(l1, 1e-4, list, { on: '*weight' }).name).toBe('0.0001 l1 (*weight)')
    expect(optim.penalty(l2, 0.5, list, { squared: true, groups: 'units' }).name).toBe('0.5 l2² / 2 (*, units)')
  })

  test('no tensor is left behind, also by a strided parameter', () => {
    const list: [string, Tensor][] = [...wide(1), ['t', wide(2)[0]![1].transpose()]]
    const before = memory().tensors
    for (const [kind, options] of [
      ['l1', { radius: 2 }],
      ['unit', {}],
      ['simplex', {}],
      ['sparsity', { share: 0.5 }],
      ['spectral', { radius: 1 }],
    ] as const)
      optim.constraint(kind, list, options).apply(1)
    const penalties = [
      optim.penalty(l1, 1, list, { mode: 'prox' }),
      optim.penalty(nuclear, 0.1, list, { mode: 'prox' }),
    ]
    for (const one of penalties) {
      one.value().dispose()
      one.step(0.1)
    }
    expect(memory().tensors).toBe(before)
  })
})

describe('averages', () => {
  test.each(['swa', 'ema'] as const)("%s is PyTorch's, and comes through JSON whole", (name) => {
    const list = parameters('f64')
    const make = (): optim.ParameterAverage =>
      name === 'swa' ? new optim.SWA(list) : new optim.EMA(list, { decay: 0.9 })
    let average = make()
    for (let t = 1; t <= 12; t++) {
      giveGradients(list, t)
      new optim.SGD(list, { lr: 0.1 }).step()
      average.update()
      const { tensors, numbers } = average.stateDict()
      average = make()
      average.loadStateDict({ tensors, numbers: JSON.parse(JSON.stringify(numbers)) as typeof numbers })
    }
    const found = [...average.averages()!.values()].map((one) => [...one.toArray()])
    expect(farthest(oracle<Record<string, number[][]>>('rest')[name]!, found)).toBeLessThan(1e-12)
  })

  test('swapped in and out, saved and restored', () => {
    const w = tensor([0], { dtype: 'f64' })
    const average = new optim.SWA([['w', w]], { from: 2 })
    expect(average.averages()).toBeNull()
    for (const [i, value] of [10, 1, 2, 6].entries()) {
      w.fill_(value)
      average.update(i + 1)
    }
    expect(average.with(() => w.item())).toBe(3)
    expect(w.item()).toBe(6)
    expect(average.averages()!.get('w')!.item()).toBe(3)
    const again = new optim.SWA([['w', w]])
    again.loadStateDict(average.stateDict())
    w.fill_(7)
    again.update()
    expect(again.averages()!.get('w')!.item()).toBe(4)
    again.swap()
    expect(() => again.update()).toThrow('SWA: update while the model holds the average. Try swap() first.')
    expect(() => average.with(() => { throw new Error('stop') })).toThrow('stop') // biome-ignore format: one line
    expect(average.isSwapped).toBe(false)
  })
})

describe('messages', () => {
  test('what is not finite is told by its name', () => {
    const w = tensor([1, Number.NaN], { requiresGrad: true })
    const list: [string, Tensor][] = [['fc.weight', w]]
    const place = 'f32[2] holds NaN at [1]; expected finite numbers.'
    expect(() => optim.constraint(l2, list, { radius: 1 }).apply(1)).toThrow(
      `constraint on 'fc.weight': l2.project: ${place}`,
    )
    expect(() => optim.penalty(linf, 1, list, { mode: 'prox' }).step(1)).toThrow(
      `penalty of 'fc.weight': linf.prox: ${place}`,
    )
    w.grad = tensor([1, Number.NaN])
    const optimizer = new optim.SteepestDescent(list, { norm: linf })
    expect(() => optimizer.step()).toThrow(`gradient of 'fc.weight': linf.steepest: ${place}`)
  })

  const list = pair()
  test.each([
    [() => optim.penalty(l1, -1, list), 'penalty: lambda -1; expected a finite number from 0 on.'],
    [() => optim.penalty(l1, 1, list, { on: 'head' }), "penalty: 'head' matches none of the 2 parameters; the first is 'fc.weight'."],
    [() => optim.penalty(l0, 1, list, { squared: true }), 'penalty: the square of l0; expected a norm.'],
    [() => optim.penalty(nuclear, 1, list, { groups: 'units' }), "penalty: nuclear along units; expected a norm of vectors, as l2. Try along 'whole'."],
    [() => optim.penalty(l2, 1, list, { groups: 'features' }), "penalty: 'fc.bias', f64[2], has no input features; expected two axes or more. Try on: '*weight'."],
    [() => optim.constraint(l2, list), 'constraint: radius undefined of l2; expected a finite number from 0 on.'],
    [() => optim.constraint('nonnegative', list, { radius: 1 }), 'constraint: radius of nonnegative, which has none.'],
    [() => optim.constraint('sparsity', list), 'constraint: share undefined of sparsity; expected a number from 0 to 1.'],
    [() => optim.constraint(l2, list, { radius: 1, share: 0.5 }), 'constraint: share of l2, which has none.'],
    [() => optim.constraint(l2, list, { radius: 1, every: 0 }), 'constraint: every 0; expected a whole number from 1 on.'],
  ])('%#', (fn, message) => expect(fn).toThrow(message)) // biome-ignore format: a table
})
