/**
 * Products through the Fortran BLAS. A row-major matrix is its own transpose seen column by column, so Cᵀ = op(B)ᵀ op(A)ᵀ needs no copy: the
 * operands change places, and for syrk the triangles and `trans` do.
 */
import type { Abi } from './abi.node.js'
import type { Frame } from './frame.node.js'
import type { Native } from './koffi.node.js'
import type { Lapack, Real } from './lapack.js'
import { type Threads, threadedWork } from './threads.node.js'
import { leading } from './workspace.node.js'

type Table = Record<Real, Native>

export function createBlas(abi: Abi, frame: Frame, threads: Threads): Pick<Lapack, 'gemm' | 'syrk'> {
  const gemms: Table = { f32: abi.required('sgemm', 13), f64: abi.required('dgemm', 13) }
  const syrks: Table = { f32: abi.required('ssyrk', 10), f64: abi.required('dsyrk', 10) }

  return {
    gemm(type, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) {
      if (m === 0 || n === 0) return
      threads.use(m * n * k >= threadedWork)
      const f = frame.fresh()
      gemms[type](
        f.letter(transB ? 'T' : 'N'),
        f.letter(transA ? 'T' : 'N'),
        f.integer(0, n),
        f.integer(1, m),
        f.integer(2, k),
        f.real(3, type, alpha),
        f.base + b,
        f.integer(4, leading(ldb, transB ? k : n)),
        f.base + a,
        f.integer(5, leading(lda, transA ? m : k)),
        f.real(6, type, beta),
        f.base + c,
        f.integer(7, leading(ldc, n)),
        1,
        1,
        0,
      )
    },

    syrk(type, triangle, trans, n, k, alpha, a, lda, beta, c, ldc) {
      if (n === 0) return
      threads.use(n * n * k >= 2 * threadedWork)
      const f = frame.fresh()
      syrks[type](
        f.letter(triangle === 'upper' ? 'L' : 'U'),
        f.letter(trans ? 'N' : 'T'),
        f.integer(0, n),
        f.integer(1, k),
        f.real(2, type, alpha),
        f.base + a,
        f.integer(3, leading(lda, trans ? n : k)),
        f.real(4, type, beta),
        f.base + c,
        f.integer(5, leading(ldc, n)),
        1,
        1,
        0,
      )
    },
  }
}
