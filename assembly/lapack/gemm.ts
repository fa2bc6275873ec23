/**
 * C = alpha op(A) op(B) + beta C, row-major, whole or one triangle (which is syrk and syr2k). Large products are packed and blocked after
 * Goto & van de Geijn (2008); small ones read their operands where they lie.
 */
import { gemvScaled } from './gemv'
import { packA, packB } from './pack'
import { putTile, tile, tileByColumns, tileByRows, tileColumns, tileRowBytes, tileRows } from './tile'

/** Which part of C is written. */
export const whole: i32 = 0
export const lower: i32 = 1
export const upper: i32 = 2

/** Depth of a block: a panel of A (6 KiB in f32, 12 in f64) stays in the first cache. */
const depth: i32 = 256
/** Bytes of a row of a packed block of B: 1024 columns of f32, 512 of f64; the block stays in the second cache. */
const breadthBytes: usize = 4096
/** Bytes of a packed block of A, for the second cache: 192 rows of f32, 96 of f64. */
const blockBytes: usize = 192 * 256 * 4
/** Operands up to this many bytes each are read in place. */
const smallBytes: usize = 72 * 72 * 4

/** Where in the scratch memory products end, and what calls them may keep something of its own: `spareBytes` of it. */
export const spare: usize = blockBytes + <usize>depth * breadthBytes + 4096
const spareBytes: usize = 32768

/** Bytes of scratch memory that every routine on products needs, of either type. */
export const gemmScratchBytes: usize = spare + spareBytes

/**
 * The part [rows, columns] of the tile that lies in the triangle, at an edge or across the diagonal; `shift` is column minus row of its
 * corner in C.
 */
function putPart<T>(
  triangle: i32, shift: i32, rows: i32, columns: i32, alpha: T, accumulate: bool, c: usize, ldc: usize,
): void {
  for (let i = 0; i < rows; i++) {
    const first = triangle == upper ? max(0, i - shift) : 0
    const last = triangle == lower ? min(columns, i - shift + 1) : columns
    for (let j = first; j < last; j++) {
      const to = c + <usize>i * ldc + <usize>j * sizeof<T>()
      const value = alpha * load<T>(tile + <usize>i * tileRowBytes + <usize>j * sizeof<T>())
      store<T>(to, accumulate ? load<T>(to) + value : value)
    }
  }
}

/** 0: nothing of the tile is in the triangle, 1: some, 2: all. */
// @ts-ignore: decorator
@inline
function coverage(triangle: i32, shift: i32, rows: i32, columns: i32): i32 {
  if (triangle == whole) return 2
  if (triangle == lower) return shift >= rows ? 0 : shift + columns - 1 <= 0 ? 2 : 1
  return shift + columns <= 0 ? 0 : shift >= rows - 1 ? 2 : 1
}

/** C *= beta on the part that is written. */
function scale<T>(triangle: i32, m: i32, n: i32, beta: T, c: usize, ldc: usize): void {
  for (let i = 0; i < m; i++) {
    const first = triangle == upper ? i : 0
    const last = triangle == lower ? min(n, i + 1) : n
    const row = c + <usize>i * ldc
    for (let j = first; j < last; j++) {
      const to = row + <usize>j * sizeof<T>()
      store<T>(to, beta == <T>0 ? <T>0 : beta * load<T>(to))
    }
  }
}

/** Strides in elements. `scratch` holds `gemmScratchBytes`. */
export function gemm<T>(
  triangle: i32, transA: bool, transB: bool, m: i32, n: i32, k: i32,
  alpha: T, a: usize, lda: i32, b: usize, ldb: i32, beta: T, c: usize, ldc: i32, scratch: usize,
): void {
  if (m <= 0 || n <= 0) return
  // One row or column that lies contiguous: a matrix times a vector, read once where it lies.
  if (triangle == whole && m == 1 && !transA)
    return gemvScaled<T>(!transB, transB ? n : k, transB ? k : n, alpha, b, ldb, a, beta, c, scratch)
  if (triangle == whole && n == 1 && ldc == 1 && (transB || ldb == 1))
    return gemvScaled<T>(transA, transA ? k : m, transA ? m : k, alpha, a, lda, b, beta, c, scratch)
  const rowA = <usize>lda * sizeof<T>(), rowB = <usize>ldb * sizeof<T>(), rowC = <usize>ldc * sizeof<T>()
  const nothing = k <= 0 || alpha == <T>0
  if (nothing || (beta != <T>0 && beta != <T>1)) scale<T>(triangle, m, n, beta, c, rowC)
  if (nothing) return
  const accumulate = beta != <T>0
  const bytesA = <usize>m * <usize>k * sizeof<T>(), bytesB = <usize>n * <usize>k * sizeof<T>()
  if (bytesA <= smallBytes && bytesB <= smallBytes)
    small<T>(triangle, transA, transB, m, n, k, alpha, a, rowA, b, rowB, accumulate, c, rowC, scratch)
  else blocked<T>(triangle, transA, transB, m, n, k, alpha, a, rowA, b, rowB, accumulate, c, rowC, scratch)
}

