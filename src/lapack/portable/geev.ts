/**
 * Eigenvalues and eigenvectors of a general matrix. All is one routine of the LAPACK module (assembly/lapack/geev.ts), in float64 for
 * both types; this brings A there and the results back.
 */
import type { Kernels, Pointer } from '../../kernels/index.js'
import type { Info, Real } from '../lapack.js'
import type { Portable } from './arith.js'
import { writeNaN } from './results.js'
import { elementBytes } from './scale.js'
import { borrow } from './workspace.js'

/** `Lapack.geev`. A matrix that holds NaN or infinities gives NaN values and info n, and leaves `vr` alone, as does any failure. */
export function geev(
  portable: Portable,
  type: Real,
  vectors: boolean,
  n: number,
  a: Pointer,
  lda: number,
  wr: Pointer,
  wi: Pointer,
  vr: Pointer,
  ldvr: number,
): Info {
  if (n === 0) return 0
  const { kernels, scratch } = portable
  const routines = portable[type]
  let largest = 0
  for (let i = 0; i < n; i++) largest = Math.max(largest, routines.absMax(n, a + i * lda * elementBytes(type)))
  if (!Number.isFinite(largest)) {
    writeNaN(kernels, type, n, wr)
    writeNaN(kernels, type, n, wi)
    return n
  }
  return borrow(kernels, (take) => {
    const matrix = take(n * n * 8)
    const [zt, x] = vectors ? [take(n * n * 8), take(n * n * 8)] : [0, 0]
    const values = take(4 * n * 8)
    const [panel, work] = [take(portable.gehrdPanel(n) * 8), take(portable.workElements(n) * 8)]
    const space = take(portable.hseqrSpace(n) * 8)
    copyIn(kernels, type, n, a, lda, matrix)
    const spectrum = values + 2 * n * 8
    const info = portable.geev(
      type === 'f32',
      n,
      matrix,
      spectrum,
      spectrum + n * 8,
      zt,
      x,
      values,
      panel,
      work,
      space,
      scratch,
    )
    copyOut(kernels, type, n, spectrum, wr)
    copyOut(kernels, type, n, spectrum + n * 8, wi)
    if (vectors && info === 0) {
      // The rows are the vectors.
      const rows = type === 'f64' ? matrix : x
      if (type === 'f32') routines.takeRows(n, n, matrix, n, 0, rows, n)
      routines.transpose(n, n, rows, n, 0, vr, ldvr)
    }
    return info
  })
}

/** A, in float64 and without gaps. */
function copyIn(kernels: Kernels, type: Real, n: number, a: Pointer, lda: number, target: Pointer): void {
  const matrix = kernels.f64(target, n * n)
  const length = (n - 1) * lda + n
  const source = type === 'f32' ? kernels.f32(a, length) : kernels.f64(a, length)
  if (lda === n) matrix.set(source)
  else for (let i = 0; i < n; i++) matrix.set(source.subarray(i * lda, i * lda + n), i * n)
}

function copyOut(kernels: Kernels, type: Real, n: number, source: Pointer, target: Pointer): void {
  const values = kernels.f64(source, n)
  if (type === 'f32') kernels.f32(target, n).set(values)
  else kernels.f64(target, n).set(values)
}
