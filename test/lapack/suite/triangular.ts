/** Laws of gemv, trsm and trmm: products with a matrix and a vector, products and solutions with a triangle. */
import { describe, expect, it } from 'vitest'
import type { Lapack, Real, Side, Triangle } from '../../../src/lapack/index.js'
import { absolute, epsilon, type Matrix, matrix, product, scaled, transposed, triangleOf } from '../matrices.js'
import { placed } from '../place.js'
import { Random } from '../random.js'
import { backward, reals, relativeResidual, sizes, triangles } from './common.js'

/** Elements of `actual` that are further from `expected` than `allowed`, element by element. Written so that NaN counts. */
function outside(actual: Matrix, expected: Matrix, allowed: Matrix): number {
  return expected.data.filter((x, i) => !(Math.abs(actual.data[i]! - x) <= allowed.data[i]!)).length
}

export function gemvLaws(lapack: () => Lapack): void {
  describe('gemv', () => {
    it('multiplies [[1, 2, 3], [4, 5, 6]] by (1, 1, 1), and its transpose by (1, 1)', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const A = place.put({ rows: 2, columns: 3, data: Float64Array.of(1, 2, 3, 4, 5, 6) })
          const x = place.put(matrix(3, 1, () => 1))
          const y = place.put(matrix(3, 1, () => Number.NaN))
          lapack().gemv(type, false, 2, 3, 1, A.pointer, 3, x.pointer, 0, y.pointer)
          expect([...place.read(y.pointer, 2)]).toEqual([6, 15])
          lapack().gemv(type, true, 2, 3, 1, A.pointer, 3, x.pointer, 0, y.pointer)
          expect([...place.read(y.pointer, 3)]).toEqual([5, 7, 9])
        })
    })

    for (const type of reals)
      for (const trans of [false, true])
        it(`${type}: y = alpha ${trans ? 'Aᵀ' : 'A'} x + beta y of every size, padded`, () => {
          const random = new Random(31)
          for (const m of [...sizes, 600])
            for (const n of [0, 1, 2, 5, 33, 130])
              placed(lapack(), type, (place) => {
                const [alpha, beta] = [random.pick([1, -0.5, 0]), random.pick([0, 1, 0.25])]
                const a = place.rounded(matrix(m, n, () => random.normal()))
                const op = trans ? transposed(a) : a
                const x = place.rounded(matrix(op.columns, 1, () => random.normal()))
                const y = place.rounded(matrix(op.rows, 1, () => (beta === 0 ? Number.NaN : random.normal())))
                const [A, X, Y] = [place.put(a, random.pick([0, 3])), place.put(x), place.put(y)]
                lapack().gemv(type, trans, m, n, alpha, A.pointer, A.stride, X.pointer, beta, Y.pointer)
                const old = beta === 0 ? matrix(op.rows, 1, () => 0) : scaled(y, beta)
                const [sum, size] = [product(op, x), product(absolute(op), absolute(x))]
                const expected = matrix(op.rows, 1, (i) => alpha * sum.data[i]! + old.data[i]!)
                const bound = matrix(op.rows, 1, (i) => Math.abs(alpha) * size.data[i]! + Math.abs(old.data[i]!))
                const allowed = scaled(bound, (op.columns + 4) * epsilon[type])
                expect(
                  outside(place.get(Y, op.rows, 1), expected, allowed),
                  `${m} x ${n}, alpha ${alpha}, beta ${beta}`,
                ).toBe(0)
              })
        })
  })
}

interface TriangularCase {
  readonly type: Real
  readonly side: Side
  readonly triangle: Triangle
  readonly trans: boolean
  readonly unit: boolean
}

const cases: readonly TriangularCase[] = reals.flatMap((type) =>
  (['left', 'right'] as const).flatMap((side) =>
    triangles.flatMap((triangle) =>
      [false, true].flatMap((trans) => [false, true].map((unit) => ({ type, side, triangle, trans, unit }))),
    ),
  ),
)

const title = ({ type, side, triangle, trans, unit }: TriangularCase): string =>
  `${type}: ${side}, ${triangle}${trans ? ', transposed' : ''}${unit ? ', unit diagonal' : ''}`

