/**
 * Triangular systems, op(A) X = alpha B and X op(A) = alpha B: the triangle is halved until its blocks are small enough for substitution, and all
 * else is a product (Elmroth, Gustavson, Jonsson & Kagstrom 2004). Nothing is inverted, so the result is backward stable.
 */
import { gemm, spare, whole } from './gemm'
import { gemv, gevm } from './gemv'
import {
  packTriangle, putColumnStrip, putRowStrip, solveStrip, stripColumns, takeColumnStrip, takeRowStrip, triangleBytes,
  triangleOrder,
} from './strips'
import { axpy, dot } from './vector'

/** B *= alpha; zeros for alpha = 0, whatever B holds. */
export function scaleMatrix<T>(m: i32, n: i32, alpha: T, b: usize, ldb: i32): void {
  for (let i = 0; i < m; i++) {
    const row = b + <usize>i * <usize>ldb * sizeof<T>()
    if (alpha == <T>0) memory.fill(row, 0, <usize>n * sizeof<T>())
    else
      for (let j = 0; j < n; j++) {
        const to = row + <usize>j * sizeof<T>()
        store<T>(to, alpha * load<T>(to))
      }
  }
}

/** Where a triangle of order n is cut in two. */
// @ts-ignore: decorator
@inline
export function halfOf(n: i32): i32 {
  return ((n / 2 + triangleOrder - 1) / triangleOrder) * triangleOrder
}

/** B [m, n] := alpha op(A)^-1 B, or alpha B op(A)^-1 for A on the right. */
export function trsm<T>(
  left: bool, lower: bool, trans: bool, unit: bool, m: i32, n: i32, alpha: T, a: usize, lda: i32, b: usize, ldb: i32,
  scratch: usize,
): void {
  if (m <= 0 || n <= 0) return
  if (alpha != <T>1) scaleMatrix<T>(m, n, alpha, b, ldb)
  if (alpha == <T>0) return
  if (left && n == 1) column<T>(lower, trans, unit, m, a, lda, b, ldb, scratch)
  else if (!left && m == 1) trsv<T>(lower, !trans, unit, n, a, lda, b, scratch)
  else if (left) solveLeft<T>(lower, trans, unit, m, n, a, lda, b, ldb, scratch)
  else solveRight<T>(lower, trans, unit, m, n, a, lda, b, ldb, scratch)
}

function solveLeft<T>(
  lower: bool, trans: bool, unit: bool, m: i32, n: i32, a: usize, lda: i32, b: usize, ldb: i32, scratch: usize,
): void {
  const isForward = lower != trans
  if (m <= triangleOrder) {
    const triangle = scratch + spare, strip = triangle + triangleBytes
    packTriangle<T>(lower, trans, unit, m, a, lda, triangle)
    for (let j = 0; j < n; j += stripColumns<T>()) {
      const count = min(stripColumns<T>(), n - j)
      const at = b + <usize>j * sizeof<T>()
      takeRowStrip<T>(m, count, at, ldb, strip)
      solveStrip<T>(isForward, unit, m, triangle, strip)
      putRowStrip<T>(m, count, strip, at, ldb)
    }
    return
  }
  const half = halfOf(m), rest = m - half
  const corner = a + <usize>half * <usize>(lda + 1) * sizeof<T>()
  const beside = a + <usize>half * (lower ? <usize>lda : 1) * sizeof<T>()
  const below = b + <usize>half * <usize>ldb * sizeof<T>()
  if (isForward) {
    solveLeft<T>(lower, trans, unit, half, n, a, lda, b, ldb, scratch)
    gemm<T>(whole, trans, false, rest, n, half, <T>-1, beside, lda, b, ldb, <T>1, below, ldb, scratch)
    solveLeft<T>(lower, trans, unit, rest, n, corner, lda, below, ldb, scratch)
  } else {
    solveLeft<T>(lower, trans, unit, rest, n, corner, lda, below, ldb, scratch)
    gemm<T>(whole, trans, false, half, n, rest, <T>-1, beside, lda, below, ldb, <T>1, b, ldb, scratch)
    solveLeft<T>(lower, trans, unit, half, n, a, lda, b, ldb, scratch)
  }
}

