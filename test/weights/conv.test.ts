import { describe, expect, test } from 'vitest'
import { frequenciesOf, inputOf } from '../../src/weights/measure/conv/frequencies.js'
import { convLayout } from '../../src/weights/measure/conv/layout.js'
import { topOfTridiagonal } from '../../src/weights/measure/conv/tridiagonal.js'
import { gaussian, jacobi } from './matrices.js'
import { engines, measure, type TensorSpec, type TestEngine } from './support.js'

/** The periodic convolution as one explicit matrix [out * positions, in * positions]: the definition, without any Fourier transform. */
function toeplitz(kernel: ArrayLike<number>, shape: readonly number[], groups: number) {
  const [out, perGroup, ...spatial] = shape as [number, number, ...number[]]
  const sizes = inputOf(spatial)
  const positions = sizes.reduce((a, b) => a * b, 1)
  const taps = spatial.reduce((a, b) => a * b, 1)
  const columns = perGroup * groups * positions
  const A = new Float64Array(out * positions * columns)
  const digits = (index: number, radix: readonly number[]): number[] =>
    radix.reduceRight<number[]>((all, size) => {
      all.unshift(index % size)
      index = Math.floor(index / size)
      return all
    }, [])
  for (let o = 0; o < out; o++)
    for (let i = 0; i < perGroup; i++)
      for (let t = 0; t < taps; t++)
        for (let p = 0; p < positions; p++) {
          const at = digits(p, sizes)
          const shift = digits(t, spatial)
          const from = sizes.reduce((all, size, axis) => all * size + ((at[axis]! + shift[axis]!) % size), 0)
          const channel = Math.floor(o / (out / groups)) * perGroup + i
          A[(o * positions + p) * columns + channel * positions + from]! += kernel[(o * perGroup + i) * taps + t]!
        }
  return { A, rows: out * positions, columns }
}

async function conv(engine: TestEngine, values: ArrayLike<number>, spec: TensorSpec) {
  const { figures, skipped } = await measure(
    engine,
    values,
    { kind: 'conv', type: 'f64', ...spec },
    { convNorms: true, spectra: 'none' },
  )
  return { conv: figures.conv, why: skipped.find(({ what }) => what === 'conv')?.why }
}

test('one of each conjugate pair of frequencies', () => {
  // 16 x 16: 4 frequencies are their own conjugates, the other 252 come in pairs.
  expect(frequenciesOf([3, 3]).count).toBe(4 + 126)
  expect(frequenciesOf([3]).count).toBe(9)
  expect(frequenciesOf([1, 3]).count).toBe(9)
  expect(frequenciesOf([1, 1]).count).toBe(1)
  expect(inputOf([3, 40])).toEqual([16, 40])
})

test('the largest eigenvalue of a tridiagonal matrix', () => {
  // The second-difference matrix of size n has the eigenvalues 2 + 2 cos(pi k / (n + 1)) and sines as vectors.
  for (const n of [1, 2, 5, 40]) {
    const { value, last } = topOfTridiagonal(new Array(n).fill(2), new Array(n - 1).fill(1))
    expect(value).toBeCloseTo(2 + (n === 1 ? 0 : 2 * Math.cos(Math.PI / (n + 1))), 12)
    expect(last).toBeCloseTo(n === 1 ? 1 : Math.sqrt(2 / (n + 1)) * Math.sin((Math.PI * n) / (n + 1)), 8)
  }
})

