/**
 * Singular values and vectors. A tall matrix is transposed, so that what is reduced is W [p, q], p <= q; unless square, W = L Q first
 * (gelqf); then the square factor goes to bidiagonal form (gebrd), whose singular values are found by QR (bdsqr), or with vectors by divide
 * and conquer (bdsdc), and reflectors turn its vectors into W's.
 */
import type { Pointer } from '../../kernels/index.js'
import type { Info, Real } from '../lapack.js'
import type { Portable } from './arith.js'
import { writeNaN, writeSorted } from './results.js'
import { elementBytes, scaleToSafeRange } from './scale.js'
import { borrow } from './workspace.js'

/** A matrix in memory: where, and its row stride in elements. */
interface Place {
  readonly pointer: Pointer
  readonly stride: number
}

/** `Lapack.gesdd`. A matrix that holds NaN or infinities gives NaN values and info min(m, n), and leaves U and Vh alone. */
export function gesdd(
  portable: Portable,
  type: Real,
  vectors: 'none' | 'thin' | 'full',
  m: number,
  n: number,
  a: Place,
  s: Pointer,
  u: Place,
  vh: Place,
): Info {
  const routines = portable[type]
  if (m === 0 || n === 0) {
    if (vectors === 'full') {
      routines.setIdentity(m, m, 0, u.pointer, u.stride)
      routines.setIdentity(n, n, 0, vh.pointer, vh.stride)
    }
    return 0
  }
  const factor = scaleToSafeRange(portable, type, { ...a, count: m, width: () => n })
  if (factor === null) {
    writeNaN(portable.kernels, type, Math.min(m, n), s)
    return Math.min(m, n)
  }
  return borrow(portable.kernels, (take) => decompose(portable, type, vectors, m, n, a, factor, s, u, vh, take))
}

function decompose(
  portable: Portable,
  type: Real,
  vectors: 'none' | 'thin' | 'full',
  m: number,
  n: number,
  a: Place,
  factor: number,
  s: Pointer,
  u: Place,
  vh: Place,
  take: (bytes: number) => Pointer,
): Info {
  const { kernels, scratch } = portable
  const routines = portable[type]
  const bytes = elementBytes(type)
  const isTall = m > n
  const p = Math.min(m, n)
  const q = Math.max(m, n)
  const square = (): Place => ({ pointer: take(p * p * bytes), stride: p })
  const panel = take(portable.panelElements(q) * bytes)
  const rows = vectors === 'full' ? q : p
  const work = take(portable.workElements(rows) * bytes)

  // W = L Q, and the square matrix to be reduced.
  const W: Place = isTall ? { pointer: take(p * q * bytes), stride: q } : a
  if (isTall) routines.transpose(m, n, a.pointer, a.stride, 0, W.pointer, W.stride)
  const tauL = take(p * bytes)
  const M = p < q ? square() : W
  if (p < q) {
    const diagonal = take(p * bytes)
    routines.gelqf(p, q, W.pointer, W.stride, diagonal, tauL, panel, work, scratch)
    routines.copyL(p, W.pointer, W.stride, diagonal, M.pointer, M.stride)
  }

  // M = H B Gᵀ, and B's singular values.
  const [d, e, tauQ, tauP] = [take(p * 8), take(p * 8), take(p * bytes), take(p * bytes)]
  const H: Place = vectors === 'none' ? { pointer: 0, stride: 0 } : square()
  routines.gebrd(p, M.pointer, M.stride, d, e, H.pointer, H.stride, tauQ, tauP, panel, scratch)
  if (vectors === 'none') {
    const info = portable.bdsqr(p, d, e, false, 0, 0, 0, 0, 0, 0)
    writeSorted(kernels, type, p, d, true, factor, s, null)
    return info
  }

  // Vectors are rows until the end: products and reflectors then work along memory.
  const left: Place = isTall ? vh : square()
  const C: Place = isTall ? { pointer: take(rows * q * bytes), stride: q } : vh
  routines.setIdentity(rows, q, 0, C.pointer, C.stride)
  const info = borrow(kernels, (lend) => {
    const [ut, vt, order] = [lend(p * p * 8), lend(p * p * 8), lend(p * 4)]
    const [conquer, batches] = [lend(portable.bdsdcBytes(p)), lend(2 * portable.batchBytes(p) + 256)]
    const status = portable.bdsdc(p, d, e, ut, p, vt, p, conquer, batches, scratch)
    writeSorted(kernels, type, p, d, true, factor, s, order)
    routines.takeRows(p, p, ut, p, order, left.pointer, left.stride)
    routines.takeRows(p, p, vt, p, order, C.pointer, C.stride)
    return status
  })

  routines.ormForward(p, p, p, 0, H.pointer, H.stride, tauQ, left.pointer, left.stride, panel, work, scratch)
  if (!isTall) routines.transpose(p, p, left.pointer, left.stride, 0, u.pointer, u.stride)
  routines.ormForward(p, p, p - 1, 1, M.pointer, M.stride, tauP, C.pointer, C.stride, panel, work, scratch)
  if (p < q) routines.ormForward(rows, q, p, 0, W.pointer, W.stride, tauL, C.pointer, C.stride, panel, work, scratch)
  if (isTall) routines.transpose(rows, q, C.pointer, C.stride, 0, u.pointer, u.stride)
  return info
}
