/** Small symmetric systems, on plain arrays. */

/** Lower Cholesky factor of a [n, n] positive definite matrix, row-major, in place; columns that rounding makes dependent become 0. */
export function choleskyInPlace(A: Float64Array, n: number): Float64Array {
  const diagonal = Float64Array.from({ length: n }, (_, j) => A[j * n + j]!)
  for (let j = 0; j < n; j++) {
    let pivot = A[j * n + j]!
    for (let k = 0; k < j; k++) pivot -= A[j * n + k]! ** 2
    const isNull = !(pivot > 1e-12 * diagonal[j]!)
    const root = isNull ? 0 : Math.sqrt(pivot)
    A[j * n + j] = root
    for (let i = j + 1; i < n; i++) {
      if (isNull) {
        A[i * n + j] = 0
        continue
      }
      let sum = A[i * n + j]!
      for (let k = 0; k < j; k++) sum -= A[i * n + k]! * A[j * n + k]!
      A[i * n + j] = sum / root
    }
  }
  return A
}

/** L^-1 b in place, for one right-hand side; where the factor's column is 0 so is the result. */
export function forwardSolve(L: Float64Array, n: number, b: Float64Array): Float64Array {
  for (let i = 0; i < n; i++) {
    let sum = b[i]!
    for (let k = 0; k < i; k++) sum -= L[i * n + k]! * b[k]!
    const pivot = L[i * n + i]!
    b[i] = pivot === 0 ? 0 : sum / pivot
  }
  return b
}

/** L^-T b in place. */
export function backSolve(L: Float64Array, n: number, b: Float64Array): Float64Array {
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i]!
    for (let k = i + 1; k < n; k++) sum -= L[k * n + i]! * b[k]!
    const pivot = L[i * n + i]!
    b[i] = pivot === 0 ? 0 : sum / pivot
  }
  return b
}

/** Least squares with an intercept and `penalty` on the squared coefficients: coefficients, intercept last. `x` [all rows, d] row-major. */
export function ridgeRegression(
  x: Float64Array,
  d: number,
  y: Float64Array,
  rows: Int32Array,
  penalty: number,
): Float64Array {
  const p = d + 1
  const A = new Float64Array(p * p)
  const b = new Float64Array(p)
  const line = new Float64Array(p).fill(1)
  for (const row of rows) {
    for (let j = 0; j < d; j++) line[j] = x[row * d + j]!
    for (let i = 0; i < p; i++) {
      const value = line[i]!
      if (value === 0) continue
      b[i]! += value * y[row]!
      for (let j = 0; j <= i; j++) A[i * p + j]! += value * line[j]!
    }
  }
  for (let i = 0; i < d; i++) A[i * p + i]! += penalty
  choleskyInPlace(A, p)
  return backSolve(A, p, forwardSolve(A, p, b))
}
