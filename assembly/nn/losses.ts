/** Losses of classes, on logarithms of softmax, and dropout's factors. */
import { exp_f32, exp_f64 } from '../array/elementwise/exp'

// @ts-ignore: decorator
@inline
function lanes<T>(): i32 {
  return 16 / <i32>sizeof<T>()
}

// @ts-ignore: decorator
@inline
function bytes<T>(n: i32): usize {
  return <usize>n * sizeof<T>()
}

// @ts-ignore: decorator
@inline
function at<T>(x: usize, i: i32): T {
  return load<T>(x + bytes<T>(i))
}

/** The weight of class i; 1 without weights. */
// @ts-ignore: decorator
@inline
function weightOf<T>(weight: usize, i: i32): f64 {
  return weight == 0 ? 1 : <f64>at<T>(weight, i)
}

/** Sum of w_c logp_c over a row. */
function weighted<T>(classes: i32, logp: usize, weight: usize): f64 {
  let total: f64 = 0
  for (let c = 0; c < classes; c++) {
    const w = weightOf<T>(weight, c)
    // A class of weight 0 counts for nothing, at -Infinity neither.
    if (w != 0) total += w * <f64>at<T>(logp, c)
  }
  return total
}

function crossEntropy<T>(rows: i32, classes: i32, logp: usize, labels: usize, weight: usize, smoothing: f64, ignored: i32, losses: usize, sums: usize): i32 {
  let total: f64 = 0, mass: f64 = 0
  for (let r = 0; r < rows; r++) {
    const label = load<i32>(labels + (<usize>r << 2))
    let loss: f64 = 0
    if (label != ignored) {
      if (<u32>label >= <u32>classes) return r
      const w = weightOf<T>(weight, label)
      mass += w
      if (w != 0 && smoothing != 1) loss -= (1 - smoothing) * w * <f64>at<T>(logp, label)
      if (smoothing != 0) loss -= smoothing / <f64>classes * weighted<T>(classes, logp, weight)
    }
    total += loss
    store<T>(losses + bytes<T>(r), <T>loss)
    logp += bytes<T>(classes)
  }
  store<f64>(sums, total)
  store<f64>(sums, mass, 8)
  return -1
}

export function crossEntropy_f32(rows: i32, classes: i32, logp: usize, labels: usize, weight: usize, smoothing: f64, ignored: i32, losses: usize, sums: usize): i32 {
  return crossEntropy<f32>(rows, classes, logp, labels, weight, smoothing, ignored, losses, sums)
}

export function crossEntropy_f64(rows: i32, classes: i32, logp: usize, labels: usize, weight: usize, smoothing: f64, ignored: i32, losses: usize, sums: usize): i32 {
  return crossEntropy<f64>(rows, classes, logp, labels, weight, smoothing, ignored, losses, sums)
}

// @ts-ignore: decorator
@inline
function exp<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? exp_f64(x) : exp_f32(x)
}

/** out = mass exp(logp) - share w, of a row; without weights w is 1. */
// @ts-ignore: decorator
@inline
function gradRow<T>(classes: i32, logp: usize, mass: T, share: T, weight: usize, out: usize): void {
  const m = v128.splat<T>(mass), s = v128.splat<T>(share)
  let c = 0
  for (; c + lanes<T>() <= classes; c += lanes<T>()) {
    const i = bytes<T>(c)
    const less = weight == 0 ? s : v128.mul<T>(s, v128.load(weight + i))
    v128.store(out + i, v128.sub<T>(v128.mul<T>(m, exp<T>(v128.load(logp + i))), less))
  }
  for (; c < classes; c++) {
    const i = bytes<T>(c)
    const less = weight == 0 ? share : share * load<T>(weight + i)
    store<T>(out + i, mass * v128.extract_lane<T>(exp<T>(v128.splat<T>(load<T>(logp + i))), 0) - less)
  }
}

function crossEntropyGrad<T>(rows: i32, classes: i32, logp: usize, labels: usize, weight: usize, smoothing: f64, ignored: i32, factors: usize, scale: f64, out: usize): void {
  const each = smoothing / <f64>classes
  let all: f64 = 0
  for (let c = 0; c < classes; c++) all += weightOf<T>(weight, c)
  for (let r = 0; r < rows; r++) {
    const label = load<i32>(labels + (<usize>r << 2))
    if (label == ignored) memory.fill(out, 0, bytes<T>(classes))
    else {
      const factor = factors == 0 ? scale : scale * <f64>at<T>(factors, r)
      const own = (1 - smoothing) * weightOf<T>(weight, label)
      gradRow<T>(classes, logp, <T>(factor * (own + each * all)), <T>(factor * each), weight, out)
      const place = out + bytes<T>(label)
      store<T>(place, <T>(<f64>load<T>(place) - factor * own))
    }
    logp += bytes<T>(classes)
    out += bytes<T>(classes)
  }
}

export function crossEntropyGrad_f32(rows: i32, classes: i32, logp: usize, labels: usize, weight: usize, smoothing: f64, ignored: i32, factors: usize, scale: f64, out: usize): void {
  crossEntropyGrad<f32>(rows, classes, logp, labels, weight, smoothing, ignored, factors, scale, out)
}

export function crossEntropyGrad_f64(rows: i32, classes: i32, logp: usize, labels: usize, weight: usize, smoothing: f64, ignored: i32, factors: usize, scale: f64, out: usize): void {
  crossEntropyGrad<f64>(rows, classes, logp, labels, weight, smoothing, ignored, factors, scale, out)
}

/** Uniform numbers become 0 with chance p, else 1 / (1 - p). */
// @ts-ignore: decorator
@inline
function dropoutFactors<T>(x: usize, n: i32, p: f64): void {
  const limit = v128.splat<T>(<T>p), kept = v128.splat<T>(<T>(1 / (1 - p)))
  let i = 0
  for (; i + lanes<T>() <= n; i += lanes<T>()) {
    v128.store(x, v128.and(v128.ge<T>(v128.load(x), limit), kept))
    x += 16
  }
  for (; i < n; i++) {
    store<T>(x, load<T>(x) >= <T>p ? <T>(1 / (1 - p)) : <T>0)
    x += sizeof<T>()
  }
}

export function dropoutFactors_f32(x: usize, n: i32, p: f64): void {
  dropoutFactors<f32>(x, n, p)
}

export function dropoutFactors_f64(x: usize, n: i32, p: f64): void {
  dropoutFactors<f64>(x, n, p)
}
