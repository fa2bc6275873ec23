/**
 * What every implementation of `Lapack` must do. An implementation's test file calls `lapackSuite` and lists its deviations, if it has any.
 * Tolerances are c n eps ||A||, the form of LAPACK's own test programs (LAPACK Working Note 41), whose threshold for c is 30; ours are below.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lapack, Real, Triangle } from '../../src/lapack/index.js'
import {
  distance,
  epsilon,
  frobenius,
  identity,
  largest,
  lossOfOrthogonality,
  type Matrix,
  matrix,
  matrixClasses,
  product,
  scaled,
  symmetric,
  transposed,
} from './matrices.js'
import { type Place, placed } from './place.js'
import { Random } from './random.js'

/** c of ||A - U S V^T|| <= c max(m, n) eps ||A||. */
const backward = 10
/** c of ||Q^T Q - I|| <= c n eps. */
const orthogonal = 10

const reals: readonly Real[] = ['f32', 'f64']
const triangles: readonly Triangle[] = ['upper', 'lower']
const sizes = [0, 1, 7, 16, 33, 128, 257]

export interface SuiteOptions {
  /** The largest order of a decomposition in the laws over all classes. */
  largest?: number
}

export function lapackSuite(name: string, open: () => Promise<Lapack>, options: SuiteOptions = {}): void {
  describe(name, () => {
    let lapack: Lapack
    let before = 0
    beforeAll(async () => {
      lapack = await open()
      before = lapack.kernels.bytesInUse
    })
    afterAll(() => {
      expect(lapack.kernels.bytesInUse, 'workspaces are freed').toBe(before)
    })
    const at = (): Lapack => lapack
    gemmSuite(at)
    syrkSuite(at)
    syevdSuite(at, options.largest ?? 100)
    gesddSuite(at, options.largest ?? 100)
  })
}

// ---- gemm

interface GemmCase {
  type: Real
  transA: boolean
  transB: boolean
  m: number
  n: number
  k: number
  alpha: number
  beta: number
  /** Extra elements at the end of each row. */
  padding: number
}

/** C must be within (k + 4) eps (|alpha| |A| |B| + |beta| |C|), element by element: the bound of any order of summation. */
function checkGemm(lapack: Lapack, one: GemmCase, random: Random): void {
  const { type, transA, transB, m, n, k, alpha, beta, padding } = one
  placed(lapack, type, (place) => {
    const a = place.rounded(matrix(m, k, () => random.normal()))
    const b = place.rounded(matrix(k, n, () => random.normal()))
    const c = place.rounded(matrix(m, n, () => (beta === 0 ? Number.NaN : random.normal())))
    const A = place.put(transA ? transposed(a) : a, padding)
    const B = place.put(transB ? transposed(b) : b, padding)
    const C = place.put(c, padding)
    lapack.gemm(
      type,
      transA,
      transB,
      m,
      n,
      k,
      alpha,
      A.pointer,
      A.stride,
      B.pointer,
      B.stride,
      beta,
      C.pointer,
      C.stride,
    )
    const actual = place.get(C, m, n)
    const absolute = (x: Matrix): Matrix => matrix(x.rows, x.columns, (i, j) => Math.abs(x.data[i * x.columns + j]!))
    const sum = product(a, b)
    const bound = product(absolute(a), absolute(b))
    let worst = 0
    for (let i = 0; i < m * n; i++) {
      const old = beta === 0 ? 0 : beta * c.data[i]!
      const error = Math.abs(actual.data[i]! - (alpha * sum.data[i]! + old))
      const allowed = (k + 4) * epsilon[type] * (Math.abs(alpha) * bound.data[i]! + Math.abs(old))
      // Written so that NaN fails.
      if (!(error <= allowed)) worst = Math.max(worst, Number.isNaN(error) ? Infinity : error / allowed)
    }
    expect(worst, `times the bound, of ${JSON.stringify(one)}`).toBe(0)
  })
}

