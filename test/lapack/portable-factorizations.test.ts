/** LU, Cholesky, QR and band systems of the portable implementation: reconstruction, orthogonality and residuals of the order of n eps, at sizes that cross its blocks. */
import { beforeAll, describe, expect, it } from 'vitest'
import { createKernels } from '../../src/kernels/index.js'
import type { Lapack, Real, Side, Triangle } from '../../src/lapack/index.js'
import { createPortable } from '../../src/lapack/portable/index.js'
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
  scaled,
  transposed,
} from './matrices.js'
import { type Place, type Placed, placed } from './place.js'
import { Random } from './random.js'

let lapack: Lapack
beforeAll(() => {
  lapack = createPortable(createKernels())
})

const reals: readonly Real[] = ['f32', 'f64']
const triangles: readonly Triangle[] = ['lower', 'upper']
const flags = [false, true]
/** Around strips (8 and 16 columns), blocks (32), panels of reflectors (64), and beyond. */
const shapes = [
  [0, 0],
  [0, 3],
  [3, 0],
  [1, 1],
  [1, 5],
  [5, 1],
  [8, 8],
  [9, 17],
  [33, 32],
  [16, 50],
  [50, 16],
  [65, 65],
  [131, 70],
  [40, 131],
] as const

/** c of ||A - product of its factors|| <= c max(m, n) eps ||A||. */
const backward = 4

/** i32 numbers of a call, read back. */
function integers(place: Place, n: number): { pointer: number; read(): number[] } {
  const pointer = place.vector(2 * n + 2)
  return { pointer, read: () => [...lapack.kernels.i32(pointer, n)] }
}

function factorsLU(a: Matrix): { l: Matrix; u: Matrix } {
  const k = Math.min(a.rows, a.columns)
  const at = (i: number, j: number): number => a.data[i * a.columns + j]!
  return {
    l: matrix(a.rows, k, (i, j) => (i === j ? 1 : i > j ? at(i, j) : 0)),
    u: matrix(k, a.columns, (i, j) => (i <= j ? at(i, j) : 0)),
  }
}

/** Rows exchanged as getrf did. */
function exchanged(a: Matrix, pivots: readonly number[]): Matrix {
  const rows = Array.from({ length: a.rows }, (_, i) => i)
  pivots.forEach((other, i) => {
    ;[rows[i], rows[other]] = [rows[other]!, rows[i]!]
  })
  return matrix(a.rows, a.columns, (i, j) => a.data[rows[i]! * a.columns + j]!)
}

/** Symmetric, eigenvalues well above zero. */
function definite(n: number, random: Random): Matrix {
  const g = matrix(n, n, () => random.normal())
  const square = product(g, transposed(g))
  return matrix(n, n, (i, j) => square.data[i * n + j]! / (n || 1) + (i === j ? 1 : 0))
}

const orders = [0, 1, 2, 7, 8, 16, 31, 32, 33, 64, 65, 97, 150]

describe.each(reals)('getrf of %s', (type) => {
  it.each(matrixClasses)('P A = L U, |L| <= 1: $name', ({ make }) => {
    const random = new Random(61)
    for (const [m, n] of shapes)
      placed(lapack, type, (place) => {
        const a = place.rounded(make(m, n, random, type))
        const A = place.put(a, n % 3)
        const k = Math.min(m, n)
        const pivots = integers(place, k)
        const info = lapack.getrf(type, m, n, A.pointer, A.stride, pivots.pointer)
        const result = place.get(A, m, n)
        const { l, u } = factorsLU(result)
        const zero = Array.from({ length: k }, (_, i) => u.data[i * n + i]!).indexOf(0) + 1
        expect(info, `first zero pivot, ${m} x ${n}`).toBe(zero)
        expect(pivots.read().every((p, i) => p >= i && p < m)).toBe(true)
        expect(Math.max(0, ...l.data.map(Math.abs))).toBeLessThanOrEqual(k > 0 ? 1 : 0)
        const growth = Math.max(frobenius(a), frobenius(u))
        expect(distance(product(l, u), exchanged(a, pivots.read())), `${m} x ${n}`).toBeLessThanOrEqual(
          backward * Math.max(m, n) * epsilon[type] * growth,
        )
      })
  })

  it('chooses the pivots of the plain algorithm', () => {
    const random = new Random(62)
    const n = 70
    placed(lapack, type, (place) => {
      const a = place.rounded(matrix(n, n, () => random.normal()))
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
      const A = place.put(a)
      const pivots = integers(place, n)
      lapack.getrf(type, n, n, A.pointer, A.stride, pivots.pointer)
      expect(pivots.read()).toEqual(expected)
    })
  })

  it('ends on NaN and infinities', () => {
    for (const bad of [Number.NaN, Infinity])
      placed(lapack, type, (place) => {
        const A = place.put(matrix(40, 40, (i, j) => (i === 3 && j === 5 ? bad : i === j ? 2 : 1 / (i + j + 1))))
        const pivots = integers(place, 40)
        lapack.getrf(type, 40, 40, A.pointer, A.stride, pivots.pointer)
        expect(pivots.read().every((p, i) => p >= i && p < 40)).toBe(true)
      })
  })
})

