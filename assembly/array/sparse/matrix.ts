/** A sparse matrix times a dense one: each row of the result is a sum of rows of B, kept in registers eight columns at a time. */
import { pair0, pair1, pair2, pair3 } from '../reduce/pairs'

/** Stores two pairs of f64 as four elements. */
// @ts-ignore: decorator
@inline
function store4<T>(at: usize, low: v128, high: v128): void {
  if (sizeof<T>() == 8) {
    v128.store(at, low)
    v128.store(at, high, 16)
  } else
    v128.store(
      at,
      i8x16.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
    )
}

/** C [rows, k] = A B, rows of B `ldb` and of C `ldc` elements apart; sums in f64. */
export function rowsProduct<T>(rows: i32, k: i32, indptr: usize, indices: usize, values: usize, b: usize, ldb: i32, c: usize, ldc: i32): void {
  const step = <usize>ldb * sizeof<T>()
  for (let i = 0; i < rows; i++) {
    const from = load<u32>(indptr), to = load<u32>(indptr, 4)
    const first = indices + (<usize>from << 2), end = indices + (<usize>to << 2)
    const start = values + <usize>from * sizeof<T>()
    let column = b, out = c
    let j = 0
    for (; j + 8 <= k; j += 8) {
      let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0
      let value = start
      for (let index = first; index < end; index += 4) {
        const row = column + <usize>load<u32>(index) * step
        const factor = f64x2.splat(<f64>load<T>(value))
        s0 = f64x2.add(s0, f64x2.mul(factor, pair0<T>(row)))
        s1 = f64x2.add(s1, f64x2.mul(factor, pair1<T>(row)))
        s2 = f64x2.add(s2, f64x2.mul(factor, pair2<T>(row)))
        s3 = f64x2.add(s3, f64x2.mul(factor, pair3<T>(row)))
        value += sizeof<T>()
      }
      store4<T>(out, s0, s1)
      store4<T>(out + 4 * sizeof<T>(), s2, s3)
      column += 8 * sizeof<T>()
      out += 8 * sizeof<T>()
    }
    for (; j < k; j++) {
      let sum: f64 = 0
      let value = start
      for (let index = first; index < end; index += 4) {
        sum += <f64>load<T>(value) * <f64>load<T>(column + <usize>load<u32>(index) * step)
        value += sizeof<T>()
      }
      store<T>(out, <T>sum)
      column += sizeof<T>()
      out += sizeof<T>()
    }
    indptr += 4
    c += <usize>ldc * sizeof<T>()
  }
}
