/**
 * Sine, cosine, tangent after FreeBSD's msun (k_sin.c, k_cos.c, k_sindf.c, k_cosdf.c, e_rem_pio2.c; Sun Microsystems 1993): x = n pi / 2 + r + tail with pi / 2
 * in parts whose products with n are exact. Lanes with |x| beyond 10^6 (2^27 for f32) are computed one by one with Payne and Hanek's reduction, AssemblyScript's.
 */
import { choose, high, signed, step, within } from './lanes'

const magic: f64 = 6755399441055744

/** n + magic, n the whole number nearest to x / (pi / 2). */
// @ts-ignore: decorator
@inline
function quadrants(x: v128): v128 {
  return step<f64>(x, f64x2.splat(6.36619772367581382433e-01), magic)
}

/** All ones where n is odd. */
// @ts-ignore: decorator
@inline
function odd(t: v128): v128 {
  return i64x2.neg(v128.and(t, i64x2.splat(1)))
}

/** The sign bit where the quadrant, `ahead` further, is the third or fourth. */
// @ts-ignore: decorator
@inline
function flip(t: v128, ahead: i64): v128 {
  return i64x2.shl(i64x2.shr_u(i64x2.add(t, i64x2.splat(ahead)), 1), 63)
}

/** r - n part. */
// @ts-ignore: decorator
@inline
function stepDown(r: v128, n: v128, part: f64): v128 {
  return f64x2.sub(r, f64x2.mul(n, f64x2.splat(part)))
}

const half1: f64 = 1.57079632673412561417e+00
const half2: f64 = 6.07710050630396597660e-11
const half3: f64 = 2.02226624871116645580e-21
const half4: f64 = 8.47842766036889956997e-32

/** What a - b lost when it became d. */
// @ts-ignore: decorator
@inline
function lost(a: v128, b: v128, d: v128): v128 {
  const back = f64x2.sub(a, d)
  return f64x2.add(f64x2.sub(back, b), f64x2.sub(a, f64x2.add(d, back)))
}

/** x - sin(x + y), |x| <= pi / 4 and a little. */
// @ts-ignore: decorator
@inline
function sinNear(x: v128, y: v128): v128 {
  const z = f64x2.mul(x, x)
  let r = f64x2.splat(1.58969099521155010221e-10)
  r = step<f64>(r, z, -2.50507602534068634195e-08)
  r = step<f64>(r, z, 2.75573137070700676789e-06)
  r = step<f64>(r, z, -1.98412698298579493134e-04)
  r = step<f64>(r, z, 8.33333333332248946124e-03)
  const v = f64x2.mul(z, x)
  const tail = f64x2.sub(f64x2.mul(z, f64x2.sub(f64x2.mul(y, f64x2.splat(0.5)), f64x2.mul(v, r))), y)
  return f64x2.sub(tail, f64x2.mul(v, f64x2.splat(-1.66666666666666324348e-01)))
}

// @ts-ignore: decorator
@inline
function cosTerms(z: v128): v128 {
  let r = f64x2.splat(-1.13596475577881948265e-11)
  r = step<f64>(r, z, 2.08757232129817482790e-09)
  r = step<f64>(r, z, -2.75573143513906633035e-07)
  r = step<f64>(r, z, 2.48015872894767294178e-05)
  r = step<f64>(r, z, -1.38888888888741095749e-03)
  return f64x2.mul(step<f64>(r, z, 4.16666666666666019037e-02), z)
}

/** cos(x + y) - (1 - x^2 / 2 rounded): the smaller part. */
// @ts-ignore: decorator
@inline
function cosRest(x: v128, y: v128, w: v128): v128 {
  const z = f64x2.mul(x, x), half = f64x2.mul(z, f64x2.splat(0.5))
  const left = f64x2.sub(f64x2.sub(f64x2.splat(1), w), half)
  return f64x2.add(left, f64x2.sub(f64x2.mul(z, cosTerms(z)), f64x2.mul(x, y)))
}

