/**
 * Logarithms after FreeBSD's msun (e_log.c, e_logf.c, s_log1p.c, e_log2.c; Sun Microsystems 1993): x = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2),
 * s = f / (2 + f), and log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)). Errors under 1 ulp.
 */
import { choose, step } from './lanes'

const ln2High: f64 = 6.93147180369123816490e-01
const ln2Low: f64 = 1.90821492927058770002e-10
/** Bits of 1, and of sqrt(1/2) cut off. */
const oneBits: i64 = 0x3ff0000000000000
const rootBits: i64 = 0x3fe6a09e00000000

/** The bits of x moved so that the exponent's field is k + 1023. */
// @ts-ignore: decorator
@inline
export function moved(x: v128): v128 {
  return i64x2.add(x, i64x2.splat(oneBits - rootBits))
}

/** k of `moved`, as f64. */
// @ts-ignore: decorator
@inline
export function exponent(u: v128): v128 {
  return f64x2.sub(v128.or(i64x2.shr_u(u, 52), i64x2.splat(0x4330000000000000)), f64x2.splat(4503599627371519))
}

/** 1 + f of `moved`. */
// @ts-ignore: decorator
@inline
export function mantissa(u: v128): v128 {
  return i64x2.add(v128.and(u, i64x2.splat(0x000fffffffffffff)), i64x2.splat(rootBits))
}

/** R(s^2). */
// @ts-ignore: decorator
@inline
function series(z: v128): v128 {
  const w = f64x2.mul(z, z)
  let a = f64x2.splat(1.531383769920937332e-01)
  a = step<f64>(a, w, 2.222219843214978396e-01)
  a = step<f64>(a, w, 3.999999999940941908e-01)
  let b = f64x2.splat(1.479819860511658591e-01)
  b = step<f64>(b, w, 1.818357216161805012e-01)
  b = step<f64>(b, w, 2.857142874366239149e-01)
  b = step<f64>(b, w, 6.666666666666735130e-01)
  return f64x2.add(f64x2.mul(a, w), f64x2.mul(b, z))
}

/** k ln 2 + log(1 + f) + c. */
// @ts-ignore: decorator
@inline
function sum(k: v128, f: v128, c: v128): v128 {
  const s = f64x2.div(f, f64x2.add(f, f64x2.splat(2)))
  const half = f64x2.mul(f64x2.mul(f, f), f64x2.splat(0.5))
  const r = series(f64x2.mul(s, s))
  let y = f64x2.add(f64x2.mul(s, f64x2.add(half, r)), f64x2.add(c, f64x2.mul(k, f64x2.splat(ln2Low))))
  y = f64x2.add(f64x2.sub(y, half), f)
  return f64x2.add(y, f64x2.mul(k, f64x2.splat(ln2High)))
}

/** Of a positive normal number. */
// @ts-ignore: decorator
@inline
export function logNormal(x: v128): v128 {
  const u = moved(x)
  return sum(exponent(u), f64x2.sub(mantissa(u), f64x2.splat(1)), f64x2.splat(0))
}

/** Where x is positive, normal and finite everywhere. */
// @ts-ignore: decorator
@inline
export function ordinary(x: v128): bool {
  return i64x2.all_true(
    v128.and(f64x2.ge(x, f64x2.splat(2.2250738585072014e-308)), f64x2.lt(x, f64x2.splat(Infinity))),
  )
}

/** y, but what a logarithm is of 0, Infinity, negative numbers and NaN. */
// @ts-ignore: decorator
@inline
function edges<T>(x: v128, y: v128): v128 {
  const zero = v128.splat<T>(<T>0)
  y = choose(v128.eq<T>(x, zero), v128.splat<T>(<T>-Infinity), y)
  y = choose(v128.eq<T>(x, v128.splat<T>(<T>Infinity)), x, y)
  return choose(v128.ge<T>(x, zero), y, v128.splat<T>(<T>NaN))
}

