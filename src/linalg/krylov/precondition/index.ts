/** The preconditioners by name. */
import type { Csr } from '../../sparse/csr.js'
import type { Preconditioner } from '../system.js'
import type { Vectors } from '../vectors.js'
import { ic0Preconditioner } from './ic0.js'
import { ilu0Preconditioner } from './ilu0.js'
import { jacobiPreconditioner } from './jacobi.js'
import { ssorPreconditioner } from './ssor.js'

/** `jacobi`: the diagonal. `ssor`: both triangles, no factorization. `ic0`: for positive definite A. `ilu0`: for any A without zero pivots. */
export const preconditioners = ['jacobi', 'ssor', 'ic0', 'ilu0'] as const
export type PreconditionerName = (typeof preconditioners)[number]

/** Memory it needs belongs to `vectors`. Throws NumericalError where the matrix does not allow it. */
export function makePreconditioner(
  name: PreconditionerName,
  matrix: Csr,
  vectors: Vectors,
  omega: number,
): Preconditioner {
  switch (name) {
    case 'jacobi':
      return jacobiPreconditioner(matrix, vectors)
    case 'ssor':
      return ssorPreconditioner(matrix, vectors, omega)
    case 'ic0':
      return ic0Preconditioner(matrix, vectors)
    case 'ilu0':
      return ilu0Preconditioner(matrix, vectors)
  }
}
