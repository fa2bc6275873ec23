/**
 * Figures of two arrays side by side: what a difference b - a costs, block by block in one read of both. Sums are in float64, with high and
 * low parts from block to block; those of f64 stand scaled by 2^(-600 zone), one zone each for a, b and the difference, so that no square
 * leaves the range of float64. Positions where either is NaN or infinite are counted and left out of the rest.
 */

// Byte offsets in the state; everything is f64, since counts beyond 2^32 are exact in it. src/kernels/pairs.ts reads it.
const finiteAt: usize = 0
const changedAt: usize = 8
const nonfiniteAAt: usize = 16
const nonfiniteBAt: usize = 24
const linfAAt: usize = 32
const linfBAt: usize = 40
const linfDAt: usize = 48
const zoneAAt: usize = 56
const zoneBAt: usize = 64
const zoneDAt: usize = 72
/** High parts; each low part follows. */
const l1AAt: usize = 80
const l1BAt: usize = 96
const l1DAt: usize = 112
const squaresAAt: usize = 128
const squaresBAt: usize = 144
const squaresDAt: usize = 160
const dotAt: usize = 176
/** Room for a block of pairs without those that are not finite. */
const keptAt: usize = 192

/** Elements of a block: a sum of so many terms in four chains is off by less than 2.3e-13 of it, and sums of blocks add nothing to that. */
const blockElements: u32 = 8192

// Results of the last sweep.
let l1A: f64 = 0
let l1B: f64 = 0
let l1D: f64 = 0
let squaresA: f64 = 0
let squaresB: f64 = 0
let squaresD: f64 = 0
let dot: f64 = 0
let linfA: f64 = 0
let linfB: f64 = 0
let linfD: f64 = 0
let differing: u32 = 0
/** Pairs that the last `compact` kept. */
let kept: u32 = 0

/** Bytes of a state. */
export function pairs_bytes(): u32 {
  return <u32>keptAt + 2 * 8 * blockElements
}

export function pairs_init(state: usize): void {
  memory.fill(state, 0, keptAt)
  for (let at = zoneAAt; at <= zoneDAt; at += 8) store<f64>(state + at, -1)
}

/** The next `n` elements of both arrays. */
export function pairs_f32(state: usize, a: usize, b: usize, n: u32): void {
  for (let done: u32 = 0; done < n; done += blockElements)
    block<f32>(state, a + (<usize>done << 2), b + (<usize>done << 2), min(n - done, blockElements))
}

export function pairs_f64(state: usize, a: usize, b: usize, n: u32): void {
  for (let done: u32 = 0; done < n; done += blockElements)
    block<f64>(state, a + (<usize>done << 3), b + (<usize>done << 3), min(n - done, blockElements))
}

/** target (f64) <- b - a. */
export function difference_f32(a: usize, b: usize, n: u32, target: usize): void {
  let left = n
  for (; left >= 2; left -= 2, a += 8, b += 8, target += 16)
    v128.store(
      target,
      f64x2.sub(
        f64x2.promote_low_f32x4(v128.load64_zero(b)),
        f64x2.promote_low_f32x4(v128.load64_zero(a)),
      ),
    )
  if (left > 0) store<f64>(target, <f64>load<f32>(b) - <f64>load<f32>(a))
}

export function difference_f64(a: usize, b: usize, n: u32, target: usize): void {
  let left = n
  for (; left >= 2; left -= 2, a += 16, b += 16, target += 16) v128.store(target, f64x2.sub(v128.load(b), v128.load(a)))
  if (left > 0) store<f64>(target, load<f64>(b) - load<f64>(a))
}

function block<T>(state: usize, a: usize, b: usize, n: u32): void {
  sweep<T>(a, b, n, 1, 1, 1, 1)
  // Finite f32 have finite squares; of f64, those near 1e308 pass here too, and nothing is lost.
  if (!(squaresA + squaresB < Infinity)) {
    compact<T>(state, a, b, n)
    n = kept
    a = state + keptAt
    b = a + <usize>blockElements * sizeof<T>()
    if (n == 0) return
    sweep<T>(a, b, n, 1, 1, 1, 1)
  }
  bump(state, finiteAt, <f64>n)
  bump(state, changedAt, <f64>differing)
  raise(state, linfAAt, linfA)
  raise(state, linfBAt, linfB)
  raise(state, linfDAt, linfD)
  if (sizeof<T>() == 4) {
    // Squares of f32 stay in range, those of their differences too.
    for (let at = zoneAAt; at <= zoneDAt; at += 8) store<f64>(state + at, 0)
  } else {
    raiseZone(state, zoneAAt, l1AAt, squaresAAt, linfA, true)
    raiseZone(state, zoneBAt, l1BAt, squaresBAt, linfB, true)
    raiseZone(state, zoneDAt, l1DAt, squaresDAt, linfD, false)
    const sA = scaleOf(load<f64>(state, zoneAAt))
    const sB = scaleOf(load<f64>(state, zoneBAt))
    const sD = scaleOf(load<f64>(state, zoneDAt))
    // Scaling down comes before the subtraction, scaling up after it: neither overflows.
    if (sA != 1 || sB != 1 || sD != 1) sweep<T>(a, b, n, sA, sB, min(sD, 1), max(sD, 1))
  }
  accumulate(state, l1AAt, l1A)
  accumulate(state, l1BAt, l1B)
  accumulate(state, l1DAt, l1D)
  accumulate(state, squaresAAt, squaresA)
  accumulate(state, squaresBAt, squaresB)
  accumulate(state, squaresDAt, squaresD)
  accumulate(state, dotAt, dot)
}