/** Operands that fit the first caches: A in place, B in place but for a transposed one and the last few columns. */
function small<T>(
  triangle: i32, transA: bool, transB: bool, m: i32, n: i32, k: i32,
  alpha: T, a: usize, lda: usize, b: usize, ldb: usize, accumulate: bool, c: usize, ldc: usize, scratch: usize,
): void {
  const columns = tileColumns<T>()
  const isPlain = alpha == <T>1 && !accumulate
  // The last rows of Aᵀ, padded to six.
  const tailA = scratch
  const fullRows = m - (m % tileRows)
  if (transA && fullRows < m) packA<T>(true, m - fullRows, k, a + <usize>fullRows * sizeof<T>(), lda, tailA)
  const panel = scratch + (((<usize>k * <usize>tileRows * sizeof<T>()) + 15) & ~15)
  for (let j = 0; j < n; j += columns) {
    const width = min(columns, n - j)
    let source = b + <usize>j * sizeof<T>()
    let step = ldb
    if (transB || width < columns) {
      packB<T>(transB, k, width, transB ? b + <usize>j * ldb : source, ldb, panel)
      source = panel
      step = tileRowBytes
    }
    for (let i = 0; i < m; i += tileRows) {
      const rows = min(tileRows, m - i)
      const covered = coverage(triangle, j - i, rows, width)
      if (covered == 0) continue
      const to = c + <usize>i * ldc + <usize>j * sizeof<T>()
      const isWide = covered == 2 && width == columns
      const isDone = isWide && isPlain && rows == tileRows
      const out = isDone ? to : tile, outStep = isDone ? ldc : tileRowBytes
      if (!transA) tileByRows<T>(rows, k, a + <usize>i * lda, lda, source, step, out, outStep)
      else if (rows == tileRows) tileByColumns<T>(k, a + <usize>i * sizeof<T>(), lda, source, step, out, outStep)
      else tileByColumns<T>(k, tailA, <usize>tileRows * sizeof<T>(), source, step, out, outStep)
      if (isDone) continue
      if (isWide) putTile<T>(rows, alpha, accumulate, to, ldc)
      else putPart<T>(triangle, j - i, rows, width, alpha, accumulate, to, ldc)
    }
  }
}

function blocked<T>(
  triangle: i32, transA: bool, transB: bool, m: i32, n: i32, k: i32,
  alpha: T, a: usize, lda: usize, b: usize, ldb: usize, accumulate: bool, c: usize, ldc: usize, scratch: usize,
): void {
  const height = <i32>(blockBytes / (<usize>depth * sizeof<T>()))
  const breadth = <i32>(breadthBytes / sizeof<T>())
  const packedB = scratch + blockBytes + 1024
  for (let j = 0; j < n; j += breadth) {
    const width = min(breadth, n - j)
    for (let p = 0; p < k; p += depth) {
      const thick = min(depth, k - p)
      const offsetB = transB
        ? <usize>j * ldb + <usize>p * sizeof<T>()
        : <usize>p * ldb + <usize>j * sizeof<T>()
      packB<T>(transB, thick, width, b + offsetB, ldb, packedB)
      for (let i = 0; i < m; i += height) {
        const rows = min(height, m - i)
        if (coverage(triangle, j - i, rows, width) == 0) continue
        const offsetA = transA
          ? <usize>p * lda + <usize>i * sizeof<T>()
          : <usize>i * lda + <usize>p * sizeof<T>()
        packA<T>(transA, rows, thick, a + offsetA, lda, scratch)
        block<T>(
          triangle, j - i, rows, width, thick, alpha, scratch, packedB, accumulate || p > 0,
          c + <usize>i * ldc + <usize>j * sizeof<T>(), ldc,
        )
      }
    }
  }
}

/** One packed block of A times one of B, along the rows of C: a panel of A stays in the first cache, and C is read in the order it lies. */
function block<T>(
  triangle: i32, shift: i32, m: i32, n: i32, k: i32,
  alpha: T, a: usize, b: usize, accumulate: bool, c: usize, ldc: usize,
): void {
  const columns = tileColumns<T>()
  const stepA = <usize>tileRows * sizeof<T>()
  const isPlain = alpha == <T>1 && !accumulate
  for (let i = 0; i < m; i += tileRows) {
    const rows = min(tileRows, m - i)
    const panelA = a + <usize>i * <usize>k * sizeof<T>()
    let panelB = b
    let to = c + <usize>i * ldc
    for (let j = 0; j < n; j += columns) {
      const width = min(columns, n - j)
      const corner = shift + j - i
      const covered = coverage(triangle, corner, rows, width)
      if (covered != 0) {
        const isWide = covered == 2 && width == columns
        const isDone = isWide && isPlain && rows == tileRows
        tileByColumns<T>(k, panelA, stepA, panelB, tileRowBytes, isDone ? to : tile, isDone ? ldc : tileRowBytes)
        if (isWide && !isDone) putTile<T>(rows, alpha, accumulate, to, ldc)
        else if (!isWide) putPart<T>(triangle, corner, rows, width, alpha, accumulate, to, ldc)
      }
      panelB += <usize>k * tileRowBytes
      to += tileRowBytes
    }
  }
}
