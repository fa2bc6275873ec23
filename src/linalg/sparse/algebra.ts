/** Sums and products of sparse matrices. f32 with f64 gives f64; sums are kept in float64 and rounded once for each entry. */
import { SystemError } from '../../core/index.js'
import { type Csr, mostEntries, type Values } from './csr.js'

const valuesFor = (a: Csr, b: Csr, length: number): Values =>
  a.values instanceof Float32Array && b.values instanceof Float32Array
    ? new Float32Array(length)
    : new Float64Array(length)

/** alpha A + beta B: rows are merged. An entry that cancels stays as an explicit zero. */
export function combine(alpha: number, a: Csr, beta: number, b: Csr): Csr {
  const most = a.indices.length + b.indices.length
  const indptr = new Int32Array(a.rows + 1)
  const indices = new Int32Array(most)
  const values = valuesFor(a, b, most)
  let count = 0
  for (let i = 0; i < a.rows; i++) {
    let p = a.indptr[i]!
    let q = b.indptr[i]!
    const pEnd = a.indptr[i + 1]!
    const qEnd = b.indptr[i + 1]!
    while (p < pEnd || q < qEnd) {
      const left = p < pEnd ? a.indices[p]! : a.columns
      const right = q < qEnd ? b.indices[q]! : a.columns
      indices[count] = Math.min(left, right)
      values[count++] =
        left < right
          ? alpha * a.values[p++]!
          : right < left
            ? beta * b.values[q++]!
            : alpha * a.values[p++]! + beta * b.values[q++]!
    }
    indptr[i + 1] = count
  }
  return { rows: a.rows, columns: a.columns, indptr, indices: indices.slice(0, count), values: values.slice(0, count) }
}

/**
 * A B, row by row into a dense accumulator (Gustavson 1978): a first pass counts the entries, a second computes and sorts each row. Entries
 * that cancel stay as explicit zeros. Throws `SystemError('out-of-memory')` where the product has 2^31 entries or more.
 */
export function multiply(a: Csr, b: Csr): Csr {
  const indptr = countProduct(a, b)
  const total = indptr[a.rows]!
  const indices = new Int32Array(total)
  const values = valuesFor(a, b, total)
  const sums = new Float64Array(b.columns)
  const seen = new Int32Array(b.columns).fill(-1)
  for (let i = 0; i < a.rows; i++) {
    let count = indptr[i]!
    for (let p = a.indptr[i]!; p < a.indptr[i + 1]!; p++) {
      const weight = a.values[p]!
      const k = a.indices[p]!
      for (let q = b.indptr[k]!, end = b.indptr[k + 1]!; q < end; q++) {
        const j = b.indices[q]!
        if (seen[j] !== i) {
          seen[j] = i
          indices[count++] = j
          sums[j] = weight * b.values[q]!
        } else sums[j]! += weight * b.values[q]!
      }
    }
    indices.subarray(indptr[i]!, count).sort()
    for (let k = indptr[i]!; k < count; k++) values[k] = sums[indices[k]!]!
  }
  return { rows: a.rows, columns: b.columns, indptr, indices, values }
}

function countProduct(a: Csr, b: Csr): Int32Array {
  const indptr = new Int32Array(a.rows + 1)
  const seen = new Int32Array(b.columns).fill(-1)
  let count = 0
  for (let i = 0; i < a.rows; i++) {
    for (let p = a.indptr[i]!; p < a.indptr[i + 1]!; p++) {
      const k = a.indices[p]!
      for (let q = b.indptr[k]!, end = b.indptr[k + 1]!; q < end; q++) {
        const j = b.indices[q]!
        if (seen[j] === i) continue
        seen[j] = i
        count++
      }
    }
    if (count > mostEntries)
      throw new SystemError(
        'out-of-memory',
        `matmul: the sparse product has more than ${mostEntries} entries. Try products with vectors instead of the matrix.`,
      )
    indptr[i + 1] = count
  }
  return indptr
}

/** Sums of rows (axis 1) or of columns (axis 0), in float64. */
export function sumAlong({ rows, columns, indptr, indices, values }: Csr, axis: 0 | 1): Float64Array {
  const sums = new Float64Array(axis === 0 ? columns : rows)
  for (let i = 0; i < rows; i++) {
    for (let k = indptr[i]!, end = indptr[i + 1]!; k < end; k++) sums[axis === 0 ? indices[k]! : i]! += values[k]!
  }
  return sums
}

/** y = A x in plain loops, for a matrix that is used once. */
export function applyPlain({ rows, indptr, indices, values }: Csr, x: ArrayLike<number>, y: Values): void {
  for (let i = 0; i < rows; i++) {
    let sum = 0
    for (let k = indptr[i]!, end = indptr[i + 1]!; k < end; k++) sum += values[k]! * x[indices[k]!]!
    y[i] = sum
  }
}
