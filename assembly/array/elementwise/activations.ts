/** Logistic functions. */
import {
  clamped, exp_f64, expm1_f64, expm1ForSingle, expShort, halves, halves32, onePlusExp, onePlusExp32, reduced, reduced32, scaled, scaled32, whole, whole32,
} from './exp'
import { choose, high, joined, lower, step, upper, within } from './lanes'
import { log1pUnit, log1pUnitShort } from './log'

/** From here on exp(-x) might overflow: e = exp(-|x|), and below 0 e or x e, scaled last so that a subnormal result is rounded once. */
function logisticEdge_f64(x: v128, top: v128): v128 {
  const a = clamped(f64x2.neg(f64x2.abs(x)), -1000, 0), k = whole(halves(a))
  const y = reduced(k, a, f64x2.splat(0)), one = f64x2.splat(1)
  const below = f64x2.lt(x, f64x2.splat(0))
  // For silu top is x, and below 0 it is a, where x may be infinite.
  const left = scaled(f64x2.mul(f64x2.pmax(top, f64x2.splat(-1000)), y), k)
  const far = f64x2.div(choose(below, left, top), f64x2.add(one, scaled(y, k)))
  // An element's figure does not depend on its neighbours.
  return choose(f64x2.lt(f64x2.abs(x), f64x2.splat(700)), f64x2.div(top, onePlusExp(f64x2.neg(x))), far)
}

function logisticEdge_f32(x: v128, top: v128): v128 {
  const a = f32x4.pmax(f32x4.neg(f32x4.abs(x)), f32x4.splat(-150)), k = whole32(halves32(a))
  const y = reduced32(k, a), one = f32x4.splat(1)
  const below = f32x4.lt(x, f32x4.splat(0))
  const left = scaled32(f32x4.mul(f32x4.pmax(top, f32x4.splat(-150)), y), k)
  const far = f32x4.div(choose(below, left, top), f32x4.add(one, scaled32(y, k)))
  return choose(f32x4.lt(f32x4.abs(x), f32x4.splat(80)), f32x4.div(top, onePlusExp32(f32x4.neg(x))), far)
}

/** top / (1 + exp(-x)). */
// @ts-ignore: decorator
@inline
function logistic_f64(x: v128, top: v128): v128 {
  if (!within<f64>(x, 700)) return logisticEdge_f64(x, top)
  return f64x2.div(top, onePlusExp(f64x2.neg(x)))
}

// @ts-ignore: decorator
@inline
function logistic_f32(x: v128, top: v128): v128 {
  if (!within<f32>(x, 80)) return logisticEdge_f32(x, top)
  return f32x4.div(top, onePlusExp32(f32x4.neg(x)))
}

// @ts-ignore: decorator
@inline
export function sigmoid_f64(x: v128): v128 {
  return logistic_f64(x, f64x2.splat(1))
}

// @ts-ignore: decorator
@inline
export function sigmoid_f32(x: v128): v128 {
  return logistic_f32(x, f32x4.splat(1))
}

// @ts-ignore: decorator
@inline
export function silu_f64(x: v128): v128 {
  return logistic_f64(x, x)
}

// @ts-ignore: decorator
@inline
export function silu_f32(x: v128): v128 {
  return logistic_f32(x, x)
}

/** max(x, 0) + log(1 + e). */
export function softplus_f64(x: v128): v128 {
  const y = f64x2.add(f64x2.pmax(x, f64x2.splat(0)), log1pUnit(exp_f64(f64x2.neg(f64x2.abs(x)))))
  return choose(f64x2.ne(x, x), x, y)
}

// @ts-ignore: decorator
@inline
function softplusForSingle(x: v128): v128 {
  const e = expShort(f64x2.pmax(f64x2.neg(f64x2.abs(x)), f64x2.splat(-200)))
  return choose(f64x2.ne(x, x), x, f64x2.add(f64x2.pmax(x, f64x2.splat(0)), log1pUnitShort(e)))
}

