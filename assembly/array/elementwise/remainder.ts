/**
 * Remainder and quotient rounded down, as in Python and NumPy: the remainder has the divisor's sign, also where it is 0.
 */
import { choose, joined, lower, signed, upper, within } from './lanes'

function remainder(a: f64, b: f64): f64 {
  const r = a % b
  if (r == 0) return b < 0 ? -0.0 : 0.0
  return (r < 0) != (b < 0) ? r + b : r
}

function floorQuotient(a: f64, b: f64): f64 {
  if (b == 0) return a / b
  const r = a % b
  let q = (a - r) / b
  if (r != 0 && (b < 0) != (r < 0)) q -= 1
  if (q == 0) return 0.0 * (a / b)
  const down = Math.floor(q)
  return q - down > 0.5 ? down + 1 : down
}

export function remainder_f64(a: v128, b: v128): v128 {
  const y = f64x2.splat(remainder(f64x2.extract_lane(a, 0), f64x2.extract_lane(b, 0)))
  return f64x2.replace_lane(y, 1, remainder(f64x2.extract_lane(a, 1), f64x2.extract_lane(b, 1)))
}

export function floorDivide_f64(a: v128, b: v128): v128 {
  const y = f64x2.splat(floorQuotient(f64x2.extract_lane(a, 0), f64x2.extract_lane(b, 0)))
  return f64x2.replace_lane(y, 1, floorQuotient(f64x2.extract_lane(a, 1), f64x2.extract_lane(b, 1)))
}

/**
 * Of two f32 the quotient in f64 rounds down rightly below 2^28: it is no nearer to a whole number than 2^-24 of the divisor unless it is one. And then
 * quotient times divisor is exact.
 */
const exact: f64 = 268435456

// @ts-ignore: decorator
@inline
function remainderForSingle(a: v128, b: v128): v128 {
  const q = f64x2.div(a, b)
  if (!within<f64>(q, exact) || !within<f64>(b, Infinity)) return remainder_f64(a, b)
  const r = f64x2.sub(a, f64x2.mul(f64x2.floor(q), b))
  return choose(f64x2.eq(r, f64x2.splat(0)), signed<f64>(r, b), r)
}

// @ts-ignore: decorator
@inline
function floorDivideForSingle(a: v128, b: v128): v128 {
  const q = f64x2.div(a, b)
  return within<f64>(q, exact) && within<f64>(b, Infinity) ? f64x2.floor(q) : floorDivide_f64(a, b)
}

export function remainder_f32(a: v128, b: v128): v128 {
  return joined(remainderForSingle(lower(a), lower(b)), remainderForSingle(upper(a), upper(b)))
}

export function floorDivide_f32(a: v128, b: v128): v128 {
  return joined(floorDivideForSingle(lower(a), lower(b)), floorDivideForSingle(upper(a), upper(b)))
}