function gemmSuite(lapack: () => Lapack): void {
  describe('gemm', () => {
    it('multiplies [[1, 2, 3], [4, 5, 6]] by its transpose', () => {
      placed(lapack(), 'f64', (place) => {
        const A = place.put({ rows: 2, columns: 3, data: Float64Array.of(1, 2, 3, 4, 5, 6) })
        const C = place.put(matrix(2, 2, () => Number.NaN))
        lapack().gemm('f64', false, true, 2, 2, 3, 1, A.pointer, 3, A.pointer, 3, 0, C.pointer, 2)
        expect([...place.get(C, 2, 2).data]).toEqual([14, 32, 32, 77])
      })
    })

    for (const type of reals)
      for (const transA of [false, true])
        for (const transB of [false, true])
          it(`${type}: ${transA ? 'Aᵀ' : 'A'} ${transB ? 'Bᵀ' : 'B'} of every size, padded, with alpha and beta`, () => {
            const random = new Random(11)
            for (const size of sizes)
              checkGemm(
                lapack(),
                { type, transA, transB, m: size, n: size, k: size, alpha: 1, beta: 0, padding: 0 },
                random,
              )
            for (let draw = 0; draw < 24; draw++)
              checkGemm(
                lapack(),
                {
                  type,
                  transA,
                  transB,
                  m: random.pick(sizes.slice(0, 6)),
                  n: random.pick(sizes.slice(0, 6)),
                  k: random.pick(sizes),
                  alpha: random.pick([0, 1, -1, 0.5]),
                  beta: random.pick([0, 1, -0.75]),
                  padding: random.pick([0, 1, 5]),
                },
                random,
              )
          })

    it('takes one row, one column, and long inner dimensions', () => {
      const random = new Random(12)
      for (const type of reals)
        for (const [m, n, k] of [
          [1, 1, 5000],
          [1, 300, 65],
          [300, 1, 65],
          [2, 3, 1000],
          [500, 500, 1],
        ] as const)
          for (const trans of [false, true])
            checkGemm(lapack(), { type, transA: trans, transB: !trans, m, n, k, alpha: 1, beta: 0, padding: 3 }, random)
    })

    it('scales C by beta when k is 0, and clears it when beta is 0', () => {
      for (const type of reals)
        placed(lapack(), type, (place) => {
          const nothing = place.put(matrix(0, 0, () => 0))
          const C = place.put(matrix(2, 2, (i, j) => 2 * i + j))
          lapack().gemm(type, false, false, 2, 2, 0, 1, nothing.pointer, 1, nothing.pointer, 2, 3, C.pointer, C.stride)
          expect([...place.get(C, 2, 2).data]).toEqual([0, 3, 6, 9])
          const N = place.put(matrix(2, 2, () => Number.NaN))
          lapack().gemm(type, false, false, 2, 2, 0, 1, nothing.pointer, 1, nothing.pointer, 2, 0, N.pointer, N.stride)
          expect([...place.get(N, 2, 2).data]).toEqual([0, 0, 0, 0])
        })
    })

    it('lets NaN and infinity through', () => {
      placed(lapack(), 'f64', (place) => {
        const A = place.put({ rows: 2, columns: 2, data: Float64Array.of(Number.NaN, 1, Infinity, 1) })
        const B = place.put({ rows: 2, columns: 1, data: Float64Array.of(1, 1) })
        const C = place.put(matrix(2, 1, () => 0))
        lapack().gemm('f64', false, false, 2, 1, 2, 1, A.pointer, 2, B.pointer, 1, 0, C.pointer, 1)
        expect([...place.get(C, 2, 1).data]).toEqual([Number.NaN, Infinity])
      })
    })
  })
}

// ---- syrk

