/** Laws of gbsv: solutions with a band matrix. */
import { describe, expect, it } from 'vitest'
import type { Lapack } from '../../../src/lapack/index.js'
import { type Matrix, matrix, product, scaled } from '../matrices.js'
import { type Place, placed } from '../place.js'
import { Random } from '../random.js'
import { backward, reals, relativeResidual } from './common.js'

/** Row i of the band storage holds A[i, i - kl .. i + ku]; what lies outside the matrix is NaN and must not be read. */
function solveBand(
  place: Place,
  a: Matrix,
  kl: number,
  ku: number,
  b: Matrix,
  padding = 0,
): { x: Matrix; info: number } {
  const n = a.rows
  const width = kl + ku + 1
  const band = place.put(
    matrix(n, width, (i, d) => {
      const j = i - kl + d
      return j >= 0 && j < n ? a.data[i * n + j]! : Number.NaN
    }),
  )
  const B = place.put(b, padding)
  const info = place.lapack.gbsv(place.type, n, kl, ku, b.columns, band.pointer, B.pointer, B.stride)
  place.get(band, n, width)
  return { x: place.get(B, n, b.columns), info }
}

export function gbsvLaws(lapack: () => Lapack): void {
  describe('gbsv', () => {
    it('solves the second difference of order 3: (-1, 2, -1) x = (1, 0, 1) has x = (1, 1, 1)', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const a = matrix(3, 3, (i, j) => [2, -1][Math.abs(i - j)] ?? 0)
          const { x, info } = solveBand(place, a, 1, 1, { rows: 3, columns: 1, data: Float64Array.of(1, 0, 1) }, 2)
          expect(info).toBe(0)
          for (const value of x.data) expect(value).toBeCloseTo(1, 6)
        })
    })

    for (const type of reals)
      it(`${type}: A X = B for every band, with row exchanges, at every scale`, () => {
        const random = new Random(700)
        for (const n of [0, 1, 2, 5, 33, 100])
          for (const [kl, ku] of [
            [0, 0],
            [1, 1],
            [2, 0],
            [0, 3],
            [3, 1],
            [1, 4],
            [7, 9],
            [40, 40],
          ] as const)
            for (const nrhs of [0, 1, 3])
              for (const scale of type === 'f64' ? [1, 1e150, 1e-150] : [1, 1e15, 1e-15])
                placed(lapack(), type, (place) => {
                  const inBand = (i: number, j: number): boolean => j >= i - kl && j <= i + ku
                  // Rows are exchanged unless there are diagonals on one side only, whose inverse would grow beyond the type.
                  const weight = kl === 0 || ku === 0 ? 3 + kl + ku : 0
                  const draw = matrix(n, n, (i, j) => (inBand(i, j) ? random.normal() + (i === j ? weight : 0) : 0))
                  const a = place.rounded(scaled(draw, scale))
                  const b = place.rounded(
                    product(
                      a,
                      matrix(n, nrhs, () => random.normal()),
                    ),
                  )
                  const { x, info } = solveBand(place, a, kl, ku, b, nrhs % 2)
                  const where = `n ${n}, kl ${kl}, ku ${ku}, nrhs ${nrhs}, scale ${scale}`
                  expect(info, where).toBe(0)
                  expect(relativeResidual(a, x, b, type), where).toBeLessThanOrEqual(backward)
                })
      })

    it('says which pivot is exactly zero', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const a = matrix(4, 4, (i, j) => (i === j && i !== 2 ? 1 : 0))
          expect(
            solveBand(
              place,
              a,
              1,
              1,
              matrix(4, 1, () => 1),
            ).info,
          ).toBe(3)
        })
    })

    it('NaN ends in NaN or a positive info', () => {
      for (const type of reals)
        for (const nrhs of [1, 2])
          placed(lapack(), type, (place) => {
            const a = matrix(20, 20, (i, j) => (i === 9 && j === 9 ? Number.NaN : ([2, -1][Math.abs(i - j)] ?? 0)))
            const { x, info } = solveBand(
              place,
              a,
              1,
              1,
              matrix(20, nrhs, () => 1),
            )
            expect(info > 0 || x.data.some((y) => Number.isNaN(y))).toBe(true)
          })
    })
  })
}
