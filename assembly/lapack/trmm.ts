/** Products with a triangle, B := alpha op(A) B and B := alpha B op(A), halved like trsm, in the order that reads a block before it is overwritten. */
import { gemm, spare, whole } from './gemm'
import {
  multiplyStrip, packTriangle, putColumnStrip, putRowStrip, stripColumns, takeColumnStrip, takeRowStrip, triangleBytes,
  triangleOrder,
} from './strips'
import { halfOf, scaleMatrix } from './trsm'

/** B [m, n] := alpha op(A) B, or alpha B op(A) for A on the right. */
export function trmm<T>(
  left: bool, lower: bool, trans: bool, unit: bool, m: i32, n: i32, alpha: T, a: usize, lda: i32, b: usize, ldb: i32,
  scratch: usize,
): void {
  if (m <= 0 || n <= 0) return
  if (alpha == <T>0) scaleMatrix<T>(m, n, alpha, b, ldb)
  else if (left) multiplyLeft<T>(lower, trans, unit, m, n, alpha, a, lda, b, ldb, scratch)
  else multiplyRight<T>(lower, trans, unit, m, n, alpha, a, lda, b, ldb, scratch)
}

function multiplyLeft<T>(
  lower: bool, trans: bool, unit: bool, m: i32, n: i32, alpha: T, a: usize, lda: i32, b: usize, ldb: i32, scratch: usize,
): void {
  const isLower = lower != trans
  if (m <= triangleOrder) {
    const triangle = scratch + spare, strip = triangle + triangleBytes
    packTriangle<T>(lower, trans, unit, m, a, lda, triangle)
    for (let j = 0; j < n; j += stripColumns<T>()) {
      const count = min(stripColumns<T>(), n - j)
      const at = b + <usize>j * sizeof<T>()
      takeRowStrip<T>(m, count, at, ldb, strip)
      multiplyStrip<T>(isLower, m, alpha, triangle, strip)
      putRowStrip<T>(m, count, strip, at, ldb)
    }
    return
  }
  const half = halfOf(m), rest = m - half
  const corner = a + <usize>half * <usize>(lda + 1) * sizeof<T>()
  const beside = a + <usize>half * (lower ? <usize>lda : 1) * sizeof<T>()
  const below = b + <usize>half * <usize>ldb * sizeof<T>()
  if (isLower) {
    multiplyLeft<T>(lower, trans, unit, rest, n, alpha, corner, lda, below, ldb, scratch)
    gemm<T>(whole, trans, false, rest, n, half, alpha, beside, lda, b, ldb, <T>1, below, ldb, scratch)
    multiplyLeft<T>(lower, trans, unit, half, n, alpha, a, lda, b, ldb, scratch)
  } else {
    multiplyLeft<T>(lower, trans, unit, half, n, alpha, a, lda, b, ldb, scratch)
    gemm<T>(whole, trans, false, half, n, rest, alpha, beside, lda, below, ldb, <T>1, b, ldb, scratch)
    multiplyLeft<T>(lower, trans, unit, rest, n, alpha, corner, lda, below, ldb, scratch)
  }
}

function multiplyRight<T>(
  lower: bool, trans: bool, unit: bool, m: i32, n: i32, alpha: T, a: usize, lda: i32, b: usize, ldb: i32, scratch: usize,
): void {
  const isLower = lower != trans
  if (n <= triangleOrder) {
    const triangle = scratch + spare, strip = triangle + triangleBytes
    packTriangle<T>(lower, !trans, unit, n, a, lda, triangle)
    for (let i = 0; i < m; i += stripColumns<T>()) {
      const count = min(stripColumns<T>(), m - i)
      const at = b + <usize>i * <usize>ldb * sizeof<T>()
      takeColumnStrip<T>(n, count, at, ldb, strip)
      multiplyStrip<T>(!isLower, n, alpha, triangle, strip)
      putColumnStrip<T>(n, count, strip, at, ldb)
    }
    return
  }
  const half = halfOf(n), rest = n - half
  const corner = a + <usize>half * <usize>(lda + 1) * sizeof<T>()
  const beside = a + <usize>half * (lower ? <usize>lda : 1) * sizeof<T>()
  const right = b + <usize>half * sizeof<T>()
  if (isLower) {
    multiplyRight<T>(lower, trans, unit, m, half, alpha, a, lda, b, ldb, scratch)
    gemm<T>(whole, false, trans, m, half, rest, alpha, right, ldb, beside, lda, <T>1, b, ldb, scratch)
    multiplyRight<T>(lower, trans, unit, m, rest, alpha, corner, lda, right, ldb, scratch)
  } else {
    multiplyRight<T>(lower, trans, unit, m, rest, alpha, corner, lda, right, ldb, scratch)
    gemm<T>(whole, false, trans, m, rest, half, alpha, b, ldb, beside, lda, <T>1, right, ldb, scratch)
    multiplyRight<T>(lower, trans, unit, m, half, alpha, a, lda, b, ldb, scratch)
  }
}
