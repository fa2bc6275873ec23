/**
 * Numbers of less than a byte, the first in the lowest bits. `count` may be anything: no byte beyond the last element's is read and no element beyond it
 * is written.
 */
import { highNibbles, lowNibbles, storeScaled } from './lanes'

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

/**
 * A float of `bits` bits with `fraction` of them after the point, and neither infinity nor NaN: the magnitude at the top of an f32's fraction, times
 * `bias` = 2^(127 - the format's bias); subnormals included.
 */
// @ts-ignore: decorator
@inline
function small(code: u32, bits: u32, fraction: u32, bias: f32): f32 {
  const magnitude = code & ((1 << (bits - 1)) - 1)
  const value = reinterpret<u32>(reinterpret<f32>(magnitude << (23 - fraction)) * bias)
  return reinterpret<f32>(value | (code >> (bits - 1) << 31))
}

/** OCP MX FP4, E2M1: 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives; two in a byte. */
export function decode_f4_e2m1(source: usize, count: u32, target: usize): void {
  const end = target + (<usize>count << 2)
  for (let index: u32 = 0; target < end; index++, target += 4) {
    const nibble = (<u32>load<u8>(source + (index >> 1)) >> ((index & 1) << 2)) & 15
    store<f32>(target, small(nibble, 4, 1, reinterpret<f32>(0x7e800000)))
  }
}

/** Four 6-bit floats in three bytes. */
// @ts-ignore: decorator
@inline
function sixBitFloats(source: usize, count: u32, target: usize, fraction: u32, bias: f32): void {
  const end = target + (<usize>count << 2)
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
  sixBitFloats(source, count, target, 3, reinterpret<f32>(0x7e800000))
}

/** OCP MX FP6, E3M2: bias 3, largest 28. */
export function decode_f6_e3m2(source: usize, count: u32, target: usize): void {
  sixBitFloats(source, count, target, 2, reinterpret<f32>(0x7d800000))
}
