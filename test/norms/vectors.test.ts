/** Norms of vectors: the laws, from one table; worked examples; gradients; scales. */
import { describe, expect, it } from 'vitest'
import {
  distance,
  kSupport,
  l1,
  l2,
  linf,
  lp,
  type Norm,
  orderedL1,
  rescale,
  sharp,
  weighted,
} from '../../src/norms/index.js'
import {
  grad,
  gradcheck,
  gradgradcheck,
  memory,
  mul,
  scope,
  type Tensor,
  tensor,
  toNested,
  zeros,
} from '../../src/tensor/index.js'
import { expectNear, farthest, flat, normals, Random } from '../linalg/support.js'
import { checkNorm } from './convex.js'

const f64 = { dtype: 'f64' } as const
const weights = (n: number): Tensor =>
  tensor(
    Float64Array.from({ length: n }, (_, i) => 0.25 + ((i * 7) % 5)),
    f64,
  )

/** Every norm of vectors; weighted ones take the length of the last axis. */
const norms: Record<string, (n: number) => Norm> = {
  l1: () => l1,
  l2: () => l2,
  linf: () => linf,
  'lp(3)': () => lp(3),
  'lp(1.5)': () => lp(1.5),
  'lp(1.01)': () => lp(1.01),
  'lp(60)': () => lp(60),
  'weighted(l1)': (n) => weighted(l1, weights(n)),
  'weighted(l2)': (n) => weighted(l2, weights(n)),
  'weighted(linf)': (n) => weighted(linf, weights(n)),
  'weighted(lp(3))': (n) => weighted(lp(3), weights(n)),
  orderedL1: () => orderedL1([3, 2, 2, 1, 0.5, 0.25]),
  'sum of 3 largest': () => orderedL1([1, 1, 1]),
  'kSupport(1)': () => kSupport(1),
  'kSupport(3)': () => kSupport(3),
  'kSupport(9)': () => kSupport(9),
}

const shapes: readonly (readonly number[])[] = [[1], [2], [7], [4, 5], [3, 2, 6], [0], [257]]

describe('laws', () => {
  for (const [name, make] of Object.entries(norms))
    for (const dtype of ['f32', 'f64'] as const)
      it(`of ${name}, ${dtype}`, () => {
        for (const [i, shape] of shapes.entries()) {
          const norm = make(shape.at(-1)!)
          for (const scale of dtype === 'f64' ? [1, 1e150, 1e-150] : [1, 1e30, 1e-30])
            checkNorm(norm, { dtype, shape, seed: 100 + i, scale })
        }
      })
})

/** Rows of ties, zeros, one large element, and sizes that fall like powers of two, which slow Newton's method down. */
const awkward: Record<string, readonly number[]> = {
  ties: [1, -1, 1, 1, -1],
  zeros: [0, 0, 0],
  'one large': [1e10, 1, -1, 1e-10],
  powers: Array.from({ length: 400 }, (_, i) => (-1) ** i * 2 ** -i),
  'powers up': Array.from({ length: 400 }, (_, i) => 1.7 ** (i - 200)),
  'nearly equal': Array.from({ length: 50 }, (_, i) => 1 + i * 2 ** -52),
}

/** The threshold by sorting (Held, Wolfe & Crowder 1974), in f64. */
function bySorting(x: readonly number[], radius: number): number[] {
  const sizes = x.map(Math.abs).sort((a, b) => b - a)
  let [sum, theta] = [0, 0]
  for (const [i, size] of sizes.entries()) {
    sum += size
    if (size > (sum - radius) / (i + 1)) theta = (sum - radius) / (i + 1)
  }
  return x.map((one) => Math.sign(one) * Math.max(0, Math.abs(one) - Math.max(0, theta)))
}

/** The projection agrees with sorting's, up to rounding of x itself, which sorting's own sums suffer from. */
function expectSorted(x: readonly number[], radius: number, dtype: 'f32' | 'f64', about: string): void {
  const got = flat(l1.project(tensor(x, { dtype }), radius))
  const largest = x.reduce((most, one) => Math.max(most, Math.abs(one)), 0)
  const error = bySorting(x, radius).reduce((most, one, i) => Math.max(most, Math.abs(one - got[i]!)), 0)
  expect(error / Math.max(largest, 1e-300), about).toBeLessThan(dtype === 'f32' ? 1e-7 : 1e-15 * x.length)
  const sum = (y: readonly number[]): number => y.reduce((a, b) => a + Math.abs(b), 0)
  expect(sum(got), about).toBeLessThanOrEqual(Math.min(radius, sum(x)) * (1 + (dtype === 'f32' ? 1e-6 : 1e-12)))
}

