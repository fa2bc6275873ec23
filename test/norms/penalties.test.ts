/** Regularizers that are no norms: l0, the elastic net, powers below 1, squared norms. */
import { describe, expect, it } from 'vitest'
import {
  elasticNet,
  isNorm,
  l0,
  l1,
  l2,
  linf,
  lp,
  type Regularizer,
  spectral,
  squared,
  sumOfPowers,
} from '../../src/norms/index.js'
import { grad, gradcheck, sub, type Tensor, tensor, toNested, zeros } from '../../src/tensor/index.js'
import { expectNear, flat, normals, Random } from '../linalg/support.js'

const f64 = { dtype: 'f64' } as const
const squares = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, one, i) => sum + (one - y[i]!) ** 2, 0)

describe('l0', () => {
  it('counts, keeps the largest, and thresholds at sqrt(2 t)', () => {
    const x = tensor([1, -3, 2, 0])
    expect(l0.value(x).item()).toBe(3)
    expect(toNested(l0.project(x, 2))).toEqual([0, -3, 2, 0])
    expect(toNested(l0.project(x, 2.9))).toEqual([0, -3, 2, 0])
    expect(toNested(l0.project(x, 0))).toEqual([0, 0, 0, 0])
    expect(toNested(l0.project(x, 9))).toEqual([1, -3, 2, 0])
    // sqrt(2 * 2) = 2: what is just as large goes.
    expect(toNested(l0.prox(x, 2))).toEqual([0, -3, 0, 0])
    expect(toNested(l0.prox(x, 1.9999))).toEqual([0, -3, 2, 0])
  })

  it('keeps the first of equals', () => {
    expect(toNested(l0.project(tensor([1, -1, 1, 2, -2]), 2))).toEqual([0, 0, 0, 2, -2])
    expect(toNested(l0.project(tensor([1, -1, 1]), 2))).toEqual([1, -1, 0])
    expect(toNested(l0.project(tensor([[1, 1], [2, -3]]), 1, { axis: 1 }))).toEqual([[1, 0], [0, -3]]) // biome-ignore format: rows
    expect(l0.project([tensor([1, 2]), tensor([-2, 3])], 2).map(toNested)).toEqual([
      [0, 2],
      [0, 3],
    ])
  })

  it('has no better point, of all subsets', () => {
    const random = new Random(3)
    for (let trial = 0; trial < 30; trial++) {
      const n = random.integer(1, 8)
      // Whole numbers tie.
      const x = Array.from({ length: n }, () => (trial % 2 === 0 ? random.normal() : random.integer(-2, 2)))
      const t = 2 * random.uniform()
      const k = random.integer(0, n)
      let [nearest, least] = [Infinity, Infinity]
      for (let subset = 0; subset < 2 ** n; subset++) {
        const y = x.map((one, i) => ((subset >> i) & 1 ? one : 0))
        const nonzero = y.filter((one) => one !== 0).length
        if (nonzero <= k) nearest = Math.min(nearest, squares(x, y))
        least = Math.min(least, t * nonzero + squares(x, y) / 2)
      }
      const p = flat(l0.project(tensor(x, f64), k))
      expect(p.filter((one) => one !== 0).length, `trial ${trial}`).toBeLessThanOrEqual(k)
      expect(squares(x, p), `trial ${trial}`).toBeCloseTo(nearest, 13)
      expect(flat(l0.project(tensor(p, f64), k))).toEqual(p)
      const q = flat(l0.prox(tensor(x, f64), t))
      expect(t * q.filter((one) => one !== 0).length + squares(x, q) / 2, `trial ${trial}`).toBeCloseTo(least, 13)
    }
  })

  it('is no norm, and flat', () => {
    expect([isNorm(l0), isNorm(l1), l0.isConvex]).toEqual([false, true, false])
    expect(flat(grad((x: Tensor) => l0.value(x))(tensor([1, 0])))).toEqual([0, 0])
    expect([l0.value(zeros([0])).item(), l0.project(zeros([0]), 1).size]).toEqual([0, 0])
  })

  it('works at every scale', () => {
    for (const scale of [1e150, 1e-150]) {
      expect(flat(l0.project(tensor([scale, 3 * scale, -2 * scale], f64), 1))).toEqual([0, 3 * scale, 0])
      expect(flat(l0.prox(tensor([scale, 3 * scale], f64), 2 * scale * scale))).toEqual([0, 3 * scale])
    }
    expect(flat(l0.prox(tensor([1], f64), Number.MAX_VALUE))).toEqual([0])
  })
})