/** sin (ahead = 0) or cos (ahead = 1) for |x| < 10^6. */
// @ts-ignore: decorator
@inline
function wave(x: v128, ahead: i64): v128 {
  const t = quadrants(x), n = f64x2.sub(t, f64x2.splat(magic))
  const a = stepDown(x, n, half1)
  const p2 = f64x2.mul(n, f64x2.splat(half2)), b = f64x2.sub(a, p2)
  const p3 = f64x2.mul(n, f64x2.splat(half3)), c = f64x2.sub(b, p3)
  const rest = f64x2.sub(f64x2.add(lost(a, p2, b), lost(b, p3, c)), f64x2.mul(n, f64x2.splat(half4)))
  const r = f64x2.add(c, rest), y = f64x2.add(f64x2.sub(c, r), rest)
  const w = f64x2.sub(f64x2.splat(1), f64x2.mul(f64x2.mul(r, r), f64x2.splat(0.5)))
  const cosine = f64x2.add(w, cosRest(r, y, w))
  const sine = f64x2.sub(r, sinNear(r, y))
  const swapped = ahead == 0 ? odd(t) : v128.not(odd(t))
  return v128.xor(choose(swapped, cosine, sine), flip(t, ahead))
}

const limit: f64 = 1e6

function sinEdge(x: v128): v128 {
  const far = f64x2.ge(f64x2.abs(x), f64x2.splat(limit))
  const y = f64x2.replace_lane(f64x2.splat(Math.sin(f64x2.extract_lane(x, 0))), 1, Math.sin(f64x2.extract_lane(x, 1)))
  return choose(far, y, wave(x, 0))
}

function cosEdge(x: v128): v128 {
  const far = f64x2.ge(f64x2.abs(x), f64x2.splat(limit))
  const y = f64x2.replace_lane(f64x2.splat(Math.cos(f64x2.extract_lane(x, 0))), 1, Math.cos(f64x2.extract_lane(x, 1)))
  return choose(far, y, wave(x, 1))
}

// @ts-ignore: decorator
@inline
export function sin_f64(x: v128): v128 {
  const y = within<f64>(x, limit) ? wave(x, 0) : sinEdge(x)
  return choose(f64x2.lt(f64x2.abs(x), f64x2.splat(1e-9)), x, y)
}

// @ts-ignore: decorator
@inline
export function cos_f64(x: v128): v128 {
  return within<f64>(x, limit) ? wave(x, 1) : cosEdge(x)
}

/** The quotient of sine and cosine in two words each. */
// @ts-ignore: decorator
@inline
function tangent(x: v128): v128 {
  const t = quadrants(x), n = f64x2.sub(t, f64x2.splat(magic))
  const a = stepDown(x, n, half1)
  const p2 = f64x2.mul(n, f64x2.splat(half2)), b = f64x2.sub(a, p2)
  const p3 = f64x2.mul(n, f64x2.splat(half3)), c = f64x2.sub(b, p3)
  const rest = f64x2.sub(f64x2.add(lost(a, p2, b), lost(b, p3, c)), f64x2.mul(n, f64x2.splat(half4)))
  const r = f64x2.add(c, rest), y = f64x2.add(f64x2.sub(c, r), rest)
  const w = f64x2.sub(f64x2.splat(1), f64x2.mul(f64x2.mul(r, r), f64x2.splat(0.5)))
  const cosTail = cosRest(r, y, w), sinTail = f64x2.neg(sinNear(r, y))
  const cosine = f64x2.add(w, cosTail), sine = f64x2.add(r, sinTail)
  const cosLow = f64x2.add(f64x2.sub(w, cosine), cosTail), sinLow = f64x2.add(f64x2.sub(r, sine), sinTail)
  const other = odd(t)
  const top = choose(other, f64x2.neg(cosine), sine), topLow = choose(other, f64x2.neg(cosLow), sinLow)
  const bottom = choose(other, sine, cosine), bottomLow = choose(other, sinLow, cosLow)
  const q = f64x2.div(top, bottom)
  // top - q bottom, exactly: q and the divisor in halves.
  const qh = high(q), ql = f64x2.sub(q, qh), bh = high(bottom), bl = f64x2.sub(bottom, bh)
  let left = f64x2.sub(f64x2.sub(top, f64x2.mul(qh, bh)), f64x2.add(f64x2.mul(qh, bl), f64x2.mul(ql, bh)))
  left = f64x2.sub(left, f64x2.mul(ql, bl))
  left = f64x2.add(left, f64x2.sub(topLow, f64x2.mul(q, bottomLow)))
  return f64x2.add(q, f64x2.div(left, bottom))
}

