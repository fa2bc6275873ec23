/**
 * Conversion of machine numbers to f32 and f64: `<from>_<to>(source, count, target)`, any alignment, no overlap except that `f32_f64` may find
 * its source in the upper half of its target. 64-bit integers round to nearest even, as do all conversions to f32.
 */
import { widenHalf } from './half'

export function f16_f32(from: usize, count: u32, to: usize): void {
  for (; count >= 4; count -= 4, from += 8, to += 16) v128.store(to, widenHalf(v128.load16x4_u(from)))
  for (; count > 0; count--, from += 2, to += 4)
    store<f32>(to, f32x4.extract_lane(widenHalf(i32x4.splat(load<u16>(from))), 0))
}

export function bf16_f32(from: usize, count: u32, to: usize): void {
  const zero = i32x4.splat(0)
  for (; count >= 8; count -= 8, from += 16, to += 32) {
    const v = v128.load(from)
    v128.store(to, v128.shuffle<u16>(zero, v, 0, 8, 1, 9, 2, 10, 3, 11))
    v128.store(to, v128.shuffle<u16>(zero, v, 4, 12, 5, 13, 6, 14, 7, 15), 16)
  }
  for (; count > 0; count--, from += 2, to += 4) store<u32>(to, load<u16>(from) << 16)
}

/** From the front to the back, each group loaded before it is stored: see the header. */
export function f32_f64(from: usize, count: u32, to: usize): void {
  for (; count >= 4; count -= 4, from += 16, to += 32) {
    const low = f64x2.promote_low_f32x4(v128.load64_zero(from))
    const high = f64x2.promote_low_f32x4(v128.load64_zero(from, 8))
    v128.store(to, low)
    v128.store(to, high, 16)
  }
  for (; count > 0; count--, from += 4, to += 8) store<f64>(to, <f64>load<f32>(from))
}

export function f64_f32(from: usize, count: u32, to: usize): void {
  for (; count >= 4; count -= 4, from += 32, to += 16) {
    const low = f32x4.demote_f64x2_zero(v128.load(from))
    const high = f32x4.demote_f64x2_zero(v128.load(from, 16))
    v128.store(to, v128.shuffle<u64>(low, high, 0, 2))
  }
  for (; count > 0; count--, from += 8, to += 4) store<f32>(to, <f32>load<f64>(from))
}

// @ts-ignore: decorator
@inline
function each<From, To>(from: usize, count: u32, to: usize): void {
  for (; count > 0; count--, from += sizeof<From>(), to += sizeof<To>()) store<To>(to, <To>load<From>(from))
}

export function i8_f32(from: usize, count: u32, to: usize): void {
  for (; count >= 8; count -= 8, from += 8, to += 32) {
    const v = v128.load8x8_s(from)
    v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(v)))
    v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(v)), 16)
  }
  each<i8, f32>(from, count, to)
}

export function u8_f32(from: usize, count: u32, to: usize): void {
  for (; count >= 8; count -= 8, from += 8, to += 32) {
    const v = v128.load8x8_u(from)
    v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(v)))
    v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(v)), 16)
  }
  each<u8, f32>(from, count, to)
}

/** Any byte but 0 is true, that is 1. */
export function bool_f32(from: usize, count: u32, to: usize): void {
  for (; count > 0; count--, from++, to += 4) store<f32>(to, load<u8>(from) ? 1 : 0)
}

export function i16_f32(from: usize, count: u32, to: usize): void {
  for (; count >= 4; count -= 4, from += 8, to += 16) v128.store(to, f32x4.convert_i32x4_s(v128.load16x4_s(from)))
  each<i16, f32>(from, count, to)
}

export function u16_f32(from: usize, count: u32, to: usize): void {
  for (; count >= 4; count -= 4, from += 8, to += 16) v128.store(to, f32x4.convert_i32x4_s(v128.load16x4_u(from)))
  each<u16, f32>(from, count, to)
}

export function i32_f32(from: usize, count: u32, to: usize): void {
  for (; count >= 4; count -= 4, from += 16, to += 16) v128.store(to, f32x4.convert_i32x4_s(v128.load(from)))
  each<i32, f32>(from, count, to)
}

export function u32_f32(from: usize, count: u32, to: usize): void {
  for (; count >= 4; count -= 4, from += 16, to += 16) v128.store(to, f32x4.convert_i32x4_u(v128.load(from)))
  each<u32, f32>(from, count, to)
}

export function i64_f32(from: usize, count: u32, to: usize): void {
  each<i64, f32>(from, count, to)
}

export function u64_f32(from: usize, count: u32, to: usize): void {
  each<u64, f32>(from, count, to)
}

export function i32_f64(from: usize, count: u32, to: usize): void {
  for (; count >= 2; count -= 2, from += 8, to += 16) v128.store(to, f64x2.convert_low_i32x4_s(v128.load64_zero(from)))
  each<i32, f64>(from, count, to)
}

export function u32_f64(from: usize, count: u32, to: usize): void {
  for (; count >= 2; count -= 2, from += 8, to += 16) v128.store(to, f64x2.convert_low_i32x4_u(v128.load64_zero(from)))
  each<u32, f64>(from, count, to)
}

export function i64_f64(from: usize, count: u32, to: usize): void {
  each<i64, f64>(from, count, to)
}

export function u64_f64(from: usize, count: u32, to: usize): void {
  each<u64, f64>(from, count, to)
}
