/** What is done with parameters and gradients between the backward pass and the update: norms, penalties, averages, exchange. */

// @ts-ignore: decorator
@inline
function squares<T>(at: usize): v128 {
  if (sizeof<T>() == 8) {
    const a = v128.load(at), b = v128.load(at, 16)
    return f64x2.add(f64x2.mul(a, a), f64x2.mul(b, b))
  }
  const a = f64x2.promote_low_f32x4(v128.load64_zero(at)), b = f64x2.promote_low_f32x4(v128.load64_zero(at, 8))
  return f64x2.add(f64x2.mul(a, a), f64x2.mul(b, b))
}

/** The sum of squares, in f64. */
function sumSquares<T>(n: i32, x: usize): f64 {
  let a = f64x2.splat(0), b = a, c = a, d = a
  let i = 0
  const step = 4 * sizeof<T>()
  for (; i + 16 <= n; i += 16) {
    a = f64x2.add(a, squares<T>(x))
    b = f64x2.add(b, squares<T>(x + step))
    c = f64x2.add(c, squares<T>(x + 2 * step))
    d = f64x2.add(d, squares<T>(x + 3 * step))
    x += 4 * step
  }
  const s = f64x2.add(f64x2.add(a, b), f64x2.add(c, d))
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)
  for (; i < n; i++) {
    const one = <f64>load<T>(x)
    sum += one * one
    x += sizeof<T>()
  }
  return sum
}

export function sumSquares_f32(n: i32, x: usize): f64 {
  return sumSquares<f32>(n, x)
}

export function sumSquares_f64(n: i32, x: usize): f64 {
  return sumSquares<f64>(n, x)
}

function average<T>(n: i32, mean: usize, x: usize, keep: f64, share: f64): void {
  const k = v128.splat<T>(<T>keep), s = v128.splat<T>(<T>share)
  const size = sizeof<T>()
  let i = 0
  for (; i + 16 / <i32>size <= n; i += 16 / <i32>size) {
    const at = <usize>i * size
    v128.store(mean + at, v128.add<T>(v128.mul<T>(v128.load(mean + at), k), v128.mul<T>(v128.load(x + at), s)))
  }
  for (; i < n; i++) {
    const at = <usize>i * size
    store<T>(mean + at, <T>(<T>(load<T>(mean + at) * <T>keep) + <T>(load<T>(x + at) * <T>share)))
  }
}

/** mean = keep mean + share x. */
export function average_f32(n: i32, mean: usize, x: usize, keep: f64, share: f64): void {
  average<f32>(n, mean, x, keep, share)
}

export function average_f64(n: i32, mean: usize, x: usize, keep: f64, share: f64): void {
  average<f64>(n, mean, x, keep, share)
}

/** Exchanges two arrays of so many bytes. */
export function exchange(bytes: i32, a: usize, b: usize): void {
  let i = 0
  for (; i + 16 <= bytes; i += 16) {
    const x = v128.load(a + i), y = v128.load(b + i)
    v128.store(a + i, y)
    v128.store(b + i, x)
  }
  for (; i < bytes; i++) {
    const x = load<u8>(a + i), y = load<u8>(b + i)
    store<u8>(a + i, y)
    store<u8>(b + i, x)
  }
}

/** Writes y over x; the sum of squares of what changed. */
function replace<T>(n: i32, x: usize, y: usize): f64 {
  let sum: f64 = 0
  let i = 0
  let total = f64x2.splat(0)
  for (; i + 4 <= n; i += 4) {
    const at = <usize>i * sizeof<T>()
    if (sizeof<T>() == 8) {
      const a = v128.load(y + at), b = v128.load(y + at, 16)
      const c = f64x2.sub(a, v128.load(x + at)), d = f64x2.sub(b, v128.load(x + at, 16))
      total = f64x2.add(total, f64x2.add(f64x2.mul(c, c), f64x2.mul(d, d)))
      v128.store(x + at, a)
      v128.store(x + at, b, 16)
    } else {
      const a = v128.load(y + at), b = v128.load(x + at)
      const c = f32x4.sub(a, b)
      const low = f64x2.promote_low_f32x4(c), high = f64x2.promote_low_f32x4(i32x4.shuffle(c, c, 2, 3, 0, 1))
      total = f64x2.add(total, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)))
      v128.store(x + at, a)
    }
  }
  sum = f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1)
  for (; i < n; i++) {
    const at = <usize>i * sizeof<T>()
    const d = <f64>load<T>(y + at) - <f64>load<T>(x + at)
    sum += d * d
    store<T>(x + at, load<T>(y + at))
  }
  return sum
}

export function replace_f32(n: i32, x: usize, y: usize): f64 {
  return replace<f32>(n, x, y)
}

export function replace_f64(n: i32, x: usize, y: usize): f64 {
  return replace<f64>(n, x, y)
}

function scale<T>(n: i32, x: usize, factor: f64): void {
  const f = v128.splat<T>(<T>factor)
  let i = 0
  for (; i + 16 / <i32>sizeof<T>() <= n; i += 16 / <i32>sizeof<T>()) {
    const at = x + <usize>i * sizeof<T>()
    v128.store(at, v128.mul<T>(v128.load(at), f))
  }
  for (; i < n; i++) {
    const at = x + <usize>i * sizeof<T>()
    store<T>(at, <T>(load<T>(at) * <T>factor))
  }
}

