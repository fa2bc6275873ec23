/** Weight norm, spectral norm, orthogonal weights, and parametrizations of one's own: laws, gradients, removal. */
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/core/index.js'
import { svdvals } from '../../src/linalg/index.js'
import {
  Conv2d,
  isParametrized,
  Linear,
  LSTM,
  orthogonal,
  Parametrization,
  registerParametrization,
  removeParametrizations,
  removeWeightNorm,
  Sequential,
  spectralNorm,
  weightNorm,
} from '../../src/nn/index.node.js'
import { SGD } from '../../src/optim/index.node.js'
import {
  eye,
  Generator,
  gradcheck,
  gradgradcheck,
  memory,
  scope,
  type Tensor,
  transpose,
} from '../../src/tensor/index.node.js'
import { farthest, flat, normals } from '../linalg/support.js'

const f64 = { dtype: 'f64' } as const
const layer = (m = 5, n = 4): Linear => new Linear(m, n, { ...f64, generator: new Generator(3) })
const sizes = [[5, 5], [5, 3], [3, 5], [1, 4], [4, 1]] as const // biome-ignore format: one line

describe('weightNorm', () => {
  test('changes nothing at first, and units have the lengths that g says', () => {
    const [plain, normed] = [layer(), weightNorm(layer())]
    expect(farthest(normed.weight, plain.weight)).toBeLessThan(1e-15)
    expect([...normed.stateDict().keys()]).toEqual(['bias', 'weight_g', 'weight_v'])
    normed.stateDict().get('weight_g')!.data.fill(2)
    for (const row of normed.weight.toNested() as number[][]) expect(Math.hypot(...row)).toBeCloseTo(2, 14)
  })
  test('is removed with its value, in its place', () => {
    const normed = weightNorm(layer())
    normed.stateDict().get('weight_g')!.data.set([1, 2, 3, 4])
    const before = flat(normed.weight)
    removeWeightNorm(normed)
    expect(flat(normed.weight)).toEqual(before)
    expect([...normed.stateDict().keys()]).toEqual(['weight', 'bias'])
    expect(normed.weight.requiresGrad).toBe(true)
    expect(() => removeWeightNorm(normed)).toThrow(/^removeWeightNorm: 'weight' has no weight norm/)
  })
})

describe('spectralNorm', () => {
  test('the largest singular value is 1 once power iteration has settled', () => {
    for (const made of [spectralNorm(layer()), spectralNorm(new Conv2d(3, 4, 3, f64))]) {
      const input = made instanceof Conv2d ? normals([1, 3, 5, 5], 1) : normals([2, 5], 1)
      for (let i = 0; i < 150; i++) scope(() => void (made as Linear).forward(input))
      expect(flat(svdvals(made.weight.reshape([4, -1])))[0]).toBeCloseTo(1, 6)
    }
  })
  test('a forward pass takes one step while training, none in evaluation, and reading the weight none', () => {
    const made = spectralNorm(layer())
    const u = (): number[] => flat(made.stateDict().get('parametrizations.weight.0._u')!)
    const x = normals([2, 5], 1)
    const first = u()
    void made.weight
    made.eval().forward(x)
    expect(u()).toEqual(first)
    made.train().forward(x)
    const second = u()
    expect(second).not.toEqual(first)
    made.forward(x)
    expect(u()).not.toEqual(second)
  })
  test('a zero weight gives no NaN in its vectors; a vector is refused', () => {
    const zero = layer()
    zero.weight.data.fill(0)
    expect(flat(spectralNorm(zero).stateDict().get('parametrizations.weight.0._u')!).every(Number.isFinite)).toBe(true)
    expect(() => spectralNorm(layer(), 'bias')).toThrow(new UsageError('spectralNorm: a weight of 1 axes; expected at least two.')) // biome-ignore format: one line
  })
})

describe('orthogonal', () => {
  for (const orthogonalMap of ['matrixExp', 'cayley', 'householder'] as const)
    for (const [m, n] of sizes)
      test(`${orthogonalMap}, ${n} x ${m}: orthonormal wherever training goes`, () => {
        const made = orthogonal(layer(m, n), 'weight', { orthogonalMap })
        const orthonormal = (): number => {
          const W = made.weight
          const gram = n < m ? W.matmul(transpose(W)) : transpose(W).matmul(W)
          return farthest(gram, eye(Math.min(m, n), f64))
        }
        expect(orthonormal()).toBeLessThan(1e-14)
        const x = normals([6, m], 2)
        const optimizer = new SGD(made.namedParameters(), { lr: 0.1 })
        const before = flat(made.weight)
        for (let i = 0; i < 3; i++)
          scope(() => {
            optimizer.zeroGrad()
            made.forward(x).sub(1).square().sum().backward()
            optimizer.step()
          })
        if (Math.min(m, n) > 1 || orthogonalMap === 'householder') expect(flat(made.weight)).not.toEqual(before)
        expect(orthonormal()).toBeLessThan(1e-13)
      })
  test('starts from a weight that is orthogonal already, without change', () => {
    const made = orthogonal(layer(4, 4))
    const before = flat(made.weight)
    removeParametrizations(made, 'weight')
    for (const useTrivialization of [true, false]) {
      orthogonal(made, 'weight', { orthogonalMap: 'householder', useTrivialization })
      expect(Math.max(...flat(made.weight).map((one, i) => Math.abs(one - before[i]!)))).toBeLessThan(1e-14)
      removeParametrizations(made, 'weight')
    }
    expect(() => orthogonal(made, 'weight', { useTrivialization: false })).toThrow(/^orthogonal: 'matrixExp' cannot start from/) // biome-ignore format: one line
  })
})

