/** Whether all elements of a chunk are finite. */

/** 1 where every element is finite, else 0. */
export function finite_f32(x: usize, n: i32): i32 {
  const zero = f32x4.splat(0)
  let all = i32x4.splat(-1)
  let i = 0
  // 0 x is 0 for finite x and NaN for all others.
  for (; i + 4 <= n; i += 4) all = v128.and(all, f32x4.eq(f32x4.mul(v128.load(x + (<usize>i << 2)), zero), zero))
  if (!i32x4.all_true(all)) return 0
  for (; i < n; i++) if (load<f32>(x + (<usize>i << 2)) * 0 != 0) return 0
  return 1
}

export function finite_f64(x: usize, n: i32): i32 {
  const zero = f64x2.splat(0)
  let all = i64x2.splat(-1)
  let i = 0
  for (; i + 2 <= n; i += 2) all = v128.and(all, f64x2.eq(f64x2.mul(v128.load(x + (<usize>i << 3)), zero), zero))
  if (!i64x2.all_true(all)) return 0
  for (; i < n; i++) if (load<f64>(x + (<usize>i << 3)) * 0 != 0) return 0
  return 1
}
