/**
 * The seam for cubic work: LAPACK's own stems, row-major, on byte offsets in the kernels' memory. `system.node.ts` calls the machine's BLAS
 * and LAPACK, `portable/` is ours. Callers check shapes; these routines trust their arguments. `lda` and kin are row strides in elements.
 */
import type { Kernels, Pointer } from '../kernels/index.js'

export type Real = 'f32' | 'f64'
export type Triangle = 'upper' | 'lower'
/** Which side of B a triangular or orthogonal factor stands on. */
export type Side = 'left' | 'right'

/** Outcome of a factorization, LAPACK's `info`: 0 done, > 0 not converged (how many values) or the 1-based pivot that failed, never negative (that is our defect and throws). */
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

/** Products and solutions with one triangle of A; the other is not read, with `unit` neither is the diagonal. */
export interface Triangular {
  /** y = alpha op(A) x + beta y, A [m, n] as stored. beta = 0 never reads y. */
  gemv(
    type: Real,
    trans: boolean,
    m: number,
    n: number,
    alpha: number,
    a: Pointer,
    lda: number,
    x: Pointer,
    beta: number,
    y: Pointer,
  ): void
  /** B [m, n] = alpha op(A)^-1 B, or alpha B op(A)^-1 on the right. Zero pivots are not looked for. */
  trsm(
    type: Real,
    side: Side,
    triangle: Triangle,
    trans: boolean,
    unit: boolean,
    m: number,
    n: number,
    alpha: number,
    a: Pointer,
    lda: number,
    b: Pointer,
    ldb: number,
  ): void
  /** B [m, n] = alpha op(A) B, or alpha B op(A) on the right. */
  trmm(
    type: Real,
    side: Side,
    triangle: Triangle,
    trans: boolean,
    unit: boolean,
    m: number,
    n: number,
    alpha: number,
    a: Pointer,
    lda: number,
    b: Pointer,
    ldb: number,
  ): void
}

/**
 * LU, Cholesky, QR. Pivots and permutations are i32, 0-based. None hangs or leaves its matrix on NaN or infinity: NaN spreads to the result,
 * or info is positive; pivots stay inside the matrix.
 */
export interface Factorizations {
  /** A [n, n] = L Lᵀ (lower) or Uᵀ U (upper) in its triangle; the other is left alone. Info: order of the first minor that is not positive. */
  potrf(type: Real, triangle: Triangle, n: number, a: Pointer, lda: number): Info
  /** The inverse's triangle from potrf's factor. */
  potri(type: Real, triangle: Triangle, n: number, a: Pointer, lda: number): Info
  /** P A = L U with row exchanges: row i was exchanged with `ipiv[i]`, min(m, n) of them. Info: first exactly zero pivot (the rest is done). */
  getrf(type: Real, m: number, n: number, a: Pointer, lda: number, ipiv: Pointer): Info
  /** B [n, nrhs] = op(A)^-1 B from getrf's factors. */
  getrs(type: Real, trans: boolean, n: number, nrhs: number, a: Pointer, lda: number, ipiv: Pointer, b: Pointer, ldb: number): void // biome-ignore format: one line
  /** B [n, nrhs] = A^-1 B; A is destroyed (what it holds then is the library's affair). Info as getrf, and then B is spoilt. */
  gesv(type: Real, n: number, nrhs: number, a: Pointer, lda: number, b: Pointer, ldb: number): Info
  /** A = A^-1 (LAPACK's getrf and getri in one step). Info as getrf, and then A is spoilt. */
  getri(type: Real, n: number, a: Pointer, lda: number): Info
  /** Solves with a band matrix: row i of `ab` [n, kl + ku + 1] holds A[i, i - kl .. i + ku]. B [n, nrhs]; `ab` is destroyed. Info as getrf. */
  gbsv(type: Real, n: number, kl: number, ku: number, nrhs: number, ab: Pointer, b: Pointer, ldb: number): Info
  /** A [m, n] = Q R: R in the upper triangle, below it the reflectors I - tau v vᵀ, v's columns with 1 on the diagonal. */
  geqrf(type: Real, m: number, n: number, a: Pointer, lda: number, tau: Pointer): void
  /** The same for A P with column pivoting: column j of A P was column `jpvt[j]` of A; |R's diagonal| falls. */
  geqp3(type: Real, m: number, n: number, a: Pointer, lda: number, jpvt: Pointer, tau: Pointer): void
  /** The first n columns of Q (m >= n >= k) from k reflectors in A's columns, in place. */
  orgqr(type: Real, m: number, n: number, k: number, a: Pointer, lda: number, tau: Pointer): void
  /** C [m, n] = op(Q) C, or C op(Q) on the right, Q from k reflectors in the columns of `a`. */
  ormqr(type: Real, side: Side, trans: boolean, m: number, n: number, k: number, a: Pointer, lda: number, tau: Pointer, c: Pointer, ldc: number): void // biome-ignore format: one line
  /**
   * Least squares of minimum norm, min ||B - A X||, by the SVD: B [max(m, n), nrhs] is overwritten by X in its first n rows; when m > n and
   * A has full rank the squares of the rest of a column sum to its residual. Singular values to `s`, those <= rcond s[0] (rcond < 0: eps)
   * count as zero. A is destroyed. An A with NaN or infinity gives NaN throughout and info min(m, n); a column of B with one gives a column of NaN.
   */
  gelsd(type: Real, m: number, n: number, nrhs: number, a: Pointer, lda: number, b: Pointer, ldb: number, s: Pointer, rcond: number): { info: Info; rank: number } // biome-ignore format: one line
  /** Estimate of 1 / (||A|| ||A^-1||) in the one- or infinity-norm, from getrf's factors and A's norm. */
  gecon(type: Real, norm: 'one' | 'inf', n: number, a: Pointer, lda: number, ipiv: Pointer, anorm: number): number
  /** The same from potrf's factor (both norms are equal). */
  pocon(type: Real, triangle: Triangle, n: number, a: Pointer, lda: number, anorm: number): number
  /** The same for a triangle; its own norm is computed. */
  trcon(type: Real, norm: 'one' | 'inf', triangle: Triangle, unit: boolean, n: number, a: Pointer, lda: number): number
}

/** Eigenvalues of general matrices. */
export interface Spectral {
  /**
   * Eigenvalues of A [n, n] to `wr` and `wi`, conjugate pairs together, the one with positive imaginary part first. With `vectors`, `vr`
   * [n, n] has the right eigenvectors as columns of norm 1, largest component real; those of a pair j, j + 1 are column j +- i column j + 1.
   * A is destroyed. Info: as many eigenvalues did not converge; n, and NaN throughout, for an A with NaN or infinity.
   */
  geev(type: Real, vectors: boolean, n: number, a: Pointer, lda: number, wr: Pointer, wi: Pointer, vr: Pointer, ldvr: number): Info // biome-ignore format: one line
}

export interface Lapack extends Triangular, Factorizations, Spectral {
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
