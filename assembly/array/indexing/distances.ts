/**
 * Distances between rows. Differences come first, so that rows far from the origin and near each other lose nothing, as they do by
 * |a|² + |b|² - 2 a·b. Those of f32 are rounded once to f32; the rest is f64.
 */

import { powerOfPart, root } from '../reduce/power'

/** Bytes of b's rows that stay in the nearest cache while rows of a pass by. */
const tileBytes: i32 = 16384

/** Difference of two elements, in T and then as f64. */
// @ts-ignore: decorator
@inline
function gap<T>(a: usize, b: usize): f64 {
  return <f64>(load<T>(a) - load<T>(b))
}

/** The same of elements 0 and 1. */
// @ts-ignore: decorator
@inline
function gaps<T>(a: usize, b: usize): v128 {
  if (sizeof<T>() == 8) return f64x2.sub(v128.load(a), v128.load(b))
  return f64x2.promote_low_f32x4(f32x4.sub(v128.load64_zero(a), v128.load64_zero(b)))
}

/** Distances by size of difference: 1 sums them, 2 their squares, 0 takes the largest. */
// @ts-ignore: decorator
@inline
function distance<T>(kind: i32, scale: f64, d: i32, a: usize, b: usize): f64 {
  const factor = f64x2.splat(scale)
  let s0 = f64x2.splat(0), s1 = s0
  let i = 0
  for (; i + 4 <= d; i += 4) {
    let u = gaps<T>(a, b), v = gaps<T>(a + 2 * sizeof<T>(), b + 2 * sizeof<T>())
    if (kind == 2) {
      if (sizeof<T>() == 8) {
        u = f64x2.mul(u, factor)
        v = f64x2.mul(v, factor)
      }
      s0 = f64x2.add(s0, f64x2.mul(u, u))
      s1 = f64x2.add(s1, f64x2.mul(v, v))
    } else if (kind == 1) {
      s0 = f64x2.add(s0, f64x2.abs(u))
      s1 = f64x2.add(s1, f64x2.abs(v))
    } else {
      s0 = f64x2.max(s0, f64x2.abs(u))
      s1 = f64x2.max(s1, f64x2.abs(v))
    }
    a += 4 * sizeof<T>()
    b += 4 * sizeof<T>()
  }
  s0 = kind == 0 ? f64x2.max(s0, s1) : f64x2.add(s0, s1)
  let total =
    kind == 0
      ? max(f64x2.extract_lane(s0, 0), f64x2.extract_lane(s0, 1))
      : f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1)
  for (; i < d; i++) {
    const u = gap<T>(a, b) * (kind == 2 ? scale : 1)
    total = kind == 2 ? total + u * u : kind == 1 ? total + abs(u) : max(total, abs(u))
    a += sizeof<T>()
    b += sizeof<T>()
  }
  return total
}

function manhattan<T>(d: i32, a: usize, b: usize): f64 {
  return distance<T>(1, 1, d, a, b)
}

function chebyshev<T>(d: i32, a: usize, b: usize): f64 {
  return distance<T>(0, 1, d, a, b)
}

function squares<T>(d: i32, a: usize, b: usize, scale: f64): f64 {
  return distance<T>(2, scale, d, a, b)
}

/** Taken again with scaled differences where their squares leave f64's safe range. */
function euclidean<T>(d: i32, a: usize, b: usize): f64 {
  const sum = squares<T>(d, a, b, 1)
  if (sizeof<T>() == 4 || (sum >= 1e-280 && sum <= 1e300) || sum != sum) return sqrt(sum)
  const scale = sum > 1 ? 2.409919865102884e-181 : 4.149515568880993e180 // 2^∓600
  return sqrt(squares<T>(d, a, b, scale)) / scale
}

function minkowski<T>(p: f64, d: i32, a: usize, b: usize): f64 {
  const largest = chebyshev<T>(d, a, b)
  if (!(largest > 0 && largest < Infinity)) return largest
  const power = f64x2.splat(p), whole = f64x2.splat(largest)
  let sum: f64 = 0
  let i = 0
  for (; i + 2 <= d; i += 2) {
    const v = powerOfPart(f64x2.div(f64x2.abs(gaps<T>(a, b)), whole), power)
    sum += f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
    a += 2 * sizeof<T>()
    b += 2 * sizeof<T>()
  }
  if (i < d) sum += f64x2.extract_lane(powerOfPart(f64x2.splat(abs(gap<T>(a, b)) / largest), power), 0)
  return largest * root(sum, p)
}

/** out [batch, m, n] from rows of a [batch, m, d] and b [batch, n, d]. */
export function distances<T>(p: f64, batch: i32, m: i32, n: i32, d: i32, a: usize, b: usize, out: usize): void {
  const row = <usize>d * sizeof<T>()
  const tile = max(4, tileBytes / max(1, <i32>row))
  for (let o = 0; o < batch; o++) {
    for (let from = 0; from < n; from += tile) {
      const end = min(n, from + tile)
      for (let i = 0; i < m; i++) {
        const left = a + <usize>i * row
        for (let j = from; j < end; j++) {
          const right = b + <usize>j * row
          const value =
            p == 2
              ? euclidean<T>(d, left, right)
              : p == 1
                ? manhattan<T>(d, left, right)
                : p == Infinity
                  ? chebyshev<T>(d, left, right)
                  : minkowski<T>(p, d, left, right)
          store<T>(out + (<usize>i * <usize>n + <usize>j) * sizeof<T>(), <T>value)
        }
      }
    }
    a += <usize>m * row
    b += <usize>n * row
    out += <usize>m * <usize>n * sizeof<T>()
  }
}
