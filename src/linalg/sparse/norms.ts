/** Norms of sparse matrices. NaN entries make them NaN. */
import type { Csr } from './csr.js'

/** `fro` entrywise L2; `one` and `inf` induced (largest column or row sum of magnitudes); `max` the largest magnitude; `l1` the sum of magnitudes. */
export type SparseNorm = 'fro' | 'one' | 'inf' | 'max' | 'l1'
export const sparseNorms: readonly SparseNorm[] = ['fro', 'one', 'inf', 'max', 'l1']

export function norm(matrix: Csr, kind: SparseNorm): number {
  switch (kind) {
    case 'fro':
      return frobenius(matrix)
    case 'one':
      return largest(columnSums(matrix))
    case 'inf':
      return largest(rowSums(matrix))
    case 'max':
      return largest(matrix.values)
    case 'l1':
      return rowSums(matrix).reduce((sum, value) => sum + value, 0)
  }
}

/** Largest magnitude; 0 of nothing. */
function largest(values: ArrayLike<number>): number {
  let top = 0
  for (let k = 0; k < values.length; k++) {
    const size = Math.abs(values[k]!)
    // Written so that NaN wins and stays.
    if (!(size <= top)) top = size
    if (Number.isNaN(top)) return top
  }
  return top
}

/** Scaled by the largest magnitude where squares would leave float64's range. */
function frobenius({ values }: Csr): number {
  let sum = 0
  for (let k = 0; k < values.length; k++) sum += values[k]! * values[k]!
  if (sum > 1e-280 && sum < Number.POSITIVE_INFINITY) return Math.sqrt(sum)
  const top = largest(values)
  if (top === 0 || !Number.isFinite(top)) return top
  sum = 0
  for (let k = 0; k < values.length; k++) sum += (values[k]! / top) ** 2
  return top * Math.sqrt(sum)
}

function rowSums({ rows, indptr, values }: Csr): Float64Array {
  const sums = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    for (let k = indptr[i]!, end = indptr[i + 1]!; k < end; k++) sums[i]! += Math.abs(values[k]!)
  }
  return sums
}

function columnSums({ columns, indices, values }: Csr): Float64Array {
  const sums = new Float64Array(columns)
  for (let k = 0; k < indices.length; k++) sums[indices[k]!]! += Math.abs(values[k]!)
  return sums
}
