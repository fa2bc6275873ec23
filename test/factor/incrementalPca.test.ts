import { describe, expect, it } from 'vitest'
import { IncrementalPCA, PCA } from '../../src/factor/index.node.js'
import { restorers } from '../../src/factor/registry.js'
import { memory, slice, type Tensor, tensor } from '../../src/tensor/index.js'
import { normals, numbers } from './tables.js'

const rows = (...values: number[][]): Tensor =>
  tensor(Float64Array.from(values.flat()), { shape: [values.length, values[0]!.length] })
const close = (a: Tensor | number[], b: Tensor | number[], rtol = 1e-10): void => {
  const [p, q] = [a, b].map((one) => (Array.isArray(one) ? one : numbers(one))) as [number[], number[]]
  expect(p.length).toBe(q.length)
  const size = Math.max(...q.map(Math.abs))
  for (const [i, one] of p.entries()) expect(Math.abs(one - q[i]!), `element ${i}`).toBeLessThanOrEqual(rtol * size)
}
const figures = (one: PCA | IncrementalPCA): Tensor[] => [one.components, one.explainedVariance, one.explainedVarianceRatio, one.singularValues, one.mean] // biome-ignore format: one list

describe('two batches, hand-worked', () => {
  // (+-3, 0) about (1, 5), then (0, +-1) about the same mean: what is left of the first batch is 18^(1/2) (1, 0).
  const [one, two] = [rows([4, 5], [-2, 5]), rows([1, 6], [1, 4])]
  it('k = 1: the first direction, and the other as noise', () => {
    const pca = new IncrementalPCA({ k: 1 }).partialFit(one)
    expect(numbers(pca.explainedVariance)).toEqual([expect.closeTo(18, 12)])
    pca.partialFit(two)
    expect(pca.samplesSeen).toBe(4)
    close(pca.mean, [1, 5])
    close(pca.components, [1, 0])
    close(pca.explainedVariance, [6])
    close(pca.explainedVarianceRatio, [0.9])
    close(pca.singularValues, [Math.sqrt(18)])
    expect(pca.noiseVariance).toBeCloseTo(2 / 3, 12)
  })
  it('a mean that moves adds its row: (0, 0), (2, 0) and then (7, 0) have variance 13', () => {
    const pca = new IncrementalPCA({ k: 1 }).partialFit(rows([0, 0], [2, 0])).partialFit(rows([7, 0]))
    close(pca.mean, [3, 0])
    close(pca.explainedVariance, [13])
  })
})

