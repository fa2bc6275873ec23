/** Arcus functions after FreeBSD's msun (e_asin.c, e_acos.c, s_atan.c, e_atan2.c; Sun Microsystems 1993). Errors under 1 ulp, of atan2 under 2. */
import { choose, high, signed, step } from './lanes'

const quarter: f64 = 7.85398163397448278999e-01
const halfHigh: f64 = 1.57079632679489655800e+00
const halfLow: f64 = 6.12323399573676603587e-17

/** (asin(x) - x) / x by z = x^2 <= 1/4. */
// @ts-ignore: decorator
@inline
function ratio(z: v128): v128 {
  let p = f64x2.splat(3.47933107596021167570e-05)
  p = step<f64>(p, z, 7.91534994289814532176e-04)
  p = step<f64>(p, z, -4.00555345006794114027e-02)
  p = step<f64>(p, z, 2.01212532134862925881e-01)
  p = step<f64>(p, z, -3.25565818622400915405e-01)
  p = f64x2.mul(step<f64>(p, z, 1.66666666666666657415e-01), z)
  let q = f64x2.splat(7.70381505559019352791e-02)
  q = step<f64>(q, z, -6.88283971605453293030e-01)
  q = step<f64>(q, z, 2.02094576023350569471e+00)
  q = step<f64>(q, z, -2.40339491173441421878e+00)
  return f64x2.div(p, step<f64>(q, z, 1))
}

/** Beyond 1/2: pi / 2 - 2 asin(sqrt((1 - x) / 2)), the root in two words. */
export function asin_f64(x: v128): v128 {
  const a = f64x2.abs(x), far = f64x2.ge(a, f64x2.splat(0.5))
  const z = choose(far, f64x2.mul(f64x2.sub(f64x2.splat(1), a), f64x2.splat(0.5)), f64x2.mul(a, a))
  const r = ratio(z), s = f64x2.sqrt(z)
  const f = high(s), c = f64x2.div(f64x2.sub(z, f64x2.mul(f, f)), f64x2.add(s, f))
  // Of x = 1 the root and its correction are 0 / 0.
  const rest = v128.and(c, f64x2.gt(s, f64x2.splat(0)))
  const inner = f64x2.sub(
    f64x2.mul(f64x2.mul(s, r), f64x2.splat(2)),
    f64x2.sub(f64x2.splat(halfLow), f64x2.add(rest, rest)),
  )
  const y = f64x2.sub(
    f64x2.splat(quarter),
    f64x2.sub(inner, f64x2.sub(f64x2.splat(quarter), f64x2.add(f, f))),
  )
  const near = f64x2.add(x, f64x2.mul(x, r))
  const outside = f64x2.gt(a, f64x2.splat(1))
  return choose(outside, f64x2.splat(NaN), choose(far, signed<f64>(y, x), near))
}

export function acos_f64(x: v128): v128 {
  const a = f64x2.abs(x), far = f64x2.ge(a, f64x2.splat(0.5)), negative = f64x2.lt(x, f64x2.splat(0))
  const z = choose(far, f64x2.mul(f64x2.sub(f64x2.splat(1), a), f64x2.splat(0.5)), f64x2.mul(a, a))
  const r = ratio(z), s = f64x2.sqrt(z)
  const near = f64x2.sub(
    f64x2.splat(halfHigh),
    f64x2.sub(x, f64x2.sub(f64x2.splat(halfLow), f64x2.mul(x, r))),
  )
  const left = f64x2.sub(f64x2.splat(halfHigh), f64x2.add(s, f64x2.sub(f64x2.mul(r, s), f64x2.splat(halfLow))))
  const f = high(s), c = f64x2.div(f64x2.sub(z, f64x2.mul(f, f)), f64x2.add(s, f))
  const right = v128.and(f64x2.add(f, f64x2.add(f64x2.mul(r, s), c)), f64x2.gt(s, f64x2.splat(0)))
  const beyond = choose(negative, left, right)
  const outside = f64x2.gt(a, f64x2.splat(1))
  return choose(outside, f64x2.splat(NaN), choose(far, f64x2.add(beyond, beyond), near))
}

