/**
 * The register-blocked heart of every matrix product: a tile of C, 6 rows by 2 vectors (6x8 in f32, 6x4 in f64). Twelve accumulators, two
 * vectors of B and one broadcast of A fill the sixteen SIMD registers of x86-64; of the shapes 4x2, 6x2, 4x3, 5x2, 3x4 and 2x4 it was the
 * fastest in both types.
 */

/** Rows of a tile. */
export const tileRows: i32 = 6
/** Bytes of a tile's row: two vectors. */
export const tileRowBytes: usize = 32

/** Columns of a tile. */
// @ts-ignore: decorator
@inline
export function tileColumns<T>(): i32 {
  return <i32>(tileRowBytes / sizeof<T>())
}

/** Where a tile waits for alpha, for C, or for its edges to be cut: six rows of two vectors. One that needs none of that goes to C at once. */
export const tile = memory.data(192, 64)

/**
 * C (+)= alpha times the tile's first `rows` rows. Apart from the loops that fill the tile on purpose: with loads of C behind them, V8 spills accumulators
 * inside the loop and a quarter of the speed is gone.
 */
export function putTile<T>(rows: i32, alpha: T, accumulate: bool, c: usize, ldc: usize): void {
  const factor = v128.splat<T>(alpha)
  let from = tile
  for (let i = 0; i < rows; i++) {
    let x = v128.mul<T>(factor, v128.load(from))
    let y = v128.mul<T>(factor, v128.load(from, 16))
    if (accumulate) {
      x = v128.add<T>(x, v128.load(c))
      y = v128.add<T>(y, v128.load(c, 16))
    }
    v128.store(c, x)
    v128.store(c, y, 16)
    from += tileRowBytes
    c += ldc
  }
}

/**
 * The tile A B over `k`, where the six elements of a column of A are neighbours: packed A (`aStep` six elements), or Aᵀ as it lies.
 * Steps are bytes; the tile's rows go to `to`. Reads exactly `k` columns of six and `k` rows of two vectors.
 */
export function tileByColumns<T>(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, to: usize, toStep: usize,
): void {
  const zero = v128.splat<T>(<T>0)
  let c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero
  let c30 = zero, c31 = zero, c40 = zero, c41 = zero, c50 = zero, c51 = zero
  for (let p = 0; p < k; p++) {
    const x = v128.load(b)
    const y = v128.load(b, 16)
    let s = v128.load_splat<T>(a)
    c00 = v128.add<T>(c00, v128.mul<T>(s, x))
    c01 = v128.add<T>(c01, v128.mul<T>(s, y))
    s = v128.load_splat<T>(a, sizeof<T>())
    c10 = v128.add<T>(c10, v128.mul<T>(s, x))
    c11 = v128.add<T>(c11, v128.mul<T>(s, y))
    s = v128.load_splat<T>(a, 2 * sizeof<T>())
    c20 = v128.add<T>(c20, v128.mul<T>(s, x))
    c21 = v128.add<T>(c21, v128.mul<T>(s, y))
    s = v128.load_splat<T>(a, 3 * sizeof<T>())
    c30 = v128.add<T>(c30, v128.mul<T>(s, x))
    c31 = v128.add<T>(c31, v128.mul<T>(s, y))
    s = v128.load_splat<T>(a, 4 * sizeof<T>())
    c40 = v128.add<T>(c40, v128.mul<T>(s, x))
    c41 = v128.add<T>(c41, v128.mul<T>(s, y))
    s = v128.load_splat<T>(a, 5 * sizeof<T>())
    c50 = v128.add<T>(c50, v128.mul<T>(s, x))
    c51 = v128.add<T>(c51, v128.mul<T>(s, y))
    a += aStep
    b += bStep
  }
  v128.store(to, c00)
  v128.store(to, c01, 16)
  to += toStep
  v128.store(to, c10)
  v128.store(to, c11, 16)
  to += toStep
  v128.store(to, c20)
  v128.store(to, c21, 16)
  to += toStep
  v128.store(to, c30)
  v128.store(to, c31, 16)
  to += toStep
  v128.store(to, c40)
  v128.store(to, c41, 16)
  to += toStep
  v128.store(to, c50)
  v128.store(to, c51, 16)
}

/** The same with A as it lies, row by row: `rows` (1 to 6) rows `lda` bytes apart; missing rows repeat the last, and the caller drops them. */
export function tileByRows<T>(
  rows: i32, k: i32, a: usize, lda: usize, b: usize, bStep: usize, to: usize, toStep: usize,
): void {
  const zero = v128.splat<T>(<T>0)
  let c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero
  let c30 = zero, c31 = zero, c40 = zero, c41 = zero, c50 = zero, c51 = zero
  let a0 = a
  let a1 = rows > 1 ? a0 + lda : a0
  let a2 = rows > 2 ? a1 + lda : a1
  let a3 = rows > 3 ? a2 + lda : a2
  let a4 = rows > 4 ? a3 + lda : a3
  let a5 = rows > 5 ? a4 + lda : a4
  for (let p = 0; p < k; p++) {
    const x = v128.load(b)
    const y = v128.load(b, 16)
    let s = v128.load_splat<T>(a0)
    c00 = v128.add<T>(c00, v128.mul<T>(s, x))
    c01 = v128.add<T>(c01, v128.mul<T>(s, y))
    s = v128.load_splat<T>(a1)
    c10 = v128.add<T>(c10, v128.mul<T>(s, x))
    c11 = v128.add<T>(c11, v128.mul<T>(s, y))
    s = v128.load_splat<T>(a2)
    c20 = v128.add<T>(c20, v128.mul<T>(s, x))
    c21 = v128.add<T>(c21, v128.mul<T>(s, y))
    s = v128.load_splat<T>(a3)
    c30 = v128.add<T>(c30, v128.mul<T>(s, x))
    c31 = v128.add<T>(c31, v128.mul<T>(s, y))
    s = v128.load_splat<T>(a4)
    c40 = v128.add<T>(c40, v128.mul<T>(s, x))
    c41 = v128.add<T>(c41, v128.mul<T>(s, y))
    s = v128.load_splat<T>(a5)
    c50 = v128.add<T>(c50, v128.mul<T>(s, x))
    c51 = v128.add<T>(c51, v128.mul<T>(s, y))
    a0 += sizeof<T>()
    a1 += sizeof<T>()
    a2 += sizeof<T>()
    a3 += sizeof<T>()
    a4 += sizeof<T>()
    a5 += sizeof<T>()
    b += bStep
  }
  v128.store(to, c00)
  v128.store(to, c01, 16)
  to += toStep
  v128.store(to, c10)
  v128.store(to, c11, 16)
  to += toStep
  v128.store(to, c20)
  v128.store(to, c21, 16)
  to += toStep
  v128.store(to, c30)
  v128.store(to, c31, 16)
  to += toStep
  v128.store(to, c40)
  v128.store(to, c41, 16)
  to += toStep
  v128.store(to, c50)
  v128.store(to, c51, 16)
}
