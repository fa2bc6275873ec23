/**
 * Eigenvalues and eigenvectors of a symmetric matrix: to tridiagonal form (sytrd), then root-free QL for values (sterf), or
 * divide and conquer (stedc) followed by the reduction's reflectors for vectors.
 */
import type { Pointer } from '../../kernels/index.js'
import type { Info, Real, Triangle } from '../lapack.js'
import type { Portable } from './arith.js'
import { writeNaN, writeSorted } from './results.js'
import { elementBytes, scaleToSafeRange } from './scale.js'
import { borrow } from './workspace.js'

/** `Lapack.syevd`. A matrix that holds NaN or infinities gives NaN values and info n. */
export function syevd(
  portable: Portable,
  type: Real,
  vectors: boolean,
  triangle: Triangle,
  n: number,
  a: Pointer,
  lda: number,
  w: Pointer,
): Info {
  if (n === 0) return 0
  const { kernels, scratch } = portable
  const routines = portable[type]
  const bytes = elementBytes(type)
  if (triangle === 'upper') routines.mirrorUpper(n, a, lda)
  const factor = scaleToSafeRange(portable, type, { pointer: a, stride: lda, count: n, width: (i) => i + 1 })
  if (factor === null) {
    writeNaN(kernels, type, n, w)
    return n
  }
  return borrow(kernels, (take) => {
    const d = take(n * 8)
    const e = take(n * 8)
    const taus = take(n * bytes)
    const panel = take(portable.panelElements(n) * bytes)
    routines.sytrd(n, a, lda, d, e, taus, panel, scratch)
    if (!vectors) {
      const info = portable.sterf(n, d, e)
      writeSorted(kernels, type, n, d, false, factor, w, null)
      return info
    }
    // Rows are the vectors: products and reflectors then work along memory.
    const z = take(n * n * bytes)
    const order = take(n * 4)
    const info = borrow(kernels, (lend) => {
      const tridiagonal = lend(n * n * 8)
      const conquer = lend(portable.stedcBytes(n))
      const status = portable.stedc(n, d, e, tridiagonal, n, conquer, lend(portable.batchBytes(n)), scratch)
      writeSorted(kernels, type, n, d, false, factor, w, order)
      routines.takeRows(n, n, tridiagonal, n, order, z, n)
      return status
    })
    const work = take(portable.workElements(n) * bytes)
    routines.ormBackward(n, n, a, lda, taus, z, n, panel, work, scratch)
    routines.transpose(n, n, z, n, 0, a, lda)
    return info
  })
}
