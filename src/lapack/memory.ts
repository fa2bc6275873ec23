/** Matrices in the kernels' memory: views, copies, transposed copies, and a look for NaN and infinity. By the array module. */
import { elementBytes, elementTypes, type Kernels, type Pointer, planPointer } from '../kernels/index.js'
import type { Real } from './lapack.js'

export function viewOf(kernels: Kernels, type: Real, pointer: Pointer, length: number): Float32Array | Float64Array {
  return type === 'f64' ? kernels.f64(pointer, length) : kernels.f32(pointer, length)
}

/** B [n, m] = Aᵀ of A [m, n], which do not overlap; one of them has no gaps between its rows. */
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
  if (m === 0 || n === 0) return
  const plan = kernels.i32(planPointer, 4)
  if (ldb === m) {
    plan[0] = n
    plan[1] = m
    plan[2] = 1
    plan[3] = lda
    kernels.array.gatherStrided(elementBytes[type], 2, a, b)
    return
  }
  plan[0] = m
  plan[1] = n
  plan[2] = 1
  plan[3] = ldb
  kernels.array.scatterStrided(elementBytes[type], 2, a, b)
}

/** Whether all elements of A [m, n] are finite. */
export function allFinite(kernels: Kernels, type: Real, m: number, n: number, a: Pointer, lda: number): boolean {
  if (m === 0 || n === 0) return true
  const code = elementTypes.indexOf(type)
  if (lda === n) return kernels.array.firstNonfinite(code, m * n, a) < 0
  for (let i = 0; i < m; i++)
    if (kernels.array.firstNonfinite(code, n, a + i * lda * elementBytes[type]) >= 0) return false
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
