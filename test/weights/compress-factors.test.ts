/** Ranks, factors and projections of one matrix: Eckart and Young's error to rounding, on both backends. */
import { afterAll, describe, expect, it } from 'vitest'
import { load } from '../../src/checkpoint/index.node.js'
import {
  backend,
  manualSeed,
  matmul,
  memory,
  scope,
  setBackend,
  type Tensor,
  tensor,
  to,
} from '../../src/tensor/index.node.js'
import { basisOf } from '../../src/weights/edit/compress/basis.js'
import { factorsOf, projected } from '../../src/weights/edit/compress/factors.js'
import {
  breakEven,
  largestGain,
  rankForEnergy,
  rankForError,
  rankOf,
  tailsOf,
} from '../../src/weights/edit/compress/rank.js'
import { hasShared, sharedJson, sharedPath } from '../shared.js'
import { gaussian, jacobi, withSpectrum } from './matrices.js'

type Real = 'f32' | 'f64'
const eps = { f32: 2 ** -23, f64: 2 ** -52 }

const distance = (a: Tensor, b: Tensor): number =>
  scope(() => {
    const [x, y] = [Float64Array.from(a.toArray()), b.toArray()]
    const top = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1
    return top * Math.sqrt(x.reduce((sum, value, i) => sum + ((value - y[i]!) / top) ** 2, 0))
  })

const columnNorms = (x: Tensor): number[] => {
  const [rows, columns] = x.shape as [number, number]
  const values = x.toArray()
  return Array.from({ length: columns }, (_, j) =>
    Math.hypot(...Array.from({ length: rows }, (_, i) => values[i * columns + j]!)),
  )
}

describe('ranks', () => {
  const sigma = Float64Array.of(4, 2, 2, 1)

  it('by hand: energies 16, 4, 4, 1 of 25', () => {
    expect([...tailsOf(sigma)]).toEqual([5, 3, Math.sqrt(5), 1, 0])
    expect(rankForEnergy(sigma, 0.64)).toBe(1)
    expect(rankForEnergy(sigma, 0.65)).toBe(2)
    expect(rankForEnergy(sigma, 0.95)).toBe(3)
    expect(rankForEnergy(sigma, 1)).toBe(4)
    expect(rankForError(sigma, 0.6)).toBe(1)
    expect(rankForError(sigma, 0.59)).toBe(2)
    expect(rankForError(sigma, 0.2)).toBe(3)
    expect(rankForError(sigma, 0)).toBe(4)
  })

  it('two factors gain under m n / (m + n)', () => {
    expect(breakEven(128, 1024)).toBeCloseTo(113.77777777777777, 12)
    expect(largestGain(128, 1024)).toBe(113)
    // 4 x 4 at rank 2 has 16 parameters again: nothing gained.
    expect(largestGain(4, 4)).toBe(1)
    expect(largestGain(1, 9)).toBe(0)
    expect(breakEven(0, 0)).toBe(0)
  })

  it('a fraction of full rank is rounded half to even, and is at least 1', () => {
    expect([0.5, 0.1, 0.01, 0.7, 3, 99].map((one) => rankOf(one, 5))).toEqual([2, 1, 1, 4, 3, 5])
    expect(rankOf(0.5, 7)).toBe(4)
  })

  it('extreme scales neither overflow nor vanish', () => {
    for (const scale of [1e300, 1e-300]) {
      const scaled = sigma.map((one) => one * scale)
      expect(tailsOf(scaled)[1]! / scale).toBeCloseTo(3, 12)
      expect(rankForEnergy(scaled, 0.95)).toBe(3)
      expect(rankForError(scaled, 0.2)).toBe(3)
    }
  })

  it('zeros and nothing', () => {
    expect([...tailsOf(new Float64Array(2))]).toEqual([0, 0, 0])
    expect(rankForEnergy(new Float64Array(2), 0.9)).toBe(1)
    expect(rankForError(new Float64Array(2), 0.1)).toBe(1)
    expect(rankForEnergy(new Float64Array(0), 0.9)).toBe(0)
  })
})

const shapes = [
  [1, 1],
  [1, 7],
  [6, 1],
  [5, 5],
  [4, 37],
  [41, 6],
  [33, 64],
  [130, 70],
] as const

