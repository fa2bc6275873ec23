/**
 * Exponentials: x = k ln 2 + r with |r| <= ln 2 / 2, e^x = 2^k e^r, and e^r = 1 + r + r^2 q(r), q a polynomial of scripts/oracle/polynomials.py. k comes
 * as t = k + 1.5 * 2^52 (2^23 for f32), whose lower bits are the integer. The reduced argument has a second word, so that e^r is off by less than
 * 0.9 ulp. Where 2^k may leave the normal range, the scaling is by two factors, so that a subnormal result is rounded once.
 */
import { choose, signed, step, within } from './lanes'

const magic: f64 = 6755399441055744
const ln2High: f64 = 6.93147180369123816490e-01
const ln2Low: f64 = 1.90821492927058770002e-10

/**
 * Constants of the inner loops, read from memory: those in the code V8 makes anew in every turn of a loop, by three instructions each, which nearly
 * doubles its time. log2 e, magic, ln 2 in two parts (Cody and Waite: k times the first is exact), q's coefficients, 1.
 */
const table64: usize = memory.data<f64>([
  1.4426950408889634, 6755399441055744, 6.93147180369123816490e-01, 1.90821492927058770002e-10,
  2.0914679376583935e-09, 2.510520637395701e-08, 2.7557273661348637e-07, 2.7557255425746435e-06, 2.4801587325533363e-05,
  0.00019841269874800493, 0.0013888888888883752, 0.008333333333326141, 0.04166666666666667, 0.1666666666666667, 0.5, 1,
])

/** Entry i of the table. */
// @ts-ignore: decorator
@inline
function c64(i: usize): v128 {
  return v128.load64_splat(table64 + (i << 3))
}

/** p r + entry i. */
// @ts-ignore: decorator
@inline
function next64(p: v128, r: v128, i: usize): v128 {
  return f64x2.add(f64x2.mul(p, r), c64(i))
}

/** k + magic. */
// @ts-ignore: decorator
@inline
export function halves(x: v128): v128 {
  return next64(x, c64(0), 1)
}

/** k of `halves`. */
// @ts-ignore: decorator
@inline
export function whole(t: v128): v128 {
  return f64x2.sub(t, c64(1))
}

// @ts-ignore: decorator
@inline
function series(r: v128): v128 {
  let q = next64(c64(4), r, 5)
  q = next64(q, r, 6)
  q = next64(q, r, 7)
  q = next64(q, r, 8)
  q = next64(q, r, 9)
  q = next64(q, r, 10)
  q = next64(q, r, 11)
  q = next64(q, r, 12)
  q = next64(q, r, 13)
  return next64(q, r, 14)
}

/** exp(x + tail - k ln 2) - 1, for a tail far below x. */
// @ts-ignore: decorator
@inline
function reducedLess1(k: v128, x: v128, tail: v128): v128 {
  const first = f64x2.sub(x, f64x2.mul(k, c64(2)))
  const second = f64x2.sub(tail, f64x2.mul(k, c64(3)))
  const r = f64x2.add(first, second)
  const rest = f64x2.add(f64x2.mul(f64x2.mul(r, r), series(r)), second)
  return f64x2.add(first, rest)
}

// @ts-ignore: decorator
@inline
export function reduced(k: v128, x: v128, tail: v128): v128 {
  return f64x2.add(c64(15), reducedLess1(k, x, tail))
}

/** 1 + e^x for |x| < 700, as (1 + 2^k) + 2^k (e^r - 1): one rounding less. */
// @ts-ignore: decorator
@inline
export function onePlusExp(x: v128): v128 {
  const t = halves(x), power = shifted(f64x2.splat(1), t)
  const less = reducedLess1(whole(t), x, f64x2.splat(0))
  return f64x2.add(f64x2.add(f64x2.splat(1), power), f64x2.mul(power, less))
}

/** y 2^k for a y near 1 and a result in the normal range. */
// @ts-ignore: decorator
@inline
export function shifted(y: v128, t: v128): v128 {
  return i64x2.add(y, i64x2.shl(t, 52))
}

// @ts-ignore: decorator
@inline
function powerOfTwo(k: v128): v128 {
  return i64x2.add(i64x2.shl(f64x2.add(k, f64x2.splat(magic)), 52), i64x2.splat(0x3ff0000000000000))
}

/** y 2^k, rounded once, for |k| <= 2000. */
// @ts-ignore: decorator
@inline
export function scaled(y: v128, k: v128): v128 {
  const half = f64x2.floor(f64x2.mul(k, f64x2.splat(0.5)))
  return f64x2.mul(f64x2.mul(y, powerOfTwo(half)), powerOfTwo(f64x2.sub(k, half)))
}

