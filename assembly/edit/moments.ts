/** What an edit tells of finite f32: cheaper than the statistics of `arith`, which also count exponents and subnormals. */

/**
 * Writes six f64: zeros, sum of |x|, sum of x, sum of x^2 (of finite f32 it stays far inside the range of f64; else it is not finite), least and
 * largest. n >= 1.
 */
export function moments_f32(x: usize, n: i32, out: usize): void {
  const none = f64x2.splat(0)
  let l1 = none, l1High = none, sum = none, sumHigh = none, squares = none, squaresHigh = none
  let zeros = i32x4.splat(0), least = f32x4.splat(load<f32>(x)), largest = least
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const all = v128.load(x + (<usize>i << 2))
    zeros = i32x4.sub(zeros, f32x4.eq(all, f32x4.splat(0)))
    least = f32x4.pmin(least, all)
    largest = f32x4.pmax(largest, all)
    const low = f64x2.promote_low_f32x4(all)
    const high = f64x2.promote_low_f32x4(i8x16.shuffle(all, all, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15))
    l1 = f64x2.add(l1, f64x2.abs(low))
    l1High = f64x2.add(l1High, f64x2.abs(high))
    sum = f64x2.add(sum, low)
    sumHigh = f64x2.add(sumHigh, high)
    squares = f64x2.add(squares, f64x2.mul(low, low))
    squaresHigh = f64x2.add(squaresHigh, f64x2.mul(high, high))
  }
  l1 = f64x2.add(l1, l1High)
  sum = f64x2.add(sum, sumHigh)
  squares = f64x2.add(squares, squaresHigh)
  let count = i32x4.extract_lane(zeros, 0) + i32x4.extract_lane(zeros, 1) + i32x4.extract_lane(zeros, 2) + i32x4.extract_lane(zeros, 3)
  let sumOfSizes = f64x2.extract_lane(l1, 0) + f64x2.extract_lane(l1, 1)
  let total = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
  let sumOfSquares = f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1)
  let smallest = min<f32>(min<f32>(f32x4.extract_lane(least, 0), f32x4.extract_lane(least, 1)), min<f32>(f32x4.extract_lane(least, 2), f32x4.extract_lane(least, 3)))
  let greatest = max<f32>(max<f32>(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)), max<f32>(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)))
  for (; i < n; i++) {
    const one = load<f32>(x + (<usize>i << 2)), wide = <f64>one
    if (one == 0) count++
    sumOfSizes += abs<f64>(wide)
    total += wide
    sumOfSquares += wide * wide
    smallest = min<f32>(smallest, one)
    greatest = max<f32>(greatest, one)
  }
  store<f64>(out, <f64>count)
  store<f64>(out + 8, sumOfSizes)
  store<f64>(out + 16, total)
  store<f64>(out + 24, sumOfSquares)
  store<f64>(out + 32, <f64>smallest)
  store<f64>(out + 40, <f64>greatest)
}

/** Sum of (x - center)^2. */
export function squaresAround_f32(x: usize, n: i32, center: f64): f64 {
  const middle = f64x2.splat(center)
  let sum = f64x2.splat(0)
  let i = 0
  for (; i + 2 <= n; i += 2) {
    const from = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(x + (<usize>i << 2))), middle)
    sum = f64x2.add(sum, f64x2.mul(from, from))
  }
  let total = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
  if (i < n) {
    const from = <f64>load<f32>(x + (<usize>i << 2)) - center
    total += from * from
  }
  return total
}