/** The least of t R(y) + 1/2 (y - x)^2 in one number, by a grid and what lies between its best neighbours. */
function bestOnLine(objective: (y: number) => number, low: number, high: number): number {
  let [a, b] = [low, high]
  let best = low
  for (let round = 0; round < 12; round++) {
    const step = (b - a) / 400
    for (let i = 0; i <= 400; i++) if (objective(a + i * step) < objective(best)) best = a + i * step
    ;[a, b] = [best - step, best + step]
  }
  return best
}

describe('sumOfPowers', () => {
  it('sums roots', () => {
    expect(
      sumOfPowers(0.5)
        .value(tensor([4, -9], f64))
        .item(),
    ).toBeCloseTo(5, 14)
    expect(
      sumOfPowers(0.5)
        .value(zeros([3]))
        .item(),
    ).toBe(0)
  })

  it('has the threshold of half thresholding: 3/2 t^(2/3)', () => {
    // Xu et al. 2012 for |y - x|^2 + lambda |y|^(1/2): 54^(1/3) / 4 lambda^(2/3), with lambda = 2 t.
    const t = 0.7
    const threshold = (54 ** (1 / 3) / 4) * (2 * t) ** (2 / 3)
    const at = (x: number): number => flat(sumOfPowers(0.5).prox(tensor([x], f64), t))[0]!
    expect(at(threshold * (1 - 1e-12))).toBe(0)
    expect(at(threshold * (1 + 1e-12))).toBeCloseTo((2 / 3) * threshold, 5)
    expect(at(-5)).toBe(-at(5))
  })

  for (const p of [0.1, 0.5, 2 / 3, 0.9])
    it(`is a minimizer, p = ${p}`, () => {
      for (const x of [0.2, 0.9, 1.7, 4])
        for (const t of [0.05, 0.4, 1.5]) {
          const objective = (y: number): number => t * Math.abs(y) ** p + (y - x) ** 2 / 2
          const got = flat(sumOfPowers(p).prox(tensor([x], f64), t))[0]!
          const found = bestOnLine(objective, 0, x)
          expect(objective(got), `${x} ${t}`).toBeLessThanOrEqual(Math.min(objective(found), objective(0)) + 1e-14)
        }
    })

  it('has finite gradients', () => {
    gradcheck((x) => sumOfPowers(0.5).value(x), [tensor([1, -2, 0.5], { ...f64, requiresGrad: true })])
    expect(flat(grad((x: Tensor) => sumOfPowers(0.5).value(x))(zeros([2])))).toEqual([0, 0])
  })

  it('says what it cannot do', () => {
    expect(() => sumOfPowers(0.5).project(tensor([1]), 1)).toThrow(
      'sumOfPowers(0.5).project: no method is known. Try l0 or l1.',
    )
    expect(() => sumOfPowers(1)).toThrow('sumOfPowers: p 1; expected a number between 0 and 1. Try l1.')
    expect(() => lp(0.5).prox(tensor([1]), 1)).toThrow(
      'lp(0.5).prox: no method is known for p < 1. Try sumOfPowers(0.5), the same without the root.',
    )
    expect(() => lp(0.5).project(tensor([1]), 1)).toThrow(
      'lp(0.5).project: no method is known that finds a nearest point for p < 1. Try l0, l1 or rescale.',
    )
    expect(
      lp(0.5)
        .value(tensor([4, 9]))
        .item(),
    ).toBe(25)
  })
})

describe('elasticNet', () => {
  it('shrinks and scales', () => {
    const net = elasticNet({ l1: 1, l2: 1 })
    expect(net.value(tensor([3, -1])).item()).toBe(9)
    expect(toNested(net.prox(tensor([3, -0.5]), 1))).toEqual([1, 0])
    expect(toNested(elasticNet({ l1: 0, l2: 2 }).prox(tensor([3]), 1))).toEqual([1])
  })

  it('refuses weights that are none', () => {
    expect(() => elasticNet({ l1: -1 })).toThrow('elasticNet: l1 -1; expected a finite number from 0 on.')
    expect(() => elasticNet({ l1: 0, l2: 0 })).toThrow('elasticNet: l1 and l2 are 0; expected one of them above 0.')
  })
})

