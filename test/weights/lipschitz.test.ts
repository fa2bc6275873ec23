import { describe, expect, it } from 'vitest'
import { matmul, svdvals } from '../../src/linalg/index.node.js'
import { StateDict, type Tensor, tensor } from '../../src/tensor/index.node.js'
import { activationConstants, type Chain, type LipschitzOptions, lipschitz } from '../../src/weights/index.node.js'
import { randomOf } from './track-random.js'

const dict = (tensors: Record<string, Tensor>): StateDict => new StateDict(Object.entries(tensors))

/** The bound of a chain over tensors in memory. */
async function boundOf(tensors: Record<string, Tensor>, chain: Chain | null, options: LipschitzOptions = {}) {
  return lipschitz(dict(tensors), chain, { workers: 0, ...options })
}

function gaussian(seed: number, ...shape: number[]): Tensor {
  const random = randomOf(seed)
  const count = shape.reduce((a, b) => a * b, 1)
  const values = Float64Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  )
  return tensor(values, { shape, dtype: 'f64' })
}

const top = (A: Tensor): number => svdvals(A).toArray()[0]!

describe('by hand', () => {
  const W = () =>
    tensor([
      [3, 0],
      [0, -4],
    ])
  const V = () =>
    tensor([
      [1, 2],
      [-3, 4],
    ])

  it('a chain is the product of its operator norms', async () => {
    const { bound, why, links } = await boundOf({ 'a.weight': W(), 'b.weight': W() }, [
      { tensor: 'a.weight' },
      { activation: 'relu' },
      { tensor: 'b.weight' },
      { activation: 'sigmoid' },
    ])
    expect(bound).toBeCloseTo(4 * 4 * 0.25, 5)
    expect(why).toBeNull()
    expect(links.map(({ what }) => what)).toEqual(['a.weight', 'relu', 'b.weight', 'sigmoid'])
  })

  it('a residual branch adds 1', async () => {
    const { bound } = await boundOf({ 'a.weight': W() }, [
      { residual: [{ tensor: 'a.weight' }, { residual: [{ constant: 2 }] }] },
    ])
    expect(bound).toBeCloseTo(1 + 4 * (1 + 2), 5)
  })

  it('in l1 columns sum, in linf rows', async () => {
    expect((await boundOf({ 'fc.weight': V() }, [{ tensor: 'fc.weight' }], { norm: 'linf' })).bound).toBe(7)
    expect((await boundOf({ 'fc.weight': V() }, [{ tensor: 'fc.weight' }], { norm: 'l1' })).bound).toBe(6)
  })

  it('an inference-time batch normalization multiplies by gamma / sqrt(var + eps)', async () => {
    const chain: Chain = [{ normalization: 'bn', eps: 1 }]
    const { bound } = await boundOf({ 'bn.weight': tensor([1, -6]), 'bn.running_var': tensor([0, 3]) }, chain)
    expect(bound).toBe(3)
    expect((await boundOf({ 'bn.running_var': tensor([0, 3]) }, chain)).bound).toBe(1)
  })

  it('an empty chain is the identity', async () => {
    expect((await boundOf({ 'a.weight': W() }, [])).bound).toBe(1)
  })
})

describe('what has no bound is unknown, with the reason', () => {
  const cases: readonly (readonly [string, Record<string, Tensor>, Chain | null, string])[] = [
    [
      'no chain',
      {},
      null,
      'the graph is not given: a checkpoint stores tensors and not how they are connected, so declare the chain',
    ],
    [
      'layer normalization',
      { 'ln.weight': tensor([1, 1]) },
      [{ normalization: 'ln' }],
      'ln: it has no running statistics: it divides by the size of each input, and near a constant input nothing bounds that but eps',
    ],
    [
      'recurrence',
      { 'lstm.weight_hh_l0': gaussian(1, 8, 2) },
      [{ tensor: 'lstm.weight_hh_l0' }],
      'lstm.weight_hh_l0: a recurrent layer feeds back into itself: its bound depends on the length of the sequence',
    ],
    [
      'a lookup',
      { 'embedding.weight': gaussian(1, 8, 2) },
      [{ tensor: 'embedding.weight' }],
      'embedding.weight: the input of an embedding is discrete',
    ],
    [
      'NaN',
      { 'fc.weight': tensor([[Number.NaN, 1]]) },
      [{ tensor: 'fc.weight' }],
      'fc.weight: holds NaN or infinite elements',
    ],
    ['an unknown activation', {}, [{ activation: 'reluu' }], 'reluu: the activation is not known; did you mean relu?'],
    [
      'inside a branch',
      {},
      [{ residual: [{ activation: 'glu' }] }],
      'residual: glu: the activation is not known; did you mean elu?',
    ],
  ]
  for (const [name, tensors, chain, why] of cases)
    it(name, async () => {
      const report = await boundOf({ ...tensors, 'other.bias': tensor([1]) }, chain)
      expect(report.bound).toBeNull()
      expect(report.why).toBe(why)
    })
})

