/** Elements as pairs of f64: what sums are made of. Eight elements are four pairs, for four sums that do not wait for each other. */

// @ts-ignore: decorator
@inline
export function pair0<T>(at: usize): v128 {
  if (sizeof<T>() == 8) return v128.load(at)
  if (isFloat<T>()) return f64x2.promote_low_f32x4(v128.load64_zero(at))
  return f64x2.convert_low_i32x4_s(v128.load64_zero(at))
}

// @ts-ignore: decorator
@inline
export function pair1<T>(at: usize): v128 {
  if (sizeof<T>() == 8) return v128.load(at, 16)
  if (isFloat<T>()) return f64x2.promote_low_f32x4(v128.load64_zero(at, 8))
  return f64x2.convert_low_i32x4_s(v128.load64_zero(at, 8))
}

// @ts-ignore: decorator
@inline
export function pair2<T>(at: usize): v128 {
  if (sizeof<T>() == 8) return v128.load(at, 32)
  if (isFloat<T>()) return f64x2.promote_low_f32x4(v128.load64_zero(at, 16))
  return f64x2.convert_low_i32x4_s(v128.load64_zero(at, 16))
}

// @ts-ignore: decorator
@inline
export function pair3<T>(at: usize): v128 {
  if (sizeof<T>() == 8) return v128.load(at, 48)
  if (isFloat<T>()) return f64x2.promote_low_f32x4(v128.load64_zero(at, 24))
  return f64x2.convert_low_i32x4_s(v128.load64_zero(at, 24))
}

/** Bytes of `count` elements. */
// @ts-ignore: decorator
@inline
export function bytes<T>(count: i32): usize {
  return <usize>count * sizeof<T>()
}

/** Elements of a vector. */
// @ts-ignore: decorator
@inline
export function lanes<T>(): i32 {
  return <i32>(16 / sizeof<T>())
}
