/** Eigenvalues and singular values leave their float64 workspace: sorted, unscaled, in the caller's type. */
import type { Kernels, Pointer } from '../../kernels/index.js'
import type { Real } from '../lapack.js'

/** Indices of `values` sorted, ties in their own order. */
function sortedOrder(values: Float64Array, descending: boolean): Int32Array {
  const order = Int32Array.from(values, (_, i) => i)
  return order.sort((x, y) => (descending ? values[y]! - values[x]! : values[x]! - values[y]!) || x - y)
}

/** Writes `values` [n] / factor to `target` in order; with `order`, also where each came from, as i32. */
export function writeSorted(
  kernels: Kernels,
  type: Real,
  n: number,
  values: Pointer,
  descending: boolean,
  factor: number,
  target: Pointer,
  order: Pointer | null,
): void {
  const source = kernels.f64(values, n)
  const sorted = sortedOrder(source, descending)
  const result = Float64Array.from(sorted, (i) => source[i]! / factor)
  view(kernels, type, target, n).set(result)
  if (order !== null) kernels.i32(order, n).set(sorted)
}

/** NaN for every value: the answer about a matrix that holds NaN or infinities. */
export function writeNaN(kernels: Kernels, type: Real, n: number, target: Pointer): void {
  view(kernels, type, target, n).fill(Number.NaN)
}

function view(kernels: Kernels, type: Real, pointer: Pointer, n: number): Float32Array | Float64Array {
  return type === 'f32' ? kernels.f32(pointer, n) : kernels.f64(pointer, n)
}
