/** Sums over a block that fits the first-level cache, without the histogram: for blocks that need a shift, a scale or a mask. */
import { accumulate, bump, joinDeviations, l1At, maxAt, minAt, nanAt, negInfAt, posInfAt, squaresAt, sumAt } from './state'

/**
 * Elements of a block. A sum of n terms in four lanes is off by less than n / 4 units in the last place: 2.3e-13 here, and sums of blocks add
 * nothing to that.
 */
export const blockElements: u32 = 8192

// Results of the last sweep.
export let sum: f64 = 0
export let l1: f64 = 0
export let squares: f64 = 0
export let least: f64 = 0
export let most: f64 = 0

/** Publishes a sweep's results. */
// @ts-ignore: decorator
@inline
export function setSums(sum_: f64, l1_: f64, squares_: f64, least_: f64, most_: f64): void {
  sum = sum_
  l1 = l1_
  squares = squares_
  least = least_
  most = most_
}

/** Sums of x * scale - shift, |x * scale| and (x * scale - shift)^2, in float64. */
export function sweep<T>(from: usize, n: u32, shift: f64, scale: f64): void {
  const shifts = f64x2.splat(shift)
  const scales = f64x2.splat(scale)
  let s0 = f64x2.splat(0), s1 = s0, a0 = s0, a1 = s0, q0 = s0, q1 = s0
  let low = f64x2.splat(Infinity), high = f64x2.splat(-Infinity)
  let left = n
  for (; left >= 4; left -= 4, from += 4 * sizeof<T>()) {
    let x0: v128, x1: v128
    if (sizeof<T>() == 4) {
      x0 = f64x2.promote_low_f32x4(v128.load64_zero(from))
      x1 = f64x2.promote_low_f32x4(v128.load64_zero(from, 8))
    } else {
      x0 = v128.load(from)
      x1 = v128.load(from, 16)
    }
    low = f64x2.pmin(f64x2.pmin(low, x0), x1)
    high = f64x2.pmax(f64x2.pmax(high, x0), x1)
    if (sizeof<T>() == 8) {
      x0 = f64x2.mul(x0, scales)
      x1 = f64x2.mul(x1, scales)
    }
    a0 = f64x2.add(a0, f64x2.abs(x0))
    a1 = f64x2.add(a1, f64x2.abs(x1))
    const d0 = f64x2.sub(x0, shifts), d1 = f64x2.sub(x1, shifts)
    s0 = f64x2.add(s0, d0)
    s1 = f64x2.add(s1, d1)
    q0 = f64x2.add(q0, f64x2.mul(d0, d0))
    q1 = f64x2.add(q1, f64x2.mul(d1, d1))
  }
  let total = lanes(f64x2.add(s0, s1)), absolute = lanes(f64x2.add(a0, a1)), square = lanes(f64x2.add(q0, q1))
  let smallest = min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1))
  let largest = max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1))
  for (; left > 0; left--, from += sizeof<T>()) {
    const value = <f64>load<T>(from)
    smallest = min(smallest, value)
    largest = max(largest, value)
    const x = value * scale
    absolute += abs(x)
    total += x - shift
    square += (x - shift) * (x - shift)
  }
  setSums(total, absolute, square, smallest, largest)
}

// @ts-ignore: decorator
@inline
export function lanes(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
}

/** Copies the finite elements to `to` and counts the others. Returns how many are finite. */
export function compact<T>(state: usize, from: usize, n: u32, to: usize): u32 {
  let kept: u32 = 0
  let nan = 0, posInf = 0, negInf = 0
  for (let i: u32 = 0; i < n; i++, from += sizeof<T>()) {
    const x = load<T>(from)
    store<T>(to + <usize>kept * sizeof<T>(), x)
    if (abs(x) < <T>Infinity) kept++
    else if (x != x) nan++
    else if (x > 0) posInf++
    else negInf++
  }
  bump(state, nanAt, nan)
  bump(state, posInfAt, posInf)
  bump(state, negInfAt, negInf)
  return kept
}

export function countZeros<T>(from: usize, n: u32): u32 {
  const zero = i32x4.splat(0)
  const step: u32 = 16 / sizeof<T>()
  let counts = zero
  let left = n
  for (; left >= step; left -= step, from += 16) {
    const v = v128.load(from)
    counts = sizeof<T>() == 4 ? i32x4.sub(counts, f32x4.eq(v, zero)) : i64x2.sub(counts, f64x2.eq(v, zero))
  }
  let zeros: u32 = 0
  if (sizeof<T>() == 4)
    zeros =
      i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1) +
      (i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3))
  else zeros = <u32>(i64x2.extract_lane(counts, 0) + i64x2.extract_lane(counts, 1))
  for (; left > 0; left--, from += sizeof<T>()) if (load<T>(from) == 0) zeros++
  return zeros
}

/** Widens the state's range to hold `low` and `high`. */
export function extend(state: usize, low: f64, high: f64): void {
  store<f64>(state, min(load<f64>(state, minAt), low), minAt)
  store<f64>(state, max(load<f64>(state, maxAt), high), maxAt)
}

/** Whether the mean of a block of `n` elements whose sums stand above would drown the deviations. */
export function cancels(n: u32): bool {
  const product = sum * (sum / <f64>n)
  return product > 4 * (squares - product)
}

/**
 * Joins a swept block of `n` > 0 finite elements (unshifted sums stand in the variables above, in the scale of the state's zone). Where the
 * mean would drown the deviations, the block is swept again around its mean.
 */
export function joinBlock<T>(state: usize, from: usize, n: u32, scale: f64): void {
  const count = <f64>n
  extend(state, least, most)
  accumulate(state, sumAt, sum)
  accumulate(state, l1At, l1)
  accumulate(state, squaresAt, squares)
  let mean = sum / count
  let deviation = sum
  let shift: f64 = 0
  let m2 = squares - sum * mean
  if (cancels(n)) {
    // A shift with the elements' own precision makes the differences exact.
    shift = least == most ? least * scale : sizeof<T>() == 4 ? <f64>(<f32>mean) : mean
    sweep<T>(from, n, shift, scale)
    deviation = sum
    m2 = max(0, squares - sum * (sum / count))
  }
  joinDeviations(state, count, shift, deviation, m2)
}
