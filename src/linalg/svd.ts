/** Singular value decomposition, A = U diag(S) Vh. */
import { add, div, eye, matmul, mul, slice, squeeze, sub, transpose, unsqueeze } from '../tensor/index.js'
import { checkRight } from './apply.js'
import { apart, NotDifferentiable, usedColumns } from './degenerate.js'
import type { Factorization } from './factorization.js'
import { type CheckOptions, checkFinite, demand, notConverged, type Outcome, ok, type Status } from './outcome.js'
import { ofTriangle, products } from './pivots.js'
import {
  asReal,
  copyOf,
  diagonal,
  elementBytes,
  empty,
  epsilon,
  isTracked,
  isZero,
  joint,
  lapack,
  type Real,
  type Stack,
  squareOf,
  stackOf,
  type Tensor,
  tidy,
  together,
  view,
} from './support.js'

export interface SVDOptions extends CheckOptions {
  /** Square U [m, m] and Vh [n, n] in place of the thin [m, k] and [k, n]. */
  fullMatrices?: boolean
}

/** A = U diag(S) Vh of a matrix, or of each of a batch. */
export class SVD implements Factorization {
  constructor(
    /** Left singular vectors as columns. */
    readonly U: Tensor,
    /** Singular values, descending. */
    readonly S: Tensor,
    /** Right singular vectors as rows. */
    readonly Vh: Tensor,
    readonly outcome: Outcome = 'ok',
  ) {}

  /** The least-squares solution of minimum norm; singular values up to `rtol` (max(m, n) eps) of the largest count as zero. */
  solve(b: Tensor, options: { rtol?: number } = {}): Tensor {
    return tidy(() => {
      const right = asReal('svd.solve', b)
      checkRight('svd.solve', this.U, right, this.U.shape.at(-2)!)
      if (right.rank === 1) return squeeze(this.solve(unsqueeze(right, 1), options), -1)
      const { U, S, Vh } = thin(this)
      const inverse = reciprocals(
        S,
        options.rtol ?? Math.max(U.shape.at(-2)!, Vh.shape.at(-1)!) * epsilon[S.dtype as Real],
      )
      return matmul(transpose(Vh), mul(unsqueeze(inverse, -1), matmul(transpose(U), right)))
    })
  }

  det(): Tensor {
    return tidy(() => {
      const { U, S, Vh } = this
      const shape = [...U.shape.slice(0, -1), Vh.shape.at(-1)!]
      const stack = squareOf('svd.det', { dtype: S.dtype, rank: U.rank, shape })
      const signs = products(matmul(U.detach(), Vh.detach()), stack).map((one) => Math.sign(one.mantissa))
      return ofTriangle('det', diagonal(S), signs)
    })
  }

  logdet(): Tensor {
    return tidy(() => ofTriangle('logdet', diagonal(this.S)))
  }

  /** The pseudo-inverse, which is the inverse of a matrix that has one. */
  inverse(): Tensor {
    const { U, S } = this
    return tidy(() => this.solve(eye(U.shape.at(-2)!, { dtype: S.dtype })))
  }
}

/** The first min(m, n) columns of U and rows of Vh. */
function thin({ U, S, Vh }: { U: Tensor; S: Tensor; Vh: Tensor }): { U: Tensor; S: Tensor; Vh: Tensor } {
  const k = S.shape.at(-1)!
  const lead = new Array<null>(U.rank - 2).fill(null)
  return {
    U: U.shape.at(-1) === k ? U : slice(U, ...lead, null, { stop: k }),
    S,
    Vh: Vh.shape.at(-2) === k ? Vh : slice(Vh, ...lead, { stop: k }),
  }
}

/** 1 / S where S > rtol S[0], else 0. Differentiable. */
export function reciprocals(S: Tensor, rtol: number): Tensor {
  const k = S.shape.at(-1)!
  const from = view(together(S.detach()))
  const mask = empty(S.dtype, S.shape)
  const flags = view(mask)
  for (let i = 0; i < from.length; i++) flags[i] = from[i]! > rtol * from[i - (i % k)]! ? 1 : 0
  return div(mask, add(S, sub(1, mask)))
}

/**
 * Singular value decomposition A = U diag(S) Vh, S descending, U and Vh^T with orthonormal columns.
 *
 * Shapes: A [.., m, n] -> U [.., m, k], S [.., k], Vh [.., k, n] with k = min(m, n); square U and Vh with `fullMatrices`. Dtypes: f32, f64; others
 * in f64. The signs of pairs of vectors are arbitrary. Gradient: of S always; of vectors where their values are not repeated, else NumericalError
 * (`not-differentiable`). Throws NumericalError when A is not finite, or LAPACK's iteration did not converge. Source: LAPACK's gesdd; for the
 * gradient Townsend 2016.
 *
 * @example
 * const { U, S, Vh } = svd(A) // A = (U * S) @ Vh
 */
export function svd(A: Tensor, options: SVDOptions = {}): SVD {
  const { fullMatrices = false } = options
  return tidy(() => {
    const X = asReal('svd', A)
    const stack = stackOf('svd', X)
    const { m, n, batch, type } = stack
    const k = Math.min(m, n)
    const shapes = [
      [...batch, m, fullMatrices ? m : k],
      [...batch, k],
      [...batch, fullMatrices ? n : k, n],
    ]
    let status = ok
    const [U, S, Vh] = joint(
      'svd',
      type,
      shapes,
      [X],
      [],
      (results) => {
        status = decompose(X, stack, results)
      },
      (gradients, results) => [svdGradient(gradients, results)],
    )
    if (options.check !== false) demand(status)
    return new SVD(U!, S!, Vh!, status.outcome)
  })
}

