/**
 * GGUF super-blocks of 256 whose elements come in groups out of a codebook ("I quants"): an index names eight or four magnitudes, signs are stored
 * beside it. IQ1 has no signs: its codes are -1, 0 and 1, all of them moved by an eighth.
 */
import { IQ1_GRID, IQ2_S_GRID, IQ2_XS_GRID, IQ2_XXS_GRID, IQ3_S_GRID, IQ3_XXS_GRID } from './grids'
import { half, halfAt } from './lanes'

/** The eight 2-bit codes of an entry as i16: each is multiplied up to the top of its lane and shifted down. */
// @ts-ignore: decorator
@inline
function codes8(entry: usize): v128 {
  const places = i16x8(<i16>0x4000, 0x1000, 0x400, 0x100, 0x40, 0x10, 4, 1)
  return i16x8.shr_u(i16x8.mul(v128.load16_splat(entry), places), 14)
}

/** Two entries of four 3-bit codes as i16. */
// @ts-ignore: decorator
@inline
function codes4x2(first: usize, second: usize): v128 {
  const words = v128.load16_lane(second, v128.load16_splat(first), 4)
  const spread = i8x16.shuffle(words, words, 0, 1, 0, 1, 0, 1, 0, 1, 8, 9, 8, 9, 8, 9, 8, 9)
  return i16x8.shr_u(i16x8.mul(spread, i16x8(0x1000, 0x100, 0x10, 1, 0x1000, 0x100, 0x10, 1)), 12)
}

/** IQ2's codes 0, 1, 2 are 8, 25, 43. */
// @ts-ignore: decorator
@inline
function magnitudes2(codes: v128): v128 {
  return i16x8.add(i16x8.add(i16x8.mul(codes, i16x8.splat(17)), i16x8.splat(8)), i16x8.shr_u(codes, 1))
}

/** IQ3_XXS's codes 0..7 are 4, 12, ... 52 and 62. */
// @ts-ignore: decorator
@inline
function magnitudes3xxs(codes: v128): v128 {
  const last = v128.and(i16x8.eq(codes, i16x8.splat(7)), i16x8.splat(2))
  return i16x8.add(i16x8.add(i16x8.shl(codes, 3), i16x8.splat(4)), last)
}

/** IQ3_S's codes 0..7 are the odd numbers 1..15. */
// @ts-ignore: decorator
@inline
function magnitudes3s(codes: v128): v128 {
  return i16x8.add(i16x8.shl(codes, 1), i16x8.splat(1))
}

/** Negates lane i where bit i of `signs` is set. */
// @ts-ignore: decorator
@inline
function withSigns(lanes: v128, signs: u32): v128 {
  const places = i16x8(<i16>0x8000, 0x4000, 0x2000, 0x1000, 0x800, 0x400, 0x200, 0x100)
  const negative = i16x8.shr_s(i16x8.mul(i16x8.splat(<i16>signs), places), 15)
  return i16x8.sub(v128.xor(lanes, negative), negative)
}

/** Seven stored signs: the eighth makes their number even. */
// @ts-ignore: decorator
@inline
function evenSigns(signs: u32): u32 {
  return signs | ((popcnt<u32>(signs) & 1) << 7)
}

/** Eight i16 times `scale`. */
// @ts-ignore: decorator
@inline
function store8(target: usize, lanes: v128, scale: v128): void {
  v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(lanes)), scale))
  v128.store(target + 16, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(lanes)), scale))
}

/** d (f16), then per 32 elements: 4 indices, and a u32 of four times 7 signs below a 4-bit scale s: d (s + 1/2) / 4 times the entry. */
export function decode_iq2_xxs(source: usize, count: u32, target: usize): void {
  for (let end = target + (<usize>count << 2); target < end; source += 66) {
    const d = halfAt(source)
    for (let group = source + 2; group < source + 66; group += 8) {
      const bits = load<u32>(group + 4)
      const scale = f32x4.splat(d * (0.5 + <f32>(bits >> 28)) * 0.25)
      for (let index: u32 = 0; index < 4; index++, target += 32) {
        const entry = IQ2_XXS_GRID + (<usize>load<u8>(group + index) << 1)
        store8(target, withSigns(magnitudes2(codes8(entry)), evenSigns((bits >> (7 * index)) & 127)), scale)
      }
    }
  }
}

/** d (f16), 32 u16 of a 9-bit index below 7 signs, 8 bytes of two 4-bit scales: d (s + 1/2) / 4 times the entry, 16 elements a scale. */
export function decode_iq2_xs(source: usize, count: u32, target: usize): void {
  for (let end = target + (<usize>count << 2); target < end; source += 74) {
    const d = halfAt(source)
    for (let pair = 0; pair < 16; pair++) {
      const nibble = (<u32>load<u8>(source + 66 + (pair >> 1)) >> ((pair & 1) << 2)) & 15
      const scale = f32x4.splat(d * (0.5 + <f32>nibble) * 0.25)
      for (let word = source + 2 + (pair << 2), last = word + 4; word < last; word += 2, target += 32) {
        const bits = <u32>load<u16>(word)
        const entry = IQ2_XS_GRID + (<usize>(bits & 511) << 1)
        store8(target, withSigns(magnitudes2(codes8(entry)), evenSigns(bits >> 9)), scale)
      }
    }
  }
}