describe('the l1 ball', () => {
  it('shrinks by the threshold: 3 and 1 to a sum of 2', () => {
    expect(toNested(l1.project(tensor([3, -1]), 2))).toEqual([2, 0])
    expect(toNested(l1.project(tensor([3, -2, 0.5]), 4))).toEqual([2.5, -1.5, 0])
  })

  for (const [name, x] of Object.entries(awkward))
    it(`agrees with sorting: ${name}`, () => {
      const sum = x.reduce((a, b) => a + Math.abs(b), 0)
      for (const part of [1e-3, 0.1, 0.5, 0.99, 1, 2]) expectSorted(x, part * sum, 'f64', `${part}`)
    })

  it('agrees with sorting: long rows, of every kind of tail', () => {
    const random = new Random(5)
    const n = 20_001
    const rows: Record<string, () => number> = {
      normal: () => random.normal(),
      uniform: () => random.uniform(),
      heavy: () => random.normal() / random.uniform() ** 2,
      sparse: () => (random.uniform() < 1e-3 ? 100 * random.normal() : 1e-6 * random.normal()),
    }
    for (const [name, draw] of Object.entries(rows)) {
      const x = Array.from({ length: n }, draw)
      const sum = x.reduce((a, b) => a + Math.abs(b), 0)
      for (const part of [1e-6, 1e-3, 0.2, 0.9]) {
        expectSorted(x, part * sum, 'f64', `${name} ${part}`)
        expectSorted(x.map(Math.fround), part * sum, 'f32', `${name} ${part} f32`)
      }
    }
  })

  it('keeps what is left of numbers that are nearly equal', () => {
    // The threshold is 1 - 1e-20 / 3, which no f64 is: it is kept as two.
    const got = flat(l1.project(tensor([1, -1, 1], f64), 1e-20))
    expectNear(got, [1e-20 / 3, -1e-20 / 3, 1e-20 / 3], 1e-11, 'rest')
  })
})

/** argmin t norm(y) + 1/2 |y - x|^2 in two or three numbers by a search that knows nothing of the norm: shrinking pattern steps. */
function minimize(objective: (y: number[]) => number, start: readonly number[]): number[] {
  let best = [...start]
  let least = objective(best)
  const directions: number[][] = []
  for (let code = 0; code < 3 ** best.length; code++) {
    const direction = best.map((_, i) => (Math.floor(code / 3 ** i) % 3) - 1)
    if (direction.some((one) => one !== 0)) directions.push(direction)
  }
  // Directions of several lengths per axis follow the edges of balls, along which plain coordinate search sticks.
  const all = directions.flatMap((one) => [
    one,
    one.map((d, i) => d * (i + 1) * 0.37),
    one.map((d, i) => d / (i + 1.7)),
  ])
  for (let step = 1; step > 1e-9; ) {
    let isBetter = false
    for (const direction of all) {
      const next = best.map((one, i) => one + step * direction[i]!)
      const value = objective(next)
      if (value < least) [best, least, isBetter] = [next, value, true]
    }
    if (!isBetter) step /= 2
  }
  return best
}

