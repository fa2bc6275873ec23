/** Least squares. */
import { add, matmul, mul, neg, sub, sum, to, transpose } from '../tensor/index.js'
import { checkRight } from './apply.js'
import { checkFinite, demand, notConverged } from './outcome.js'
import { pinv } from './pinv.js'
import {
  asReal,
  commonReal,
  copyOf,
  elementBytes,
  empty,
  epsilon,
  isTracked,
  kernels,
  lapack,
  oneMatrix,
  record,
  type Tensor,
  tidy,
  together,
  view,
} from './support.js'

export interface LstsqOptions {
  /** Singular values up to `rtol` times the largest count as zero. Default: max(m, n) eps. */
  rtol?: number
}

export interface LeastSquares {
  /** X [n] or [n, k] with the least ||A X - B||, and of those the one with the least ||X||. */
  readonly solution: Tensor
  /** Sums of squares of A X - B, for each right-hand side (NumPy leaves them out where A has less than full rank, or not more rows than columns). */
  readonly residuals: Tensor
  /** Numerical rank of A. */
  readonly rank: number
  /** Of A, descending. */
  readonly singularValues: Tensor
}

/**
 * The least-squares solution of minimum norm, for any A.
 *
 * Shapes: A [m, n], B [m] or [m, k]. Dtypes: f32, f64 (mixed and others: f64). Gradient: of the solution and residuals, within matrices of the
 * same rank. Throws NumericalError when A or B is not finite, or LAPACK's iteration did not converge. Source: LAPACK's gelsd.
 *
 * @example
 * lstsq(tensor([[1, 0], [1, 1], [1, 2]]), tensor([1, 3, 5])).solution // [1, 2]
 */
export function lstsq(A: Tensor, B: Tensor, options: LstsqOptions = {}): LeastSquares {
  return tidy(() => {
    const [a, b] = [asReal('lstsq', A), asReal('lstsq', B)]
    const type = commonReal(a, b)
    const [X, Y] = [to(a, type), to(b, type)]
    const { m, n } = oneMatrix('lstsq', X)
    checkRight('lstsq', X, Y, m)
    const isVector = Y.rank === 1
    const rtol = options.rtol ?? Math.max(m, n) * epsilon[type]
    const { solution: x, rank, singularValues } = minimumNorm(X, Y, rtol)
    record(x, 'lstsq', [X, Y], [X, Y, x], (g, [p, q, z], needs) => lstsqGradient(g, p!, q!, z!, rtol, needs))
    // The tape wants operations; a single right-hand side without it is one product.
    if (isVector && !isTracked(X, Y)) return { solution: x, residuals: squaredRest(X, x, Y), rank, singularValues }
    const rest = sub(matmul(X, x), Y)
    return { solution: x, residuals: sum(mul(rest, rest), { axis: 0 }), rank, singularValues }
  })
}

/** ||A x - b||^2 of vectors, as a tensor without axes. */
function squaredRest(A: Tensor, x: Tensor, b: Tensor): Tensor {
  const { m, n, type } = oneMatrix('lstsq', A)
  const own = together(A)
  const rest = copyOf(b)
  const total = empty(type, [])
  if (n > 0) lapack().gemv(type, false, m, n, 1, own.pointer, n, x.pointer, -1, rest.pointer)
  let sum = 0
  for (const value of view(rest)) sum += value * value
  view(total)[0] = sum
  return total
}

/** B is a vector or a matrix. */
function minimumNorm(A: Tensor, B: Tensor, rtol: number): { solution: Tensor; rank: number; singularValues: Tensor } {
  const { m, n, type } = oneMatrix('lstsq', A)
  const nrhs = B.shape[1] ?? 1
  const work = copyOf(A)
  checkFinite('lstsq', work)
  const rows = Math.max(m, n)
  const right = empty(type, [rows, nrhs])
  const from = together(B)
  checkFinite('lstsq', from)
  view(right).set(view(from))
  if (rows > m) view(right).fill(0, m * nrhs)
  const S = empty(type, [Math.min(m, n)])
  const { info, rank } = lapack().gelsd(
    type,
    m,
    n,
    nrhs,
    work.pointer,
    Math.max(1, n),
    right.pointer,
    Math.max(1, nrhs),
    S.pointer,
    rtol,
  )
  if (info > 0) demand(notConverged('lstsq', A, info, 0, 1))
  const solution = empty(type, B.rank === 1 ? [n] : [n, nrhs])
  const bytes = n * nrhs * elementBytes[type]
  kernels().u8(solution.pointer, bytes).set(kernels().u8(right.pointer, bytes))
  return { solution, rank, singularValues: S }
}

/** With P = A^+ and R = B - A X: gB = P^T g, gA = -gB X^T + R (P P^T g)^T + P^T X ((I - P A) g)^T. */
function lstsqGradient(
  g: Tensor,
  A: Tensor,
  B: Tensor,
  X: Tensor,
  rtol: number,
  needs: readonly boolean[],
): (Tensor | null)[] {
  const P = pinv(A, { rtol })
  const Pt = transpose(P)
  const matrix = (x: Tensor): Tensor => (x.rank === 1 ? x.unsqueeze(1) : x)
  const gB = matmul(Pt, g)
  if (!needs[0]) return [null, gB]
  const [gM, xM] = [matrix(g), matrix(X)]
  const R = sub(matrix(B), matmul(A, xM))
  const free = sub(gM, matmul(P, matmul(A, gM)))
  const first = neg(matmul(matrix(gB), transpose(xM)))
  const second = matmul(R, transpose(matmul(P, matmul(Pt, gM))))
  const third = matmul(matmul(Pt, xM), transpose(free))
  return [add(add(first, second), third), needs[1] ? gB : null]
}
