/**
 * Rows standardized: (x - mean) / sqrt(variance + eps), then scaled and shifted by column; without `center` divided by the root of the mean square
 * (RMS norm). `stats` has for each row the mean (0 without center) and the reciprocal deviation, in f64. Sums are in f64; those of f32 are of
 * deviations from a first mean, in f32 by blocks of 1024, and the f64 way is taken where their squares leave the range.
 */
import { lower, upper } from '../array/elementwise/lanes'

/** Elements that are summed in f32. */
const block: i32 = 1024

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

/** The sum of four f32 lanes, in f64. */
// @ts-ignore: decorator
@inline
function total32(x: v128): f64 {
  return total(f64x2.add(lower(x), upper(x)))
}

/** A mean that is only near: of f32 summed in f32. */
function nearMean(x: usize, columns: i32): f32 {
  let sum: f64 = 0
  for (let from = 0; from < columns; from += block) {
    const to = min(columns, from + block)
    let j = from, a = f32x4.splat(0), b = f32x4.splat(0)
    for (; j + 8 <= to; j += 8) {
      a = f32x4.add(a, v128.load(x + (<usize>j << 2)))
      b = f32x4.add(b, v128.load(x + (<usize>j << 2), 16))
    }
    sum += total32(f32x4.add(a, b))
    for (; j < to; j++) sum += <f64>load<f32>(x + (<usize>j << 2))
  }
  return <f32>(sum / <f64>columns)
}

/** Mean and mean square of the deviations of f32 from `near`, to `stats`. False where squares may have left the range of f32. */
function deviations(x: usize, columns: i32, near: f32, stats: usize): bool {
  const m = f32x4.splat(near)
  let sum: f64 = 0, square: f64 = 0
  for (let from = 0; from < columns; from += block) {
    const to = min(columns, from + block)
    let j = from, a = f32x4.splat(0), b = a, p = a, q = a
    for (; j + 8 <= to; j += 8) {
      const d = f32x4.sub(v128.load(x + (<usize>j << 2)), m), e = f32x4.sub(v128.load(x + (<usize>j << 2), 16), m)
      a = f32x4.add(a, d)
      b = f32x4.add(b, e)
      p = f32x4.add(p, f32x4.mul(d, d))
      q = f32x4.add(q, f32x4.mul(e, e))
    }
    sum += total32(f32x4.add(a, b))
    square += total32(f32x4.add(p, q))
    for (; j < to; j++) {
      const d = <f64>(load<f32>(x + (<usize>j << 2)) - near)
      sum += d
      square += d * d
    }
  }
  store<f64>(stats, sum / <f64>columns)
  store<f64>(stats, square / <f64>columns, 8)
  return square > 1e-25 && square < 1e37
}

/** Mean and reciprocal deviation of a row to `stats`. */
// @ts-ignore: decorator
@inline
function measure<T>(x: usize, columns: i32, center: bool, eps: f64, stats: usize): void {
  if (sizeof<T>() == 4) {
    const near: f32 = center ? nearMean(x, columns) : 0
    if (deviations(x, columns, near, stats)) {
      const off = center ? load<f64>(stats) : 0
      store<f64>(stats, <f64>near + off)
      store<f64>(stats, 1 / Math.sqrt(Math.max(0, load<f64>(stats, 8) - off * off) + eps), 8)
      return
    }
  }
  const mean = center ? rowSum<T>(x, columns) / <f64>columns : 0
  store<f64>(stats, mean)
  store<f64>(stats, 1 / Math.sqrt(squares<T>(x, columns, mean) / <f64>columns + eps), 8)
}

