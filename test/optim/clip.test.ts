import { describe, expect, test } from 'vitest'
import { l1, l2, linf, lp, type Norm, nuclear, rescale, spectral } from '../../src/norms/index.node.js'
import * as optim from '../../src/optim/index.node.js'
import { memory, type Tensor, tensor } from '../../src/tensor/index.node.js'
import { farthest, giveGradients, grads, oracle, parameters } from './material.js'

interface Clip {
  readonly p: number | 'inf'
  readonly most: number
  readonly norm: number
  readonly grads: number[][]
}
const { clips, value } = oracle<{ clips: Clip[]; value: number[][] }>('rest')
const norms: Record<string, Norm> = { 1: l1, 2: l2, 3: lp(3), inf: linf }

const given = (dtype: 'f32' | 'f64' = 'f32', t = 7): [string, Tensor][] => {
  const list = parameters(dtype)
  giveGradients(list, t)
  return list
}
const named = (list: [string, Tensor][]): optim.NamedParameter[] => list.map(([name, value]) => ({ name, value }))

describe("clipGradNorm_ is PyTorch's", () => {
  for (const { p, most, norm, grads: expected } of clips)
    test(`order ${p}, at most ${most}`, () => {
      const list = given()
      expect(optim.clipGradNorm_(list, most, { norm: norms[p]! })).toBeCloseTo(norm, 4)
      expect(farthest(expected, grads(list))).toBeLessThan(1e-6)
      const other = given()
      const { norm: told, scale, clipped } = optim.clipByNorm({ norm: norms[p]!, max: most }).apply(named(other))
      expect(told).toBeCloseTo(norm, 4)
      expect(grads(other)).toEqual(grads(list))
      expect(clipped).toBe(scale !== 1)
    })

  test('clipGradValue_', () => {
    const list = given()
    optim.clipGradValue_(list, 0.6)
    expect(farthest(value, grads(list))).toBeLessThan(1e-7)
    const other = given()
    expect(optim.clipByValue({ value: 0.6 }).apply(named(other)).clipped).toBe(true)
    expect(grads(other)).toEqual(grads(list))
  })

  test('by hand: 3 and 4 have length 5', () => {
    const w = tensor([0, 0], { dtype: 'f64', requiresGrad: true })
    w.grad = tensor([3, 4], { dtype: 'f64' })
    expect(optim.clipGradNorm_(w, 1)).toBe(5)
    expect([...w.grad.toArray()]).toEqual([3 / (5 + 1e-6), 4 / (5 + 1e-6)])
  })

  test('of no gradients 0', () => expect(optim.clipGradNorm_(parameters(), 1)).toBe(0))

  test('NaN passes on as in PyTorch, or is an error that names the parameter', () => {
    const list = given()
    list[1]![1].grad!.data[2] = Number.NaN
    const message = "clipGradNorm_: the gradient of 'bias', f32[3], holds NaN at [2]; expected finite numbers."
    expect(() => optim.clipGradNorm_(list, 1, { errorIfNonfinite: true })).toThrow(message)
    expect(optim.clipGradNorm_(list, 1)).toBeNaN()
    expect(grads(list).flat().every(Number.isNaN)).toBe(true)
  })

  test('neither huge nor tiny f64 are lost', () => {
    for (const size of [1e250, 1e-250]) {
      const w = tensor([0, 0], { dtype: 'f64', requiresGrad: true })
      w.grad = tensor([3 * size, 4 * size], { dtype: 'f64' })
      expect(optim.clipGradNorm_(w, 1) / size).toBeCloseTo(5, 12)
      expect(w.grad.toArray()[1]! / Math.min(size, 1)).toBeCloseTo(size > 1 ? 0.8 : 4, 9)
    }
  })
})

describe('clipping by any norm', () => {
  test.each([spectral, nuclear])('$name: the largest of all gradients is brought to the radius', (norm) => {
    const list = given('f64')
    const before = list.map(([, w]) => norm.value(w.grad!.reshape([w.size / w.shape.at(-1)!, -1])).item())
    // A vector is one column.
    before[1] = l2.value(list[1]![1].grad!).item()
    expect(optim.clipGradNorm_(list, 0.1, { norm })).toBeCloseTo(Math.max(...before), 12)
    expect(norm.value(list[0]![1].grad!).item() / 0.1).toBeCloseTo(before[0]! / Math.max(...before), 9)
  })

  test('per parameter, each as rescale has it', () => {
    const list = given('f64')
    const expected = list.map(([, w]) => [...rescale(linf, w.grad!, 0.5).toArray()])
    const { scale, clipped } = optim.clipByNorm({ norm: linf, max: 0.5, per: 'parameter' }).apply(named(list))
    expect(clipped).toBe(true)
    expect(scale).toBeNull()
    expect(farthest(expected, grads(list))).toBeLessThan(2e-6)
  })
})

