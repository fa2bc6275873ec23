/** The largest eigenvalue of a small symmetric tridiagonal matrix and the last component of its vector. */

/** `diagonal` has n entries, `beside` n - 1. Bisection on Sturm counts, then inverse iteration. */
export function topOfTridiagonal(
  diagonal: readonly number[],
  beside: readonly number[],
): { value: number; last: number } {
  const n = diagonal.length
  if (n === 1) return { value: diagonal[0]!, last: 1 }
  let low = Math.max(...diagonal)
  let high = low
  for (let i = 0; i < n; i++) {
    const radius = Math.abs(beside[i - 1] ?? 0) + Math.abs(beside[i] ?? 0)
    high = Math.max(high, diagonal[i]! + radius)
  }
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2
    if (!(middle > low && middle < high)) break
    if (isAbove(diagonal, beside, middle)) high = middle
    else low = middle
  }
  return { value: low, last: lastComponent(diagonal, beside, high) }
}

/** Whether x exceeds all eigenvalues: all pivots of x I - T are positive. */
function isAbove(diagonal: readonly number[], beside: readonly number[], x: number): boolean {
  let pivot = x - diagonal[0]!
  for (let i = 1; i < diagonal.length; i++) {
    if (!(pivot > 0)) return false
    pivot = x - diagonal[i]! - beside[i - 1]! ** 2 / pivot
  }
  return pivot > 0
}

/** |last component| of the unit eigenvector, by solving with `shift` just above its eigenvalue. */
function lastComponent(diagonal: readonly number[], beside: readonly number[], shift: number): number {
  const n = diagonal.length
  const pivots = new Float64Array(n)
  const tiny = Math.abs(shift) * 2 ** -52 + Number.MIN_VALUE
  pivots[0] = Math.max(tiny, shift - diagonal[0]!)
  for (let i = 1; i < n; i++) pivots[i] = Math.max(tiny, shift - diagonal[i]! - beside[i - 1]! ** 2 / pivots[i - 1]!)
  const x = new Float64Array(n).fill(1 / Math.sqrt(n))
  for (let round = 0; round < 3; round++) {
    // (shift I - T) = L D L^T with L's subdiagonal -beside / pivot.
    for (let i = 1; i < n; i++) x[i] = x[i]! + (beside[i - 1]! / pivots[i - 1]!) * x[i - 1]!
    for (let i = 0; i < n; i++) x[i] = x[i]! / pivots[i]!
    for (let i = n - 2; i >= 0; i--) x[i] = x[i]! + (beside[i]! / pivots[i]!) * x[i + 1]!
    let largest = 0
    for (const value of x) largest = Math.max(largest, Math.abs(value))
    let norm = 0
    for (let i = 0; i < n; i++) {
      x[i] = x[i]! / largest
      norm += x[i]! ** 2
    }
    norm = Math.sqrt(norm)
    for (let i = 0; i < n; i++) x[i] = x[i]! / norm
  }
  return Math.abs(x[n - 1]!)
}