export function softplus_f32(x: v128): v128 {
  return joined(softplusForSingle(lower(x)), softplusForSingle(upper(x)))
}

const slope: f64 = 1.5957691216057308 // 2 sqrt(2 / pi)
const slopeLow: f64 = -9.96930880911092e-17
const cubic: f64 = 0.044715

/** What the product a b, rounded to p, lost. */
// @ts-ignore: decorator
@inline
function lost(a: v128, b: v128, p: v128): v128 {
  const ah = high(a), al = f64x2.sub(a, ah), bh = high(b), bl = f64x2.sub(b, bh)
  const cross = f64x2.add(f64x2.sub(f64x2.mul(ah, bh), p), f64x2.mul(ah, bl))
  return f64x2.add(f64x2.add(cross, f64x2.mul(al, bh)), f64x2.mul(al, bl))
}

/** x / (1 + exp(-s)), s = 2 sqrt(2 / pi) (x + 0.044715 x^3) in two words. */
export function geluTanh_f64(x: v128): v128 {
  const one = f64x2.splat(1), k = f64x2.splat(cubic)
  const a = f64x2.pmin(f64x2.abs(x), f64x2.splat(22))
  const p = f64x2.mul(a, a), pLow = lost(a, a, p)
  const q = f64x2.mul(k, p), qLow = f64x2.add(lost(k, p, q), f64x2.mul(k, pLow))
  const f = f64x2.add(one, q), part = f64x2.sub(f, one)
  const fLow = f64x2.add(f64x2.add(f64x2.sub(one, f64x2.sub(f, part)), f64x2.sub(q, part)), qLow)
  const c = f64x2.mul(f64x2.splat(slope), a)
  const cLow = f64x2.add(lost(f64x2.splat(slope), a, c), f64x2.mul(f64x2.splat(slopeLow), a))
  const s = f64x2.mul(c, f)
  const sLow = f64x2.add(lost(c, f, s), f64x2.add(f64x2.mul(c, fLow), f64x2.mul(cLow, f)))
  // x / (1 + exp(-s)), or where exp(-s) might overflow x exp(s), scaled last.
  const far = f64x2.lt(x, f64x2.splat(-18)), below = f64x2.lt(x, f64x2.splat(0))
  const flip = v128.andnot(f64x2.splat(-0.0), v128.andnot(below, far))
  const v = v128.xor(s, flip), vLow = v128.xor(sLow, flip)
  const n = whole(halves(v)), y = reduced(n, v, vLow)
  const near = f64x2.div(x, f64x2.add(one, scaled(y, n)))
  return choose(far, scaled(f64x2.mul(f64x2.neg(a), y), n), near)
}

// @ts-ignore: decorator
@inline
function geluTanhForSingle(x: v128): v128 {
  const a = f64x2.pmin(f64x2.abs(x), f64x2.splat(15)), one = f64x2.splat(1)
  const f = step<f64>(f64x2.mul(a, a), f64x2.splat(cubic), 1)
  const e = expShort(f64x2.mul(f64x2.mul(a, f), f64x2.splat(-slope)))
  const below = f64x2.lt(x, f64x2.splat(0))
  return f64x2.div(choose(below, f64x2.neg(f64x2.mul(a, e)), x), f64x2.add(one, e))
}

export function geluTanh_f32(x: v128): v128 {
  return joined(geluTanhForSingle(lower(x)), geluTanhForSingle(upper(x)))
}

/** x > 0 ? x : alpha (e^x - 1). */
export function elu_f64(x: v128, alpha: v128): v128 {
  return choose(f64x2.gt(x, f64x2.splat(0)), x, f64x2.mul(alpha, expm1_f64(f64x2.pmin(x, f64x2.splat(0)))))
}

export function elu_f32(x: v128, alpha: v128): v128 {
  const y = joined(
    f64x2.mul(lower(alpha), expm1ForSingle(lower(x))),
    f64x2.mul(upper(alpha), expm1ForSingle(upper(x))),
  )
  return choose(f32x4.gt(x, f32x4.splat(0)), x, y)
}