describe.each(reals)('gesv, getrs and getri of %s', (type) => {
  it('solve op(A) X = B of every order, with small residuals', () => {
    const random = new Random(63)
    for (const n of orders)
      for (const count of [0, 1, 3, 20])
        placed(lapack, type, (place) => {
          const a = place.rounded(matrix(n, n, () => random.normal()))
          const b = place.rounded(matrix(n, count, () => random.normal()))
          const check = (x: Matrix, op: Matrix): void =>
            expect(distance(product(op, x), b), `${n} x ${count}`).toBeLessThanOrEqual(
              backward * n * epsilon[type] * (frobenius(op) * frobenius(x) + frobenius(b)),
            )
          const [A, B] = [place.put(a, 1), place.put(b, 2)]
          expect(lapack.gesv(type, n, count, A.pointer, A.stride, B.pointer, B.stride)).toBe(0)
          check(place.get(B, n, count), a)
          for (const trans of flags) {
            const [F, C] = [place.put(a, 2), place.put(b, 1)]
            const pivots = integers(place, n)
            lapack.getrf(type, n, n, F.pointer, F.stride, pivots.pointer)
            lapack.getrs(type, trans, n, count, F.pointer, F.stride, pivots.pointer, C.pointer, C.stride)
            check(place.get(C, n, count), trans ? transposed(a) : a)
          }
        })
  })

  it('invert: A^-1 A = I up to the condition', () => {
    const random = new Random(64)
    for (const n of [...orders, 200])
      placed(lapack, type, (place) => {
        const a = place.rounded(matrix(n, n, (i, j) => random.normal() + (i === j ? 2 * Math.sqrt(n) : 0)))
        const A = place.put(a, 3)
        expect(lapack.getri(type, n, A.pointer, A.stride)).toBe(0)
        const inverse = place.get(A, n, n)
        expect(distance(product(inverse, a), identity(n)), `${n}`).toBeLessThanOrEqual(
          backward * n * epsilon[type] * frobenius(a) * frobenius(inverse),
        )
      })
  })

  it('tell the first zero pivot', () => {
    placed(lapack, type, (place) => {
      const a = matrix(40, 40, (i, j) => (i === j && i !== 20 ? 1 : 0))
      const [A, B, C] = [place.put(a), place.put(identity(40)), place.put(a)]
      expect(lapack.gesv(type, 40, 40, A.pointer, A.stride, B.pointer, B.stride)).toBe(21)
      expect(lapack.getri(type, 40, C.pointer, C.stride)).toBe(21)
    })
  })

  it('solve at the ends of the range', () => {
    const random = new Random(65)
    const power = type === 'f64' ? 150 : 17
    for (const scale of [10 ** power, 10 ** -power])
      placed(lapack, type, (place) => {
        const n = 50
        const a = place.rounded(matrix(n, n, () => scale * random.normal()))
        const x = matrix(n, 2, () => random.normal())
        const [A, B] = [place.put(a), place.put(place.rounded(product(a, x)))]
        expect(lapack.gesv(type, n, 2, A.pointer, A.stride, B.pointer, B.stride)).toBe(0)
        const found = place.get(B, n, 2)
        const back = distance(product(a, found), product(a, x))
        expect(back).toBeLessThanOrEqual(backward * n * epsilon[type] * frobenius(a) * frobenius(found))
      })
  })
})

