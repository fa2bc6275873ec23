/** The polar factor by products: where singular values end, and that vectors stay. */
import { describe, expect, it } from 'vitest'
import { polar, svdvals } from '../../src/linalg/index.js'
import { newtonSchulz, spectral } from '../../src/norms/index.js'
import { diag, matmul, memory, mul, randn, reshape, tensor, transpose, zeros } from '../../src/tensor/index.js'
import { farthest, flat, normals } from '../linalg/support.js'

/** One singular value s of a matrix of Frobenius norm 1. */
const ending = (s: number, options: object): number =>
  flat(newtonSchulz(diag(tensor([s, Math.sqrt(1 - s * s)], { dtype: 'f64' })), options))[0]!

describe('newtonSchulz', () => {
  it('one quintic step by hand: 3.4445 s - 4.775 s^3 + 2.0315 s^5', () => {
    expect(ending(0.6, { steps: 1 })).toBeCloseTo(3.4445 * 0.6 - 4.775 * 0.216 + 2.0315 * 0.07776, 14)
    expect(ending(0.6, { steps: 0, polish: 1 })).toBeCloseTo(1.5 * 0.6 - 0.5 * 0.216, 14)
  })

  it('5 steps bring singular values from 0.01 on into [0.68, 1.14], from 0.001 on into [0.47, 1.21]', () => {
    const ends = Array.from({ length: 600 }, (_, i) => {
      const s = 10 ** (-3 * (1 - i / 600))
      return { s, end: ending(s, {}) }
    })
    for (const { s, end } of ends) {
      expect(end, `${s}`).toBeGreaterThan(s < 0.01 ? 0.47 : 0.68)
      expect(end, `${s}`).toBeLessThan(s < 0.01 ? 1.21 : 1.14)
      if (s >= 0.01) expect(Math.abs(ending(s, { polish: 5 }) - 1), `${s}, polished`).toBeLessThan(1e-10)
    }
  })

  it('is the polar factor, tall, wide and as a kernel', () => {
    for (const shape of [
      [6, 6],
      [7, 3],
      [3, 7],
      [4, 2, 3],
    ]) {
      const g = normals(shape, 3)
      expect(farthest(newtonSchulz(g, { polish: 7 }), spectral.steepest(g))).toBeLessThan(1e-13)
    }
    const g = normals([6, 4], 4)
    expect(farthest(newtonSchulz(g, { polish: 7 }), polar(g).U)).toBeLessThan(1e-13)
    const quick = flat(svdvals(newtonSchulz(randn([64, 48]))))
    expect(Math.max(...quick)).toBeLessThan(1.21)
    expect(Math.min(...quick)).toBeGreaterThan(0.47)
  })

  it('is a method of spectral.steepest', () => {
    const g = normals([3, 4], 8)
    const method = 'newton-schulz'
    expect(farthest(spectral.steepest(g, { method }), newtonSchulz(g))).toBe(0)
    expect(farthest(spectral.steepest(g, { method, polish: 7 }), spectral.steepest(g, { method: 'svd' }))).toBeLessThan(
      1e-14,
    )
    expect(() => spectral.steepest(g, { method: 'qr' as never })).toThrow(
      `spectral.steepest: method "qr"; expected 'svd' or 'newton-schulz'.`,
    )
    expect(() => spectral.steepest(g, { method, axis: [0, 1] })).toThrow('axis')
    expect(() => spectral.steepest(g, { steps: 3 })).toThrow('steps')
  })

  it('keeps zeros: a zero matrix, and rank-deficient ones', () => {
    expect(flat(newtonSchulz(zeros([2, 2])))).toEqual([0, 0, 0, 0])
    const g = matmul(normals([5, 1], 1), normals([1, 4], 2))
    expect(farthest(newtonSchulz(g, { polish: 6 }), spectral.steepest(g))).toBeLessThan(1e-10)
  })

  it('does not mind the scale', () => {
    const g = normals([3, 4], 5)
    const expected = newtonSchulz(g)
    for (const scale of [1e250, 1e-250, 1e-310]) {
      const far = farthest(newtonSchulz(mul(g, scale)), expected)
      expect(far, `${scale}`).toBeLessThan(scale < 1e-300 ? 1e-12 : 1e-14)
    }
    expect(farthest(transpose(newtonSchulz(transpose(g))), expected)).toBeLessThan(1e-14)
  })

  it('leaves nothing behind, and refuses what is no matrix', () => {
    const g = normals([3, 4], 6)
    const before = memory().tensors
    newtonSchulz(g).dispose()
    expect(memory().tensors).toBe(before)
    expect(() => newtonSchulz(reshape(g, [12]))).toThrow(
      'newtonSchulz: f64[12] is no matrix; expected two axes or more. Try reshape.',
    )
    expect(() => newtonSchulz(g, { steps: -1 })).toThrow('newtonSchulz: steps -1; expected a whole number from 0 on.')
    expect(() => newtonSchulz(tensor([[Number.NaN]]))).toThrow('newtonSchulz: f32[1, 1] holds NaN at [0, 0]')
  })
})
