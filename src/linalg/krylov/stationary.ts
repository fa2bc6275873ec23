/**
 * Jacobi, Gauss-Seidel and successive over-relaxation: splittings of A whose every step is one pass over its entries. They converge where A
 * is diagonally dominant (all), positive definite (Gauss-Seidel, SOR with 0 < omega < 2), and else by luck.
 */
import type { Csr, Values } from '../sparse/csr.js'
import { diagonal } from '../sparse/structure.js'
import type { Ending } from './outcomes.js'
import { divergence, residual, type System } from './system.js'

/** x += D^-1 (b - A x). */
export function* jacobi(system: System): Generator<number, Ending, void> {
  const { vectors, A, x } = system
  const n = A.rows
  const matrix = A.entries!()
  const pivots = diagonal(matrix)
  const missing = zeroPivot(pivots)
  if (missing !== null) return missing
  const inverse = vectors.alloc(n)
  vectors.view(inverse, n).set(pivots)
  const reciprocals = vectors.view(inverse, n)
  for (let i = 0; i < n; i++) reciprocals[i] = 1 / reciprocals[i]!
  const r = vectors.alloc(n)
  return yield* iterate(system, r, () => {
    vectors.multiply(n, inverse, r, r)
    vectors.axpy(n, 1, r, x)
  })
}

export function* gaussSeidel(system: System): Generator<number, Ending, void> {
  return yield* relaxation(system, 1)
}

/** One sweep from the first row to the last; with omega = 1 Gauss-Seidel. */
export function* sor(system: System): Generator<number, Ending, void> {
  return yield* relaxation(system, system.omega)
}

function* relaxation(system: System, omega: number): Generator<number, Ending, void> {
  const { vectors, A, b, x } = system
  const n = A.rows
  const matrix = A.entries!()
  const pivots = diagonal(matrix)
  const missing = zeroPivot(pivots)
  if (missing !== null) return missing
  const r = vectors.alloc(n)
  return yield* iterate(system, r, () => sweep(matrix, pivots, vectors.view(b, n), vectors.view(x, n), omega))
}

function sweep(
  { rows, indptr, indices, values }: Csr,
  pivots: Values,
  b: Float64Array,
  x: Float64Array,
  omega: number,
): void {
  for (let i = 0; i < rows; i++) {
    let rest = b[i]!
    for (let k = indptr[i]!, end = indptr[i + 1]!; k < end; k++) rest -= values[k]! * x[indices[k]!]!
    x[i]! += (omega * rest) / pivots[i]!
  }
}

function* iterate(system: System, r: number, step: () => void): Generator<number, Ending, void> {
  const { target, maxIterations } = system
  let norm = residual(system, r)
  const first = norm
  yield norm
  for (let k = 0; k < maxIterations; k++) {
    if (norm <= target) return { outcome: 'converged' }
    step()
    norm = residual(system, r)
    yield norm
    if (!(norm <= divergence * first)) return { outcome: 'diverged' }
  }
  return { outcome: norm <= target ? 'converged' : 'iteration-limit' }
}

function zeroPivot(pivots: Values): Ending | null {
  const row = pivots.indexOf(0)
  return row < 0 ? null : { outcome: 'zero-diagonal', detail: `the diagonal holds a zero in row ${row}` }
}
