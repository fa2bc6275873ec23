/**
 * Powers as in C, after FreeBSD's e_pow.c (Sun Microsystems 1993): log2 |x| in two words, times y in two words, and 2 to that; under 0.7 ulp, exact where the
 * power is a number of the type.
 */
import { clamped, expShort, scaled } from './exp'
import { choose, joined, lower, step, upper } from './lanes'
import { exponent, logNormal } from './log'

const magic: f64 = 6755399441055744

/** The upper word: products of two such are exact. */
// @ts-ignore: decorator
@inline
function top(x: v128): v128 {
  return v128.and(x, i64x2.splat(0xffffffff00000000))
}

/** |x|^y of positive finite |x|, |y| <= 2^70. */
// @ts-ignore: decorator
@inline
function size(a: v128, y: v128): v128 {
  const one = f64x2.splat(1)
  const small = f64x2.lt(a, f64x2.splat(2.2250738585072014e-308))
  const normal = choose(small, f64x2.mul(a, f64x2.splat(18014398509481984)), a)
  // x = 2^n m, m in [sqrt(3) / 2, sqrt(3)); its neighbour c is 1 or 3/2.
  const u = i64x2.add(normal, i64x2.splat(0x3ff0000000000000 - 0x3febb67a00000000))
  const n = f64x2.sub(exponent(u), v128.and(small, f64x2.splat(54)))
  const m = i64x2.add(v128.and(u, i64x2.splat(0x000fffffffffffff)), i64x2.splat(0x3febb67a00000000))
  const upperHalf = f64x2.ge(m, f64x2.splat(1.2247447967529297))
  const c = choose(upperHalf, f64x2.splat(1.5), one)
  // s = (m - c) / (m + c) in two words.
  const above = f64x2.sub(m, c), total = f64x2.add(m, c), v = f64x2.div(one, total)
  const s = f64x2.mul(above, v), sh = top(s), th = top(total)
  const tl = f64x2.sub(m, f64x2.sub(th, c))
  const sl = f64x2.mul(v, f64x2.sub(f64x2.sub(above, f64x2.mul(sh, th)), f64x2.mul(sh, tl)))
  // log(m / c) = 2 s + 2/3 s^3 + s^5 R(s^2).
  const s2 = f64x2.mul(s, s)
  let r = f64x2.splat(2.06975017800338417784e-01)
  r = step<f64>(r, s2, 2.30660745775561754067e-01)
  r = step<f64>(r, s2, 2.72728123808534006489e-01)
  r = step<f64>(r, s2, 3.33333329818377432918e-01)
  r = step<f64>(r, s2, 4.28571428578550184252e-01)
  r = step<f64>(r, s2, 5.99999999999994648725e-01)
  r = f64x2.add(f64x2.mul(f64x2.mul(s2, s2), r), f64x2.mul(sl, f64x2.add(sh, s)))
  const sh2 = f64x2.mul(sh, sh), three = f64x2.splat(3)
  const wh = top(f64x2.add(f64x2.add(three, sh2), r))
  const wl = f64x2.sub(r, f64x2.sub(f64x2.sub(wh, three), sh2))
  const p = f64x2.mul(sh, wh), q = f64x2.add(f64x2.mul(sl, wh), f64x2.mul(wl, s))
  const ph = top(f64x2.add(p, q)), pl = f64x2.sub(q, f64x2.sub(ph, p))
  // Times 2 / (3 ln 2), plus log2 c, plus n.
  const zh = f64x2.mul(ph, f64x2.splat(9.61796700954437255859e-01))
  const zl = f64x2.add(
    f64x2.add(f64x2.mul(ph, f64x2.splat(-7.02846165095275826516e-09)), f64x2.mul(pl, f64x2.splat(9.61796693925975554329e-01))),
    v128.and(upperHalf, f64x2.splat(1.35003920212974897128e-08)),
  )
  const dh = v128.and(upperHalf, f64x2.splat(5.84962487220764160156e-01))
  const t1 = top(f64x2.add(f64x2.add(f64x2.add(zh, zl), dh), n))
  const t2 = f64x2.sub(zl, f64x2.sub(f64x2.sub(f64x2.sub(t1, n), dh), zh))
  // y log2 |x| in two words; beyond 1100 all is 0 or infinite.
  const y1 = top(y)
  const low = f64x2.add(f64x2.mul(f64x2.sub(y, y1), t1), f64x2.mul(y, t2)), product = f64x2.mul(y1, t1)
  const huge = f64x2.ge(f64x2.abs(f64x2.add(low, product)), f64x2.splat(1100))
  const eh = choose(huge, clamped(f64x2.add(low, product), -1100, 1100), product), el = v128.andnot(low, huge)
  const k = f64x2.sub(f64x2.add(f64x2.add(eh, el), f64x2.splat(magic)), f64x2.splat(magic))
  const rh = f64x2.sub(eh, k)
  const e = top(f64x2.add(el, rh))
  const a1 = f64x2.mul(e, f64x2.splat(6.93147182464599609375e-01))
  const a2 = f64x2.add(
    f64x2.mul(f64x2.sub(el, f64x2.sub(e, rh)), f64x2.splat(6.93147180559945286227e-01)),
    f64x2.mul(e, f64x2.splat(-1.90465429995776804525e-09)),
  )
  const z = f64x2.add(a1, a2), w = f64x2.sub(a2, f64x2.sub(z, a1)), t = f64x2.mul(z, z)
  let g = f64x2.splat(4.13813679705723846039e-08)
  g = step<f64>(g, t, -1.65339022054652515390e-06)
  g = step<f64>(g, t, 6.61375632143793436117e-05)
  g = step<f64>(g, t, -2.77777777770155933842e-03)
  g = step<f64>(g, t, 1.66666666666666019037e-01)
  g = f64x2.sub(z, f64x2.mul(t, g))
  const quotient = f64x2.div(f64x2.mul(z, g), f64x2.sub(g, f64x2.splat(2)))
  const rest = f64x2.sub(f64x2.sub(quotient, f64x2.add(w, f64x2.mul(z, w))), z)
  return scaled(f64x2.sub(one, rest), k)
}

