/** Structure of a square matrix that is cheap to see and makes solving cheap, as MATLAB's backslash looks for it. */

/** `symmetric`: with a positive diagonal, so that Cholesky is worth trying. */
export type Structure = 'diagonal' | 'upper-triangular' | 'lower-triangular' | 'banded' | 'symmetric' | 'general'

export interface Shape {
  readonly structure: Structure
  /** Diagonals below and above the main one that are not zero. */
  readonly below: number
  readonly above: number
}

/** Looks at A [n, n], row-major: n comparisons for a matrix without structure. */
export function structureOf(A: Float32Array | Float64Array, n: number): Shape {
  const { below, above } = bandwidths(A, n)
  const named = (structure: Structure): Shape => ({ structure, below, above })
  if (below === 0 && above === 0) return named('diagonal')
  if (below === 0) return named('upper-triangular')
  if (above === 0) return named('lower-triangular')
  // Band LU with pivoting takes 2 n kl (kl + ku) operations in short loops, the dense one 2/3 n^3 in products.
  if (n >= 32 && 8 * (below + above + 1) <= n) return named('banded')
  if (below === above && isSymmetric(A, n)) return named('symmetric')
  return named('general')
}

/** From each row's ends inwards to its first element that is not zero (NaN is not), no further than what other rows have shown. */
function bandwidths(A: Float32Array | Float64Array, n: number): { below: number; above: number } {
  let [below, above] = [0, 0]
  for (let i = 0; i < n; i++) {
    const row = i * n
    let j = 0
    while (j < i - below && A[row + j] === 0) j++
    below = Math.max(below, i - j)
    j = n - 1
    while (j > i + above && A[row + j] === 0) j--
    above = Math.max(above, j - i)
  }
  return { below, above }
}

const block = 32

/** Symmetric, with a positive diagonal. In blocks, so that the reads along columns stay in the cache. */
function isSymmetric(A: Float32Array | Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) if (!(A[i * n + i]! > 0)) return false
  for (let top = 0; top < n; top += block)
    for (let left = 0; left <= top; left += block)
      for (let i = top; i < Math.min(n, top + block); i++)
        for (let j = left; j < Math.min(i, left + block); j++) if (A[i * n + j] !== A[j * n + i]) return false
  return true
}

/** Row i of the result [n, below + above + 1] holds A[i, i - below .. i + above]; of A^T with `trans`, whose bands are exchanged. */
export function bandOf(
  A: Float32Array | Float64Array,
  n: number,
  below: number,
  above: number,
  trans: boolean,
  out: Float32Array | Float64Array,
): void {
  const width = below + above + 1
  out.fill(0, 0, n * width)
  for (let i = 0; i < n; i++)
    for (let j = Math.max(0, i - below); j <= Math.min(n - 1, i + above); j++)
      out[i * width + below + j - i] = A[trans ? j * n + i : i * n + j]!
}