function tanEdge(x: v128): v128 {
  const far = f64x2.ge(f64x2.abs(x), f64x2.splat(limit))
  const y = f64x2.replace_lane(f64x2.splat(Math.tan(f64x2.extract_lane(x, 0))), 1, Math.tan(f64x2.extract_lane(x, 1)))
  return choose(far, y, tangent(x))
}

export function tan_f64(x: v128): v128 {
  const y = within<f64>(x, limit) ? tangent(x) : tanEdge(x)
  return choose(f64x2.lt(f64x2.abs(x), f64x2.splat(1e-9)), x, y)
}

// ---- two lanes of f64 that will be rounded to f32

// @ts-ignore: decorator
@inline
function sinShort(x: v128, z: v128): v128 {
  let r = f64x2.splat(0.0000027183114939898219064)
  r = step<f64>(r, z, -0.000198393348360966317347)
  r = step<f64>(r, z, 0.0083333293858894631756)
  r = step<f64>(r, z, -0.166666666416265235595)
  return f64x2.add(x, f64x2.mul(f64x2.mul(x, z), r))
}

// @ts-ignore: decorator
@inline
function cosShort(z: v128): v128 {
  let r = f64x2.splat(0.0000243904487962774090654)
  r = step<f64>(r, z, -0.00138867637746099294692)
  r = step<f64>(r, z, 0.0416666233237390631894)
  r = step<f64>(r, z, -0.499999997251031003120)
  return step<f64>(r, z, 1)
}

/** The first part has 25 bits, so that its product with n < 2^28 is exact. */
// @ts-ignore: decorator
@inline
function reducedShort(x: v128, t: v128): v128 {
  const n = f64x2.sub(t, f64x2.splat(magic))
  return stepDown(stepDown(x, n, 1.57079631090164184570e+00), n, 1.58932547735281966916e-08)
}

// @ts-ignore: decorator
@inline
function waveShort(x: v128, ahead: i64): v128 {
  const t = quadrants(x), r = reducedShort(x, t), z = f64x2.mul(r, r)
  const swapped = ahead == 0 ? odd(t) : v128.not(odd(t))
  return v128.xor(choose(swapped, cosShort(z), sinShort(r, z)), flip(t, ahead))
}

/** |x| < 2^27, else any. */
// @ts-ignore: decorator
@inline
export function sinForSingle(x: v128): v128 {
  return choose(f64x2.lt(f64x2.abs(x), f64x2.splat(1e-9)), x, waveShort(x, 0))
}

// @ts-ignore: decorator
@inline
export function cosForSingle(x: v128): v128 {
  return waveShort(x, 1)
}

// @ts-ignore: decorator
@inline
export function tanForSingle(x: v128): v128 {
  const t = quadrants(x), r = reducedShort(x, t), z = f64x2.mul(r, r)
  const sine = sinShort(r, z), cosine = cosShort(z), other = odd(t)
  const y = f64x2.div(choose(other, f64x2.neg(cosine), sine), choose(other, sine, cosine))
  return choose(f64x2.lt(f64x2.abs(x), f64x2.splat(1e-9)), x, y)
}