function logEdge_f64(x: v128): v128 {
  const small = f64x2.lt(x, f64x2.splat(2.2250738585072014e-308))
  const u = moved(choose(small, f64x2.mul(x, f64x2.splat(18014398509481984)), x))
  const k = f64x2.sub(exponent(u), v128.and(small, f64x2.splat(54)))
  return edges<f64>(x, sum(k, f64x2.sub(mantissa(u), f64x2.splat(1)), f64x2.splat(0)))
}

// @ts-ignore: decorator
@inline
export function log_f64(x: v128): v128 {
  return ordinary(x) ? logNormal(x) : logEdge_f64(x)
}

/** With c, what was lost in u = 1 + x. */
export function log1p_f64(x: v128): v128 {
  const one = f64x2.splat(1)
  const u = f64x2.add(one, x), bits = moved(u)
  const large = f64x2.ge(x, one)
  const lost = choose(large, f64x2.sub(one, f64x2.sub(u, x)), f64x2.sub(x, f64x2.sub(u, one)))
  const near = v128.and(f64x2.gt(x, f64x2.splat(-0.2928)), f64x2.lt(x, f64x2.splat(0.4142)))
  const f = choose(near, x, f64x2.sub(mantissa(bits), one))
  const k = v128.andnot(exponent(bits), near), c = v128.andnot(f64x2.div(lost, u), near)
  const y = sum(k, f, c)
  const tiny = f64x2.lt(f64x2.abs(x), f64x2.splat(1e-17))
  return choose(tiny, x, edges<f64>(u, y))
}

/** log1p of 0 <= x <= 1. */
// @ts-ignore: decorator
@inline
export function log1pUnit(x: v128): v128 {
  const one = f64x2.splat(1)
  const u = f64x2.add(one, x)
  const near = f64x2.lt(x, f64x2.splat(0.4142))
  const f = choose(near, x, f64x2.sub(f64x2.mul(u, f64x2.splat(0.5)), one))
  const c = f64x2.div(f64x2.sub(x, f64x2.sub(u, one)), u)
  return sum(v128.andnot(one, near), f, v128.andnot(c, near))
}

/** With log(1 + f) and 1 / ln 2 in two words each; powers of two are exact. */
export function log2_f64(x: v128): v128 {
  const small = f64x2.lt(x, f64x2.splat(2.2250738585072014e-308))
  const u = moved(choose(small, f64x2.mul(x, f64x2.splat(18014398509481984)), x))
  const k = f64x2.sub(exponent(u), v128.and(small, f64x2.splat(54)))
  const f = f64x2.sub(mantissa(u), f64x2.splat(1))
  const s = f64x2.div(f, f64x2.add(f, f64x2.splat(2)))
  const half = f64x2.mul(f64x2.mul(f, f), f64x2.splat(0.5))
  const first = v128.and(f64x2.sub(f, half), i64x2.splat(0xffffffff00000000))
  const second = f64x2.add(
    f64x2.sub(f64x2.sub(f, first), half),
    f64x2.mul(s, f64x2.add(half, series(f64x2.mul(s, s)))),
  )
  const inverse: f64 = 1.44269504072144627571, inverseLow: f64 = 1.67517131648865118353e-10
  const high = f64x2.mul(first, f64x2.splat(inverse))
  const low = f64x2.add(
    f64x2.mul(f64x2.add(first, second), f64x2.splat(inverseLow)),
    f64x2.mul(second, f64x2.splat(inverse)),
  )
  const total = f64x2.add(k, high)
  const y = f64x2.add(f64x2.add(low, f64x2.add(f64x2.sub(k, total), high)), total)
  return edges<f64>(x, y)
}

// ---- f32

