/**
 * The error function and GELU. Near 0 erf(t) = t p(t^2); beyond, erfc(t) = exp(-t^2) E(u) / (1 + 2t) with u = (t - c) / (t + c), where E is a polynomial over
 * all of [0, 28] (Shepherd and Laframboise 1981; scripts/oracle/polynomials.py). The square in the exponent has two words: otherwise the tail would lose log2(t^2)
 * bits. GELU's x Phi(x) takes Phi(-|x|) = erfc(|x| / sqrt 2) / 2 itself below 0, so that nothing cancels.
 */
import { clamped, expShort, halves, reduced, scaled, shifted, whole } from './exp'
import { choose, high, signed, step, within } from './lanes'

const root2: f64 = 1.4142135623730951

/** E. */
// @ts-ignore: decorator
@inline
function series(u: v128): v128 {
  let p = f64x2.splat(-1.8206098680308682e-09)
  p = step<f64>(p, u, -1.3670989863347383e-08)
  p = step<f64>(p, u, -7.71541861441783e-09)
  p = step<f64>(p, u, 1.1534943745754157e-07)
  p = step<f64>(p, u, 6.270727157198311e-08)
  p = step<f64>(p, u, -8.351619688696847e-07)
  p = step<f64>(p, u, 3.0135049944875397e-07)
  p = step<f64>(p, u, 5.7178872846321855e-06)
  p = step<f64>(p, u, -1.1224789135154701e-05)
  p = step<f64>(p, u, -2.4403169244974074e-05)
  p = step<f64>(p, u, 0.000150622243948303)
  p = step<f64>(p, u, -0.00019925550755614952)
  p = step<f64>(p, u, -0.00075777334141333)
  p = step<f64>(p, u, 0.005031969755895426)
  p = step<f64>(p, u, -0.016197734059115006)
  p = step<f64>(p, u, 0.03716751556249286)
  p = step<f64>(p, u, -0.06633036581152939)
  p = step<f64>(p, u, 0.09373283499679412)
  p = step<f64>(p, u, -0.10103906603635213)
  p = step<f64>(p, u, 0.06809705425473732)
  p = step<f64>(p, u, 0.01537965210262074)
  p = step<f64>(p, u, -0.1396211168405629)
  return step<f64>(p, u, 1.2329951186255526)
}

/** erf(t) / t - 1 by z = t^2 <= 0.72: less 1, so that the last sum rounds far below t. */
// @ts-ignore: decorator
@inline
function seriesNear(z: v128): v128 {
  let p = f64x2.splat(1.0687686191469846e-08)
  p = step<f64>(p, z, -1.5701227105190677e-07)
  p = step<f64>(p, z, 1.6399720736388881e-06)
  p = step<f64>(p, z, -1.4921969577624702e-05)
  p = step<f64>(p, z, 0.00012055192652208321)
  p = step<f64>(p, z, -0.000854832357563797)
  p = step<f64>(p, z, 0.005223977572514907)
  p = step<f64>(p, z, -0.02686617064038413)
  p = step<f64>(p, z, 0.11283791670933264)
  p = step<f64>(p, z, -0.3761263890318336)
  return step<f64>(p, z, 0.12837916709551256)
}

export function erf_f64(x: v128): v128 {
  const one = f64x2.splat(1)
  const a = f64x2.pmin(f64x2.abs(x), f64x2.splat(6)), z = f64x2.mul(a, a)
  const near = f64x2.add(x, f64x2.mul(x, seriesNear(z)))
  const t = halves(f64x2.neg(z))
  const power = shifted(reduced(whole(t), f64x2.neg(z), f64x2.splat(0)), t)
  const u = f64x2.div(f64x2.sub(a, f64x2.splat(4)), f64x2.add(a, f64x2.splat(4)))
  const far = f64x2.sub(one, f64x2.div(f64x2.mul(power, series(u)), f64x2.add(one, f64x2.add(a, a))))
  // Of NaN it is `near` that is NaN.
  return choose(f64x2.ge(a, f64x2.splat(0.84)), signed<f64>(far, x), near)
}

