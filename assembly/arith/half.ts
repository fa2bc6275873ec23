/** The 16-bit floats, four at a time to f32. */

/** Four f16 codes in the low halves of 32-bit lanes to f32. Exact; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function widenHalf(code: v128): v128 {
  const magnitude = v128.and(code, i32x4.splat(0x7fff))
  // Exponent and fraction in f32's places, the bias corrected. A subnormal gets an implicit 1 and loses it again by an exact subtraction,
  // which, unlike a product, costs no trip through the processor's slow path for subnormals.
  const subnormal = i32x4.lt_s(magnitude, i32x4.splat(0x400))
  const biased = i32x4.add(
    i32x4.add(i32x4.shl(magnitude, 13), i32x4.splat(0x38000000)),
    v128.and(subnormal, i32x4.splat(0x00800000)),
  )
  const scaled = f32x4.sub(biased, v128.and(subnormal, i32x4.splat(0x38800000)))
  // Inf and NaN, whose exponent must become all ones.
  const special = v128.and(i32x4.gt_s(magnitude, i32x4.splat(0x7bff)), i32x4.splat(0x7f800000))
  const sign = i32x4.shl(v128.xor(code, magnitude), 16)
  return v128.or(v128.or(scaled, special), sign)
}
