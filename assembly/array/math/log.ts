/** Logarithms of vectors: x = 2^k (1 + f) with 1 + f in [√½, √2), and log(1 + f) by fdlibm's series in s = f / (2 + f). At most 1 unit in the last place off. */

// @ts-ignore: decorator
@inline
function log32(x: v128): v128 {
  // A subnormal number's exponent shows once it is scaled by 2^25.
  const tiny = f32x4.lt(x, f32x4.splat(1.17549435e-38))
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(33554432)), x, tiny)
  const bits = i32x4.sub(normal, i32x4.splat(0x3f3504f3))
  const k = f32x4.sub(
    f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23)),
    v128.and(tiny, f32x4.splat(25)),
  )
  const one = f32x4.splat(1)
  const f = f32x4.sub(i32x4.add(v128.and(bits, i32x4.splat(0x7fffff)), i32x4.splat(0x3f3504f3)), one)
  const s = f32x4.div(f, f32x4.add(f32x4.splat(2), f))
  const z = f32x4.mul(s, s)
  let p = f32x4.splat(0.24279078841)
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.28498786688))
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.40000972152))
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.66666662693))
  const half = f32x4.mul(f32x4.mul(f, f), f32x4.splat(0.5))
  const tail = f32x4.add(
    f32x4.mul(s, f32x4.add(half, f32x4.mul(p, z))),
    f32x4.mul(k, f32x4.splat(9.0580006145e-6)),
  )
  const y = f32x4.add(f32x4.add(f32x4.sub(tail, half), f), f32x4.mul(k, f32x4.splat(6.9313812256e-1)))
  // log(Infinity) = Infinity, log(0) = -Infinity, log of less or of NaN is NaN.
  const infinite = f32x4.eq(x, f32x4.splat(Infinity))
  const zero = f32x4.eq(x, f32x4.splat(0))
  const wrong = v128.not(f32x4.ge(x, f32x4.splat(0)))
  const special = v128.bitselect(f32x4.splat(-Infinity), v128.or(y, wrong), zero)
  return v128.bitselect(x, special, infinite)
}

// @ts-ignore: decorator
@inline
function log64(x: v128): v128 {
  const tiny = f64x2.lt(x, f64x2.splat(2.2250738585072014e-308))
  const normal = v128.bitselect(f64x2.mul(x, f64x2.splat(18014398509481984)), x, tiny) // 2^54
  const bits = i64x2.sub(normal, i64x2.splat(0x3fe6a09e667f3bcd))
  // The signed exponent is in the upper half of each lane.
  const words = i32x4.shr_s(i8x16.shuffle(bits, bits, 4, 5, 6, 7, 12, 13, 14, 15, 4, 5, 6, 7, 12, 13, 14, 15), 20)
  const k = f64x2.sub(f64x2.convert_low_i32x4_s(words), v128.and(tiny, f64x2.splat(54)))
  const mantissa = i64x2.add(v128.and(bits, i64x2.splat(0xfffffffffffff)), i64x2.splat(0x3fe6a09e667f3bcd))
  const f = f64x2.sub(mantissa, f64x2.splat(1))
  const s = f64x2.div(f, f64x2.add(f64x2.splat(2), f))
  const z = f64x2.mul(s, s)
  let p = f64x2.splat(1.479819860511658591e-1)
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.531383769920937332e-1))
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.818357216161805012e-1))
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.222219843214978396e-1))
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.857142874366239149e-1))
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(3.999999999940941908e-1))
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(6.666666666666735130e-1))
  const half = f64x2.mul(f64x2.mul(f, f), f64x2.splat(0.5))
  const tail = f64x2.add(
    f64x2.mul(s, f64x2.add(half, f64x2.mul(p, z))),
    f64x2.mul(k, f64x2.splat(1.90821492927058770002e-10)),
  )
  const y = f64x2.add(f64x2.mul(k, f64x2.splat(6.93147180369123816490e-1)), f64x2.sub(f, f64x2.sub(half, tail)))
  const infinite = f64x2.eq(x, f64x2.splat(Infinity))
  const zero = f64x2.eq(x, f64x2.splat(0))
  const wrong = v128.not(f64x2.ge(x, f64x2.splat(0)))
  const special = v128.bitselect(f64x2.splat(-Infinity), v128.or(y, wrong), zero)
  return v128.bitselect(x, special, infinite)
}

/** log x of each lane, of the whole range; -Infinity for 0, NaN for less. */
// @ts-ignore: decorator
@inline
export function log<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? log64(x) : log32(x)
}
