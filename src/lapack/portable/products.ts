/** Products and triangular systems: nothing but the right words for the kernels' routines. */
import type { Lapack } from '../lapack.js'
import { lower, type Portable, upper, whole } from './arith.js'

/** The part of `Lapack` that multiplies, and solves with one triangle. */
export function products(portable: Portable): Pick<Lapack, 'gemm' | 'syrk' | 'gemv' | 'trsm' | 'trmm'> {
  const { scratch } = portable
  return {
    gemm(type, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) {
      portable[type].gemm(whole, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, scratch)
    },
    // A product of A with itself whose blocks outside the triangle are left out.
    syrk(type, triangle, trans, n, k, alpha, a, lda, beta, c, ldc) {
      const part = triangle === 'lower' ? lower : upper
      portable[type].gemm(part, trans, !trans, n, n, k, alpha, a, lda, a, lda, beta, c, ldc, scratch)
    },
    gemv(type, trans, m, n, alpha, a, lda, x, beta, y) {
      portable[type].gemv(trans, m, n, alpha, a, lda, x, beta, y, scratch)
    },
    trsm(type, side, triangle, trans, unit, m, n, alpha, a, lda, b, ldb) {
      portable[type].trsm(side === 'left', triangle === 'lower', trans, unit, m, n, alpha, a, lda, b, ldb, scratch)
    },
    trmm(type, side, triangle, trans, unit, m, n, alpha, a, lda, b, ldb) {
      portable[type].trmm(side === 'left', triangle === 'lower', trans, unit, m, n, alpha, a, lda, b, ldb, scratch)
    },
  }
}
