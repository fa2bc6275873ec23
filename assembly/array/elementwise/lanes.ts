/** Vectors that are only partly there, and halves of vectors. */
import { tailVector } from './scratch'

/** The first `bytes` < 16 at `from`, zeros behind. */
export function loadPart(from: usize, bytes: usize): v128 {
  if (bytes == 0) return i64x2.splat(0)
  if (bytes == 8) return v128.load64_zero(from)
  if (bytes == 4) return v128.load32_zero(from)
  if (bytes == 12) return v128.load32_lane(from + 8, v128.load64_zero(from), 2)
  v128.store(tailVector, i64x2.splat(0))
  memory.copy(tailVector, from, bytes)
  return v128.load(tailVector)
}

export function storePart(to: usize, x: v128, bytes: usize): void {
  if (bytes == 8) v128.store64_lane(to, x, 0)
  else if (bytes == 4) v128.store32_lane(to, x, 0)
  else if (bytes == 12) {
    v128.store64_lane(to, x, 0)
    v128.store32_lane(to + 8, x, 2)
  } else {
    v128.store(tailVector, x)
    memory.copy(to, tailVector, bytes)
  }
}

/** The two lower and the two upper lanes of four f32 as f64. */
// @ts-ignore: decorator
@inline
export function lower(x: v128): v128 {
  return f64x2.promote_low_f32x4(x)
}
// @ts-ignore: decorator
@inline
export function upper(x: v128): v128 {
  return f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15))
}
/** Rounds both halves back to four f32. */
// @ts-ignore: decorator
@inline
export function joined(low: v128, high: v128): v128 {
  return i8x16.shuffle(
    f32x4.demote_f64x2_zero(low),
    f32x4.demote_f64x2_zero(high),
    0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23,
  )
}

/** Where the mask is set a, else b. */
// @ts-ignore: decorator
@inline
export function choose(mask: v128, a: v128, b: v128): v128 {
  return v128.bitselect(a, b, mask)
}

/** The f64 without its lower 27 bits of mantissa: products of two such are exact. */
// @ts-ignore: decorator
@inline
export function high(x: v128): v128 {
  return v128.and(x, i64x2.splat(0xfffffffff8000000))
}

/** p x + c. */
// @ts-ignore: decorator
@inline
export function step<T>(p: v128, x: v128, c: T): v128 {
  return v128.add<T>(v128.mul<T>(p, x), v128.splat<T>(c))
}

/** The size of x with the sign of s. */
// @ts-ignore: decorator
@inline
export function signed<T>(x: v128, s: v128): v128 {
  return v128.bitselect(s, x, v128.splat<T>(<T>-0.0))
}

/** Is |x| < bound in all lanes? Not where one is NaN. */
// @ts-ignore: decorator
@inline
export function within<T>(x: v128, bound: T): bool {
  // Bits of positive numbers are in order, those of NaN last.
  if (sizeof<T>() == 4) return !v128.any_true(i32x4.gt_s(f32x4.abs(x), i32x4.splat(reinterpret<i32>(<f32>bound) - 1)))
  return !v128.any_true(i64x2.gt_s(f64x2.abs(x), i64x2.splat(reinterpret<i64>(<f64>bound) - 1)))
}
