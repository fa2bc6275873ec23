/** Laws of gecon, pocon and trcon: estimates of the condition number from factors. */
import { describe, expect, it } from 'vitest'
import type { Lapack, Real } from '../../../src/lapack/index.js'
import { invertibleClasses, type Matrix, matrix, product, scaled, transposed, triangleOf } from '../matrices.js'
import { type Place, placed } from '../place.js'
import { Random } from '../random.js'
import { ordersUpTo, reals, toUnit, triangles } from './common.js'

type Norm = 'one' | 'inf'
const norms: readonly Norm[] = ['one', 'inf']

/** Largest sum of absolute values of a column, or a row. */
function normOf(a: Matrix, norm: Norm): number {
  const sums = new Float64Array(norm === 'one' ? a.columns : a.rows)
  for (const [at, x] of a.data.entries())
    sums[norm === 'one' ? at % a.columns : Math.floor(at / a.columns)]! += Math.abs(x)
  return sums.reduce((most, x) => Math.max(most, x), 0)
}

/** 1 / (||A|| ||A^-1||) with the inverse written out, in float64. */
function exact(lapack: Lapack, a: Matrix, norm: Norm): number {
  return placed(lapack, 'f64', (place) => {
    const { unit } = toUnit(a)
    const A = place.put(unit)
    expect(lapack.getri('f64', a.rows, A.pointer, A.stride)).toBe(0)
    return 1 / (normOf(unit, norm) * normOf(place.get(A, a.rows, a.rows), norm))
  })
}

/** The norm of the inverse is estimated from below, seldom by more than three: Higham, ACM TOMS 14 (1988). */
function expectEstimate(estimate: number, truth: number, where: string): void {
  expect(estimate, where).toBeGreaterThanOrEqual(truth * 0.9)
  expect(estimate, where).toBeLessThanOrEqual(truth * 10)
}

function gecon(place: Place, a: Matrix, norm: Norm, anorm = normOf(a, norm)): number {
  const n = a.rows
  const A = place.put(a, n % 3)
  const ipiv = place.integers(n)
  place.lapack.getrf(place.type, n, n, A.pointer, A.stride, ipiv)
  return place.lapack.gecon(place.type, norm, n, A.pointer, A.stride, ipiv, anorm)
}

const orders = (most: number): number[] => ordersUpTo(most).filter((n) => n > 0)

