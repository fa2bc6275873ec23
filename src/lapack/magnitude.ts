/** The size of the largest element, looked at before a decomposition: some LAPACK releases loop or lie when they meet NaN or infinity. */
import type { Kernels, Pointer } from '../kernels/index.js'
import type { Real, Triangle } from './lapack.js'

/**
 * max |a_ij| of a matrix [rows, columns], or of one triangle of it; NaN or Infinity where there is one, so `Number.isFinite` of the result
 * says whether all elements are finite.
 */
export function magnitude(
  kernels: Kernels,
  type: Real,
  a: Pointer,
  lda: number,
  rows: number,
  columns: number,
  part: Triangle | 'all' = 'all',
): number {
  let most = 0
  for (let i = 0; i < rows; i++) {
    const from = part === 'upper' ? i : 0
    const to = part === 'lower' ? Math.min(i + 1, columns) : columns
    if (to <= from) continue
    const row =
      type === 'f64'
        ? kernels.f64(a + 8 * (i * lda + from), to - from)
        : kernels.f32(a + 4 * (i * lda + from), to - from)
    const here = type === 'f64' ? largest64(row as Float64Array) : largest32(row as Float32Array)
    // Written so that NaN is taken and then kept.
    if (!(here <= most)) most = here
    if (!Number.isFinite(most)) return most
  }
  return most
}

// Two functions of one text: each sees one kind of array and so compiles to a plain loop.
function largest64(row: Float64Array): number {
  let most = 0
  for (let j = 0; j < row.length; j++) {
    const size = Math.abs(row[j]!)
    if (!(size <= most)) most = size
    if (Number.isNaN(most)) return most
  }
  return most
}

function largest32(row: Float32Array): number {
  let most = 0
  for (let j = 0; j < row.length; j++) {
    const size = Math.abs(row[j]!)
    if (!(size <= most)) most = size
    if (Number.isNaN(most)) return most
  }
  return most
}