function syrkSuite(lapack: () => Lapack): void {
  describe('syrk', () => {
    for (const type of reals)
      for (const trans of [false, true])
        for (const triangle of triangles)
          it(`${type}: the ${triangle} triangle of ${trans ? 'Aᵀ A' : 'A Aᵀ'}, leaving the other alone`, () => {
            const random = new Random(21)
            for (const n of sizes)
              for (const k of [0, 1, 16, 129]) {
                const padding = random.pick([0, 3])
                const alpha = random.pick([1, -0.5])
                const beta = random.pick([0, 0.25])
                placed(lapack(), type, (place) => {
                  const a = place.rounded(matrix(n, k, () => random.normal()))
                  const c = matrix(n, n, (i, j) => {
                    const mine = triangle === 'upper' ? j >= i : j <= i
                    return mine && beta === 0 ? Number.NaN : (i * 7 + j * 3) % 11
                  })
                  const A = place.put(trans ? transposed(a) : a, padding)
                  const C = place.put(c, padding)
                  lapack().syrk(type, triangle, trans, n, k, alpha, A.pointer, A.stride, beta, C.pointer, C.stride)
                  const actual = place.get(C, n, n)
                  const gram = product(a, transposed(a))
                  const bad: string[] = []
                  for (let i = 0; i < n; i++)
                    for (let j = 0; j < n; j++) {
                      const mine = triangle === 'upper' ? j >= i : j <= i
                      const old = beta === 0 ? 0 : beta * c.data[i * n + j]!
                      const expected = mine ? alpha * gram.data[i * n + j]! + old : c.data[i * n + j]!
                      // Cauchy-Schwarz: the sum of |a_ip a_jp| is at most the product of the two norms.
                      const size = Math.sqrt(gram.data[i * n + i]! * gram.data[j * n + j]!) + Math.abs(old)
                      const allowed = mine ? (k + 4) * epsilon[type] * size : 0
                      if (!(Math.abs(actual.data[i * n + j]! - expected) <= allowed)) bad.push(`${i},${j}`)
                    }
                  expect(bad, `n ${n}, k ${k}, padding ${padding}, alpha ${alpha}, beta ${beta}`).toEqual([])
                })
              }
          })
  })
}

// ---- syevd

interface Eigen {
  values: Float64Array
  vectors: Matrix | null
  info: number
}

/** Decomposes from one triangle, with rubbish in the other. */
function eigen(place: Place, a: Matrix, vectors: boolean, triangle: Triangle, padding = 0): Eigen {
  const n = a.rows
  const half = matrix(n, n, (i, j) => ((triangle === 'upper' ? j >= i : j <= i) ? a.data[i * n + j]! : Number.NaN))
  const A = place.put(half, padding)
  const w = place.vector(n)
  const info = place.lapack.syevd(place.type, vectors, triangle, n, A.pointer, A.stride, w)
  const after = place.get(A, n, n)
  return { values: place.read(w, n), vectors: vectors ? after : null, info }
}

const ascending = (values: Float64Array): boolean => values.every((x, i) => i === 0 || values[i - 1]! <= x)

/** A matrix brought near 1 by a power of two, so that the judging arithmetic neither overflows nor underflows. */
function toUnit(a: Matrix): { unit: Matrix; factor: number } {
  const most = largest(a)
  const factor = most === 0 ? 1 : 2 ** -Math.floor(Math.log2(most))
  return { unit: scaled(a, factor), factor }
}

