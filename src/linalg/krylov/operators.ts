/** A as an operator on float64 vectors: sparse, dense, or by what it does. */
import { elementTypes, type Kernels, type Pointer } from '../../kernels/index.js'
import type { Lapack } from '../../lapack/index.js'
import { type Csr, fromDense } from '../sparse/csr.js'
import { pin } from '../sparse/resident.js'
import type { Operator } from './system.js'

const f64 = elementTypes.indexOf('f64')

export interface OwnedOperator extends Operator {
  dispose(): void
}

export function sparseOperator(kernels: Kernels, matrix: Csr): OwnedOperator {
  const { rows, columns } = matrix
  const { resident, end } = pin(kernels, matrix, 'f64')
  const { indptr, indices, values } = resident
  return {
    rows,
    columns,
    apply: (x, y) => kernels.array.spmv(f64, rows, indptr, indices, values, 1, x, 0, y),
    applyTransposed(x, y) {
      kernels.f64(y, columns).fill(0)
      kernels.array.spmvTransposed(f64, rows, indptr, indices, values, 1, x, y)
    },
    entries: () => matrix,
    dispose: end,
  }
}

/** Row-major float64 [rows, columns] at `a`. */
export function denseOperator(lapack: Lapack, rows: number, columns: number, a: Pointer): Operator {
  const { kernels } = lapack
  let entries: Csr | null = null
  return {
    rows,
    columns,
    apply: (x, y) => lapack.gemv('f64', false, rows, columns, 1, a, columns, x, 0, y),
    applyTransposed: (x, y) => lapack.gemv('f64', true, rows, columns, 1, a, columns, x, 0, y),
    entries() {
      entries ??= fromDense(rows, columns, kernels.f64(a, rows * columns))
      return entries
    },
  }
}
