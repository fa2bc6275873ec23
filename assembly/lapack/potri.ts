/** Inverses of triangles and of positive definite matrices from their factor (LAPACK's trtri, lauum and potri), halved recursively. */
import { gemm, lower, spare, upper } from './gemm'
import { multiplyStrip, packTriangle, solveStrip, stripColumns, stripRowBytes, triangleBytes, triangleOrder } from './strips'
import { trmm } from './trmm'
import { halfOf, trsm } from './trsm'

/** The triangle A := A^-1. Zero pivots are not looked for. */
export function trtri<T>(isLower: bool, n: i32, a: usize, lda: i32, scratch: usize): void {
  if (n <= 0) return
  if (n <= triangleOrder) return smallTriangle<T>(isLower, false, n, a, lda, scratch + spare)
  const half = halfOf(n), rest = n - half
  const corner = a + <usize>half * <usize>(lda + 1) * sizeof<T>()
  const beside = a + <usize>half * (isLower ? <usize>lda : 1) * sizeof<T>()
  // The block beside the diagonal becomes - (its row's triangle)^-1 block (its column's triangle)^-1.
  const m = isLower ? rest : half, k = isLower ? half : rest
  trsm<T>(true, isLower, false, false, m, k, <T>-1, isLower ? corner : a, lda, beside, lda, scratch)
  trsm<T>(false, isLower, false, false, m, k, <T>1, isLower ? a : corner, lda, beside, lda, scratch)
  trtri<T>(isLower, half, a, lda, scratch)
  trtri<T>(isLower, rest, corner, lda, scratch)
}

/** The triangle A := Lᵀ L or U Uᵀ in the same triangle. */
function lauum<T>(isLower: bool, n: i32, a: usize, lda: i32, scratch: usize): void {
  if (n <= triangleOrder) return smallTriangle<T>(isLower, true, n, a, lda, scratch + spare)
  const half = halfOf(n), rest = n - half
  const corner = a + <usize>half * <usize>(lda + 1) * sizeof<T>()
  const beside = a + <usize>half * (isLower ? <usize>lda : 1) * sizeof<T>()
  lauum<T>(isLower, half, a, lda, scratch)
  if (isLower) {
    gemm<T>(lower, true, false, half, half, rest, <T>1, beside, lda, beside, lda, <T>1, a, lda, scratch)
    trmm<T>(true, true, true, false, rest, half, <T>1, corner, lda, beside, lda, scratch)
  } else {
    gemm<T>(upper, false, true, half, half, rest, <T>1, beside, lda, beside, lda, <T>1, a, lda, scratch)
    trmm<T>(false, false, true, false, half, rest, <T>1, corner, lda, beside, lda, scratch)
  }
  lauum<T>(isLower, rest, corner, lda, scratch)
}

/** A's triangle from potrf's factor becomes the inverse's. Returns 0, or the 1-based place of a zero on the diagonal. */
export function potri<T>(isLower: bool, n: i32, a: usize, lda: i32, scratch: usize): i32 {
  for (let i = 0; i < n; i++) if (load<T>(a + <usize>i * <usize>(lda + 1) * sizeof<T>()) == <T>0) return i + 1
  if (n <= 0) return 0
  trtri<T>(isLower, n, a, lda, scratch)
  lauum<T>(isLower, n, a, lda, scratch)
  return 0
}

/** The triangle's inverse, or its product with its transpose (`square`): strips of the identity, or of the transpose, meet the triangle. */
function smallTriangle<T>(isLower: bool, square: bool, n: i32, a: usize, lda: i32, work: usize): void {
  // Lᵀ L = Lᵀ times L, U Uᵀ = U times Uᵀ: the left factor is upper in both.
  const triangle = work, right = triangle + triangleBytes, strip = right + triangleBytes
  const row = <usize>triangleOrder * sizeof<T>()
  packTriangle<T>(isLower, square && isLower, false, n, a, lda, triangle)
  memory.fill(right, 0, triangleBytes)
  if (square) packTriangle<T>(isLower, !isLower, false, n, a, lda, right)
  else for (let i: usize = 0; i < <usize>n; i++) store<T>(right + i * (row + sizeof<T>()), <T>1)
  for (let j = 0; j < n; j += stripColumns<T>()) {
    for (let i: usize = 0; i < <usize>n; i++) memory.copy(strip + i * stripRowBytes, right + i * row + <usize>j * sizeof<T>(), stripRowBytes)
    if (square) multiplyStrip<T>(false, n, <T>1, triangle, strip)
    else solveStrip<T>(isLower, false, n, triangle, strip)
    for (let i = 0; i < n; i++)
      for (let c = j; c < min(n, j + stripColumns<T>()); c++)
        if (isLower ? c <= i : c >= i)
          store<T>(a + (<usize>i * <usize>lda + <usize>c) * sizeof<T>(), load<T>(strip + <usize>i * stripRowBytes + <usize>(c - j) * sizeof<T>()))
  }
}