function solveRight<T>(
  lower: bool, trans: bool, unit: bool, m: i32, n: i32, a: usize, lda: i32, b: usize, ldb: i32, scratch: usize,
): void {
  const isLower = lower != trans
  if (n <= triangleOrder) {
    const triangle = scratch + spare, strip = triangle + triangleBytes
    packTriangle<T>(lower, !trans, unit, n, a, lda, triangle)
    for (let i = 0; i < m; i += stripColumns<T>()) {
      const count = min(stripColumns<T>(), m - i)
      const at = b + <usize>i * <usize>ldb * sizeof<T>()
      takeColumnStrip<T>(n, count, at, ldb, strip)
      solveStrip<T>(!isLower, unit, n, triangle, strip)
      putColumnStrip<T>(n, count, strip, at, ldb)
    }
    return
  }
  const half = halfOf(n), rest = n - half
  const corner = a + <usize>half * <usize>(lda + 1) * sizeof<T>()
  const beside = a + <usize>half * (lower ? <usize>lda : 1) * sizeof<T>()
  const right = b + <usize>half * sizeof<T>()
  if (isLower) {
    solveRight<T>(lower, trans, unit, m, rest, corner, lda, right, ldb, scratch)
    gemm<T>(whole, false, trans, m, half, rest, <T>-1, right, ldb, beside, lda, <T>1, b, ldb, scratch)
    solveRight<T>(lower, trans, unit, m, half, a, lda, b, ldb, scratch)
  } else {
    solveRight<T>(lower, trans, unit, m, half, a, lda, b, ldb, scratch)
    gemm<T>(whole, false, trans, m, rest, half, <T>-1, b, ldb, beside, lda, <T>1, right, ldb, scratch)
    solveRight<T>(lower, trans, unit, m, rest, corner, lda, right, ldb, scratch)
  }
}

/** One right-hand side with its elements `ldb` apart. */
function column<T>(
  lower: bool, trans: bool, unit: bool, n: i32, a: usize, lda: i32, b: usize, ldb: i32, scratch: usize,
): void {
  if (ldb == 1) return trsv<T>(lower, trans, unit, n, a, lda, b, scratch)
  const row = <usize>ldb * sizeof<T>()
  const x = scratch + <usize>triangleOrder * 8
  for (let i: usize = 0; i < <usize>n; i++) store<T>(x + i * sizeof<T>(), load<T>(b + i * row))
  trsv<T>(lower, trans, unit, n, a, lda, x, scratch)
  for (let i: usize = 0; i < <usize>n; i++) store<T>(b + i * row, load<T>(x + i * sizeof<T>()))
}

/** x [n] := op(A)^-1 x, contiguous; `scratch` holds one block of sums. A is read along its rows, by dot products or, transposed, by combinations. */
function trsv<T>(lower: bool, trans: bool, unit: bool, n: i32, a: usize, lda: i32, x: usize, scratch: usize): void {
  const isForward = lower != trans
  const row = <usize>lda * sizeof<T>()
  const blocks = (n + triangleOrder - 1) / triangleOrder
  for (let step = 0; step < blocks; step++) {
    const from = (isForward ? step : blocks - 1 - step) * triangleOrder
    const size = min(triangleOrder, n - from)
    const to = from + size
    const rows = a + <usize>from * row
    const at = x + <usize>from * sizeof<T>()
    if (!trans) {
      // What is solved already, times its part of these rows.
      const known = isForward ? 0 : to
      gemv<T>(size, isForward ? from : n - to, rows + <usize>known * sizeof<T>(), lda, x + <usize>known * sizeof<T>(), scratch)
      axpy<T>(size, <T>-1, scratch, at)
    }
    for (let inner = 0; inner < size; inner++) {
      const i = isForward ? inner : size - 1 - inner
      const xi = at + <usize>i * sizeof<T>()
      const diagonal = rows + <usize>i * row + <usize>(from + i) * sizeof<T>()
      // The rest of row i within the block.
      const beside = lower ? diagonal - <usize>i * sizeof<T>() : diagonal + sizeof<T>()
      const others = lower ? at : xi + sizeof<T>()
      const length = lower ? i : size - 1 - i
      let value = load<T>(xi)
      if (!trans) value -= dot<T>(length, beside, others)
      if (!unit) value /= load<T>(diagonal)
      store<T>(xi, value)
      if (trans) axpy<T>(length, -value, beside, others)
    }
    if (trans) {
      const open = isForward ? to : 0
      gevm<T>(size, isForward ? n - to : from, <T>-1, rows + <usize>open * sizeof<T>(), lda, at, x + <usize>open * sizeof<T>())
    }
  }
}
