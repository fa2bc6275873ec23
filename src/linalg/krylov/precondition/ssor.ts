/** Symmetric successive over-relaxation: M = (D/w + L) (w / (2 - w)) D^-1 (D/w + U), positive definite where A is and 0 < w < 2. */
import type { Csr } from '../../sparse/csr.js'
import { diagonal } from '../../sparse/structure.js'
import type { Preconditioner } from '../system.js'
import type { Vectors } from '../vectors.js'
import { refuseZero } from './refuse.js'
import { solveLower, solveUpper, strictTriangle } from './triangular.js'

export function ssorPreconditioner(matrix: Csr, vectors: Vectors, omega: number): Preconditioner {
  const n = matrix.rows
  const pivots = diagonal(matrix)
  refuseZero('ssor', pivots)
  const lower = strictTriangle(matrix, 'lower')
  const upper = strictTriangle(matrix, 'upper')
  const inverse = Float64Array.from(pivots, (pivot) => omega / pivot)
  const middle = Float64Array.from(pivots, (pivot) => (pivot * (2 - omega)) / omega)
  return {
    name: 'ssor',
    apply(r, z) {
      const out = vectors.view(z, n)
      solveLower(lower, inverse, vectors.view(r, n), out)
      for (let i = 0; i < n; i++) out[i]! *= middle[i]!
      solveUpper(upper, inverse, out, out)
    },
  }
}
