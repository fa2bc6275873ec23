/** LDL^T of symmetric matrices that need not be definite, with the exchanges of Bunch and Kaufman. */
import { matmul, transpose } from '../tensor/index.js'
import { checkFinite } from './outcome.js'
import { solve } from './solve.js'
import { asReal, copyOf, empty, matrixAt, oneMatrix, squareOf, type Tensor, tidy, view } from './support.js'
import { solveTriangular } from './triangular.js'

/** A = P L D L^T P^T, D with blocks of one and two on the diagonal. */
export class LDLT {
  constructor(
    readonly P: Tensor,
    /** Unit lower triangular. */
    readonly L: Tensor,
    readonly D: Tensor,
    /** Numbers of positive, negative and zero eigenvalues of A (Sylvester's law of inertia). */
    readonly inertia: readonly [positive: number, negative: number, zero: number],
  ) {}

  /** X with A X = b. Throws NumericalError where D is singular. */
  solve(b: Tensor): Tensor {
    const { P, L, D } = this
    return tidy(() => {
      const y = solveTriangular(L, matmul(transpose(P), b), { lower: true, unit: true })
      return matmul(P, solveTriangular(L, solve(D, y), { lower: true, unit: true, trans: true }))
    })
  }
}

const alpha = (1 + Math.sqrt(17)) / 8

/**
 * LDL^T factorization of one symmetric matrix [n, n]; the lower triangle is read. No gradient; for positive definite matrices `cholesky` is faster.
 *
 * Dtypes: f32, f64; others in f64. Throws NumericalError when A is not finite. Source: Bunch & Kaufman 1977 (LAPACK's sytf2).
 */
export function ldlt(A: Tensor): LDLT {
  return tidy(() => {
    const X = asReal('ldlt', A).detach()
    const stack = squareOf('ldlt', X)
    oneMatrix('ldlt', X)
    const { n, type } = stack
    const work = copyOf(X.tril())
    checkFinite('ldlt', work)
    const a = matrixAt(work, stack, 0)
    const order = Array.from({ length: n }, (_, i) => i)
    const sizes = factor(a, n, order)
    const [P, L, D] = [empty(type, [n, n]), empty(type, [n, n]), empty(type, [n, n])]
    const [p, l, d, source] = [view(P).fill(0), view(L).fill(0), view(D).fill(0), matrixAt(work, stack, 0)]
    for (const [i, from] of order.entries()) p[from * n + i] = 1
    const inertia: [number, number, number] = [0, 0, 0]
    for (let k = 0; k < n; k += sizes[k]!) {
      const s = sizes[k]!
      for (let j = k; j < k + s; j++) {
        l[j * n + j] = 1
        for (let i = k + s; i < n; i++) l[i * n + j] = source[i * n + j]!
        d[j * n + j] = source[j * n + j]!
      }
      if (s === 2) {
        d[(k + 1) * n + k] = source[(k + 1) * n + k]!
        d[k * n + k + 1] = source[(k + 1) * n + k]!
        // A block of two is there because it is indefinite.
        inertia[0]++
        inertia[1]++
      } else inertia[d[k * n + k]! > 0 ? 0 : d[k * n + k]! < 0 ? 1 : 2]++
    }
    return new LDLT(P, L, D, inertia)
  })
}

/** Factors the lower triangle in place; `order` is permuted with the rows. Gives the size of the block that begins at each row. */
function factor(a: Float32Array | Float64Array, n: number, order: number[]): number[] {
  const sizes = new Array<number>(n).fill(1)
  const at = (i: number, j: number): number => a[i * n + j]!
  /** Element of the symmetric rest. */
  const sym = (i: number, j: number): number => (i >= j ? at(i, j) : at(j, i))
  const largestIn = (column: number, first: number, skip: number): { size: number; row: number } => {
    let [size, row] = [0, -1]
    for (let i = first; i < n; i++) {
      const value = Math.abs(sym(i, column))
      if (i !== skip && value > size) [size, row] = [value, i]
    }
    return { size, row }
  }
  for (let k = 0; k < n; ) {
    const own = Math.abs(at(k, k))
    const { size: lambda, row: r } = largestIn(k, k + 1, -1)
    let step = 1
    let pivot = k
    if (lambda > 0 && own < alpha * lambda) {
      const { size: sigma } = largestIn(r, k, r)
      if (own < alpha * lambda * (lambda / sigma)) {
        pivot = r
        if (Math.abs(at(r, r)) < alpha * sigma) step = 2
      }
    }
    const place = k + step - 1
    if (pivot !== place) exchange(a, n, order, place, pivot)
    if (step === 1) eliminateOne(a, n, k)
    else eliminateTwo(a, n, k)
    sizes[k] = step
    if (step === 2) sizes[k + 1] = 2
    k += step
  }
  return sizes
}

/** Exchanges rows and columns p < q of the symmetric matrix, and rows of what is factored already. */
function exchange(a: Float32Array | Float64Array, n: number, order: number[], p: number, q: number): void {
  const [first, second] = p < q ? [p, q] : [q, p]
  const swap = (x: number, y: number): void => {
    const value = a[x]!
    a[x] = a[y]!
    a[y] = value
  }
  for (let j = 0; j < first; j++) swap(first * n + j, second * n + j)
  for (let i = first + 1; i < second; i++) swap(i * n + first, second * n + i)
  for (let i = second + 1; i < n; i++) swap(i * n + first, i * n + second)
  swap(first * n + first, second * n + second)
  const row = order[first]!
  order[first] = order[second]!
  order[second] = row
}

function eliminateOne(a: Float32Array | Float64Array, n: number, k: number): void {
  const d = a[k * n + k]!
  if (d === 0) return
  for (let i = k + 1; i < n; i++) {
    const multiplier = a[i * n + k]! / d
    if (multiplier !== 0) for (let j = k + 1; j <= i; j++) a[i * n + j] = a[i * n + j]! - multiplier * a[j * n + k]!
  }
  for (let i = k + 1; i < n; i++) a[i * n + k] = a[i * n + k]! / d
}

/** As LAPACK's: the block's inverse by its off-diagonal element, which is the largest, so that nothing overflows. */
function eliminateTwo(a: Float32Array | Float64Array, n: number, k: number): void {
  const off = a[(k + 1) * n + k]!
  const [d11, d22] = [a[(k + 1) * n + k + 1]! / off, a[k * n + k]! / off]
  const t = 1 / (d11 * d22 - 1) / off
  const multipliers: [number, number][] = []
  for (let i = k + 2; i < n; i++) {
    const [x, y] = [a[i * n + k]!, a[i * n + k + 1]!]
    multipliers.push([t * (d11 * x - y), t * (d22 * y - x)])
  }
  for (let i = k + 2; i < n; i++) {
    const [p, q] = multipliers[i - k - 2]!
    for (let j = k + 2; j <= i; j++) a[i * n + j] = a[i * n + j]! - p * a[j * n + k]! - q * a[j * n + k + 1]!
  }
  for (let i = k + 2; i < n; i++) {
    a[i * n + k] = multipliers[i - k - 2]![0]
    a[i * n + k + 1] = multipliers[i - k - 2]![1]
  }
}