describe('proximal steps minimize', () => {
  const values: Record<string, (y: number[]) => number> = {
    l1: (y) => y.reduce((sum, one) => sum + Math.abs(one), 0),
    l2: (y) => Math.hypot(...y),
    linf: (y) => Math.max(...y.map(Math.abs)),
    'lp(3)': (y) => y.reduce((sum, one) => sum + Math.abs(one) ** 3, 0) ** (1 / 3),
    'lp(1.5)': (y) => y.reduce((sum, one) => sum + Math.abs(one) ** 1.5, 0) ** (2 / 3),
    'weighted(l1)': (y) => y.reduce((sum, one, i) => sum + (0.25 + ((i * 7) % 5)) * Math.abs(one), 0),
    'weighted(l2)': (y) => Math.hypot(...y.map((one, i) => (0.25 + ((i * 7) % 5)) * one)),
  }
  for (const [name, value] of Object.entries(values))
    it(name, () => {
      for (const [seed, t] of [
        [1, 0.3],
        [2, 0.8],
        [3, 0.1],
      ] as const) {
        const x = flat(normals([3], seed))
        const objective = (y: number[]): number =>
          t * value(y) + 0.5 * y.reduce((sum, one, i) => sum + (one - x[i]!) ** 2, 0)
        const expected = objective(minimize(objective, x))
        const p = flat(norms[name]!(3).prox(tensor(x, f64), t))
        // No search gets below it, and it is as low as what the search found.
        expect(objective(p), `${name}, seed ${seed}`).toBeLessThanOrEqual(expected + 1e-12)
        expect(objective(p)).toBeGreaterThan(expected - 1e-3 * (1 + expected))
      }
    })
})

describe('values and gradients', () => {
  it('are those of NumPy by hand', () => {
    const x = tensor([3, -4, 0], f64)
    expect([l1, l2, linf, lp(3)].map((norm) => norm.value(x).item())).toEqual([7, 5, 4, 91 ** (1 / 3)])
    expect(flat(grad((y: Tensor) => l2.value(y))(x))).toEqual([0.6, -0.8, 0])
    expect(flat(grad((y: Tensor) => l1.value(y))(x))).toEqual([1, -1, 0])
    expect(flat(grad((y: Tensor) => linf.value(y))(tensor([1, -2, 2], f64)))).toEqual([0, -1, 0])
  })

  it('at zero, where there is none, are zero', () => {
    for (const norm of [l1, l2, linf, lp(3)])
      expect(flat(grad((y: Tensor) => norm.value(y))(zeros([3], f64)))).toEqual([0, 0, 0])
  })

  for (const [name, make] of Object.entries(norms))
    it(`agree with differences, and their gradients too: ${name}`, () => {
      const x = normals([2, 3], 21, { requiresGrad: true })
      const norm = make(3)
      // A power of 60 moves fast.
      gradcheck((y) => norm.value(y), [x], { eps: 1e-7, atol: 1e-5 })
      gradcheck((y) => norm.value(y, { axis: 1 }), [x], { eps: 1e-7, atol: 1e-5 })
      if (name !== 'lp(60)') gradgradcheck((y) => norm.value(y), [x], { eps: 1e-6, atol: 1e-4 })
    })

  it('pass NaN on', () => {
    for (const norm of [l1, l2, linf, lp(3)]) expect(norm.value(tensor([1, Number.NaN])).item(), norm.name).toBeNaN()
  })
})

describe('steepest', () => {
  it('takes the lower index of equals, and is 0 at 0', () => {
    expect(toNested(l1.steepest(tensor([1, -2, 2])))).toEqual([0, -1, 0])
    expect(toNested(linf.steepest(tensor([1, -2, 0])))).toEqual([1, -1, 0])
    expect(toNested(l2.steepest(tensor([0, 0])))).toEqual([0, 0])
    expect(toNested(lp(3).steepest(tensor([0, 0])))).toEqual([0, 0])
  })
})

describe('duals', () => {
  it('come in pairs', () => {
    expect([l1.dual, l2.dual, linf.dual]).toEqual([linf, l2, l1])
    expect([lp(1), lp(2)]).toEqual([l1, l2])
    const three = lp(3)
    expect([three.dual.name, three.dual.dual === three]).toEqual(['lp(1.5)', true])
    const own = weighted(l1, tensor([1, 2]))
    expect([own.dual.name, own.dual.dual === own]).toEqual(['weighted(linf)', true])
    expect(own.dual.value(tensor([1, 2])).item()).toBe(1)
  })
})