/** NaN stays. */
// @ts-ignore: decorator
@inline
export function clamped(x: v128, low: f64, high: f64): v128 {
  return f64x2.pmax(f64x2.pmin(x, f64x2.splat(high)), f64x2.splat(low))
}

function expEdge_f64(x: v128): v128 {
  x = clamped(x, -1000, 1000)
  const k = whole(halves(x))
  return scaled(reduced(k, x, f64x2.splat(0)), k)
}

// @ts-ignore: decorator
@inline
export function exp_f64(x: v128): v128 {
  if (!within<f64>(x, 708)) return expEdge_f64(x)
  const t = halves(x)
  return shifted(reduced(whole(t), x, f64x2.splat(0)), t)
}

/**
 * e^x - 1 = 2^k ((1 - 2^-k) + (e^r - 1)), for |x| <= 60. This is the rest, which is to be added to `expm1Sum`; together they are good to more than one word.
 */
// @ts-ignore: decorator
@inline
function expm1Rest(k: v128, t: v128, x: v128): v128 {
  const one = i64x2.splat(0x3ff0000000000000)
  const a = f64x2.sub(f64x2.splat(1), i64x2.sub(one, i64x2.shl(t, 52)))
  const first = f64x2.sub(x, f64x2.mul(k, f64x2.splat(ln2High)))
  const second = f64x2.neg(f64x2.mul(k, f64x2.splat(ln2Low)))
  const r = f64x2.add(first, second)
  const sum = f64x2.add(a, first)
  const part = f64x2.sub(sum, a)
  const error = f64x2.add(f64x2.sub(a, f64x2.sub(sum, part)), f64x2.sub(first, part))
  const rest = f64x2.add(f64x2.mul(f64x2.mul(r, r), series(r)), second)
  return f64x2.add(rest, error)
}

/** (1 - 2^-k) + the first word of r. */
// @ts-ignore: decorator
@inline
function expm1Sum(k: v128, t: v128, x: v128): v128 {
  const a = f64x2.sub(f64x2.splat(1), i64x2.sub(i64x2.splat(0x3ff0000000000000), i64x2.shl(t, 52)))
  return f64x2.add(a, f64x2.sub(x, f64x2.mul(k, f64x2.splat(ln2High))))
}

// @ts-ignore: decorator
@inline
export function expm1Parts(k: v128, t: v128, x: v128): v128 {
  return f64x2.add(expm1Sum(k, t, x), expm1Rest(k, t, x))
}

function expm1Edge_f64(x: v128): v128 {
  const bounded = clamped(x, -60, 700), t = halves(bounded)
  // Beyond 60 it is e^x. So it is of NaN, whose bits the shift would change.
  return choose(f64x2.le(x, f64x2.splat(60)), shifted(expm1Parts(whole(t), t, bounded), t), expEdge_f64(x))
}

// @ts-ignore: decorator
@inline
export function expm1_f64(x: v128): v128 {
  const t = halves(x)
  const y = within<f64>(x, 60) ? shifted(expm1Parts(whole(t), t, x), t) : expm1Edge_f64(x)
  return choose(f64x2.lt(f64x2.abs(x), f64x2.splat(1e-17)), x, y)
}

/** With E = expm1(-2|x|) it is -E / (E + 2) below 1, with E = expm1(2|x|) it is 1 - 2 / (E + 2) beyond. */
// @ts-ignore: decorator
@inline
export function tanh_f64(x: v128): v128 {
  const far = f64x2.ge(f64x2.abs(x), f64x2.splat(1)), two = f64x2.splat(2)
  const twice = f64x2.pmin(f64x2.mul(f64x2.abs(x), two), f64x2.splat(44)), minus = f64x2.neg(twice)
  const a = choose(far, twice, minus), t = halves(a), k = whole(t)
  const sum = expm1Sum(k, t, a), rest = expm1Rest(k, t, a), both = f64x2.add(sum, rest)
  const power = shifted(f64x2.splat(1), t)
  const e = f64x2.mul(power, both), eLow = f64x2.mul(power, f64x2.add(f64x2.sub(sum, both), rest))
  // The quotient with what the numerator and the divisor lost.
  const divisor = f64x2.add(e, two), lost = f64x2.add(f64x2.sub(e, f64x2.sub(divisor, two)), eLow)
  const first = f64x2.div(choose(far, two, f64x2.neg(e)), divisor)
  const missing = f64x2.add(v128.andnot(eLow, far), f64x2.mul(first, lost))
  const part = f64x2.sub(first, f64x2.div(missing, divisor))
  const y = choose(far, f64x2.sub(f64x2.splat(1), part), part)
  const whole_ = choose(f64x2.ne(x, x), x, signed<f64>(y, x))
  return choose(f64x2.lt(f64x2.abs(x), f64x2.splat(1e-9)), x, whole_)
}

