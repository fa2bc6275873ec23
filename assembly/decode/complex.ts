/** Complex numbers as their modulus, in f64: NaN if either part is NaN, else infinite if either part is. */

/** Pairs of f32: their squares neither overflow nor underflow in f64. */
export function decode_c64(source: usize, count: u32, target: usize): void {
  const end = target + (<usize>count << 3)
  for (; target + 16 <= end; source += 16, target += 16) {
    const parts = v128.load(source)
    const first = f64x2.promote_low_f32x4(parts)
    const second = f64x2.promote_low_f32x4(i8x16.shuffle(parts, parts, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15))
    const one = f64x2.mul(first, first)
    const two = f64x2.mul(second, second)
    const re = i8x16.shuffle(one, two, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
    const im = i8x16.shuffle(one, two, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
    v128.store(target, f64x2.sqrt(f64x2.add(re, im)))
  }
  if (target < end) {
    const re = <f64>load<f32>(source)
    const im = <f64>load<f32>(source + 4)
    store<f64>(target, sqrt<f64>(re * re + im * im))
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
