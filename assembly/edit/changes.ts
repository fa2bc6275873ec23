/** What changed between two chunks of f32, where `pairs` would say more than an edit asks for. Squares of f32 stay inside f64's range. */

/** The next two differences, of f32 in the low half of `a` and `b`. */
// @ts-ignore: decorator
@inline
function difference(a: v128, b: v128): v128 {
  return f64x2.sub(f64x2.promote_low_f32x4(b), f64x2.promote_low_f32x4(a))
}

/**
 * Writes four f64: elements that differ (NaN is equal to NaN), and the sum of |b - a|, of its square, and its maximum over elements where both are
 * finite.
 */
export function changes_f32(a: usize, b: usize, n: i32, out: usize): void {
  const zero = f64x2.splat(0), infinity = f64x2.splat(Infinity)
  let count = i64x2.splat(0), l1 = zero, l1High = zero, squares = zero, squaresHigh = zero, most = zero
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const x = v128.load(a + (<usize>i << 2)), y = v128.load(b + (<usize>i << 2))
    if (i32x4.all_true(f32x4.eq(x, y))) continue
    const low = difference(x, y), high = difference(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.shuffle(y, y, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15))
    const lowSize = f64x2.abs(low), highSize = f64x2.abs(high)
    // Comparisons with NaN are false: it counts nowhere.
    count = i64x2.sub(i64x2.sub(count, f64x2.gt(lowSize, zero)), f64x2.gt(highSize, zero))
    const u = v128.and(lowSize, f64x2.lt(lowSize, infinity)), v = v128.and(highSize, f64x2.lt(highSize, infinity))
    l1 = f64x2.add(l1, u)
    l1High = f64x2.add(l1High, v)
    squares = f64x2.add(squares, f64x2.mul(u, u))
    squaresHigh = f64x2.add(squaresHigh, f64x2.mul(v, v))
    most = f64x2.pmax(most, f64x2.pmax(u, v))
  }
  let changed = <f64>(i64x2.extract_lane(count, 0) + i64x2.extract_lane(count, 1))
  l1 = f64x2.add(l1, l1High)
  squares = f64x2.add(squares, squaresHigh)
  let sum = f64x2.extract_lane(l1, 0) + f64x2.extract_lane(l1, 1)
  let sumOfSquares = f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1)
  let largest = max<f64>(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1))
  for (; i < n; i++) {
    const size = abs<f64>(<f64>load<f32>(b + (<usize>i << 2)) - <f64>load<f32>(a + (<usize>i << 2)))
    if (!(size > 0)) continue
    changed += 1
    if (size == Infinity) continue
    sum += size
    sumOfSquares += size * size
    largest = max<f64>(largest, size)
  }
  store<f64>(out, changed)
  store<f64>(out + 8, sum)
  store<f64>(out + 16, sumOfSquares)
  store<f64>(out + 24, largest)
}