test('groups and layout', () => {
  const layout = (shape: number[], name: string, outAxis = 0, groups: number | null = null) =>
    convLayout(shape, { kind: 'conv', outAxis, groups }, name)
  expect(layout([8, 4, 3, 3], 'c.weight')).toMatchObject({ groups: 1, groupsFrom: 'assumed' })
  expect(layout([8, 1, 3, 3], 'block.3.dw.weight')).toMatchObject({ groups: 8, groupsFrom: 'assumed' })
  expect(layout([8, 1, 1, 1], 'c.weight')).toMatchObject({ groups: 1 })
  for (const name of ['conv1.weight', 'stem.conv.weight', 'encoder.stft_conv.weight', 'features.0.weight'])
    expect(layout([8, 1, 3, 3], name), name).toMatchObject({ groups: 1 })
  expect(layout([8, 2, 3, 3], 'c.weight', 0, 4)).toMatchObject({ groups: 4, groupsFrom: 'graph' })
  expect(layout([8, 2, 3, 3], 'c.weight', 0, 3)).toBe('3 groups do not divide 8 channels')
  expect(layout([3, 3, 4, 8], 'kernel', 3)).toMatchObject({ rows: 8, columns: 4, spatial: [3, 3], spatialFirst: true })
  expect(convLayout([4, 4, 4], { kind: 'recurrent', outAxis: 1, groups: null })).toBe(
    'is no convolution kernel (recurrent)',
  )
})

const cases: readonly { name: string; shape: readonly number[]; groups: number }[] = [
  { name: '1-D', shape: [3, 2, 3], groups: 1 },
  { name: '1-D longer than 16', shape: [2, 2, 19], groups: 1 },
  { name: '1-D, one position', shape: [3, 4, 1], groups: 1 },
  { name: '1-D, 3 groups', shape: [6, 2, 5], groups: 3 },
  { name: '1-D depthwise', shape: [5, 1, 3], groups: 5 },
  { name: '1-D single input', shape: [5, 1, 3], groups: 1 },
  { name: '1-D single output', shape: [1, 5, 3], groups: 1 },
]

for (const { name: backend, engine } of await engines())
  describe(backend, () => {
    test('kernels worked by hand', async () => {
      // [1, 1] sums neighbours: at frequency 0 the factor is 2. [1, -1] subtracts them: at the highest frequency it is 2.
      for (const kernel of [
        [1, 1],
        [1, -1],
      ]) {
        const { conv: figures } = await conv(engine, kernel, { shape: [1, 1, 2] })
        expect(figures!.operatorNorm).toBeCloseTo(2, 13)
        expect(figures).toMatchObject({ groups: 1, input: [16], boundary: 'periodic' })
      }
      // A blur of ones: 9 at frequency 0. The matrix view has norm 3 only.
      const { conv: blur } = await conv(engine, new Array(9).fill(1), { shape: [1, 1, 3, 3] })
      expect(blur!.operatorNorm).toBeCloseTo(9, 12)
      expect((await conv(engine, new Array(9).fill(0), { shape: [1, 1, 3, 3] })).conv).toMatchObject({
        operatorNorm: 0,
        error: 0,
      })
    })

    describe('agrees with the explicit operator', () => {
      for (const { name, shape, groups } of cases)
        for (const seed of [1, 2])
          test(`${name}, seed ${seed}`, async () => {
            const kernel = gaussian(
              seed,
              shape.reduce((a, b) => a * b, 1),
            )
            const { A, rows, columns } = toeplitz(kernel, shape, groups)
            const expected = jacobi(A, rows, columns)[0]!
            const { conv: figures } = await conv(engine, kernel, { shape, groups })
            expect(figures!.groups).toBe(groups)
            expect(Math.abs(figures!.operatorNorm / expected - 1)).toBeLessThan(1e-12)
            expect(figures!.error).toBeLessThan(1e-9 * expected)
          })
    })

    test('2-D and 3-D kernels agree with a dense sweep over frequencies', async () => {
      for (const shape of [
        [3, 4, 1, 1],
        [5, 4, 3, 3],
        [4, 6, 2, 5],
        [3, 3, 2, 2, 3],
      ] as const) {
        const kernel = gaussian(
          shape[2],
          shape.reduce<number>((a, b) => a * b, 1),
        )
        const { conv: figures } = await conv(engine, kernel, { shape })
        expect(Math.abs(figures!.operatorNorm / denseSweep(kernel, shape) - 1)).toBeLessThan(1e-12)
      }
    })

    test('transposed kernels and kernels with channels last have the same norm', async () => {
      const [out, from, k] = [4, 3, 3]
      const kernel = gaussian(9, out * from * k * k)
      const base = (await conv(engine, kernel, { shape: [out, from, k, k] })).conv!.operatorNorm
      const transposed = (await conv(engine, kernel, { shape: [out, from, k, k], kind: 'convTranspose', outAxis: 1 }))
        .conv!
      expect(transposed.operatorNorm).toBeCloseTo(base, 12)
      const last = new Float64Array(kernel.length)
      for (let o = 0; o < out; o++)
        for (let i = 0; i < from; i++)
          for (let t = 0; t < k * k; t++) last[(t * from + i) * out + o] = kernel[(o * from + i) * k * k + t]!
      const keras = (await conv(engine, last, { shape: [k, k, from, out], outAxis: 3 })).conv!
      expect(keras.operatorNorm).toBeCloseTo(base, 12)
    })

    test('scales with the kernel from 1e-300 to 1e300', async () => {
      const kernel = gaussian(10, 54)
      const base = (await conv(engine, kernel, { shape: [3, 2, 3, 3] })).conv!.operatorNorm
      for (const factor of [1e-300, 1e-162, 1e154, 1e300]) {
        const scaled = await conv(
          engine,
          kernel.map((value) => value * factor),
          { shape: [3, 2, 3, 3] },
        )
        expect(scaled.conv!.operatorNorm / factor / base).toBeCloseTo(1, 12)
      }
    })

    test('says why there is none', async () => {
      expect((await conv(engine, [1, 2, 3], { shape: [1, 1, 3], kind: 'recurrent' })).why).toBe(
        'is no convolution kernel (recurrent)',
      )
      expect((await conv(engine, [1, Number.NaN, 3], { shape: [1, 1, 3] })).why).toMatch(/^holds 1 NaN;/)
      expect((await conv(engine, new Float64Array(3000 * 3000), { shape: [1, 1, 3000, 3000] })).why).toBe(
        'the kernel is too large for a sweep over its frequencies',
      )
      expect(await conv(engine, [1, 2], { shape: [1, 2], kind: 'linear' })).toEqual({ conv: null, why: undefined })
    })
  })

