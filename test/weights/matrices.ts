/** Seeded random numbers, matrices of known spectrum, and singular values by a method that shares nothing with the measured path. */

/** mulberry32: uniform in [0, 1), the same on every machine. */
export function uniform(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = a
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Standard normal numbers (Box & Muller). */
export function gaussian(seed: number, count: number): Float64Array {
  const next = uniform(seed)
  return Float64Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - next()))
    return radius * Math.cos(2 * Math.PI * next())
  })
}

/** U diag(sigma) V^T with U [m, m] and V [n, n] products of three random reflections each. */
export function withSpectrum(sigma: readonly number[], m: number, n: number, seed: number): Float64Array {
  const A = new Float64Array(m * n)
  sigma.forEach((value, i) => {
    A[i * n + i] = value
  })
  for (let round = 0; round < 3; round++) {
    reflect(A, m, n, gaussian(seed + 2 * round, m), true)
    reflect(A, m, n, gaussian(seed + 2 * round + 1, n), false)
  }
  return A
}

/** A <- (I - 2 v v^T / v^T v) A, or from the right. */
function reflect(A: Float64Array, m: number, n: number, v: Float64Array, left: boolean): void {
  const square = v.reduce((sum, x) => sum + x * x, 0)
  const [outer, inner] = left ? [n, m] : [m, n]
  const at = (o: number, i: number): number => (left ? i * n + o : o * n + i)
  for (let o = 0; o < outer; o++) {
    let overlap = 0
    for (let i = 0; i < inner; i++) overlap += v[i]! * A[at(o, i)]!
    for (let i = 0; i < inner; i++) A[at(o, i)] = A[at(o, i)]! - (2 * overlap * v[i]!) / square
  }
}

/** Singular values by one-sided Jacobi rotations (Hestenes), an oracle that shares nothing with the measured path. Descending. */
export function jacobi(values: ArrayLike<number>, m: number, n: number): number[] {
  if (m < n) return jacobi(transposed(values, m, n), n, m)
  const columns = Array.from({ length: n }, (_, j) => Float64Array.from({ length: m }, (_, i) => values[i * n + j]!))
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const [a, b] = [columns[p]!, columns[q]!]
        let [aa, bb, ab] = [0, 0, 0]
        for (let i = 0; i < m; i++) {
          aa += a[i]! * a[i]!
          bb += b[i]! * b[i]!
          ab += a[i]! * b[i]!
        }
        if (Math.abs(ab) <= 1e-15 * Math.sqrt(aa * bb)) continue
        rotated = true
        const zeta = (bb - aa) / (2 * ab)
        const t = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta))
        const c = 1 / Math.sqrt(1 + t * t)
        for (let i = 0; i < m; i++) {
          const x = a[i]!
          a[i] = c * (x - t * b[i]!)
          b[i] = c * (t * x + b[i]!)
        }
      }
    if (!rotated) break
  }
  return columns.map((column) => Math.hypot(...column)).sort((a, b) => b - a)
}

export function transposed(values: ArrayLike<number>, m: number, n: number): Float64Array {
  return Float64Array.from({ length: m * n }, (_, k) => values[(k % m) * n + Math.floor(k / m)]!)
}
