/** Solutions with triangular matrices. */
import { diag, to, tril, triu } from '../tensor/index.js'
import { applyInverse, checkRight, type Solver } from './apply.js'
import { type Attempt, type CheckOptions, checkedBy, demand, finiteness, whichMatrix } from './outcome.js'
import { overflow } from './singular.js'
import {
  asReal,
  commonReal,
  describe,
  elementBytes,
  lapack,
  type Real,
  squareOf,
  type Tensor,
  tidy,
  together,
  UsageError,
  view,
} from './support.js'

export interface TriangularOptions extends CheckOptions {
  /** Which triangle is read: the upper one (default) or the lower one. `lower` is another word for its opposite. */
  upper?: boolean
  lower?: boolean
  /** Solve with A^T. */
  trans?: boolean
  /** Take ones for the diagonal, which is not read. */
  unit?: boolean
}

/** Solves with one triangle of contiguous A. */
export function triangularSolver(upper: boolean, unit: boolean, A: Tensor): Solver {
  return {
    name: 'solveTriangular',
    parts: [A],
    solve([a], trans, B, places) {
      const [n, k] = [B.shape.at(-2)!, B.shape.at(-1)!]
      const type = B.dtype as Real
      const bytes = elementBytes[type]
      if (n === 0 || k === 0) return
      for (const [i, place] of places.entries())
        lapack().trsm(
          type,
          'left',
          upper ? 'upper' : 'lower',
          trans,
          unit,
          n,
          k,
          1,
          a!.pointer + place * n * n * bytes,
          n,
          B.pointer + i * n * k * bytes,
          k,
        )
    },
  }
}

/**
 * X with op(A) X = B for triangular A, by substitution. The other triangle is not read.
 *
 * Shapes: A [.., n, n], B [n] or [.., n, k]; leading axes broadcast. Dtypes: f32, f64 (mixed and others: f64). Gradient: to A's triangle and B.
 * Throws NumericalError for a zero on the diagonal, with its place, or a result that is not finite. Source: BLAS's trsm.
 *
 * @example
 * solveTriangular(tensor([[2, 1], [0, 4]]), tensor([4, 8])) // [1, 2]
 */
export function solveTriangular(A: Tensor, B: Tensor, options: TriangularOptions & { check: false }): Attempt
export function solveTriangular(A: Tensor, B: Tensor, options?: TriangularOptions): Tensor
export function solveTriangular(A: Tensor, B: Tensor, options: TriangularOptions = {}): Tensor | Attempt {
  const { trans = false, unit = false } = options
  if (options.upper !== undefined && options.upper === options.lower)
    throw new UsageError('solveTriangular: upper and lower are both named; expected one of them.')
  const upper = options.upper ?? !(options.lower ?? false)
  return tidy(() =>
    checkedBy(options, () => {
      const [a, b] = [asReal('solveTriangular', A), asReal('solveTriangular', B)]
      const type = commonReal(a, b)
      return substitute(to(a, type), to(b, type), upper, unit, trans)
    }),
  )
}

function substitute(A: Tensor, B: Tensor, upper: boolean, unit: boolean, trans: boolean): Tensor {
  const { n, count } = squareOf('solveTriangular', A)
  checkRight('solveTriangular', A, B, n)
  // On the tape as the triangle alone, so that no gradient flows to what is not read.
  const triangle = A.requiresGrad ? (upper ? triu(A, unit ? 1 : 0) : tril(A, unit ? -1 : 0)) : together(A)
  if (!unit) {
    const zero = view(together(diag(together(A).detach()))).indexOf(0)
    if (zero >= 0) {
      const [pivot, matrix] = [zero % n, Math.floor(zero / n)]
      demand({
        outcome: 'singular',
        pivot,
        rcond: 0,
        matrix,
        message: `solveTriangular: ${describe(A)}${whichMatrix(matrix, count)} is singular (pivot ${pivot} is zero, reciprocal condition 0). Try lstsq or pinv, or { check: false }.`,
      })
    }
  }
  const X = applyInverse(triangularSolver(upper, unit, triangle.detach()), triangle, B, trans)
  if (finiteness('solveTriangular', X).outcome !== 'ok') {
    demand(finiteness('solveTriangular', upper ? triu(A.detach()) : tril(A.detach())))
    demand(finiteness('solveTriangular', together(B)))
    demand(overflow('solveTriangular', X))
  }
  return X
}