// @ts-ignore: decorator
@inline
function forward<T>(rows: i32, columns: i32, center: bool, eps: f64, x: usize, weight: usize, bias: usize, y: usize, stats: usize): void {
  const width = <usize>columns * sizeof<T>(), lanes = 16 / <i32>sizeof<T>()
  for (let row = 0; row < rows; row++) {
    measure<T>(x, columns, center, eps, stats)
    const mean = load<f64>(stats), scale = load<f64>(stats, 8)
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

// ---- the same for f32, four columns at a time and up to four rows for the sums by column

/** xhat of four columns. */
// @ts-ignore: decorator
@inline
function standard(x: usize, mean: v128, rest: v128, scale: v128): v128 {
  return f32x4.mul(f32x4.sub(f32x4.sub(v128.load(x), mean), rest), scale)
}

/**
 * What dx takes of a row, as f32 to `row`: mean of gw, mean of gw xhat, the row's mean in two words, its scale. `columns` is a multiple of 4.
 */
function summarize(columns: i32, center: bool, x: usize, stats: usize, weight: usize, g: usize, row: usize): void {
  const mean = load<f64>(stats), m = <f32>mean, rest = <f32>(mean - <f64>m), scale = <f32>load<f64>(stats, 8)
  const vm = f32x4.splat(m), vr = f32x4.splat(rest), vs = f32x4.splat(scale)
  let sum: f64 = 0, product: f64 = 0
  for (let from = 0; from < columns; from += block) {
    const to = <usize>min(columns, from + block) << 2
    let a = f32x4.splat(0), p = a
    for (let at = <usize>from << 2; at < to; at += 16) {
      let gw = v128.load(g + at)
      if (weight) gw = f32x4.mul(gw, v128.load(weight + at))
      a = f32x4.add(a, gw)
      p = f32x4.add(p, f32x4.mul(gw, standard(x + at, vm, vr, vs)))
    }
    sum += total32(a)
    product += total32(p)
  }
  store<f32>(row, center ? <f32>(sum / <f64>columns) : 0)
  store<f32>(row, <f32>(product / <f64>columns), 4)
  store<f32>(row, m, 8)
  store<f32>(row, rest, 12)
  store<f32>(row, scale, 16)
}

/** sums (f64, of four columns) += x. */
// @ts-ignore: decorator
@inline
function addWide(sums: usize, x: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), lower(x)))
  v128.store(sums, f64x2.add(v128.load(sums, 16), upper(x)), 16)
}

/** `scratch`: 80 bytes, five f32 for each of four rows. */
function backwardSingle(
  rows: i32, columns: i32, center: bool, x: usize, stats: usize, weight: usize, g: usize, dx: usize, dWeight: usize, dBias: usize, scratch: usize,
): void {
  const width = <usize>columns << 2
  for (let first = 0; first < rows; first += 4) {
    const count = <usize>min(4, rows - first), end = scratch + count * 20
    for (let r: usize = 0; r < count; r++)
      summarize(columns, center, x + r * width, stats + (r << 4), weight, g + r * width, scratch + r * 20)
    for (let j: usize = 0; j < width; j += 16) {
      const w = weight ? v128.load(weight + j) : f32x4.splat(1)
      let slopes = f32x4.splat(0), sums = slopes, at = j
      for (let row = scratch; row < end; row += 20) {
        const gy = v128.load(g + at), scale = v128.load32_splat(row + 16)
        const xhat = standard(x + at, v128.load32_splat(row + 8), v128.load32_splat(row + 12), scale)
        slopes = f32x4.add(slopes, f32x4.mul(gy, xhat))
        sums = f32x4.add(sums, gy)
        if (dx) {
          const d = f32x4.sub(f32x4.sub(f32x4.mul(gy, w), v128.load32_splat(row)), f32x4.mul(xhat, v128.load32_splat(row + 4)))
          v128.store(dx + at, f32x4.mul(scale, d))
        }
        at += width
      }
      if (dWeight) addWide(dWeight + 2 * j, slopes)
      if (dBias) addWide(dBias + 2 * j, sums)
    }
    x += count * width
    g += count * width
    if (dx) dx += count * width
    stats += count << 4
  }
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
  rows: i32, columns: i32, center: bool, x: usize, stats: usize, weight: usize, g: usize, dx: usize, dWeight: usize, dBias: usize, scratch: usize,
): void {
  if ((columns & 3) == 0) backwardSingle(rows, columns, center, x, stats, weight, g, dx, dWeight, dBias, scratch)
  else backward<f32>(rows, columns, center, x, stats, weight, g, dx, dWeight, dBias)
}

export function layerNormBackward_f64(
  rows: i32, columns: i32, center: bool, x: usize, stats: usize, weight: usize, g: usize, dx: usize, dWeight: usize, dBias: usize, _scratch: usize,
): void {
  backward<f64>(rows, columns, center, x, stats, weight, g, dx, dWeight, dBias)
}