function syevdSuite(lapack: () => Lapack, most: number): void {
  describe('syevd', () => {
    it('[[2, 1], [1, 2]] has eigenvalues 1 and 3, eigenvectors (1, -1) and (1, 1)', () => {
      for (const type of reals)
        for (const triangle of triangles)
          placed(lapack(), type, (place) => {
            const a = { rows: 2, columns: 2, data: Float64Array.of(2, 1, 1, 2) }
            const { values, vectors, info } = eigen(place, a, true, triangle)
            expect(info).toBe(0)
            expect(values[0]).toBeCloseTo(1, 6)
            expect(values[1]).toBeCloseTo(3, 6)
            const [v00, v01, v10, v11] = vectors!.data
            expect(v00! * v10!).toBeCloseTo(-0.5, 6)
            expect(v01! * v11!).toBeCloseTo(0.5, 6)
          })
    })

    it('agrees with the closed form of the second difference: 2 - 2 cos(k pi / (n + 1))', () => {
      for (const type of reals)
        for (const n of [1, 2, 3, 31, 32, 33, 64, 150, 257])
          for (const vectors of [false, true])
            placed(lapack(), type, (place) => {
              const a = matrix(n, n, (i, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0))
              const { values, info } = eigen(place, a, vectors, 'lower')
              expect(info).toBe(0)
              const error = values.reduce(
                (worst, x, i) => Math.max(worst, Math.abs(x - (2 - 2 * Math.cos(((i + 1) * Math.PI) / (n + 1))))),
                0,
              )
              expect(error, `${type}, n ${n}`).toBeLessThanOrEqual(backward * Math.max(8, n) * epsilon[type] * 4)
            })
    })

    for (const type of reals)
      for (const cls of matrixClasses)
        it(`${type}: A V = V W, Vᵀ V = I, W ascends, for a matrix ${cls.name}`, () => {
          for (const n of [0, 1, 2, 3, 5, 17, 32, 33, 64, 65, most].filter((size) => size <= most))
            for (const triangle of triangles)
              placed(lapack(), type, (place) => {
                const seed = 100 + n
                const a = place.rounded(symmetric(cls, n, new Random(seed), type))
                const where = `seed ${seed}, n ${n}, ${triangle}`
                const { unit, factor } = toUnit(a)
                const allowed = backward * Math.max(4, n) * epsilon[type]
                const { values, vectors, info } = eigen(place, a, true, triangle, n % 3)
                expect(info, where).toBe(0)
                expect(ascending(values), where).toBe(true)
                const W = matrix(n, n, (i, j) => (i === j ? values[i]! * factor : 0))
                const again = product(product(vectors!, W), transposed(vectors!))
                expect(distance(again, unit), where).toBeLessThanOrEqual(allowed * frobenius(unit))
                expect(lossOfOrthogonality(vectors!), where).toBeLessThanOrEqual(
                  orthogonal * Math.max(4, n) * epsilon[type],
                )
                const only = eigen(place, a, false, triangle, (n + 1) % 3)
                expect(only.info, where).toBe(0)
                expect(ascending(only.values), where).toBe(true)
                const apart = only.values.reduce((x, y, i) => Math.max(x, Math.abs(y - values[i]!) * factor), 0)
                expect(apart, `${where}: without vectors`).toBeLessThanOrEqual(allowed * frobenius(unit))
              })
        })

    it('NaN ends: in values, in info or in an error', () => {
      for (const type of reals)
        for (const n of [1, 2, 40, 130])
          for (const vectors of [false, true])
            placed(lapack(), type, (place) => {
              const random = new Random(9)
              const a = matrix(n, n, (i, j) => (i === j && i === n >> 1 ? Number.NaN : random.normal()))
              const outcome = ending(() => eigen(place, a, vectors, 'upper'))
              expect(outcome, `${type}, n ${n}`).toBe('refused')
            })
    })
  })
}

/** `refused` when a decomposition of NaN threw, returned a positive info or only NaN values; anything else would be a false result. */
function ending(run: () => { info: number; values: Float64Array }): string {
  let result: { info: number; values: Float64Array }
  try {
    result = run()
  } catch {
    return 'refused'
  }
  return result.info > 0 || result.values.some((x) => Number.isNaN(x)) ? 'refused' : `values ${result.values.join(' ')}`
}

// ---- gesdd

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

function gesddSuite(lapack: () => Lapack, most: number): void {
  const shapes: readonly (readonly [number, number])[] = [
    [0, 0],
    [0, 5],
    [5, 0],
    [1, 1],
    [1, 9],
    [9, 1],
    [2, 2],
    [5, 5],
    [17, 40],
    [40, 17],
    [33, 33],
    [64, 64],
    [most, most],
    [most, 1 + (most >> 3)],
    [1 + (most >> 3), most],
  ].filter(([m, n]) => Math.max(m!, n!) <= most) as [number, number][]

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
