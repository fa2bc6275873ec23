/** Sine and cosine on |x| <= π / 4: fdlibm's polynomials for f64, Cephes' for f32. Coefficients are read from memory, see elementwise/exp.ts. */

const sines64: usize = memory.data<f64>([
  1.58969099521155010221e-10, -2.50507602534068634195e-8, 2.75573137070700676789e-6, -1.98412698298579493134e-4,
  8.33333333332248946124e-3, -1.66666666666666324348e-1,
])
const cosines64: usize = memory.data<f64>([
  -1.13596475577881948265e-11, 2.08757232129817482790e-9, -2.75573143513906633035e-7, 2.48015872894767294178e-5,
  -1.38888888888741095749e-3, 4.16666666666666019037e-2,
])
const sines32: usize = memory.data<f32>([-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1])
const cosines32: usize = memory.data<f32>([2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2])
const halfAndOne64: usize = memory.data<f64>([0.5, 1])
const halfAndOne32: usize = memory.data<f32>([0.5, 1])

// @ts-ignore: decorator
@inline
function entry<T>(table: usize, i: usize): v128 {
  return sizeof<T>() == 8 ? v128.load64_splat(table + (i << 3)) : v128.load32_splat(table + (i << 2))
}

/** The polynomial in z whose coefficients, highest first, are in the table: six of f64, three of f32. */
// @ts-ignore: decorator
@inline
function polynomial<T>(table: usize, z: v128): v128 {
  let p = v128.add<T>(v128.mul<T>(entry<T>(table, 0), z), entry<T>(table, 1))
  p = v128.add<T>(v128.mul<T>(p, z), entry<T>(table, 2))
  if (sizeof<T>() == 4) return p
  p = v128.add<T>(v128.mul<T>(p, z), entry<T>(table, 3))
  p = v128.add<T>(v128.mul<T>(p, z), entry<T>(table, 4))
  return v128.add<T>(v128.mul<T>(p, z), entry<T>(table, 5))
}

// @ts-ignore: decorator
@inline
export function sinNearZero<T>(x: v128): v128 {
  const z = v128.mul<T>(x, x)
  const p = polynomial<T>(sizeof<T>() == 8 ? sines64 : sines32, z)
  return v128.add<T>(x, v128.mul<T>(v128.mul<T>(x, z), p))
}

// @ts-ignore: decorator
@inline
export function cosNearZero<T>(x: v128): v128 {
  const z = v128.mul<T>(x, x)
  const table = sizeof<T>() == 8 ? halfAndOne64 : halfAndOne32
  const p = polynomial<T>(sizeof<T>() == 8 ? cosines64 : cosines32, z)
  const start = v128.sub<T>(entry<T>(table, 1), v128.mul<T>(z, entry<T>(table, 0)))
  return v128.add<T>(start, v128.mul<T>(v128.mul<T>(z, z), p))
}
