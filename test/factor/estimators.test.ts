/** What holds for every estimator of numbers, from one table. A new one is a row here. */
import { describe, expect, it } from 'vitest'
import {
  CCA,
  DictionaryLearning,
  type Estimator,
  FactorAnalysis,
  IncrementalPCA,
  JointFactorization,
  KMeans,
  KMedians,
  LinearDiscriminantAnalysis,
  MiniBatchKMeans,
  NMF,
  PCA,
  RobustPCA,
  type Second,
  SphericalKMeans,
  TruncatedSVD,
} from '../../src/factor/index.node.js'
import { restorers } from '../../src/factor/registry.js'
import { matmul, memory, scope, type Tensor, tensor } from '../../src/tensor/index.js'
import { normals, numbers } from './tables.js'

interface Row {
  readonly name: string
  readonly make: () => Estimator
  /** Second table or targets of 40 rows. */
  readonly second?: () => Second
  /** Refuses negative numbers. */
  readonly nonnegative?: boolean
  /** Of f32 input beside f64. */
  readonly loose?: number
}

const letters = Array.from({ length: 40 }, (_, i) => 'abc'[i % 3]!)
const rows: readonly Row[] = [
  { name: 'PCA', make: () => new PCA({ k: 3 }) },
  { name: 'PCA, whitened', make: () => new PCA({ k: 3, whiten: true }) },
  { name: 'PCA, by a share', make: () => new PCA({ k: 0.8 }) },
  { name: 'PCA, randomized', make: () => new PCA({ k: 3, solver: 'randomized', iterations: 30, seed: 4 }) },
  { name: 'IncrementalPCA', make: () => new IncrementalPCA({ k: 3 }) },
  { name: 'IncrementalPCA, whitened', make: () => new IncrementalPCA({ k: 2, whiten: true }) },
  { name: 'RobustPCA', make: () => new RobustPCA(), loose: 1e-3 },
  { name: 'RobustPCA, centred', make: () => new RobustPCA({ k: 2, centred: true }), loose: 1e-3 },
  { name: 'TruncatedSVD', make: () => new TruncatedSVD({ k: 3 }) },
  { name: 'FactorAnalysis', make: () => new FactorAnalysis({ k: 2 }), loose: 1e-3 },
  { name: 'FactorAnalysis, promax', make: () => new FactorAnalysis({ k: 2, rotation: 'promax' }), loose: 1e-2 },
  { name: 'LinearDiscriminantAnalysis', make: () => new LinearDiscriminantAnalysis(), second: () => letters },
  { name: 'LDA, shrunk', make: () => new LinearDiscriminantAnalysis({ shrinkage: 'auto' }), second: () => letters },
  { name: 'CCA', make: () => new CCA({ k: 2 }), second: () => normals(40, 3, 8) },
  { name: 'JointFactorization', make: () => new JointFactorization({ k: 3 }), second: () => normals(40, 4, 9) },
  { name: 'KMeans', make: () => new KMeans({ k: 3 }) },
  { name: 'MiniBatchKMeans', make: () => new MiniBatchKMeans({ k: 3, batchSize: 20 }) },
  { name: 'KMedians', make: () => new KMedians({ k: 3 }) },
  { name: 'SphericalKMeans', make: () => new SphericalKMeans({ k: 3 }) },
  { name: 'DictionaryLearning', make: () => new DictionaryLearning({ k: 3, maxIterations: 20 }), loose: 1e-2 },
  { name: 'NMF', make: () => new NMF({ k: 3 }), nonnegative: true, loose: 1e-2 },
]

/** 40 rows of 6 columns of falling variance; with classes that lie apart. */
function table(row: Row, dtype: 'f32' | 'f64' = 'f64'): Tensor {
  return scope(() => {
    // Two factors for factor analysis, whose likelihood else has several maxima.
    const signal = matmul(normals(40, 2, 13), normals(2, 6, 15)).mul(row.name.startsWith('Factor') ? 2 : 0)
    const mixed = (
      row.name.startsWith('Factor') ? signal.add(normals(40, 6, 3)) : matmul(normals(40, 6, 3), normals(6, 6, 5))
    ).add(tensor(Float64Array.of(3, 0, 0, -7, 1, 100)))
    const apart = mixed.add(
      tensor(
        Float64Array.from({ length: 40 }, (_, i) => (i % 3) * 2),
        { shape: [40, 1] },
      ),
    )
    return (row.nonnegative ? apart.abs() : apart).to(dtype).clone()
  })
}

