/** Laws of geqrf, orgqr and ormqr: QR, the orthogonal factor written out, and products with it. */
import { describe, expect, it } from 'vitest'
import type { Lapack } from '../../../src/lapack/index.js'
import {
  corner,
  distance,
  epsilon,
  frobenius,
  lossOfOrthogonality,
  type Matrix,
  matrix,
  matrixClasses,
  product,
  scaled,
  transposed,
  triangleOf,
} from '../matrices.js'
import { type Place, type Placed, placed } from '../place.js'
import { Random } from '../random.js'
import { backward, orthogonal, reals, shapesUpTo, toUnit } from './common.js'

interface Factored {
  readonly A: Placed
  readonly tau: number
  readonly k: number
  /** A after geqrf. */
  readonly qr: Matrix
}

function factor(place: Place, a: Matrix, padding = 0): Factored {
  const k = Math.min(a.rows, a.columns)
  const A = place.put(a, padding)
  const tau = place.vector(k)
  place.lapack.geqrf(place.type, a.rows, a.columns, A.pointer, A.stride, tau)
  return { A, tau, k, qr: place.get(A, a.rows, a.columns) }
}

/** The first `columns` columns of Q [m, m], from all k reflectors. */
function formQ(place: Place, { qr, tau, k }: Factored, columns: number, padding = 0): Matrix {
  const m = qr.rows
  const reflectors = matrix(m, columns, (i, j) => (j < k ? qr.data[i * qr.columns + j]! : Number.NaN))
  const Q = place.put(reflectors, padding)
  place.lapack.orgqr(place.type, m, columns, k, Q.pointer, Q.stride, tau)
  return place.get(Q, m, columns)
}

export function qrLaws(lapack: () => Lapack, most: number): void {
  describe('geqrf, orgqr', () => {
    it('(3, 4)ᵀ = Q R with R = -5 and Q = -(3, 4)ᵀ / 5', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const factored = factor(place, { rows: 2, columns: 1, data: Float64Array.of(3, 4) }, 1)
          expect(factored.qr.data[0]).toBeCloseTo(-5, 6)
          // v = (1, 4 / (3 + 5)), tau = 1 + 3 / 5.
          expect(factored.qr.data[1]).toBeCloseTo(0.5, 6)
          expect(place.read(factored.tau, 1)[0]).toBeCloseTo(1.6, 6)
          const q = formQ(place, factored, 1)
          expect(q.data[0]).toBeCloseTo(-0.6, 6)
          expect(q.data[1]).toBeCloseTo(-0.8, 6)
        })
    })

    for (const type of reals)
      for (const cls of matrixClasses)
        it(`${type}: A = Q R, Qᵀ Q = I, thin and full, for a matrix ${cls.name}`, () => {
          for (const [m, n] of shapesUpTo(most))
            placed(lapack(), type, (place) => {
              const seed = 800 + 1000 * m + n
              const where = `seed ${seed}, ${m} x ${n}`
              const a = place.rounded(cls.make(m, n, new Random(seed), type))
              const { unit, factor: f } = toUnit(a)
              const factored = factor(place, a, (m + n) % 3)
              const { k, qr } = factored
              const order = Math.max(4, m, n)
              const R = scaled(triangleOf(corner(qr, k, n), 'upper'), f)
              const thin = formQ(place, factored, k, m % 2)
              const allowed = backward * order * epsilon[type] * frobenius(unit)
              expect(distance(product(thin, R), unit), where).toBeLessThanOrEqual(allowed)
              const full = formQ(place, factored, m)
              expect(lossOfOrthogonality(full), where).toBeLessThanOrEqual(orthogonal * order * epsilon[type])
              expect(distance(corner(full, m, k), thin), `${where}: thin is the beginning of full`).toBeLessThanOrEqual(
                orthogonal * order * epsilon[type],
              )
            })
        })

    it('orgqr takes fewer reflectors than columns', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const random = new Random(801)
          const factored = factor(
            place,
            matrix(40, 20, () => random.normal()),
          )
          const fewer = formQ(place, { ...factored, k: 7 }, 20)
          expect(lossOfOrthogonality(fewer)).toBeLessThanOrEqual(orthogonal * 40 * epsilon[type])
          const all = formQ(place, factored, 20)
          expect(distance(corner(fewer, 40, 7), corner(all, 40, 7))).toBeLessThanOrEqual(
            orthogonal * 40 * epsilon[type],
          )
          const nothing = formQ(place, { ...factored, k: 0 }, 3)
          expect([...nothing.data]).toEqual([...matrix(40, 3, (i, j) => (i === j ? 1 : 0)).data])
        })
    })

    it('NaN and infinity end, in NaN', () => {
      for (const type of reals)
        for (const value of [Number.NaN, Infinity])
          for (const [m, n] of [
            [1, 1],
            [9, 4],
            [70, 70],
          ] as const)
            placed(lapack(), type, (place) => {
              const random = new Random(802)
              const a = matrix(m, n, (i, j) => (i === m >> 1 && j === n >> 1 ? value : random.normal()))
              const factored = factor(place, a)
              const all = [...factored.qr.data, ...place.read(factored.tau, factored.k)]
              expect(
                all.some((x) => !Number.isFinite(x)),
                `${m} x ${n}, ${value}`,
              ).toBe(true)
            })
    })
  })

  describe('ormqr', () => {
    for (const type of reals)
      for (const side of ['left', 'right'] as const)
        for (const trans of [false, true])
          it(`${type}: ${side === 'left' ? (trans ? 'Qᵀ C' : 'Q C') : trans ? 'C Qᵀ' : 'C Q'} is the product with Q written out`, () => {
            for (const [order, k] of [
              [0, 0],
              [1, 1],
              [5, 2],
              [17, 17],
              [40, 33],
              [most, most >> 1],
            ] as const)
              for (const other of [0, 1, 6, 45])
                placed(lapack(), type, (place) => {
                  const random = new Random(810 + order)
                  const factored = factor(place, place.rounded(matrix(order, k, () => random.normal())), order % 3)
                  const q = formQ(place, factored, order)
                  const op = trans ? transposed(q) : q
                  const [m, n] = side === 'left' ? [order, other] : [other, order]
                  const c = place.rounded(matrix(m, n, () => random.normal()))
                  const C = place.put(c, other % 2)
                  const { A, tau } = factored
                  lapack().ormqr(type, side, trans, m, n, k, A.pointer, A.stride, tau, C.pointer, C.stride)
                  const expected = side === 'left' ? product(op, c) : product(c, op)
                  const allowed = backward * Math.max(4, order) * epsilon[type] * frobenius(c)
                  expect(
                    distance(place.get(C, m, n), expected),
                    `order ${order}, k ${k}, other ${other}`,
                  ).toBeLessThanOrEqual(allowed)
                })
          })
  })
}
