/**
 * Rows standardized: (x - mean) / sqrt(variance + eps), then scaled and shifted by column; without `center` divided by the root of the mean square
 * (RMS norm). Sums are in f64. `stats` has for each row the mean (0 without center) and the reciprocal deviation, in f64.
 */
import { lower, upper } from '../array/elementwise/lanes'

/** The sum of two lanes. */
// @ts-ignore: decorator
@inline
function total(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1)
}

// @ts-ignore: decorator
@inline
function rowSum<T>(x: usize, columns: i32): f64 {
  let j = 0, a = f64x2.splat(0), b = f64x2.splat(0)
  for (; j + 4 <= columns; j += 4) {
    if (sizeof<T>() == 4) {
      const v = v128.load(x + (<usize>j << 2))
      a = f64x2.add(a, lower(v))
      b = f64x2.add(b, upper(v))
    } else {
      a = f64x2.add(a, v128.load(x + (<usize>j << 3)))
      b = f64x2.add(b, v128.load(x + (<usize>j << 3), 16))
    }
  }
  let sum = total(f64x2.add(a, b))
  for (; j < columns; j++) sum += <f64>load<T>(x + <usize>j * sizeof<T>())
  return sum
}

/** The sum of (x - mean)^2. */
// @ts-ignore: decorator
@inline
function squares<T>(x: usize, columns: i32, mean: f64): f64 {
  const m = f64x2.splat(mean)
  let j = 0, a = f64x2.splat(0), b = f64x2.splat(0)
  for (; j + 4 <= columns; j += 4) {
    let p: v128, q: v128
    if (sizeof<T>() == 4) {
      const v = v128.load(x + (<usize>j << 2))
      p = f64x2.sub(lower(v), m)
      q = f64x2.sub(upper(v), m)
    } else {
      p = f64x2.sub(v128.load(x + (<usize>j << 3)), m)
      q = f64x2.sub(v128.load(x + (<usize>j << 3), 16), m)
    }
    a = f64x2.add(a, f64x2.mul(p, p))
    b = f64x2.add(b, f64x2.mul(q, q))
  }
  let sum = total(f64x2.add(a, b))
  for (; j < columns; j++) {
    const d = <f64>load<T>(x + <usize>j * sizeof<T>()) - mean
    sum += d * d
  }
  return sum
}

// @ts-ignore: decorator
@inline
function forward<T>(rows: i32, columns: i32, center: bool, eps: f64, x: usize, weight: usize, bias: usize, y: usize, stats: usize): void {
  const width = <usize>columns * sizeof<T>(), lanes = 16 / <i32>sizeof<T>()
  for (let row = 0; row < rows; row++) {
    const mean = center ? rowSum<T>(x, columns) / <f64>columns : 0
    const scale = 1 / Math.sqrt(squares<T>(x, columns, mean) / <f64>columns + eps)
    store<f64>(stats, mean)
    store<f64>(stats, scale, 8)
    // x - mean is exact or nearly so where it matters; x scale - mean scale would cancel.
    const m = v128.splat<T>(<T>mean), s = v128.splat<T>(<T>scale), left = v128.splat<T>(<T>(mean - <f64>(<T>mean)))
    let j = 0
    for (; j + lanes <= columns; j += lanes) {
      const at = <usize>j * sizeof<T>()
      let v = v128.mul<T>(v128.sub<T>(v128.sub<T>(v128.load(x + at), m), left), s)
      if (weight) v = v128.mul<T>(v, v128.load(weight + at))
      if (bias) v = v128.add<T>(v, v128.load(bias + at))
      v128.store(y + at, v)
    }
    for (; j < columns; j++) {
      const at = <usize>j * sizeof<T>()
      let v = (<f64>load<T>(x + at) - mean) * scale
      if (weight) v *= <f64>load<T>(weight + at)
      if (bias) v += <f64>load<T>(bias + at)
      store<T>(y + at, <T>v)
    }
    x += width
    y += width
    stats += 16
  }
}

/**
 * dx = scale (gw - mean(gw) - xhat mean(gw xhat)), gw = g weight; sums of g xhat and of g by column are added to `dWeight` and `dBias` (f64, may be 0).
 */