describe('gradients, and gradients of gradients', () => {
  const x = normals([3, 4], 5, { requiresGrad: true })
  const table: [string, () => Linear][] = [
    ['weightNorm', () => weightNorm(layer(4, 3))],
    ['weightNorm of all', () => weightNorm(layer(4, 3), 'weight', { axis: null })],
    ['spectralNorm', () => spectralNorm(layer(4, 3)).eval()],
    ['matrixExp', () => orthogonal(layer(4, 4), 'weight', { orthogonalMap: 'matrixExp' })],
    ['cayley', () => orthogonal(layer(4, 3), 'weight', { orthogonalMap: 'cayley' })],
    ['householder', () => orthogonal(layer(4, 3), 'weight', { orthogonalMap: 'householder' })],
  ]
  test.each(table)('%s', (name, make) => {
    const made = make()
    const name_ = [...made.namedParameters()].map(([one]) => one).find((one) => /_v|original/.test(one))!
    const weight = new Map(made.namedParameters()).get(name_)!
    // The parameter itself is what is moved, so that differences see its values.
    const fn = (a: Tensor, w: Tensor): Tensor => {
      const kept = flat(weight)
      if (w === weight) return made.forward(a)
      weight.data.set(w.toArray())
      const out = made.forward(a)
      weight.data.set(kept)
      return out
    }
    if (name.startsWith('weightNorm') || name === 'spectralNorm')
      expect(gradgradcheck((a) => made.forward(a), [x])).toBe(true)
    expect(gradcheck(fn, [x, weight], { atol: 1e-4 })).toBe(true)
  })
})

describe('parametrizations of one’s own', () => {
  class Symmetric extends Parametrization {
    forward(x: Tensor): Tensor {
      return x.triu().add(x.triu(1).transpose())
    }
  }
  class Doubled extends Parametrization {
    forward(x: Tensor): Tensor {
      return x.mul(2)
    }
    override rightInverse(x: Tensor): Tensor {
      return x.div(2)
    }
  }
  test('chains, is told, and is removed with the value or the original', () => {
    const made = layer(3, 3)
    const before = flat(made.weight)
    registerParametrization(made, 'weight', new Doubled())
    expect(flat(made.weight)).toEqual(before)
    registerParametrization(made, 'weight', new Symmetric())
    expect(farthest(made.weight, made.weight.transpose())).toBe(0)
    expect([...made.stateDict().keys()]).toEqual(['bias', 'parametrizations.weight.original'])
    expect([isParametrized(made), isParametrized(made, 'weight'), isParametrized(made, 'bias')]).toEqual([true, true, false]) // biome-ignore format: one line
    const value = flat(made.weight)
    removeParametrizations(made, 'weight')
    expect(flat(made.weight)).toEqual(value)
    registerParametrization(made, 'weight', new Doubled())
    removeParametrizations(made, 'weight', { leaveParametrized: false })
    expect(flat(made.weight)).toEqual(value.map((one) => one / 2))
    expect([...made.stateDict().keys()]).toEqual(['weight', 'bias'])
    expect(isParametrized(made)).toBe(false)
  })
  test('works on a recurrent layer, whose weights have other names', () => {
    const lstm = weightNorm(new LSTM(3, 2, f64), 'weight_hh_l0')
    const x = normals([4, 2, 3], 1)
    lstm.forward(x).output.sum().backward()
    expect(lstm.stateDict().get('weight_hh_l0_g')!.grad).not.toBeNull()
  })
  test('an error in forward leaves nothing behind for the next call', () => {
    const made = weightNorm(layer())
    expect(() => made.forward(normals([2, 7], 1))).toThrow(UsageError)
    made.stateDict().get('weight_g')!.data.fill(3)
    expect(Math.hypot(...(made.weight.toNested() as number[][])[0]!)).toBeCloseTo(3, 14)
  })
  test('what is refused', () => {
    expect(() => weightNorm(layer(), 'wait')).toThrow(
      new UsageError("weightNorm: the module has no parameter 'wait' in a field of its own; expected a name such as 'weight'."), // biome-ignore format: one line
    )
    expect(() => spectralNorm(weightNorm(layer()))).toThrow(
      new UsageError("spectralNorm: 'weight' has a parametrization already. Try removing it first."),
    )
    class Smaller extends Parametrization {
      forward(x: Tensor): Tensor {
        return x.slice(0)
      }
    }
    expect(() => registerParametrization(layer(), 'weight', new Smaller())).toThrow(
      new UsageError('registerParametrization: f64[4, 5] becomes f64[5]; expected the same shape.'),
    )
  })
})

test('steps, registering and removing leave no tensor behind', () => {
  const x = normals([2, 5], 1)
  const run = (): void => {
    const net = new Sequential(weightNorm(layer(5, 5)), spectralNorm(layer(5, 5)), orthogonal(layer(5, 3)))
    for (let i = 0; i < 3; i++) {
      scope(() => net.forward(x).sum().backward())
      net.zeroGrad()
    }
    removeWeightNorm(net.at(0)!)
    removeParametrizations(net.at(1)!, 'weight')
    removeParametrizations(net.at(2)!, 'weight')
    net.dispose()
  }
  run()
  const before = memory().tensors
  run()
  expect(memory().tensors).toBe(before)
})
