/**
 * Compressed sparse rows: what every sparse matrix here is, on plain typed arrays. Invariant: `indptr[rows + 1]` starts at 0 and never falls,
 * each row's `indices` ascend strictly (sorted, without duplicates) and lie in 0 .. columns - 1. Entries may be explicit zeros. Nothing
 * changes a matrix once it is made.
 */
import { UsageError } from '../../core/index.js'

export type Values = Float32Array | Float64Array

export interface Csr {
  readonly rows: number
  readonly columns: number
  readonly indptr: Int32Array
  readonly indices: Int32Array
  readonly values: Values
}

/** Triplets in any order; duplicates mean their sum. */
export interface Triplets {
  readonly rows: Int32Array
  readonly columns: Int32Array
  readonly values: Values
}

/** Most entries that 32-bit places can count. */
export const mostEntries = 2 ** 31 - 1

export function emptyLike(values: Values, length: number): Values {
  return values instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)
}

/** Checks what a caller hands over as CSR or CSC; `op` starts the sentence. */
export function checkCompressed(op: string, major: number, minor: number, { indptr, indices, values }: Csr): void {
  if (indptr.length !== major + 1)
    throw new UsageError(`${op}: indptr has ${indptr.length} places, expected ${major + 1} (one more than lines).`)
  if (indices.length !== values.length)
    throw new UsageError(`${op}: ${indices.length} indices and ${values.length} values, expected as many of both.`)
  if (indptr[0] !== 0 || indptr[major] !== values.length)
    throw new UsageError(
      `${op}: indptr goes from ${indptr[0]} to ${indptr[major]}, expected 0 to ${values.length}, the number of values.`,
    )
  for (let i = 0; i < major; i++) {
    if (indptr[i + 1]! < indptr[i]!)
      throw new UsageError(
        `${op}: indptr falls from ${indptr[i]} to ${indptr[i + 1]} at ${i + 1}, expected it to rise.`,
      )
  }
  for (let k = 0; k < indices.length; k++) {
    if (!(indices[k]! >= 0 && indices[k]! < minor))
      throw new UsageError(`${op}: index ${indices[k]} at place ${k}, expected 0 to ${minor - 1}.`)
  }
}

/** Whether every line's indices ascend strictly. */
export function isCanonical({ indptr, indices }: Pick<Csr, 'indptr' | 'indices'>): boolean {
  for (let i = 0; i + 1 < indptr.length; i++) {
    for (let k = indptr[i]! + 1; k < indptr[i + 1]!; k++) if (indices[k - 1]! >= indices[k]!) return false
  }
  return true
}

/** The transpose: also CSR read as CSC. A counting sort, so rows come out sorted whatever their order was. */
export function transpose({ rows, columns, indptr, indices, values }: Csr): Csr {
  const starts = new Int32Array(columns + 1)
  for (let k = 0; k < indices.length; k++) starts[indices[k]! + 1]!++
  for (let j = 0; j < columns; j++) starts[j + 1]! += starts[j]!
  const next = starts.slice()
  const across = new Int32Array(indices.length)
  const moved = emptyLike(values, values.length)
  for (let i = 0; i < rows; i++) {
    for (let k = indptr[i]!, end = indptr[i + 1]!; k < end; k++) {
      const place = next[indices[k]!]!++
      across[place] = i
      moved[place] = values[k]!
    }
  }
  return { rows: columns, columns: rows, indptr: starts, indices: across, values: moved }
}

/** Adds up neighbours that stand for one entry; lines have to be sorted. */
function sumDuplicates(matrix: Csr): Csr {
  const { rows, columns, indptr, indices, values } = matrix
  if (isCanonical(matrix)) return matrix
  const starts = new Int32Array(rows + 1)
  const kept = new Int32Array(indices.length)
  const sums = emptyLike(values, values.length)
  let count = 0
  for (let i = 0; i < rows; i++) {
    for (let k = indptr[i]!, end = indptr[i + 1]!; k < end; ) {
      const column = indices[k]!
      // In float64 also for f32 values: one rounding for each entry.
      let sum = 0
      for (; k < end && indices[k] === column; k++) sum += values[k]!
      kept[count] = column
      sums[count++] = sum
    }
    starts[i + 1] = count
  }
  return { rows, columns, indptr: starts, indices: kept.slice(0, count), values: sums.slice(0, count) }
}

/** Any CSR arrays made canonical: sorted by two transposes, duplicates summed in the order they came. */
export function canonical(matrix: Csr): Csr {
  return isCanonical(matrix) ? matrix : sumDuplicates(transpose(transpose(matrix)))
}

/** Two stable counting sorts, by column and then by row: linear time, and duplicates are summed in the order they came. */
export function fromTriplets(rows: number, columns: number, triplets: Triplets): Csr {
  const { rows: i, columns: j, values } = triplets
  const count = values.length
  const starts = new Int32Array(columns + 1)
  for (let k = 0; k < count; k++) starts[j[k]! + 1]!++
  for (let c = 0; c < columns; c++) starts[c + 1]! += starts[c]!
  const next = starts.slice()
  const rowOf = new Int32Array(count)
  const sorted = emptyLike(values, count)
  for (let k = 0; k < count; k++) {
    const place = next[j[k]!]!++
    rowOf[place] = i[k]!
    sorted[place] = values[k]!
  }
  return sumDuplicates(transpose({ rows: columns, columns: rows, indptr: starts, indices: rowOf, values: sorted }))
}

/** Triplets in row order. */
export function toTriplets({ rows, indptr, indices, values }: Csr): Triplets {
  const rowOf = new Int32Array(indices.length)
  for (let i = 0; i < rows; i++) rowOf.fill(i, indptr[i]!, indptr[i + 1]!)
  return { rows: rowOf, columns: indices.slice(), values: values.slice() }
}

/** Entries other than 0 of a row-major dense matrix; NaN is an entry. */
export function fromDense(rows: number, columns: number, dense: Values): Csr {
  let count = 0
  for (let k = 0; k < dense.length; k++) if (dense[k] !== 0) count++
  const indptr = new Int32Array(rows + 1)
  const indices = new Int32Array(count)
  const values = emptyLike(dense, count)
  let place = 0
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const value = dense[i * columns + j]!
      if (value === 0) continue
      indices[place] = j
      values[place++] = value
    }
    indptr[i + 1] = place
  }
  return { rows, columns, indptr, indices, values }
}

/** Writes the matrix into row-major `dense` [rows, columns], which has to be zero. */
export function scatterDense({ rows, columns, indptr, indices, values }: Csr, dense: Values): void {
  for (let i = 0; i < rows; i++) {
    for (let k = indptr[i]!; k < indptr[i + 1]!; k++) dense[i * columns + indices[k]!] = values[k]!
  }
}