describe('a wrong chain is wrong usage', () => {
  it('names that the file does not have', async () => {
    await expect(boundOf({ 'fc1.weight': tensor([[1]]) }, [{ tensor: 'fc2.weight' }])).rejects.toThrow(
      "lipschitz: the chain names 'fc2.weight', which the file does not have. Did you mean 'fc1.weight'?",
    )
  })

  it('links that are none', async () => {
    await expect(boundOf({}, [{ layer: 'x' } as never])).rejects.toThrow(
      'lipschitz: a link of the chain is {"layer":"x"}; expected one of tensor, activation, normalization, pooling, residual, constant in each.',
    )
  })
})

/** The dense matrix of a 2-D convolution on h x w inputs. */
function dense(K: Tensor, h: number, w: number, { stride = 1, circular = false, groups = 1 }): Tensor {
  const [out, perGroup, kh, kw] = K.shape as [number, number, number, number]
  const [ph, pw] = [Math.floor(kh / 2), Math.floor(kw / 2)]
  const [oh, ow] = [Math.ceil(h / stride), Math.ceil(w / stride)]
  const rows = Array.from({ length: out * oh * ow }, () => new Float64Array(perGroup * groups * h * w))
  const values = K.toArray()
  for (let o = 0; o < out; o++)
    for (let y = 0; y < oh; y++)
      for (let x = 0; x < ow; x++)
        for (let i = 0; i < perGroup; i++)
          for (let a = 0; a < kh; a++)
            for (let b = 0; b < kw; b++) {
              let [v, u] = [y * stride + a - ph, x * stride + b - pw]
              if (circular) [v, u] = [(v + h) % h, (u + w) % w]
              if (v < 0 || u < 0 || v >= h || u >= w) continue
              const channel = Math.floor(o / (out / groups)) * perGroup + i
              rows[(o * oh + y) * ow + x]![(channel * h + v) * w + u]! +=
                values[((o * perGroup + i) * kh + a) * kw + b]!
            }
  return tensor(
    rows.map((row) => [...row]),
    { dtype: 'f64' },
  )
}

const sums = (A: Tensor): { rows: number; columns: number } => {
  const rows = A.toNested() as number[][]
  return {
    rows: Math.max(...rows.map((row) => row.reduce((sum, x) => sum + Math.abs(x), 0))),
    columns: Math.max(...rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + Math.abs(row[j]!), 0))),
  }
}

describe('convolutions against the dense matrix', () => {
  const shapes = [
    { kernel: [3, 2, 3, 3], groups: 1 },
    { kernel: [2, 2, 5, 3], groups: 1 },
    { kernel: [2, 3, 2, 2], groups: 1 },
    { kernel: [4, 1, 3, 3], groups: 4 },
  ] as const
  for (const { kernel, groups } of shapes)
    for (const input of [5, 8, 9])
      for (const options of [{}, { circular: true }, { stride: 2 }])
        it(`kernel [${kernel}], input ${input}, ${JSON.stringify(options)}`, async () => {
          for (let seed = 1; seed <= 2; seed++) {
            // A kernel with one sign has its largest frequency at 0, which every grid has; these have theirs between.
            const K = gaussian(seed, ...kernel)
            const A = dense(K, input, input, { ...options, groups })
            const tensors = { 'layers.3.conv.weight': K, 'layers.3.conv.bias': gaussian(9, kernel[0]) }
            const chain: Chain = [{ tensor: 'layers.3.conv.weight' }]
            const spectral = (await boundOf(tensors, chain)).bound!
            const found = top(A)
            expect(spectral, `seed ${seed}`).toBeGreaterThanOrEqual(found * (1 - 1e-9))
            // Larger by the frequencies between and the border, not by an order.
            expect(spectral, `seed ${seed}`).toBeLessThanOrEqual(found * 2)
            expect((await boundOf(tensors, chain, { norm: 'linf' })).bound!).toBeGreaterThanOrEqual(
              sums(A).rows * (1 - 1e-12),
            )
            expect((await boundOf(tensors, chain, { norm: 'l1' })).bound!).toBeGreaterThanOrEqual(
              sums(A).columns * (1 - 1e-12),
            )
            A.dispose()
          }
        })

  it('in l1 and linf the bound is reached inside the image', async () => {
    const K = gaussian(3, 3, 2, 3, 3)
    const A = dense(K, 7, 7, {})
    const tensors = { 'layers.3.conv.weight': K }
    expect((await boundOf(tensors, [{ tensor: 'layers.3.conv.weight' }], { norm: 'linf' })).bound).toBeCloseTo(
      sums(A).rows,
      10,
    )
    expect((await boundOf(tensors, [{ tensor: 'layers.3.conv.weight' }], { norm: 'l1' })).bound).toBeCloseTo(
      sums(A).columns,
      10,
    )
  })
})

