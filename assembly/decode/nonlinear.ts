/** Blocks of 4-bit codes that look up sixteen values (IQ4_NL IQ4_XS MXFP4), and ternary ones (TQ1_0 TQ2_0). */
import { halfAt, highNibbles, lowNibbles, storeScaled } from './lanes'

/** d (f16), 16 bytes of nibbles: d value[q]. */
export function decode_iq4_nl(source: usize, count: u32, target: usize): void {
  const values = i8x16(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113)
  for (let end = target + (<usize>count << 2); target < end; target += 128, source += 18) {
    const d = f32x4.splat(halfAt(source))
    const bytes = v128.load(source + 2)
    storeScaled(target, i8x16.swizzle(values, lowNibbles(bytes)), d)
    storeScaled(target + 64, i8x16.swizzle(values, highNibbles(bytes)), d)
  }
}

/** d (f16), eight 6-bit scales (upper bits in a u16, low nibbles in 4 bytes), 128 bytes of nibbles: (d (s - 32)) value[q]. */
export function decode_iq4_xs(source: usize, count: u32, target: usize): void {
  const values = i8x16(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113)
  for (let end = target + (<usize>count << 2); target < end; source += 136) {
    const d = halfAt(source)
    const upper = <i32>load<u16>(source + 2)
    const lower = load<u32>(source + 4)
    for (let index = 0; index < 8; index++, target += 128) {
      const scale = <i32>((lower >> (index << 2)) & 15) | (((upper >> (index << 1)) & 3) << 4)
      const dl = f32x4.splat(d * <f32>(scale - 32))
      const bytes = v128.load(source + 8 + (index << 4))
      storeScaled(target, i8x16.swizzle(values, lowNibbles(bytes)), dl)
      storeScaled(target + 64, i8x16.swizzle(values, highNibbles(bytes)), dl)
    }
  }
}

/**
 * Exponent e (one byte), 16 bytes of nibbles, each an E2M1 number. The table holds twice their values, so the scale is half of 2^(e - 127), and
 * that is an f32 subnormal for e of 0 and 1. As in ggml, e = 255 is no NaN here but one power of two more.
 */
export function decode_mxfp4(source: usize, count: u32, target: usize): void {
  const values = i8x16(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12)
  for (let end = target + (<usize>count << 2); target < end; target += 128, source += 17) {
    const exponent = <u32>load<u8>(source)
    const d = f32x4.splat(reinterpret<f32>(exponent < 2 ? 0x200000 << exponent : (exponent - 1) << 23))
    const bytes = v128.load(source + 1)
    storeScaled(target, i8x16.swizzle(values, lowNibbles(bytes)), d)
    storeScaled(target + 64, i8x16.swizzle(values, highNibbles(bytes)), d)
  }
}

/** 64 bytes of 2-bit codes in two runs of 32, d (f16): (q - 1) d. */
export function decode_tq2_0(source: usize, count: u32, target: usize): void {
  const three = i8x16.splat(3)
  const one = i8x16.splat(1)
  for (let end = target + (<usize>count << 2); target < end; source += 66) {
    const d = f32x4.splat(halfAt(source + 64))
    for (let codes = source; codes < source + 64; codes += 32) {
      const first = v128.load(codes)
      const second = v128.load(codes + 16)
      for (let shift = 0; shift < 8; shift += 2, target += 128) {
        storeScaled(target, i8x16.sub(v128.and(i8x16.shr_u(first, shift), three), one), d)
        storeScaled(target + 64, i8x16.sub(v128.and(i8x16.shr_u(second, shift), three), one), d)
      }
    }
  }
}

/** The leading base-3 digit of eight fractions q / 256: floor(3 q / 256). */
// @ts-ignore: decorator
@inline
function digit(q: v128): v128 {
  return i16x8.shr_u(i16x8.mul(q, i16x8.splat(3)), 8)
}

/** What is left of the fractions: 3 q modulo 256. */
// @ts-ignore: decorator
@inline
function rest(q: v128): v128 {
  return v128.and(i16x8.mul(q, i16x8.splat(3)), i16x8.splat(255))
}

/** Sixteen bytes hold `digits` rows of sixteen elements; rows are `stride` bytes of the target apart. */
// @ts-ignore: decorator
@inline
function ternaryRows(target: usize, bytes: v128, d: v128, stride: usize): void {
  const one = i8x16.splat(1)
  let low = i16x8.extend_low_i8x16_u(bytes)
  let high = i16x8.extend_high_i8x16_u(bytes)
  for (let row = 0; row < 5; row++, target += stride) {
    storeScaled(target, i8x16.sub(i8x16.narrow_i16x8_u(digit(low), digit(high)), one), d)
    low = rest(low)
    high = rest(high)
  }
}

/** 48 bytes of five base-3 digits (a run of 32 bytes, one of 16), 4 bytes of four, d (f16): (digit - 1) d. A byte is 256/243 of the digits' number. */
export function decode_tq1_0(source: usize, count: u32, target: usize): void {
  const one = i16x8.splat(1)
  for (let end = target + (<usize>count << 2); target < end; target += 1024, source += 54) {
    const d = f32x4.splat(halfAt(source + 52))
    ternaryRows(target, v128.load(source), d, 128)
    ternaryRows(target + 64, v128.load(source + 16), d, 128)
    ternaryRows(target + 640, v128.load(source + 32), d, 64)
    let q = i16x8.extend_low_i8x16_u(v128.load32_zero(source + 48))
    for (let row: usize = 960; row < 1024; row += 16) {
      const codes = i32x4.extend_low_i16x8_s(i16x8.sub(digit(q), one))
      v128.store(target + row, f32x4.mul(f32x4.convert_i32x4_s(codes), d))
      q = rest(q)
    }
  }
}