/** What C says of zeros, infinities, negative bases and NaN. `positive` is |x|^y for the other x. */
// @ts-ignore: decorator
@inline
function edges(x: v128, y: v128, positive: v128): v128 {
  const zero = f64x2.splat(0), one = f64x2.splat(1), infinity = f64x2.splat(Infinity)
  const a = f64x2.abs(x), half = f64x2.mul(y, f64x2.splat(0.5))
  const whole = f64x2.eq(f64x2.floor(y), y), odd = v128.andnot(whole, f64x2.eq(f64x2.floor(half), half))
  const down = f64x2.lt(y, zero)
  let z = choose(f64x2.eq(a, zero), choose(down, infinity, zero), positive)
  z = choose(f64x2.eq(a, infinity), choose(down, zero, infinity), z)
  z = v128.xor(z, v128.and(v128.and(x, odd), f64x2.splat(-0.0)))
  const finite = f64x2.lt(a, infinity)
  const imaginary = v128.andnot(v128.and(f64x2.lt(x, zero), finite), whole)
  z = choose(v128.or(imaginary, v128.or(f64x2.ne(x, x), f64x2.ne(y, y))), f64x2.splat(NaN), z)
  return choose(v128.or(f64x2.eq(x, one), f64x2.eq(y, zero)), one, z)
}

export function pow_f64(x: v128, y: v128): v128 {
  const most: f64 = 1.180591620717411303424e21
  return edges(x, y, size(f64x2.abs(x), clamped(y, -most, most)))
}

/** In f64: the logarithm's error of 1e-16 grows by y log |x| < 110 at most. */
// @ts-ignore: decorator
@inline
function powForSingle(x: v128, y: v128): v128 {
  // Zero and infinity as numbers beyond all others: `edges` sees to them.
  const a = clamped(f64x2.abs(x), 1e-60, 1e60)
  return edges(x, y, expShort(clamped(f64x2.mul(clamped(y, -1e15, 1e15), logNormal(a)), -200, 200)))
}

export function pow_f32(x: v128, y: v128): v128 {
  return joined(powForSingle(lower(x), lower(y)), powForSingle(upper(x), upper(y)))
}
