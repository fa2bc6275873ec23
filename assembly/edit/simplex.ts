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
  // For f32 elements |x| > theta when |x| > the largest f32 that is not above theta: four are passed over by one comparison.
  let floor = <f32>theta
  if (<f64>floor > theta) floor = reinterpret<f32>(reinterpret<u32>(floor) - 1)
  const floors = f32x4.splat(floor)
  let i = 0
  for (; i + 8 <= n; i += 8) {
    const at = x + bytes<T>(i)
    if (sizeof<T>() == 4) {
      const one = f32x4.gt(f32x4.abs(v128.load(at)), floors), two = f32x4.gt(f32x4.abs(v128.load(at, 16)), floors)
      if (!v128.any_true(v128.or(one, two))) continue
    }
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

/** Where Newton's method stands: theta lies in [low, high] (Infinity: not looked for yet); sum and number of the elements above `low`. */
let low: f64 = 0
let high: f64 = 0
let sum: f64 = 0
let above: f64 = 0

/** Goes on until theta is found and written to out, or at most `few` elements lie above `low`. Returns whether it is found. */
function newton<T>(x: usize, n: i32, radius: f64, few: f64, out: usize): bool {
  let slow = 0
  while (above > few) {
    const step = (sum - radius) / above
    const next = low + step
    const nextSum = excess<T>(x, n, next)
    if (active == 0) {
      // Rounding alone brings it up to the largest: one number below, what is left is a difference again.
      const below = reinterpret<f64>(reinterpret<u64>(next) - 1)
      const belowSum = excess<T>(x, n, below)
      store<f64>(out, active > 0 ? below : low)
      store<f64>(out + 8, active > 0 ? (belowSum - radius) / active : step)
      return true
    }
    if (active == above || nextSum <= radius || next == low) {
      store<f64>(out, next)
      store<f64>(out + 8, (nextSum - radius) / active)
      return true
    }
    slow = 2 * active > above ? slow + 1 : 0
    low = next
    sum = nextSum
    above = active
    if (slow < patience) continue
    slow = 0
    if (high == Infinity) high = largest<T>(x, n)
    const half = middle(low, high)
    if (half > low && half < high) probe<T>(x, n, radius, half)
  }
  return false
}

/** Moves an end of the interval to theta. */
function probe<T>(x: usize, n: i32, radius: f64, theta: f64): void {
  const found = excess<T>(x, n, theta)
  if (found > radius) {
    low = theta
    sum = found
    above = active
  } else high = theta
}

/** Sizes above `theta`, as f64; returns how many. */
function gather<T>(x: usize, n: i32, theta: f64, out: usize): i32 {
  const all = f64x2.splat(theta), from = out
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const at = x + bytes<T>(i)
    const a = f64x2.abs(pair<T>(at)), b = f64x2.abs(pair<T>(at + 2 * sizeof<T>()))
    if (!v128.any_true(v128.or(f64x2.gt(a, all), f64x2.gt(b, all)))) continue
    v128.store(out, a)
    // Each is written, and stays when it is above.
    out += <usize>(f64x2.extract_lane(a, 0) > theta) << 3
    store<f64>(out, f64x2.extract_lane(a, 1))
    out += <usize>(f64x2.extract_lane(a, 1) > theta) << 3
    store<f64>(out, f64x2.extract_lane(b, 0))
    out += <usize>(f64x2.extract_lane(b, 0) > theta) << 3
    store<f64>(out, f64x2.extract_lane(b, 1))
    out += <usize>(f64x2.extract_lane(b, 1) > theta) << 3
  }
  for (; i < n; i++) {
    const one = abs(<f64>load<T>(x + bytes<T>(i)))
    store<f64>(out, one)
    out += <usize>(one > theta) << 3
  }
  return <i32>((out - from) >>> 3)
}

/** Elements of a sample, from which a first theta is guessed when there are many times as many. */
const sampled: i32 = 8192

/** Theta of every k-th element, for the radius that is their part. */
function guess<T>(x: usize, n: i32, radius: f64, out: usize, work: usize): f64 {
  const stride = n / sampled
  for (let i = 0; i < sampled; i++)
    store<f64>(work + (<usize>i << 3), abs(<f64>load<T>(x + <usize>i * <usize>stride * sizeof<T>())))
  const part = radius * (<f64>sampled / <f64>n)
  low = 0
  sum = excess<f64>(work, sampled, 0)
  above = active
  if (sum <= part) return 0
  high = Infinity
  newton<f64>(work, sampled, part, 0, out)
  return load<f64>(out)
}

function threshold<T>(x: usize, n: i32, radius: f64, out: usize, work: usize, room: i32): void {
  const total = excess<T>(x, n, 0)
  const nonzero = active
  if (total <= radius) {
    store<f64>(out, 0)
    store<f64>(out + 8, 0)
    return
  }
  const first = room >= sampled && n >= 8 * sampled ? guess<T>(x, n, radius, out, work) : 0
  low = 0
  sum = total
  above = nonzero
  high = Infinity
  const found = first > 0 ? excess<T>(x, n, first) : 0
  if (first > 0 && active > 0) {
    // A tangent crosses the radius below theta, wherever it touches.
    const tangent = first + (found - radius) / active
    if (found <= radius) high = first
    if (tangent > 0) probe<T>(x, n, radius, tangent)
  }
  if (newton<T>(x, n, radius, <f64>(room - 4), out)) return
  // Few are left: all that follows looks at them alone.
  const left = gather<T>(x, n, low, work)
  newton<f64>(work, left, radius, 0, out)
}

/**
 * Writes theta >= 0 to out, as two f64 that it is the sum of; both are 0 when sum |x| <= radius. radius > 0; `work` has room for `room` f64 (5 or
 * more, not before it is needed: best is a sixteenth of n, and 8192).
 */
export function threshold_f32(x: usize, n: i32, radius: f64, out: usize, work: usize, room: i32): void {
  threshold<f32>(x, n, radius, out, work, room)
}

export function threshold_f64(x: usize, n: i32, radius: f64, out: usize, work: usize, room: i32): void {
  threshold<f64>(x, n, radius, out, work, room)
}
