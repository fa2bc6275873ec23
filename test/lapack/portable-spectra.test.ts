/** What the shared suite cannot ask of every library: hard cases of divide and conquer, relative accuracy, the meaning of `info`, long sweeps. */
import { beforeAll, describe, expect, it } from 'vitest'
import { createKernels } from '../../src/kernels/index.js'
import type { Lapack, Real } from '../../src/lapack/index.js'
import { createPortable } from '../../src/lapack/portable/index.js'
import { isLong } from '../shared.js'
import {
  distance,
  epsilon,
  frobenius,
  lossOfOrthogonality,
  type Matrix,
  matrix,
  product,
  transposed,
} from './matrices.js'
import { placed } from './place.js'
import { Random } from './random.js'

let lapack: Lapack
beforeAll(async () => {
  lapack = createPortable(createKernels())
})

const tridiagonal = (n: number, d: (i: number) => number, e: (i: number) => number): Matrix =>
  matrix(n, n, (i, j) => (i === j ? d(i) : Math.abs(i - j) === 1 ? e(Math.min(i, j)) : 0))

const bidiagonal = (n: number, d: (i: number) => number, e: (i: number) => number): Matrix =>
  matrix(n, n, (i, j) => (i === j ? d(i) : j === i + 1 ? e(i) : 0))

const diagonal = (values: Float64Array): Matrix =>
  matrix(values.length, values.length, (i, j) => (i === j ? values[i]! : 0))

function eigen(type: Real, a: Matrix, vectors = true): { values: Float64Array; V: Matrix; info: number } {
  return placed(lapack, type, (place) => {
    const A = place.put(a)
    const w = place.vector(a.rows)
    const info = lapack.syevd(type, vectors, 'lower', a.rows, A.pointer, A.stride, w)
    return { values: place.read(w, a.rows), V: place.get(A, a.rows, a.rows), info }
  })
}

function singular(
  type: Real,
  a: Matrix,
  vectors: 'none' | 'thin',
): { values: Float64Array; U: Matrix; Vh: Matrix; info: number } {
  return placed(lapack, type, (place) => {
    const { rows: m, columns: n } = a
    const k = Math.min(m, n)
    const [A, U, Vh] = [place.put(a), place.put(matrix(m, k, () => 0)), place.put(matrix(k, n, () => 0))]
    const s = place.vector(k)
    const info = lapack.gesdd(type, vectors, m, n, A.pointer, A.stride, s, U.pointer, U.stride, Vh.pointer, Vh.stride)
    return { values: place.read(s, k), U: place.get(U, m, k), Vh: place.get(Vh, k, n), info }
  })
}

function checkEigen(type: Real, a: Matrix, where = ''): void {
  const { values, V, info } = eigen(type, a)
  const allowed = 10 * Math.max(4, a.rows) * epsilon[type]
  expect(info, where).toBe(0)
  expect(distance(product(a, V), product(V, diagonal(values))), where).toBeLessThanOrEqual(allowed * frobenius(a))
  expect(lossOfOrthogonality(V), where).toBeLessThanOrEqual(allowed)
}

function checkSingular(type: Real, a: Matrix, where = ''): void {
  const { values, U, Vh, info } = singular(type, a, 'thin')
  const allowed = 10 * Math.max(4, a.rows, a.columns) * epsilon[type]
  expect(info, where).toBe(0)
  const again = product(product(U, diagonal(values)), Vh)
  expect(distance(again, a), where).toBeLessThanOrEqual(allowed * frobenius(a))
  expect(lossOfOrthogonality(U), where).toBeLessThanOrEqual(allowed)
  expect(lossOfOrthogonality(transposed(Vh)), where).toBeLessThanOrEqual(allowed)
  const only = singular(type, a, 'none').values
  const apart = only.reduce((most, x, i) => Math.max(most, Math.abs(x - values[i]!)), 0)
  expect(apart, where).toBeLessThanOrEqual(allowed * frobenius(a))
}

