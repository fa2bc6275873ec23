/** Losses of input and target element by element, added up, with their slopes for the input: one pass. Sums are taken in f64. */
import { sigmoid_f32, sigmoid_f64, softplus_f32, softplus_f64 } from '../array/elementwise/activations'

/** The numbers of losses; src/nn/losses/fused.ts has the same. */
const squares = 0
const absolutes = 1
const hubers = 2
// 3: of logits

// @ts-ignore: decorator
@inline
function lanes<T>(): i32 {
  return 16 / <i32>sizeof<T>()
}

/** Losses of a vector of elements; their slopes are `slope`. */
// @ts-ignore: decorator
@inline
function lossOf<T>(kind: i32, x: v128, y: v128, limit: v128): v128 {
  if (kind == 3) return v128.sub<T>(sizeof<T>() == 8 ? softplus_f64(x) : softplus_f32(x), v128.mul<T>(x, y))
  const d = v128.sub<T>(x, y)
  if (kind == squares) return v128.mul<T>(d, d)
  if (kind == absolutes) return v128.abs<T>(d)
  // c (d - c / 2), c = d cut to +-limit.
  const c = cut<T>(d, limit)
  return v128.mul<T>(c, v128.sub<T>(d, v128.mul<T>(c, v128.splat<T>(<T>0.5))))
}

// @ts-ignore: decorator
@inline
function cut<T>(d: v128, limit: v128): v128 {
  return v128.max<T>(v128.neg<T>(limit), v128.min<T>(limit, d))
}

// @ts-ignore: decorator
@inline
function slopeOf<T>(kind: i32, x: v128, y: v128, limit: v128): v128 {
  if (kind == 3) return v128.sub<T>(sizeof<T>() == 8 ? sigmoid_f64(x) : sigmoid_f32(x), y)
  const d = v128.sub<T>(x, y)
  if (kind == squares) return v128.add<T>(d, d)
  if (kind == hubers) return cut<T>(d, limit)
  // The sign: 0 at 0, NaN for NaN.
  const one = v128.splat<T>(<T>1), zero = v128.splat<T>(<T>0)
  const up = v128.and(v128.gt<T>(d, zero), one), down = v128.and(v128.lt<T>(d, zero), one)
  return v128.bitselect(v128.sub<T>(up, down), d, v128.eq<T>(d, d))
}

/** Adds a vector to two pairs of f64. */
// @ts-ignore: decorator
@inline
function lower<T>(v: v128): v128 {
  return sizeof<T>() == 8 ? v : f64x2.promote_low_f32x4(v)
}

// @ts-ignore: decorator
@inline
function upper<T>(v: v128): v128 {
  if (sizeof<T>() == 8) return f64x2.splat(0)
  return f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15))
}

// @ts-ignore: decorator
@inline
function run<T>(kind: i32, n: i32, limit: f64, x: usize, y: usize, slopes: usize): f64 {
  const l = v128.splat<T>(<T>limit)
  let a = f64x2.splat(0), b = a
  let i = 0
  for (; i + lanes<T>() <= n; i += lanes<T>()) {
    const p = v128.load(x), q = v128.load(y)
    const loss = lossOf<T>(kind, p, q, l)
    if (slopes != 0) {
      v128.store(slopes, slopeOf<T>(kind, p, q, l))
      slopes += 16
    }
    a = f64x2.add(a, lower<T>(loss))
    b = f64x2.add(b, upper<T>(loss))
    x += 16
    y += 16
  }
  a = f64x2.add(a, b)
  let total = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1)
  for (; i < n; i++) {
    const p = v128.splat<T>(load<T>(x)), q = v128.splat<T>(load<T>(y))
    total += <f64>v128.extract_lane<T>(lossOf<T>(kind, p, q, l), 0)
    if (slopes != 0) {
      store<T>(slopes, v128.extract_lane<T>(slopeOf<T>(kind, p, q, l), 0))
      slopes += sizeof<T>()
    }
    x += sizeof<T>()
    y += sizeof<T>()
  }
  return total
}

// @ts-ignore: decorator
@inline
function chosen<T>(kind: i32, n: i32, limit: f64, x: usize, y: usize, slopes: usize): f64 {
  if (kind == squares) return run<T>(squares, n, limit, x, y, slopes)
  if (kind == absolutes) return run<T>(absolutes, n, limit, x, y, slopes)
  if (kind == hubers) return run<T>(hubers, n, limit, x, y, slopes)
  return run<T>(3, n, limit, x, y, slopes)
}

export function residuals_f32(kind: i32, n: i32, limit: f64, x: usize, y: usize, slopes: usize): f64 {
  return chosen<f32>(kind, n, limit, x, y, slopes)
}

export function residuals_f64(kind: i32, n: i32, limit: f64, x: usize, y: usize, slopes: usize): f64 {
  return chosen<f64>(kind, n, limit, x, y, slopes)
}
