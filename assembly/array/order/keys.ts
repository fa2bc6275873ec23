/**
 * Elements as unsigned keys that compare as sorting wants: ascending, -0 like 0, NaN above all and like every other NaN. A descending order
 * compares the keys' complements.
 */

/** The key of a 32-bit or smaller element. */
// @ts-ignore: decorator
@inline
export function key32<T>(at: usize): u32 {
  if (sizeof<T>() == 1) return <u32>load<u8>(at)
  const bits = load<i32>(at)
  if (isInteger<T>()) return <u32>bits ^ 0x80000000
  // A negative number's bits are turned over, any other's sign is set; NaN and -0 first become one of their kind.
  const size = bits & 0x7fffffff
  if (size > 0x7f800000) return 0xffffffff
  if (size == 0) return 0x80000000
  return <u32>(bits ^ ((bits >> 31) | <i32>0x80000000))
}

// @ts-ignore: decorator
@inline
export function key64(at: usize): u64 {
  const bits = load<i64>(at)
  const size = bits & 0x7fffffffffffffff
  if (size > 0x7ff0000000000000) return 0xffffffffffffffff
  if (size == 0) return 0x8000000000000000
  return <u64>(bits ^ ((bits >> 63) | <i64>0x8000000000000000))
}