describe('laws', () => {
  it('no input is stretched beyond the bound', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const [A, B] = [gaussian(seed, 6, 4), gaussian(seed + 100, 4, 6)]
      for (const norm of ['spectral', 'l1', 'linf'] as const) {
        const chain: Chain = [
          { tensor: 'a.weight' },
          { activation: 'tanh' },
          { tensor: 'b.weight' },
          { residual: [{ activation: 'sigmoid' }] },
        ]
        const { bound } = await boundOf({ 'a.weight': A, 'b.weight': B }, chain, { norm })
        const f = (x: Tensor): number[] => {
          const y = [...matmul(B, matmul(A, x).tanh()).toArray()]
          return y.map((v) => v + 1 / (1 + Math.exp(-v)))
        }
        const size = (v: readonly number[]): number =>
          norm === 'l1'
            ? v.reduce((s, x) => s + Math.abs(x), 0)
            : norm === 'linf'
              ? Math.max(...v.map(Math.abs))
              : Math.hypot(...v)
        for (let trial = 0; trial < 20; trial++) {
          const x = gaussian(1000 * seed + trial, 4)
          const d = gaussian(5000 * seed + trial, 4).mul(1e-3)
          const [one, other] = [f(x), f(x.add(d))]
          expect(size(one.map((v, i) => v - other[i]!)), `seed ${seed} ${norm}`).toBeLessThanOrEqual(
            bound! * size([...d.toArray()]) * (1 + 1e-9),
          )
        }
      }
    }
  })

  it('pooling: dense averages and maxima over windows', async () => {
    // A 1-D window of 3, 1 apart: an entry lies in 3 windows.
    for (const [pooling, l1, l2] of [
      ['max', 3, Math.sqrt(3)],
      ['average', 1, 1],
    ] as const) {
      const chain: Chain = [{ pooling, kernel: 3, stride: 1, axes: 1 }]
      expect((await boundOf({}, chain, { norm: 'l1' })).bound).toBeCloseTo(l1, 12)
      expect((await boundOf({}, chain)).bound).toBeCloseTo(l2, 12)
      expect((await boundOf({}, chain, { norm: 'linf' })).bound).toBe(1)
    }
    expect((await boundOf({}, [{ pooling: 'average', kernel: 2 }])).bound).toBe(0.5)
  })

  it('slopes of activations are found on a grid, and never exceeded', () => {
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
    const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
    const functions: Record<string, (x: number) => number> = {
      sigmoid,
      softplus,
      tanh: Math.tanh,
      silu: (x) => x * sigmoid(x),
      mish: (x) => x * Math.tanh(softplus(x)),
      gelutanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
      hardswish: (x) => (x * Math.min(6, Math.max(0, x + 3))) / 6,
      hardsigmoid: (x) => Math.min(6, Math.max(0, x + 3)) / 6,
      selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
      softsign: (x) => x / (1 + Math.abs(x)),
    }
    for (const [name, f] of Object.entries(functions)) {
      let steepest = 0
      for (let x = -10; x < 10; x += 1e-3) steepest = Math.max(steepest, Math.abs(f(x + 1e-6) - f(x - 1e-6)) / 2e-6)
      const { bound } = activationConstants[name]!
      expect(steepest, name).toBeLessThanOrEqual(bound * (1 + 1e-6))
      expect(steepest, name).toBeGreaterThan(bound * (1 - 2e-3))
    }
  })
})
