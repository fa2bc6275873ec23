/**
 * The lift of a norm of vectors to a norm of matrices: the norm of the singular values. One construction gives nuclear (of l1), spectral (of
 * linf), Schatten (of lp), Ky Fan (of the sum of the k largest) and, of l0, the rank.
 *
 * A projection or proximal step changes singular values and keeps singular vectors, since by von Neumann's trace inequality no other choice of
 * vectors comes closer. Sources: Lewis 1995, "The convex analysis of unitarily invariant matrix functions"; Parikh & Boyd 2014, section 6.7.2.
 */
import { svd, svdvals } from '../linalg/index.js'
import { add, isfinite, matmul, mul, slice, sub, sum, type Tensor, to, unsqueeze, where } from '../tensor/index.js'
import { copyOf, empty, kernels, tidy, together, typeCode, view } from '../tensor/internal.js'
import { complete } from './complete.js'
import type { MatrixRule, VectorRule } from './rule.js'

export interface LiftOptions {
  readonly name: string
  /** Of norms. */
  readonly dual?: () => VectorRule
  /** The value of singular values [count, k], where it is not the rule's own. */
  readonly value?: (S: Tensor) => Tensor
}

/**
 * A norm (or regularizer) of vectors applied to singular values. X is [count, m, n].
 *
 * Dtypes: `value` runs in X's own; projections, proximal steps and steepest directions in f64, so that those of f32 are right to its rounding.
 * Gradient of `value`: U diag(g) V^T with g the gradient of the rule's value at the singular values, also where those are repeated. Singular
 * values up to max(m, n) eps of the largest cannot be told from zero: they get no gradient, count as zero in `steepest` and in what is not
 * convex, and stay as they are in projections.
 */
export function lift(rule: VectorRule, { name, dual, value }: LiftOptions): MatrixRule {
  const whole = complete(rule)
  const { isConvex, isNorm } = rule
  const steepest = 'steepest' in whole ? (whole.steepest as (S: Tensor) => Tensor) : undefined
  return {
    name,
    matrix: true,
    isConvex,
    isNorm,
    value: (X) => tidy(() => finitely(X, (Y) => (value ?? whole.value)(singularValues(Y, isConvex)))),
    project: (X, radius) => tidy(() => moved(X, isConvex, (S) => whole.project(S, radius))),
    prox: (X, t) => tidy(() => moved(X, isConvex, (S) => whole.prox(S, t))),
    ...(steepest && { steepest: (X: Tensor) => tidy(() => directed(X, steepest)) }),
    ...(dual && { dual }),
  }
}

/** Distance from 1 to the next number. */
const epsilon = { f32: 2 ** -23, f64: 2 ** -52 } as const

/** Singular values [count, k] that give a gradient; what counts as zero becomes 0, or, with `exact`, only gives none. */
function singularValues(X: Tensor, exact: boolean): Tensor {
  const S = svdvals(X)
  const mask = isNonzero(S, X)
  return where(mask, S, exact ? S.detach() : 0)
}

/** Where singular values are larger than rounding makes those of a singular matrix. */
function isNonzero(S: Tensor, X: Tensor): Tensor {
  const tolerance = Math.max(X.shape[1]!, X.shape[2]!) * epsilon[X.dtype as 'f64']
  const mask = empty('bool', S.shape)
  const k = S.shape[1]!
  const from = together(S.detach())
  const [flags, values] = [view(mask), view(from)]
  for (let i = 0; i < flags.length; i++) flags[i] = values[i]! > tolerance * values[i - (i % k)]! ? 1 : 0
  return mask
}

/** NaN for matrices that hold NaN or infinities, which have no singular values, and `value` of the others. */
function finitely(X: Tensor, value: (X: Tensor) => Tensor): Tensor {
  const at = kernels().array.firstNonfinite(typeCode[X.dtype], X.size, X.pointer)
  if (at < 0) return value(X)
  const spoilt = sum(mul(X.detach(), 0), { axis: [1, 2] })
  return add(value(where(isfinite(X), X, 0)), spoilt)
}

/** X with its singular values changed. With `exact` all that count in f64 are, else those that count in X's dtype. */
function moved(X: Tensor, exact: boolean, change: (S: Tensor) => Tensor): Tensor {
  const A = to(X, 'f64')
  const { U, S, Vh } = svd(A)
  const D = together(change(S))
  const k = S.shape[1]!
  const [before, after] = [view(S), view(D)]
  const noise = Math.max(X.shape[1]!, X.shape[2]!) * (exact ? epsilon.f64 : epsilon[X.dtype as 'f64'])
  // The last place where values change, and where some are left; the largest change, and the largest value left.
  let [changed, kept, step, largest] = [0, 0, 0, 0]
  for (let i = 0; i < before.length; i++) {
    const j = i % k
    if (before[i]! !== after[i]! && before[i]! > noise * before[i - j]!) changed = Math.max(changed, j + 1)
    if (after[i]! !== 0) kept = Math.max(kept, j + 1)
    step = Math.max(step, Math.abs(before[i]! - after[i]!))
    largest = Math.max(largest, after[i]!)
  }
  if (changed === 0) return copyOf(X)
  // Subtracting what goes leaves the rest of X as it is, but loses digits where little is left.
  const Y =
    step <= largest && changed <= kept ? sub(A, assembled(U, sub(S, D), Vh, changed)) : assembled(U, D, Vh, kept)
  return to(Y, X.dtype)
}

/** The matrix of the same singular vectors whose singular values are the rule's steepest direction. */
function directed(X: Tensor, steepest: (S: Tensor) => Tensor): Tensor {
  const { U, S, Vh } = svd(to(X, 'f64'))
  const D = steepest(where(isNonzero(S, X), S, 0))
  return to(assembled(U, D, Vh, S.shape[1]!), X.dtype)
}

/** U diag(D) Vh of the first `many` singular pairs. */
function assembled(U: Tensor, D: Tensor, Vh: Tensor, many: number): Tensor {
  const first = { stop: many }
  const left = mul(slice(U, null, null, first), unsqueeze(slice(D, null, first), 1))
  return matmul(left, slice(Vh, null, first))
}