/** Sums of |x|, |y|, |d|, x^2, y^2, d^2 and x y for x = sA a, y = sB b, d = post (pre b - pre a); maxima and differences of the elements as they are. */
function sweep<T>(a: usize, b: usize, n: u32, sA: f64, sB: f64, pre: f64, post: f64): void {
  const zero = f64x2.splat(0)
  let aa = zero, bb = zero, ad = zero, qa = zero, qb = zero, qd = zero, p = zero
  let ma = zero, mb = zero, md = zero, differ = zero
  let left = n
  for (; left >= 4; left -= 4, a += 4 * sizeof<T>(), b += 4 * sizeof<T>()) {
    let x0: v128, x1: v128, y0: v128, y1: v128, d0: v128, d1: v128
    if (sizeof<T>() == 4) {
      const x = v128.load(a), y = v128.load(b)
      ma = f32x4.pmax(ma, f32x4.abs(x))
      mb = f32x4.pmax(mb, f32x4.abs(y))
      differ = i32x4.sub(differ, f32x4.ne(x, y))
      x0 = f64x2.promote_low_f32x4(x)
      y0 = f64x2.promote_low_f32x4(y)
      x1 = f64x2.promote_low_f32x4(v128.load64_zero(a, 8))
      y1 = f64x2.promote_low_f32x4(v128.load64_zero(b, 8))
      d0 = f64x2.sub(y0, x0)
      d1 = f64x2.sub(y1, x1)
      md = f64x2.pmax(f64x2.pmax(md, f64x2.abs(d0)), f64x2.abs(d1))
    } else {
      x0 = v128.load(a)
      x1 = v128.load(a, 16)
      y0 = v128.load(b)
      y1 = v128.load(b, 16)
      ma = f64x2.pmax(f64x2.pmax(ma, f64x2.abs(x0)), f64x2.abs(x1))
      mb = f64x2.pmax(f64x2.pmax(mb, f64x2.abs(y0)), f64x2.abs(y1))
      differ = i64x2.sub(i64x2.sub(differ, f64x2.ne(x0, y0)), f64x2.ne(x1, y1))
      md = f64x2.pmax(f64x2.pmax(md, f64x2.abs(f64x2.sub(y0, x0))), f64x2.abs(f64x2.sub(y1, x1)))
      const before = f64x2.splat(pre), after = f64x2.splat(post)
      d0 = f64x2.mul(f64x2.sub(f64x2.mul(y0, before), f64x2.mul(x0, before)), after)
      d1 = f64x2.mul(f64x2.sub(f64x2.mul(y1, before), f64x2.mul(x1, before)), after)
      x0 = f64x2.mul(x0, f64x2.splat(sA))
      x1 = f64x2.mul(x1, f64x2.splat(sA))
      y0 = f64x2.mul(y0, f64x2.splat(sB))
      y1 = f64x2.mul(y1, f64x2.splat(sB))
    }
    aa = f64x2.add(aa, f64x2.add(f64x2.abs(x0), f64x2.abs(x1)))
    bb = f64x2.add(bb, f64x2.add(f64x2.abs(y0), f64x2.abs(y1)))
    ad = f64x2.add(ad, f64x2.add(f64x2.abs(d0), f64x2.abs(d1)))
    qa = f64x2.add(qa, f64x2.add(f64x2.mul(x0, x0), f64x2.mul(x1, x1)))
    qb = f64x2.add(qb, f64x2.add(f64x2.mul(y0, y0), f64x2.mul(y1, y1)))
    qd = f64x2.add(qd, f64x2.add(f64x2.mul(d0, d0), f64x2.mul(d1, d1)))
    p = f64x2.add(p, f64x2.add(f64x2.mul(x0, y0), f64x2.mul(x1, y1)))
  }
  l1A = lanes(aa)
  l1B = lanes(bb)
  l1D = lanes(ad)
  squaresA = lanes(qa)
  squaresB = lanes(qb)
  squaresD = lanes(qd)
  dot = lanes(p)
  linfA = largest<T>(ma)
  linfB = largest<T>(mb)
  linfD = largest<f64>(md)
  differing =
    sizeof<T>() == 4
      ? i32x4.extract_lane(differ, 0) + i32x4.extract_lane(differ, 1) +
        (i32x4.extract_lane(differ, 2) + i32x4.extract_lane(differ, 3))
      : <u32>(i64x2.extract_lane(differ, 0) + i64x2.extract_lane(differ, 1))
  for (; left > 0; left--, a += sizeof<T>(), b += sizeof<T>()) {
    const u = <f64>load<T>(a), v = <f64>load<T>(b)
    const x = u * sA, y = v * sB, d = (v * pre - u * pre) * post
    if (u != v) differing++
    linfA = max(linfA, abs(u))
    linfB = max(linfB, abs(v))
    linfD = max(linfD, abs(v - u))
    l1A += abs(x)
    l1B += abs(y)
    l1D += abs(d)
    squaresA += x * x
    squaresB += y * y
    squaresD += d * d
    dot += x * y
  }
}

