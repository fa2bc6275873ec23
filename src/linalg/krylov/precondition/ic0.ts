/**
 * Incomplete Cholesky without fill-in, A ~ L Lᵀ on A's own lower triangle (Meijerink & van der Vorst 1977). It exists for M-matrices; of
 * others a pivot may come out negative, and then a multiple of the diagonal is added, ten times as much each time (Manteuffel 1980).
 */
import { NumericalError } from '../../../core/index.js'
import type { Csr } from '../../sparse/csr.js'
import { diagonal } from '../../sparse/structure.js'
import type { Preconditioner } from '../system.js'
import type { Vectors } from '../vectors.js'
import { solveLower, solveUpper, strictTriangle, type Triangle, transposeTriangle } from './triangular.js'

const shifts = [0, 1e-3, 1e-2, 0.1, 1, 10]

export function ic0Preconditioner(matrix: Csr, vectors: Vectors): Preconditioner {
  const n = matrix.rows
  const pivots = Float64Array.from(diagonal(matrix))
  const wrong = pivots.findIndex((pivot) => !(pivot > 0))
  if (wrong >= 0)
    throw new NumericalError(
      'indefinite',
      `ic0 preconditioner: ${pivots[wrong]} on the diagonal in row ${wrong}; expected a positive definite matrix. Try ilu0 or jacobi.`,
    )
  const lower = strictTriangle(matrix, 'lower')
  for (const shift of shifts) {
    const factor = factorize(lower, pivots, shift)
    if (factor === null) continue
    const { L, inverse } = factor
    const Lt = transposeTriangle(L)
    return {
      name: 'ic0',
      apply(r, z) {
        const out = vectors.view(z, n)
        solveLower(L, inverse, vectors.view(r, n), out)
        solveUpper(Lt, inverse, out, out)
      },
    }
  }
  throw new NumericalError(
    'breakdown',
    'ic0 preconditioner: the factorization breaks down even with a large shift. Try ssor or jacobi.',
  )
}

/** L's strict part and the inverse of its diagonal; null where a pivot is not positive. */
function factorize(
  lower: Triangle,
  pivots: Float64Array,
  shift: number,
): { L: Triangle; inverse: Float64Array } | null {
  const { n, indptr, indices } = lower
  const values = lower.values.slice()
  const inverse = new Float64Array(n)
  /** Row i spread out: where L[i, j] stands, by j. */
  const place = new Int32Array(n).fill(-1)
  for (let i = 0; i < n; i++) {
    const start = indptr[i]!
    const end = indptr[i + 1]!
    for (let k = start; k < end; k++) place[indices[k]!] = k
    let pivot = pivots[i]! * (1 + shift)
    for (let k = start; k < end; k++) {
      const j = indices[k]!
      // L[i, j] = (A[i, j] - sum over m < j of L[i, m] L[j, m]) / L[j, j], over the places that both rows have.
      let sum = values[k]!
      for (let q = indptr[j]!, stop = indptr[j + 1]!; q < stop; q++) {
        const p = place[indices[q]!]!
        if (p >= 0) sum -= values[p]! * values[q]!
      }
      values[k] = sum * inverse[j]!
      pivot -= values[k]! * values[k]!
    }
    for (let k = start; k < end; k++) place[indices[k]!] = -1
    // Pivots that all but cancel would make a factor with huge elements.
    if (!(pivot > 1e-12 * pivots[i]!)) return null
    inverse[i] = 1 / Math.sqrt(pivot)
  }
  return { L: { n, indptr, indices, values }, inverse }
}
