/** Portable least squares of minimum norm: hard matrices, both types, extreme scales, and figures of SciPy. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { createKernels } from '../../src/kernels/index.js'
import type { Info, Lapack, Real } from '../../src/lapack/index.js'
import { createPortable } from '../../src/lapack/portable/index.js'
import { column, epsilon, frobenius, identity, type Matrix, matrix, product, scaled, transposed } from './matrices.js'
import { placed } from './place.js'
import { Random } from './random.js'

const reals: readonly Real[] = ['f32', 'f64']

let lapack: Lapack
beforeAll(() => {
  lapack = createPortable(createKernels())
})

interface Solution {
  readonly X: Matrix
  /** Rows n and following of B. */
  readonly rest: Matrix
  readonly s: Float64Array
  readonly rank: number
  readonly info: Info
}

function leastSquares(type: Real, a: Matrix, b: Matrix, rcond = -1, padding = 0): Solution {
  return placed(lapack, type, (place) => {
    const { rows: m, columns: n } = a
    const nrhs = b.columns
    const tall = matrix(Math.max(m, n), nrhs, (i, j) => (i < m ? b.data[i * nrhs + j]! : Number.NaN))
    const [A, B] = [place.put(a, padding), place.put(tall, padding)]
    const s = place.vector(Math.min(m, n))
    const { info, rank } = lapack.gelsd(type, m, n, nrhs, A.pointer, A.stride, B.pointer, B.stride, s, rcond)
    place.get(A, m, n)
    const out = place.get(B, tall.rows, nrhs)
    const part = (first: number, count: number): Matrix =>
      matrix(count, nrhs, (i, j) => out.data[(first + i) * nrhs + j]!)
    return { X: part(0, n), rest: part(n, Math.max(0, m - n)), s: place.read(s, Math.min(m, n)), rank, info }
  })
}

const minus = (a: Matrix, b: Matrix): Matrix =>
  matrix(a.rows, a.columns, (i, j) => a.data[i * a.columns + j]! - b.data[i * b.columns + j]!)

/** Normal equations, minimum norm, and the residual in B's last rows, of a matrix with a known gap in its singular values. */
function checkLeastSquares(type: Real, given: Matrix, right: Matrix, rank: number, where: string, padding = 0): void {
  const round = (x: Matrix): Matrix =>
    type === 'f64' ? x : matrix(x.rows, x.columns, (i, j) => Math.fround(x.data[i * x.columns + j]!))
  const [a, b] = [round(given), round(right)]
  const { rows: m, columns: n } = a
  const found = leastSquares(type, a, b, type === 'f64' ? 1e-12 : 1e-5, padding)
  expect([found.info, found.rank], where).toEqual([0, rank])
  const size = Math.max(4, m, n) * epsilon[type]
  const r = minus(b, product(a, found.X))
  const reach = frobenius(a) * frobenius(found.X) + frobenius(b)
  expect(frobenius(product(transposed(a), r)), `${where}: Aᵀ r`).toBeLessThanOrEqual(20 * size * frobenius(a) * reach)
  // Of minimum norm: in the span of A's rows, so that solving Aᵀ z = x leaves nothing.
  const z = leastSquares('f64', transposed(a), found.X, type === 'f64' ? 1e-12 : 1e-5).X
  const outside = minus(found.X, product(transposed(a), z))
  const condition = rank === 0 ? 1 : found.s[0]! / found.s[rank - 1]!
  expect(frobenius(outside), `${where}: minimum norm`).toBeLessThanOrEqual(
    20 * size * condition * (frobenius(found.X) + Number.MIN_VALUE),
  )
  for (let j = 0; m > n && j < b.columns; j++) {
    const error = Math.abs(frobenius(column(found.rest, j)) - frobenius(column(r, j)))
    expect(error, `${where}: residual`).toBeLessThanOrEqual(20 * size * reach)
  }
}

