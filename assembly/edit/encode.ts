/**
 * Numbers to narrow storage types, rounded to nearest with ties to even. Each returns how many finite numbers became infinite (NaN where the type
 * has no infinity). Source: IEEE 754-2019, section 4.3.1; the 8-bit types as the OCP OFP8 specification and arXiv:2206.02915 (fnuz) have them.
 */

/** The 53 bits of a positive finite number, moved right by `shift` (1 to 63) and rounded. */
@inline
function shiftRounded(bits: u64, shift: u64): u64 {
  return (bits + ((<u64>1 << (shift - 1)) - 1) + ((bits >> shift) & 1)) >> shift
}

/** The code of |x| (not NaN) with `fraction` bits and this `bias`; what is beyond the largest number gives a larger code than its. */
@inline
function magnitudeCode(x: f64, fraction: u64, bias: i64): u64 {
  const bits = reinterpret<u64>(x) & 0x7fffffffffffffff
  const exponent = <i64>(bits >> 52) - 1023
  const shift = 52 - fraction
  if (exponent >= 1 - bias) return shiftRounded(bits, shift) - (<u64>(1023 - bias) << fraction)
  // Below the smallest normal number all codes are one quantum apart.
  const far = shift + <u64>(1 - bias - exponent)
  if (far > 54) return 0
  return shiftRounded((bits & 0xfffffffffffff) | (<u64>1 << 52), far)
}

/**
 * S is the stored word. `largest` is the code of the largest finite number, `infinity` what is beyond it. Where `infinity` is larger than the words' sign bit allows
 * (0x80 of the fnuz types, their only NaN) it stands for both signs, and so does 0.
 */
@inline
function encodeAll<T, S>(source: usize, n: i32, target: usize, fraction: u64, bias: i64, largest: u64, infinity: u64, nan: u64): i32 {
  const signShift: u64 = 64 - (<u64>sizeof<S>() << 3)
  const isUnsignedZero = infinity == 0x80
  let overflowed = 0
  for (let i = 0; i < n; i++) {
    const x = <f64>load<T>(source + <usize>i * sizeof<T>())
    let code: u64
    let sign = (reinterpret<u64>(x) & 0x8000000000000000) >> signShift
    if (x != x) code = nan
    else {
      code = magnitudeCode(x, fraction, bias)
      if (code > largest) {
        code = infinity
        if (abs<f64>(x) != Infinity) overflowed++
      }
    }
    if (isUnsignedZero && (code == 0 || code == 0x80)) sign = 0
    store<S>(target + <usize>i * sizeof<S>(), <S>(code | sign))
  }
  return overflowed
}

export function encode_f16_f32(source: usize, n: i32, target: usize): i32 {
  return encodeAll<f32, u16>(source, n, target, 10, 15, 0x7bff, 0x7c00, 0x7e00)
}
export function encode_f16_f64(source: usize, n: i32, target: usize): i32 {
  return encodeAll<f64, u16>(source, n, target, 10, 15, 0x7bff, 0x7c00, 0x7e00)
}
export function encode_bf16_f32(source: usize, n: i32, target: usize): i32 {
  return encodeAll<f32, u16>(source, n, target, 7, 127, 0x7f7f, 0x7f80, 0x7fc0)
}
export function encode_bf16_f64(source: usize, n: i32, target: usize): i32 {
  return encodeAll<f64, u16>(source, n, target, 7, 127, 0x7f7f, 0x7f80, 0x7fc0)
}
export function encode_f8_e4m3fn_f32(source: usize, n: i32, target: usize): i32 {
  return encodeAll<f32, u8>(source, n, target, 3, 7, 0x7e, 0x7f, 0x7f)
}
export function encode_f8_e4m3fn_f64(source: usize, n: i32, target: usize): i32 {
  return encodeAll<f64, u8>(source, n, target, 3, 7, 0x7e, 0x7f, 0x7f)
}
export function encode_f8_e5m2_f32(source: usize, n: i32, target: usize): i32 {
  return encodeAll<f32, u8>(source, n, target, 2, 15, 0x7b, 0x7c, 0x7f)
}
export function encode_f8_e5m2_f64(source: usize, n: i32, target: usize): i32 {
  return encodeAll<f64, u8>(source, n, target, 2, 15, 0x7b, 0x7c, 0x7f)
}
export function encode_f8_e4m3fnuz_f32(source: usize, n: i32, target: usize): i32 {
  return encodeAll<f32, u8>(source, n, target, 3, 8, 0x7f, 0x80, 0x80)
}
export function encode_f8_e4m3fnuz_f64(source: usize, n: i32, target: usize): i32 {
  return encodeAll<f64, u8>(source, n, target, 3, 8, 0x7f, 0x80, 0x80)
}
export function encode_f8_e5m2fnuz_f32(source: usize, n: i32, target: usize): i32 {
  return encodeAll<f32, u8>(source, n, target, 2, 16, 0x7f, 0x80, 0x80)
}
export function encode_f8_e5m2fnuz_f64(source: usize, n: i32, target: usize): i32 {
  return encodeAll<f64, u8>(source, n, target, 2, 16, 0x7f, 0x80, 0x80)
}

/** f64 to f32. */
export function encode_f32_f64(source: usize, n: i32, target: usize): i32 {
  let overflowed = 0
  for (let i = 0; i < n; i++) {
    const x = load<f64>(source + (<usize>i << 3))
    const y = <f32>x
    if (abs<f32>(y) == Infinity && abs<f64>(x) != Infinity) overflowed++
    store<f32>(target + (<usize>i << 2), y)
  }
  return overflowed
}
