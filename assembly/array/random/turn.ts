/** Sine and cosine on |x| <= π / 4, and of whole turns given as integers, whose reduction is exact. */

// @ts-ignore: decorator
@inline
export function sinNearZero<T>(x: v128): v128 {
  const z = v128.mul<T>(x, x)
  let p: v128
  if (sizeof<T>() == 8) {
    p = f64x2.splat(1.58969099521155010221e-10)
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-2.50507602534068634195e-8))
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.75573137070700676789e-6))
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-1.98412698298579493134e-4))
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(8.33333333332248946124e-3))
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-1.66666666666666324348e-1))
  } else {
    p = f32x4.splat(-1.9515295891e-4)
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(8.3321608736e-3))
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-1.6666654611e-1))
  }
  return v128.add<T>(x, v128.mul<T>(v128.mul<T>(x, z), p))
}

// @ts-ignore: decorator
@inline
export function cosNearZero<T>(x: v128): v128 {
  const z = v128.mul<T>(x, x)
  let p: v128
  if (sizeof<T>() == 8) {
    p = f64x2.splat(-1.13596475577881948265e-11)
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.08757232129817482790e-9))
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-2.75573143513906633035e-7))
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.48015872894767294178e-5))
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-1.38888888888741095749e-3))
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(4.16666666666666019037e-2))
  } else {
    p = f32x4.splat(2.443315711809948e-5)
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-1.388731625493765e-3))
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(4.166664568298827e-2))
  }
  const half = v128.mul<T>(z, v128.splat<T>(<T>0.5))
  return v128.add<T>(v128.sub<T>(v128.splat<T>(<T>1), half), v128.mul<T>(v128.mul<T>(z, z), p))
}
