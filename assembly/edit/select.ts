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

/** One more in one of a digit's four counters. */
// @ts-ignore: decorator
@inline
function count(table: usize, digit: u32, lane: usize): void {
  const at = table + (<usize>digit << 4) + (lane << 2)
  store<u32>(at, load<u32>(at) + 1)
}

/**
 * table[digit][i mod 4] += 1 for elements i whose bits above the digit are `prefix`; the digit is `width` bits from bit `shift` on. Four counters
 * of a digit, so that equal neighbours do not wait for each other.
 */
export function magnitudes_f32(x: usize, n: i32, table: usize, shift: i32, width: i32, prefix: f64): void {
  const above = shift + width, isFirst = above >= 31
  const wanted = <u32>prefix, every = i32x4.splat(wanted), mask = i32x4.splat((1 << width) - 1)
  const positive = i32x4.splat(0x7fffffff), nan = i32x4.splat(0x7f800001)
  const tail = x + (<usize>(n & ~3) << 2), end = x + (<usize>n << 2)
  for (; x < tail; x += 16) {
    const bits = i32x4.min_u(v128.and(v128.load(x), positive), nan)
    const digits = v128.and(i32x4.shr_u(bits, shift), mask)
    if (isFirst) {
      count(table, i32x4.extract_lane(digits, 0), 0)
      count(table, i32x4.extract_lane(digits, 1), 1)
      count(table, i32x4.extract_lane(digits, 2), 2)
      count(table, i32x4.extract_lane(digits, 3), 3)
      continue
    }
    const hits = i32x4.eq(i32x4.shr_u(bits, above), every)
    if (!v128.any_true(hits)) continue
    if (i32x4.extract_lane(hits, 0)) count(table, i32x4.extract_lane(digits, 0), 0)
    if (i32x4.extract_lane(hits, 1)) count(table, i32x4.extract_lane(digits, 1), 1)
    if (i32x4.extract_lane(hits, 2)) count(table, i32x4.extract_lane(digits, 2), 2)
    if (i32x4.extract_lane(hits, 3)) count(table, i32x4.extract_lane(digits, 3), 3)
  }
  for (; x < end; x += 4) {
    const one = sizeBits<u32>(x)
    if (isFirst || one >>> above == wanted) count(table, (one >>> shift) & ((1 << width) - 1), 0)
  }
}

/** The same; digits of the f64's bits. */
export function magnitudes_f64(x: usize, n: i32, table: usize, shift: i32, width: i32, prefix: f64): void {
  const above = <u64>(shift + width), isFirst = above >= 63
  const wanted = <u64>prefix, mask: u64 = (1 << width) - 1
  const end = x + (<usize>n << 3)
  for (let lane: usize = 0; x < end; x += 8, lane = (lane + 1) & 3) {
    const one = sizeBits<u64>(x)
    if (isFirst || one >>> above == wanted) count(table, <u32>((one >>> shift) & mask), lane)
  }
}

/** The bits that sizes are compared with; NaN stands for its one size. */
// @ts-ignore: decorator
@inline
function keyOf<K>(size: f64): K {
  if (sizeof<K>() == 4) return <K>min<u32>(reinterpret<u32>(<f32>size) & 0x7fffffff, 0x7f800001)
  return <K>min<u64>(reinterpret<u64>(size) & 0x7fffffffffffffff, 0x7ff0000000000001)
}

/** Elements one by one, as long as there can be ties; returns what is left of them. */
function keepSingly<T, K>(x: usize, end: usize, key: K, ties: i32, largest: bool): i32 {
  for (; x < end; x += sizeof<T>()) {
    const one = sizeBits<K>(x)
    const isTie = <i32>(one == key) & <i32>(ties > 0)
    const stays = <i32>(largest ? one > key : one < key) | isTie
    ties -= isTie
    store<T>(x, stays ? load<T>(x) : <T>0)
  }
  return ties
}

/**
 * Zeroes, in place, what is smaller in size than `size` (larger, unless `largest`), and what is equal to it after the first `ties` of those.
 * Returns how many of `ties` are left for the next chunk.
 */
export function keepMagnitudes_f32(x: usize, n: i32, size: f64, ties: i32, largest: bool): i32 {
  const key = keyOf<u32>(size), keys = i32x4.splat(key)
  const positive = i32x4.splat(0x7fffffff), nan = i32x4.splat(0x7f800001)
  const tail = x + (<usize>(n & ~3) << 2), end = x + (<usize>n << 2)
  for (; x < tail; x += 16) {
    const all = v128.load(x)
    const bits = i32x4.min_u(v128.and(all, positive), nan)
    if (ties > 0 && v128.any_true(i32x4.eq(bits, keys))) ties = keepSingly<f32, u32>(x, x + 16, key, ties, largest)
    else v128.store(x, v128.and(all, largest ? i32x4.gt_s(bits, keys) : i32x4.lt_s(bits, keys)))
  }
  return keepSingly<f32, u32>(x, end, key, ties, largest)
}

export function keepMagnitudes_f64(x: usize, n: i32, size: f64, ties: i32, largest: bool): i32 {
  return keepSingly<f64, u64>(x, x + (<usize>n << 3), keyOf<u64>(size), ties, largest)
}
