/** The one table of matrix classes that feeds every law, and the dense arithmetic in float64 that judges the results. */
import type { Real } from '../../src/lapack/index.js'
import type { Random } from './random.js'

/** Row-major, without padding. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly data: Float64Array
}

export const epsilon: Record<Real, number> = { f32: 2 ** -23, f64: 2 ** -52 }

export function matrix(rows: number, columns: number, at: (i: number, j: number) => number): Matrix {
  const data = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[i * columns + j] = at(i, j)
  return { rows, columns, data }
}

export const identity = (n: number): Matrix => matrix(n, n, (i, j) => (i === j ? 1 : 0))

export function transposed(a: Matrix): Matrix {
  return matrix(a.columns, a.rows, (i, j) => a.data[j * a.columns + i]!)
}

/** A B, plainly. */
export function product(a: Matrix, b: Matrix): Matrix {
  const out = new Float64Array(a.rows * b.columns)
  for (let i = 0; i < a.rows; i++)
    for (let p = 0; p < a.columns; p++) {
      const factor = a.data[i * a.columns + p]!
      if (factor === 0) continue
      for (let j = 0; j < b.columns; j++) out[i * b.columns + j]! += factor * b.data[p * b.columns + j]!
    }
  return { rows: a.rows, columns: b.columns, data: out }
}

export function largest(a: Matrix): number {
  return a.data.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
}

/** Frobenius norm, safe at both ends of the range. */
export function frobenius(a: Matrix): number {
  const scale = largest(a)
  if (scale === 0 || !Number.isFinite(scale)) return scale
  return scale * Math.sqrt(a.data.reduce((sum, x) => sum + (x / scale) ** 2, 0))
}

/** ||A - B||_F. */
export function distance(a: Matrix, b: Matrix): number {
  return frobenius(matrix(a.rows, a.columns, (i, j) => a.data[i * a.columns + j]! - b.data[i * b.columns + j]!))
}

/** |A|, element by element. */
export const absolute = (a: Matrix): Matrix => matrix(a.rows, a.columns, (i, j) => Math.abs(a.data[i * a.columns + j]!))

/** A triangle of A with zeros elsewhere, with ones on the diagonal when `unit`. */
export function triangleOf(a: Matrix, triangle: 'upper' | 'lower', unit = false): Matrix {
  return matrix(a.rows, a.columns, (i, j) => {
    if (i === j) return unit ? 1 : a.data[i * a.columns + j]!
    return j > i === (triangle === 'upper') ? a.data[i * a.columns + j]! : 0
  })
}

/** Rows and columns [0, rows) x [0, columns). */
export const corner = (a: Matrix, rows: number, columns: number): Matrix =>
  matrix(rows, columns, (i, j) => a.data[i * a.columns + j]!)

/** ||Q^T Q - I||_F. */
export function lossOfOrthogonality(q: Matrix): number {
  return distance(product(transposed(q), q), identity(q.columns))
}

/** A times `factor`, rounded in each element. */
export const scaled = (a: Matrix, factor: number): Matrix =>
  matrix(a.rows, a.columns, (i, j) => a.data[i * a.columns + j]! * factor)

/** Columns of a product of random Householder reflections: exactly orthonormal up to rounding. */
function orthonormal(rows: number, columns: number, random: Random): Matrix {
  const q = matrix(rows, columns, (i, j) => (i === j ? 1 : 0))
  for (let step = 0; step < 3; step++) {
    const v = Float64Array.from({ length: rows }, () => random.normal())
    const norm2 = v.reduce((sum, x) => sum + x * x, 0)
    for (let j = 0; j < columns; j++) {
      let dot = 0
      for (let i = 0; i < rows; i++) dot += v[i]! * q.data[i * columns + j]!
      for (let i = 0; i < rows; i++) q.data[i * columns + j]! -= (2 * dot * v[i]!) / norm2
    }
  }
  return q
}

/** U diag(sigma) V^T with random orthonormal U and V. */
function withSpectrum(rows: number, columns: number, random: Random, sigma: (i: number, k: number) => number): Matrix {
  const k = Math.min(rows, columns)
  const u = orthonormal(rows, k, random)
  const v = orthonormal(columns, k, random)
  for (let i = 0; i < rows; i++) for (let j = 0; j < k; j++) u.data[i * k + j]! *= sigma(j, k)
  return product(u, transposed(v))
}

/** Powers of ten that the graded and scaled classes reach, squared, without leaving the type. */
const reach: Record<Real, number> = { f32: 17, f64: 150 }

export interface MatrixClass {
  readonly name: string
  make(rows: number, columns: number, random: Random, type: Real): Matrix
}

