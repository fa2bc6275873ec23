/**
 * The seam for cubic work: LAPACK's own stems, row-major, on byte offsets in the kernels' memory. `system.node.ts` calls the machine's BLAS
 * and LAPACK, `portable/` is ours. Callers check shapes; these routines trust their arguments. `lda` and kin are row strides in elements.
 */
import type { Kernels, Pointer } from '../kernels/index.js'

export type Real = 'f32' | 'f64'
export type Triangle = 'upper' | 'lower'

/** Outcome of a factorization, LAPACK's `info`: 0 done, > 0 not converged (how many values), never negative (that is our defect and throws). */
export type Info = number

export interface BackendInfo {
  /** `system` or `portable`. */
  readonly kind: 'system' | 'portable'
  /** `OpenBLAS 0.3.21`, `BLIS 0.9.0 + LAPACK 3.11.0`, `portable`. */
  readonly name: string
  /** The library's file for a system backend. */
  readonly path: string | null
  /** The core type the library runs on (`SkylakeX`), where it says. */
  readonly core: string | null
  readonly threads: number
  /** Bytes of the library's integers. */
  readonly integerBytes: 4 | 8 | null
}

export interface Lapack {
  readonly info: BackendInfo
  readonly kernels: Kernels
  /** Asks for `n` BLAS threads; the portable backend has one and ignores it. */
  setThreads(n: number): void
  /** C [m, n] = alpha op(A) [m, k] op(B) [k, n] + beta C. beta = 0 never reads C. */
  gemm(
    type: Real,
    transA: boolean,
    transB: boolean,
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: Pointer,
    lda: number,
    b: Pointer,
    ldb: number,
    beta: number,
    c: Pointer,
    ldc: number,
  ): void
  /** One triangle of C [n, n] = alpha A Aᵀ + beta C with A [n, k]; with `trans`, alpha Aᵀ A + beta C with A [k, n]. */
  syrk(
    type: Real,
    triangle: Triangle,
    trans: boolean,
    n: number,
    k: number,
    alpha: number,
    a: Pointer,
    lda: number,
    beta: number,
    c: Pointer,
    ldc: number,
  ): void
  /** Eigenvalues of symmetric A [n, n], ascending, to `w`; with `vectors`, A is overwritten by the eigenvectors as columns, else it is destroyed. */
  syevd(type: Real, vectors: boolean, triangle: Triangle, n: number, a: Pointer, lda: number, w: Pointer): Info
  /**
   * Singular values of A [m, n], descending, to `s` (min(m, n) of them); A is destroyed. `vectors`: `none`, `thin` (U [m, k], Vh [k, n],
   * k = min(m, n)) or `full` (U [m, m], Vh [n, n]). `u` and `vh` are not read for `none`.
   */
  gesdd(
    type: Real,
    vectors: 'none' | 'thin' | 'full',
    m: number,
    n: number,
    a: Pointer,
    lda: number,
    s: Pointer,
    u: Pointer,
    ldu: number,
    vh: Pointer,
    ldvh: number,
  ): Info
}