/** Copies the pairs of finite elements behind the state, and counts the others. */
function compact<T>(state: usize, a: usize, b: usize, n: u32): void {
  const toA = state + keptAt
  const toB = toA + <usize>blockElements * sizeof<T>()
  let changed = 0, badA = 0, badB = 0
  kept = 0
  for (let i: u32 = 0; i < n; i++, a += sizeof<T>(), b += sizeof<T>()) {
    const x = load<T>(a), y = load<T>(b)
    const soundA = abs(x) < <T>Infinity, soundB = abs(y) < <T>Infinity
    store<T>(toA + <usize>kept * sizeof<T>(), x)
    store<T>(toB + <usize>kept * sizeof<T>(), y)
    if (soundA && soundB) {
      kept++
      continue
    }
    if (!soundA) badA++
    if (!soundB) badB++
    // NaN is the same as NaN here, and an infinity as itself.
    if (x != y && (x == x || y == y)) changed++
  }
  bump(state, nonfiniteAAt, badA)
  bump(state, nonfiniteBAt, badB)
  bump(state, changedAt, changed)
}

// @ts-ignore: decorator
@inline
function lanes(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
}

// @ts-ignore: decorator
@inline
function largest<T>(v: v128): f64 {
  if (sizeof<T>() == 8) return max(f64x2.extract_lane(v, 0), f64x2.extract_lane(v, 1))
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  )
}

// @ts-ignore: decorator
@inline
function bump(state: usize, at: usize, by: f64): void {
  store<f64>(state + at, load<f64>(state + at) + by)
}

// @ts-ignore: decorator
@inline
function raise(state: usize, at: usize, to: f64): void {
  store<f64>(state + at, max(load<f64>(state + at), to))
}

/** Adds to a high and low part without losing a bit of the sum (Knuth's two-sum). */
function accumulate(state: usize, at: usize, x: f64): void {
  const high = load<f64>(state + at)
  const sum = high + x
  const part = sum - high
  store<f64>(state + at, sum)
  bump(state, at + 8, high - (sum - part) + (x - part))
}

/** 2^(-600 zone). */
function scaleOf(zone: f64): f64 {
  return zone == 0 ? 1 : zone > 0 ? 2.409919865102884e-181 : 4.149515568880993e180
}

/** The zone for values up to `largest`: beyond 2^480 and below 2^-400 squares of many are out of range. */
function zoneFor(largest: f64): f64 {
  return largest >= 3.1217485503159922e144 ? 1 : largest < 3.8725919148493183e-121 ? -1 : 0
}

/** Moves the sums at `l1At` and `squaresAt` (and the products, where they are scaled with them) to the zone that `largest` needs, if that is higher. */
function raiseZone(state: usize, zoneAt: usize, l1At: usize, squaresAt: usize, largest: f64, products: bool): void {
  const zone = zoneFor(largest)
  const steps = <i32>(zone - load<f64>(state + zoneAt))
  const factor = scaleOf(1)
  for (let i = 0; i < steps; i++) {
    rescale(state, l1At, factor)
    // Twice, since the factor's square is below all of float64.
    rescale(state, squaresAt, factor)
    rescale(state, squaresAt, factor)
    if (products) rescale(state, dotAt, factor)
  }
  if (steps > 0) store<f64>(state + zoneAt, zone)
}

function rescale(state: usize, at: usize, factor: f64): void {
  store<f64>(state + at, load<f64>(state + at) * factor)
  store<f64>(state + at, load<f64>(state + at, 8) * factor, 8)
}
