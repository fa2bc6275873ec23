/** The kernels behind norms of vectors: every length around a vector's, every alignment, in place, against plain loops. */
import { describe, expect, it } from 'vitest'
import { createKernels, edits } from '../../src/kernels/index.js'
import { Random } from '../lapack/random.js'

const kernels = createKernels()
const edit = edits(kernels)
const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 35]

interface Kernel {
  readonly f32: (x: number, n: number, out: number) => void
  readonly f64: (x: number, n: number, out: number) => void
  readonly plain: (x: number, round: (value: number) => number) => number
}

const zero = (value: number): number => (value === 0 ? 0 : value)
const t = 0.7
const table: Record<string, Kernel> = {
  soft: {
    f32: (x, n, out) => edit.soft_f32(x, n, t, 2 ** -60, out),
    f64: (x, n, out) => edit.soft_f64(x, n, t, 2 ** -60, out),
    plain: (x, round) => round(zero(Math.sign(x) * Math.max(Math.abs(x) - t - 2 ** -60, 0))),
  },
  hard: {
    f32: (x, n, out) => edit.hard_f32(x, n, t, out),
    f64: (x, n, out) => edit.hard_f64(x, n, t, out),
    plain: (x) => (Math.abs(x) > t ? x : 0),
  },
  clip: {
    f32: (x, n, out) => edit.clip_f32(x, n, t, out),
    f64: (x, n, out) => edit.clip_f64(x, n, t, out),
    plain: (x, round) => Math.max(Math.min(x, round(t)), -round(t)),
  },
  scale: {
    f32: (x, n, out) => {
      if (x !== out) kernels.f32(out, n).set(kernels.f32(x, n))
      edit.scale_f32(out, n, t)
    },
    f64: (x, n, out) => {
      if (x !== out) kernels.f64(out, n).set(kernels.f64(x, n))
      edit.scale_f64(out, n, t)
    },
    plain: (x, round) => round(x * round(t)),
  },
}

describe('elementwise', () => {
  for (const [name, kernel] of Object.entries(table))
    for (const type of ['f32', 'f64'] as const)
      it(`${name}_${type}`, () => {
        const random = new Random(13)
        const round = type === 'f32' ? Math.fround : (value: number): number => value
        const width = type === 'f32' ? 4 : 8
        const [x, out] = [kernels.alloc(8 * 64), kernels.alloc(8 * 64)]
        for (const n of lengths)
          for (let offset = 0; offset < 16; offset += width)
            for (const isInPlace of [false, true]) {
              // Edges among them: the threshold itself, its neighbours, zeros of both signs.
              const edges = [0, -0, t, -t, t * (1 + 2 ** -52), 2 ** -140, 1e30]
              const values = Array.from({ length: n }, (_, i) =>
                round(i % 3 === 1 ? random.pick(edges) : random.normal()),
              )
              kernels[type](x + offset, n).set(values)
              const to = isInPlace ? x + offset : out + offset
              kernels[type](to + width * n, 1)[0] = 77
              kernel[type](x + offset, n, to)
              expect(Array.from(kernels[type](to, n), zero), `${n} at ${offset}`).toEqual(
                values.map((one) => zero(kernel.plain(one, round))),
              )
              expect(kernels[type](to + width * n, 1)[0], 'behind the end').toBe(77)
            }
        kernels.free(x)
        kernels.free(out)
      })
})

describe('soft', () => {
  it('leaves no -0', () => {
    const x = kernels.alloc(64)
    kernels.f32(x, 5).set([-0.1, -0, 0.1, -0.7, -0.5])
    edit.soft_f32(x, 5, 0.7, 0, x)
    for (const value of kernels.f32(x, 5)) expect(Object.is(value, 0)).toBe(true)
  })
})

describe('soft without a remainder', () => {
  it('is right to a unit in the last place, in f32', () => {
    const random = new Random(19)
    const n = 1001
    const [x, out] = [kernels.alloc(4 * n), kernels.alloc(4 * n)]
    for (const t of [0.1, 1 / 3, 1e-30, 12345.678]) {
      const values = Array.from({ length: n }, (_, i) =>
        Math.fround((i % 2 === 0 ? random.normal() : 1 + 1e-6 * random.normal()) * t * 2),
      )
      kernels.f32(x, n).set(values)
      edit.soft_f32(x, n, t, 0, out)
      for (const [i, got] of kernels.f32(out, n).entries()) {
        const expected = Math.sign(values[i]!) * Math.max(0, Math.abs(values[i]!) - t)
        expect(Math.abs(got - expected), `${values[i]} less ${t}`).toBeLessThanOrEqual(
          2 ** -23 * Math.abs(expected) + 2 ** -149,
        )
      }
    }
    kernels.free(x)
    kernels.free(out)
  })
})

describe('threshold', () => {
  for (const type of ['f32', 'f64'] as const)
    it(`${type}: sizes above it exceed it by the radius in sum, with room for candidates and without`, () => {
      const random = new Random(17)
      const most = 40_000
      const [x, out, work] = [kernels.alloc(8 * most), kernels.alloc(16), kernels.alloc(8 * most)]
      const run = type === 'f32' ? edit.threshold_f32 : edit.threshold_f64
      for (const n of [1, 2, 3, 7, 8, 9, 31, 1000, most])
        for (const power of [0, 1, 3]) {
          const values = kernels[type](x, n)
          for (let i = 0; i < n; i++) values[i] = random.normal() * random.uniform() ** -power
          const sizes = Array.from(values, Math.abs)
          const total = sizes.reduce((sum, one) => sum + one, 0)
          for (const part of [1e-9, 1e-3, 0.5, 0.999, 1.001])
            for (const room of [0, 5, 64, 2048, n + 8].filter((one) => 8 * one <= 8 * most)) {
              run(x, n, part * total, out, work, room)
              const [whole, rest] = kernels.f64(out, 2)
              const left = sizes.reduce((sum, one) => sum + Math.max(0, one - whole! - rest!), 0)
              const about = `n ${n}, power ${power}, part ${part}, room ${room}`
              if (part > 1) expect([whole, rest], about).toEqual([0, 0])
              else expect(Math.abs(left / (part * total) - 1), about).toBeLessThan(1e-6)
            }
        }
      for (const pointer of [x, out, work]) kernels.free(pointer)
    })

  it('holds for sizes of every scale, where each step of Newton drops few', () => {
    const n = 1000
    const [x, out] = [kernels.alloc(8 * n), kernels.alloc(16)]
    const values = Float64Array.from({ length: n }, (_, i) => 1.9 ** (i - 500))
    kernels.f64(x, n).set(values)
    for (const radius of [1e-100, 1, 1e100]) {
      edit.threshold_f64(x, n, radius, out, 0, 0)
      const [whole, rest] = kernels.f64(out, 2)
      const left = values.reduce((sum, one) => sum + Math.max(0, one - whole! - rest!), 0)
      // The largest alone is left, to its own rounding.
      expect(Math.abs(left - radius)).toBeLessThanOrEqual(2 ** -52 * values.at(-1)!)
    }
    kernels.free(x)
    kernels.free(out)
  })
})
