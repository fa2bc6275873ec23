/** Thresholds, element by element: soft, hard and clipping. `out` may be x. */
import { bytes, pair, single, storePair, storeSingle } from './lanes'

/** sign(x) max(|x| - t - rest, 0), without -0. */
// @ts-ignore: decorator
@inline
function shrunk(x: v128, t: v128, rest: v128): v128 {
  const zero = f64x2.splat(0)
  const size = f64x2.max(f64x2.sub(f64x2.sub(f64x2.abs(x), t), rest), zero)
  const sign = v128.and(v128.and(x, f64x2.splat(-0.0)), f64x2.ne(size, zero))
  return v128.or(size, sign)
}

function soft<T>(x: usize, n: i32, t: f64, rest: f64, out: usize): void {
  const whole = f64x2.splat(t), part = f64x2.splat(rest)
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const at = bytes<T>(i), next = at + 2 * sizeof<T>()
    const first = shrunk(pair<T>(x + at), whole, part), second = shrunk(pair<T>(x + next), whole, part)
    storePair<T>(out + at, first)
    storePair<T>(out + next, second)
  }
  for (; i < n; i++) storeSingle<T>(out + bytes<T>(i), shrunk(single<T>(x + bytes<T>(i)), whole, part))
}

/** Four at a time, with t as the sum of two f32: what is left near t is exact, and the whole is within a unit in the last place. */
function softSingle(x: usize, n: i32, t: f64, out: usize): void {
  const first = f32x4.splat(<f32>t), second = f32x4.splat(<f32>(t - <f64>(<f32>t)))
  const zero = f32x4.splat(0), minus = f32x4.splat(-0.0)
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const one = v128.load(x + bytes<f32>(i))
    const size = f32x4.max(f32x4.sub(f32x4.sub(f32x4.abs(one), first), second), zero)
    v128.store(out + bytes<f32>(i), v128.or(size, v128.and(v128.and(one, minus), f32x4.ne(size, zero))))
  }
  const whole = f64x2.splat(t), nothing = f64x2.splat(0)
  for (; i < n; i++) storeSingle<f32>(out + bytes<f32>(i), shrunk(single<f32>(x + bytes<f32>(i)), whole, nothing))
}

/** out = sign(x) max(|x| - t - rest, 0): a threshold of more digits than one number has; with them in f64. */
export function soft_f32(x: usize, n: i32, t: f64, rest: f64, out: usize): void {
  if (rest == 0 && t < 3e38) softSingle(x, n, t, out)
  else soft<f32>(x, n, t, rest, out)
}

export function soft_f64(x: usize, n: i32, t: f64, rest: f64, out: usize): void {
  soft<f64>(x, n, t, rest, out)
}

/** out = x where |x| > t, else 0. */
export function hard_f32(x: usize, n: i32, t: f64, out: usize): void {
  // |x| > t for an f32 is |x| > the largest f32 that is not above t.
  let limit = <f32>t
  if (<f64>limit > t) limit = reinterpret<f32>(reinterpret<u32>(limit) - 1)
  const all = f32x4.splat(limit)
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const one = v128.load(x + bytes<f32>(i))
    v128.store(out + bytes<f32>(i), v128.and(one, f32x4.gt(f32x4.abs(one), all)))
  }
  for (; i < n; i++) {
    const one = load<f32>(x + bytes<f32>(i))
    store<f32>(out + bytes<f32>(i), abs<f32>(one) > limit ? one : 0)
  }
}

export function hard_f64(x: usize, n: i32, t: f64, out: usize): void {
  const all = f64x2.splat(t)
  let i = 0
  for (; i + 2 <= n; i += 2) {
    const one = v128.load(x + bytes<f64>(i))
    v128.store(out + bytes<f64>(i), v128.and(one, f64x2.gt(f64x2.abs(one), all)))
  }
  for (; i < n; i++) {
    const one = load<f64>(x + bytes<f64>(i))
    store<f64>(out + bytes<f64>(i), abs<f64>(one) > t ? one : 0)
  }
}

/** out = x held between -bound and bound (for f32 the nearest f32); NaN stays. */
export function clip_f32(x: usize, n: i32, bound: f64, out: usize): void {
  const high = <f32>bound, highs = f32x4.splat(high), lows = f32x4.splat(-high)
  let i = 0
  for (; i + 4 <= n; i += 4)
    v128.store(out + bytes<f32>(i), f32x4.max(f32x4.min(v128.load(x + bytes<f32>(i)), highs), lows))
  for (; i < n; i++) store<f32>(out + bytes<f32>(i), max<f32>(min<f32>(load<f32>(x + bytes<f32>(i)), high), -high))
}

export function clip_f64(x: usize, n: i32, bound: f64, out: usize): void {
  const highs = f64x2.splat(bound), lows = f64x2.splat(-bound)
  let i = 0
  for (; i + 2 <= n; i += 2)
    v128.store(out + bytes<f64>(i), f64x2.max(f64x2.min(v128.load(x + bytes<f64>(i)), highs), lows))
  for (; i < n; i++) store<f64>(out + bytes<f64>(i), max<f64>(min<f64>(load<f64>(x + bytes<f64>(i)), bound), -bound))
}