/** x Phi(x). */
export function gelu_f64(x: v128): v128 {
  const one = f64x2.splat(1)
  const a = f64x2.pmin(f64x2.abs(x), f64x2.splat(40))
  const top = high(a), rest = f64x2.sub(a, top)
  const square = f64x2.mul(f64x2.mul(top, top), f64x2.splat(-0.5))
  const low = f64x2.mul(f64x2.mul(rest, f64x2.add(a, top)), f64x2.splat(-0.5))
  const t = halves(square), k = whole(t)
  const u = f64x2.div(f64x2.sub(a, f64x2.splat(4 * root2)), f64x2.add(a, f64x2.splat(4 * root2)))
  const scale = f64x2.div(series(u), f64x2.add(f64x2.splat(2), f64x2.mul(a, f64x2.splat(2 * root2))))
  const tail = f64x2.mul(reduced(k, square, low), scale)
  const negative = f64x2.lt(x, f64x2.splat(0))
  // Below 0 the size is a times the tail, which is scaled last lest it be rounded twice.
  const left = f64x2.neg(scaled(f64x2.mul(a, tail), k))
  // From 10 on the tail is nothing beside 1; soon its exponent could not be shifted so.
  const beside = v128.and(shifted(tail, t), f64x2.lt(a, f64x2.splat(10)))
  const right = f64x2.mul(x, f64x2.sub(one, beside))
  // Near 0, x (1/2 + erf(x / sqrt 2) / 2).
  const middle = f64x2.mul(x, f64x2.splat(root2 / 4))
  const series = f64x2.mul(middle, seriesNear(f64x2.mul(f64x2.mul(x, x), f64x2.splat(0.5))))
  const near = f64x2.mul(x, f64x2.add(f64x2.splat(0.5), f64x2.add(middle, series)))
  const y = choose(f64x2.lt(a, f64x2.splat(0.7)), near, choose(negative, left, right))
  return choose(f64x2.ne(x, x), x, y)
}

// ---- two lanes of f64 that will be rounded to f32

// @ts-ignore: decorator
@inline
function seriesShort(u: v128): v128 {
  let p = f64x2.splat(-0.00027359599926303436)
  p = step<f64>(p, u, -0.0007881207530374105)
  p = step<f64>(p, u, 0.0020017712255442632)
  p = step<f64>(p, u, 0.002576856516801767)
  p = step<f64>(p, u, -0.02379466453419944)
  p = step<f64>(p, u, 0.06829302905525306)
  p = step<f64>(p, u, -0.11927191933722657)
  p = step<f64>(p, u, 0.12964671485294685)
  p = step<f64>(p, u, -0.047562318168041816)
  p = step<f64>(p, u, -0.13562114905995368)
  return step<f64>(p, u, 1.2530080581370375)
}

// @ts-ignore: decorator
@inline
export function erfForSingle(x: v128): v128 {
  const one = f64x2.splat(1)
  const a = f64x2.pmin(f64x2.abs(x), f64x2.splat(5)), z = f64x2.mul(a, a)
  let p = f64x2.splat(-0.0006331998096493241)
  p = step<f64>(p, z, 0.005054042056057186)
  p = step<f64>(p, z, -0.026804351447918467)
  p = step<f64>(p, z, 0.11282762541894384)
  p = step<f64>(p, z, -0.3761257580700919)
  p = step<f64>(p, z, 1.1283791607939244)
  const u = f64x2.div(f64x2.sub(a, f64x2.splat(3)), f64x2.add(a, f64x2.splat(3)))
  const far = f64x2.div(f64x2.mul(expShort(f64x2.neg(z)), seriesShort(u)), f64x2.add(one, f64x2.add(a, a)))
  return choose(f64x2.ge(a, f64x2.splat(0.84)), signed<f64>(f64x2.sub(one, far), x), f64x2.mul(x, p))
}

/** Below -15 it is under half of f32's least number. */
// @ts-ignore: decorator
@inline
export function geluForSingle(x: v128): v128 {
  const a = f64x2.pmin(f64x2.abs(x), f64x2.splat(15))
  // (a - 3 sqrt 2) / (a + 3 sqrt 2), and 1 / (2 (1 + sqrt 2 a)), by one division.
  const below = f64x2.add(a, f64x2.splat(3 * root2)), scale = step<f64>(a, f64x2.splat(2 * root2), 2)
  const inverse = f64x2.div(f64x2.splat(1), f64x2.mul(below, scale))
  const u = f64x2.mul(f64x2.sub(a, f64x2.splat(3 * root2)), f64x2.mul(inverse, scale))
  const power = expShort(f64x2.mul(f64x2.mul(a, a), f64x2.splat(-0.5)))
  const tail = f64x2.mul(f64x2.mul(power, seriesShort(u)), f64x2.mul(inverse, below))
  const left = f64x2.neg(f64x2.mul(a, tail)), right = f64x2.mul(x, f64x2.sub(f64x2.splat(1), tail))
  return choose(f64x2.lt(x, f64x2.splat(0)), left, right)
}
