/**
 * What the portable LAPACK calls: each routine in both types. Pointers and strides as in `src/lapack/lapack.ts`; triangles are 0 whole, 1 lower,
 * 2 upper.
 */
import { batchBytes } from './batch'
import { mirrorUpper, setIdentity, takeRows, transpose } from './copy'
import { gebrd, gebrdPanel } from './gebrd'
import { copyL, gelqf } from './gelqf'
import { gemm, gemmScratchBytes } from './gemm'
import { larfbWork, ormBackward, ormForward, reflectorBlock } from './larfb'
import { sytrd, sytrdPanel } from './sytrd'
import { absMax, scal } from './vector'

export * from './factorizations'
export { bdsqr as lapack_bdsqr } from './bdsqr'
export { bdsdc as lapack_bdsdc, bdsdcBytes as lapack_bdsdcBytes } from './bdsdc'
export { geev as lapack_geev } from './geev'
export { gehrdPanel as lapack_gehrdPanel } from './gehrd'
export { hseqrSpace as lapack_hseqrSpace } from './hseqr'
export { stedc as lapack_stedc, stedcBytes as lapack_stedcBytes } from './stedc'
export { sterf as lapack_sterf } from './sterf'

// Sizes of the memory that callers provide.
export function lapack_gemmScratchBytes(): usize {
  return gemmScratchBytes
}
export function lapack_batchBytes(n: i32): usize {
  return batchBytes(n)
}
/** Elements for the panel of any reduction or product of reflectors on vectors of n elements. */
export function lapack_panelElements(n: i32): i32 {
  return max(max(sytrdPanel(n), gebrdPanel(n)), reflectorBlock * (n + 1))
}
export function lapack_larfbWork(rows: i32): i32 {
  return larfbWork(rows)
}