describe.each(['portable', 'auto'] as const)('factors, %s backend', (choice) => {
  setBackend(choice)
  const name = backend().name
  afterAll(() => setBackend('auto'))

  it.each(['f32', 'f64'] as Real[])('law: the error of rank k is the tail of the spectrum, %s', (type) => {
    setBackend(choice)
    manualSeed(1)
    for (const [m, n] of shapes) {
      const values = gaussian(m * 100 + n, m * n)
      const before = memory().tensors
      scope(() => {
        const W = tensor(values, { shape: [m, n], dtype: type })
        const exact = jacobi(W.toArray(), m, n)
        const basis = basisOf(W)
        const norm = Math.hypot(...exact)
        const tails = tailsOf(Float64Array.from(exact))
        const bound = 4 * Math.sqrt(Math.min(m, n)) * eps[type] * norm
        for (const k of new Set([1, Math.ceil(Math.min(m, n) / 2), Math.min(m, n)])) {
          const [P, Q] = factorsOf(W, basis, k)
          expect(P.dtype).toBe(type)
          expect([P.shape, Q.shape]).toEqual([
            [m, k],
            [k, n],
          ])
          const product = matmul(to(P, 'f64'), to(Q, 'f64'))
          const where = `${m} x ${n}, rank ${k}, ${name}`
          expect(Math.abs(distance(W, product) - tails[k]!), where).toBeLessThan(bound)
          expect(Math.abs(distance(W, projected(W, basis, k)) - tails[k]!), where).toBeLessThan(bound)
          // Balanced: both factors share each singular value.
          const norms = [columnNorms(P), columnNorms(Q.transpose())]
          for (let i = 0; i < k; i++)
            for (const one of norms)
              if (exact[i]! > 1e-6 * exact[0]!)
                expect(Math.abs(one[i]! ** 2 / exact[i]! - 1), where).toBeLessThan(type === 'f32' ? 1e-5 : 1e-11)
        }
      })
      expect(memory().tensors).toBe(before)
    }
  })

  it('is best where singular values repeat, end, or fall to rounding', () => {
    setBackend(choice)
    const cases = [
      [3, 3, 3, 1, 1, 1],
      [1, 1, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0],
      [1, 1e-2, 1e-4, 1e-6, 1e-8, 1e-10],
    ]
    for (const sigma of cases)
      for (const type of ['f32', 'f64'] as const)
        for (const [m, n] of [
          [6, 11],
          [9, 6],
        ] as const)
          scope(() => {
            const W = tensor(withSpectrum(sigma, m, n, 7), { shape: [m, n], dtype: type })
            const basis = basisOf(W)
            for (let k = 1; k <= 6; k++) {
              const [P, Q] = factorsOf(W, basis, k)
              const tail = Math.hypot(...sigma.slice(k))
              const error = distance(W, matmul(to(P, 'f64'), to(Q, 'f64')))
              expect(Math.abs(error - tail), `${sigma} rank ${k} ${type}`).toBeLessThanOrEqual(
                10 * eps[type] * Math.hypot(...sigma),
              )
            }
          })
  })

  it('keeps as many vectors as asked, told the spectrum, and `exact` takes the SVD', () => {
    setBackend(choice)
    scope(() => {
      const W = tensor(gaussian(3, 60), { shape: [6, 10], dtype: 'f32' })
      const basis = basisOf(W, { keep: (sigma) => sigma.length - 4, exact: true })
      expect(basis.vectors.shape).toEqual([6, 2])
      expect(basis.method).toBe('svd')
      expect(basisOf(W).method).toBe('gram')
    })
  })

  it('extreme scales', () => {
    setBackend(choice)
    for (const [type, scale] of [
      ['f32', 1e30],
      ['f32', 1e-30],
      ['f64', 1e150],
      ['f64', 1e-150],
    ] as const)
      scope(() => {
        const W = tensor(
          gaussian(5, 60).map((x) => x * scale),
          { shape: [6, 10], dtype: type },
        )
        const basis = basisOf(W)
        const [P, Q] = factorsOf(W, basis, 3)
        const product = matmul(to(P, 'f64'), to(Q, 'f64'))
        expect(distance(W, product) / tailsOf(basis.sigma)[3]!).toBeCloseTo(1, 6)
      })
  })
})

describe.skipIf(!hasShared)('the reference of digits-step0800', () => {
  interface LowRank {
    matrix_shape: [number, number]
    rel_error_by_rank: Record<string, number>
    rank_for_energy: Record<string, number>
    params_full: number
    break_even_rank: number
  }
  const reference = hasShared
    ? sharedJson<{ low_rank: Record<string, LowRank> }>('data', 'reference', 'ops-digits-step0800.json').low_rank
    : {}

  it.each(Object.keys(reference))('%s', async (name) => {
    const { matrix_shape, rel_error_by_rank, rank_for_energy, break_even_rank } = reference[name]!
    const dict = await load(sharedPath('data', 'checkpoints', 'digits-step0800.safetensors'), {
      filter: (one) => one === name,
    })
    scope(() => {
      const W = dict.get(name)!.reshape(matrix_shape)
      const basis = basisOf(W)
      const tails = tailsOf(basis.sigma)
      expect(breakEven(...matrix_shape)).toBeCloseTo(break_even_rank, 12)
      for (const [k, error] of Object.entries(rel_error_by_rank)) {
        expect(tails[Number(k)]! / tails[0]!).toBeCloseTo(error, 7)
        expect(distance(W, projected(W, basis, Number(k))) / tails[0]!).toBeCloseTo(error, 6)
      }
      for (const [share, rank] of Object.entries(rank_for_energy))
        expect(rankForEnergy(basis.sigma, Number(share))).toBe(rank)
    })
    dict.dispose()
  })
})
