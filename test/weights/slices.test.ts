import { describe, expect, test } from 'vitest'
import { whyNotSliced } from '../../src/weights/measure/counter.js'
import { sliceView } from '../../src/weights/measure/slices.js'
import { gaussian, jacobi } from './matrices.js'
import { engines, measure } from './support.js'

const gates = ['i', 'f', 'g', 'o'].map((name, i) => ({ name, axis: 0, from: 3 * i, to: 3 * i + 3 }))

test('where slices lie', () => {
  expect(sliceView([12, 5], gates[1]!)).toEqual({ offset: 15, rows: 3, columns: 5, stride: 5 })
  // One expert of [E, out, in] is [out, in], not a row.
  expect(sliceView([4, 6, 5], { name: '', axis: 0, from: 2, to: 3 })).toEqual({
    offset: 60,
    rows: 6,
    columns: 5,
    stride: 5,
  })
  // ONNX: [directions, gates * hidden, in].
  expect(sliceView([1, 12, 5], { name: '', axis: 1, from: 3, to: 6 })).toEqual({
    offset: 15,
    rows: 3,
    columns: 5,
    stride: 5,
  })
  // GPT-2: [in, 3 * out].
  expect(sliceView([4, 12], { name: '', axis: 1, from: 4, to: 8 })).toEqual({
    offset: 4,
    rows: 4,
    columns: 4,
    stride: 12,
  })
  expect(sliceView([2, 3, 4], { name: '', axis: 2, from: 0, to: 2 })).toBeNull()
  expect(sliceView([12], { name: '', axis: 0, from: 0, to: 3 })).toBeNull()
})

test('slices that cannot be counted', () => {
  const slice = (axis: number, from: number, to: number) => ({ name: 'a', axis, from, to })
  expect(whyNotSliced(gates, [12, 5], 'f32')).toBeNull()
  expect(whyNotSliced([slice(0, 0, 5)], [4, 5], 'f32')).toBe('slice a [0, 5) does not fit an axis of 4')
  expect(whyNotSliced([slice(0, 0, 2), slice(0, 1, 3)], [4, 5], 'f32')).toMatch(/^slice a \[1, 3\)/)
  expect(whyNotSliced([slice(0, 0, 2), slice(1, 2, 3)], [4, 5], 'f32')).toBe('the slices lie on different axes')
  expect(whyNotSliced([slice(2, 0, 2)], [4, 5], 'f32')).toBe('axis 2 does not exist')
  expect(whyNotSliced([slice(1, 0, 16)], [4, 48], 'q4_0')).toBe('slice a cuts through blocks of 32 elements')
})

for (const { name: backend, engine } of await engines())
  describe(backend, () => {
    test('each gate has the figures of its rows, and the whole is not changed', async () => {
      const values = gaussian(1, 60)
      values[20] = 0
      const stored = Float64Array.from(Float32Array.from(values))
      const { figures } = await measure(engine, values, { shape: [12, 5], kind: 'recurrent', slices: gates })
      const whole = await measure(engine, values, { shape: [12, 5], kind: 'recurrent' })
      // The sums are added in another order; all else is the same.
      const { count, zeros, min, max, linf, exponents, rows, columns } = whole.figures
      expect(figures).toMatchObject({ count, zeros, min, max, linf, exponents, rows, columns })
      for (const key of ['l1', 'l2', 'mean', 'std'] as const)
        expect(Math.abs(figures[key] / whole.figures[key] - 1)).toBeLessThan(1e-14)
      figures.slices.forEach((slice, i) => {
        const part = stored.subarray(15 * i, 15 * i + 15)
        expect(slice).toMatchObject({ name: gates[i]!.name, from: 3 * i, to: 3 * i + 3, zeros: i === 1 ? 1 : 0 })
        expect(slice.l2).toBeCloseTo(Math.hypot(...part), 13)
        expect(slice.linf).toBe(Math.max(...part.map(Math.abs)))
        expect(slice.matrix!.shape).toEqual([3, 5])
        for (const [k, sigma] of jacobi(part, 3, 5).entries())
          expect(slice.matrix!.singularValues[k]).toBeCloseTo(sigma, 12)
      })
    })

    test('columns of a fused projection, with a gap between slices', async () => {
      const [rows, columns] = [7, 30]
      const values = gaussian(2, rows * columns)
      const slices = [
        { name: 'query', axis: 1, from: 0, to: 10 },
        { name: 'value', axis: 1, from: 20, to: 30 },
      ]
      const spec = { shape: [rows, columns], kind: 'attention', outAxis: 1, type: 'f64', slices } as const
      const { figures } = await measure(engine, values, spec)
      for (const [i, { from }] of slices.entries()) {
        const part = Float64Array.from(
          { length: rows * 10 },
          (_, k) => values[Math.floor(k / 10) * columns + from + (k % 10)]!,
        )
        expect(figures.slices[i]!.l2).toBeCloseTo(Math.hypot(...part), 13)
        expect(figures.slices[i]!.matrix!.spectral).toBeCloseTo(jacobi(part, rows, 10)[0]!, 12)
      }
      expect(figures.l2).toBeCloseTo(Math.hypot(...values), 12)
    })

    test('experts are matrices of their own, with their own dead rows', async () => {
      const values = gaussian(3, 3 * 4 * 5)
      values.fill(0, 5, 10)
      const slices = [0, 1, 2].map((e) => ({ name: `expert ${e}`, axis: 0, from: e, to: e + 1 }))
      const { figures } = await measure(engine, values, { shape: [3, 4, 5], outAxis: 1, slices })
      expect(figures.slices.map(({ matrix }) => matrix!.shape)).toEqual([
        [4, 5],
        [4, 5],
        [4, 5],
      ])
      expect(figures.slices.map(({ matrix }) => matrix!.rank)).toEqual([3, 4, 4])
      expect(figures.rows).toMatchObject({ count: 12, dead: 1, deadIndices: [1] })
    })

    test('without spectra slices keep their entrywise figures; vectors have no matrix', async () => {
      const values = gaussian(4, 12)
      const slices = gates.map((gate) => ({ ...gate }))
      const { figures } = await measure(engine, values, { shape: [12], kind: 'bias', slices }, { spectra: 'none' })
      expect(figures.slices.map(({ matrix }) => matrix)).toEqual([null, null, null, null])
      expect(figures.slices[2]!.linf).toBe(Math.max(...Float32Array.from(values.subarray(6, 9), Math.abs)))
    })
  })
