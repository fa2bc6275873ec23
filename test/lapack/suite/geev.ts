/** Laws of geev: eigenvalues and eigenvectors of general matrices. */
import { describe, expect, it } from 'vitest'
import type { Lapack } from '../../../src/lapack/index.js'
import { epsilon, frobenius, type Matrix, matrix, matrixClasses, product } from '../matrices.js'
import { type Place, placed } from '../place.js'
import { Random } from '../random.js'
import { backward, ending, ordersUpTo, reals, toUnit } from './common.js'

interface Eigen {
  readonly re: Float64Array
  readonly im: Float64Array
  readonly vectors: Matrix | null
  readonly info: number
}

function eigen(place: Place, a: Matrix, vectors: boolean, padding = 0): Eigen {
  const n = a.rows
  const A = place.put(a, padding)
  const V = place.put(
    matrix(n, n, () => Number.NaN),
    padding,
  )
  const [wr, wi] = [place.vector(n), place.vector(n)]
  const info = place.lapack.geev(
    place.type,
    vectors,
    n,
    A.pointer,
    A.stride,
    wr,
    wi,
    vectors ? V.pointer : 0,
    vectors ? V.stride : 1,
  )
  place.get(A, n, n)
  return { re: place.read(wr, n), im: place.read(wi, n), vectors: vectors ? place.get(V, n, n) : null, info }
}

/** Real and imaginary parts [n, n] of the eigenvectors that the columns of `v` stand for. */
function complexVectors(v: Matrix, im: Float64Array): { X: Matrix; Y: Matrix } {
  const n = v.rows
  const at = (i: number, j: number): number => v.data[i * n + j]!
  return {
    X: matrix(n, n, (i, j) => at(i, im[j]! < 0 ? j - 1 : j)),
    Y: matrix(n, n, (i, j) => (im[j]! > 0 ? at(i, j + 1) : im[j]! < 0 ? -at(i, j) : 0)),
  }
}

/** Sums of the eigenvalues and of their squares against the traces of A and A^2, which a backward error E changes by no more than this. */
function checkTraces(unit: Matrix, re: readonly number[], im: readonly number[], allowed: number, where: string): void {
  const n = unit.rows
  const size = frobenius(unit) || 1
  const square = product(unit, unit)
  let [trace, trace2, sum, sum2] = [0, 0, 0, 0]
  for (let i = 0; i < n; i++) {
    trace += unit.data[i * n + i]!
    trace2 += square.data[i * n + i]!
    sum += re[i]!
    sum2 += re[i]! ** 2 - im[i]! ** 2
  }
  const root = Math.sqrt(Math.max(1, n))
  expect(Math.abs(sum - trace), `${where}: trace`).toBeLessThanOrEqual(root * allowed * size)
  expect(Math.abs(sum2 - trace2), `${where}: trace of the square`).toBeLessThanOrEqual(2 * root * allowed * size * size)
}

/** Sorted by real part, then imaginary. */
const pairs = ({ re, im }: Eigen): [number, number][] =>
  [...re].map((x, i): [number, number] => [x, im[i]!]).sort(([a, b], [c, d]) => a - c || b - d)

