/** x <- a x, in place. */

export function scale_f32(x: usize, n: i32, a: f64): void {
  const factor = f32x4.splat(<f32>a)
  let i = 0
  for (; i + 4 <= n; i += 4) v128.store(x + (<usize>i << 2), f32x4.mul(v128.load(x + (<usize>i << 2)), factor))
  for (; i < n; i++) store<f32>(x + (<usize>i << 2), load<f32>(x + (<usize>i << 2)) * <f32>a)
}

export function scale_f64(x: usize, n: i32, a: f64): void {
  const factor = f64x2.splat(a)
  let i = 0
  for (; i + 2 <= n; i += 2) v128.store(x + (<usize>i << 3), f64x2.mul(v128.load(x + (<usize>i << 3)), factor))
  for (; i < n; i++) store<f64>(x + (<usize>i << 3), load<f64>(x + (<usize>i << 3)) * a)
}
