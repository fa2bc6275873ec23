import { describe, expect, test } from 'vitest'
import { methodFor } from '../../src/weights/measure/matrix.js'
import { effectiveRank, summary } from '../../src/weights/measure/spectrum/derived.js'
import { orthonormalize } from '../../src/weights/measure/spectrum/orthonormal.js'
import { gaussian, jacobi, withSpectrum } from './matrices.js'
import { engines, measure } from './support.js'

test('which method for which size', () => {
  const table = [
    ['auto', 2048, 'exact'],
    ['auto', 2049, 'estimate'],
    ['exact', 16384, 'exact'],
    ['exact', 16385, 'estimate'],
    ['estimate', 64, 'exact'],
    ['estimate', 65, 'estimate'],
    ['none', 1, null],
  ] as const
  for (const [mode, size, method] of table) expect(methodFor(mode, size), `${mode} ${size}`).toBe(method)
})

test('effective rank counts equal values and ignores zeros', () => {
  expect(effectiveRank(Float64Array.of(2, 2, 2, 2), 8)).toBeCloseTo(4, 13)
  expect(effectiveRank(Float64Array.of(5, 0, 0), 5)).toBe(1)
})

test('the summary has all of few values, and both ends of many', () => {
  expect(summary(Float64Array.of(3, 2, 1))).toEqual({ index: [1, 2, 3], value: [3, 2, 1] })
  for (const n of [64, 65, 100, 4096, 16384]) {
    const { index, value } = summary(Float64Array.from({ length: n }, (_, i) => n - i))
    expect(index.length).toBeLessThanOrEqual(64)
    expect([index[0], index.at(-1)]).toEqual([1, n])
    expect(value).toEqual(index.map((i) => n + 1 - i))
    for (let i = 1; i < index.length; i++) expect(index[i]! > index[i - 1]!).toBe(true)
  }
})

test('Gram-Schmidt keeps the span, drops repeats, and R rebuilds the rows', () => {
  const n = 40
  const before = gaussian(1, 5 * n)
  before.copyWithin(2 * n, 0, n)
  const W = before.slice()
  const { rank, R } = orthonormalize(W, 5, n, 1e-10)
  expect(rank).toBe(4)
  for (let i = 0; i < 5; i++)
    for (let k = 0; k < n; k++) {
      let sum = 0
      for (let j = 0; j < rank; j++) sum += R[j * 5 + i]! * W[j * n + k]!
      expect(sum).toBeCloseTo(before[i * n + k]!, 12)
    }
  for (let i = 0; i < rank; i++)
    for (let j = 0; j <= i; j++) {
      let overlap = 0
      for (let k = 0; k < n; k++) overlap += W[i * n + k]! * W[j * n + k]!
      expect(overlap).toBeCloseTo(i === j ? 1 : 0, 13)
    }
})

/** Spectra that are easy and hard for a Krylov method. */
const spectra: readonly { name: string; shape: readonly [number, number]; make(seed: number): Float64Array }[] = [
  { name: 'Gaussian, square', shape: [400, 400], make: (seed) => gaussian(seed, 160000) },
  { name: 'Gaussian, wide', shape: [300, 900], make: (seed) => gaussian(seed, 270000) },
  { name: 'Gaussian, tall', shape: [900, 300], make: (seed) => gaussian(seed, 270000) },
  {
    name: 'geometric',
    shape: [200, 250],
    make: (seed) =>
      withSpectrum(
        Array.from({ length: 200 }, (_, i) => 0.9 ** i),
        200,
        250,
        seed,
      ),
  },
  {
    name: 'rank 7',
    shape: [150, 150],
    make: (seed) => withSpectrum([9, 8, 7, 6, 5, 5, 5], 150, 150, seed),
  },
  { name: 'identity', shape: [100, 100], make: () => withSpectrum(new Array(100).fill(1), 100, 100, 1) },
  { name: 'zero', shape: [100, 100], make: () => new Float64Array(10000) },
]

for (const { name: backend, engine } of await engines())
  describe(`estimates, ${backend}`, () => {
    for (const { name, shape, make } of spectra)
      for (const seed of [1, 2])
        test(`${name}, seed ${seed}: every value is within the bound`, async () => {
          const values = make(seed)
          const spec = { shape, type: 'f64' } as const
          const exact = (await measure(engine, values, spec)).figures.matrix!
          const { figures, skipped } = await measure(engine, values, spec, { spectra: 'estimate', seed })
          const matrix = figures.matrix!
          expect(matrix.method).toBe('estimate')
          expect(matrix.spectrum.index.length).toBeGreaterThanOrEqual(32)
          matrix.singularValues.forEach((value, i) => {
            expect(Math.abs(value - exact.singularValues[i]!), `value ${i}`).toBeLessThanOrEqual(
              matrix.error + exact.error,
            )
          })
          expect(matrix.frobenius).toBe(exact.frobenius)
          expect(matrix.error).toBeLessThanOrEqual(0.02 * exact.spectral)
          expect(matrix.nuclear).toBeNull()
          const missing = ['nuclear', 'rank', 'condition', 'sigmaMin', 'effectiveRank', 'alpha']
          for (const what of missing) expect(skipped.map((one) => one.what)).toContain(what)
          for (const level of ['0.9', '0.95', '0.99'] as const)
            if (matrix.energyRank[level] !== null) expect(matrix.energyRank[level]).toBe(exact.energyRank[level])
        })

    test('the same seed gives the same bits, another seed the same values', async () => {
      const values = gaussian(5, 200 * 220)
      const run = async (seed: number) =>
        (await measure(engine, values, { shape: [200, 220] }, { spectra: 'estimate', seed })).figures.matrix!
      expect(await run(3)).toEqual(await run(3))
      const [a, b] = [await run(3), await run(4)]
      expect(Math.abs(a.spectral - b.spectral)).toBeLessThanOrEqual(a.error + b.error)
    })

    test('scales near the ends of f64', async () => {
      const values = gaussian(6, 100 * 100)
      const base = (await measure(engine, values, { shape: [100, 100], type: 'f64' }, { spectra: 'estimate' })).figures
      for (const factor of [1e-300, 1e290]) {
        const scaled = await measure(
          engine,
          values.map((value) => value * factor),
          { shape: [100, 100], type: 'f64' },
          { spectra: 'estimate' },
        )
        expect(scaled.figures.matrix!.spectral / factor / base.matrix!.spectral).toBeCloseTo(1, 9)
      }
    })

    test('an exact spectrum of a larger deficient matrix is within its bound of Jacobi rotations', async () => {
      const values = Float32Array.from(
        withSpectrum(
          Array.from({ length: 60 }, (_, i) => 2 ** -i),
          90,
          80,
          3,
        ),
      )
      const { figures } = await measure(engine, values, { shape: [90, 80] })
      const expected = jacobi(values, 90, 80)
      expect(figures.matrix!.method).toBe('svd')
      figures.matrix!.spectrum.index.forEach((index, i) => {
        expect(Math.abs(figures.matrix!.spectrum.value[i]! - expected[index - 1]!)).toBeLessThanOrEqual(
          figures.matrix!.error + 1e-14,
        )
      })
    })
  })
