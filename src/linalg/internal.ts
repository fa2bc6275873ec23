/** What folders above need of linear algebra on plain arrays, such as the command line. Entered as an index is, but not public. */
import { applyPlain } from './sparse/algebra.js'
import { type Csr, fromDense } from './sparse/csr.js'
import type { MatrixMarket } from './sparse/matrixMarket/reader.js'
import { formatMatrixMarketArray } from './sparse/matrixMarket/write.js'

export { type PreconditionerName, preconditioners } from './krylov/index.js'
export type { Csr } from './sparse/csr.js'
export { readMatrixMarket } from './sparse/matrixMarket/read.js'
export {
  type MatrixFacts,
  type SystemMethod,
  type SystemOptions,
  type SystemReport,
  solveSystem,
  systemMethods,
} from './systems/index.js'

/** The matrix of a file as compressed rows, whatever its format. */
export function csrOf({ rows, columns, matrix, dense }: MatrixMarket): Csr {
  return matrix ?? fromDense(rows, columns, dense!)
}

/** A x. */
export function matrixTimes(matrix: Csr, x: Float64Array): Float64Array {
  const y = new Float64Array(matrix.rows)
  applyPlain(matrix, x, y)
  return y
}

/** A vector as a Matrix Market file. */
export function formatVector(x: Float64Array): Uint8Array {
  return formatMatrixMarketArray(x.length, 1, x)
}
