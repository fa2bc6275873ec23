/** Matrices by what they do to blocks of vectors: dense, sparse, or as functions. */
import { matmul, transpose } from '../tensor/index.js'
import { SparseMatrix } from './sparse/index.js'
import { asReal, isFloat, oneMatrix, type Tensor, UsageError } from './support.js'

/** A linear map given by its products with columns X [n, k] and, for singular values, of its transpose with X [m, k]. All f64. */
export interface BlockOperator {
  readonly shape: readonly [number, number]
  apply(X: Tensor): Tensor
  applyTransposed?(X: Tensor): Tensor
}

/** What spectra are computed of. */
export type Operator = Tensor | SparseMatrix | BlockOperator

/** Products in f64. */
export interface Products {
  readonly m: number
  readonly n: number
  readonly apply: (X: Tensor) => Tensor
  readonly applyTransposed: (X: Tensor) => Tensor
}

export function productsOf(op: string, A: Operator): Products {
  if (A instanceof SparseMatrix) {
    const wide = A.to('f64')
    const [m, n] = wide.shape as readonly [number, number]
    let flipped: SparseMatrix | null = null
    return {
      m,
      n,
      apply: (X) => wide.matmul(X),
      applyTransposed(X) {
        flipped ??= wide.transpose()
        return flipped.matmul(X)
      },
    }
  }
  if ('dtype' in A) {
    const X = isFloat(A.dtype) ? A.detach().to('f64') : asReal(op, A)
    const { m, n } = oneMatrix(op, X)
    return { m, n, apply: (Y) => matmul(X, Y), applyTransposed: (Y) => matmul(transpose(X), Y) }
  }
  const [m, n] = A.shape
  return {
    m,
    n,
    apply: (X) => A.apply(X),
    applyTransposed(X) {
      if (A.applyTransposed === undefined)
        throw new UsageError(`${op}: the operator has no applyTransposed, which singular values need.`)
      return A.applyTransposed(X)
    },
  }
}
