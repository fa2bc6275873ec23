/**
 * Philox 4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011): four random words are a function of a
 * counter and a key, so that any part of a stream can be made by itself. Four blocks at a time, lane b of each vector being block b.
 */

const multiplier0: i32 = 0xd2511f53
const multiplier1: i32 = 0xcd9e8d57
const weyl0: u32 = 0x9e3779b9
const weyl1: u32 = 0xbb67ae85

/** Sixteen words of the blocks `block` .. `block` + 3 at `out`. The counter's upper 64 bits are 0. */
export function fourBlocks(key0: u32, key1: u32, block: u64, out: usize): void {
  const first = i64x2.add(i64x2.splat(block), i64x2(0, 1)), second = i64x2.add(first, i64x2.splat(2))
  let c0 = i8x16.shuffle(first, second, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
  let c1 = i8x16.shuffle(first, second, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
  let c2 = i64x2.splat(0), c3 = c2
  for (let round = 0; round < 10; round++) {
    const p0 = i64x2.extmul_low_i32x4_u(c0, i32x4.splat(multiplier0))
    const p1 = i64x2.extmul_high_i32x4_u(c0, i32x4.splat(multiplier0))
    const q0 = i64x2.extmul_low_i32x4_u(c2, i32x4.splat(multiplier1))
    const q1 = i64x2.extmul_high_i32x4_u(c2, i32x4.splat(multiplier1))
    const pLow = i8x16.shuffle(p0, p1, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
    const pHigh = i8x16.shuffle(p0, p1, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
    const qLow = i8x16.shuffle(q0, q1, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
    const qHigh = i8x16.shuffle(q0, q1, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
    c0 = v128.xor(v128.xor(qHigh, c1), i32x4.splat(key0))
    c2 = v128.xor(v128.xor(pHigh, c3), i32x4.splat(key1))
    c1 = qLow
    c3 = pLow
    key0 += weyl0
    key1 += weyl1
  }
  // From a vector for each word of the blocks to a vector for each block.
  const a = i8x16.shuffle(c0, c1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
  const b = i8x16.shuffle(c0, c1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
  const c = i8x16.shuffle(c2, c3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
  const d = i8x16.shuffle(c2, c3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
  v128.store(out, i8x16.shuffle(a, c, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
  v128.store(out, i8x16.shuffle(a, c, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 16)
  v128.store(out, i8x16.shuffle(b, d, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23), 32)
  v128.store(out, i8x16.shuffle(b, d, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 48)
}

/** `groups` times sixteen words. */
export function wordsTo(groups: i32, key0: u32, key1: u32, block: u64, out: usize): void {
  for (; groups > 0; groups--) {
    fourBlocks(key0, key1, block, out)
    block += 4
    out += 64
  }
}
