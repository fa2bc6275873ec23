/**
 * What is particular to the portable factorizations and triangular systems, beside the laws of the shared suite: sizes at the edges of strips (8
 * and 16 columns), triangles (32) and blocks of reflectors (32 and 64), the paths for one right-hand side and for very tall panels, the order of pivots.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { createKernels } from '../../src/kernels/index.js'
import type { Lapack, Real } from '../../src/lapack/index.js'
import { createPortable } from '../../src/lapack/portable/index.js'
import {
  distance,
  epsilon,
  frobenius,
  identity,
  lossOfOrthogonality,
  type Matrix,
  matrix,
  product,
  transposed,
} from './matrices.js'
import { type Place, type Placed, placed } from './place.js'
import { Random } from './random.js'

let lapack: Lapack
beforeAll(() => {
  lapack = createPortable(createKernels())
})

const reals: readonly Real[] = ['f32', 'f64']
const shapes = [
  [8, 8],
  [9, 17],
  [15, 16],
  [31, 32],
  [33, 32],
  [16, 50],
  [64, 64],
  [65, 63],
  [131, 70],
  [40, 131],
] as const
const orders = [7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 97, 150]

/** c of ||A - product of its factors|| <= c max(m, n) eps ||A||. */
const backward = 4

const random = (seed: number, rows: number, columns: number): Matrix => {
  const numbers = new Random(seed)
  return matrix(rows, columns, () => numbers.normal())
}

/** i32 numbers of a call, read back. */
function integers(place: Place, n: number): { pointer: number; read(): number[] } {
  const pointer = place.vector(n)
  return { pointer, read: () => [...lapack.kernels.i32(pointer, n)] }
}

/** Rows exchanged as getrf did. */
function exchanged(a: Matrix, pivots: readonly number[]): Matrix {
  const rows = Array.from({ length: a.rows }, (_, i) => i)
  pivots.forEach((other, i) => {
    ;[rows[i], rows[other]] = [rows[other]!, rows[i]!]
  })
  return matrix(a.rows, a.columns, (i, j) => a.data[rows[i]! * a.columns + j]!)
}

describe.each(reals)('LU of %s', (type) => {
  const checkLU = (m: number, n: number): void =>
    placed(lapack, type, (place) => {
      const a = place.rounded(random(61, m, n))
      const k = Math.min(m, n)
      const [A, pivots] = [place.put(a, n % 3), integers(place, k)]
      expect(lapack.getrf(type, m, n, A.pointer, A.stride, pivots.pointer)).toBe(0)
      const lu = place.get(A, m, n)
      const l = matrix(m, k, (i, j) => (i === j ? 1 : i > j ? lu.data[i * n + j]! : 0))
      const u = matrix(k, n, (i, j) => (i <= j ? lu.data[i * n + j]! : 0))
      expect(distance(product(l, u), exchanged(a, pivots.read())), `${m} x ${n}`).toBeLessThanOrEqual(
        backward * Math.max(m, n) * epsilon[type] * (frobenius(a) + frobenius(u)),
      )
    })

  it('at the edges of its panels', () => {
    for (const [m, n] of shapes) checkLU(m, n)
  })

  it('of a panel that is longer than the memory for products', () => {
    checkLU(25_000, 9)
  })

  it('chooses the pivots of the plain algorithm', () => {
    const n = 70
    placed(lapack, type, (place) => {
      const a = place.rounded(random(62, n, n))
      const work = a.data.slice()
      const expected: number[] = []
      for (let j = 0; j < n; j++) {
        let best = j
        for (let i = j; i < n; i++) if (Math.abs(work[i * n + j]!) > Math.abs(work[best * n + j]!)) best = i
        expected.push(best)
        for (let c = 0; c < n; c++) [work[j * n + c], work[best * n + c]] = [work[best * n + c]!, work[j * n + c]!]
        for (let i = j + 1; i < n; i++) {
          const factor = work[i * n + j]! / work[j * n + j]!
          for (let c = j; c < n; c++) work[i * n + c]! -= factor * work[j * n + c]!
        }
      }
      const [A, pivots] = [place.put(a), integers(place, n)]
      lapack.getrf(type, n, n, A.pointer, A.stride, pivots.pointer)
      expect(pivots.read()).toEqual(expected)
    })
  })

  it('solves for one right-hand side, contiguous or not, as for many', () => {
    for (const n of orders)
      for (const trans of [false, true])
        for (const [count, padding] of [
          [1, 0],
          [1, 3],
          [9, 1],
        ] as const)
          placed(lapack, type, (place) => {
            const [a, b] = [place.rounded(random(63, n, n)), place.rounded(random(64, n, count))]
            const [A, B, pivots] = [place.put(a, 1), place.put(b, padding), integers(place, n)]
            lapack.getrf(type, n, n, A.pointer, A.stride, pivots.pointer)
            lapack.getrs(type, trans, n, count, A.pointer, A.stride, pivots.pointer, B.pointer, B.stride)
            const [x, op] = [place.get(B, n, count), trans ? transposed(a) : a]
            expect(distance(product(op, x), b), `${n}, ${trans}, ${count}`).toBeLessThanOrEqual(
              backward * n * epsilon[type] * frobenius(op) * frobenius(x),
            )
          })
  })
})

