/**
 * What every decoder shares: binary16 scales, widening of 8-bit lanes to f32, and the stores. Pointers may have any alignment.
 * A block's arithmetic is float32 in the order of the format's reference decoder, so that results agree with it to the last bit.
 */

/** binary16 to f32, exact: the bits are read as an f32 whose exponent is 112 too small, so subnormals need no case of their own. */
// @ts-ignore: decorator
@inline
export function half(bits: u32): f32 {
  const magnitude = bits & 0x7fff
  let wide = reinterpret<u32>(reinterpret<f32>(magnitude << 13) * reinterpret<f32>(0x77800000))
  if (magnitude >= 0x7c00) wide = 0x7f800000 | (magnitude << 13)
  return reinterpret<f32>(wide | ((bits & 0x8000) << 16))
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