/** Rows of gradients that are longer than `factor` times the longer of their weights' and `least`, cut to that length; how many were. */
function clipUnits<T>(rows: i32, n: i32, w: usize, g: usize, factor: f64, least: f64): i32 {
  let clipped = 0
  const bytes = <usize>n * sizeof<T>()
  for (let i = 0; i < rows; i++) {
    const length = Math.sqrt(sumSquares<T>(n, g))
    const most = factor * Math.max(Math.sqrt(sumSquares<T>(n, w)), least)
    if (length > most) {
      scale<T>(n, g, most / Math.max(length, 1e-6))
      clipped++
    }
    w += bytes
    g += bytes
  }
  return clipped
}

export function clipUnits_f32(rows: i32, n: i32, w: usize, g: usize, factor: f64, least: f64): i32 {
  return clipUnits<f32>(rows, n, w, g, factor, least)
}

export function clipUnits_f64(rows: i32, n: i32, w: usize, g: usize, factor: f64, least: f64): i32 {
  return clipUnits<f64>(rows, n, w, g, factor, least)
}

/** x *= factor. */
export function scale_f32(n: i32, x: usize, factor: f64): void {
  scale<f32>(n, x, factor)
}

export function scale_f64(n: i32, x: usize, factor: f64): void {
  scale<f64>(n, x, factor)
}

/** Elements that are added in the lanes of their type before f64 takes over. */
// @ts-ignore: decorator
@inline
const block: i32 = 512

// @ts-ignore: decorator
@inline
function sumOf<T>(x: v128): f64 {
  const two = <f64>v128.extract_lane<T>(x, 0) + <f64>v128.extract_lane<T>(x, 1)
  return sizeof<T>() == 8 ? two : two + <f64>f32x4.extract_lane(x, 2) + <f64>f32x4.extract_lane(x, 3)
}

/** g += l1 sign(w) + l2 w in one pass; sums [3] in f64: |w| and w^2 (0 where it does not count), and g^2 as it then is. */
// @ts-ignore: decorator
@inline
function penalizeBy<T>(n: i32, w: usize, g: usize, l1: f64, l2: f64, sums: usize, hasSizes: bool, hasSquares: bool): void {
  const lanes = 16 / <i32>sizeof<T>()
  const a = v128.splat<T>(<T>l1), b = v128.splat<T>(<T>l2), zero = v128.splat<T>(0), minus = v128.splat<T>(-0.0)
  let sizes: f64 = 0, squares: f64 = 0, slopes: f64 = 0
  let i = 0
  while (i + lanes <= n) {
    const end = min(n, i + block)
    let p = zero, q = zero, d = zero
    for (; i + lanes <= end; i += lanes) {
      const at = <usize>i * sizeof<T>()
      const x = v128.load(w + at)
      let u = v128.load(g + at)
      if (hasSizes) {
        const sign = v128.and(x, minus)
        u = v128.add<T>(u, v128.and(v128.or(a, sign), v128.ne<T>(x, zero)))
        p = v128.add<T>(p, v128.xor(x, sign))
      }
      if (hasSquares) {
        u = v128.add<T>(u, v128.mul<T>(x, b))
        q = v128.add<T>(q, v128.mul<T>(x, x))
      }
      v128.store(g + at, u)
      d = v128.add<T>(d, v128.mul<T>(u, u))
    }
    sizes += sumOf<T>(p)
    squares += sumOf<T>(q)
    slopes += sumOf<T>(d)
  }
  for (; i < n; i++) {
    const at = <usize>i * sizeof<T>()
    const x = load<T>(w + at)
    let u = load<T>(g + at)
    if (hasSizes) u = <T>(u + (x > 0 ? <T>l1 : x < 0 ? <T>-l1 : <T>0))
    if (hasSquares) u = <T>(u + <T>(x * <T>l2))
    store<T>(g + at, u)
    sizes += <f64>abs<T>(x)
    squares += <f64>x * <f64>x
    slopes += <f64>u * <f64>u
  }
  store<f64>(sums, sizes)
  store<f64>(sums, squares, 8)
  store<f64>(sums, slopes, 16)
}

function penalize<T>(n: i32, w: usize, g: usize, l1: f64, l2: f64, sums: usize): void {
  if (l2 == 0) penalizeBy<T>(n, w, g, l1, l2, sums, true, false)
  else if (l1 == 0) penalizeBy<T>(n, w, g, l1, l2, sums, false, true)
  else penalizeBy<T>(n, w, g, l1, l2, sums, true, true)
}

export function penalize_f32(n: i32, w: usize, g: usize, l1: f64, l2: f64, sums: usize): void {
  penalize<f32>(n, w, g, l1, l2, sums)
}

export function penalize_f64(n: i32, w: usize, g: usize, l1: f64, l2: f64, sums: usize): void {
  penalize<f64>(n, w, g, l1, l2, sums)
}