describe('laws', () => {
  it.each([
    [200, 6, 30],
    [200, 6, 7],
    [61, 5, 60],
    [20_000, 3, 9_000],
  ])('k = d of [%d, %d] in batches of %d is PCA', (n, d, batchSize) => {
    const x = normals(n, d, 3)
      .matmul(normals(d, d, 4))
      .add(50)
    const [some, all] = [new IncrementalPCA({ k: d }).fit(x, { batchSize }), new PCA({ solver: 'exact' }).fit(x)]
    for (const [i, one] of figures(some).entries()) close(one, figures(all)[i]!, 1e-9)
    expect(some.noiseVariance).toBe(0)
    expect(some.score(x)).toBeCloseTo(all.score(x), 9)
    close(some.transform(x), all.transform(x), 1e-8)
  })

  it('one batch of all rows is PCA for any k', () => {
    const x = normals(50, 8, 5)
    const [some, all] = [new IncrementalPCA({ k: 3 }).partialFit(x), new PCA({ k: 3 }).fit(x)]
    for (const [i, one] of figures(some).entries()) close(one, figures(all)[i]!)
    expect(some.noiseVariance).toBeCloseTo(all.noiseVariance, 12)
  })

  it('fit, partialFit and fitBatches of the same batches give the same bits, and one that was saved goes on', async () => {
    const x = normals(70, 5, 6)
    const cuts = [[0, 20], [20, 40], [40, 70]].map(([start, stop]) => slice(x, { start: start!, stop: stop! })) // biome-ignore format: cuts
    const parts = new IncrementalPCA({ k: 2 })
    for (const one of cuts) parts.partialFit(one)
    async function* stream() {
      yield* cuts
    }
    const restore = await restorers['incremental-pca']!()
    const before = memory().tensors
    const streamed = await new IncrementalPCA({ k: 2 }).fitBatches(stream())
    expect(JSON.stringify(streamed)).toBe(JSON.stringify(parts))
    expect(JSON.stringify(await streamed.fitBatches(cuts))).toBe(JSON.stringify(parts))
    const half = new IncrementalPCA({ k: 2 }).partialFit(cuts[0]!).partialFit(cuts[1]!)
    const state = half.stateDict()
    const restored = restore(JSON.parse(JSON.stringify(half)), state) as IncrementalPCA
    state.dispose()
    expect(JSON.stringify(restored.partialFit(cuts[2]!))).toBe(JSON.stringify(parts))
    for (const one of [half, restored, streamed]) one.dispose()
    expect(memory().tensors).toBe(before)
  })

  it('what would be less than k rows at the end joins the last batch', () => {
    const x = normals(43, 5, 7)
    const whole = new IncrementalPCA({ k: 4 }).fit(x, { batchSize: 20 })
    const parts = new IncrementalPCA({ k: 4 }).partialFit(slice(x, { stop: 20 })).partialFit(slice(x, { start: 20 }))
    expect(JSON.stringify(whole)).toBe(JSON.stringify(parts))
  })

  it('fit starts anew', () => {
    const [x, y] = [normals(40, 4, 8), normals(30, 4, 9)]
    const again = new IncrementalPCA({ k: 2 }).fit(x).fit(y)
    expect(JSON.stringify(again)).toBe(JSON.stringify(new IncrementalPCA({ k: 2 }).fit(y)))
  })

  it.each([1e120, 1e-120])('in units of %d: the same but for the units', (unit) => {
    const x = normals(60, 5, 10)
    const [one, scaled] = [x, x.mul(unit)].map((table) => new IncrementalPCA({ k: 2 }).fit(table)) as [IncrementalPCA, IncrementalPCA] // biome-ignore format: one step
    close(scaled.components, one.components)
    close(scaled.explainedVarianceRatio, one.explainedVarianceRatio)
  })
})

describe('edges', () => {
  it('columns without variance: zeros', () => {
    const pca = new IncrementalPCA({ k: 2 }).fit(rows([3, 7], [3, 7], [3, 7], [3, 7]), { batchSize: 2 })
    expect([...numbers(pca.explainedVariance), ...numbers(pca.explainedVarianceRatio), pca.noiseVariance]).toEqual([0, 0, 0, 0, 0]) // biome-ignore format: one claim
  })

  it('a batch that is refused changes nothing', () => {
    const pca = new IncrementalPCA({ k: 2 }).partialFit(normals(9, 3, 11))
    const before = JSON.stringify(pca)
    expect(() => pca.partialFit(rows([1, 2, Number.NaN]))).toThrow('IncrementalPCA.partialFit: f64[1, 3] has NaN at row 0, column 2') // biome-ignore format: one claim
    expect(() => pca.partialFit(rows([1, 2]))).toThrow('expected 3 columns, as it was fitted on')
    expect(JSON.stringify(pca)).toBe(before)
  })

  it.each<[string, () => unknown, string]>([
    ['a first batch of one row', () => new IncrementalPCA().partialFit(rows([1, 2])), 'got f64[1, 2]; expected at least 2 rows and one column.'], // biome-ignore format: one row
    ['a first batch of less than k rows', () => new IncrementalPCA({ k: 3 }).partialFit(normals(2, 5, 1)), 'IncrementalPCA.partialFit: k is 3 for a table [2, 5]; expected a whole number from 1 to 2.'], // biome-ignore format: one row
    ['batches of less than k rows', () => new IncrementalPCA({ k: 3 }).fit(normals(9, 5, 1), { batchSize: 2 }), 'IncrementalPCA.fit: batchSize is 2; expected a whole number from 3 on.'], // biome-ignore format: one row
    ['a share', () => new IncrementalPCA({ k: 0.9 }), 'IncrementalPCA: k is 0.9; expected a whole number from 1 on.'],
    ['another option', () => new IncrementalPCA().fit(normals(9, 5, 1), { size: 2 } as object), 'IncrementalPCA.fit: option "size" is not known'], // biome-ignore format: one row
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message)
  })

  it('refuses no batches', async () => {
    await expect(new IncrementalPCA().fitBatches([])).rejects.toThrow('there was no batch; expected at least one')
  })
})