describe('weighted', () => {
  it('is the norm of products, with weights that broadcast', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ])
    expect(
      weighted(l1, tensor([1, 10]))
        .value(x)
        .item(),
    ).toBe(64)
    expect(
      weighted(l1, tensor([[1], [10]]))
        .value(x)
        .item(),
    ).toBe(73)
    expect(toNested(weighted(l1, tensor([1, 10])).value(x, { axis: 1 }))).toEqual([21, 43])
    expect(toNested(weighted(linf, tensor([1, 2])).project(tensor([3, 3]), 1))).toEqual([1, 0.5])
    // 2 theta + 4 theta = 6 takes off what 1 * 3 + 2 * 3 has above the radius of 4: theta = 1.
    expect(toNested(weighted(l1, tensor([1, 2])).project(tensor([3, 3]), 4))).toEqual([2, 1])
  })

  it('outlives the scope of its weights', () => {
    const norm = scope(() => ({ own: weighted(l2, tensor([2, 2])) })).own
    expect(norm.value(tensor([3, 4])).item()).toBe(10)
  })

  it('refuses what it cannot do', () => {
    expect(() => weighted(l1, tensor([1, 0]))).toThrow(
      'weighted: f32[2] has the weight 0 at element 1; expected finite numbers above 0.',
    )
    expect(() => weighted(weighted(l1, tensor([1])), tensor([1]))).toThrow(
      'weighted: no method is known for weighted(l1) with weights; expected l1, l2, linf or lp(p). Try the product of the weights.',
    )
    expect(() => weighted(l1, tensor([1, 2, 3])).value(tensor([1, 2]))).toThrow(
      'weighted(l1): weights [3] for elements [2]; expected a shape that broadcasts to it.',
    )
    expect(() => weighted(l1, tensor([1])).value([tensor([1, 2])])).toThrow('weighted(l1).value: a list of 1 tensors')
  })
})

describe('orderedL1 and kSupport', () => {
  it('weigh sizes in their order', () => {
    expect(
      orderedL1([2, 1])
        .value(tensor([1, -3, 5], f64))
        .item(),
    ).toBe(13)
    expect(
      orderedL1([2, 1])
        .dual.value(tensor([1, -3, 5], f64))
        .item(),
    ).toBe(3)
    // 5 - 2 and 4.5 - 1 are out of order: both become their mean; 0.5 has no weight.
    expectNear(flat(orderedL1([2, 1]).prox(tensor([5, -4.5, 0.5], f64), 1)), [3.25, -3.25, 0.5], 1e-15, 'prox')
    expect(() => orderedL1([1, 2])).toThrow(
      'orderedL1: weights 1 and then 2; expected finite ones that do not increase, the first above 0.',
    )
    expect(() => orderedL1([])).toThrow('orderedL1: weights from undefined on; expected')
  })

  it('are l1 and l2 at the ends, and in between by hand', () => {
    const x = tensor([3, -4, 1], f64)
    expect(kSupport(1).value(x).item()).toBeCloseTo(8, 14)
    expect(kSupport(3).value(x).item()).toBeCloseTo(Math.sqrt(26), 14)
    // k = 2: is 4 more than the mean of the rest, (3 + 1) / 1? No: then all count as a sum over 2 places, 8 / sqrt(2).
    expect(kSupport(2).value(x).item()).toBeCloseTo(8 / Math.SQRT2, 14)
    expect(kSupport(2).dual.value(x).item()).toBe(5)
    expectNear(flat(kSupport(1).project(x, 2)), flat(l1.project(x, 2)), 1e-13, 'k = 1')
    expectNear(flat(kSupport(5).prox(x, 2)), flat(l2.prox(x, 2)), 1e-13, 'k = n')
    expect(() => kSupport(0)).toThrow('kSupport: k 0; expected a whole number from 1 on.')
  })
})

describe('lists', () => {
  it('are one vector for every norm', () => {
    const [a, b] = [normals([2, 3], 31), normals([4], 32)]
    const whole = tensor([...flat(a), ...flat(b)], f64)
    for (const norm of [l1, l2, linf, lp(3)]) {
      const r = norm.value(whole).item() / 2
      expect(norm.value([a, b]).item()).toBe(2 * r)
      const same = (got: readonly Tensor[], expected: Tensor): void =>
        expect(got.flatMap(flat), norm.name).toEqual(flat(expected))
      same(norm.project([a, b], r), norm.project(whole, r))
      same(norm.prox([a, b], r / 2), norm.prox(whole, r / 2))
      same(norm.steepest([a, b]), norm.steepest(whole))
    }
  })
})