// ---- f32

const magic32: f32 = 12582912

/** The same for f32. */
const table32: usize = memory.data<f32>([
  1.44269504, 12582912, 0.693359375, 2.12194440e-4,
  0.001392617611993558, 0.008363173074513711, 0.041666554662050534, 0.1666657702559799, 0.5, 1,
])

// @ts-ignore: decorator
@inline
function c32(i: usize): v128 {
  return v128.load32_splat(table32 + (i << 2))
}

// @ts-ignore: decorator
@inline
function next32(p: v128, r: v128, i: usize): v128 {
  return f32x4.add(f32x4.mul(p, r), c32(i))
}

// @ts-ignore: decorator
@inline
export function halves32(x: v128): v128 {
  return next32(x, c32(0), 1)
}

// @ts-ignore: decorator
@inline
export function whole32(t: v128): v128 {
  return f32x4.sub(t, c32(1))
}

/** exp(x - k ln 2) - 1. */
// @ts-ignore: decorator
@inline
function reducedLess1_32(k: v128, x: v128): v128 {
  const first = f32x4.sub(x, f32x4.mul(k, c32(2)))
  const second = f32x4.mul(k, c32(3))
  const r = f32x4.add(first, second)
  const q = next32(next32(next32(next32(c32(4), r, 5), r, 6), r, 7), r, 8)
  return f32x4.add(first, f32x4.add(second, f32x4.mul(f32x4.mul(r, r), q)))
}

// @ts-ignore: decorator
@inline
export function reduced32(k: v128, x: v128): v128 {
  return f32x4.add(c32(9), reducedLess1_32(k, x))
}

/** 1 + e^x for |x| < 80. */
// @ts-ignore: decorator
@inline
export function onePlusExp32(x: v128): v128 {
  const t = halves32(x), power = shifted32(f32x4.splat(1), t)
  const less = reducedLess1_32(whole32(t), x)
  return f32x4.add(f32x4.add(f32x4.splat(1), power), f32x4.mul(power, less))
}

// @ts-ignore: decorator
@inline
export function shifted32(y: v128, t: v128): v128 {
  return i32x4.add(y, i32x4.shl(t, 23))
}

// @ts-ignore: decorator
@inline
function powerOfTwo32(k: v128): v128 {
  return i32x4.add(i32x4.shl(f32x4.add(k, f32x4.splat(magic32)), 23), i32x4.splat(0x3f800000))
}

// @ts-ignore: decorator
@inline
export function scaled32(y: v128, k: v128): v128 {
  const half = f32x4.floor(f32x4.mul(k, f32x4.splat(0.5)))
  return f32x4.mul(f32x4.mul(y, powerOfTwo32(half)), powerOfTwo32(f32x4.sub(k, half)))
}

function expEdge_f32(x: v128): v128 {
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(150)), f32x4.splat(-150))
  const k = whole32(halves32(x))
  return scaled32(reduced32(k, x), k)
}

// @ts-ignore: decorator
@inline
export function exp_f32(x: v128): v128 {
  if (!within<f32>(x, 87)) return expEdge_f32(x)
  const t = halves32(x)
  return shifted32(reduced32(whole32(t), x), t)
}

/**
 * e^x of whole pairs of vectors, the same bits as `exp_f32`; returns the bytes done. Two at a time share the constants, whose loads are a third
 * of the work.
 */