/** A triangle whose inverse stays small, with NaN wherever it must not be read. */
function makeTriangle(one: TriangularCase, order: number, random: Random): { stored: Matrix; meant: Matrix } {
  const draw = matrix(order, order, (i, j) => (i === j ? 2 + random.uniform() : random.normal() / (1 + order)))
  const a = one.type === 'f64' ? draw : matrix(order, order, (i, j) => Math.fround(draw.data[i * order + j]!))
  const stored = matrix(order, order, (i, j) => {
    const isRead = i === j ? !one.unit : j > i === (one.triangle === 'upper')
    return isRead ? a.data[i * order + j]! : Number.NaN
  })
  const triangle = triangleOf(a, one.triangle, one.unit)
  return { stored, meant: one.trans ? transposed(triangle) : triangle }
}

function eachShape(one: TriangularCase, seed: number, visit: (m: number, n: number, random: Random) => void): void {
  const random = new Random(seed)
  for (const order of [0, 1, 2, 7, 33, 65, 130])
    for (const other of [0, 1, 2, 5, 17, 64]) {
      if (one.side === 'left') visit(order, other, random)
      else visit(other, order, random)
    }
}

/** trsm and trmm over sides, triangles, transposes and diagonals. */
export function triangularLaws(lapack: () => Lapack): void {
  describe('trsm', () => {
    it('solves [[2, 1], [0, 4]] x = (4, 8): x = (1, 2)', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const A = place.put({ rows: 2, columns: 2, data: Float64Array.of(2, 1, Number.NaN, 4) })
          const B = place.put({ rows: 2, columns: 1, data: Float64Array.of(4, 8) })
          lapack().trsm(type, 'left', 'upper', false, false, 2, 1, 1, A.pointer, 2, B.pointer, B.stride)
          expect([...place.get(B, 2, 1).data]).toEqual([1, 2])
        })
    })

    it.each(cases.map((one) => [title(one), one] as const))('%s', (_, one) => {
      eachShape(one, 41, (m, n, random) =>
        placed(lapack(), one.type, (place) => {
          const { type, side, triangle, trans, unit } = one
          const order = side === 'left' ? m : n
          const alpha = random.pick([1, 1, -2, 0.5])
          const { stored, meant } = makeTriangle(one, order, random)
          const b = place.rounded(matrix(m, n, () => random.normal()))
          const [A, B] = [place.put(stored, random.pick([0, 3])), place.put(b, random.pick([0, 2]))]
          lapack().trsm(type, side, triangle, trans, unit, m, n, alpha, A.pointer, A.stride, B.pointer, B.stride)
          const x = place.get(B, m, n)
          const residual =
            side === 'left'
              ? relativeResidual(meant, x, scaled(b, alpha), type)
              : relativeResidual(transposed(meant), transposed(x), transposed(scaled(b, alpha)), type)
          expect(residual, `${m} x ${n}, alpha ${alpha}`).toBeLessThanOrEqual(backward)
        }),
      )
    })

    it('a zero pivot gives infinities or NaN, not an error', () => {
      for (const type of reals)
        for (const columns of [1, 3])
          placed(lapack(), type, (place) => {
            const A = place.put({ rows: 2, columns: 2, data: Float64Array.of(1, 1, 0, 0) })
            const B = place.put(matrix(2, columns, () => 1))
            lapack().trsm(type, 'left', 'upper', false, false, 2, columns, 1, A.pointer, 2, B.pointer, B.stride)
            expect(place.get(B, 2, columns).data.some((x) => Number.isFinite(x))).toBe(false)
          })
    })
  })

  describe('trmm', () => {
    it.each(cases.map((one) => [title(one), one] as const))('%s', (_, one) => {
      eachShape(one, 42, (m, n, random) =>
        placed(lapack(), one.type, (place) => {
          const { type, side, triangle, trans, unit } = one
          const order = side === 'left' ? m : n
          const alpha = random.pick([1, -2, 0])
          const { stored, meant } = makeTriangle(one, order, random)
          const b = place.rounded(matrix(m, n, () => random.normal()))
          const [A, B] = [place.put(stored, random.pick([0, 3])), place.put(b, random.pick([0, 2]))]
          lapack().trmm(type, side, triangle, trans, unit, m, n, alpha, A.pointer, A.stride, B.pointer, B.stride)
          const times = (x: Matrix, y: Matrix): Matrix => (side === 'left' ? product(x, y) : product(y, x))
          const allowed = scaled(times(absolute(meant), absolute(b)), (order + 4) * epsilon[type] * Math.abs(alpha))
          const expected = scaled(times(meant, b), alpha)
          expect(outside(place.get(B, m, n), expected, allowed), `${m} x ${n}, alpha ${alpha}`).toBe(0)
        }),
      )
    })
  })
}