describe('rescale, sharp and distance', () => {
  it('scale into the ball', () => {
    expect(toNested(rescale(linf, tensor([3, 6]), 2))).toEqual([1, 2])
    expect(toNested(rescale(l1, tensor([1, 0.5]), 2))).toEqual([1, 0.5])
    expect(toNested(rescale(l2, tensor([[3, 4], [0, 1]]), 2.5, { axis: 1 }))).toEqual([[1.5, 2], [0, 1]]) // biome-ignore format: rows
    expect(rescale(l2, [tensor([3]), tensor([4])], 2.5).map(toNested)).toEqual([[1.5], [2]])
    expect(toNested(rescale(l2, tensor([3, 4]), 0))).toEqual([0, 0])
    expectNear(flat(rescale(l2, tensor([3e150, 4e150], f64), 1e-200)), [6e-201, 8e-201], 1e-15, 'far apart')
    expect(() => rescale(l2, tensor([1]), -1)).toThrow('rescale: radius -1; expected a finite number from 0 on.')
  })

  it('step as far as the dual says', () => {
    const g = normals([6], 41)
    expect(toNested(sharp(linf, tensor([3, -1])))).toEqual([4, -4])
    expectNear(flat(sharp(l2, g)), flat(g), 1e-15, 'l2')
    // <y, g> = ||y||^2 = ||g||*^2.
    for (const norm of [l1, linf, lp(3)]) {
      const y = sharp(norm, g)
      const square = norm.dual.value(g).item() ** 2
      expect(norm.value(y).item() ** 2).toBeCloseTo(square, 12)
      expect(flat(mul(y, g)).reduce((a, b) => a + b, 0)).toBeCloseTo(square, 12)
    }
  })

  it('measure differences', () => {
    expect(distance(l1, tensor([1, 2]), tensor([2, 4])).item()).toBe(3)
    expect(distance(l2, [tensor([3]), tensor([0])], [tensor([0]), tensor([4])]).item()).toBe(5)
    expect(() => distance(l1, [tensor([1])], tensor([1]))).toThrow(
      'distance: a list of 1 and one tensor; expected two tensors, or two lists of equally many.',
    )
    const [x, y] = [normals([3], 42, { requiresGrad: true }), normals([3], 43, { requiresGrad: true })]
    gradcheck((a, b) => distance(l2, a, b), [x, y])
  })
})

describe('memory', () => {
  it('keeps nothing but the results', () => {
    scope(() => {
      const x = normals([3, 4], 51)
      const all = Object.values(norms).map((make) => make(4))
      const before = memory().tensors
      for (const norm of all) {
        for (const one of [norm.value(x), norm.project(x, 0.1), norm.prox(x, 0.1), norm.steepest(x)]) one.dispose()
        for (const one of [rescale(norm, x, 1), sharp(norm, x), distance(norm, x, x)]) one.dispose()
        for (const one of [norm.project(x, 0.1, { axis: 1 }), norm.value(x, { axis: 1 })]) one.dispose()
      }
      expect(memory().tensors).toBe(before)
    })
  })
})

describe('lp', () => {
  it('projects as a fine search does', () => {
    // On the curve x^3 + y^3 = 1 the point nearest to (2, 1), by a search along the curve.
    let [best, least] = [0, Infinity]
    for (let i = 0; i <= 1_000_000; i++) {
      const x = i / 1_000_000
      const distance = (x - 2) ** 2 + (Math.cbrt(1 - x ** 3) - 1) ** 2
      if (distance < least) [best, least] = [x, distance]
    }
    const [x, y] = flat(lp(3).project(tensor([2, -1], f64), 1))
    expect(x).toBeCloseTo(best, 5)
    expect(x! ** 3 - y! ** 3).toBeCloseTo(1, 14)
  })

  it('approaches its neighbours', () => {
    const x = normals([30], 61)
    const r = 1.5
    expect(farthest(lp(2.0000001).project(x, r), l2.project(x, r))).toBeLessThan(1e-6)
    expect(farthest(lp(1000).project(x, r), linf.project(x, r))).toBeLessThan(1e-1)
    expect(farthest(lp(1.0001).project(x, 3), l1.project(x, 3))).toBeLessThan(1e-2)
  })

  it('refuses what is none', () => {
    for (const p of [0, -1, Number.NaN])
      expect(() => lp(p)).toThrow(`lp: p ${p}; expected a number above 0, or Infinity. Try l0 to count what is not 0.`)
  })
})
