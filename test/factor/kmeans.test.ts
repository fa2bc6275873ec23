/** k-means and its kin: hand-worked clusters, the same labels by every algorithm, scikit-learn's results from the same start, extremes, and messages. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  calinskiHarabasz,
  daviesBouldin,
  KMeans,
  KMedians,
  SphericalKMeans,
  silhouette,
} from '../../src/factor/index.node.js'
import { restorers } from '../../src/factor/registry.js'
import { Generator, memory, randn, scope, setBackend, slice, tensor } from '../../src/tensor/index.node.js'
import { hasShared, sharedJson } from '../shared.js'
import { sharedTable, standardized } from './tables.js'

interface Case {
  readonly x: number[][]
  readonly k: number
  readonly centers: number[][]
  readonly labels: number[]
  readonly inertia: number
  readonly iterations: number
  readonly silhouettes: number[]
  readonly calinskiHarabasz: number
  readonly daviesBouldin: number
}

const oracle = (JSON.parse(readFileSync(new URL('../oracle/factor/clusters.json', import.meta.url), 'utf8')) as { kmeans: Case[] }).kmeans // biome-ignore format: one line
const line = tensor([[0], [1], [2], [10], [12]], { dtype: 'f64' })
const algorithms = ['lloyd', 'hamerly', 'elkan'] as const

describe('KMeans', () => {
  it('finds two groups on a line', () => {
    // 0, 1, 2 have mean 1 and squares 1 + 0 + 1; 10, 12 have mean 11 and squares 1 + 1.
    const model = new KMeans({ k: 2 }).fit(line)
    expect(Array.from(model.centers.toArray()).sort((a, b) => a - b)).toEqual([1, 11])
    expect([model.inertia, model.score(line), model.converged]).toEqual([4, -4, true])
    expect(model.predict(line)).toEqual(model.labels)
    model.dispose()
  })

  it('gives a row that is equally near to two centres to the first', () => {
    const init = tensor([[0], [2]], { dtype: 'f64' })
    for (const algorithm of algorithms)
      for (const dtype of ['f32', 'f64'] as const) {
        const x = tensor([[0], [1], [2]], { dtype })
        const model = new KMeans({ k: 2, init, maxIterations: 1, algorithm }).fit(x)
        // After a step the centres are 0.5 and 2.
        expect(Array.from(model.centers.toArray())).toEqual([0.5, 2])
        expect(Array.from(model.labels)).toEqual([0, 0, 1])
        model.dispose()
        x.dispose()
      }
  })

  it.each(oracle.map((one, at) => [at, one] as const))(
    'is as scikit-learn has it from the same start (%i)',
    (_, one) => {
      scope(() => {
        const x = tensor(one.x, { dtype: 'f64' })
        const model = new KMeans({ k: one.k, init: slice(x, { stop: one.k }), tol: 0 }).fit(x)
        expect(Array.from(model.labels)).toEqual(one.labels)
        expect(model.iterations).toBe(one.iterations)
        expect(model.inertia).toBeCloseTo(one.inertia, 9)
        for (const [at, value] of model.centers.toArray().entries())
          expect(value).toBeCloseTo(one.centers.flat()[at]!, 12)
        for (const [i, value] of silhouette(x, one.labels).samples.entries())
          expect(value).toBeCloseTo(one.silhouettes[i]!, 10)
        expect(calinskiHarabasz(x, one.labels)).toBeCloseTo(one.calinskiHarabasz, 8)
        expect(daviesBouldin(x, one.labels)).toBeCloseTo(one.daviesBouldin, 10)
        model.dispose()
      })
    },
  )

  it.skipIf(!hasShared).each([
    ['digits_k10', () => sharedTable('digits.csv.gz', 64), 10],
    ['iris_k3', () => slice(sharedTable('iris.csv', 4), { stop: 150 }), 3],
    ['wine_standardised_k3', () => standardized(sharedTable('wine_data.csv', 13)), 3],
  ] as const)('is within 1.0005 of the best that is listed, with its defaults: %s', (name, rows, k) => {
    scope(() => {
      const listed = sharedJson<Record<string, { best_of_20: number; sizes_sorted: number[] }>>('oracle', 'factorization', 'kmeans.json')[name]! // biome-ignore format: one line
      for (const dtype of ['f32', 'f64'] as const) {
        const model = new KMeans({ k }).fit(rows().to(dtype))
        expect(model.inertia).toBeLessThanOrEqual(1.0005 * listed.best_of_20)
        if (k > 3) continue
        const sizes = Array.from({ length: k }, (_, j) => model.labels.filter((label) => label === j).length)
        expect(sizes.sort((a, b) => a - b)).toEqual(listed.sizes_sorted)
      }
    })
  })

  it('betters the best start by swaps, and never makes it worse', () => {
    scope(() => {
      // Nine groups on a grid, of which one start alone leaves two together.
      const which = tensor(Int32Array.from({ length: 270 }, (_, i) => i % 9))
      const grid = tensor(Array.from({ length: 9 }, (_, j) => [20 * (j % 3), 20 * Math.floor(j / 3)]), { dtype: 'f64' }) // biome-ignore format: one line
      const x = randn([270, 2], { dtype: 'f64', generator: new Generator(4) }).add(grid.indexSelect(which, 0))
      const init = slice(x, { stop: 1 }).add(tensor(Array.from({ length: 9 }, (_, j) => [j / 10, 0]), { dtype: 'f64' })) // biome-ignore format: one line
      const plain = new KMeans({ k: 9, init }).fit(x).inertia
      expect(plain).toBeGreaterThan(2000)
      const values = [0, 1, 5, 80].map((swaps) => new KMeans({ k: 9, init, swaps }).fit(x).inertia)
      expect(values[0]).toBe(plain)
      for (let at = 1; at < values.length; at++) expect(values[at]!).toBeLessThanOrEqual(values[at - 1]!)
      expect(values.at(-1)!).toBeLessThan(600)
      const [city, poor] = [80, 0].map((swaps) => new KMedians({ k: 9, init, swaps }).fit(x).inertia)
      expect(city!).toBeLessThan(poor! / 2)
    })
  })

  it.each(
    (['f32', 'f64'] as const).flatMap((dtype) =>
      (
        [
          [800, 2, 7],
          [600, 17, 20],
          [300, 5, 1],
          [200, 3, 199],
          [40, 1, 3],
        ] as const
      ).map(([n, d, k]) => [dtype, n, d, k] as const),
    ),
  )(
    'has the same labels by every algorithm and backend, far from the origin too: %s %i x %i, k = %i',
    (dtype, n, d, k) => {
      scope(() => {
        const plain = randn([n, d], { dtype, generator: new Generator(5) })
        for (const x of [plain, plain.add(1000)]) {
          const models = algorithms.map((algorithm) => new KMeans({ k, starts: 2, tol: 0, algorithm, seed: 3 }).fit(x))
          setBackend('portable')
          models.push(new KMeans({ k, init: models[0]!.centers, tol: 0 }).fit(x))
          setBackend('auto')
          for (const model of models) {
            expect(model.labels).toEqual(models[0]!.labels)
            expect(model.inertia).toBe(models[0]!.inertia)
            expect(model.predict(x)).toEqual(model.labels)
          }
          for (const model of models) model.dispose()
        }
      })
    },
  )

  it('does not change with the order of columns, a shift, or the unit, however large or small', () => {
    scope(() => {
      const x = randn([200, 4], { dtype: 'f64', generator: new Generator(8) })
      const labels = new KMeans({ k: 4 }).fit(x).labels
      for (const unit of [2 ** 500, 2 ** -500, 2 ** 1000, 2 ** -1000]) {
        const scaled = new KMeans({ k: 4 }).fit(x.mul(unit))
        expect(scaled.labels).toEqual(labels)
        expect(scaled.transform(x.mul(unit)).toArray().every(Number.isFinite)).toBe(true)
      }
      expect(new KMeans({ k: 4 }).fit(x.add(64)).inertia).toBeCloseTo(new KMeans({ k: 4 }).fit(x).inertia, 8)
    })
  })

  it('leaves centres empty where there are fewer different rows than clusters', () => {
    scope(() => {
      const x = tensor([[1, 1], [1, 1], [5, 5], [5, 5]], { dtype: 'f64' }) // biome-ignore format: a matrix
      for (const algorithm of algorithms) {
        const model = new KMeans({ k: 3, algorithm }).fit(x)
        expect(model.inertia).toBe(0)
        expect(new Set(model.labels).size).toBe(2)
      }
      const one = new KMeans({ k: 1 }).fit(tensor([[3, 4]], { dtype: 'f64' }))
      expect([one.inertia, ...one.centers.toArray()]).toEqual([0, 3, 4])
      expect(new KMeans({ k: 2 }).fit(tensor([[1], [1], [1]])).inertia).toBe(0)
    })
  })

  it('fills a cluster that lost its rows with the farthest row', () => {
    scope(() => {
      const x = tensor([[0], [1], [2], [30]], { dtype: 'f64' })
      const init = tensor([[1], [1000], [2000]], { dtype: 'f64' })
      const model = new KMeans({ k: 3, init }).fit(x)
      expect(new Set(model.labels).size).toBe(3)
      expect(model.inertia).toBe(0.5)
    })
  })

  it('is restored from what it saves, and leaves no tensor behind', async () => {
    const restore = await restorers.kmeans!()
    const before = memory().tensors
    const model = new KMeans({ k: 2 }).fit(line)
    const state = model.stateDict()
    const restored = restore(JSON.parse(JSON.stringify(model.toJSON())), state)
    scope(() => {
      const z = restored.transform(line)
      expect(z.toNested()).toEqual(model.transform(line).toNested())
      expect(restored.inverseTransform(z).toNested()).toEqual(model.inverseTransform(z).toNested())
    })
    expect(restored.toJSON()).toEqual(JSON.parse(JSON.stringify(model.toJSON())))
    for (const one of [state, restored, model]) one.dispose()
    expect(memory().tensors).toBe(before)
  })

  it('says what is wrong', () => {
    expect(() => new KMeans({ k: 6 }).fit(line)).toThrow('KMeans.fit: 5 rows for k = 6; expected at least as many rows as clusters.') // biome-ignore format: one line
    expect(() => new KMeans({ k: 1 }).fit(tensor([[0], [Number.NaN]]))).toThrow('row 1, column 0')
    expect(() => new KMeans({ k: 1 }).predict(line)).toThrow('KMeans: it was not fitted. Try fit(x) first.')
    expect(() => new KMeans({ k: 2, init: line })).not.toThrow()
    expect(() => new KMeans({ k: 2, init: line }).fit(line)).toThrow('KMeans: init is f64[5, 1]; expected centres [2, 1].') // biome-ignore format: one line
    expect(() => new KMeans({ k: 0 })).toThrow('KMeans: k is 0; expected a whole number from 1 on.')
    expect(() => new KMeans({ k: 1, algorithm: 'fast' as 'auto' })).toThrow('KMeans: algorithm is "fast"; expected auto, lloyd, hamerly, elkan.') // biome-ignore format: one line
  })
})

describe('KMedians', () => {
  it('is not moved by an outlier', () => {
    scope(() => {
      // Medians 1 and 11 (of 10 and 12); the outlier stays with the second: 10, 12, 100 have median 12.
      const x = tensor([[0], [1], [2], [10], [12], [100]], { dtype: 'f64' })
      const model = new KMedians({ k: 2, init: tensor([[0], [10]], { dtype: 'f64' }) }).fit(x)
      expect(Array.from(model.centers.toArray())).toEqual([1, 12])
      expect(model.inertia).toBe(1 + 0 + 1 + 2 + 0 + 88)
      expect(model.transform(x).toNested()).toEqual([0, 1, 2, 10, 12, 100].map((v) => [Math.abs(v - 1), Math.abs(v - 12)])) // biome-ignore format: one line
      expect(model.predict(x)).toEqual(model.labels)
    })
  })

  it('finds a median of columns that no move of a coordinate betters, at any scale', () => {
    scope(() => {
      const x = randn([90, 3], { dtype: 'f64', generator: new Generator(2) })
      const model = new KMedians({ k: 3, seed: 4 }).fit(x)
      expect(-model.score(x)).toBeCloseTo(model.inertia, 10)
      expect(new KMedians({ k: 3, seed: 4 }).fit(x.mul(2 ** 600)).labels).toEqual(model.labels)
      expect(new KMedians({ k: 3 }).fit(tensor([[1], [1], [1]])).inertia).toBe(0)
    })
  })
})

describe('SphericalKMeans', () => {
  it('looks at directions alone', () => {
    scope(() => {
      const x = tensor([[1, 0], [100, 0], [0, 2], [0, 0.01]], { dtype: 'f64' }) // biome-ignore format: a matrix
      const model = new SphericalKMeans({ k: 2 }).fit(x)
      expect(model.inertia).toBeCloseTo(0, 12)
      expect(model.labels[0]).toBe(model.labels[1])
      expect(model.labels[2]).toBe(model.labels[3])
      expect(model.labels[0]).not.toBe(model.labels[2])
      const spread = randn([100, 5], { dtype: 'f64', generator: new Generator(2) })
      const fitted = new SphericalKMeans({ k: 4 }).fit(spread)
      for (const length of fitted.centers.norm({ axis: 1 }).toArray()) expect(length).toBeCloseTo(1, 12)
      // The sum of 1 - cosine by its definition.
      const distances = fitted.transform(spread).toArray()
      const sum = fitted.labels.reduce((all, label, i) => all + distances[i * 4 + label]!, 0)
      expect(sum).toBeCloseTo(fitted.inertia, 9)
      expect(() => fitted.predict(tensor([[0, 0, 0, 0, 0]]))).toThrow('SphericalKMeans: row 0 of f32[1, 5] is zero')
      expect(() => new SphericalKMeans({ k: 2, init: tensor([1, 2]) }).fit(spread)).toThrow('SphericalKMeans: init is f32[2]; expected centres [2, 5].') // biome-ignore format: one line
    })
  })
})
