/** Division by the diagonal. */
import type { Csr } from '../../sparse/csr.js'
import { diagonal } from '../../sparse/structure.js'
import type { Preconditioner } from '../system.js'
import type { Vectors } from '../vectors.js'
import { refuseZero } from './refuse.js'

export function jacobiPreconditioner(matrix: Csr, vectors: Vectors): Preconditioner {
  const n = matrix.rows
  const pivots = diagonal(matrix)
  refuseZero('jacobi', pivots)
  const inverse = vectors.alloc(n)
  vectors.view(inverse, n).set(Float64Array.from(pivots, (pivot) => 1 / pivot))
  return { name: 'jacobi', apply: (r, z) => vectors.multiply(n, r, inverse, z) }
}