/** atan of x >= 0: x is turned to the nearest of 0, 1/2, 1, 3/2 and infinity. */
// @ts-ignore: decorator
@inline
function atanPositive(x: v128): v128 {
  const one = f64x2.splat(1)
  const m0 = f64x2.ge(x, f64x2.splat(0.4375)), m1 = f64x2.ge(x, f64x2.splat(0.6875))
  const m2 = f64x2.ge(x, f64x2.splat(1.1875)), m3 = f64x2.ge(x, f64x2.splat(2.4375))
  let top = choose(m0, f64x2.sub(f64x2.add(x, x), one), x)
  let bottom = choose(m0, f64x2.add(x, f64x2.splat(2)), one)
  top = choose(m1, f64x2.sub(x, one), top)
  bottom = choose(m1, f64x2.add(x, one), bottom)
  top = choose(m2, f64x2.sub(x, f64x2.splat(1.5)), top)
  bottom = choose(m2, step<f64>(x, f64x2.splat(1.5), 1), bottom)
  top = choose(m3, f64x2.splat(-1), top)
  bottom = choose(m3, x, bottom)
  let base = v128.and(m0, f64x2.splat(4.63647609000806093515e-01)), low = v128.and(m0, f64x2.splat(2.26987774529616870924e-17))
  base = choose(m1, f64x2.splat(quarter), base)
  low = choose(m1, f64x2.splat(3.06161699786838301793e-17), low)
  base = choose(m2, f64x2.splat(9.82793723247329054082e-01), base)
  low = choose(m2, f64x2.splat(1.39033110312309984516e-17), low)
  base = choose(m3, f64x2.splat(halfHigh), base)
  low = choose(m3, f64x2.splat(halfLow), low)
  const t = f64x2.div(top, bottom), z = f64x2.mul(t, t), w = f64x2.mul(z, z)
  let a = f64x2.splat(1.62858201153657823623e-02)
  a = step<f64>(a, w, 4.97687799461593236017e-02)
  a = step<f64>(a, w, 6.66107313738753120669e-02)
  a = step<f64>(a, w, 9.09088713343650656196e-02)
  a = step<f64>(a, w, 1.42857142725034663711e-01)
  a = f64x2.mul(step<f64>(a, w, 3.33333333333329318027e-01), z)
  let b = f64x2.splat(-3.65315727442169155270e-02)
  b = step<f64>(b, w, -5.83357013379057348645e-02)
  b = step<f64>(b, w, -7.69187620504482999495e-02)
  b = step<f64>(b, w, -1.11111104054623557880e-01)
  b = f64x2.mul(step<f64>(b, w, -1.99999999998764832476e-01), w)
  return f64x2.sub(base, f64x2.sub(f64x2.sub(f64x2.mul(t, f64x2.add(a, b)), low), t))
}

export function atan_f64(x: v128): v128 {
  return signed<f64>(atanPositive(f64x2.abs(x)), x)
}

/** The angle of (x, y); zeros and infinities by their signs, as in C. */
export function atan2_f64(y: v128, x: v128): v128 {
  const ay = f64x2.abs(y), ax = f64x2.abs(x)
  let q = f64x2.div(ay, ax)
  const same = f64x2.eq(ay, ax)
  q = choose(same, choose(f64x2.eq(ay, f64x2.splat(0)), ay, f64x2.splat(1)), q)
  const z = atanPositive(q)
  const left = f64x2.sub(f64x2.splat(2 * halfHigh), f64x2.sub(z, f64x2.splat(2 * halfLow)))
  // Next to the axis z is pi / 2 on either side.
  const negative = v128.and(i64x2.shr_s(x, 63), f64x2.lt(q, f64x2.splat(1e18)))
  const angle = signed<f64>(choose(negative, left, z), y)
  return choose(v128.or(f64x2.ne(x, x), f64x2.ne(y, y)), f64x2.splat(NaN), angle)
}
