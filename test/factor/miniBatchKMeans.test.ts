/** k-means by batches: hand-worked batches, the definition of its centres, the same by every way in, beside k-means of all rows, extremes, messages. */
import { describe, expect, it } from 'vitest'
import { KMeans, MiniBatchKMeans } from '../../src/factor/index.node.js'
import { restorers } from '../../src/factor/registry.js'
import { memory, scope, slice, type Tensor, tensor } from '../../src/tensor/index.node.js'
import { normals, numbers } from './tables.js'

const f64 = (rows: number[][]): Tensor => tensor(rows, { dtype: 'f64' })

/** Rows about k centres that lie on a line of d columns, 12 deviations apart. */
const blobs = (n: number, d: number, k: number, seed: number): Tensor =>
  scope(() => normals(n, d, seed).add(tensor(Float64Array.from({ length: n }, (_, i) => 12 * ((i * 7) % k)), { shape: [n, 1] }))) // biome-ignore format: one line
const batchesOf = (x: Tensor, size: number): Tensor[] =>
  Array.from({ length: Math.ceil(x.shape[0]! / size) }, (_, b) => slice(x, { start: b * size, stop: Math.min(x.shape[0]!, (b + 1) * size) })) // biome-ignore format: one line

describe('batches, hand-worked', () => {
  it('a centre is the mean of all rows that it was given, not of where it started', () => {
    scope(() => {
      const model = new MiniBatchKMeans({ k: 2, init: f64([[0], [10]]) }).partialFit(f64([[1], [9], [11]]))
      expect([...numbers(model.centers), ...numbers(model.counts)]).toEqual([1, 10, 1, 2])
      // Of the last batch, from the centres after it.
      expect([model.inertia, ...model.labels]).toEqual([2, 0, 1, 1])
      model.partialFit(f64([[3], [4]]))
      expect([...numbers(model.centers), ...numbers(model.counts)]).toEqual([8 / 3, 10, 3, 2])
      expect([model.batches, model.samplesSeen]).toEqual([2, 5])
      expect(Array.from(model.predict(f64([[6], [7]])))).toEqual([0, 1])
    })
  })

  it('a centre that no row is near to becomes a row of the batch, with the least count of the others', () => {
    scope(() => {
      const init = f64([[0], [10], [1e6]])
      const batch = f64([[1], [1], [9]])
      const kept = new MiniBatchKMeans({ k: 3, init, reassignmentRatio: 0 }).partialFit(batch)
      expect([...numbers(kept.centers), ...numbers(kept.counts)]).toEqual([1, 9, 1e6, 2, 1, 0])
      const moved = new MiniBatchKMeans({ k: 3, init }).partialFit(batch)
      expect(numbers(moved.centers).slice(0, 2)).toEqual([1, 9])
      expect([1, 9]).toContain(numbers(moved.centers)[2])
      expect(numbers(moved.counts)).toEqual([2, 1, 1])
    })
  })
})

