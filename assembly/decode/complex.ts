/** Complex numbers as their modulus: NaN if either part is NaN, else infinite if either part is. */

/** The moduli of two pairs of f32 in f64: their squares neither overflow nor underflow there. */
// @ts-ignore: decorator
@inline
function moduli(parts: v128): v128 {
  const first = f64x2.promote_low_f32x4(parts)
  const second = f64x2.promote_low_f32x4(i8x16.shuffle(parts, parts, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15))
  const one = f64x2.mul(first, first)
  const two = f64x2.mul(second, second)
  const re = i8x16.shuffle(one, two, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
  const im = i8x16.shuffle(one, two, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
  return f64x2.sqrt(f64x2.add(re, im))
}

/** Pairs of f32 to f32: the modulus is rounded once, and infinite where it exceeds f32 though both parts are finite. */
export function decode_c64(source: usize, count: u32, target: usize): void {
  const end = target + (<usize>count << 2)
  for (; target + 8 <= end; source += 16, target += 8) {
    v128.store64_lane(target, f32x4.demote_f64x2_zero(moduli(v128.load(source))), 0)
  }
  if (target < end) store<f32>(target, <f32>f64x2.extract_lane(moduli(v128.load64_zero(source)), 0))
}

/** Pairs of f32 to f64, where no modulus overflows or loses digits. */
export function decode_c64_f64(source: usize, count: u32, target: usize): void {
  const end = target + (<usize>count << 3)
  for (; target + 16 <= end; source += 16, target += 16) v128.store(target, moduli(v128.load(source)))
  if (target < end) store<f64>(target, f64x2.extract_lane(moduli(v128.load64_zero(source)), 0))
}

const HUGE = reinterpret<f64>(0x5fe0000000000000) // 2^511
const TINY = reinterpret<f64>(0x2140000000000000) // 2^-491: below it, squares lose bits to underflow

/** Pairs of f64, scaled by a power of two where the squares would leave the range. */
export function decode_c128(source: usize, count: u32, target: usize): void {
  for (let end = source + (<usize>count << 4); source < end; source += 16, target += 8) {
    let re = abs(load<f64>(source))
    let im = abs(load<f64>(source + 8))
    const larger = max(re, im)
    let back: f64 = 1
    if (larger >= HUGE) {
      re *= reinterpret<f64>(0x1a70000000000000) // 2^-600
      im *= reinterpret<f64>(0x1a70000000000000)
      back = reinterpret<f64>(0x6570000000000000) // 2^600
    } else if (larger < TINY) {
      re *= reinterpret<f64>(0x6570000000000000)
      im *= reinterpret<f64>(0x6570000000000000)
      back = reinterpret<f64>(0x1a70000000000000)
    }
    store<f64>(target, sqrt<f64>(re * re + im * im) * back)
  }
}
