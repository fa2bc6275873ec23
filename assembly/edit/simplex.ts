/**
 * The threshold of the projection onto the L1 ball: theta with sum max(|x| - theta, 0) = radius. Newton's method on that convex, decreasing,
 * piecewise linear sum (Michelot 1986 in other words; Condat 2016) from below: it ends exactly, when no element lies between two thresholds.
 * Input made against it is caught by halving the interval of bits that theta lies in, so that the number of passes is bounded.
 */
import { bytes, pair, single } from './lanes'

/** What a pass finds beside its result. */
let active: f64 = 0

/** Sum of |x| - theta over the elements where that is positive; their number in `active`. */
function excess<T>(x: usize, n: i32, theta: f64): f64 {
  const all = f64x2.splat(theta), zero = f64x2.splat(0)
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero, c0 = i64x2.splat(0), c1 = c0
  let i = 0
  for (; i + 8 <= n; i += 8) {
    const at = x + bytes<T>(i)
    const a = f64x2.sub(f64x2.abs(pair<T>(at)), all), b = f64x2.sub(f64x2.abs(pair<T>(at + 2 * sizeof<T>())), all)
    const c = f64x2.sub(f64x2.abs(pair<T>(at + 4 * sizeof<T>())), all), d = f64x2.sub(f64x2.abs(pair<T>(at + 6 * sizeof<T>())), all)
    const aIn = f64x2.gt(a, zero), bIn = f64x2.gt(b, zero), cIn = f64x2.gt(c, zero), dIn = f64x2.gt(d, zero)
    s0 = f64x2.add(s0, v128.and(a, aIn))
    s1 = f64x2.add(s1, v128.and(b, bIn))
    s2 = f64x2.add(s2, v128.and(c, cIn))
    s3 = f64x2.add(s3, v128.and(d, dIn))
    // A mask is -1 as an integer.
    c0 = i64x2.sub(c0, i64x2.add(aIn, bIn))
    c1 = i64x2.sub(c1, i64x2.add(cIn, dIn))
  }
  s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3))
  c0 = i64x2.add(c0, c1)
  let sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1)
  let count = i64x2.extract_lane(c0, 0) + i64x2.extract_lane(c0, 1)
  for (; i < n; i++) {
    const one = abs(<f64>load<T>(x + bytes<T>(i))) - theta
    if (one > 0) {
      sum += one
      count++
    }
  }
  active = <f64>count
  return sum
}

function largest<T>(x: usize, n: i32): f64 {
  let m = f64x2.splat(0)
  let i = 0
  for (; i + 2 <= n; i += 2) m = f64x2.max(m, f64x2.abs(pair<T>(x + bytes<T>(i))))
  if (i < n) m = f64x2.max(m, f64x2.abs(single<T>(x + bytes<T>(i))))
  return max(f64x2.extract_lane(m, 0), f64x2.extract_lane(m, 1))
}

/** Half way between two positive numbers as their bits count. */
// @ts-ignore: decorator
@inline
function middle(low: f64, high: f64): f64 {
  return reinterpret<f64>((reinterpret<u64>(low) + reinterpret<u64>(high)) >>> 1)
}

/** Newton steps in a row that leave more than half of the active elements, before the interval is halved once. */
const patience: i32 = 3

function threshold<T>(x: usize, n: i32, radius: f64, out: usize): void {
  let low: f64 = 0
  let sum = excess<T>(x, n, 0)
  store<f64>(out, 0)
  store<f64>(out + 8, 0)
  if (sum <= radius) return
  let high = largest<T>(x, n)
  let count = active
  let slow = 0
  while (true) {
    const step = (sum - radius) / count
    const next = low + step
    const nextSum = excess<T>(x, n, next)
    const nextCount = active
    if (nextCount == 0) {
      // Only rounding brings it past the largest: the step itself holds what is left.
      store<f64>(out, low)
      store<f64>(out + 8, step)
      return
    }
    if (nextCount == count || nextSum <= radius || next == low) {
      store<f64>(out, next)
      store<f64>(out + 8, (nextSum - radius) / nextCount)
      return
    }
    slow = 2 * nextCount > count ? slow + 1 : 0
    low = next
    sum = nextSum
    count = nextCount
    if (slow < patience) continue
    slow = 0
    const half = middle(low, high)
    if (half <= low || half >= high) continue
    const halfSum = excess<T>(x, n, half)
    if (halfSum > radius) {
      low = half
      sum = halfSum
      count = active
    } else high = half
  }
}

/** Writes theta >= 0 to out, as two f64 that it is the sum of; both are 0 when sum |x| <= radius. radius > 0. */
export function threshold_f32(x: usize, n: i32, radius: f64, out: usize): void {
  threshold<f32>(x, n, radius, out)
}

export function threshold_f64(x: usize, n: i32, radius: f64, out: usize): void {
  threshold<f64>(x, n, radius, out)
}
