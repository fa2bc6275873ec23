/**
 * Normalization of channels of x [outer, channels, area]. Statistics are taken of values less the channel's first value, plane by plane in two
 * passes while the plane is in the first cache, and merged by Chan, Golub & LeVeque's formula (1983): nothing cancels.
 */
import { normalizeRows, rowMoments, rowsBack, rowSums } from './batchNormRows'

/** Whether a channel has one value in each example, and channels fill a vector: then it goes by rows. */
// @ts-ignore: decorator
@inline
function isByRows<T>(channels: i32, area: i32): bool {
  return area == 1 && channels * <i32>sizeof<T>() >= 16
}

// @ts-ignore: decorator
@inline
function sumOf<T>(v: v128): f64 {
  if (sizeof<T>() == 8) return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
  return (
    <f64>f32x4.extract_lane(v, 0) + <f64>f32x4.extract_lane(v, 1) +
    (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3))
  )
}

/** Sum of (x - shift). */
// @ts-ignore: decorator
@inline
function shiftedSum<T>(x: usize, n: i32, shift: T): f64 {
  const end = x + <usize>n * sizeof<T>()
  const s = v128.splat<T>(shift)
  let p = v128.splat<T>(<T>0), q = p
  for (; x + 32 <= end; x += 32) {
    p = v128.add<T>(p, v128.sub<T>(v128.load(x), s))
    q = v128.add<T>(q, v128.sub<T>(v128.load(x, 16), s))
  }
  let total = sumOf<T>(v128.add<T>(p, q))
  for (; x < end; x += sizeof<T>()) total += <f64>(load<T>(x) - shift)
  return total
}

/** Sum of (x - centre)². */
// @ts-ignore: decorator
@inline
function squaresAround<T>(x: usize, n: i32, centre: T): f64 {
  const end = x + <usize>n * sizeof<T>()
  const s = v128.splat<T>(centre)
  let p = v128.splat<T>(<T>0), q = p
  for (; x + 32 <= end; x += 32) {
    const a = v128.sub<T>(v128.load(x), s), b = v128.sub<T>(v128.load(x, 16), s)
    p = v128.add<T>(p, v128.mul<T>(a, a))
    q = v128.add<T>(q, v128.mul<T>(b, b))
  }
  let total = sumOf<T>(v128.add<T>(p, q))
  for (; x < end; x += sizeof<T>()) {
    const d = <f64>(load<T>(x) - centre)
    total += d * d
  }
  return total
}

/** mean [channels] and variance [channels] (of the population). */
function channelMoments<T>(x: usize, outer: i32, channels: i32, area: i32, mean: usize, variance: usize): void {
  if (isByRows<T>(channels, area)) return rowMoments<T>(x, outer, channels, mean, variance)
  const size = sizeof<T>()
  for (let c = 0; c < channels; c++) {
    let count: f64 = 0, centre: f64 = 0, m2: f64 = 0
    for (let i = 0; i < outer; i++) {
      const plane = x + <usize>(i * channels + c) * <usize>area * size
      const n = <f64>area
      const shift = load<T>(plane)
      const own = <f64>shift + shiftedSum<T>(plane, area, shift) / n
      // The centre as T holds it; what it lacks is small, and taken off again.
      const near = <T>own
      const lack = own - <f64>near
      const squares = squaresAround<T>(plane, area, near) - n * lack * lack
      const delta = own - centre
      const total = count + n
      centre += delta * (n / total)
      m2 += squares + delta * delta * (count * n / total)
      count = total
    }
    store<T>(mean + <usize>c * size, <T>centre)
    store<T>(variance + <usize>c * size, <T>max<f64>(0, m2 / count))
  }
}

export function channelMoments_f32(x: usize, outer: i32, channels: i32, area: i32, mean: usize, variance: usize): void {
  channelMoments<f32>(x, outer, channels, area, mean, variance)
}

export function channelMoments_f64(x: usize, outer: i32, channels: i32, area: i32, mean: usize, variance: usize): void {
  channelMoments<f64>(x, outer, channels, area, mean, variance)
}

/** y = (x - mean) / sqrt(variance + eps) * weight + bias, by channel; 0 for weight or bias: 1 or 0. */
function normalizeChannels<T>(
  x: usize, outer: i32, channels: i32, area: i32, mean: usize, variance: usize, eps: f64, weight: usize, bias: usize,
  y: usize,
): void {
  if (isByRows<T>(channels, area)) return normalizeRows<T>(x, outer, channels, mean, variance, eps, weight, bias, y)
  const size = sizeof<T>()
  for (let i = 0; i < outer; i++)
    for (let c = 0; c < channels; c++) {
      const place = <usize>c * size
      const centre = load<T>(mean + place)
      let scale = <T>(1 / sqrt<f64>(<f64>load<T>(variance + place) + eps))
      if (weight != 0) scale *= load<T>(weight + place)
      const add = bias != 0 ? load<T>(bias + place) : <T>0
      const m = v128.splat<T>(centre), s = v128.splat<T>(scale), b = v128.splat<T>(add)
      const end = x + <usize>area * size
      for (; x + 16 <= end; x += 16, y += 16)
        v128.store(y, v128.add<T>(v128.mul<T>(v128.sub<T>(v128.load(x), m), s), b))
      for (; x < end; x += size, y += size) store<T>(y, (load<T>(x) - centre) * scale + add)
    }
}

