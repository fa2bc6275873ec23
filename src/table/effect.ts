/** What preparing did to a matrix. */
import { svdvals } from '../linalg/index.js'
import type { Tensor } from '../tensor/index.js'
import { tidy } from '../tensor/internal.js'

export interface MatrixEffect {
  /** Frobenius norm of the difference. */
  readonly difference: number
  /** The same over the norm before; Infinity where that is 0 and something changed. */
  readonly relative: number
  /** Largest over smallest singular value; Infinity where columns depend on each other. */
  readonly conditionBefore: number
  readonly conditionAfter: number
}

/** Elements of the matrix whose singular values are computed: of a larger one, rows that are spread evenly. */
export const largestMatrix = 2 ** 21

/** f64 matrices of one shape before and after. */
export function matrixEffect(before: Tensor, after: Tensor): MatrixEffect {
  return tidy(() => {
    const difference = after.sub(before).norm().item()
    const norm = before.norm().item()
    return {
      difference,
      relative: difference === 0 ? 0 : difference / norm,
      conditionBefore: condition(before),
      conditionAfter: condition(after),
    }
  })
}

/** Largest over smallest singular value; below the rounding error of f64 the smallest counts as 0. */
function condition(A: Tensor): number {
  const [m, n] = A.shape as [number, number]
  const sigma = svdvals(A).toArray()
  const [first, last] = [sigma[0] ?? 0, sigma[sigma.length - 1] ?? 0]
  return last <= Math.max(m, n) * Number.EPSILON * first ? Number.POSITIVE_INFINITY : first / last
}
