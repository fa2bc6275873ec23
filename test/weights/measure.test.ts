import { describe, expect, test } from 'vitest'
import type { StorageType } from '../../src/core/index.js'
import { ByteSampler } from '../../src/weights/measure/fingerprint.js'
import { lineFigures, lineLayout } from '../../src/weights/measure/lines.js'
import { fitsKept } from '../../src/weights/measure/matrix.js'
import { gaussian, uniform } from './matrices.js'
import { engines, measure } from './support.js'

const { engine } = (await engines())[0]!

test('a tensor worked by hand', async () => {
  const { figures, skipped } = await measure(engine, [3, -4, 0, 0.5, -0, 1], { shape: [2, 3] })
  expect(figures).toMatchObject({
    name: 'layer.weight',
    dtype: 'F32',
    shape: [2, 3],
    count: 6,
    zeros: 2,
    l0: 4,
    l1: 8.5,
    l2: Math.sqrt(26.25),
    linf: 4,
    min: -4,
    max: 3,
    bytes: 24,
    subnormals: 0,
    // 0.5, 1, 3 and 4 have the exponents -1, 0, 1 and 2.
    exponents: { min: -1, counts: [1, 1, 1, 1] },
    rows: { count: 2, dead: 0, deadIndices: [], min: Math.sqrt(1.25), max: 5 },
    columns: { count: 3, dead: 0, min: 1, median: Math.sqrt(9.25), max: 4 },
    conv: null,
    slices: [],
    flags: [],
  })
  expect(figures.mean).toBeCloseTo(0.5 / 6, 15)
  expect(figures.std).toBeCloseTo(Math.sqrt(26.25 / 6 - (0.5 / 6) ** 2), 14)
  expect(skipped.map(({ what }) => what)).toEqual(['alpha'])
})

test('non-finite elements are counted and left out', async () => {
  const { figures } = await measure(engine, [Number.NaN, 2, Infinity, -Infinity, -2, 0], { shape: [2, 3] })
  expect(figures).toMatchObject({
    nan: 1,
    posInf: 1,
    negInf: 1,
    zeros: 1,
    l0: 5,
    l1: 4,
    linf: 2,
    mean: 0,
    min: -2,
    max: 2,
  })
  expect(figures.std).toBeCloseTo(Math.sqrt(8 / 3), 14)
  expect(figures.matrix).toBeNull()
})

test('empty tensors and scalars', async () => {
  const empty = await measure(engine, [], { shape: [0, 4] })
  expect(empty.figures).toMatchObject({ count: 0, l1: 0, l2: 0, std: 0, rows: null, exponents: { min: 0, counts: [] } })
  const scalar = await measure(engine, [-3], { shape: [], kind: 'scalar' })
  expect(scalar.figures).toMatchObject({ count: 1, l1: 3, mean: -3, std: 0, min: -3, max: -3, rows: null })
})

describe('chunks leave no seam', () => {
  // Around the chunk of 65536 f32: figures of the parts must join to those of the whole.
  for (const count of [65535, 65536, 65537, 200003])
    test(`${count} elements`, async () => {
      const values = Float32Array.from(gaussian(count, count), (x) => 1 + x * 1e-3)
      const { figures } = await measure(engine, values, { shape: [count] })
      const mean = values.reduce((sum, x) => sum + x, 0) / count
      expect(figures.l1).toBeCloseTo(mean * count, 6)
      expect(figures.std / Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count)).toBeCloseTo(1, 11)
      expect(figures.exponents.counts.reduce((a, b) => a + b, 0)).toBe(count)
    })
})

describe('16-bit floats, counted as f32, have the figures of their own pass', () => {
  for (const type of ['f16', 'bf16'] as StorageType[])
    test(type, async () => {
      const next = uniform(3)
      const bytes = Uint8Array.from({ length: 2 * 4096 }, () => next() * 256)
      // As a vector it is counted in its own format, as a matrix it is converted.
      const vector = (await measure(engine, bytes, { shape: [4096], type })).figures
      const matrix = (await measure(engine, bytes, { shape: [64, 64], type })).figures
      const counts = ['zeros', 'nan', 'posInf', 'negInf', 'subnormals', 'l0', 'linf', 'min', 'max'] as const
      expect(counts.map((key) => matrix[key])).toEqual(counts.map((key) => vector[key]))
      expect(matrix.subnormals).toBeGreaterThan(10)
      for (const key of ['l1', 'l2', 'std'] as const) expect(matrix[key] / vector[key]).toBeCloseTo(1, 13)
    })
})

