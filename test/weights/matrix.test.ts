import { describe, expect, test } from 'vitest'
import type { MatrixFigures } from '../../src/weights/index.js'
import { matrixFiguresFromFile } from '../../src/weights/measure/matrix.js'
import type { Job } from '../../src/weights/measure/types.js'
import { gaussian, jacobi, transposed, withSpectrum } from './matrices.js'
import { engines, entryOf, measure, type TensorSpec, type TestEngine } from './support.js'

const eps32 = 2 ** -23

async function matrixOf(engine: TestEngine, values: ArrayLike<number>, spec: TensorSpec): Promise<MatrixFigures> {
  const { figures, skipped } = await measure(engine, values, spec)
  if (figures.matrix === null) throw new Error(skipped.map(({ why }) => why).join())
  return figures.matrix
}

/** A prunable copy: every element of some rows and columns is zero. */
function pruned(values: Float64Array, m: number, n: number): Float64Array {
  return values.map((value, k) => (Math.floor(k / n) % 3 === 1 || (k % n) % 4 === 2 || m === 0 ? 0 : value))
}

function lowRank(m: number, n: number, rank: number, seed: number): Float64Array {
  const left = gaussian(seed, m * rank)
  const right = gaussian(seed + 1, rank * n)
  return Float64Array.from({ length: m * n }, (_, k) => {
    let sum = 0
    for (let r = 0; r < rank; r++) sum += left[Math.floor(k / n) * rank + r]! * right[r * n + (k % n)]!
    return sum
  })
}

const graded = (k: number): number[] => Array.from({ length: k }, (_, i) => 10 ** (-i / 2))

/** Every class of matrix that a Gram matrix or an SVD could get wrong. */
const classes: readonly { name: string; shape: readonly [number, number]; make(seed: number): Float64Array }[] = [
  { name: 'single entry', shape: [1, 1], make: (seed) => gaussian(seed, 1) },
  { name: 'row', shape: [1, 33], make: (seed) => gaussian(seed, 33) },
  { name: 'column', shape: [33, 1], make: (seed) => gaussian(seed, 33) },
  { name: 'square', shape: [24, 24], make: (seed) => gaussian(seed, 576) },
  { name: 'tall', shape: [61, 17], make: (seed) => gaussian(seed, 61 * 17) },
  { name: 'wide', shape: [17, 61], make: (seed) => gaussian(seed, 61 * 17) },
  { name: 'rank 5 of 30', shape: [30, 40], make: (seed) => lowRank(30, 40, 5, seed) },
  { name: 'steeply graded', shape: [30, 26], make: (seed) => withSpectrum(graded(26), 30, 26, seed) },
  { name: 'pruned', shape: [40, 30], make: (seed) => pruned(gaussian(seed, 1200), 40, 30) },
  {
    name: 'pruned to rank 1',
    shape: [12, 12],
    make: () => Float64Array.from({ length: 144 }, (_, k) => (k % 12 === 3 ? k : 0)),
  },
  { name: 'repeated values', shape: [20, 20], make: (seed) => withSpectrum(new Array(20).fill(3), 20, 20, seed) },
  { name: 'zero', shape: [9, 5], make: () => new Float64Array(45) },
]

