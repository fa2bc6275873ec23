/** Kernels of k-means in the module `data`; each exists for rows of f32 and of f64. Sums, bounds and centres are f64. */
import type { Pointer } from './types.js'

/** Names with their dtype behind them. */
export type Typed<T> = { readonly [K in keyof T & string as `${K}_f32` | `${K}_f64`]: T[K] }

// biome-ignore format: a table
export interface ClusterKernels {
  /** out [rows, d] = (x - offset) * scale, in the rows' type, of rows from `base` on or (where it is not 0) of those in `index`; their squared lengths. */
  shiftedRows(rows: number, d: number, x: Pointer, base: number, index: Pointer, offset: Pointer, scale: number, out: Pointer, squares: Pointer): void
  /** Adds x - offset to the sums [k, d] of the rows' clusters, and 1 to their counts [k]. */
  clusterSums(rows: number, d: number, x: Pointer, base: number, labels: Pointer, offset: Pointer, sums: Pointer, counts: Pointer): void
  /** out [rows] = squared distance of each row from the centre of its label. */
  labelSquares(rows: number, d: number, x: Pointer, centers: Pointer, labels: Pointer, out: Pointer): void
  /** Adds x - shift, or its square, to out [d]. */
  shiftedSums(rows: number, d: number, x: Pointer, shift: Pointer, squared: boolean, out: Pointer): void
  /** Labels from products [rows, width] = -2 x c; `assembly/data/clusters/nearest.ts` says more. Returns how many changed. */
  nearestCenters(rows: number, k: number, width: number, d: number, products: Pointer, squares: Pointer, rowSquares: Pointer, slack: number, most: number, x: Pointer, centers: Pointer, base: number, index: Pointer, labels: Pointer, upper: Pointer, lower: Pointer): number
  /** Moves Hamerly's bounds; returns how many rows in `list` have to be looked at. */
  hamerlyRows(rows: number, d: number, x: Pointer, centers: Pointer, scale: number, labels: Pointer, upper: Pointer, lower: Pointer, moved: Pointer, most: number, mostAt: number, next: number, half: Pointer, list: Pointer): number
  /** Elkan's lower bounds [rows, width] (f32) from products. */
  elkanBounds(rows: number, width: number, products: Pointer, squares: Pointer, rowSquares: Pointer, slack: number, most: number, lower: Pointer): void
  /** An assignment by Elkan's bounds; returns how many labels changed. */
  elkanRows(rows: number, k: number, width: number, d: number, x: Pointer, centers: Pointer, scale: number, labels: Pointer, upper: Pointer, lower: Pointer, moved: Pointer, drop: Pointer, between: Pointer, half: Pointer): number
  /** Candidates of k-means++: out [t, n], added to sums [t]. */
  candidateSquares(rows: number, t: number, d: number, n: number, products: Pointer, squares: Pointer, rowSquares: Pointer, slack: number, scale: number, x: Pointer, candidates: Pointer, base: number, nearest: Pointer, out: Pointer, sums: Pointer): void
  /** out [rows, k] (f64) = L1 distances of rows from centres [k, d]. */
  cityDistances(rows: number, k: number, d: number, x: Pointer, centers: Pointer, out: Pointer): void
}
