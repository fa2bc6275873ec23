/** Row exchanges in the order of a factorization, or back. Source: LAPACK's ?laswp. */
import type { Kernels, Pointer } from '../kernels/index.js'
import type { Real } from './lapack.js'
import { viewOf } from './memory.js'

/** Exchanges row i of B [., columns] with row `ipiv[i]` for i = 0 .. n - 1, `backward` in the reverse order, which undoes it. */
export function swapRows(
  kernels: Kernels,
  type: Real,
  n: number,
  columns: number,
  ipiv: Pointer,
  b: Pointer,
  ldb: number,
  order: 'forward' | 'backward',
): void {
  const pivots = kernels.i32(ipiv, n)
  let rows = n
  for (let i = 0; i < n; i++) rows = Math.max(rows, pivots[i]! + 1)
  const B = viewOf(kernels, type, b, (rows - 1) * ldb + columns)
  const kept = columns > 1 ? B.slice(0, columns) : B
  for (let step = 0; step < n; step++) {
    const i = order === 'forward' ? step : n - 1 - step
    const p = pivots[i]!
    if (p === i) continue
    if (columns === 1) {
      const x = B[i * ldb]!
      B[i * ldb] = B[p * ldb]!
      B[p * ldb] = x
    } else {
      kept.set(B.subarray(i * ldb, i * ldb + columns))
      B.copyWithin(i * ldb, p * ldb, p * ldb + columns)
      B.set(kept, p * ldb)
    }
  }
}