describe('gelsd', () => {
  it('fits 1, 2, 2 at 0, 1, 2 by 7/6 + x/2, with residual 1/6', () => {
    for (const type of reals) {
      const a = matrix(3, 2, (i, j) => i ** j)
      const { X, rest, rank } = leastSquares(type, a, { rows: 3, columns: 1, data: Float64Array.of(1, 2, 2) })
      expect(rank).toBe(2)
      expect(X.data[0]).toBeCloseTo(7 / 6, 5)
      expect(X.data[1]).toBeCloseTo(0.5, 5)
      expect(frobenius(rest) ** 2).toBeCloseTo(1 / 6, 5)
    }
  })

  it('x + y = 2 has the shortest solution (1, 1)', () => {
    const { X, rank } = leastSquares(
      'f64',
      matrix(1, 2, () => 1),
      matrix(1, 1, () => 2),
    )
    expect(rank).toBe(1)
    expect(X.data[0]).toBeCloseTo(1, 15)
    expect(X.data[1]).toBeCloseTo(1, 15)
  })

  for (const type of reals)
    it(`${type}: Aᵀ (B - A X) = 0 and X of minimum norm, tall, square and wide, of full rank and less`, () => {
      for (const [m, n] of [
        [1, 1],
        [1, 5],
        [5, 1],
        [2, 3],
        [8, 8],
        [20, 7],
        [7, 20],
        [33, 32],
        [70, 90],
        [130, 40],
      ] as const)
        for (const short of [0, 1, 3])
          for (const nrhs of [1, 3]) {
            const rank = Math.max(1, Math.min(m, n) - short)
            const random = new Random(1000 * m + 10 * n + short)
            const a = product(
              matrix(m, rank, () => random.normal()),
              matrix(rank, n, () => random.normal()),
            )
            const b = matrix(m, nrhs, () => random.normal())
            checkLeastSquares(type, a, b, rank, `${m} by ${n}, rank ${rank}, nrhs ${nrhs}`, (m + n) % 3)
          }
    })

  it('a zero matrix has X = 0, rank 0 and the right sides for residual', () => {
    const b = matrix(4, 2, (i, j) => i + j + 1)
    const { X, rest, rank, s } = leastSquares(
      'f64',
      matrix(4, 2, () => 0),
      b,
    )
    expect(rank).toBe(0)
    expect([...X.data, ...s].every((x) => x === 0)).toBe(true)
    for (const j of [0, 1]) expect(frobenius(column(rest, j))).toBeCloseTo(frobenius(column(b, j)), 14)
  })

  it('sizes of zero: no rows give X = 0, no columns leave B for residual, no right sides give the values alone', () => {
    const none = leastSquares(
      'f64',
      matrix(0, 3, () => 0),
      matrix(0, 2, () => 0),
    )
    expect([none.rank, ...none.X.data]).toEqual([0, 0, 0, 0, 0, 0, 0])
    const b = matrix(3, 1, (i) => i + 1)
    expect(
      frobenius(
        leastSquares(
          'f64',
          matrix(3, 0, () => 0),
          b,
        ).rest,
      ),
    ).toBeCloseTo(Math.sqrt(14), 14)
    const alone = leastSquares(
      'f64',
      identity(3),
      matrix(3, 0, () => 0),
    )
    expect([alone.rank, ...alone.s]).toEqual([3, 1, 1, 1])
  })

  it('rcond decides the rank: below it singular values count as zero, -1 stands for eps', () => {
    const a = matrix(4, 4, (i, j) => (i === j ? 10 ** (-4 * i) : 0))
    const b = matrix(4, 1, () => 1)
    for (const [rcond, rank] of [
      [1e-3, 1],
      [1e-5, 2],
      [1e-10, 3],
      [-1, 4],
      [0, 4],
    ] as const) {
      const { X, rank: found } = leastSquares('f64', a, b, rcond)
      expect(found, `${rcond}`).toBe(rank)
      for (let i = 0; i < 4; i++) expect(X.data[i]! * 10 ** (-4 * i), `${rcond}`).toBeCloseTo(i < rank ? 1 : 0, 10)
    }
  })

  it("Hilbert's matrix of order 12: a tiny residual, and no larger X than needed", () => {
    const h = matrix(12, 12, (i, j) => 1 / (i + j + 1))
    const b = product(
      h,
      matrix(12, 1, () => 1),
    )
    const { X, rank } = leastSquares('f64', h, b)
    expect(rank).toBeLessThanOrEqual(12)
    expect(frobenius(minus(b, product(h, X)))).toBeLessThan(1e-14)
    expect(frobenius(X)).toBeLessThan(frobenius(matrix(12, 1, () => 1)) * 1.001)
  })

  it('scales of 1e+-150 on either side come back in X', () => {
    const random = new Random(12)
    const [a, b] = [matrix(9, 5, () => random.normal()), matrix(9, 2, () => random.normal())]
    const plain = leastSquares('f64', a, b)
    for (const [p, q] of [
      [1e150, 1],
      [1e-150, 1],
      [1, 1e150],
      [1, 1e-150],
      [1e150, 1e150],
      [1e-150, 1e-150],
      [1e-150, 1e150],
      [1, 1e305],
    ] as const) {
      const found = leastSquares('f64', scaled(a, p), scaled(b, q))
      expect(found.rank, `${p} ${q}`).toBe(5)
      for (let i = 0; i < 10; i++)
        expect(((found.X.data[i]! / q) * p) / plain.X.data[i]!, `${p} ${q}`).toBeCloseTo(1, 11)
      for (const j of [0, 1])
        expect(frobenius(column(found.rest, j)) / q / frobenius(column(plain.rest, j)), `${p} ${q}`).toBeCloseTo(1, 11)
    }
  })

  it.each(reals)('%s: NaN in A gives info and NaN, NaN in a right side spoils that side', (type) => {
    const bad = leastSquares(
      type,
      matrix(4, 3, (i, j) => (i === 2 && j === 1 ? Number.NaN : i + j)),
      matrix(4, 1, () => 1),
    )
    expect([bad.info, bad.rank]).toEqual([3, 0])
    expect([...bad.X.data, ...bad.s].every(Number.isNaN)).toBe(true)
    const b = matrix(4, 2, (i, j) => (i === 1 && j === 0 ? Number.NaN : 1))
    const { X } = leastSquares(
      type,
      matrix(4, 3, (i, j) => i ** j),
      b,
    )
    for (let i = 0; i < 3; i++)
      expect([Number.isNaN(X.data[2 * i]!), Number.isFinite(X.data[2 * i + 1]!)]).toEqual([true, true])
  })
})

// ---- SciPy

interface Oracle {
  readonly leastSquares: readonly {
    m: number
    n: number
    rank: number
    a: number[]
    b: number[]
    x: number[]
    s: number[]
  }[]
}

describe('figures of SciPy', () => {
  const oracle = JSON.parse(readFileSync(new URL('../oracle/eigen.json', import.meta.url), 'utf8')) as Oracle

  it.each(reals)("%s: SciPy's least squares", (type) => {
    for (const { m, n, rank, a, b, x, s } of oracle.leastSquares) {
      const A = { rows: m, columns: n, data: Float64Array.from(a) }
      const found = leastSquares(type, A, { rows: m, columns: 2, data: Float64Array.from(b) }, 1e-5)
      expect(found.rank, `${m} by ${n}`).toBe(rank)
      for (let i = 0; i < x.length; i++)
        expect(Math.abs(found.X.data[i]! - x[i]!), `${m} by ${n}`).toBeLessThan(500 * epsilon[type])
      for (let i = 0; i < s.length; i++)
        expect(Math.abs(found.s[i]! - s[i]!), `${m} by ${n}`).toBeLessThan(20 * s[0]! * epsilon[type])
    }
  })
})
