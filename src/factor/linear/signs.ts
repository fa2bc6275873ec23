/** Signs of vectors that are known up to their sign. */
import { slice, type Tensor } from '../../tensor/index.js'
import { view } from '../../tensor/internal.js'

/** Turns rows in place so that the entry of largest size, the first of equals, is positive. */
export function withSigns(vectors: Tensor): Tensor {
  const [rows, d] = vectors.shape as readonly [number, number]
  const values = view(vectors)
  for (let i = 0; i < rows; i++) {
    const row = values.subarray(i * d, (i + 1) * d)
    let at = 0
    for (let j = 1; j < d; j++) if (Math.abs(row[j]!) > Math.abs(row[at]!)) at = j
    if (row[at]! < 0) for (let j = 0; j < d; j++) row[j] = -row[j]!
  }
  return vectors
}

/** The first k rows, of their own memory. */
export const firstRows = (vectors: Tensor, k: number): Tensor => slice(vectors, { stop: k }).clone()
