/** Least squares of minimum norm by the singular value decomposition: X = V S⁺ Uᵀ B, with small singular values counted as zero. */
import type { Pointer } from '../../kernels/index.js'
import type { Info, Real } from '../lapack.js'
import { type Portable, whole } from './arith.js'
import { gesdd } from './gesdd.js'
import { elementBytes, scaleToSafeRange } from './scale.js'
import { borrow } from './workspace.js'

const epsilon: Readonly<Record<Real, number>> = { f32: 2 ** -23, f64: 2 ** -52 }

/**
 * `Lapack.gelsd`. Of a tall A the residual's norm, also where A lacks rank, stands in row n, zeros below. A matrix that holds NaN or infinities gives
 * NaN singular values and X, rank 0 and info min(m, n).
 */
export function gelsd(
  portable: Portable,
  type: Real,
  m: number,
  n: number,
  nrhs: number,
  a: Pointer,
  lda: number,
  b: Pointer,
  ldb: number,
  s: Pointer,
  rcond: number,
): { info: Info; rank: number } {
  const { kernels, scratch } = portable
  const routines = portable[type]
  const bytes = elementBytes(type)
  const k = Math.min(m, n)
  const view = (pointer: Pointer, length: number): Float32Array | Float64Array =>
    type === 'f32' ? kernels.f32(pointer, length) : kernels.f64(pointer, length)
  const fillRows = (first: number, count: number, value: number): void => {
    for (let i = first; i < first + count; i++) view(b + i * ldb * bytes, nrhs).fill(value)
  }
  return borrow(kernels, (take) => {
    const [u, vh, c] = [take(m * k * bytes), take(k * n * bytes), take(k * nrhs * bytes)]
    const info = gesdd(
      portable,
      type,
      'thin',
      m,
      n,
      { pointer: a, stride: lda },
      s,
      { pointer: u, stride: k },
      { pointer: vh, stride: n },
    )
    if (info > 0) {
      fillRows(0, n, Number.NaN)
      return { info, rank: 0 }
    }
    const sigma = view(s, k)
    const threshold = (rcond < 0 ? epsilon[type] : rcond) * (sigma[0] ?? 0)
    let rank = 0
    while (rank < k && sigma[rank]! > threshold) rank++
    // NaN and infinities in B are left as they are: they spoil their own column.
    const factor = scaleToSafeRange(portable, type, { pointer: b, stride: ldb, count: m, width: () => nrhs }) ?? 1
    // Uᵀ B; of a tall matrix what remains, B - U Uᵀ B, is the residual.
    routines.gemm(whole, true, false, rank, nrhs, m, 1, u, k, b, ldb, 0, c, nrhs, scratch)
    if (m > n) {
      routines.gemm(whole, false, false, m, nrhs, rank, -1, u, k, c, nrhs, 1, b, ldb, scratch)
      const norms = residualNorms(m, nrhs, (i) => view(b + i * ldb * bytes, nrhs))
      fillRows(n, m - n, 0)
      view(b + n * ldb * bytes, nrhs).set(norms.map((x) => x / factor))
    }
    for (let i = 0; i < rank; i++) {
      const row = view(c + i * nrhs * bytes, nrhs)
      for (let j = 0; j < nrhs; j++) row[j]! /= sigma[i]!
    }
    routines.gemm(whole, true, false, n, nrhs, rank, 1, vh, n, c, nrhs, 0, b, ldb, scratch)
    if (factor !== 1) for (let i = 0; i < n; i++) routines.scal(nrhs, 1 / factor, b + i * ldb * bytes)
    return { info: 0, rank }
  })
}

/** Norms of the columns of B [m, nrhs], which is near 1 or far from the ends of the range. */
function residualNorms(m: number, nrhs: number, row: (i: number) => Float32Array | Float64Array): Float64Array {
  const squares = new Float64Array(nrhs)
  for (let i = 0; i < m; i++) {
    const values = row(i)
    for (let j = 0; j < nrhs; j++) squares[j]! += values[j]! ** 2
  }
  return squares.map(Math.sqrt)
}
