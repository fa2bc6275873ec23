/** Pairs of f64 out of arrays of f32 or f64, and back. */

/** Elements `at` and the next, as f64. */
// @ts-ignore: decorator
@inline
export function pair<T>(at: usize): v128 {
  if (sizeof<T>() == 8) return v128.load(at)
  return f64x2.promote_low_f32x4(v128.load64_zero(at))
}

// @ts-ignore: decorator
@inline
export function storePair<T>(at: usize, x: v128): void {
  if (sizeof<T>() == 8) v128.store(at, x)
  else v128.store64_lane(at, f32x4.demote_f64x2_zero(x), 0)
}

/** One element and 0. */
// @ts-ignore: decorator
@inline
export function single<T>(at: usize): v128 {
  return f64x2.replace_lane(f64x2.splat(0), 0, <f64>load<T>(at))
}

// @ts-ignore: decorator
@inline
export function storeSingle<T>(at: usize, x: v128): void {
  store<T>(at, <T>f64x2.extract_lane(x, 0))
}

// @ts-ignore: decorator
@inline
export function bytes<T>(n: i32): usize {
  return <usize>n * sizeof<T>()
}
