/** What factorizations, clusters and tests of shift compute with: the module `data`, on the memory of kernels that are there. */
import type { ClusterKernels, Typed } from './clusters.js'
import { dataWasm } from './embedded/data.js'
import { instantiate } from './module.js'
import type { Kernels, Pointer } from './types.js'

/** Names are `op_dtype`, as in `assembly/data/`. Counts are elements. Nothing is allocated. */
export interface DataKernels extends Typed<ClusterKernels> {
  // ---- distances
  /** out [rows] = squared length of each row of x [rows, columns]. */
  rowSquares_f64(rows: number, columns: number, x: Pointer, out: Pointer): void
  // ---- blocks of rows
  /** out [columns], f64 = sums of the columns of x [rows, columns]. */
  columnSums_f64(rows: number, columns: number, x: Pointer, out: Pointer): void
  columnSums_f32(rows: number, columns: number, x: Pointer, out: Pointer): void
  /** out [rows, columns], f64 = scale (x - mean [columns], f64). */
  centre_f64(rows: number, columns: number, x: Pointer, mean: Pointer, scale: number, out: Pointer): void
  centre_f32(rows: number, columns: number, x: Pointer, mean: Pointer, scale: number, out: Pointer): void
  /** out [3] = sum of sizes, largest size, sum of squares; a NaN makes each NaN. */
  sizes_f64(n: number, x: Pointer, out: Pointer): void
  /** Half the distances of centres [k, d] from each other [k, k] (0: not wanted), and the least of each from another [k]. */
  halfDistances_f64(k: number, d: number, centers: Pointer, scale: number, between: Pointer, half: Pointer): void
}

const known = new WeakMap<Kernels, DataKernels>()

/** The data kernels on the memory of `kernels`: the same each time. */
export function dataKernels(kernels: Kernels): DataKernels {
  let found = known.get(kernels)
  if (found === undefined) {
    found = instantiate(kernels.memory, 'data', dataWasm) as unknown as DataKernels
    known.set(kernels, found)
  }
  return found
}
