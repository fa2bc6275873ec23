/** Laws of gesdd: Singular values and vectors. */
import { describe, expect, it } from 'vitest'
import type { Lapack } from '../../../src/lapack/index.js'
import {
  distance,
  epsilon,
  frobenius,
  identity,
  lossOfOrthogonality,
  type Matrix,
  matrix,
  matrixClasses,
  product,
  transposed,
} from '../matrices.js'
import { type Place, placed } from '../place.js'
import { Random } from '../random.js'
import { backward, ending, orthogonal, reals, shapesUpTo, toUnit } from './common.js'

type Vectors = 'none' | 'thin' | 'full'

interface Singular {
  values: Float64Array
  u: Matrix | null
  vh: Matrix | null
  info: number
}

function singular(place: Place, a: Matrix, vectors: Vectors, padding = 0): Singular {
  const { rows: m, columns: n } = a
  const k = Math.min(m, n)
  const full = vectors === 'full'
  const A = place.put(a, padding)
  const s = place.vector(k)
  const U =
    vectors === 'none'
      ? null
      : place.put(
          matrix(m, full ? m : k, () => Number.NaN),
          padding,
        )
  const V =
    vectors === 'none'
      ? null
      : place.put(
          matrix(full ? n : k, n, () => Number.NaN),
          padding,
        )
  const info = place.lapack.gesdd(
    place.type,
    vectors,
    m,
    n,
    A.pointer,
    A.stride,
    s,
    U?.pointer ?? 0,
    U?.stride ?? 1,
    V?.pointer ?? 0,
    V?.stride ?? 1,
  )
  place.get(A, m, n)
  return {
    values: place.read(s, k),
    u: U && place.get(U, m, full ? m : k),
    vh: V && place.get(V, full ? n : k, n),
    info,
  }
}

export function gesddLaws(lapack: () => Lapack, most: number): void {
  const shapes = shapesUpTo(most)

  describe('gesdd', () => {
    it('[[3, 0], [4, 5]] has singular values 3 sqrt 5 and sqrt 5', () => {
      for (const type of reals)
        for (const vectors of ['none', 'thin', 'full'] as const)
          placed(lapack(), type, (place) => {
            const a = { rows: 2, columns: 2, data: Float64Array.of(3, 0, 4, 5) }
            const { values, info } = singular(place, a, vectors)
            expect(info).toBe(0)
            expect(values[0]).toBeCloseTo(3 * Math.sqrt(5), 5)
            expect(values[1]).toBeCloseTo(Math.sqrt(5), 5)
          })
    })

    it('knows the singular values of the Hilbert matrix of order 6', () => {
      // mpmath, 60 digits; the matrix as stored differs from the true one by rounding, so absolutely within eps sigma_1.
      const known = [
        1.6188998589243391, 0.24236087057520955, 0.016321521319875822, 0.000615748354182658, 1.257075712262519e-5,
        1.0827994845655498e-7,
      ]
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const { values } = singular(
            place,
            matrix(6, 6, (i, j) => 1 / (i + j + 1)),
            'none',
          )
          for (const [i, sigma] of known.entries())
            expect(Math.abs(values[i]! - sigma), `${type} sigma ${i + 1}`).toBeLessThanOrEqual(8 * epsilon[type])
        })
    })

    it('agrees with the closed form of the first difference: 2 sin(k pi / (2 n + 2)) from [n, n + 1]', () => {
      for (const type of reals)
        for (const n of [1, 2, 31, 32, 33, 64, 150])
          for (const tall of [false, true])
            placed(lapack(), type, (place) => {
              const wide = matrix(n, n + 1, (i, j) => (i === j ? 1 : j === i + 1 ? -1 : 0))
              const { values, info } = singular(place, tall ? transposed(wide) : wide, 'none', 2)
              expect(info).toBe(0)
              const error = values.reduce(
                (worst, x, i) => Math.max(worst, Math.abs(x - 2 * Math.sin(((n - i) * Math.PI) / (2 * n + 2)))),
                0,
              )
              expect(error, `${type}, n ${n}`).toBeLessThanOrEqual(backward * Math.max(8, n) * epsilon[type] * 2)
            })
    })

    for (const type of reals)
      for (const cls of matrixClasses)
        it(`${type}: A = U S Vh with orthonormal U and V, S descends, for a matrix ${cls.name}`, () => {
          for (const [m, n] of shapes)
            for (const vectors of ['thin', 'full'] as const)
              placed(lapack(), type, (place) => {
                const k = Math.min(m, n)
                const seed = 1000 * m + n
                const a = place.rounded(cls.make(m, n, new Random(seed), type))
                const where = `seed ${seed}, ${m} x ${n}, ${vectors}`
                const { unit, factor } = toUnit(a)
                const order = Math.max(4, m, n)
                const allowed = backward * order * epsilon[type] * frobenius(unit)
                const { values, u, vh, info } = singular(place, a, vectors, (m + n) % 3)
                expect(info, where).toBe(0)
                const down = values.every((x, i) => x >= 0 && (i === 0 || values[i - 1]! >= x))
                expect(down, `${where}: ${values.slice(0, 4)}`).toBe(true)
                const S = matrix(u!.columns, vh!.rows, (i, j) => (i === j && i < k ? values[i]! * factor : 0))
                expect(distance(product(product(u!, S), vh!), unit), where).toBeLessThanOrEqual(allowed)
                expect(lossOfOrthogonality(u!), `${where}: U`).toBeLessThanOrEqual(orthogonal * order * epsilon[type])
                expect(lossOfOrthogonality(transposed(vh!)), `${where}: V`).toBeLessThanOrEqual(
                  orthogonal * order * epsilon[type],
                )
                const only = singular(place, a, 'none', (m + n + 1) % 3)
                expect(only.info, where).toBe(0)
                const apart = only.values.reduce((x, y, i) => Math.max(x, Math.abs(y - values[i]!) * factor), 0)
                expect(apart, `${where}: values only`).toBeLessThanOrEqual(allowed)
              })
        })

    it('the full U or Vh of an empty matrix is the identity', () => {
      placed(lapack(), 'f64', (place) => {
        expect(
          singular(
            place,
            matrix(3, 0, () => 0),
            'full',
          ).u,
        ).toEqual(identity(3))
        expect(
          singular(
            place,
            matrix(0, 3, () => 0),
            'full',
          ).vh,
        ).toEqual(identity(3))
      })
    })

    it('NaN ends: in values, in info or in an error', () => {
      for (const type of reals)
        for (const [m, n] of [
          [1, 1],
          [3, 2],
          [40, 40],
          [130, 60],
          [60, 130],
        ] as const)
          for (const vectors of ['none', 'thin'] as const)
            placed(lapack(), type, (place) => {
              const random = new Random(8)
              const a = matrix(m, n, (i, j) => (i === m >> 1 && j === 0 ? Number.NaN : random.normal()))
              expect(
                ending(() => singular(place, a, vectors)),
                `${type}, ${m} x ${n}`,
              ).toBe('refused')
            })
    })
  })
}
