/**
 * GGUF super-blocks of 256 elements ("K quants"): sub-blocks whose own scales (and minima) are small integers times the block's f16 scale.
 * The products fit f32 exactly; only the subtraction of a minimum rounds.
 */
import { halfAt, highNibbles, lowNibbles, storeScaled, storeScaledPlus } from './lanes'

/** Bit `bit` of each byte, moved to the place of `value` (a power of two). */
// @ts-ignore: decorator
@inline
function bitTo(bytes: v128, bit: i32, value: i8): v128 {
  const one = i8x16.splat(<i8>((<i32>1) << bit))
  return v128.and(i8x16.eq(v128.and(bytes, one), one), i8x16.splat(value))
}

/** 16 bytes of scale (low nibble) and minimum (high nibble), 64 bytes of 2-bit codes, d, dmin (f16): (d s) q - (dmin m), 16 elements a scale. */
export function decode_q2_k(source: usize, count: u32, target: usize): void {
  const three = i8x16.splat(3)
  for (let end = target + (<usize>count << 2); target < end; source += 84) {
    const d = halfAt(source + 80)
    const dmin = halfAt(source + 82)
    let scales = source
    for (let codes = source + 16; codes < source + 80; codes += 32) {
      const first = v128.load(codes)
      const second = v128.load(codes + 16)
      for (let shift = 0; shift < 8; shift += 2, scales += 2, target += 128) {
        const one = <u32>load<u8>(scales)
        const two = <u32>load<u8>(scales + 1)
        const codesOne = v128.and(i8x16.shr_u(first, shift), three)
        const codesTwo = v128.and(i8x16.shr_u(second, shift), three)
        storeScaledPlus(target, codesOne, f32x4.splat(d * <f32>(one & 15)), f32x4.splat(-(dmin * <f32>(one >> 4))))
        storeScaledPlus(target + 64, codesTwo, f32x4.splat(d * <f32>(two & 15)), f32x4.splat(-(dmin * <f32>(two >> 4))))
      }
    }
  }
}

/** The `index`-th of sixteen 6-bit scales in 12 bytes: low nibbles in bytes 0-7 (first eight low, next eight high), upper pairs of bits in bytes 8-11. */
// @ts-ignore: decorator
@inline
function scaleQ3(scales: usize, index: i32): f32 {
  const low = (<i32>load<u8>(scales + (index & 7)) >> ((index >> 3) << 2)) & 15
  const high = (<i32>load<u8>(scales + 8 + (index & 3)) >> ((index >> 2) << 1)) & 3
  return <f32>((low | (high << 4)) - 32)
}

/** 32 bytes of third bits, 64 of 2-bit codes, 12 of 6-bit scales, d (f16): d (s - 32) times q, less 4 where the third bit is clear. */
export function decode_q3_k(source: usize, count: u32, target: usize): void {
  const three = i8x16.splat(3)
  const four = i8x16.splat(4)
  for (let end = target + (<usize>count << 2); target < end; source += 110) {
    const d = halfAt(source + 108)
    const highOne = v128.load(source)
    const highTwo = v128.load(source + 16)
    for (let pair = 0; pair < 8; pair++, target += 128) {
      const codes = source + 32 + ((pair >> 2) << 5)
      const shift = (pair & 3) << 1
      const one = v128.and(i8x16.shr_u(v128.load(codes), shift), three)
      const two = v128.and(i8x16.shr_u(v128.load(codes + 16), shift), three)
      const codesOne = i8x16.sub(v128.or(one, bitTo(highOne, pair, 4)), four)
      const codesTwo = i8x16.sub(v128.or(two, bitTo(highTwo, pair, 4)), four)
      storeScaled(target, codesOne, f32x4.splat(d * scaleQ3(source + 96, pair << 1)))
      storeScaled(target + 64, codesTwo, f32x4.splat(d * scaleQ3(source + 96, (pair << 1) + 1)))
    }
  }
}

/**
 * Eight 6-bit scales (`which` 0) or minima (`which` 4) of Q4_K and Q5_K in 12 bytes: the first four are the low bits of bytes 0-3 (4-7), the last
 * four have their low nibbles in bytes 8-11 (scales low, minima high) and their upper two bits on top of bytes 0-3 (4-7).
 */
// @ts-ignore: decorator
@inline
function scaleQ4(scales: usize, index: i32, which: i32): f32 {
  if (index < 4) return <f32>(load<u8>(scales + index + which) & 63)
  const low = (<i32>load<u8>(scales + index + 4) >> which) & 15
  return <f32>(low | ((<i32>load<u8>(scales + index - 4 + which) >> 6) << 4))
}

