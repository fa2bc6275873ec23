/**
 * A look at the elements before a decomposition. Some LAPACK releases loop or lie when they meet NaN or infinity, and ?syevd of the current one
 * gives up (info > 0) on matrices whose elements reach over hundreds of powers of ten.
 */
import type { Kernels, Pointer } from '../kernels/index.js'
import type { Real, Triangle } from './lapack.js'

export interface Extremes {
  /** max |a_ij|; NaN or Infinity where there is one, so that `Number.isFinite(most)` says whether all elements are finite. */
  most: number
  /** min |a_ij| of the elements that are not zero; Infinity where all are zero. */
  least: number
}

export type Part = Triangle | 'all'

/** The extremes of a matrix [rows, columns] or of one triangle of it. */
export function extremes(
  kernels: Kernels,
  type: Real,
  a: Pointer,
  lda: number,
  rows: number,
  columns: number,
  part: Part = 'all',
): Extremes {
  const found = { most: 0, least: Number.POSITIVE_INFINITY }
  eachRow(kernels, type, a, lda, rows, columns, part, (row) => {
    if (type === 'f64') look64(row as Float64Array, found)
    else look32(row as Float32Array, found)
    return Number.isFinite(found.most)
  })
  return found
}

/** Multiplies a triangle by `factor` and clears what is then below `floor`. */
export function rescale(
  kernels: Kernels,
  type: Real,
  a: Pointer,
  lda: number,
  n: number,
  triangle: Triangle,
  factor: number,
  floor: number,
): void {
  eachRow(kernels, type, a, lda, n, n, triangle, (row) => {
    for (let j = 0; j < row.length; j++) {
      const x = row[j]! * factor
      row[j] = Math.abs(x) < floor ? 0 : x
    }
    return true
  })
}

/** Calls `visit` with the elements of each row that belong to the part, until it returns false. */
function eachRow(
  kernels: Kernels,
  type: Real,
  a: Pointer,
  lda: number,
  rows: number,
  columns: number,
  part: Part,
  visit: (row: Float32Array | Float64Array) => boolean,
): void {
  for (let i = 0; i < rows; i++) {
    const from = part === 'upper' ? i : 0
    const to = part === 'lower' ? Math.min(i + 1, columns) : columns
    if (to <= from) continue
    const at = i * lda + from
    const row = type === 'f64' ? kernels.f64(a + 8 * at, to - from) : kernels.f32(a + 4 * at, to - from)
    if (!visit(row)) return
  }
}

// Two functions of one text: each sees one kind of array and so compiles to a plain loop.
function look64(row: Float64Array, found: Extremes): void {
  let { most, least } = found
  for (let j = 0; j < row.length; j++) {
    const size = Math.abs(row[j]!)
    if (size > most) most = size
    if (size < least && size > 0) least = size
    if (Number.isNaN(size)) {
      found.most = size
      return
    }
  }
  found.most = most
  found.least = least
}

function look32(row: Float32Array, found: Extremes): void {
  let { most, least } = found
  for (let j = 0; j < row.length; j++) {
    const size = Math.abs(row[j]!)
    if (size > most) most = size
    if (size < least && size > 0) least = size
    if (Number.isNaN(size)) {
      found.most = size
      return
    }
  }
  found.most = most
  found.least = least
}
