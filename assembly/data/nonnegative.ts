/** Coordinate descent for non-negative factors. */

/**
 * One pass over the coordinates of each column of z [k, m], 1/2 z' G z - p' z with z >= 0, for gram = G [k, k] and products = p [k, m]: rows t = 0, 1, ...
 * one after the other, each coordinate to its minimum (a zero diagonal leaves it). m is a multiple of 64 bytes' elements; pad by zeros. Returns the sum
 * of sizes of the projected gradient, as each coordinate was met. Sources: Cichocki & Phan (2009), Hsieh & Dhillon (2011).
 */
// @ts-ignore: decorator
@inline
function descendColumns<T>(k: i32, m: i32, z: usize, gram: usize, products: usize): f64 {
  const size = <usize>sizeof<T>()
  const stride = <usize>m * size
  const zero = v128.splat<T>(0)
  let total: f64 = 0
  for (let at: usize = 0; at < stride; at += 64) {
    let sums = zero
    let row = gram
    let place = z + at
    for (let t = 0; t < k; t++) {
      const p = products + <usize>t * stride + at
      let a = v128.neg<T>(v128.load(p))
      let b = v128.neg<T>(v128.load(p, 16))
      let c = v128.neg<T>(v128.load(p, 32))
      let d = v128.neg<T>(v128.load(p, 48))
      let from = z + at
      for (let r = 0; r < k; r++) {
        const g = v128.splat<T>(load<T>(row))
        a = v128.add<T>(a, v128.mul<T>(g, v128.load(from)))
        b = v128.add<T>(b, v128.mul<T>(g, v128.load(from, 16)))
        c = v128.add<T>(c, v128.mul<T>(g, v128.load(from, 32)))
        d = v128.add<T>(d, v128.mul<T>(g, v128.load(from, 48)))
        row += size
        from += stride
      }
      const curvature = load<T>(row - <usize>(k - t) * size)
      const step = v128.splat<T>(curvature > 0 ? <T>(1 / curvature) : <T>0)
      sums = v128.add<T>(sums, v128.add<T>(v128.add<T>(moved<T>(place, a, step), moved<T>(place + 16, b, step)), v128.add<T>(moved<T>(place + 32, c, step), moved<T>(place + 48, d, step))))
      place += stride
    }
    if (sizeof<T>() == 8) total += f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
    else
      total +=
        <f64>f32x4.extract_lane(sums, 0) +
        <f64>f32x4.extract_lane(sums, 1) +
        <f64>f32x4.extract_lane(sums, 2) +
        <f64>f32x4.extract_lane(sums, 3)
  }
  return total
}

/** Steps against the gradient, not below zero; returns the size of the projected gradient. */
// @ts-ignore: decorator
@inline
function moved<T>(place: usize, gradient: v128, step: v128): v128 {
  const zero = v128.splat<T>(0)
  const x = v128.load(place)
  v128.store(place, v128.pmax<T>(zero, v128.sub<T>(x, v128.mul<T>(gradient, step))))
  // At zero only a negative gradient can move it.
  return v128.abs<T>(v128.bitselect(v128.pmin<T>(zero, gradient), gradient, v128.eq<T>(x, zero)))
}

export function descendColumns_f32(k: i32, m: i32, z: usize, gram: usize, products: usize): f64 {
  return descendColumns<f32>(k, m, z, gram, products)
}

export function descendColumns_f64(k: i32, m: i32, z: usize, gram: usize, products: usize): f64 {
  return descendColumns<f64>(k, m, z, gram, products)
}