/** Tridiagonal matrices that deflate almost everywhere, nowhere, or into clusters of equal values. */
const hard: readonly (readonly [string, (i: number, n: number) => number, (i: number, n: number) => number])[] = [
  ['the second difference: no deflation', () => 2, () => -1],
  ['a zero diagonal: pairs of opposite values', () => 0, () => 1],
  ["Wilkinson's: pairs equal to the last digits", (i, n) => Math.abs(i - (n - 1) / 2), () => 1],
  ["Wilkinson's of order 21, glued", (i) => Math.abs((i % 21) - 10), (i) => (i % 21 === 20 ? 1e-8 : 1)],
  ["Wilkinson's of order 21, hardly glued", (i) => Math.abs((i % 21) - 10), (i) => (i % 21 === 20 ? 1e-14 : 1)],
  ['five values, many times', (i) => i % 5, () => 0],
  ['nearly a multiple of the identity', () => 1, (i) => 1e-9 * Math.sin(i)],
  ['graded down', (i) => 10 ** (-i / 8), (i) => 10 ** (-i / 8 - 0.2)],
  ['graded up', (i) => 10 ** (i / 8 - 16), (i) => 10 ** (i / 8 - 16)],
  ['negative couplings', (i) => Math.cos(i), (i) => -Math.abs(Math.sin(i * i))],
  ['a zero coupling at the cut', (i) => Math.sin(i), (i, n) => (i === (n >> 1) - 1 ? 0 : 1)],
  ['couplings that vanish beside the rest', (i) => i + 1, (i) => (i % 3 === 0 ? 1e-200 : 1)],
]

describe('divide and conquer', () => {
  it("Wilkinson's matrix of order 21 has its published pair at the top: 10.746194182903...", () => {
    const { values } = eigen(
      'f64',
      tridiagonal(
        21,
        (i) => Math.abs(i - 10),
        () => 1,
      ),
    )
    expect(Math.abs(values[20]! - 10.746194182903393)).toBeLessThan(1e-13)
    expect(Math.abs(values[19]! - 10.746194182903322)).toBeLessThan(1e-13)
    expect(Math.abs(values[0]! + 1.1254415221199847)).toBeLessThan(1e-13)
  })

  for (const [name, d, e] of hard) {
    it(`eigenvectors of a tridiagonal matrix: ${name}`, () => {
      // One leaf, one merge, uneven merges.
      for (const n of [32, 33, 66, 131, 210])
        checkEigen(
          'f64',
          tridiagonal(
            n,
            (i) => d(i, n),
            (i) => e(i, n),
          ),
          `n ${n}`,
        )
    })
    it(`singular vectors of a bidiagonal matrix: ${name}`, () => {
      for (const n of [32, 33, 66, 131, 210])
        checkSingular(
          'f64',
          bidiagonal(
            n,
            (i) => d(i, n),
            (i) => e(i, n),
          ),
          `n ${n}`,
        )
    })
  }

  it('vectors of one block next to zeros', () => {
    const random = new Random(41)
    const a = matrix(150, 150, (i, j) => (i >= 40 && i < 90 && j >= 60 && j < 110 ? random.normal() : 0))
    checkSingular('f64', a)
    checkEigen(
      'f64',
      matrix(150, 150, (i, j) => a.data[i * 150 + j]! + a.data[j * 150 + i]!),
    )
  })
})

describe('singular values without vectors', () => {
  // Demmel & Kahan: each is determined, and found, to relative accuracy, however small beside the largest.
  const graded: readonly (readonly [string, (i: number) => number, (i: number) => number])[] = [
    ['down', (i) => 10 ** (-2 * i), (i) => 10 ** (-2 * i)],
    ['up', (i) => 10 ** (2 * i - 60), (i) => 10 ** (2 * i - 60)],
    ['both ways', (i) => 10 ** (-5 * Math.abs(15 - i)), (i) => 10 ** (-5 * Math.abs(15 - i))],
  ]
  it.each(graded)('of a bidiagonal matrix graded %s: their product is the determinant, in every digit', (_, d, e) => {
    const n = 31
    const { values, info } = singular('f64', bidiagonal(n, d, e), 'none')
    expect(info).toBe(0)
    let logarithm = 0
    for (let i = 0; i < n; i++) logarithm += Math.log(values[i]! / d(i))
    // Order does not matter to the product, though it does to each ratio.
    expect(Math.abs(logarithm)).toBeLessThan(1e-12)
  })

  it.each(graded)('of a bidiagonal matrix graded %s: flipping it changes none by more than rounding', (_, d, e) => {
    const n = 31
    const plain = singular('f64', bidiagonal(n, d, e), 'none').values
    const flipped = singular(
      'f64',
      bidiagonal(
        n,
        (i) => d(n - 1 - i),
        (i) => e(n - 2 - i),
      ),
      'none',
    ).values
    for (let i = 0; i < n; i++) expect(Math.abs(plain[i]! / flipped[i]! - 1), `value ${i}`).toBeLessThan(1e-13)
  })

  it('are exactly zero for a zero row, and for a zero matrix', () => {
    expect(
      [
        ...singular(
          'f64',
          bidiagonal(
            3,
            (i) => i,
            (i) => i,
          ),
          'none',
        ).values,
      ][2],
    ).toBe(0)
    expect(
      [
        ...singular(
          'f64',
          matrix(40, 50, () => 0),
          'thin',
        ).values,
      ].every((x) => x === 0),
    ).toBe(true)
  })
})

