/**
 * Selection by magnitude: which number is the k-th largest in size of an array, or of a stream that is read as often. Sizes compare as their
 * bits without the sign do; every NaN counts as one size above infinity. `magnitudes` counts them by the next digit of those bits; when the
 * counts have told each digit of the k-th largest, `keepMagnitudes` zeroes what is smaller, chunk after chunk.
 *
 * A stream: for f32 digits of 16 and 15 bits (two passes), for f64 of 16, 16, 16 and 15 (four); `Selection` in src/norms/select.ts does it.
 */

/** The bits of |x|, of type K (u32 or u64). */
// @ts-ignore: decorator
@inline
function sizeBits<K>(at: usize): K {
  if (sizeof<K>() == 4) return <K>min<u32>(load<u32>(at) & 0x7fffffff, 0x7f800001)
  return <K>min<u64>(load<u64>(at) & 0x7fffffffffffffff, 0x7ff0000000000001)
}

// @ts-ignore: decorator
@inline
function add1(table: usize, digit: usize): void {
  const at = table + (digit << 2)
  store<u32>(at, load<u32>(at) + 1)
}

/** table[digit] += 1 for elements whose bits above it are `prefix`; the digit is `width` bits from bit `shift` on. */
export function magnitudes_f32(x: usize, n: i32, table: usize, shift: i32, width: i32, prefix: f64): void {
  const above = shift + width, mask = (1 << width) - 1
  const end = x + (<usize>n << 2)
  if (above >= 31) {
    for (; x < end; x += 4) add1(table, <usize>(sizeBits<u32>(x) >>> shift))
    return
  }
  const wanted = <u32>prefix, every = i32x4.splat(wanted), positive = i32x4.splat(0x7fffffff), nan = i32x4.splat(0x7f800001)
  const tail = x + (<usize>(n & ~3) << 2)
  for (; x < tail; x += 16) {
    const bits = i32x4.min_u(v128.and(v128.load(x), positive), nan)
    if (!v128.any_true(i32x4.eq(i32x4.shr_u(bits, above), every))) continue
    for (let at = x; at < x + 16; at += 4) {
      const one = sizeBits<u32>(at)
      if (one >>> above == wanted) add1(table, <usize>((one >>> shift) & mask))
    }
  }
  for (; x < end; x += 4) {
    const one = sizeBits<u32>(x)
    if (one >>> above == wanted) add1(table, <usize>((one >>> shift) & mask))
  }
}

/** The same; digits of the f64's bits. */
export function magnitudes_f64(x: usize, n: i32, table: usize, shift: i32, width: i32, prefix: f64): void {
  const above = <u64>(shift + width), wanted = <u64>prefix, mask: u64 = (1 << width) - 1
  const end = x + (<usize>n << 3)
  for (; x < end; x += 8) {
    const one = sizeBits<u64>(x)
    if (above >= 63 || one >>> above == wanted) add1(table, <usize>((one >>> shift) & mask))
  }
}

function keep<T, K>(x: usize, n: i32, size: f64, ties: i32, largest: bool): i32 {
  // Through memory's bits: NaN stands for its one size.
  const key = sizeof<K>() == 4
    ? <K>min<u32>(reinterpret<u32>(<f32>size) & 0x7fffffff, 0x7f800001)
    : <K>min<u64>(reinterpret<u64>(size) & 0x7fffffffffffffff, 0x7ff0000000000001)
  let left = ties
  const end = x + <usize>n * sizeof<T>()
  for (; x < end; x += sizeof<T>()) {
    const one = sizeBits<K>(x)
    const isTie = one == key
    const stays = (largest ? one > key : one < key) | (isTie & (left > 0))
    left -= <i32>(isTie & (left > 0))
    store<T>(x, stays ? load<T>(x) : <T>0)
  }
  return left
}

/**
 * Zeroes, in place, what is smaller in size than `size` (larger, unless `largest`), and what is equal to it after the first `ties` of those.
 * Returns how many of `ties` are left for the next chunk.
 */
export function keepMagnitudes_f32(x: usize, n: i32, size: f64, ties: i32, largest: bool): i32 {
  return keep<f32, u32>(x, n, size, ties, largest)
}

export function keepMagnitudes_f64(x: usize, n: i32, size: f64, ties: i32, largest: bool): i32 {
  return keep<f64, u64>(x, n, size, ties, largest)
}