/** What is thrown at every decomposition. */
export const matrixClasses: readonly MatrixClass[] = [
  { name: 'random', make: (m, n, random) => matrix(m, n, () => random.normal()) },
  {
    name: 'singular (a zero row and two equal columns)',
    make: (m, n, random) => {
      const a = matrix(m, n, (i) => (i === m >> 1 ? 0 : random.normal()))
      return matrix(m, n, (i, j) => a.data[i * n + (j === n - 1 ? 0 : j)]!)
    },
  },
  {
    name: 'of low rank',
    make: (m, n, random) => {
      const rank = Math.max(1, Math.min(m, n) >> 2)
      return product(
        matrix(m, rank, () => random.normal()),
        matrix(rank, n, () => random.normal()),
      )
    },
  },
  {
    name: 'graded steeply',
    make: (m, n, random, type) => {
      const grade = (i: number, size: number): number => 10 ** (reach[type] * (size > 1 ? 1 - (2 * i) / (size - 1) : 0))
      return matrix(m, n, (i, j) => random.normal() * grade(i, m) * grade(j, n))
    },
  },
  {
    name: 'graded the other way',
    make: (m, n, random, type) => {
      const grade = (i: number, size: number): number => 10 ** (reach[type] * (size > 1 ? (2 * i) / (size - 1) - 1 : 0))
      return matrix(m, n, (i, j) => random.normal() * grade(i, m) * grade(j, n))
    },
  },
  { name: 'Hilbert', make: (m, n) => matrix(m, n, (i, j) => 1 / (i + j + 1)) },
  {
    name: 'clustered',
    make: (m, n, random) => withSpectrum(m, n, random, (i, k) => (i < k - 2 ? 1 + i * 1e-15 : 1e-3)),
  },
  {
    name: 'with geometric spectrum',
    make: (m, n, random) => withSpectrum(m, n, random, (i, k) => 1e-12 ** (i / Math.max(1, k - 1))),
  },
  { name: 'zero', make: (m, n) => matrix(m, n, () => 0) },
  { name: 'identity', make: (m, n) => matrix(m, n, (i, j) => (i === j ? 1 : 0)) },
  { name: 'diagonal, unsorted', make: (m, n, random) => matrix(m, n, (i, j) => (i === j ? random.normal() : 0)) },
  { name: 'of ones', make: (m, n) => matrix(m, n, () => 1) },
  { name: 'bidiagonal', make: (m, n) => matrix(m, n, (i, j) => (i === j ? 1 : j === i + 1 ? -1 : 0)) },
  {
    // W. Kahan, Numerical linear algebra (1966): its smallest singular value is far below the smallest diagonal element of R.
    name: 'Kahan',
    make: (m, n) => matrix(m, n, (i, j) => (j < i ? 0 : Math.sin(1.2) ** i * (i === j ? 1 : -Math.cos(1.2)))),
  },
  {
    // Upper Hessenberg, determinant 1; the small eigenvalues are very sensitive.
    name: 'Frank',
    make: (m, n) => matrix(m, n, (i, j) => (j >= i - 1 ? Math.max(m, n) - Math.max(i, j) : 0)),
  },
  {
    // Wilkinson's W+: pairs of eigenvalues that agree to many digits.
    name: 'Wilkinson',
    make: (m, n) => matrix(m, n, (i, j) => (i === j ? Math.abs(i - (n - 1) / 2) : Math.abs(i - j) === 1 ? 1 : 0)),
  },
  { name: 'defective (Jordan)', make: (m, n) => matrix(m, n, (i, j) => (i === j || j === i + 1 ? 1 : 0)) },
  {
    name: 'companion',
    make: (m, n, random) => matrix(m, n, (i, j) => (i === 0 ? random.normal() : i === j + 1 ? 1 : 0)),
  },
  { name: 'rotation', make: (m, n, random) => withSpectrum(m, n, random, () => 1) },
  { name: 'huge', make: (m, n, random, type) => matrix(m, n, () => random.normal() * 10 ** (2 * reach[type] - 1)) },
  { name: 'tiny', make: (m, n, random, type) => matrix(m, n, () => random.normal() * 10 ** -(2 * reach[type])) },
]

/** Classes that are far enough from singular at every order for a solution to be required. */
export const invertibleClasses: readonly MatrixClass[] = matrixClasses.filter(({ name }) =>
  [
    'random',
    'clustered',
    'identity',
    'bidiagonal',
    'defective (Jordan)',
    'companion',
    'rotation',
    'huge',
    'tiny',
  ].includes(name),
)

/** After J. H. Wilkinson's example, in which elimination with row exchanges lets elements grow by 2^(n - 1); here by 1.5^(n - 1), for f32. */
export const growing: MatrixClass = {
  name: 'that grows under elimination',
  make: (m, n) => matrix(m, n, (i, j) => (i === j || j === n - 1 ? 1 : j < i ? -0.5 : 0)),
}

/** The symmetric companion of a class: (A + A^T) / 2 of a square A, which is A itself where A is symmetric. */
export function symmetric(cls: MatrixClass, n: number, random: Random, type: Real): Matrix {
  const a = cls.make(n, n, random, type)
  return matrix(n, n, (i, j) => a.data[i * n + j]! / 2 + a.data[j * n + i]! / 2)
}

/** Column j as a matrix. */
export const column = (a: Matrix, j: number): Matrix => matrix(a.rows, 1, (i) => a.data[i * a.columns + j]!)