describe.each(reals)('triangles of %s', (type) => {
  it('A = L Lᵀ and the inverse at the edges of its blocks', () => {
    for (const n of orders)
      for (const triangle of ['lower', 'upper'] as const)
        placed(lapack, type, (place) => {
          const g = random(65, n, n)
          const square = product(g, transposed(g))
          const a = place.rounded(matrix(n, n, (i, j) => square.data[i * n + j]! / n + (i === j ? 1 : 0)))
          const A = place.put(a, n % 3)
          const read = (): Matrix => {
            const { data } = place.get(A, n, n)
            return matrix(n, n, (i, j) => {
              const [row, column] =
                triangle === 'lower' ? [Math.max(i, j), Math.min(i, j)] : [Math.min(i, j), Math.max(i, j)]
              return data[row * n + column]!
            })
          }
          expect(lapack.potrf(type, triangle, n, A.pointer, A.stride)).toBe(0)
          const both = read()
          const l = matrix(n, n, (i, j) => (j > i ? 0 : both.data[i * n + j]!))
          expect(distance(product(l, transposed(l)), a), `${n}`).toBeLessThanOrEqual(
            backward * n * epsilon[type] * frobenius(a),
          )
          expect(lapack.potri(type, triangle, n, A.pointer, A.stride)).toBe(0)
          const inverse = read()
          expect(distance(product(inverse, a), identity(n)), `inverse, ${n}`).toBeLessThanOrEqual(
            backward * n * epsilon[type] * frobenius(a) * frobenius(inverse),
          )
        })
  })

  it('columns of B stay apart: one that holds NaN and infinities spoils no other', () => {
    placed(lapack, type, (place) => {
      const n = 70
      const a = place.rounded(matrix(n, n, (i, j) => (i === j ? 2 : 1 / (i + j + 1))))
      const bad = [Number.NaN, Infinity, 1]
      const [one, two] = [0, 1].map((isClean) => {
        const b = matrix(n, 3, (i, j) => (j !== 1 ? i + j : isClean ? 0 : bad[i % 3]!))
        const [A, B] = [place.put(a), place.put(b)]
        lapack.trsm(type, 'left', 'upper', false, false, n, 3, 1, A.pointer, A.stride, B.pointer, B.stride)
        lapack.trmm(type, 'left', 'lower', true, false, n, 3, 1, A.pointer, A.stride, B.pointer, B.stride)
        return place.get(B, n, 3).data.filter((_, i) => i % 3 !== 1)
      })
      expect(one).toEqual(two)
    })
  })

  it('alpha = 0 writes zeros, whatever A and B hold', () => {
    placed(lapack, type, (place) => {
      for (const stem of ['trsm', 'trmm'] as const) {
        const [A, B] = [place.put(matrix(3, 3, () => Number.NaN)), place.put(matrix(3, 5, () => Number.NaN))]
        lapack[stem](type, 'left', 'upper', false, false, 3, 5, 0, A.pointer, A.stride, B.pointer, B.stride)
        expect([...place.get(B, 3, 5).data]).toEqual(new Array(15).fill(0))
      }
    })
  })
})

describe.each(reals)('a vector times a matrix of %s', (type) => {
  it('is the same by gemm as by gemv, also beyond a thousand rows', () => {
    for (const [m, n] of [
      [1, 1],
      [3, 5],
      [1027, 33],
      [33, 1027],
    ] as const)
      for (const trans of [false, true])
        placed(lapack, type, (place) => {
          const [into, from] = trans ? [n, m] : [m, n]
          const [a, x, y] = [random(66, m, n), random(67, from, 1), random(68, into, 1)].map((one) => place.rounded(one)) as [Matrix, Matrix, Matrix] // biome-ignore format: one line
          const [A, X] = [place.put(a, 1), place.put(x)]
          const sum = product(trans ? transposed(a) : a, x)
          const expected = matrix(into, 1, (i) => 0.5 * sum.data[i]! - 2 * y.data[i]!)
          const results = [0, 1, 2].map((way) => {
            const Y = place.put(y)
            if (way === 0) lapack.gemv(type, trans, m, n, 0.5, A.pointer, A.stride, X.pointer, -2, Y.pointer)
            else if (way === 1)
              lapack.gemm(type, trans, false, into, 1, from, 0.5, A.pointer, A.stride, X.pointer, 1, -2, Y.pointer, 1)
            else
              lapack.gemm(type, false, !trans, 1, into, from, 0.5, X.pointer, from, A.pointer, A.stride, -2, Y.pointer, into) // biome-ignore format: one line
            return place.get(Y, into, 1)
          })
          for (const result of results)
            expect(distance(result, expected), `${m} x ${n}`).toBeLessThanOrEqual(
              (from + 4) * epsilon[type] * (frobenius(a) * frobenius(x) + 2 * frobenius(y)),
            )
        })
  })

  it('lets an infinity through as an infinity', () => {
    placed(lapack, type, (place) => {
      const A = place.put(matrix(5, 1, (i) => (i === 4 ? Infinity : 1)))
      const [x, y] = [place.put(matrix(5, 1, () => 1)), place.put(matrix(1, 1, () => 0))]
      lapack.gemv(type, true, 5, 1, 1, A.pointer, A.stride, x.pointer, 0, y.pointer)
      expect(place.get(y, 1, 1).data[0]).toBe(Infinity)
    })
  })
})