describe.each(reals)('potrf and potri of %s', (type) => {
  /** The factor as L. */
  const factor = (a: Matrix, triangle: Triangle): Matrix =>
    matrix(a.rows, a.rows, (i, j) => (j > i ? 0 : a.data[triangle === 'lower' ? i * a.rows + j : j * a.rows + i]!))

  it.each(triangles)('A = L Lᵀ and its inverse, %s, leaving the other triangle alone', (triangle) => {
    const random = new Random(66)
    for (const n of orders)
      placed(lapack, type, (place) => {
        const a = place.rounded(definite(n, random))
        const isOther = (i: number, j: number): boolean => (triangle === 'lower' ? j > i : j < i)
        const A = place.put(
          matrix(n, n, (i, j) => (isOther(i, j) ? Number.NaN : a.data[i * n + j]!)),
          n % 3,
        )
        expect(lapack.potrf(type, triangle, n, A.pointer, A.stride)).toBe(0)
        const result = place.get(A, n, n)
        const l = factor(result, triangle)
        expect(distance(product(l, transposed(l)), a), `${n}`).toBeLessThanOrEqual(
          backward * n * epsilon[type] * frobenius(a),
        )
        expect(lapack.potri(type, triangle, n, A.pointer, A.stride)).toBe(0)
        const half = place.get(A, n, n)
        const inverse = matrix(n, n, (i, j) => (isOther(i, j) ? half.data[j * n + i]! : half.data[i * n + j]!))
        expect(distance(product(inverse, a), identity(n)), `inverse, ${n}`).toBeLessThanOrEqual(
          backward * n * epsilon[type] * frobenius(a) * frobenius(inverse),
        )
        for (const m of [result, half])
          expect(m.data.filter(Number.isNaN).length, 'elements of the other triangle').toBe((n * n - n) / 2)
      })
  })

  it.each(triangles)('tell the first minor that is not positive, %s', (triangle) => {
    const random = new Random(67)
    for (const n of [1, 5, 32, 33, 100])
      for (const bad of new Set([0, n >> 1, n - 1]))
        for (const value of [-1, 0, Number.NaN])
          placed(lapack, type, (place) => {
            const a = definite(n, random)
            const diagonal = matrix(n, n, (i, j) => (i !== j ? 0 : i === bad ? value : a.data[i * n + i]!))
            const A = place.put(diagonal)
            expect(lapack.potrf(type, triangle, n, A.pointer, A.stride)).toBe(bad + 1)
          })
  })

  it('factor at the ends of the range', () => {
    const random = new Random(68)
    const power = type === 'f64' ? 150 : 17
    for (const scale of [10 ** power, 10 ** -power])
      placed(lapack, type, (place) => {
        const a = place.rounded(scaled(definite(60, random), scale))
        const A = place.put(a)
        expect(lapack.potrf(type, 'lower', 60, A.pointer, A.stride)).toBe(0)
        const l = factor(place.get(A, 60, 60), 'lower')
        expect(distance(product(l, transposed(l)), a)).toBeLessThanOrEqual(backward * 60 * epsilon[type] * frobenius(a))
      })
  })
})

/** Q [m, columns] by applying `a`'s reflectors to the identity's columns. */
function explicitQ(place: Place, A: Placed, tau: number, m: number, columns: number, k: number): Matrix {
  const C = place.put(
    matrix(m, columns, (i, j) => (i === j ? 1 : 0)),
    1,
  )
  lapack.ormqr(place.type, 'left', false, m, columns, k, A.pointer, A.stride, tau, C.pointer, C.stride)
  return place.get(C, m, columns)
}

const upperPart = (a: Matrix, rows: number): Matrix =>
  matrix(rows, a.columns, (i, j) => (j >= i ? a.data[i * a.columns + j]! : 0))