describe('laws', () => {
  it.each(['f32', 'f64'] as const)(
    'centres are means of the rows that were nearest to them when they came: %s',
    (dtype) => {
      scope(() => {
        const [n, d, k] = [600, 3, 5]
        const x = normals(n, d, 4).to(dtype)
        const model = new MiniBatchKMeans({ k, init: slice(x, { stop: k }), reassignmentRatio: 0 })
        const centers = numbers(slice(x, { stop: k }))
        const sums = new Array<number>(k * d).fill(0)
        const counts = new Array<number>(k).fill(0)
        for (const batch of batchesOf(x, 50)) {
          model.partialFit(batch)
          const rows = numbers(batch)
          const labels = Array.from({ length: 50 }, (_, i) => {
            const squares = Array.from({ length: k }, (_, j) => [0, 1, 2].reduce((sum, c) => sum + (rows[i * d + c]! - centers[j * d + c]!) ** 2, 0)) // biome-ignore format: one line
            return squares.indexOf(Math.min(...squares))
          })
          for (const [i, j] of labels.entries()) {
            counts[j]!++
            for (let c = 0; c < d; c++) sums[j * d + c]! += rows[i * d + c]!
          }
          for (let at = 0; at < k * d; at++) if (counts[Math.floor(at / d)]! > 0) centers[at] = sums[at]! / counts[Math.floor(at / d)]! // biome-ignore format: one line
          for (const [at, one] of numbers(model.centers).entries()) expect(one).toBeCloseTo(centers[at]!, dtype === 'f64' ? 12 : 6) // biome-ignore format: one line
        }
        expect(numbers(model.counts)).toEqual(counts)
      })
    },
  )

  it('partialFit and fitBatches of the same batches give the same bits, and one that was saved goes on', async () => {
    const restore = await restorers['minibatch-kmeans']!()
    const x = blobs(900, 4, 6, 2)
    const cuts = batchesOf(x, 60)
    async function* stream() {
      yield* cuts
    }
    const before = memory().tensors
    const parts = new MiniBatchKMeans({ k: 6, seed: 3 })
    for (const one of cuts) parts.partialFit(one)
    const streamed = await new MiniBatchKMeans({ k: 6, seed: 3 }).fitBatches(stream())
    const half = new MiniBatchKMeans({ k: 6, seed: 3 })
    for (const one of cuts.slice(0, 5)) half.partialFit(one)
    const state = half.stateDict()
    const restored = restore(JSON.parse(JSON.stringify(half)), state) as MiniBatchKMeans
    for (const one of cuts.slice(5)) restored.partialFit(one)
    for (const model of [streamed, await streamed.fitBatches(cuts), restored]) {
      expect(JSON.stringify(model)).toBe(JSON.stringify(parts))
      expect(numbers(model.centers)).toEqual(numbers(parts.centers))
      expect(numbers(model.counts)).toEqual(numbers(parts.counts))
    }
    for (const one of [parts, streamed, half, state, restored]) one.dispose()
    expect(memory().tensors).toBe(before)
    for (const one of [x, ...cuts]) one.dispose()
  })

  it.each([
    [5000, 2, 4],
    [4000, 16, 10],
    [700, 3, 3],
  ])('is within a twentieth of k-means of all rows: [%i, %i], k = %i', (n, d, k) => {
    scope(() => {
      const x = blobs(n, d, k, 5)
      const full = new KMeans({ k }).fit(x).inertia
      const fitted = new MiniBatchKMeans({ k, batchSize: 256 }).fit(x)
      expect(fitted.inertia).toBeLessThan(1.05 * full)
      expect(fitted.inertia).toBeGreaterThan(0.999_999 * full)
      expect([fitted.converged, fitted.labels.length, fitted.toJSON().rows]).toEqual([true, n, n])
      expect(-fitted.score(x) / fitted.inertia).toBeCloseTo(1, 12)
      const streamed = new MiniBatchKMeans({ k })
      for (const batch of batchesOf(x, 250)) streamed.partialFit(batch)
      expect(-streamed.score(x)).toBeLessThan(1.05 * full)
    })
  })

  it('the same seed gives the same bits, and fit starts anew', () => {
    scope(() => {
      const x = normals(500, 3, 8)
      const fitted = (seed: number): number[] =>
        numbers(new MiniBatchKMeans({ k: 7, batchSize: 50, seed }).fit(x).centers)
      expect(fitted(1)).toEqual(fitted(1))
      expect(fitted(2)).not.toEqual(fitted(1))
      const again = new MiniBatchKMeans({ k: 7, batchSize: 50, seed: 1 }).partialFit(x).fit(x)
      expect(numbers(again.centers)).toEqual(fitted(1))
    })
  })

  it.each([2 ** 500, 2 ** -500])('is the same in units of %d', (unit) => {
    scope(() => {
      const x = normals(300, 3, 9)
      const [one, scaled] = [x, x.mul(unit)].map((rows) => new MiniBatchKMeans({ k: 4, batchSize: 50 }).fit(rows))
      expect(scaled!.labels).toEqual(one!.labels)
      for (const [at, value] of numbers(scaled!.centers).entries()) expect(value / unit).toBeCloseTo(numbers(one!.centers)[at]!, 10) // biome-ignore format: one line
    })
  })
})

describe('edges', () => {
  it('takes as many rows as clusters, equal rows, and one row', () => {
    scope(() => {
      expect(new MiniBatchKMeans({ k: 3 }).fit(f64([[1], [5], [9]])).inertia).toBe(0)
      expect(new MiniBatchKMeans({ k: 2 }).fit(f64([[4], [4], [4]])).inertia).toBe(0)
      expect(numbers(new MiniBatchKMeans({ k: 1 }).partialFit(f64([[3, 4]])).centers)).toEqual([3, 4])
    })
  })

  it('a batch that is refused changes nothing', () => {
    const model = new MiniBatchKMeans({ k: 2 }).partialFit(normals(9, 3, 11))
    const before = numbers(model.centers)
    expect(() => model.partialFit(f64([[1, 2, Number.NaN]]))).toThrow('MiniBatchKMeans.partialFit: f64[1, 3] has NaN at row 0, column 2') // biome-ignore format: one line
    expect(() => model.partialFit(f64([[1, 2]]))).toThrow('expected 3 columns, as it was fitted on')
    expect(numbers(model.centers)).toEqual(before)
    model.dispose()
  })

  it('says what is wrong', async () => {
    expect(() => new MiniBatchKMeans({ k: 3 }).partialFit(normals(2, 2, 1))).toThrow('MiniBatchKMeans.partialFit: got f64[2, 2]; expected at least 3 rows and one column.') // biome-ignore format: one line
    expect(() => new MiniBatchKMeans({ k: 3 }).fit(normals(2, 2, 1))).toThrow('MiniBatchKMeans.fit: 2 rows for k = 3; expected at least as many rows as clusters.') // biome-ignore format: one line
    expect(() => new MiniBatchKMeans({ k: 3, initSize: 2 })).toThrow('MiniBatchKMeans: initSize is 2; expected a whole number from 3 on.') // biome-ignore format: one line
    expect(() => new MiniBatchKMeans({ k: 3, reassignmentRatio: 1 })).toThrow('MiniBatchKMeans: reassignmentRatio is 1; expected a number from 0 on, below 1.') // biome-ignore format: one line
    expect(() => new MiniBatchKMeans({ k: 3, batch: 1 } as never)).toThrow('option "batch" is not known')
    await expect(new MiniBatchKMeans({ k: 3 }).fitBatches([])).rejects.toThrow('MiniBatchKMeans.fitBatches: there was no batch; expected at least one.') // biome-ignore format: one line
  })
})
