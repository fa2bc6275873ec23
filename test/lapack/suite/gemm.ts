/** Laws of gemm: Products of matrices. */
import { describe, expect, it } from 'vitest'
import type { Lapack, Real } from '../../../src/lapack/index.js'
import { epsilon, type Matrix, matrix, product, transposed } from '../matrices.js'
import { placed } from '../place.js'
import { Random } from '../random.js'
import { reals, sizes } from './common.js'

interface GemmCase {
  type: Real
  transA: boolean
  transB: boolean
  m: number
  n: number
  k: number
  alpha: number
  beta: number
  /** Extra elements at the end of each row. */
  padding: number
}

/** C must be within (k + 4) eps (|alpha| |A| |B| + |beta| |C|), element by element: the bound of any order of summation. */
function checkGemm(lapack: Lapack, one: GemmCase, random: Random): void {
  const { type, transA, transB, m, n, k, alpha, beta, padding } = one
  placed(lapack, type, (place) => {
    const a = place.rounded(matrix(m, k, () => random.normal()))
    const b = place.rounded(matrix(k, n, () => random.normal()))
    const c = place.rounded(matrix(m, n, () => (beta === 0 ? Number.NaN : random.normal())))
    const A = place.put(transA ? transposed(a) : a, padding)
    const B = place.put(transB ? transposed(b) : b, padding)
    const C = place.put(c, padding)
    lapack.gemm(
      type,
      transA,
      transB,
      m,
      n,
      k,
      alpha,
      A.pointer,
      A.stride,
      B.pointer,
      B.stride,
      beta,
      C.pointer,
      C.stride,
    )
    const actual = place.get(C, m, n)
    const absolute = (x: Matrix): Matrix => matrix(x.rows, x.columns, (i, j) => Math.abs(x.data[i * x.columns + j]!))
    const sum = product(a, b)
    const bound = product(absolute(a), absolute(b))
    let worst = 0
    for (let i = 0; i < m * n; i++) {
      const old = beta === 0 ? 0 : beta * c.data[i]!
      const error = Math.abs(actual.data[i]! - (alpha * sum.data[i]! + old))
      const allowed = (k + 4) * epsilon[type] * (Math.abs(alpha) * bound.data[i]! + Math.abs(old))
      // Written so that NaN fails.
      if (!(error <= allowed)) worst = Math.max(worst, Number.isNaN(error) ? Infinity : error / allowed)
    }
    expect(worst, `times the bound, of ${JSON.stringify(one)}`).toBe(0)
  })
}

export function gemmLaws(lapack: () => Lapack): void {
  describe('gemm', () => {
    it('multiplies [[1, 2, 3], [4, 5, 6]] by its transpose', () => {
      placed(lapack(), 'f64', (place) => {
        const A = place.put({ rows: 2, columns: 3, data: Float64Array.of(1, 2, 3, 4, 5, 6) })
        const C = place.put(matrix(2, 2, () => Number.NaN))
        lapack().gemm('f64', false, true, 2, 2, 3, 1, A.pointer, 3, A.pointer, 3, 0, C.pointer, 2)
        expect([...place.get(C, 2, 2).data]).toEqual([14, 32, 32, 77])
      })
    })

    for (const type of reals)
      for (const transA of [false, true])
        for (const transB of [false, true])
          it(`${type}: ${transA ? 'Aᵀ' : 'A'} ${transB ? 'Bᵀ' : 'B'} of every size, padded, with alpha and beta`, () => {
            const random = new Random(11)
            for (const size of sizes)
              checkGemm(
                lapack(),
                { type, transA, transB, m: size, n: size, k: size, alpha: 1, beta: 0, padding: 0 },
                random,
              )
            for (let draw = 0; draw < 24; draw++)
              checkGemm(
                lapack(),
                {
                  type,
                  transA,
                  transB,
                  m: random.pick(sizes.slice(0, 6)),
                  n: random.pick(sizes.slice(0, 6)),
                  k: random.pick(sizes),
                  alpha: random.pick([0, 1, -1, 0.5]),
                  beta: random.pick([0, 1, -0.75]),
                  padding: random.pick([0, 1, 5]),
                },
                random,
              )
          })

    it('takes one row, one column, and long inner dimensions', () => {
      const random = new Random(12)
      for (const type of reals)
        for (const [m, n, k] of [
          [1, 1, 5000],
          [1, 300, 65],
          [300, 1, 65],
          [2, 3, 1000],
          [500, 500, 1],
        ] as const)
          for (const trans of [false, true])
            checkGemm(lapack(), { type, transA: trans, transB: !trans, m, n, k, alpha: 1, beta: 0, padding: 3 }, random)
    })

    it('scales C by beta when k is 0, and clears it when beta is 0', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const nothing = place.put(matrix(0, 0, () => 0))
          const C = place.put(matrix(2, 2, (i, j) => 2 * i + j))
          lapack().gemm(type, false, false, 2, 2, 0, 1, nothing.pointer, 1, nothing.pointer, 2, 3, C.pointer, C.stride)
          expect([...place.get(C, 2, 2).data]).toEqual([0, 3, 6, 9])
          const N = place.put(matrix(2, 2, () => Number.NaN))
          lapack().gemm(type, false, false, 2, 2, 0, 1, nothing.pointer, 1, nothing.pointer, 2, 0, N.pointer, N.stride)
          expect([...place.get(N, 2, 2).data]).toEqual([0, 0, 0, 0])
        })
    })

    it('lets NaN and infinity through', () => {
      placed(lapack(), 'f64', (place) => {
        const A = place.put({ rows: 2, columns: 2, data: Float64Array.of(Number.NaN, 1, Infinity, 1) })
        const B = place.put({ rows: 2, columns: 1, data: Float64Array.of(1, 1) })
        const C = place.put(matrix(2, 1, () => 0))
        lapack().gemm('f64', false, false, 2, 1, 2, 1, A.pointer, 2, B.pointer, 1, 0, C.pointer, 1)
        expect([...place.get(C, 2, 1).data]).toEqual([Number.NaN, Infinity])
      })
    })
  })
}