export function normalizeChannels_f32(
  x: usize, outer: i32, channels: i32, area: i32, mean: usize, variance: usize, eps: f64, weight: usize, bias: usize,
  y: usize,
): void {
  normalizeChannels<f32>(x, outer, channels, area, mean, variance, eps, weight, bias, y)
}

export function normalizeChannels_f64(
  x: usize, outer: i32, channels: i32, area: i32, mean: usize, variance: usize, eps: f64, weight: usize, bias: usize,
  y: usize,
): void {
  normalizeChannels<f64>(x, outer, channels, area, mean, variance, eps, weight, bias, y)
}

/** For each channel sumG = sum of g and sumGx = sum of g x̂, x̂ = (x - mean) / sqrt(variance + eps): gradients of bias and weight. */
function normalizeSums<T>(
  g: usize, x: usize, outer: i32, channels: i32, area: i32, mean: usize, variance: usize, eps: f64,
  sumG: usize, sumGx: usize,
): void {
  if (isByRows<T>(channels, area)) return rowSums<T>(g, x, outer, channels, mean, variance, eps, sumG, sumGx)
  const size = sizeof<T>()
  for (let c = 0; c < channels; c++) {
    const place = <usize>c * size
    const centre = load<T>(mean + place)
    const m = v128.splat<T>(centre)
    let total: f64 = 0, product: f64 = 0
    for (let i = 0; i < outer; i++) {
      const offset = <usize>(i * channels + c) * <usize>area * size
      let p = g + offset, q = x + offset
      const end = p + <usize>area * size
      let sums = v128.splat<T>(<T>0), products = sums
      for (; p + 16 <= end; p += 16, q += 16) {
        const one = v128.load(p)
        sums = v128.add<T>(sums, one)
        products = v128.add<T>(products, v128.mul<T>(one, v128.sub<T>(v128.load(q), m)))
      }
      total += sumOf<T>(sums)
      product += sumOf<T>(products)
      for (; p < end; p += size, q += size) {
        total += <f64>load<T>(p)
        product += <f64>load<T>(p) * <f64>(load<T>(q) - centre)
      }
    }
    store<T>(sumG + place, <T>total)
    store<T>(sumGx + place, <T>(product / sqrt<f64>(<f64>load<T>(variance + place) + eps)))
  }
}

export function normalizeSums_f32(
  g: usize, x: usize, outer: i32, channels: i32, area: i32, mean: usize, variance: usize, eps: f64,
  sumG: usize, sumGx: usize,
): void {
  normalizeSums<f32>(g, x, outer, channels, area, mean, variance, eps, sumG, sumGx)
}

export function normalizeSums_f64(
  g: usize, x: usize, outer: i32, channels: i32, area: i32, mean: usize, variance: usize, eps: f64,
  sumG: usize, sumGx: usize,
): void {
  normalizeSums<f64>(g, x, outer, channels, area, mean, variance, eps, sumG, sumGx)
}

/**
 * dx = s (g - sumG / n - x̂ sumGx / n), s = weight / sqrt(variance + eps), n elements a channel; where statistics are given and not the batch's
 * (`fixed`), dx = s g.
 */
function normalizeBack<T>(
  g: usize, x: usize, outer: i32, channels: i32, area: i32, mean: usize, variance: usize, eps: f64, weight: usize,
  sumG: usize, sumGx: usize, fixed: bool, dx: usize,
): void {
  if (isByRows<T>(channels, area))
    return rowsBack<T>(g, x, outer, channels, mean, variance, eps, weight, sumG, sumGx, fixed, dx)
  const size = sizeof<T>()
  const n = <f64>outer * <f64>area
  for (let i = 0; i < outer; i++)
    for (let c = 0; c < channels; c++) {
      const place = <usize>c * size
      const inverse = 1 / sqrt<f64>(<f64>load<T>(variance + place) + eps)
      const scale = inverse * (weight != 0 ? <f64>load<T>(weight + place) : 1)
      const centre = load<T>(mean + place)
      const factor = <T>scale
      const slope = fixed ? <T>0 : <T>(-scale * inverse * <f64>load<T>(sumGx + place) / n)
      const add = fixed ? <T>0 : <T>(-scale * <f64>load<T>(sumG + place) / n)
      const f = v128.splat<T>(factor), k = v128.splat<T>(slope), b = v128.splat<T>(add), m = v128.splat<T>(centre)
      const end = g + <usize>area * size
      for (; g + 16 <= end; g += 16, x += 16, dx += 16) {
        const line = v128.add<T>(b, v128.mul<T>(k, v128.sub<T>(v128.load(x), m)))
        v128.store(dx, v128.add<T>(line, v128.mul<T>(f, v128.load(g))))
      }
      for (; g < end; g += size, x += size, dx += size)
        store<T>(dx, add + slope * (load<T>(x) - centre) + factor * load<T>(g))
    }
}

export function normalizeBack_f32(
  g: usize, x: usize, outer: i32, channels: i32, area: i32, mean: usize, variance: usize, eps: f64, weight: usize,
  sumG: usize, sumGx: usize, fixed: bool, dx: usize,
): void {
  normalizeBack<f32>(g, x, outer, channels, area, mean, variance, eps, weight, sumG, sumGx, fixed, dx)
}

export function normalizeBack_f64(
  g: usize, x: usize, outer: i32, channels: i32, area: i32, mean: usize, variance: usize, eps: f64, weight: usize,
  sumG: usize, sumGx: usize, fixed: bool, dx: usize,
): void {
  normalizeBack<f64>(g, x, outer, channels, area, mean, variance, eps, weight, sumG, sumGx, fixed, dx)
}