describe('lines', () => {
  const result = (rowNorms: number[], columnNorms: number[], deadRows: number[] = [], deadColumns: number[] = []) => ({
    rowNorms: Float64Array.from(rowNorms),
    columnNorms: Float64Array.from(columnNorms),
    deadRows: Uint32Array.from(deadRows),
    deadColumns: Uint32Array.from(deadColumns),
  })

  test('outputs are where outAxis says', () => {
    const norms = result([1, 2], [3, 4, 5])
    expect(lineFigures(lineLayout([2, 3], 0, 'linear'), norms).rows).toMatchObject({
      count: 2,
      min: 1,
      median: 1.5,
      max: 2,
    })
    expect(lineFigures(lineLayout([2, 3], 1, 'linear'), norms).rows).toMatchObject({
      count: 3,
      min: 3,
      median: 4,
      max: 5,
    })
    expect(lineFigures(lineLayout([2, 3], null, 'unknown'), norms).columns.count).toBe(3)
  })

  test('positions of a kernel are folded into their channel, which is dead when all are', () => {
    const layout = lineLayout([2, 2, 1, 3], 0, 'conv')
    expect(layout).toMatchObject({ rows: 2, columns: 6 })
    const { columns } = lineFigures(layout, result([1, 1], [3, 4, 0, 0, 0, 0], [], [2, 3, 4, 5]))
    expect(columns).toEqual({ count: 2, dead: 1, deadIndices: [1], min: 0, median: 2.5, max: 5 })
  })

  test('kernels with channels last', () => {
    const layout = lineLayout([2, 1, 2, 3], 3, 'conv')
    expect(layout).toMatchObject({ rows: 4, columns: 3, outputsAreRows: false })
    const { rows, columns } = lineFigures(layout, result([3, 0, 4, 0], [1, 2, 3], [1, 3]))
    expect(rows).toMatchObject({ count: 3, max: 3 })
    expect(columns).toMatchObject({ count: 2, dead: 1, deadIndices: [1], max: 5 })
  })

  test('only the first 16 dead lines are listed', () => {
    const dead = Array.from({ length: 40 }, (_, i) => i)
    const { rows } = lineFigures(lineLayout([41, 1], 0, 'linear'), result([...dead.map(() => 0), 1], [1], dead))
    expect(rows.dead).toBe(40)
    expect(rows.deadIndices).toEqual(dead.slice(0, 16))
  })
})

test('the fingerprint does not depend on how the stream is split', () => {
  const next = uniform(4)
  for (const size of [1, 100, 65536, 65537, 300000]) {
    const bytes = Uint8Array.from({ length: size }, () => next() * 256)
    const print = (splits: number[]): string => {
      const sampler = new ByteSampler(size)
      let at = 0
      for (const end of [...splits.filter((end) => end < size), size]) {
        sampler.update(bytes.subarray(at, end))
        at = end
      }
      return sampler.finish('f32', {} as never)
    }
    const whole = print([])
    expect(print([1, 2, 3, 508, 509, 510, 1018, 70000])).toBe(whole)
    bytes[0]! ^= 1
    expect(print([])).not.toBe(whole)
  }
})

test('millions of lines are not kept', async () => {
  const bytes = new Uint8Array(2 * (2 ** 23 + 8))
  const { figures, skipped } = await measure(
    engine,
    bytes,
    { shape: [2 ** 23 + 8, 1], type: 'bf16' },
    { spectra: 'none' },
  )
  expect(figures.rows).toBeNull()
  expect(skipped.find(({ what }) => what === 'rows')?.why).toBe(
    '8388616 rows and 1 columns are more than the 8388608 whose norms are kept',
  )
})

test('what fits into memory', () => {
  expect(fitsKept(16384, 16384, 4, 'exact')).toBe(true)
  expect(fitsKept(16384, 32768, 4, 'exact')).toBe(false)
  expect(fitsKept(128256, 4096, 4, 'estimate')).toBe(true)
  expect(fitsKept(256000, 8192, 4, 'estimate')).toBe(false)
})

test('progress tells all bytes, and an aborted signal stops', async () => {
  let told = 0
  await measure(
    engine,
    gaussian(1, 100000),
    { shape: [100000] },
    {
      onBytes: (bytes) => {
        told += bytes
      },
    },
  )
  expect(told).toBe(400000)
  await expect(measure(engine, [1], { shape: [1] }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    exitCode: 130,
  })
})