export function expPairs_f32(bytes: usize, x: usize, out: usize): usize {
  const pairs = bytes & ~31
  const bound = i32x4.splat(reinterpret<i32>(<f32>87) - 1)
  for (let done: usize = 0; done < pairs; done += 32) {
    const a = v128.load(x + done), b = v128.load(x + done, 16)
    if (v128.any_true(i32x4.gt_s(i32x4.max_s(f32x4.abs(a), f32x4.abs(b)), bound))) {
      v128.store(out + done, exp_f32(a))
      v128.store(out + done, exp_f32(b), 16)
      continue
    }
    let c = c32(0)
    const shift = c32(1)
    const ta = f32x4.add(f32x4.mul(a, c), shift), tb = f32x4.add(f32x4.mul(b, c), shift)
    const ka = f32x4.sub(ta, shift), kb = f32x4.sub(tb, shift)
    c = c32(2)
    const firstA = f32x4.sub(a, f32x4.mul(ka, c)), firstB = f32x4.sub(b, f32x4.mul(kb, c))
    c = c32(3)
    const secondA = f32x4.mul(ka, c), secondB = f32x4.mul(kb, c)
    const ra = f32x4.add(firstA, secondA), rb = f32x4.add(firstB, secondB)
    c = c32(4)
    let qa = f32x4.mul(c, ra), qb = f32x4.mul(c, rb)
    c = c32(5)
    qa = f32x4.mul(f32x4.add(qa, c), ra)
    qb = f32x4.mul(f32x4.add(qb, c), rb)
    c = c32(6)
    qa = f32x4.mul(f32x4.add(qa, c), ra)
    qb = f32x4.mul(f32x4.add(qb, c), rb)
    c = c32(7)
    qa = f32x4.mul(f32x4.add(qa, c), ra)
    qb = f32x4.mul(f32x4.add(qb, c), rb)
    c = c32(8)
    qa = f32x4.add(qa, c)
    qb = f32x4.add(qb, c)
    c = c32(9)
    const ya = f32x4.add(c, f32x4.add(firstA, f32x4.add(secondA, f32x4.mul(f32x4.mul(ra, ra), qa))))
    const yb = f32x4.add(c, f32x4.add(firstB, f32x4.add(secondB, f32x4.mul(f32x4.mul(rb, rb), qb))))
    v128.store(out + done, shifted32(ya, ta))
    v128.store(out + done, shifted32(yb, tb), 16)
  }
  return pairs
}

/** Near 0 an odd polynomial, else 1 - 2 / (e^2|x| + 1). */
// @ts-ignore: decorator
@inline
export function tanh_f32(x: v128): v128 {
  const a = f32x4.abs(x), z = f32x4.mul(x, x)
  let p = f32x4.splat(-0.006096714165908197)
  p = step<f32>(p, z, 0.020997178999074752)
  p = step<f32>(p, z, -0.05385090957851358)
  p = step<f32>(p, z, 0.13332769736976327)
  p = step<f32>(p, z, -0.33333328944134255)
  const near = f32x4.add(x, f32x4.mul(f32x4.mul(x, z), p))
  const twice = f32x4.pmin(f32x4.add(a, a), f32x4.splat(20)), t = halves32(twice)
  const e = shifted32(reduced32(whole32(t), twice), t)
  const far = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(e, f32x4.splat(1))))
  // Of NaN it is `near` that is NaN.
  return signed<f32>(choose(f32x4.ge(a, f32x4.splat(0.625)), far, near), x)
}

// ---- two lanes of f64 that will be rounded to f32: relative error under 1e-11

/** |x| < 708, or NaN, which gives anything. */
// @ts-ignore: decorator
@inline
export function expShort(x: v128): v128 {
  const t = halves(x)
  return shifted(f64x2.add(f64x2.splat(1), expm1Short(f64x2.sub(x, f64x2.mul(whole(t), f64x2.splat(0.6931471805599453))))), t)
}

/** e^r - 1 for |r| <= ln 2 / 2. */
// @ts-ignore: decorator
@inline
function expm1Short(r: v128): v128 {
  let q = f64x2.splat(2.4859578222625295e-05)
  q = step<f64>(q, r, 0.0001989927395864936)
  q = step<f64>(q, r, 0.001388885404961482)
  q = step<f64>(q, r, 0.008333298483754886)
  q = step<f64>(q, r, 0.041666666718980845)
  q = step<f64>(q, r, 0.16666666718997508)
  q = step<f64>(q, r, 0.5)
  return f64x2.add(r, f64x2.mul(f64x2.mul(r, r), q))
}

// @ts-ignore: decorator
@inline
export function expm1ForSingle(x: v128): v128 {
  const bounded = clamped(x, -60, 100), t = halves(bounded)
  const power = i64x2.add(i64x2.shl(t, 52), i64x2.splat(0x3ff0000000000000))
  const p = expm1Short(f64x2.sub(bounded, f64x2.mul(whole(t), f64x2.splat(0.6931471805599453))))
  const y = f64x2.add(f64x2.mul(power, p), f64x2.sub(power, f64x2.splat(1)))
  // Of NaN as it is, by a comparison that fails.
  return choose(f64x2.ge(f64x2.abs(x), f64x2.splat(1e-12)), y, x)
}