export function conditionLaws(lapack: () => Lapack, most: number): void {
  describe('gecon', () => {
    it('is 1/9 for [[1, 2], [0, 1]] in both norms', () => {
      for (const type of reals)
        for (const norm of norms)
          placed(lapack(), type, (place) => {
            expect(gecon(place, { rows: 2, columns: 2, data: Float64Array.of(1, 2, 0, 1) }, norm)).toBeCloseTo(1 / 9, 6)
          })
    })

    for (const type of reals)
      for (const cls of invertibleClasses)
        it(`${type}: within a small factor of the truth, for a matrix ${cls.name}`, () => {
          for (const n of orders(most))
            for (const norm of norms)
              placed(lapack(), type, (place) => {
                const a = place.rounded(cls.make(n, n, new Random(1200 + n), type))
                const truth = exact(lapack(), a, norm)
                // Beyond the type's digits the factors no longer know it.
                if (truth < (type === 'f32' ? 1e-5 : 1e-13)) return
                expectEstimate(gecon(place, a, norm), truth, `seed ${1200 + n}, n ${n}, ${norm}`)
              })
        })

    it('is 1 for order 0, 0 for a singular matrix, and NaN for a norm that is NaN', () => {
      for (const type of reals)
        for (const norm of norms)
          placed(lapack(), type, (place) => {
            expect(
              gecon(
                place,
                matrix(0, 0, () => 0),
                norm,
              ),
            ).toBe(1)
            for (const n of [1, 2, 20]) {
              expect(
                gecon(
                  place,
                  matrix(n, n, () => 0),
                  norm,
                ),
              ).toBe(0)
              expect(
                gecon(
                  place,
                  matrix(n, n, (i, j) => (i === j && i > 0 ? 1 : 0)),
                  norm,
                ),
              ).toBe(0)
              expect(
                gecon(
                  place,
                  matrix(n, n, () => 1),
                  norm,
                  Number.NaN,
                ),
              ).toBeNaN()
            }
          })
    })

    it('does not change when the matrix is scaled by a power of two, out to both ends of the range', () => {
      for (const [type, powers] of [
        ['f32', [-110, -60, 60, 110]],
        ['f64', [-980, -500, 500, 980]],
      ] as [Real, number[]][])
        placed(lapack(), type, (place) => {
          const random = new Random(1201)
          const a = place.rounded(matrix(12, 12, () => random.normal()))
          const expected = gecon(place, a, 'one')
          for (const power of powers) {
            const estimate = gecon(place, scaled(a, 2 ** power), 'one')
            expect(Math.abs(estimate - expected), `2^${power}`).toBeLessThanOrEqual(1e-4 * expected)
          }
        })
    })

    it('sees through a matrix of condition 10^12', () => {
      placed(lapack(), 'f64', (place) => {
        const a = matrix(30, 30, (i, j) => (i === j ? 10 ** (-12 * (i / 29)) : 0))
        expect(gecon(place, a, 'one')).toBeCloseTo(1e-12, 20)
      })
    })
  })

  describe('pocon', () => {
    for (const type of reals)
      for (const triangle of triangles)
        it(`${type}: within a small factor of the truth, from the ${triangle} factor`, () => {
          for (const n of orders(most))
            placed(lapack(), type, (place) => {
              const random = new Random(1300 + n)
              const draw = matrix(n, n, () => random.normal())
              const gram = product(draw, transposed(draw))
              const a = place.rounded(matrix(n, n, (i, j) => gram.data[i * n + j]! + (i === j ? n / 10 : 0)))
              const A = place.put(a, n % 3)
              expect(lapack().potrf(type, triangle, n, A.pointer, A.stride)).toBe(0)
              const estimate = lapack().pocon(type, triangle, n, A.pointer, A.stride, normOf(a, 'one'))
              expectEstimate(estimate, exact(lapack(), a, 'one'), `seed ${1300 + n}, n ${n}`)
            })
        })
  })

  describe('trcon', () => {
    for (const type of reals)
      for (const triangle of triangles)
        for (const unit of [false, true])
          it(`${type}: within a small factor of the truth, ${triangle}${unit ? ', unit diagonal' : ''}`, () => {
            for (const n of orders(most))
              for (const norm of norms)
                placed(lapack(), type, (place) => {
                  const random = new Random(1400 + n)
                  const draw = matrix(n, n, (i, j) => (i === j ? 1 + random.uniform() : random.normal() / Math.sqrt(n)))
                  const a = triangleOf(place.rounded(draw), triangle, unit)
                  const isRead = (i: number, j: number): boolean => (i === j ? !unit : j > i === (triangle === 'upper'))
                  const A = place.put(
                    matrix(n, n, (i, j) => (isRead(i, j) ? a.data[i * n + j]! : Number.NaN)),
                    n % 3,
                  )
                  const estimate = lapack().trcon(type, norm, triangle, unit, n, A.pointer, A.stride)
                  expectEstimate(estimate, exact(lapack(), a, norm), `seed ${1400 + n}, n ${n}, ${norm}`)
                })
          })

    it('is 0 for a zero on the diagonal', () => {
      for (const type of reals)
        for (const n of [1, 2, 30])
          placed(lapack(), type, (place) => {
            const A = place.put(matrix(n, n, (i, j) => (j > i || (i === j && i > 0) ? 1 : 0)))
            expect(lapack().trcon(type, 'one', 'upper', false, n, A.pointer, A.stride)).toBe(0)
          })
    })
  })
}