/** Q [m, columns] by applying `A`'s reflectors to the identity's columns. */
function explicitQ(place: Place, A: Placed, tau: number, m: number, columns: number, k: number): Matrix {
  const C = place.put(
    matrix(m, columns, (i, j) => (i === j ? 1 : 0)),
    1,
  )
  lapack.ormqr(place.type, 'left', false, m, columns, k, A.pointer, A.stride, tau, C.pointer, C.stride)
  return place.get(C, m, columns)
}

describe.each(reals)('QR of %s', (type) => {
  it.each([false, true])('at the edges of its panels, columns exchanged: %s', (isPivoted) => {
    for (const [m, n] of shapes)
      placed(lapack, type, (place) => {
        const a = place.rounded(random(71, m, n))
        const k = Math.min(m, n)
        const [A, tau, order] = [place.put(a, n % 3), place.vector(k), integers(place, n)]
        if (isPivoted) lapack.geqp3(type, m, n, A.pointer, A.stride, order.pointer, tau)
        else lapack.geqrf(type, m, n, A.pointer, A.stride, tau)
        const factored = place.get(A, m, n)
        const r = matrix(k, n, (i, j) => (j >= i ? factored.data[i * n + j]! : 0))
        const q = explicitQ(place, A, tau, m, k, k)
        const columns = isPivoted ? order.read() : Array.from({ length: n }, (_, j) => j)
        const allowed = backward * Math.max(m, n) * epsilon[type]
        expect(lossOfOrthogonality(q), `orthogonality, ${m} x ${n}`).toBeLessThanOrEqual(allowed)
        const permuted = matrix(m, n, (i, j) => a.data[i * n + columns[j]!]!)
        expect(distance(product(q, r), permuted), `${m} x ${n}`).toBeLessThanOrEqual(allowed * frobenius(a))
        if (!isPivoted) return
        // |R[i, i]| is the largest norm that was left: what each column behind it has from row i on is not longer.
        let longest = 0
        for (let j = 1; j < n; j++) {
          let rest = 0
          for (let i = Math.min(j, k - 1); i >= 0; i--) {
            rest = Math.hypot(rest, r.data[i * n + j]!)
            if (i < j) longest = Math.max(longest, rest / Math.abs(r.data[i * n + i]!))
          }
        }
        expect(longest, `${m} x ${n}`).toBeLessThanOrEqual(1 + Math.sqrt(epsilon[type]))
      })
  })

  it('computes norms afresh where downdating has lost them', () => {
    // Behind the first, columns are multiples of it but for parts below sqrt(eps) of their norm: only fresh norms tell which of them is the larger.
    const parts = type === 'f64' ? [1e-9, 1e-8] : [1e-5, 1e-4]
    placed(lapack, type, (place) => {
      const a = place.rounded(matrix(4, 3, (i, j) => (i === 0 ? (j === 0 ? 2 : 1) : i === j ? parts[j - 1]! : 0)))
      const [A, tau, order] = [place.put(a), place.vector(3), integers(place, 3)]
      lapack.geqp3(type, 4, 3, A.pointer, A.stride, order.pointer, tau)
      expect(order.read()).toEqual([0, 2, 1])
      const r = place.get(A, 4, 3)
      expect(Math.abs(r.data[4]!) / parts[1]!).toBeCloseTo(1, 1)
    })
  })

  it('orgqr makes more columns than there are reflectors', () => {
    for (const [m, n, k] of [
      [5, 3, 0],
      [9, 9, 4],
      [80, 80, 66],
      [140, 100, 70],
    ] as const)
      placed(lapack, type, (place) => {
        const draw = random(72, m, n)
        const a = place.rounded(matrix(m, n, (i, j) => (j < k ? draw.data[i * n + j]! : Number.NaN)))
        const [A, tau] = [place.put(a, 1), place.vector(k)]
        lapack.geqrf(type, m, k, A.pointer, A.stride, tau)
        const q = explicitQ(place, A, tau, m, n, k)
        lapack.orgqr(type, m, n, k, A.pointer, A.stride, tau)
        const result = place.get(A, m, n)
        expect(distance(result, q)).toBeLessThanOrEqual(backward * m * epsilon[type])
        expect(lossOfOrthogonality(result)).toBeLessThanOrEqual(backward * m * epsilon[type])
      })
  })
})
