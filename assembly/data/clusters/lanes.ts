/** Pairs of f64 out of arrays of f32 or f64, and squared distances by differences. */

/** Elements `at` and the next, as f64. */
// @ts-ignore: decorator
@inline
export function pair<T>(at: usize): v128 {
  if (sizeof<T>() == 8) return v128.load(at)
  return f64x2.promote_low_f32x4(v128.load64_zero(at))
}

/** |x - c|^2 of a row of x and a centre in f64; the order of additions depends on d alone. */
// @ts-ignore: decorator
@inline
export function squareBetween<T>(d: i32, x: usize, c: usize): f64 {
  const size = <usize>sizeof<T>()
  let first = f64x2.splat(0)
  let second = f64x2.splat(0)
  let j = 0
  for (; j + 4 <= d; j += 4) {
    const a = f64x2.sub(pair<T>(x), v128.load(c))
    const b = f64x2.sub(pair<T>(x + 2 * size), v128.load(c, 16))
    first = f64x2.add(first, f64x2.mul(a, a))
    second = f64x2.add(second, f64x2.mul(b, b))
    x += 4 * size
    c += 32
  }
  first = f64x2.add(first, second)
  let sum = f64x2.extract_lane(first, 0) + f64x2.extract_lane(first, 1)
  for (; j < d; j++) {
    const a = <f64>load<T>(x) - load<f64>(c)
    sum += a * a
    x += size
    c += 8
  }
  return sum
}
