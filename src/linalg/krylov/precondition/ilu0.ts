/** Incomplete LU without fill-in, on A's own pattern and without pivoting (Saad, Iterative Methods for Sparse Linear Systems, 2003, 10.3). */
import { NumericalError } from '../../../core/index.js'
import type { Csr } from '../../sparse/csr.js'
import type { Preconditioner } from '../system.js'
import type { Vectors } from '../vectors.js'
import { solveLower, solveUpper, strictTriangle } from './triangular.js'

export function ilu0Preconditioner(matrix: Csr, vectors: Vectors): Preconditioner {
  const n = matrix.rows
  const { values, inverse } = factorize(matrix)
  const factors: Csr = { ...matrix, values }
  const lower = strictTriangle(factors, 'lower')
  const upper = strictTriangle(factors, 'upper')
  return {
    name: 'ilu0',
    apply(r, z) {
      const out = vectors.view(z, n)
      solveLower(lower, null, vectors.view(r, n), out)
      solveUpper(upper, inverse, out, out)
    },
  }
}

/** L without its unit diagonal, and U, in A's places; and the inverse of U's diagonal. */
function factorize({ rows: n, indptr, indices, values: original }: Csr): {
  values: Float64Array
  inverse: Float64Array
} {
  const values = Float64Array.from(original)
  const inverse = new Float64Array(n)
  const diagonalAt = new Int32Array(n).fill(-1)
  /** Row i spread out: where entry (i, j) stands, by j. */
  const place = new Int32Array(n).fill(-1)
  for (let i = 0; i < n; i++) {
    const start = indptr[i]!
    const end = indptr[i + 1]!
    for (let k = start; k < end; k++) place[indices[k]!] = k
    for (let k = start; k < end && indices[k]! < i; k++) {
      const j = indices[k]!
      const share = values[k]! * inverse[j]!
      values[k] = share
      for (let q = diagonalAt[j]! + 1, stop = indptr[j + 1]!; q < stop; q++) {
        const p = place[indices[q]!]!
        if (p >= 0) values[p]! -= share * values[q]!
      }
    }
    diagonalAt[i] = place[i]!
    for (let k = start; k < end; k++) place[indices[k]!] = -1
    const pivot = diagonalAt[i]! < 0 ? 0 : values[diagonalAt[i]!]!
    if (pivot === 0 || !Number.isFinite(pivot))
      throw new NumericalError(
        'zero-diagonal',
        `ilu0 preconditioner: the pivot of row ${i} is ${pivot}; expected none of 0. Try reordering the rows, or jacobi.`,
      )
    inverse[i] = 1 / pivot
  }
  return { values, inverse }
}
