/** Indices are checked before anything is written: all of them, sixteen at a time. */

/** Position of the first of `n` indices outside -length <= index < length, or -1. */
export function firstOutside(n: i32, length: i32, index: usize): i32 {
  // index + length lies in 0 .. 2 length - 1 as unsigned numbers; 2 length fits 32 bits.
  const shift = i32x4.splat(length), limit = i32x4.splat(length << 1)
  let i = 0
  for (; i + 16 <= n; i += 16) {
    const a = i32x4.lt_u(i32x4.add(v128.load(index), shift), limit)
    const b = i32x4.lt_u(i32x4.add(v128.load(index, 16), shift), limit)
    const c = i32x4.lt_u(i32x4.add(v128.load(index, 32), shift), limit)
    const d = i32x4.lt_u(i32x4.add(v128.load(index, 48), shift), limit)
    if (!i32x4.all_true(v128.and(v128.and(a, b), v128.and(c, d)))) break
    index += 64
  }
  for (; i < n; i++) {
    if (<u32>(load<i32>(index) + length) >= <u32>length << 1) return i
    index += 4
  }
  return -1
}

/** The place that an index in bounds means. */
// @ts-ignore: decorator
@inline
export function place(index: usize, length: i32): usize {
  const i = load<i32>(index)
  return <usize>(i + ((i >> 31) & length))
}
