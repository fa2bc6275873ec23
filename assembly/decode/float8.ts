/** 8-bit floats: the bits of normal codes move to their place in an f32 and get its bias, subnormal ones are integers times a power of two. */
import { widen } from './lanes'

const E4M3FN = 0
const E5M2 = 1
const E4M3FNUZ = 2
const E5M2FNUZ = 3
const E8M0 = 4

const NAN_BITS: i32 = 0x7fc00000

/** Four codes in int32 lanes to f32; `kind` is a constant, so only its branch is compiled. */
// @ts-ignore: decorator
@inline
function decode4(kind: i32, codes: v128): v128 {
  if (kind == E8M0) {
    // Code 0 is 2^-127, an f32 subnormal, code 255 NaN.
    const value = v128.bitselect(i32x4.splat(0x400000), i32x4.shl(codes, 23), i32x4.eq(codes, i32x4.splat(0)))
    return v128.or(value, v128.and(i32x4.eq(codes, i32x4.splat(255)), i32x4.splat(NAN_BITS)))
  }
  const magnitude = v128.and(codes, i32x4.splat(0x7f))
  const sign = i32x4.shl(v128.and(codes, i32x4.splat(0x80)), 24)
  if (kind == E4M3FN) {
    const nan = v128.and(i32x4.eq(magnitude, i32x4.splat(0x7f)), i32x4.splat(NAN_BITS))
    return v128.or(v128.or(widen(magnitude, 3, 7), nan), sign)
  }
  if (kind == E5M2) {
    // Exponent 31 becomes 255, over the code's own fraction: infinity for 0 and NaN otherwise.
    const special = v128.and(i32x4.gt_s(magnitude, i32x4.splat(0x7b)), i32x4.splat(0x7f800000))
    return v128.or(v128.or(widen(magnitude, 2, 15), special), sign)
  }
  // The fnuz kinds have neither infinity nor minus zero: the code of minus zero is the only NaN.
  const value = kind == E4M3FNUZ ? widen(magnitude, 3, 8) : widen(magnitude, 2, 16)
  const nan = v128.and(i32x4.eq(codes, i32x4.splat(0x80)), i32x4.splat(NAN_BITS))
  return v128.or(v128.or(value, sign), nan)
}

// @ts-ignore: decorator
@inline
function decodeAll(kind: i32, source: usize, count: u32, target: usize): void {
  const end = source + <usize>count
  for (; source + 16 <= end; source += 16, target += 64) {
    const bytes = v128.load(source)
    const low = i16x8.extend_low_i8x16_u(bytes)
    const high = i16x8.extend_high_i8x16_u(bytes)
    v128.store(target, decode4(kind, i32x4.extend_low_i16x8_u(low)))
    v128.store(target + 16, decode4(kind, i32x4.extend_high_i16x8_u(low)))
    v128.store(target + 32, decode4(kind, i32x4.extend_low_i16x8_u(high)))
    v128.store(target + 48, decode4(kind, i32x4.extend_high_i16x8_u(high)))
  }
  for (; source < end; source++, target += 4) {
    store<f32>(target, f32x4.extract_lane(decode4(kind, i32x4.splat(<i32>load<u8>(source))), 0))
  }
}

/** OCP FP8 E4M3: bias 7, no infinity, S.1111.111 is NaN. */
export function decode_f8_e4m3fn(source: usize, count: u32, target: usize): void {
  decodeAll(E4M3FN, source, count, target)
}

/** OCP FP8 E5M2: bias 15, the upper half of a binary16. */
export function decode_f8_e5m2(source: usize, count: u32, target: usize): void {
  decodeAll(E5M2, source, count, target)
}

/** E4M3 with bias 8, one zero, and 0x80 as the only NaN. */
export function decode_f8_e4m3fnuz(source: usize, count: u32, target: usize): void {
  decodeAll(E4M3FNUZ, source, count, target)
}

/** E5M2 with bias 16, one zero, and 0x80 as the only NaN. */
export function decode_f8_e5m2fnuz(source: usize, count: u32, target: usize): void {
  decodeAll(E5M2FNUZ, source, count, target)
}

/** OCP MX scale E8M0: 2^(code - 127), 0xFF is NaN. */
export function decode_f8_e8m0(source: usize, count: u32, target: usize): void {
  decodeAll(E8M0, source, count, target)
}
