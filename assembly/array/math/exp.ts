/** Exponentials of vectors: e^x = 2^k e^r with |r| <= ln 2 / 2. At most 1 unit in the last place off; the same bits everywhere. */

/** 1.5 * 2^(mantissa bits): added to a small number, it leaves its nearest integer in the low bits. */
const magic32: f32 = 12582912
const magic64: f64 = 6755399441055744

/** ln 2 in two parts, the first short enough that its product with k is exact. */
const highLn2_32: f32 = 0.693359375
const lowLn2_32: f32 = -2.12194440e-4
const highLn2_64: f64 = 6.93147180369123816490e-1
const lowLn2_64: f64 = 1.90821492927058770002e-10

/** Cephes' polynomial for (e^r - 1 - r) / r². */
// @ts-ignore: decorator
@inline
function polynomial32(r: v128): v128 {
  let p = f32x4.splat(1.9875691500e-4)
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1))
  return f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1))
}

/** The same without a look at the range: for |x| < 87 alone. */
// @ts-ignore: decorator
@inline
function near32(x: v128): v128 {
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504088896341)), f32x4.splat(magic32))
  const k = f32x4.sub(shifted, f32x4.splat(magic32))
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(k, f32x4.splat(highLn2_32))), f32x4.mul(k, f32x4.splat(lowLn2_32)))
  return i32x4.add(polynomial32(r), i32x4.shl(shifted, 23))
}

/** e^x of each lane for |x| < 87 (f32) or any x (f64); others give anything. */
// @ts-ignore: decorator
@inline
export function expNear<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? exp64(x) : near32(x)
}

// @ts-ignore: decorator
@inline
function exp32(x: v128): v128 {
  // Beyond these the result is Infinity or 0; `pmin` and `pmax` keep NaN in their first operand.
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-104))
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504088896341)), f32x4.splat(magic32))
  const k = f32x4.sub(shifted, f32x4.splat(magic32))
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(k, f32x4.splat(highLn2_32))), f32x4.mul(k, f32x4.splat(lowLn2_32)))
  // 2^k in two factors, as k may lie outside a normal number's exponents.
  const n = i32x4.sub(shifted, f32x4.splat(magic32))
  const half = i32x4.shr_s(n, 1)
  const one = i32x4.splat(127)
  const first = i32x4.shl(i32x4.add(half, one), 23)
  const second = i32x4.shl(i32x4.add(i32x4.sub(n, half), one), 23)
  return f32x4.mul(f32x4.mul(polynomial32(r), first), second)
}

/** 2^k for whole k in -1022 .. 1023. */
// @ts-ignore: decorator
@inline
function power64(k: v128): v128 {
  return i64x2.shl(f64x2.add(k, f64x2.splat(magic64 + 1023)), 52)
}

// @ts-ignore: decorator
@inline
function exp64(x: v128): v128 {
  x = f64x2.pmax(f64x2.pmin(x, f64x2.splat(710)), f64x2.splat(-746))
  const magic = f64x2.splat(magic64)
  const k = f64x2.sub(f64x2.add(f64x2.mul(x, f64x2.splat(1.44269504088896340736)), magic), magic)
  const high = f64x2.sub(x, f64x2.mul(k, f64x2.splat(highLn2_64)))
  const low = f64x2.mul(k, f64x2.splat(lowLn2_64))
  const r = f64x2.sub(high, low)
  // fdlibm's e^r = 1 + r + r c / (2 - c).
  const t = f64x2.mul(r, r)
  let p = f64x2.splat(4.13813679705723846039e-8)
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(-1.65339022054652515390e-6))
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(6.61375632143793436117e-5))
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(-2.77777777770155933842e-3))
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(1.66666666666666019037e-1))
  const c = f64x2.sub(r, f64x2.mul(t, p))
  const quotient = f64x2.div(f64x2.mul(r, c), f64x2.sub(f64x2.splat(2), c))
  const y = f64x2.add(f64x2.splat(1), f64x2.add(high, f64x2.sub(quotient, low)))
  const first = f64x2.pmin(f64x2.pmax(k, f64x2.splat(-1022)), f64x2.splat(1023))
  return f64x2.mul(f64x2.mul(y, power64(first)), power64(f64x2.sub(k, first)))
}

/** e^x of each lane; NaN stays, overflow gives Infinity, results below the least normal number are subnormal or 0. */
// @ts-ignore: decorator
@inline
export function exp<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? exp64(x) : exp32(x)
}