export function lapack_gemm_f32(
  triangle: i32, transA: bool, transB: bool, m: i32, n: i32, k: i32, alpha: f32, a: usize, lda: i32, b: usize,
  ldb: i32, beta: f32, c: usize, ldc: i32, scratch: usize,
): void {
  gemm<f32>(triangle, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, scratch)
}
export function lapack_gemm_f64(
  triangle: i32, transA: bool, transB: bool, m: i32, n: i32, k: i32, alpha: f64, a: usize, lda: i32, b: usize,
  ldb: i32, beta: f64, c: usize, ldc: i32, scratch: usize,
): void {
  gemm<f64>(triangle, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, scratch)
}
export function lapack_sytrd_f32(
  n: i32, a: usize, lda: i32, d: usize, e: usize, taus: usize, panel: usize, scratch: usize,
): void {
  sytrd<f32>(n, a, lda, d, e, taus, panel, scratch)
}
export function lapack_sytrd_f64(
  n: i32, a: usize, lda: i32, d: usize, e: usize, taus: usize, panel: usize, scratch: usize,
): void {
  sytrd<f64>(n, a, lda, d, e, taus, panel, scratch)
}
export function lapack_gebrd_f32(
  n: i32, a: usize, lda: i32, d: usize, e: usize, q: usize, ldq: i32, tauQ: usize, tauP: usize, panel: usize, scratch: usize,
): void {
  gebrd<f32>(n, a, lda, d, e, q, ldq, tauQ, tauP, panel, scratch)
}
export function lapack_gebrd_f64(
  n: i32, a: usize, lda: i32, d: usize, e: usize, q: usize, ldq: i32, tauQ: usize, tauP: usize, panel: usize, scratch: usize,
): void {
  gebrd<f64>(n, a, lda, d, e, q, ldq, tauQ, tauP, panel, scratch)
}
export function lapack_gelqf_f32(
  m: i32, n: i32, a: usize, lda: i32, diagonal: usize, taus: usize, panel: usize, work: usize, scratch: usize,
): void {
  gelqf<f32>(m, n, a, lda, diagonal, taus, panel, work, scratch)
}
export function lapack_gelqf_f64(
  m: i32, n: i32, a: usize, lda: i32, diagonal: usize, taus: usize, panel: usize, work: usize, scratch: usize,
): void {
  gelqf<f64>(m, n, a, lda, diagonal, taus, panel, work, scratch)
}
export function lapack_copyL_f32(m: i32, a: usize, lda: i32, diagonal: usize, l: usize, ldl: i32): void {
  copyL<f32>(m, a, lda, diagonal, l, ldl)
}
export function lapack_copyL_f64(m: i32, a: usize, lda: i32, diagonal: usize, l: usize, ldl: i32): void {
  copyL<f64>(m, a, lda, diagonal, l, ldl)
}
export function lapack_ormForward_f32(
  rows: i32, n: i32, count: i32, shift: i32, v: usize, ldv: i32, taus: usize, c: usize, ldc: i32, panel: usize,
  work: usize, scratch: usize,
): void {
  ormForward<f32>(rows, n, count, shift, v, ldv, taus, c, ldc, panel, work, scratch)
}
export function lapack_ormForward_f64(
  rows: i32, n: i32, count: i32, shift: i32, v: usize, ldv: i32, taus: usize, c: usize, ldc: i32, panel: usize,
  work: usize, scratch: usize,
): void {
  ormForward<f64>(rows, n, count, shift, v, ldv, taus, c, ldc, panel, work, scratch)
}
export function lapack_ormBackward_f32(
  rows: i32, n: i32, v: usize, ldv: i32, taus: usize, c: usize, ldc: i32, panel: usize, work: usize, scratch: usize,
): void {
  ormBackward<f32>(rows, n, v, ldv, taus, c, ldc, panel, work, scratch)
}
export function lapack_ormBackward_f64(
  rows: i32, n: i32, v: usize, ldv: i32, taus: usize, c: usize, ldc: i32, panel: usize, work: usize, scratch: usize,
): void {
  ormBackward<f64>(rows, n, v, ldv, taus, c, ldc, panel, work, scratch)
}
export function lapack_transpose_f32(m: i32, n: i32, a: usize, lda: i32, order: usize, b: usize, ldb: i32): void {
  transpose<f32>(m, n, a, lda, order, b, ldb)
}
export function lapack_transpose_f64(m: i32, n: i32, a: usize, lda: i32, order: usize, b: usize, ldb: i32): void {
  transpose<f64>(m, n, a, lda, order, b, ldb)
}
export function lapack_setIdentity_f32(m: i32, n: i32, shift: i32, a: usize, lda: i32): void {
  setIdentity<f32>(m, n, shift, a, lda)
}
export function lapack_setIdentity_f64(m: i32, n: i32, shift: i32, a: usize, lda: i32): void {
  setIdentity<f64>(m, n, shift, a, lda)
}
export function lapack_mirrorUpper_f32(n: i32, a: usize, lda: i32): void {
  mirrorUpper<f32>(n, a, lda)
}
export function lapack_mirrorUpper_f64(n: i32, a: usize, lda: i32): void {
  mirrorUpper<f64>(n, a, lda)
}
export function lapack_absMax_f32(n: i32, x: usize): f64 {
  return absMax<f32>(n, x)
}
export function lapack_absMax_f64(n: i32, x: usize): f64 {
  return absMax<f64>(n, x)
}
export function lapack_scal_f32(n: i32, alpha: f64, x: usize): void {
  scal<f32>(n, alpha, x)
}
export function lapack_scal_f64(n: i32, alpha: f64, x: usize): void {
  scal<f64>(n, alpha, x)
}
export function lapack_takeRows_f32(m: i32, n: i32, a: usize, lda: i32, order: usize, b: usize, ldb: i32): void {
  takeRows<f32>(m, n, a, lda, order, b, ldb)
}
export function lapack_takeRows_f64(m: i32, n: i32, a: usize, lda: i32, order: usize, b: usize, ldb: i32): void {
  takeRows<f64>(m, n, a, lda, order, b, ldb)
}
