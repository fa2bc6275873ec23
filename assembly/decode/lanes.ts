/**
 * What every decoder shares: binary16 scales, widening of 8-bit lanes to f32, and the stores. Pointers may have any alignment.
 * A block's arithmetic is float32 in the order of the format's reference decoder, so that results agree with it to the last bit.
 */

/**
 * binary16 to f32, exact. No arithmetic on f32 subnormals, here and in `widen`: it costs a processor over a hundred cycles, and the f16 scales of small
 * weights are often subnormal, which as integers they are not.
 */
// @ts-ignore: decorator
@inline
export function half(bits: u32): f32 {
  const magnitude = bits & 0x7fff
  let wide = (magnitude << 13) + (112 << 23)
  if (magnitude >= 0x7c00) wide += 112 << 23
  if (magnitude < 0x400) wide = reinterpret<u32>(<f32>magnitude * reinterpret<f32>(103 << 23))
  return reinterpret<f32>(wide | ((bits & 0x8000) << 16))
}

/** Magnitudes (all bits but the sign) of floats of `fraction` fraction bits and exponent bias `bias`, in int32 lanes, to f32; both must be constants. */
// @ts-ignore: decorator
@inline
export function widen(magnitude: v128, fraction: i32, bias: i32): v128 {
  const normal = i32x4.add(i32x4.shl(magnitude, 23 - fraction), i32x4.splat((127 - bias) << 23))
  const unit = reinterpret<f32>((128 - bias - fraction) << 23)
  const subnormal = f32x4.mul(f32x4.convert_i32x4_s(magnitude), f32x4.splat(unit))
  return v128.bitselect(subnormal, normal, i32x4.lt_s(magnitude, i32x4.splat(1 << fraction)))
}

/** The binary16 at `pointer`. */
// @ts-ignore: decorator
@inline
export function halfAt(pointer: usize): f32 {
  return half(load<u16>(pointer))
}

/** Four int32 to f32 times `scale`. */
// @ts-ignore: decorator
@inline
function store4(target: usize, lanes: v128, scale: v128): void {
  v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(lanes), scale))
}

/** Sixteen int8 times `scale`, as f32. */
// @ts-ignore: decorator
@inline
export function storeScaled(target: usize, codes: v128, scale: v128): void {
  const low = i16x8.extend_low_i8x16_s(codes)
  const high = i16x8.extend_high_i8x16_s(codes)
  store4(target, i32x4.extend_low_i16x8_s(low), scale)
  store4(target + 16, i32x4.extend_high_i16x8_s(low), scale)
  store4(target + 32, i32x4.extend_low_i16x8_s(high), scale)
  store4(target + 48, i32x4.extend_high_i16x8_s(high), scale)
}

// @ts-ignore: decorator
@inline
function store4Plus(target: usize, lanes: v128, scale: v128, offset: v128): void {
  v128.store(target, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(lanes), scale), offset))
}

/** Sixteen int8 times `scale` plus `offset`, two roundings. */
// @ts-ignore: decorator
@inline
export function storeScaledPlus(target: usize, codes: v128, scale: v128, offset: v128): void {
  const low = i16x8.extend_low_i8x16_s(codes)
  const high = i16x8.extend_high_i8x16_s(codes)
  store4Plus(target, i32x4.extend_low_i16x8_s(low), scale, offset)
  store4Plus(target + 16, i32x4.extend_high_i16x8_s(low), scale, offset)
  store4Plus(target + 32, i32x4.extend_low_i16x8_s(high), scale, offset)
  store4Plus(target + 48, i32x4.extend_high_i16x8_s(high), scale, offset)
}

/** The low nibbles of sixteen bytes. */
// @ts-ignore: decorator
@inline
export function lowNibbles(bytes: v128): v128 {
  return v128.and(bytes, i8x16.splat(15))
}

/** The high nibbles of sixteen bytes. */
// @ts-ignore: decorator
@inline
export function highNibbles(bytes: v128): v128 {
  return i8x16.shr_u(bytes, 4)
}