/** d, dmin (f16), 12 bytes of scales and minima, 128 of nibbles: (d s) q - (dmin m), 32 elements a scale. */
export function decode_q4_k(source: usize, count: u32, target: usize): void {
  for (let end = target + (<usize>count << 2); target < end; source += 144) {
    const d = halfAt(source)
    const dmin = halfAt(source + 2)
    const scales = source + 4
    for (let pair = 0; pair < 8; pair += 2, target += 256) {
      const first = v128.load(source + 16 + (pair << 4))
      const second = v128.load(source + 32 + (pair << 4))
      const scaleOne = f32x4.splat(d * scaleQ4(scales, pair, 0))
      const minOne = f32x4.splat(-(dmin * scaleQ4(scales, pair, 4)))
      const scaleTwo = f32x4.splat(d * scaleQ4(scales, pair + 1, 0))
      const minTwo = f32x4.splat(-(dmin * scaleQ4(scales, pair + 1, 4)))
      storeScaledPlus(target, lowNibbles(first), scaleOne, minOne)
      storeScaledPlus(target + 64, lowNibbles(second), scaleOne, minOne)
      storeScaledPlus(target + 128, highNibbles(first), scaleTwo, minTwo)
      storeScaledPlus(target + 192, highNibbles(second), scaleTwo, minTwo)
    }
  }
}

/** As Q4_K with 32 bytes of fifth bits before the nibbles: bit k of byte j belongs to element j of sub-block k. */
export function decode_q5_k(source: usize, count: u32, target: usize): void {
  for (let end = target + (<usize>count << 2); target < end; source += 176) {
    const d = halfAt(source)
    const dmin = halfAt(source + 2)
    const scales = source + 4
    const highOne = v128.load(source + 16)
    const highTwo = v128.load(source + 32)
    for (let pair = 0; pair < 8; pair += 2, target += 256) {
      const first = v128.load(source + 48 + (pair << 4))
      const second = v128.load(source + 64 + (pair << 4))
      const scaleOne = f32x4.splat(d * scaleQ4(scales, pair, 0))
      const minOne = f32x4.splat(-(dmin * scaleQ4(scales, pair, 4)))
      const scaleTwo = f32x4.splat(d * scaleQ4(scales, pair + 1, 0))
      const minTwo = f32x4.splat(-(dmin * scaleQ4(scales, pair + 1, 4)))
      storeScaledPlus(target, v128.or(lowNibbles(first), bitTo(highOne, pair, 16)), scaleOne, minOne)
      storeScaledPlus(target + 64, v128.or(lowNibbles(second), bitTo(highTwo, pair, 16)), scaleOne, minOne)
      storeScaledPlus(target + 128, v128.or(highNibbles(first), bitTo(highOne, pair + 1, 16)), scaleTwo, minTwo)
      storeScaledPlus(target + 192, v128.or(highNibbles(second), bitTo(highTwo, pair + 1, 16)), scaleTwo, minTwo)
    }
  }
}

/** Low nibbles with two upper bits (`upper`, moved to bits 4 and 5), less 32. */
// @ts-ignore: decorator
@inline
function sixBits(nibbles: v128, upper: v128): v128 {
  return i8x16.sub(v128.or(nibbles, v128.and(upper, i8x16.splat(48))), i8x16.splat(32))
}

/** 128 bytes of nibbles, 64 of upper pairs of bits, 16 int8 scales, d (f16): (d s) (q - 32), 16 elements a scale. */
export function decode_q6_k(source: usize, count: u32, target: usize): void {
  for (let end = target + (<usize>count << 2); target < end; source += 210) {
    const d = halfAt(source + 208)
    for (let half = 0; half < 2; half++, target += 512) {
      // Of each half of 128: four runs of 32, and in each run 16 elements from the first 16 bytes, 16 from the next.
      for (let part = 0; part < 2; part++) {
        const low = source + (half << 6) + (part << 4)
        const scales = source + 192 + (half << 3) + part
        const out = target + (part << 6)
        const first = v128.load(low)
        const second = v128.load(low + 32)
        const upper = v128.load(source + 128 + (half << 5) + (part << 4))
        storeScaled(out, sixBits(lowNibbles(first), i8x16.shl(upper, 4)), f32x4.splat(d * <f32>load<i8>(scales)))
        storeScaled(out + 128, sixBits(lowNibbles(second), i8x16.shl(upper, 2)), f32x4.splat(d * <f32>load<i8>(scales + 2)))
        storeScaled(out + 256, sixBits(highNibbles(first), upper), f32x4.splat(d * <f32>load<i8>(scales + 4)))
        storeScaled(out + 384, sixBits(highNibbles(second), i8x16.shr_u(upper, 2)), f32x4.splat(d * <f32>load<i8>(scales + 6)))
      }
    }
  }
}

/** d (f32), 256 int8, 16 int16 sums (a help for dot products): q d. */
export function decode_q8_k(source: usize, count: u32, target: usize): void {
  for (let end = target + (<usize>count << 2); target < end; source += 292) {
    const d = f32x4.splat(load<f32>(source))
    for (let codes = source + 4; codes < source + 260; codes += 16, target += 64) storeScaled(target, v128.load(codes), d)
  }
}
