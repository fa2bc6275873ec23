/** GGUF blocks of 32 with one scale: Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q8_1. Element j is in the low nibble of byte j, element j + 16 in its high nibble. */
import { halfAt, highNibbles, lowNibbles, storeScaled, storeScaledPlus } from './lanes'

/** d (f16), 16 bytes of nibbles: (q - 8) d. */
export function decode_q4_0(source: usize, count: u32, target: usize): void {
  const eight = i8x16.splat(8)
  for (let end = target + (<usize>count << 2); target < end; target += 128, source += 18) {
    const d = f32x4.splat(halfAt(source))
    const bytes = v128.load(source + 2)
    storeScaled(target, i8x16.sub(lowNibbles(bytes), eight), d)
    storeScaled(target + 64, i8x16.sub(highNibbles(bytes), eight), d)
  }
}

/** d, m (f16), 16 bytes of nibbles: q d + m. */
export function decode_q4_1(source: usize, count: u32, target: usize): void {
  for (let end = target + (<usize>count << 2); target < end; target += 128, source += 20) {
    const d = f32x4.splat(halfAt(source))
    const m = f32x4.splat(halfAt(source + 2))
    const bytes = v128.load(source + 4)
    storeScaledPlus(target, lowNibbles(bytes), d, m)
    storeScaledPlus(target + 64, highNibbles(bytes), d, m)
  }
}

/** Bit i of the 16 in `bits` becomes 16 in byte i, and 0 where it is clear. */
// @ts-ignore: decorator
@inline
function fifthBits(bits: u32): v128 {
  const spread = i8x16.shuffle(i16x8.splat(<i16>bits), i16x8.splat(<i16>bits), 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1)
  const place = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128)
  return v128.and(i8x16.eq(v128.and(spread, place), place), i8x16.splat(16))
}

/** d (f16), 32 fifth bits, 16 bytes of nibbles: (q - 16) d. */
export function decode_q5_0(source: usize, count: u32, target: usize): void {
  const sixteen = i8x16.splat(16)
  for (let end = target + (<usize>count << 2); target < end; target += 128, source += 22) {
    const d = f32x4.splat(halfAt(source))
    const high = load<u32>(source + 2)
    const bytes = v128.load(source + 6)
    storeScaled(target, i8x16.sub(v128.or(lowNibbles(bytes), fifthBits(high)), sixteen), d)
    storeScaled(target + 64, i8x16.sub(v128.or(highNibbles(bytes), fifthBits(high >> 16)), sixteen), d)
  }
}

/** d, m (f16), 32 fifth bits, 16 bytes of nibbles: q d + m. */
export function decode_q5_1(source: usize, count: u32, target: usize): void {
  for (let end = target + (<usize>count << 2); target < end; target += 128, source += 24) {
    const d = f32x4.splat(halfAt(source))
    const m = f32x4.splat(halfAt(source + 2))
    const high = load<u32>(source + 4)
    const bytes = v128.load(source + 8)
    storeScaledPlus(target, v128.or(lowNibbles(bytes), fifthBits(high)), d, m)
    storeScaledPlus(target + 64, v128.or(highNibbles(bytes), fifthBits(high >> 16)), d, m)
  }
}

/** d (f16), 32 int8: q d. */
export function decode_q8_0(source: usize, count: u32, target: usize): void {
  for (let end = target + (<usize>count << 2); target < end; target += 128, source += 34) {
    const d = f32x4.splat(halfAt(source))
    storeScaled(target, v128.load(source + 2), d)
    storeScaled(target + 64, v128.load(source + 18), d)
  }
}

/** d (f16), d * sum of the codes (f16, a help for dot products), 32 int8: q d. */
export function decode_q8_1(source: usize, count: u32, target: usize): void {
  for (let end = target + (<usize>count << 2); target < end; target += 128, source += 36) {
    const d = f32x4.splat(halfAt(source))
    storeScaled(target, v128.load(source + 4), d)
    storeScaled(target + 64, v128.load(source + 20), d)
  }
}