describe.each(reals)('QR of %s', (type) => {
  it.each(matrixClasses)('A = Q R with orthogonal Q by ormqr and by orgqr: $name', ({ make }) => {
    const random = new Random(71)
    for (const [m, n] of shapes)
      placed(lapack, type, (place) => {
        const a = place.rounded(make(m, n, random, type))
        const k = Math.min(m, n)
        const [A, tau] = [place.put(a, n % 3), place.vector(k)]
        lapack.geqrf(type, m, n, A.pointer, A.stride, tau)
        const r = upperPart(place.get(A, m, n), k)
        const q = explicitQ(place, A, tau, m, k, k)
        const allowed = backward * Math.max(m, n) * epsilon[type]
        expect(lossOfOrthogonality(q), `orthogonality, ${m} x ${n}`).toBeLessThanOrEqual(allowed)
        expect(distance(product(q, r), a), `${m} x ${n}`).toBeLessThanOrEqual(allowed * frobenius(a))
        if (m < n) return
        lapack.orgqr(type, m, n, k, A.pointer, A.stride, tau)
        expect(distance(place.get(A, m, n), q), `orgqr, ${m} x ${n}`).toBeLessThanOrEqual(allowed)
      })
  })

  it('orgqr makes more columns than there are reflectors', () => {
    const random = new Random(72)
    for (const [m, n, k] of [
      [5, 3, 0],
      [9, 9, 4],
      [80, 80, 66],
      [140, 100, 70],
    ] as const)
      placed(lapack, type, (place) => {
        const a = place.rounded(matrix(m, n, (_, j) => (j < k ? random.normal() : Number.NaN)))
        const [A, tau] = [place.put(a, 1), place.vector(k)]
        lapack.geqrf(type, m, k, A.pointer, A.stride, tau)
        const q = explicitQ(place, A, tau, m, n, k)
        lapack.orgqr(type, m, n, k, A.pointer, A.stride, tau)
        const result = place.get(A, m, n)
        expect(distance(result, q)).toBeLessThanOrEqual(backward * m * epsilon[type])
        expect(lossOfOrthogonality(result)).toBeLessThanOrEqual(backward * m * epsilon[type])
      })
  })

  it.each(['left', 'right'] as Side[])('ormqr multiplies by Q and Qᵀ, %s', (side) => {
    const random = new Random(73)
    for (const trans of flags)
      for (const [order, others, k] of [
        [1, 1, 1],
        [10, 4, 7],
        [70, 33, 65],
        [150, 20, 130],
        [6, 0, 3],
      ] as const)
        placed(lapack, type, (place) => {
          const [m, n] = side === 'left' ? [order, others] : [others, order]
          const [A, tau] = [place.put(matrix(order, k, () => random.normal())), place.vector(k)]
          lapack.geqrf(type, order, k, A.pointer, A.stride, tau)
          const q = explicitQ(place, A, tau, order, order, k)
          const op = trans ? transposed(q) : q
          const c = place.rounded(matrix(m, n, () => random.normal()))
          const C = place.put(c, 2)
          lapack.ormqr(type, side, trans, m, n, k, A.pointer, A.stride, tau, C.pointer, C.stride)
          const expected = side === 'left' ? product(op, c) : product(c, op)
          expect(distance(place.get(C, m, n), expected)).toBeLessThanOrEqual(
            backward * order * epsilon[type] * frobenius(c),
          )
        })
  })

  it.each(matrixClasses)('A P = Q R with falling diagonal: $name', ({ make }) => {
    const random = new Random(74)
    for (const [m, n] of shapes)
      placed(lapack, type, (place) => {
        const a = place.rounded(make(m, n, random, type))
        const k = Math.min(m, n)
        const [A, tau, order] = [place.put(a, n % 3), place.vector(k), integers(place, n)]
        lapack.geqp3(type, m, n, A.pointer, A.stride, order.pointer, tau)
        const r = upperPart(place.get(A, m, n), k)
        const p = order.read()
        expect([...p].sort((x, y) => x - y)).toEqual(Array.from({ length: n }, (_, j) => j))
        const q = explicitQ(place, A, tau, m, k, k)
        const allowed = backward * Math.max(m, n) * epsilon[type]
        const permuted = matrix(m, n, (i, j) => a.data[i * n + p[j]!]!)
        expect(distance(product(q, r), permuted), `${m} x ${n}`).toBeLessThanOrEqual(allowed * frobenius(a))
        // |R[i, i]| is the largest norm that was left: what each column behind it has from row i on is not longer.
        const slack = allowed * frobenius(a)
        let longest = 0
        for (let j = 1; j < n; j++) {
          let rest = 0
          for (let i = Math.min(j, k - 1); i >= 0; i--) {
            rest = Math.hypot(rest, r.data[i * n + j]!)
            if (i < j) longest = Math.max(longest, rest / (1.01 * Math.abs(r.data[i * n + i]!) + slack))
          }
        }
        if (frobenius(a) > 0) expect(longest, `${m} x ${n}`).toBeLessThanOrEqual(1)
      })
  })

  it('computes norms afresh where downdating has lost them', () => {
    // Columns 1 and 2 agree with column 0 up to parts of size 1e-9 and 1e-6 (f64): only fresh norms tell which is larger.
    const small = type === 'f64' ? [1e-9, 1e-6] : [1e-4, 1e-3]
    placed(lapack, type, (place) => {
      const a = place.rounded(matrix(4, 3, (i, j) => (i === 0 ? 1 : i === j && j > 0 ? small[j - 1]! : 0)))
      const [A, tau, order] = [place.put(a), place.vector(3), integers(place, 3)]
      lapack.geqp3(type, 4, 3, A.pointer, A.stride, order.pointer, tau)
      const r = place.get(A, 4, 3)
      const expected = type === 'f64' ? [1, 1e-6 * Math.SQRT1_2] : [1, 1e-3]
      expect(Math.abs(r.data[4]!) / expected[1]!).toBeGreaterThan(0.99)
      expect(Math.abs(r.data[4]!)).toBeGreaterThan(Math.abs(r.data[8]!))
    })
  })

  it('ends on NaN and infinities', () => {
    for (const bad of [Number.NaN, Infinity])
      placed(lapack, type, (place) => {
        const a = matrix(70, 50, (i, j) => (i === 40 && j === 35 ? bad : Math.sin(i * 50 + j)))
        const [A, B, tau, order] = [place.put(a), place.put(a), place.vector(50), integers(place, 50)]
        lapack.geqrf(type, 70, 50, A.pointer, A.stride, tau)
        expect(place.get(A, 70, 50).data.some(Number.isNaN)).toBe(true)
        lapack.geqp3(type, 70, 50, B.pointer, B.stride, order.pointer, tau)
        expect(order.read().sort((x, y) => x - y)).toEqual(Array.from({ length: 50 }, (_, j) => j))
      })
  })
})