function decompose(A: Tensor, stack: Stack, [U, S, Vh]: readonly Tensor[]): Status {
  const { type, m, n, count, step } = stack
  const work = copyOf(A)
  checkFinite('svd', work)
  const [columns, rows, k] = [U!.shape.at(-1)!, Vh!.shape.at(-2)!, Math.min(m, n)]
  const bytes = elementBytes[type]
  const vectors = columns > k || rows > k ? 'full' : 'thin'
  let status = ok
  for (let i = 0; i < count; i++) {
    const [u, s, vh] = [
      U!.pointer + i * m * columns * bytes,
      S!.pointer + i * k * bytes,
      Vh!.pointer + i * rows * n * bytes,
    ]
    const info = lapack().gesdd(type, vectors, m, n, work.pointer + i * step, n, s, u, columns, vh, n)
    if (info > 0) status = notConverged('svd', A, info, i, count)
  }
  work.dispose()
  return status
}

/**
 * Singular values, descending, in much less time than `svd`.
 *
 * Shapes: [.., m, n] -> [.., min(m, n)]. Dtypes, errors: as `svd`. Gradient: U diag(g) Vh, for repeated values that of one choice of vectors.
 */
export function svdvals(A: Tensor): Tensor {
  return tidy(() => {
    const X = asReal('svdvals', A)
    if (isTracked(X)) return svd(X).S
    const { type, m, n, count, batch, step } = stackOf('svdvals', X)
    const work = copyOf(X)
    checkFinite('svdvals', work)
    const k = Math.min(m, n)
    const S = empty(type, [...batch, k])
    for (let i = 0; i < count; i++) {
      const info = lapack().gesdd(
        type,
        'none',
        m,
        n,
        work.pointer + i * step,
        n,
        S.pointer + i * k * elementBytes[type],
        0,
        1,
        0,
        1,
      )
      if (info > 0) demand(notConverged('svdvals', X, info, i, count))
    }
    return S
  })
}

/**
 * U [diag(gS) + (F * skew(U^T gU)) S + S (F * skew(V^T gV))] V^T, and what leaves the spaces of U and V, with F[i, j] = 1 / (s_j^2 - s_i^2)
 * and skew(X) = X - X^T.
 */
function svdGradient(gradients: readonly Tensor[], results: readonly Tensor[]): Tensor {
  const { U, S, Vh } = thin({ U: results[0]!, S: results[1]!, Vh: results[2]! })
  const { U: gU, S: gS, Vh: gVh } = thinGradients(gradients, U.shape.at(-1)!)
  let inner = diagonal(gS)
  if (isZero(gU) && isZero(gVh)) return matmul(matmul(U, inner), Vh)
  const [m, n, k] = [U.shape.at(-2)!, Vh.shape.at(-1)!, S.shape.at(-1)!]
  const [V, gV] = [transpose(Vh), transpose(gVh)]
  const [usedU, usedV] = [usedColumns(gU), usedColumns(gV)]
  const used = usedU.map((flags, b) => flags.map((flag, j) => flag || usedV[b]![j]!))
  const mask = apart('svd', S.detach(), used, Math.max(m, n))
  const [column, row] = [unsqueeze(S, -1), unsqueeze(S, -2)]
  const F = div(mask, add(mul(sub(row, column), add(row, column)), sub(1, mask)))
  const skew = (x: Tensor): Tensor => sub(x, transpose(x))
  inner = add(inner, mul(mul(F, skew(matmul(transpose(U), gU))), row))
  inner = add(inner, mul(mul(F, skew(matmul(Vh, gV))), column))
  let gA = matmul(matmul(U, inner), Vh)
  if (m === k && n === k) return gA
  if (m > k) checkNonzero(S, usedU, m, n)
  if (n > k) checkNonzero(S, usedV, m, n)
  const inverse = unsqueeze(reciprocals(S, Math.max(m, n) * epsilon[S.dtype as Real]), -2)
  if (m > k) gA = add(gA, matmul(mul(outside(U, gU), inverse), Vh))
  if (n > k) gA = add(gA, matmul(U, transpose(mul(outside(V, gV), inverse))))
  return gA
}

/** (I - Q Q^T) g. */
export const outside = (Q: Tensor, g: Tensor): Tensor => sub(g, matmul(Q, matmul(transpose(Q), g)))

/** Vectors of a zero singular value of a matrix that is not square have no derivative. */
function checkNonzero(S: Tensor, used: readonly boolean[][], m: number, n: number): void {
  const [values, k] = [view(together(S.detach())), S.shape.at(-1)!]
  for (const [b, flags] of used.entries())
    for (const [j, flag] of flags.entries())
      if (flag && !(values[b * k + j]! > Math.max(m, n) * epsilon[S.dtype as Real] * values[b * k]!))
        throw new NotDifferentiable(
          `svd: singular value ${j} is zero, so its vectors have no derivative. Try a loss of the values alone, or of the vectors of others.`,
        )
}

/** Gradients of the thin factors; those of the rest must be zero. */
function thinGradients([gU, gS, gVh]: readonly Tensor[], k: number): { U: Tensor; S: Tensor; Vh: Tensor } {
  const lead = new Array<null>(gU!.rank - 2).fill(null)
  const rest = [slice(gU!, ...lead, null, { start: k }), slice(gVh!, ...lead, { start: k })]
  if (rest.some((one) => !isZero(one)))
    throw new NotDifferentiable('svd: the vectors that fullMatrices adds have no derivative. Try the thin form.')
  return thin({ U: gU!, S: gS!, Vh: gVh! })
}