/** The largest singular value over all frequencies, each matrix as a real one of twice the size, by Jacobi rotations. */
function denseSweep(kernel: Float64Array, shape: readonly number[]): number {
  const [out, from, ...spatial] = shape as [number, number, ...number[]]
  const sizes = inputOf(spatial)
  const taps = spatial.reduce((a, b) => a * b, 1)
  const total = sizes.reduce((a, b) => a * b, 1)
  let best = 0
  for (let f = 0; f < total; f++) {
    const real = new Float64Array(4 * out * from)
    for (let t = 0; t < taps; t++) {
      let [phase, restF, restT] = [0, f, t]
      for (let axis = spatial.length - 1; axis >= 0; axis--) {
        phase += ((restF % sizes[axis]!) * (restT % spatial[axis]!)) / sizes[axis]!
        restF = Math.floor(restF / sizes[axis]!)
        restT = Math.floor(restT / spatial[axis]!)
      }
      const [c, s] = [Math.cos(2 * Math.PI * phase), Math.sin(2 * Math.PI * phase)]
      for (let o = 0; o < out; o++)
        for (let i = 0; i < from; i++) {
          const k = kernel[(o * from + i) * taps + t]!
          real[o * 2 * from + i]! += k * c
          real[o * 2 * from + from + i]! -= k * s
          real[(out + o) * 2 * from + i]! += k * s
          real[(out + o) * 2 * from + from + i]! += k * c
        }
    }
    // The Frobenius norm of the pair is sqrt 2 times that of P; below the best it cannot win.
    if (Math.hypot(...real) / Math.SQRT2 <= best) continue
    best = Math.max(best, jacobi(real, 2 * out, 2 * from)[0]!)
  }
  return best
}