export function geevLaws(lapack: () => Lapack, most: number): void {
  describe('geev', () => {
    it('the rotation [[0, -1], [1, 0]] has eigenvalues i and -i, eigenvectors (1, -i) and (1, i)', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const { re, im, vectors } = eigen(place, { rows: 2, columns: 2, data: Float64Array.of(0, -1, 1, 0) }, true, 1)
          expect([...re].map((x) => Math.abs(x))).toEqual([0, 0])
          expect(im[0]).toBeCloseTo(1, 6)
          expect(im[1]).toBeCloseTo(-1, 6)
          const [x0, y0, x1, y1] = vectors!.data
          // x1 + i y1 = -i (x0 + i y0).
          expect(x1).toBeCloseTo(y0!, 6)
          expect(y1).toBeCloseTo(-x0!, 6)
          expect(Math.hypot(x0!, y0!)).toBeCloseTo(Math.SQRT1_2, 6)
        })
    })

    it('the companion matrix of (x - 1)(x - 2)(x - 3) has eigenvalues 1, 2, 3', () => {
      for (const type of reals)
        for (const vectors of [false, true])
          placed(lapack(), type, (place) => {
            const found = eigen(
              place,
              { rows: 3, columns: 3, data: Float64Array.of(6, -11, 6, 1, 0, 0, 0, 1, 0) },
              vectors,
            )
            for (const [i, [x, y]] of pairs(found).entries()) {
              expect(x).toBeCloseTo(i + 1, type === 'f64' ? 10 : 3)
              expect(y).toBe(0)
            }
          })
    })

    it('the cyclic shift has the roots of unity', () => {
      for (const type of reals)
        for (const n of [1, 2, 3, 8, 31, most])
          for (const vectors of [false, true])
            placed(lapack(), type, (place) => {
              const { re, im, info } = eigen(
                place,
                matrix(n, n, (i, j) => (j === (i + 1) % n ? 1 : 0)),
                vectors,
              )
              expect(info).toBe(0)
              const angles = [...re].map((x, i) => (Math.atan2(im[i]!, x) * n) / (2 * Math.PI))
              const allowed = backward * Math.max(4, n) * epsilon[type]
              expect(Math.max(...[...re].map((x, i) => Math.abs(Math.hypot(x, im[i]!) - 1)))).toBeLessThanOrEqual(
                allowed,
              )
              expect(Math.max(...angles.map((x) => Math.abs(x - Math.round(x))))).toBeLessThanOrEqual(allowed * n)
              expect(new Set(angles.map((x) => (Math.round(x) + n) % n)).size).toBe(n)
            })
    })

    for (const type of reals)
      for (const cls of matrixClasses)
        it(`${type}: A V = V W, vectors of norm 1, pairs in order, for a matrix ${cls.name}`, () => {
          for (const n of ordersUpTo(most))
            placed(lapack(), type, (place) => {
              const seed = 1500 + n
              const where = `seed ${seed}, n ${n}`
              const a = place.rounded(cls.make(n, n, new Random(seed), type))
              const { unit, factor } = toUnit(a)
              const allowed = backward * Math.max(4, n) * epsilon[type]
              const found = eigen(place, a, true, n % 3)
              expect(found.info, where).toBe(0)
              const [re, im] = [[...found.re].map((x) => x * factor), [...found.im].map((x) => x * factor)]
              for (let j = 0; j < n; j++)
                if (im[j]! > 0) expect([re[j + 1], im[j + 1]], `${where}: pair ${j}`).toEqual([re[j], -im[j]!])
                else if (im[j]! < 0) expect(im[j - 1], `${where}: pair ${j}`).toBe(-im[j]!)

              const { X, Y } = complexVectors(found.vectors!, found.im)
              const [AX, AY] = [product(unit, X), product(unit, Y)]
              let [worst, apart] = [0, 0]
              for (let j = 0; j < n; j++) {
                let [residual, norm, largest, real] = [0, 0, 0, 0]
                for (let i = 0; i < n; i++) {
                  const [x, y] = [X.data[i * n + j]!, Y.data[i * n + j]!]
                  residual = Math.hypot(
                    residual,
                    AX.data[i * n + j]! - re[j]! * x + im[j]! * y,
                    AY.data[i * n + j]! - re[j]! * y - im[j]! * x,
                  )
                  norm = Math.hypot(norm, x, y)
                  largest = Math.max(largest, Math.hypot(x, y))
                  // Of components that are equally large up to rounding any may be the real one.
                  if (Math.abs(y) <= allowed) real = Math.max(real, Math.abs(x))
                }
                worst = Math.max(worst, Number.isNaN(residual) ? Infinity : residual)
                apart = Math.max(apart, Number.isNaN(norm) ? Infinity : Math.abs(norm - 1), largest - real)
              }
              expect(worst, where).toBeLessThanOrEqual(allowed * frobenius(unit))
              expect(apart, `${where}: normalization`).toBeLessThanOrEqual(allowed)
              checkTraces(unit, re, im, allowed, where)

              const only = eigen(place, a, false, (n + 1) % 3)
              expect(only.info, where).toBe(0)
              const values = [[...only.re].map((x) => x * factor), [...only.im].map((x) => x * factor)] as const
              checkTraces(unit, values[0], values[1], allowed, `${where}: without vectors`)
            })
        })

    it('NaN and infinity end: in values, in info or in an error', () => {
      for (const type of reals)
        for (const value of [Number.NaN, Infinity])
          for (const n of [1, 2, 40, 100])
            for (const vectors of [false, true])
              placed(lapack(), type, (place) => {
                const random = new Random(1501)
                const a = matrix(n, n, (i, j) => (i === n >> 1 && j === 0 ? value : random.normal()))
                const outcome = ending(() => {
                  const { info, re } = eigen(place, a, vectors)
                  return { info, values: re }
                })
                expect(outcome, `${type}, n ${n}`).toBe('refused')
              })
    })
  })
}
