/** Triangular, LU, Cholesky and QR routines as the module exports them, each in both types. */
import { gbsv, gbsvWork } from './gbsv'
import { gemvScaled } from './gemv'
import { geqp3, geqp3Bytes } from './geqp3'
import { geqrf, orgqr, ormqr } from './geqrf'
import { getrf, getrfPanelBytes } from './getrf'
import { getri, getriWork, getrs } from './getri'
import { reflectorBlock } from './larfb'
import { potrf } from './potrf'
import { potri } from './potri'
import { trmm } from './trmm'
import { trsm } from './trsm'

// Sizes of the memory that callers provide.
export function lapack_getrfPanelBytes(m: i32): usize {
  return getrfPanelBytes(m)
}
export function lapack_reflectorElements(length: i32): i32 {
  return reflectorBlock * length
}
export function lapack_getriWork(n: i32): i32 {
  return getriWork(n)
}
export function lapack_gbsvWork(n: i32, kl: i32, ku: i32): i32 {
  return gbsvWork(n, kl, ku)
}
export function lapack_geqp3Bytes(m: i32, n: i32): usize {
  return geqp3Bytes(m, n)
}

export function lapack_gemv_f32(
  trans: bool, m: i32, n: i32, alpha: f32, a: usize, lda: i32, x: usize, beta: f32, y: usize, scratch: usize,
): void {
  gemvScaled<f32>(trans, m, n, alpha, a, lda, x, beta, y, scratch)
}
export function lapack_gemv_f64(
  trans: bool, m: i32, n: i32, alpha: f64, a: usize, lda: i32, x: usize, beta: f64, y: usize, scratch: usize,
): void {
  gemvScaled<f64>(trans, m, n, alpha, a, lda, x, beta, y, scratch)
}
export function lapack_trsm_f32(
  left: bool, lower: bool, trans: bool, unit: bool, m: i32, n: i32, alpha: f32, a: usize, lda: i32, b: usize, ldb:
  i32, scratch: usize,
): void {
  trsm<f32>(left, lower, trans, unit, m, n, alpha, a, lda, b, ldb, scratch)
}
export function lapack_trsm_f64(
  left: bool, lower: bool, trans: bool, unit: bool, m: i32, n: i32, alpha: f64, a: usize, lda: i32, b: usize, ldb:
  i32, scratch: usize,
): void {
  trsm<f64>(left, lower, trans, unit, m, n, alpha, a, lda, b, ldb, scratch)
}
export function lapack_trmm_f32(
  left: bool, lower: bool, trans: bool, unit: bool, m: i32, n: i32, alpha: f32, a: usize, lda: i32, b: usize, ldb:
  i32, scratch: usize,
): void {
  trmm<f32>(left, lower, trans, unit, m, n, alpha, a, lda, b, ldb, scratch)
}
export function lapack_trmm_f64(
  left: bool, lower: bool, trans: bool, unit: bool, m: i32, n: i32, alpha: f64, a: usize, lda: i32, b: usize, ldb:
  i32, scratch: usize,
): void {
  trmm<f64>(left, lower, trans, unit, m, n, alpha, a, lda, b, ldb, scratch)
}
export function lapack_potrf_f32(lower: bool, n: i32, a: usize, lda: i32, scratch: usize): i32 {
  return potrf<f32>(lower, n, a, lda, scratch)
}
export function lapack_potrf_f64(lower: bool, n: i32, a: usize, lda: i32, scratch: usize): i32 {
  return potrf<f64>(lower, n, a, lda, scratch)
}
export function lapack_potri_f32(lower: bool, n: i32, a: usize, lda: i32, scratch: usize): i32 {
  return potri<f32>(lower, n, a, lda, scratch)
}
export function lapack_potri_f64(lower: bool, n: i32, a: usize, lda: i32, scratch: usize): i32 {
  return potri<f64>(lower, n, a, lda, scratch)
}
export function lapack_getrf_f32(m: i32, n: i32, a: usize, lda: i32, pivots: usize, panel: usize, scratch: usize): i32 {
  return getrf<f32>(m, n, a, lda, pivots, panel, scratch)
}
export function lapack_getrf_f64(m: i32, n: i32, a: usize, lda: i32, pivots: usize, panel: usize, scratch: usize): i32 {
  return getrf<f64>(m, n, a, lda, pivots, panel, scratch)
}
export function lapack_getrs_f32(
  trans: bool, n: i32, count: i32, a: usize, lda: i32, pivots: usize, b: usize, ldb: i32, scratch: usize,
): void {
  getrs<f32>(trans, n, count, a, lda, pivots, b, ldb, scratch)
}
export function lapack_getrs_f64(
  trans: bool, n: i32, count: i32, a: usize, lda: i32, pivots: usize, b: usize, ldb: i32, scratch: usize,
): void {
  getrs<f64>(trans, n, count, a, lda, pivots, b, ldb, scratch)
}
export function lapack_getri_f32(n: i32, a: usize, lda: i32, pivots: usize, work: usize, scratch: usize): void {
  getri<f32>(n, a, lda, pivots, work, scratch)
}
export function lapack_getri_f64(n: i32, a: usize, lda: i32, pivots: usize, work: usize, scratch: usize): void {
  getri<f64>(n, a, lda, pivots, work, scratch)
}
export function lapack_gbsv_f32(n: i32, kl: i32, ku: i32, count: i32, ab: usize, b: usize, ldb: i32, work: usize): i32 {
  return gbsv<f32>(n, kl, ku, count, ab, b, ldb, work)
}
export function lapack_gbsv_f64(n: i32, kl: i32, ku: i32, count: i32, ab: usize, b: usize, ldb: i32, work: usize): i32 {
  return gbsv<f64>(n, kl, ku, count, ab, b, ldb, work)
}
export function lapack_geqrf_f32(
  m: i32, n: i32, a: usize, lda: i32, taus: usize, panel: usize, work: usize, scratch: usize,
): void {
  geqrf<f32>(m, n, a, lda, taus, panel, work, scratch)
}
export function lapack_geqrf_f64(
  m: i32, n: i32, a: usize, lda: i32, taus: usize, panel: usize, work: usize, scratch: usize,
): void {
  geqrf<f64>(m, n, a, lda, taus, panel, work, scratch)
}
export function lapack_geqp3_f32(
  m: i32, n: i32, a: usize, lda: i32, order: usize, taus: usize, work: usize, scratch: usize,
): void {
  geqp3<f32>(m, n, a, lda, order, taus, work, scratch)
}
export function lapack_geqp3_f64(
  m: i32, n: i32, a: usize, lda: i32, order: usize, taus: usize, work: usize, scratch: usize,
): void {
  geqp3<f64>(m, n, a, lda, order, taus, work, scratch)
}
export function lapack_orgqr_f32(
  m: i32, n: i32, k: i32, a: usize, lda: i32, taus: usize, panel: usize, work: usize, scratch: usize,
): void {
  orgqr<f32>(m, n, k, a, lda, taus, panel, work, scratch)
}
export function lapack_orgqr_f64(
  m: i32, n: i32, k: i32, a: usize, lda: i32, taus: usize, panel: usize, work: usize, scratch: usize,
): void {
  orgqr<f64>(m, n, k, a, lda, taus, panel, work, scratch)
}
export function lapack_ormqr_f32(
  left: bool, trans: bool, m: i32, n: i32, k: i32, a: usize, lda: i32, taus: usize, c: usize, ldc: i32, panel: usize,
  work: usize, scratch: usize,
): void {
  ormqr<f32>(left, trans, m, n, k, a, lda, taus, c, ldc, panel, work, scratch)
}
export function lapack_ormqr_f64(
  left: bool, trans: bool, m: i32, n: i32, k: i32, a: usize, lda: i32, taus: usize, c: usize, ldc: i32, panel: usize,
  work: usize, scratch: usize,
): void {
  ormqr<f64>(left, trans, m, n, k, a, lda, taus, c, ldc, panel, work, scratch)
}