describe('what is not a number', () => {
  it.each(['f32', 'f64'] as const)('%s: NaN and infinities give info n and NaN for every value, at once', (type) => {
    for (const bad of [Number.NaN, Infinity, -Infinity])
      for (const n of [1, 3, 100]) {
        const a = matrix(n, n, (i, j) => (i === n - 1 && j === 0 ? bad : 1))
        for (const vectors of [false, true]) {
          const { values, info } = eigen(type, a, vectors)
          expect(info).toBe(n)
          expect(values.every(Number.isNaN)).toBe(true)
        }
        const { values, info } = singular(type, a, 'thin')
        expect(info).toBe(n)
        expect(values.every(Number.isNaN)).toBe(true)
      }
  })
})

describe('scaling by powers of two', () => {
  it.each([-1000, -500, -30, 30, 500, 900])(
    'multiplies the values by 2^%i and leaves vectors and digits alone',
    (exponent) => {
      const random = new Random(42)
      const n = 40
      const a = matrix(n, n, () => random.normal())
      const factor = 2 ** exponent
      const times = matrix(n, n, (i, j) => a.data[i * n + j]! * factor)
      const [plain, scaledValues] = [singular('f64', a, 'none').values, singular('f64', times, 'none').values]
      for (let i = 0; i < n; i++) expect(Math.abs(scaledValues[i]! / factor / plain[i]! - 1)).toBeLessThan(1e-12)
      const vectors = singular('f64', times, 'thin')
      expect(lossOfOrthogonality(vectors.U)).toBeLessThan(1e-12)
    },
  )
})

// A sample of each sweep; `npm run test:long` runs them whole.
describe('sweeps', () => {
  it.each(['f32', 'f64'] as const)('%s: eigenvectors at every order to 140', (type) => {
    for (let n = 1; n <= 140; n += isLong ? 1 : 23) {
      const random = new Random(n)
      const g = matrix(n, n, () => Math.fround(random.normal()))
      checkEigen(
        type,
        matrix(n, n, (i, j) => Math.fround(g.data[i * n + j]! + g.data[j * n + i]!)),
        `seed ${n}`,
      )
    }
  })
  it.each(['f32', 'f64'] as const)('%s: singular vectors of every shape near 70', (type) => {
    for (let m = 60; m <= 75; m += isLong ? 1 : 5)
      for (let n = 60; n <= 75; n += isLong ? 1 : 7) {
        const random = new Random(100 * m + n)
        checkSingular(
          type,
          matrix(m, n, () => Math.fround(random.normal())),
          `seed ${100 * m + n}`,
        )
      }
  })
  it('random tridiagonal and bidiagonal matrices with elements of every size', () => {
    for (let seed = 0; seed < (isLong ? 300 : 12); seed++) {
      const random = new Random(seed)
      const n = random.integer(33, 120)
      const spread = random.pick([0, 2, 20, 150])
      const numbers = Array.from({ length: 2 * n }, () => random.normal() * 10 ** (-spread * random.uniform()))
      const e = (i: number): number => numbers[n + i]!
      checkEigen(
        'f64',
        tridiagonal(n, (i) => numbers[i]!, e),
        `seed ${seed}`,
      )
      checkSingular(
        'f64',
        bidiagonal(n, (i) => numbers[i]!, e),
        `seed ${seed}`,
      )
    }
  })
})