describe.each(reals)('gbsv of %s', (type) => {
  it('solves band systems of every bandwidth, pivots included', () => {
    const random = new Random(81)
    for (const n of [0, 1, 2, 5, 33, 90])
      for (const [kl, ku] of [
        [0, 0],
        [1, 1],
        [0, 3],
        [2, 0],
        [3, 7],
        [40, 20],
        [n, n],
      ] as const)
        for (const count of [0, 1, 5])
          placed(lapack, type, (place) => {
            const width = kl + ku + 1
            // A small diagonal makes exchanges necessary; nothing outside the matrix may be read.
            const full = place.rounded(
              matrix(n, n, (i, j) => {
                if (j < i - kl || j > i + ku) return 0
                return i === j
                  ? kl === 0 || ku === 0
                    ? 2 + random.uniform()
                    : 0.1 * random.normal()
                  : random.normal() / width
              }),
            )
            const band = matrix(n, width, (i, c) => {
              const j = i - kl + c
              return j < 0 || j >= n ? Number.NaN : full.data[i * n + j]!
            })
            const b = place.rounded(matrix(n, count, () => random.normal()))
            const [AB, B] = [place.put(band), place.put(b, 2)]
            expect(lapack.gbsv(type, n, kl, ku, count, AB.pointer, B.pointer, B.stride)).toBe(0)
            const x = place.get(B, n, count)
            expect(distance(product(full, x), b), `${n}, ${kl}, ${ku}, ${count}`).toBeLessThanOrEqual(
              backward * (kl + ku + 4) * epsilon[type] * (frobenius(full) * frobenius(x) + frobenius(b)),
            )
          })
  })

  it('tells the first zero pivot', () => {
    placed(lapack, type, (place) => {
      const [AB, B] = [place.put(matrix(4, 3, (i, c) => (i === 2 ? 0 : c === 1 ? 1 : 0))), place.put(identity(4))]
      expect(lapack.gbsv(type, 4, 1, 1, 4, AB.pointer, B.pointer, B.stride)).toBe(3)
    })
  })
})
