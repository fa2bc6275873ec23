/** Gram-Schmidt within a block of a few long vectors. */

/**
 * Makes the `count` rows of W (each `n` long) orthonormal in place by modified Gram-Schmidt, each row twice ("twice is enough", Kahan & Parlett).
 * Rows that hold no more than `noise` of what was not there before are dropped, and the kept ones move to the front. Returns how many are kept
 * and R [rank, count] with W_before = R^T W_after up to the dropped parts.
 */
export function orthonormalize(
  W: Float64Array,
  count: number,
  n: number,
  noise = 0,
): { rank: number; R: Float64Array } {
  const R = new Float64Array(count * count)
  let rank = 0
  for (let i = 0; i < count; i++) {
    const row = W.subarray(i * n, (i + 1) * n)
    for (let pass = 0; pass < 2; pass++)
      for (let j = 0; j < rank; j++) {
        const base = W.subarray(j * n, (j + 1) * n)
        const overlap = dot(base, row)
        R[j * count + i]! += overlap
        for (let k = 0; k < n; k++) row[k] = row[k]! - overlap * base[k]!
      }
    const norm = Math.sqrt(dot(row, row))
    if (!(norm > noise)) continue
    R[rank * count + i] = norm
    const target = W.subarray(rank * n, (rank + 1) * n)
    for (let k = 0; k < n; k++) target[k] = row[k]! / norm
    rank++
  }
  return { rank, R: R.subarray(0, rank * count) }
}

function dot(a: Float64Array, b: Float64Array): number {
  // Four sums, so that the additions overlap in the processor.
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let k = 0
  for (; k + 3 < a.length; k += 4) {
    s0 += a[k]! * b[k]!
    s1 += a[k + 1]! * b[k + 1]!
    s2 += a[k + 2]! * b[k + 2]!
    s3 += a[k + 3]! * b[k + 3]!
  }
  for (; k < a.length; k++) s0 += a[k]! * b[k]!
  return s0 + s1 + (s2 + s3)
}
