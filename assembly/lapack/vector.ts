/** Level-1 kernels on contiguous vectors. Sums of squares are float64 and safe from overflow and underflow. */

// @ts-ignore: decorator
@inline
export function lanes<T>(): i32 {
  return <i32>(16 / sizeof<T>())
}

/** Sum of a vector's lanes. */
// @ts-ignore: decorator
@inline
export function sumLanes<T>(v: v128): T {
  if (sizeof<T>() == 8) return <T>(f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1))
  return <T>(
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 2) + (f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 3))
  )
}

/** xᵀ y. */
export function dot<T>(n: i32, x: usize, y: usize): T {
  let s0 = v128.splat<T>(<T>0), s1 = s0
  const step = 2 * lanes<T>()
  let i = 0
  for (; i + step <= n; i += step) {
    s0 = v128.add<T>(s0, v128.mul<T>(v128.load(x), v128.load(y)))
    s1 = v128.add<T>(s1, v128.mul<T>(v128.load(x, 16), v128.load(y, 16)))
    x += 32
    y += 32
  }
  let sum = sumLanes<T>(v128.add<T>(s0, s1))
  for (; i < n; i++) {
    sum += load<T>(x) * load<T>(y)
    x += sizeof<T>()
    y += sizeof<T>()
  }
  return sum
}

/** y += alpha x. */
export function axpy<T>(n: i32, alpha: T, x: usize, y: usize): void {
  const factor = v128.splat<T>(alpha)
  const step = lanes<T>()
  let i = 0
  for (; i + step <= n; i += step) {
    v128.store(y, v128.add<T>(v128.load(y), v128.mul<T>(factor, v128.load(x))))
    x += 16
    y += 16
  }
  for (; i < n; i++) {
    store<T>(y, load<T>(y) + alpha * load<T>(x))
    x += sizeof<T>()
    y += sizeof<T>()
  }
}

/** x *= alpha, with alpha in float64: f32 elements are multiplied before they are rounded. */
export function scal<T>(n: i32, alpha: f64, x: usize): void {
  for (let i = 0; i < n; i++) {
    store<T>(x, <T>(<f64>load<T>(x) * alpha))
    x += sizeof<T>()
  }
}

function sumOfSquares<T>(n: i32, x: usize): f64 {
  let s0 = f64x2.splat(0), s1 = s0
  let i = 0
  for (; i + 4 <= n; i += 4) {
    let a: v128, b: v128
    if (sizeof<T>() == 8) {
      a = v128.load(x)
      b = v128.load(x, 16)
      x += 32
    } else {
      const both = v128.load(x)
      a = f64x2.promote_low_f32x4(both)
      b = f64x2.promote_low_f32x4(i8x16.shuffle(both, both, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15))
      x += 16
    }
    s0 = f64x2.add(s0, f64x2.mul(a, a))
    s1 = f64x2.add(s1, f64x2.mul(b, b))
  }
  s0 = f64x2.add(s0, s1)
  let sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1)
  for (; i < n; i++) {
    const a = <f64>load<T>(x)
    sum += a * a
    x += sizeof<T>()
  }
  return sum
}

/** Euclidean norm; a second, scaled pass only where the squares leave float64's safe range. */
export function nrm2<T>(n: i32, x: usize): f64 {
  const sum = sumOfSquares<T>(n, x)
  if ((sum > 1e-280 && sum < 1e300) || sizeof<T>() == 4) return Math.sqrt(sum)
  const largest = absMax<T>(n, x)
  if (largest == 0 || !(largest < Infinity)) return largest
  let scaled: f64 = 0
  for (let i = 0; i < n; i++) {
    const a = <f64>load<T>(x + <usize>i * sizeof<T>()) / largest
    scaled += a * a
  }
  return largest * Math.sqrt(scaled)
}

/** max |x|; NaN when any element is NaN. */
export function absMax<T>(n: i32, x: usize): f64 {
  let v = v128.splat<T>(<T>0)
  const step = lanes<T>()
  let i = 0
  for (; i + step <= n; i += step) {
    v = v128.max<T>(v, v128.abs<T>(v128.load(x)))
    x += 16
  }
  let most: f64 = 0
  if (sizeof<T>() == 8) most = Math.max(f64x2.extract_lane(v, 0), f64x2.extract_lane(v, 1))
  else
    most = Math.max(
      Math.max(<f64>f32x4.extract_lane(v, 0), <f64>f32x4.extract_lane(v, 1)),
      Math.max(<f64>f32x4.extract_lane(v, 2), <f64>f32x4.extract_lane(v, 3)),
    )
  for (; i < n; i++) {
    most = Math.max(most, Math.abs(<f64>load<T>(x)))
    x += sizeof<T>()
  }
  return most
}
