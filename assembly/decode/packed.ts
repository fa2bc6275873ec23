/**
 * Numbers of less than a byte, the first in the lowest bits. `count` may be anything: no byte beyond the last element's is read and no element beyond it
 * is written.
 */
import { highNibbles, lowNibbles, storeScaled, widen } from './lanes'

const U4 = 0
const I4 = 1

/** Nibbles in the order of their elements, sixteen at a time; the tail one by one. */
// @ts-ignore: decorator
@inline
function nibbles(kind: i32, source: usize, count: u32, target: usize): void {
  const one = f32x4.splat(1)
  const end = target + (<usize>count << 2)
  for (; target + 128 <= end; source += 16, target += 128) {
    const bytes = v128.load(source)
    // The sign of an int4 is shifted in from the top of its byte.
    const low = kind == I4 ? i8x16.shr_s(i8x16.shl(bytes, 4), 4) : lowNibbles(bytes)
    const high = kind == I4 ? i8x16.shr_s(bytes, 4) : highNibbles(bytes)
    storeScaled(target, i8x16.shuffle(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), one)
    storeScaled(target + 64, i8x16.shuffle(low, high, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), one)
  }
  for (let index: u32 = 0; target < end; index++, target += 4) {
    const nibble = (<i32>load<u8>(source + (index >> 1)) >> ((index & 1) << 2)) & 15
    store<f32>(target, <f32>(kind == I4 ? (nibble << 28) >> 28 : nibble))
  }
}

/** Unsigned nibbles, 0..15. */
export function decode_u4(source: usize, count: u32, target: usize): void {
  nibbles(U4, source, count, target)
}

/** Two's complement nibbles, -8..7. */
export function decode_i4(source: usize, count: u32, target: usize): void {
  nibbles(I4, source, count, target)
}

/** Sixteen elements of E2M1 as f32: two tables give the upper two bytes, the lower two are 0. */
// @ts-ignore: decorator
@inline
function storeE2M1(target: usize, codes: v128): void {
  const upper = i8x16(0, 0x3f, 0x3f, 0x3f, 0x40, 0x40, 0x40, 0x40, -0x80, -0x41, -0x41, -0x41, -0x40, -0x40, -0x40, -0x40)
  const lower = i8x16(0, 0, -0x80, -0x40, 0, 0x40, -0x80, -0x40, 0, 0, -0x80, -0x40, 0, 0x40, -0x80, -0x40)
  const first = i8x16.swizzle(lower, codes)
  const second = i8x16.swizzle(upper, codes)
  const low = i8x16.shuffle(first, second, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
  const high = i8x16.shuffle(first, second, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
  v128.store(target, i32x4.shl(i32x4.extend_low_i16x8_u(low), 16))
  v128.store(target + 16, i32x4.shl(i32x4.extend_high_i16x8_u(low), 16))
  v128.store(target + 32, i32x4.shl(i32x4.extend_low_i16x8_u(high), 16))
  v128.store(target + 48, i32x4.shl(i32x4.extend_high_i16x8_u(high), 16))
}

/** A float of `bits` bits with `fraction` of them after the point and neither infinity nor NaN; all three must be constants. */
// @ts-ignore: decorator
@inline
function small(code: u32, bits: u32, fraction: i32, bias: i32): f32 {
  const magnitude = i32x4.splat(<i32>(code & ((<u32>1 << (bits - 1)) - 1)))
  const value = f32x4.extract_lane(widen(magnitude, fraction, bias), 0)
  return reinterpret<f32>(reinterpret<u32>(value) | ((code >> (bits - 1)) << 31))
}

/** OCP MX FP4, E2M1: 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives; two in a byte. */
export function decode_f4_e2m1(source: usize, count: u32, target: usize): void {
  const end = target + (<usize>count << 2)
  for (; target + 128 <= end; source += 16, target += 128) {
    const bytes = v128.load(source)
    const low = lowNibbles(bytes)
    const high = highNibbles(bytes)
    storeE2M1(target, i8x16.shuffle(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23))
    storeE2M1(target + 64, i8x16.shuffle(low, high, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31))
  }
  for (let index: u32 = 0; target < end; index++, target += 4) {
    const nibble = (<u32>load<u8>(source + (index >> 1)) >> ((index & 1) << 2)) & 15
    store<f32>(target, small(nibble, 4, 1, 1))
  }
}

/** Four 6-bit floats in three bytes. While a further group follows, a group is read as a word: each lane multiplies its code up to bits 18-23. */
// @ts-ignore: decorator
@inline
function sixBitFloats(source: usize, count: u32, target: usize, fraction: i32, bias: i32): void {
  const end = target + (<usize>count << 2)
  const places = i32x4(1 << 18, 1 << 12, 1 << 6, 1)
  for (; target + 32 <= end; source += 3, target += 16) {
    const codes = i32x4.shr_u(i32x4.mul(v128.load32_splat(source), places), 18)
    const sign = i32x4.shl(v128.and(codes, i32x4.splat(32)), 26)
    v128.store(target, v128.or(widen(v128.and(codes, i32x4.splat(31)), fraction, bias), sign))
  }
  let held: u32 = 0
  let bits: u32 = 0
  for (; target < end; target += 4) {
    if (bits < 6) {
      held |= <u32>load<u8>(source++) << bits
      bits += 8
    }
    store<f32>(target, small(held & 63, 6, fraction, bias))
    held >>= 6
    bits -= 6
  }
}

/** OCP MX FP6, E2M3: bias 1, largest 7.5. */
export function decode_f6_e2m3(source: usize, count: u32, target: usize): void {
  sixBitFloats(source, count, target, 3, 1)
}

/** OCP MX FP6, E3M2: bias 3, largest 28. */
export function decode_f6_e3m2(source: usize, count: u32, target: usize): void {
  sixBitFloats(source, count, target, 2, 3)
}
