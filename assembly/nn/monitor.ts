/**
 * Figures of layers while they train: sums of squares of weights, gradients and updates, and what units put out. In f32 the squares of a
 * block of 512 are added in 16 lanes of f32 (relative error below 2e-6) and the blocks in f64: the caller looks again where squares of f32
 * leave its range.
 */

// @ts-ignore: decorator
@inline
const BLOCK: usize = 512

// @ts-ignore: decorator
@inline
function lanesSum<T>(v: v128): f64 {
  if (sizeof<T>() == 8) return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
  return (
    <f64>f32x4.extract_lane(v, 0) + <f64>f32x4.extract_lane(v, 1) +
    (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3))
  )
}

/** Sum of (b - a)^2 of at most a block; a = 0 for b alone. */
// @ts-ignore: decorator
@inline
function blockSum<T>(a: usize, b: usize, count: usize): f64 {
  const size = <usize>sizeof<T>()
  const lanes: usize = 16 / size
  let s0 = i64x2.splat(0), s1 = i64x2.splat(0), s2 = i64x2.splat(0), s3 = i64x2.splat(0)
  let i: usize = 0
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    const at = b + i * size
    let x0 = v128.load(at), x1 = v128.load(at, 16), x2 = v128.load(at, 32), x3 = v128.load(at, 48)
    if (a != 0) {
      const from = a + i * size
      x0 = v128.sub<T>(x0, v128.load(from))
      x1 = v128.sub<T>(x1, v128.load(from, 16))
      x2 = v128.sub<T>(x2, v128.load(from, 32))
      x3 = v128.sub<T>(x3, v128.load(from, 48))
    }
    s0 = v128.add<T>(s0, v128.mul<T>(x0, x0))
    s1 = v128.add<T>(s1, v128.mul<T>(x1, x1))
    s2 = v128.add<T>(s2, v128.mul<T>(x2, x2))
    s3 = v128.add<T>(s3, v128.mul<T>(x3, x3))
  }
  let total = lanesSum<T>(v128.add<T>(v128.add<T>(s0, s1), v128.add<T>(s2, s3)))
  for (; i < count; i++) {
    let x = <f64>load<T>(b + i * size)
    if (a != 0) x -= <f64>load<T>(a + i * size)
    total += x * x
  }
  return total
}

// @ts-ignore: decorator
@inline
function squaresOf<T>(a: usize, b: usize, count: usize): f64 {
  const size = <usize>sizeof<T>()
  let total: f64 = 0
  for (let i: usize = 0; i < count; i += BLOCK) {
    const n = min(BLOCK, count - i)
    total += blockSum<T>(a == 0 ? 0 : a + i * size, b + i * size, n)
  }
  return total
}

export function squares_f32(x: usize, count: usize): f64 {
  return squaresOf<f32>(0, x, count)
}

export function squares_f64(x: usize, count: usize): f64 {
  return squaresOf<f64>(0, x, count)
}

export function moved_f32(a: usize, b: usize, count: usize): f64 {
  return squaresOf<f32>(a, b, count)
}

export function moved_f64(a: usize, b: usize, count: usize): f64 {
  return squaresOf<f64>(a, b, count)
}

/** marks[unit] |= the bits of what it put out, x [outer, units, inner]. */
// @ts-ignore: decorator
@inline
function mark<T>(x: usize, outer: usize, units: usize, inner: usize, marks: usize): void {
  const size = <usize>sizeof<T>()
  const lanes: usize = 16 / size
  if (inner == 1) {
    for (let row: usize = 0; row < outer; row++) {
      let u: usize = 0
      for (; u + lanes <= units; u += lanes) {
        const at = marks + u * size
        v128.store(at, v128.or(v128.load(at), v128.load(x + u * size)))
      }
      for (; u < units; u++) markOne<T>(marks + u * size, x + u * size)
      x += units * size
      // No unit can become silent again: most are known not to be after a few rows.
      if ((row & 7) == 7 && silent<T>(marks, units) == 0) return
    }
    return
  }
  for (let row: usize = 0; row < outer; row++)
    for (let u: usize = 0; u < units; u++) {
      let any = i64x2.splat(0)
      let i: usize = 0
      for (; i + lanes <= inner; i += lanes) any = v128.or(any, v128.load(x + i * size))
      const at = marks + u * size
      const bits = i64x2.extract_lane(any, 0) | i64x2.extract_lane(any, 1)
      if (sizeof<T>() == 8) store<i64>(at, load<i64>(at) | bits)
      else store<i32>(at, load<i32>(at) | <i32>bits | <i32>(bits >> 32))
      for (; i < inner; i++) markOne<T>(at, x + i * size)
      x += inner * size
    }
}

// @ts-ignore: decorator
@inline
function markOne<T>(at: usize, x: usize): void {
  if (sizeof<T>() == 8) store<i64>(at, load<i64>(at) | load<i64>(x))
  else store<i32>(at, load<i32>(at) | load<i32>(x))
}

/** Units without a bit but the sign's: 0 and -0 alone. */
// @ts-ignore: decorator
@inline
function silent<T>(marks: usize, units: usize): i32 {
  let n = 0
  for (let u: usize = 0; u < units; u++)
    if (sizeof<T>() == 8) n += i32((load<i64>(marks + u * 8) & 0x7fffffffffffffff) == 0)
    else n += i32((load<i32>(marks + u * 4) & 0x7fffffff) == 0)
  return n
}

export function markUnits_f32(x: usize, outer: usize, units: usize, inner: usize, marks: usize): void {
  mark<f32>(x, outer, units, inner, marks)
}

export function markUnits_f64(x: usize, outer: usize, units: usize, inner: usize, marks: usize): void {
  mark<f64>(x, outer, units, inner, marks)
}

export function silentUnits_f32(marks: usize, units: usize): i32 {
  return silent<f32>(marks, units)
}

export function silentUnits_f64(marks: usize, units: usize): i32 {
  return silent<f64>(marks, units)
}