describe('squared', () => {
  it('is weight decay for l2', () => {
    expect(
      squared(l2)
        .value(tensor([3, 4]))
        .item(),
    ).toBe(25)
    expect(toNested(squared(l2).prox(tensor([3, -6]), 1))).toEqual([1, -2])
    expect(toNested(squared(l2).project(tensor([3, 4]), 25 / 4))).toEqual([1.5, 2])
  })

  it('for l1: the shrunk elements are what 2 t times their sum takes off', () => {
    // With both elements left: s = 2 t (5 - 2 s), t = 1 / 2: s = 5 / 3; 3 - 5/3 = 4/3, 2 - 5/3 = 1/3.
    expectNear(flat(squared(l1).prox(tensor([3, -2], f64), 0.5)), [4 / 3, -1 / 3], 1e-14, 'l1')
  })
})

/** Convex regularizers: projections and proximal steps against conditions that only the right point meets. */
const convex: Record<string, Regularizer> = {
  elasticNet: elasticNet({ l1: 0.7, l2: 0.4 }),
  'squared(l1)': squared(l1),
  'squared(l2)': squared(l2),
  'squared(linf)': squared(linf),
  'squared(lp(3))': squared(lp(3)),
  'squared(spectral)': squared(spectral),
}

describe('convex regularizers', () => {
  for (const [name, regularizer] of Object.entries(convex))
    for (const dtype of ['f32', 'f64'] as const)
      it(`${name}, ${dtype}: no feasible point is nearer, none has a lower objective`, () => {
        const tolerance = dtype === 'f64' ? 1e-11 : 1e-5
        const [x, start] = [normals([3, 4], 71), flat(normals([3, 4], 71))]
        const point = tensor(start, { shape: [3, 4], dtype })
        const value = (y: readonly number[]): number => regularizer.value(tensor(y, { shape: [3, 4], ...f64 })).item()
        const radius = regularizer.value(x).item() / 3
        const p = flat(regularizer.project(point, radius))
        expect(value(p)).toBeLessThanOrEqual(radius * (1 + tolerance))
        const q = flat(regularizer.prox(point, 0.3))
        const objective = (y: readonly number[]): number => 0.3 * value(y) + squares(start, y) / 2
        const random = new Random(9)
        for (let trial = 0; trial < 200; trial++) {
          const size = 10 ** -(trial % 5)
          const shift = p.map(() => size * random.normal())
          const z = p.map((one, i) => one + shift[i]!)
          // Convex: <x - p, z - p> <= 0 for every z inside.
          if (value(z) <= radius) {
            const product = z.reduce((sum, one, i) => sum + (start[i]! - p[i]!) * (one - p[i]!), 0)
            expect(product, `trial ${trial}`).toBeLessThanOrEqual(tolerance)
          }
          const w = q.map((one, i) => one + shift[i]!)
          expect(objective(w), `trial ${trial}`).toBeGreaterThanOrEqual(objective(q) - tolerance)
        }
        expect(
          flat(
            sub(
              regularizer.project(tensor(p, { shape: [3, 4], ...f64 }), radius * 1.001),
              tensor(p, { shape: [3, 4], ...f64 }),
            ),
          ).every((one) => one === 0),
        ).toBe(true)
      })

  it('have gradients', () => {
    for (const regularizer of Object.values(convex))
      gradcheck((x) => regularizer.value(x), [normals([3, 4], 72, { requiresGrad: true })])
  })

  it('take lists, axes and nothing', () => {
    const net = elasticNet({ l1: 1, l2: 0 })
    expect(net.prox([tensor([3]), tensor([[-0.5]])], 1).map(toNested)).toEqual([[2], [[0]]])
    expect(toNested(net.project(tensor([[3, 1], [0, 1]]), 2, { axis: 1 }))).toEqual([[2, 0], [0, 1]]) // biome-ignore format: rows
    expect(net.project(zeros([0, 3]), 1).shape).toEqual([0, 3])
    expect(squared(l2).value([]).item()).toBe(0)
  })
})