describe('adaptive', () => {
  test('units by hand: weights of length 5 let gradients be 0.5 long; a bias counts as a whole', () => {
    const w = tensor([[3, 4], [0, 0]], { dtype: 'f64', requiresGrad: true }) // biome-ignore format: a matrix
    const b = tensor([6, 8], { dtype: 'f64', requiresGrad: true })
    w.grad = tensor([[0, 1], [0.3, 0.4]], { dtype: 'f64' }) // biome-ignore format: a matrix
    b.grad = tensor([0.3, 0.4], { dtype: 'f64' })
    const { clipped, scale, norm } = optim.adaptiveClip({ clipping: 0.1 }).apply(named([['w', w], ['b', b]])) // biome-ignore format: one line
    expect([clipped, scale]).toEqual([true, null])
    expect(norm).toBeCloseTo(Math.sqrt(1.5), 12)
    const [first, second] = grads([['w', w], ['b', b]]) as [number[], number[]] // biome-ignore format: one line
    for (const [i, one] of [0, 0.5, 6e-5, 8e-5].entries()) expect(first[i]).toBeCloseTo(one, 15)
    expect(second).toEqual([0.3, 0.4])
  })

  test('leaves out what `on` does not name', () => {
    const list = given()
    const before = grads(list)
    optim.adaptiveClip({ on: 'bias' }).apply(named(list))
    expect(grads(list)[0]).toEqual(before[0])
    expect(grads(list)[1]).not.toEqual(before[1])
  })
})

describe('by quantile', () => {
  test('a spike is brought to the quantile of recent norms, and its state goes on', () => {
    let clip = optim.quantileClip({ quantile: 0.5, window: 3 })
    const seen: number[] = []
    for (const size of [1, 2, 10, 4]) {
      const w = tensor([0], { dtype: 'f64', requiresGrad: true })
      w.grad = tensor([size], { dtype: 'f64' })
      clip.apply(named([['w', w]]))
      seen.push(w.grad.item())
      const state = JSON.parse(JSON.stringify(clip.state!())) as Record<string, number[]>
      clip = optim.quantileClip({ quantile: 0.5, window: 3 })
      clip.restore!(state)
    }
    // Medians: of 1; 1 and 2; 1, 2 and 10; 2, 10 and 4.
    for (const [i, one] of [1, 1.5, 2, 4].entries()) expect(seen[i]).toBeCloseTo(one, 12)
  })
})

describe('gradients that are not finite', () => {
  const makers = {
    clipByNorm: (nonFinite: optim.NonFinite) => optim.clipByNorm({ max: 1, nonFinite }),
    clipByValue: (nonFinite: optim.NonFinite) => optim.clipByValue({ value: 1, nonFinite }),
    adaptiveClip: (nonFinite: optim.NonFinite) => optim.adaptiveClip({ nonFinite }),
    quantileClip: (nonFinite: optim.NonFinite) => optim.quantileClip({ nonFinite }),
  }
  test.each(Object.entries(makers))('%s: an error names the parameter, or the step is skipped', (name, make) => {
    const list = given()
    list[0]![1].grad!.data[4] = Number.NEGATIVE_INFINITY
    const before = grads(list)
    expect(() => make('error').apply(named(list))).toThrow(
      `${name}: the gradient of 'weight', f32[5, 3], holds -Infinity at [1, 1]; expected finite numbers. Try a smaller lr, or nonFinite: 'skip'.`,
    )
    const { nonFinite, clipped, scale } = make('skip').apply(named(list))
    expect({ nonFinite, clipped, scale }).toEqual({ nonFinite: 'weight', clipped: false, scale: null })
    expect(grads(list)).toEqual(before)
    expect(optim.nonFiniteGradient(list)).toBe('weight')
    expect(optim.nonFiniteGradient(given())).toBeNull()
  })
})

test('no tensor is left behind', () => {
  const list = given()
  const before = memory().tensors
  for (const clip of [
    optim.clipByNorm({ max: 0.1 }),
    optim.clipByNorm({ max: 0.05, norm: lp(3), per: 'parameter' }),
    optim.clipByNorm({ max: 0.01, norm: spectral }),
    optim.clipByValue({ value: 0.001 }),
    optim.adaptiveClip(),
    optim.quantileClip(),
  ])
    clip.apply(named(list))
  expect(memory().tensors).toBe(before)
})

describe('messages', () => {
  test.each([
    [() => optim.clipGradNorm_(parameters(), -1), 'clipGradNorm_: maxNorm -1; expected a number from 0 on.'],
    [() => optim.clipByNorm({ max: 0 }), 'clipByNorm: max 0; expected a number above 0.'],
    [() => optim.clipByNorm({ max: 1, per: 'layer' as never }), "clipByNorm: per 'layer'; expected 'model' or 'parameter'."],
    [() => optim.clipByNorm({ max: 1, nonFinite: 'ignore' as never }), "clipByNorm: nonFinite 'ignore'; expected error or skip."],
    [() => optim.quantileClip({ quantile: 2 }), 'quantileClip: quantile 2; expected a number above 0, up to 1.'],
  ])('%#', (fn, message) => expect(fn).toThrow(message)) // biome-ignore format: a table
})