/** d (f16), 32 low bytes of indices, 32 bytes of signs, 8 bytes of their upper pairs of bits, 8 bytes of two 4-bit scales. */
export function decode_iq2_s(source: usize, count: u32, target: usize): void {
  for (let end = target + (<usize>count << 2); target < end; source += 82) {
    const d = halfAt(source)
    for (let index: u32 = 0; index < 32; index++, target += 32) {
      const nibble = (<u32>load<u8>(source + 74 + (index >> 2)) >> ((index & 2) << 1)) & 15
      const upper = (<u32>load<u8>(source + 66 + (index >> 2)) >> ((index & 3) << 1)) & 3
      const entry = IQ2_S_GRID + (<usize>(<u32>load<u8>(source + 2 + index) | (upper << 8)) << 1)
      const scale = f32x4.splat(d * (0.5 + <f32>nibble) * 0.25)
      store8(target, withSigns(magnitudes2(codes8(entry)), load<u8>(source + 34 + index)), scale)
    }
  }
}

/** d (f16), 64 indices, then per 32 elements a u32 of four times 7 signs below a 4-bit scale s: d (s + 1/2) / 2 times two entries of four. */
export function decode_iq3_xxs(source: usize, count: u32, target: usize): void {
  for (let end = target + (<usize>count << 2); target < end; source += 98) {
    const d = halfAt(source)
    for (let group = 0; group < 8; group++) {
      const bits = load<u32>(source + 66 + (group << 2))
      const scale = f32x4.splat(d * (0.5 + <f32>(bits >> 28)) * 0.5)
      const indices = source + 2 + (group << 3)
      for (let pair: u32 = 0; pair < 4; pair++, target += 32) {
        const first = IQ3_XXS_GRID + (<usize>load<u8>(indices + (pair << 1)) << 1)
        const second = IQ3_XXS_GRID + (<usize>load<u8>(indices + (pair << 1) + 1) << 1)
        const signs = evenSigns((bits >> (7 * pair)) & 127)
        store8(target, withSigns(magnitudes3xxs(codes4x2(first, second)), signs), scale)
      }
    }
  }
}

/** d (f16), 64 low bytes of indices, 8 bytes of their ninth bits, 32 bytes of signs, 4 bytes of two 4-bit scales s: d (2 s + 1) times the entries. */
export function decode_iq3_s(source: usize, count: u32, target: usize): void {
  for (let end = target + (<usize>count << 2); target < end; source += 110) {
    const d = halfAt(source)
    for (let pair: u32 = 0; pair < 32; pair++, target += 32) {
      const nibble = (<u32>load<u8>(source + 106 + (pair >> 3)) >> (pair & 4)) & 15
      const ninth = <u32>load<u8>(source + 66 + (pair >> 2)) >> ((pair & 3) << 1)
      const low = <u32>load<u16>(source + 2 + (pair << 1))
      const first = IQ3_S_GRID + (<usize>((low & 255) | ((ninth & 1) << 8)) << 1)
      const second = IQ3_S_GRID + (<usize>((low >> 8) | ((ninth & 2) << 7)) << 1)
      const scale = f32x4.splat(d * <f32>((nibble << 1) + 1))
      store8(target, withSigns(magnitudes3s(codes4x2(first, second)), load<u8>(source + 74 + pair)), scale)
    }
  }
}

/** Eight codes of entry `index`, less 1, plus `shift` (an eighth up or down), times `scale`. */
// @ts-ignore: decorator
@inline
function storeTernary(target: usize, index: u32, shift: v128, scale: v128): void {
  const lanes = i16x8.sub(codes8(IQ1_GRID + (<usize>index << 1)), i16x8.splat(1))
  const low = f32x4.add(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(lanes)), shift)
  const high = f32x4.add(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(lanes)), shift)
  v128.store(target, f32x4.mul(low, scale))
  v128.store(target + 16, f32x4.mul(high, scale))
}

// @ts-ignore: decorator
@inline
function eighth(negative: bool): v128 {
  return f32x4.splat(negative ? -0.125 : 0.125)
}

/** d (f16), 32 low bytes of indices, per 32 elements a u16: four times 3 upper bits, a 3-bit scale s, the shift's sign: d (2 s + 1) (code + shift). */
export function decode_iq1_s(source: usize, count: u32, target: usize): void {
  for (let end = target + (<usize>count << 2); target < end; source += 50) {
    const d = halfAt(source)
    for (let group = 0; group < 8; group++) {
      const bits = <u32>load<u16>(source + 34 + (group << 1))
      const scale = f32x4.splat(d * <f32>(((bits >> 11) & 14) + 1))
      const shift = eighth((bits & 0x8000) != 0)
      for (let index: u32 = 0; index < 4; index++, target += 32) {
        const low = <u32>load<u8>(source + 2 + (group << 2) + index)
        storeTernary(target, low | (((bits >> (3 * index)) & 7) << 8), shift, scale)
      }
    }
  }
}

/**
 * 32 low bytes of indices, 16 bytes of two nibbles (3 upper bits, the shift's sign), four u16: each four 3-bit scales below a nibble of d (f16, lowest
 * nibble first). 16 elements a scale.
 */
export function decode_iq1_m(source: usize, count: u32, target: usize): void {
  for (let end = target + (<usize>count << 2); target < end; source += 56) {
    const scales = load<u64>(source + 48)
    const d = half(
      <u32>(((scales >> 12) & 0xf) | ((scales >> 24) & 0xf0) | ((scales >> 36) & 0xf00) | ((scales >> 48) & 0xf000)),
    )
    for (let index: u32 = 0; index < 32; index++, target += 32) {
      const nibble = (<u32>load<u8>(source + 32 + (index >> 1)) >> ((index & 1) << 2)) & 15
      const code = <u32>(scales >> (((index >> 3) << 4) + 3 * ((index >> 1) & 3))) & 7
      const entry = <u32>load<u8>(source + index) | ((nibble & 7) << 8)
      storeTernary(target, entry, eighth((nibble & 8) != 0), f32x4.splat(d * <f32>((code << 1) + 1)))
    }
  }
}
