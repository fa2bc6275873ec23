/** LU, Cholesky, QR and band systems: memory for the kernels' routines, and LAPACK's drivers made of them. */
import type { Pointer } from '../../kernels/index.js'
import type { Factorizations, Info, Real } from '../lapack.js'
import { type Portable, pivotRoom } from './arith.js'
import { elementBytes } from './scale.js'
import { borrow } from './workspace.js'

type Stems = 'potrf' | 'potri' | 'getrf' | 'getrs' | 'gesv' | 'getri' | 'gbsv' | 'geqrf' | 'geqp3' | 'orgqr' | 'ormqr'

/** The part of `Lapack` that factors and solves. */
export function factorizations(portable: Portable): Pick<Factorizations, Stems> {
  const { kernels, scratch } = portable

  function getrf(type: Real, m: number, n: number, a: Pointer, lda: number, ipiv: Pointer): Info {
    const bytes = portable.getrfPanelBytes(m)
    // Products rest while a panel is factored, so that it may have their memory.
    if (bytes <= portable.gemmScratchBytes) return portable[type].getrf(m, n, a, lda, ipiv, scratch, scratch)
    return borrow(kernels, (take) => portable[type].getrf(m, n, a, lda, ipiv, take(bytes), scratch))
  }

  function withPivots(n: number, run: (ipiv: Pointer) => Info): Info {
    return n <= pivotRoom ? run(portable.pivots) : borrow(kernels, (take) => run(take(n * 4)))
  }

  /** Lends the memory for reflectors of `length` elements on a matrix of `lines` rows or columns. */
  function reflect(type: Real, length: number, lines: number, run: (panel: Pointer, work: Pointer) => void): void {
    if (length === 0 || lines === 0) return
    borrow(kernels, (take) => {
      const panel = take(portable.reflectorElements(length) * elementBytes(type))
      const work = take(portable.workElements(lines) * elementBytes(type))
      run(panel, work)
    })
  }

  return {
    getrf,
    potrf(type, triangle, n, a, lda) {
      return portable[type].potrf(triangle === 'lower', n, a, lda, scratch)
    },
    potri(type, triangle, n, a, lda) {
      return portable[type].potri(triangle === 'lower', n, a, lda, scratch)
    },
    getrs(type, trans, n, nrhs, a, lda, ipiv, b, ldb) {
      portable[type].getrs(trans, n, nrhs, a, lda, ipiv, b, ldb, scratch)
    },
    gesv(type, n, nrhs, a, lda, b, ldb) {
      return withPivots(n, (ipiv) => {
        const info = getrf(type, n, n, a, lda, ipiv)
        if (info === 0) portable[type].getrs(false, n, nrhs, a, lda, ipiv, b, ldb, scratch)
        return info
      })
    },
    getri(type, n, a, lda) {
      return withPivots(n, (ipiv) => {
        const info = getrf(type, n, n, a, lda, ipiv)
        if (info !== 0) return info
        return borrow(kernels, (take) => {
          portable[type].getri(n, a, lda, ipiv, take(portable.getriWork(n) * elementBytes(type)), scratch)
          return 0
        })
      })
    },
    gbsv(type, n, kl, ku, nrhs, ab, b, ldb) {
      return borrow(kernels, (take) => {
        const work = take(portable.gbsvWork(n, kl, ku) * elementBytes(type))
        return portable[type].gbsv(n, kl, ku, nrhs, ab, b, ldb, work)
      })
    },
    geqrf(type, m, n, a, lda, tau) {
      reflect(type, m, n, (panel, work) => portable[type].geqrf(m, n, a, lda, tau, panel, work, scratch))
    },
    geqp3(type, m, n, a, lda, jpvt, tau) {
      borrow(kernels, (take) => {
        portable[type].geqp3(m, n, a, lda, jpvt, tau, take(portable.geqp3Bytes(m, n)), scratch)
      })
    },
    orgqr(type, m, n, k, a, lda, tau) {
      reflect(type, m, n, (panel, work) => portable[type].orgqr(m, n, k, a, lda, tau, panel, work, scratch))
    },
    ormqr(type, side, trans, m, n, k, a, lda, tau, c, ldc) {
      const isLeft = side === 'left'
      reflect(type, isLeft ? m : n, isLeft ? n : m, (panel, work) =>
        portable[type].ormqr(isLeft, trans, m, n, k, a, lda, tau, c, ldc, panel, work, scratch),
      )
    },
  }
}
