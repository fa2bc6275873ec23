/** Signs of vectors that are known up to their sign. */
import { slice, type Tensor } from '../../tensor/index.js'
import { view } from '../../tensor/internal.js'

/** Sizes that differ by less, relatively, are equal: two standardized columns have the components (1, 1) and (1, -1), up to rounding. */
const tie = 1e-9

/** Whether the entry of largest size of vector `i` of `columns` entries, the first of equals, is negative. */
function isTurned(values: ArrayLike<number>, i: number, columns: number): boolean {
  const start = i * columns
  let largest = 0
  for (let j = 0; j < columns; j++) largest = Math.max(largest, Math.abs(values[start + j]!))
  for (let j = 0; j < columns; j++)
    if (Math.abs(values[start + j]!) >= largest * (1 - tie)) return values[start + j]! < 0
  return false
}

/**
 * Turns rows in place so that the entry of largest size, the first of equals, is positive. The same rows of `others` turn along.
 * `onTurn` is called with each row that is turned.
 */
export function withSigns(vectors: Tensor, others: readonly Tensor[] = [], onTurn?: (row: number) => void): Tensor {
  const [rows, d] = vectors.shape as readonly [number, number]
  const values = view(vectors)
  for (let i = 0; i < rows; i++) {
    if (!isTurned(values, i, d)) continue
    for (const one of [vectors, ...others]) {
      const row = view(one).subarray(i * one.shape[1]!, (i + 1) * one.shape[1]!)
      for (let j = 0; j < row.length; j++) row[j] = -row[j]!
    }
    onTurn?.(i)
  }
  return vectors
}

/** The first k rows, of their own memory. */
export const firstRows = (vectors: Tensor, k: number): Tensor => slice(vectors, { stop: k }).clone()
