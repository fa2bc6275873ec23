/** Matrices in the kernels' memory: views, copies, transposed copies, and a look for NaN and infinity. All by the arithmetic module. */
import { elementBytes, type Kernels, type Pointer } from '../kernels/index.js'
import type { Real } from './lapack.js'

type Transpose = (m: number, n: number, a: Pointer, lda: number, order: Pointer, b: Pointer, ldb: number) => void
type AbsMax = (n: number, x: Pointer) => number

export function viewOf(kernels: Kernels, type: Real, pointer: Pointer, length: number): Float32Array | Float64Array {
  return type === 'f64' ? kernels.f64(pointer, length) : kernels.f32(pointer, length)
}

/** B [n, m] = Aᵀ of A [m, n], which do not overlap. */
export function transposeInto(
  kernels: Kernels,
  type: Real,
  m: number,
  n: number,
  a: Pointer,
  lda: number,
  b: Pointer,
  ldb: number,
): void {
  const transpose = kernels.arith[`lapack_transpose_${type}`] as Transpose
  transpose(m, n, a, lda, 0, b, ldb)
}

/** Whether all elements of A [m, n] are finite. */
export function allFinite(kernels: Kernels, type: Real, m: number, n: number, a: Pointer, lda: number): boolean {
  if (m === 0 || n === 0) return true
  const absMax = kernels.arith[`lapack_absMax_${type}`] as AbsMax
  if (lda === n) return Number.isFinite(absMax(m * n, a))
  for (let i = 0; i < m; i++) if (!Number.isFinite(absMax(n, a + i * lda * elementBytes[type]))) return false
  return true
}

/** A [m, n] = value. */
export function fillMatrix(
  kernels: Kernels,
  type: Real,
  m: number,
  n: number,
  a: Pointer,
  lda: number,
  value: number,
): void {
  for (let i = 0; i < m; i++) viewOf(kernels, type, a + i * lda * elementBytes[type], n).fill(value)
}
