/** What a sparse matrix looks like: pieces of it, its band, its symmetry, its diagonal. */
import { type Csr, emptyLike, transpose, type Values } from './csr.js'

/** Position of entry (i, j), or -1: binary search in the row. */
export function findEntry({ indptr, indices }: Csr, i: number, j: number): number {
  let low = indptr[i]!
  let high = indptr[i + 1]! - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    if (indices[middle]! < j) low = middle + 1
    else if (indices[middle]! > j) high = middle - 1
    else return middle
  }
  return -1
}

/** The main diagonal [min(rows, columns)]; 0 where there is no entry. */
export function diagonal(matrix: Csr): Values {
  const { rows, columns, values } = matrix
  const out = emptyLike(values, Math.min(rows, columns))
  for (let i = 0; i < out.length; i++) {
    const place = findEntry(matrix, i, i)
    if (place >= 0) out[i] = values[place]!
  }
  return out
}

/** Rows from .. to - 1. */
export function sliceRows({ columns, indptr, indices, values }: Csr, from: number, to: number): Csr {
  const first = indptr[from]!
  const last = indptr[to]!
  return {
    rows: to - from,
    columns,
    indptr: indptr.slice(from, to + 1).map((place) => place - first),
    indices: indices.slice(first, last),
    values: values.slice(first, last),
  }
}

/** The given rows, in the given order; a row may come twice. */
export function takeRows({ columns, indptr, indices, values }: Csr, rows: ArrayLike<number>): Csr {
  const starts = new Int32Array(rows.length + 1)
  for (let r = 0; r < rows.length; r++) starts[r + 1] = starts[r]! + indptr[rows[r]! + 1]! - indptr[rows[r]!]!
  const places = new Int32Array(starts[rows.length]!)
  const taken = emptyLike(values, places.length)
  for (let r = 0; r < rows.length; r++) {
    places.set(indices.subarray(indptr[rows[r]!]!, indptr[rows[r]! + 1]!), starts[r]!)
    taken.set(values.subarray(indptr[rows[r]!]!, indptr[rows[r]! + 1]!), starts[r]!)
  }
  return { rows: rows.length, columns, indptr: starts, indices: places, values: taken }
}

/** How far entries other than 0 reach below and above the diagonal. */
export function bandwidth({ rows, indptr, indices, values }: Csr): { lower: number; upper: number } {
  let lower = 0
  let upper = 0
  for (let i = 0; i < rows; i++) {
    for (let k = indptr[i]!, end = indptr[i + 1]!; k < end; k++) {
      if (values[k] === 0) continue
      const off = indices[k]! - i
      if (off > upper) upper = off
      else if (-off > lower) lower = -off
    }
  }
  return { lower, upper }
}

/** Whether |a_ij - a_ji| <= tolerance max |A| for all i, j; false where the matrix is not square, or holds NaN. */
export function isSymmetric(matrix: Csr, tolerance = 0): boolean {
  const { rows, columns, indptr, indices, values } = matrix
  if (rows !== columns) return false
  let top = 0
  for (let k = 0; k < values.length; k++) top = Math.max(top, Math.abs(values[k]!))
  const limit = tolerance === 0 ? 0 : tolerance * top
  const near = (a: number, b: number): boolean => a === b || Math.abs(a - b) <= limit
  const other = transpose(matrix)
  for (let i = 0; i < rows; i++) {
    let p = indptr[i]!
    let q = other.indptr[i]!
    const pEnd = indptr[i + 1]!
    const qEnd = other.indptr[i + 1]!
    while (p < pEnd || q < qEnd) {
      const left = p < pEnd ? indices[p]! : columns
      const right = q < qEnd ? other.indices[q]! : columns
      if (!near(left <= right ? values[p++]! : 0, right <= left ? other.values[q++]! : 0)) return false
    }
  }
  return true
}

/** Rows whose diagonal is larger than the sum of the other magnitudes, rows where it is as large, and zeros on the diagonal. */
export function dominance(matrix: Csr): { strict: number; weak: number; zeroDiagonal: number } {
  const { rows, columns, indptr, indices, values } = matrix
  let strict = 0
  let weak = 0
  let zeroDiagonal = 0
  for (let i = 0; i < rows && i < columns; i++) {
    let own = 0
    let others = 0
    for (let k = indptr[i]!, end = indptr[i + 1]!; k < end; k++) {
      if (indices[k] === i) own = Math.abs(values[k]!)
      else others += Math.abs(values[k]!)
    }
    if (own === 0) zeroDiagonal++
    if (own > others) strict++
    else if (own === others) weak++
  }
  return { strict, weak, zeroDiagonal }
}
