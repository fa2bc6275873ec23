/** What every factorization offers beside its factors. */
import type { Tensor } from './support.js'

/** A factored matrix A, or a batch of them. The factors are computed once; each of these is cheap then. All are differentiable where the factorization is. */
export interface Factorization {
  /** X with A X = b, for a vector or matrices. Throws NumericalError where A is singular. */
  solve(b: Tensor): Tensor
  /** Determinant. */
  det(): Tensor
  /** A^-1. */
  inverse(): Tensor
  /** log |det A|. */
  logdet(): Tensor
}