for (const { name: backend, engine } of await engines())
  describe(backend, () => {
    test('a matrix worked by hand', async () => {
      // [[3, 0], [4, 5]]: A^T A = [[25, 20], [20, 25]] has eigenvalues 45 and 5.
      const { figures } = await measure(engine, [3, 0, 4, 5], { shape: [2, 2] })
      const matrix = figures.matrix!
      expect(matrix.shape).toEqual([2, 2])
      expect(matrix.method).toBe('gram')
      expect(matrix.spectral).toBeCloseTo(Math.sqrt(45), 13)
      expect(matrix.sigmaMin).toBeCloseTo(Math.sqrt(5), 13)
      expect(matrix.nuclear).toBeCloseTo(Math.sqrt(45) + Math.sqrt(5), 13)
      expect(matrix.frobenius).toBeCloseTo(Math.sqrt(50), 13)
      expect(matrix.stableRank).toBeCloseTo(50 / 45, 13)
      expect(matrix.condition).toBeCloseTo(3, 13)
      // sigma / sum = 3/4 and 1/4.
      expect(matrix.effectiveRank).toBeCloseTo(Math.exp(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25)), 13)
      expect(matrix.rank).toBe(2)
      expect(matrix.rankTolerance).toBeCloseTo(2 * eps32 * Math.sqrt(45), 15)
      // The first value holds 90 % of the energy exactly; rounding may go either way, the next one settles 95 %.
      expect(matrix.energyRank['0.95']).toBe(2)
      expect(matrix.energyRank['0.99']).toBe(2)
      expect(matrix.alpha).toBeNull()
    })

    test('a zero matrix has rank 0 and no ratios', async () => {
      const matrix = await matrixOf(engine, new Float64Array(12), { shape: [3, 4] })
      expect(matrix).toMatchObject({ spectral: 0, nuclear: 0, frobenius: 0, rank: 0, sigmaMin: 0 })
      expect(matrix).toMatchObject({ stableRank: null, effectiveRank: null, condition: null, alpha: null })
      expect(matrix.energyRank).toEqual({ '0.9': 0, '0.95': 0, '0.99': 0 })
    })

    describe('singular values agree with Jacobi rotations within 1e-10 sigma_1', () => {
      for (const { name, shape, make } of classes)
        for (const type of ['f32', 'f64'] as const)
          test(`${name}, ${type}`, async () => {
            const seed = 100 + shape[0]
            const stored = type === 'f32' ? Float64Array.from(Float32Array.from(make(seed))) : make(seed)
            const expected = jacobi(stored, ...shape)
            const matrix = await matrixOf(engine, stored, { shape, type })
            const top = expected[0]!
            matrix.singularValues.forEach((value, i) => {
              expect(Math.abs(value - expected[i]!), `seed ${seed}, value ${i}`).toBeLessThanOrEqual(1e-10 * top)
            })
            matrix.spectrum.index.forEach((index, i) => {
              expect(Math.abs(matrix.spectrum.value[i]! - expected[index - 1]!)).toBeLessThanOrEqual(1e-10 * top)
            })
            const tolerance = Math.max(...shape) * (type === 'f32' ? eps32 : 2 ** -52) * top
            expect(matrix.rank).toBe(expected.filter((value) => value > tolerance).length)
            expect(Math.abs(matrix.sigmaMin! - expected[expected.length - 1]!)).toBeLessThanOrEqual(1e-10 * top)
            expect(matrix.nuclear! - expected.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 8)
          })
    })

    test('the spectrum that was built in is found', async () => {
      const sigma = Array.from({ length: 20 }, (_, i) => 20 - i)
      const matrix = await matrixOf(engine, withSpectrum(sigma, 31, 20, 5), { shape: [31, 20], type: 'f64' })
      expect(matrix.method).toBe('svd')
      for (const [i, value] of matrix.singularValues.entries()) expect(value).toBeCloseTo(sigma[i]!, 11)
      expect(matrix.condition).toBeCloseTo(20, 10)
      expect(matrix.nuclear).toBeCloseTo(210, 10)
    })

    test('transposing changes nothing but the shape', async () => {
      for (const [m, n] of [
        [7, 19],
        [32, 32],
        [40, 3],
      ] as const) {
        const values = gaussian(m, m * n)
        const a = await matrixOf(engine, values, { shape: [m, n] })
        const b = await matrixOf(engine, transposed(values, m, n), { shape: [n, m] })
        expect(b.spectral / a.spectral).toBeCloseTo(1, 12)
        expect(b.sigmaMin! / a.sigmaMin!).toBeCloseTo(1, 8)
        expect(b.effectiveRank! / a.effectiveRank!).toBeCloseTo(1, 12)
        expect(b.rank).toBe(a.rank)
      }
    })

    test('a factor scales values and leaves ratios, down to 1e-300 and up to 1e300', async () => {
      const values = gaussian(77, 40 * 25)
      const base = await matrixOf(engine, values, { shape: [40, 25], type: 'f64' })
      for (const factor of [1e-300, 1e-250, 1e-162, 1e-154, 1e-30, 1e150, 1e154, 1e250, 1e300]) {
        const scaled = await matrixOf(
          engine,
          values.map((value) => value * factor),
          { shape: [40, 25], type: 'f64' },
        )
        expect(scaled.spectral / factor / base.spectral, `factor ${factor}`).toBeCloseTo(1, 12)
        expect(scaled.sigmaMin! / factor / base.sigmaMin!, `factor ${factor}`).toBeCloseTo(1, 10)
        expect(scaled.condition! / base.condition!, `factor ${factor}`).toBeCloseTo(1, 10)
        expect(scaled.stableRank! / base.stableRank!, `factor ${factor}`).toBeCloseTo(1, 10)
        expect(scaled.rank).toBe(25)
        expect(scaled.energyRank).toEqual(base.energyRank)
      }
    })

    test('the ends of f32 neither overflow nor underflow', async () => {
      for (const factor of [1e-38, 1e-44, 3e37]) {
        const values = Float32Array.from(gaussian(3, 64), (value) => value * factor)
        const matrix = await matrixOf(engine, values, { shape: [8, 8] })
        const expected = jacobi(values, 8, 8)
        expect(matrix.spectral / expected[0]!).toBeCloseTo(1, 12)
        expect(matrix.frobenius / Math.hypot(...expected)).toBeCloseTo(1, 12)
      }
    })

    test('kernels are viewed as [first axis, rest]', async () => {
      const values = gaussian(8, 4 * 3 * 3 * 3)
      const kernel = await matrixOf(engine, values, { shape: [4, 3, 3, 3], kind: 'conv' })
      const flat = await matrixOf(engine, values, { shape: [4, 27] })
      expect(kernel).toEqual(flat)
    })

    test('no matrix without a reason', async () => {
      const why = async (values: ArrayLike<number>, spec: TensorSpec, options = {}) => {
        const { figures, skipped } = await measure(engine, values, spec, options)
        expect(figures.matrix).toBeNull()
        return skipped.filter(({ what }) => what === 'matrix').map((one) => one.why)
      }
      expect(await why([1, 2, 3], { shape: [3] })).toEqual(['has one axis; a matrix needs two'])
      expect(await why([1], { shape: [] })).toEqual(['is a single number; a matrix needs two axes'])
      expect(await why([], { shape: [0, 3] })).toEqual(['has no elements'])
      expect(await why([1, Number.NaN, 3, Number.POSITIVE_INFINITY], { shape: [2, 2] })).toEqual([
        'holds 1 NaN and 1 infinite value; a spectrum needs finite elements',
      ])
      expect(await why([1, 2, 3, 4], { shape: [2, 2], type: 'i8' })).toEqual([
        'holds I8 values, not real floating-point numbers',
      ])
      expect(await why([1, 2, 3, 4], { shape: [2, 2] }, { spectra: 'none' })).toEqual([
        'spectra were not asked for (--spectra none)',
      ])
    })

    describe('matrices too large to keep are read again, with the same result', () => {
      const shapes = [
        [300, 40],
        [40, 40],
        [5000, 3],
        [70, 200],
      ] as const
      for (const [rows, columns] of shapes)
        for (const spectra of ['exact', 'estimate'] as const)
          test(`${rows} x ${columns}, ${spectra}`, async () => {
            const values = gaussian(rows, rows * columns)
            const spec = { shape: [rows, columns] }
            const { figures } = await measure(engine, values, spec, { spectra })
            const reasons: string[] = []
            const job: Job = {
              entry: entryOf(values, spec),
              facts: { kind: 'linear', outAxis: 0, groups: null, gates: null, slices: [] },
              engine,
              options: { spectra, convNorms: false, seed: 1 },
              skip: (what, why) => void reasons.push(`${what}: ${why}`),
            }
            const input = { ...figures, storage: 'f32' } as const
            const again = await matrixFiguresFromFile(job, engine.lapack, [], { rows, columns }, input)
            if (spectra === 'exact' && rows < columns) {
              expect(again).toBeNull()
              expect(reasons[0]).toMatch(
                /^matrix: the spectrum of a 70 x 200 matrix needs about 95 KB of working memory/,
              )
              return
            }
            again!.singularValues.forEach((value, i) => {
              expect(Math.abs(value / figures.matrix!.singularValues[i]! - 1)).toBeLessThan(1e-9)
            })
          })
    })

    test('the rank tolerance can be set', async () => {
      const values = withSpectrum([1, 1e-3, 1e-6, 1e-12], 4, 4, 9)
      const ranks = []
      for (const rankTolerance of [0.5, 1e-2, 1e-4, 1e-8, 1e-14]) {
        const { figures } = await measure(engine, values, { shape: [4, 4], type: 'f64' }, { rankTolerance })
        ranks.push(figures.matrix!.rank)
      }
      expect(ranks).toEqual([1, 1, 2, 3, 4])
    })

    test('memory is given back, also after an error', async () => {
      const before = engine.kernels.bytesInUse
      await measure(engine, gaussian(4, 6000), { shape: [60, 100], slices: [{ name: 'a', axis: 0, from: 0, to: 30 }] })
      await measure(engine, gaussian(4, 90 * 100), { shape: [90, 100] }, { spectra: 'estimate' })
      await expect(measure(engine, [1], { shape: [1] }, { signal: AbortSignal.abort() })).rejects.toThrow('interrupted')
      expect(engine.kernels.bytesInUse).toBe(before)
    })
  })