// @ts-ignore: decorator
@inline
function backward<T>(rows: i32, columns: i32, center: bool, x: usize, stats: usize, weight: usize, g: usize, dx: usize, dWeight: usize, dBias: usize): void {
  const size = <usize>sizeof<T>(), width = <usize>columns * size, even = columns & ~1
  for (let row = 0; row < rows; row++) {
    const mean = load<f64>(stats), scale = load<f64>(stats, 8)
    const m = f64x2.splat(mean), s = f64x2.splat(scale)
    let sums = f64x2.splat(0), products = f64x2.splat(0), j = 0
    for (; j < even; j += 2) {
      const at = <usize>j * size, wide = <usize>j << 3
      const gy = pair<T>(g + at), xhat = f64x2.mul(f64x2.sub(pair<T>(x + at), m), s)
      const gw = weight ? f64x2.mul(gy, pair<T>(weight + at)) : gy
      sums = f64x2.add(sums, gw)
      products = f64x2.add(products, f64x2.mul(gw, xhat))
      if (dWeight) v128.store(dWeight + wide, f64x2.add(v128.load(dWeight + wide), f64x2.mul(gy, xhat)))
      if (dBias) v128.store(dBias + wide, f64x2.add(v128.load(dBias + wide), gy))
    }
    let sum = total(sums), product = total(products)
    if (j < columns) {
      const at = <usize>j * size, wide = <usize>j << 3
      const gy = <f64>load<T>(g + at), xhat = (<f64>load<T>(x + at) - mean) * scale
      const gw = weight ? gy * <f64>load<T>(weight + at) : gy
      sum += gw
      product += gw * xhat
      if (dWeight) store<f64>(dWeight + wide, load<f64>(dWeight + wide) + gy * xhat)
      if (dBias) store<f64>(dBias + wide, load<f64>(dBias + wide) + gy)
    }
    if (dx) {
      const first = center ? sum / <f64>columns : 0, second = product / <f64>columns
      const a = f64x2.splat(first), b = f64x2.splat(second)
      for (j = 0; j < even; j += 2) {
        const at = <usize>j * size, xhat = f64x2.mul(f64x2.sub(pair<T>(x + at), m), s)
        const gy = pair<T>(g + at), gw = weight ? f64x2.mul(gy, pair<T>(weight + at)) : gy
        const d = f64x2.mul(s, f64x2.sub(f64x2.sub(gw, a), f64x2.mul(xhat, b)))
        if (sizeof<T>() == 4) v128.store64_lane(dx + at, f32x4.demote_f64x2_zero(d), 0)
        else v128.store(dx + at, d)
      }
      if (j < columns) {
        const at = <usize>j * size, xhat = (<f64>load<T>(x + at) - mean) * scale
        const gw = weight ? <f64>load<T>(g + at) * <f64>load<T>(weight + at) : <f64>load<T>(g + at)
        store<T>(dx + at, <T>(scale * (gw - first - xhat * second)))
      }
      dx += width
    }
    x += width
    g += width
    stats += 16
  }
}

/** Two elements as f64. */
// @ts-ignore: decorator
@inline
function pair<T>(from: usize): v128 {
  return sizeof<T>() == 4 ? f64x2.promote_low_f32x4(v128.load64_zero(from)) : v128.load(from)
}

export function layerNorm_f32(
  rows: i32, columns: i32, center: bool, eps: f64, x: usize, weight: usize, bias: usize, y: usize, stats: usize,
): void {
  forward<f32>(rows, columns, center, eps, x, weight, bias, y, stats)
}

export function layerNorm_f64(
  rows: i32, columns: i32, center: bool, eps: f64, x: usize, weight: usize, bias: usize, y: usize, stats: usize,
): void {
  forward<f64>(rows, columns, center, eps, x, weight, bias, y, stats)
}

export function layerNormBackward_f32(
  rows: i32, columns: i32, center: bool, x: usize, stats: usize, weight: usize, g: usize, dx: usize, dWeight: usize, dBias: usize,
): void {
  backward<f32>(rows, columns, center, x, stats, weight, g, dx, dWeight, dBias)
}

export function layerNormBackward_f64(
  rows: i32, columns: i32, center: bool, x: usize, stats: usize, weight: usize, g: usize, dx: usize, dWeight: usize, dBias: usize,
): void {
  backward<f64>(rows, columns, center, x, stats, weight, g, dx, dWeight, dBias)
}