const fitted = (row: Row, x: Tensor): Estimator => row.make().fit(x, row.second?.())
const close = (a: Tensor, b: Tensor, atol: number): void => {
  const [p, q] = [numbers(a), numbers(b)]
  expect(p.length).toBe(q.length)
  const size = Math.max(...q.map(Math.abs))
  for (const [i, one] of p.entries()) expect(Math.abs(one - q[i]!), `element ${i}`).toBeLessThanOrEqual(atol * size)
}

describe.each(rows)('$name', (row) => {
  it('gives k numbers for each row, and rows of as many columns again', () => {
    const x = table(row)
    const model = fitted(row, x)
    const { k, columns, rows: n, method } = model.toJSON()
    expect([n, columns, method]).toEqual([40, 6, model.method])
    const z = model.transform(x)
    expect(z.shape).toEqual([40, k])
    expect(model.inverseTransform(z).shape).toEqual([40, 6])
    expect(Number.isFinite(model.score(x, row.second?.()))).toBe(true)
  })

  it('the same table gives the same bits, and the model knows nothing of other rows', () => {
    const x = table(row)
    const [one, again] = [fitted(row, x), fitted(row, table(row))]
    expect(JSON.stringify(again)).toBe(JSON.stringify(one))
    expect(numbers(again.transform(x))).toEqual(numbers(one.transform(x)))
    const few = tensor(Float64Array.from(numbers(x).slice(0, 12)), { shape: [2, 6] })
    const k = one.toJSON().k
    close(one.transform(few), tensor(Float64Array.from(numbers(one.transform(x)).slice(0, 2 * k))), 1e-9)
  })

  it('is restored from what it saves: the same bits', async () => {
    const x = table(row)
    const model = fitted(row, x)
    const json = JSON.parse(JSON.stringify(model.toJSON()))
    const state = model.stateDict()
    const restored = (await restorers[model.method]!())(json, state)
    state.dispose()
    expect(restored.toJSON()).toEqual(model.toJSON())
    const z = model.transform(x)
    expect(numbers(restored.transform(x))).toEqual(numbers(z))
    expect(numbers(restored.inverseTransform(z))).toEqual(numbers(model.inverseTransform(z)))
    expect(restored.score(x, row.second?.())).toBe(model.score(x, row.second?.()))
  })

  it('leaves no tensors behind', () => {
    const [x, y] = [table(row), row.second?.()]
    const before = memory().tensors
    const model = row.make().fit(x, y).fit(x, y)
    const z = model.transform(x)
    model.inverseTransform(z).dispose()
    z.dispose()
    model.score(x, y)
    model.dispose()
    expect(memory().tensors).toBe(before)
    expect(() => model.transform(x)).toThrow(/fit\(x/)
  })

  it('takes f32, and gives f32 for it', () => {
    const wide = fitted(row, table(row))
    const narrow = fitted(row, table(row, 'f32'))
    const [z, w] = [narrow.transform(table(row, 'f32')), wide.transform(table(row))]
    expect(z.dtype).toBe('f32')
    expect(narrow.inverseTransform(z).dtype).toBe('f32')
    close(z, w, row.loose ?? 1e-4)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %d and says where', (bad) => {
    for (const dtype of ['f32', 'f64'] as const) {
      const x = table(row, dtype)
      x.data[6 * 17 + 4] = bad
      const before = memory().tensors
      expect(() => row.make().fit(x, row.second?.())).toThrow(`${bad} at row 17, column 4`)
      expect(() => fitted(row, table(row)).transform(x)).toThrow(`${bad} at row 17, column 4`)
      void before
    }
  })

  it('refuses what is no matrix, has no rows, or other columns than it knows', () => {
    const model = fitted(row, table(row))
    expect(() => row.make().fit(tensor([1, 2, 3]), row.second?.())).toThrow('f32[3]; expected a matrix [rows, columns]')
    expect(() => row.make().fit(tensor(new Float64Array(0), { shape: [0, 6] }), row.second?.())).toThrow('f64[0, 6]; expected at least') // biome-ignore format: one claim
    expect(() => model.transform(normals(2, 5, 1))).toThrow('f64[2, 5]; expected 6 columns')
    expect(() => model.inverseTransform(normals(2, 9, 1))).toThrow('f64[2, 9]; expected')
  })
})