// @ts-ignore: decorator
@inline
function log32(x: v128, less: v128): v128 {
  const u = i32x4.add(x, i32x4.splat(0x3f800000 - 0x3f3504f3))
  const k = f32x4.sub(f32x4.convert_i32x4_s(i32x4.shr_u(u, 23)), less)
  const m = i32x4.add(v128.and(u, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3))
  const f = f32x4.sub(m, f32x4.splat(1))
  const s = f32x4.div(f, f32x4.add(f, f32x4.splat(2)))
  const z = f32x4.mul(s, s), w = f32x4.mul(z, z)
  const a = step<f32>(f32x4.splat(0.24279078841), w, 0.40000972152)
  const b = step<f32>(f32x4.splat(0.28498786688), w, 0.66666662693)
  const r = f32x4.add(f32x4.mul(a, w), f32x4.mul(b, z))
  const half = f32x4.mul(f32x4.mul(f, f), f32x4.splat(0.5))
  let y = f32x4.add(f32x4.mul(s, f32x4.add(half, r)), f32x4.mul(k, f32x4.splat(9.0580006145e-06)))
  y = f32x4.add(f32x4.sub(y, half), f)
  return f32x4.add(y, f32x4.mul(k, f32x4.splat(6.9313812256e-01)))
}

function logEdge_f32(x: v128): v128 {
  const small = f32x4.lt(x, f32x4.splat(1.17549435e-38))
  const normal = choose(small, f32x4.mul(x, f32x4.splat(33554432)), x)
  return edges<f32>(x, log32(normal, choose(small, f32x4.splat(152), f32x4.splat(127))))
}

// @ts-ignore: decorator
@inline
export function log_f32(x: v128): v128 {
  const inside = v128.and(f32x4.ge(x, f32x4.splat(1.17549435e-38)), f32x4.lt(x, f32x4.splat(Infinity)))
  return i32x4.all_true(inside) ? log32(x, f32x4.splat(127)) : logEdge_f32(x)
}

// ---- two lanes of f64 that will be rounded to f32

/** log(1 + f) with R to 2^-34. */
// @ts-ignore: decorator
@inline
function nearOneShort(f: v128): v128 {
  const s = f64x2.div(f, f64x2.add(f, f64x2.splat(2)))
  const z = f64x2.mul(s, s)
  let r = f64x2.splat(0.24279078841)
  r = step<f64>(r, z, 0.28498786688)
  r = step<f64>(r, z, 0.40000972152)
  r = f64x2.mul(step<f64>(r, z, 0.66666662693), z)
  const half = f64x2.mul(f64x2.mul(f, f), f64x2.splat(0.5))
  return f64x2.sub(f, f64x2.sub(half, f64x2.mul(s, f64x2.add(half, r))))
}

/** log1p of 0 <= x <= 1. */
// @ts-ignore: decorator
@inline
export function log1pUnitShort(x: v128): v128 {
  const near = f64x2.lt(x, f64x2.splat(0.4142))
  const f = choose(near, x, step<f64>(x, f64x2.splat(0.5), -0.5))
  return f64x2.add(nearOneShort(f), v128.andnot(f64x2.splat(0.6931471805599453), near))
}

// @ts-ignore: decorator
@inline
export function log1pForSingle(x: v128): v128 {
  const u = f64x2.add(x, f64x2.splat(1)), bits = moved(u)
  const near = v128.and(f64x2.gt(x, f64x2.splat(-0.2928)), f64x2.lt(x, f64x2.splat(0.4142)))
  const f = choose(near, x, f64x2.sub(mantissa(bits), f64x2.splat(1)))
  const y = f64x2.add(nearOneShort(f), f64x2.mul(v128.andnot(exponent(bits), near), f64x2.splat(0.6931471805599453)))
  return choose(f64x2.lt(f64x2.abs(x), f64x2.splat(1e-12)), x, edges<f64>(u, y))
}

/** An f32's logarithm to base 2: no subnormal numbers among its values as f64. */
// @ts-ignore: decorator
@inline
export function log2ForSingle(x: v128): v128 {
  const u = moved(x)
  const y = sum(f64x2.splat(0), f64x2.sub(mantissa(u), f64x2.splat(1)), f64x2.splat(0))
  return edges<f64>(x, f64x2.add(f64x2.mul(y, f64x2.splat(1.4426950408889634)), exponent(u)))
}
