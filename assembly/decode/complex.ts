/** Complex numbers as their modulus, in f64: NaN if either part is NaN, else infinite if either part is. */

/** Pairs of f32: their squares neither overflow nor underflow in f64. */
export function decode_c64(source: usize, count: u32, target: usize): void {
  for (let end = source + (<usize>count << 3); source < end; source += 8, target += 8) {
    const parts = f64x2.promote_low_f32x4(v128.load64_zero(source))
    const squares = f64x2.mul(parts, parts)
    store<f64>(target, sqrt<f64>(f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1)))
  }
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
