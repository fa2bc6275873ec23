/** Casts between element types, and the search for what is not finite. */
import { Ne } from './arithmetic'
import { lower, upper } from './lanes'
import { test } from './loops'
import { splatVector } from './scratch'

/** Four elements of a type as a vector of f32 or i32, a pair as f64, were too many loops for what memory bounds: one element at a time but for floats. */
function each<From, To>(n: i32, x: usize, out: usize): void {
  for (let i = 0; i < n; i++) store<To>(out + <usize>i * sizeof<To>(), <To>load<From>(x + <usize>i * sizeof<From>()))
}

function widen(n: i32, x: usize, out: usize): void {
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const v = v128.load(x)
    v128.store(out, lower(v))
    v128.store(out, upper(v), 16)
    x += 16
    out += 32
  }
  each<f32, f64>(n - i, x, out)
}

function narrow(n: i32, x: usize, out: usize): void {
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const low = f32x4.demote_f64x2_zero(v128.load(x)), high = f32x4.demote_f64x2_zero(v128.load(x, 16))
    v128.store64_lane(out, low, 0)
    v128.store64_lane(out, high, 0, 8)
    x += 32
    out += 16
  }
  each<f64, f32>(n - i, x, out)
}

/** Truncates and saturates; NaN gives 0. */
function whole<From>(n: i32, x: usize, out: usize): void {
  let i = 0
  if (sizeof<From>() == 4) {
    for (; i + 4 <= n; i += 4) {
      v128.store(out, i32x4.trunc_sat_f32x4_s(v128.load(x)))
      x += 16
      out += 16
    }
  }
  for (; i < n; i++) {
    store<i32>(out, <i32>load<From>(x))
    x += sizeof<From>()
    out += 4
  }
}

/** x != 0. */
function truth<T>(n: i32, x: usize, out: usize): void {
  v128.store(splatVector, i64x2.splat(0))
  v128.store(splatVector, i64x2.splat(0), 16)
  v128.store(splatVector, i64x2.splat(0), 32)
  v128.store(splatVector, i64x2.splat(0), 48)
  test<Ne<T>, T>(n, x, 16, splatVector, 0, out)
}

function fromWhole(n: i32, x: usize, out: usize): void {
  let i = 0
  for (; i + 4 <= n; i += 4) {
    v128.store(out, f32x4.convert_i32x4_s(v128.load(x)))
    x += 16
    out += 16
  }
  each<i32, f32>(n - i, x, out)
}

export function cast(from: i32, to: i32, n: i32, x: usize, out: usize): void {
  if (n <= 0) return
  switch ((from << 2) | to) {
    case 0: case 10: if (x != out) memory.copy(out, x, <usize>n << 2); return
    case 1: return widen(n, x, out)
    case 2: return whole<f32>(n, x, out)
    case 3: return truth<f32>(n, x, out)
    case 4: return narrow(n, x, out)
    case 5: if (x != out) memory.copy(out, x, <usize>n << 3); return
    case 6: return whole<f64>(n, x, out)
    case 7: return truth<f64>(n, x, out)
    case 8: return fromWhole(n, x, out)
    case 9: return each<i32, f64>(n, x, out)
    case 11: return truth<i32>(n, x, out)
    case 12: return each<u8, f32>(n, x, out)
    case 13: return each<u8, f64>(n, x, out)
    case 14: return each<u8, i32>(n, x, out)
    case 15: if (x != out) memory.copy(out, x, n); return
    default: unreachable()
  }
}

// @ts-ignore: decorator
@inline
function finite<T>(v: v128): v128 {
  return v128.lt<T>(v128.abs<T>(v), v128.splat<T>(<T>Infinity))
}

function search<T>(n: i32, x: usize): i32 {
  const lanes = <i32>(16 / sizeof<T>())
  let i = 0
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    const from = x + <usize>i * sizeof<T>()
    const all = v128.and(
      v128.and(finite<T>(v128.load(from)), finite<T>(v128.load(from, 16))),
      v128.and(finite<T>(v128.load(from, 32)), finite<T>(v128.load(from, 48))),
    )
    if (!i32x4.all_true(all)) break
  }
  for (; i < n; i++) {
    const value = load<T>(x + <usize>i * sizeof<T>())
    if (!(value - value == 0)) return i
  }
  return -1
}

/** Position of the first NaN or infinity, or -1. */
export function firstNonfinite(type: i32, n: i32, x: usize): i32 {
  if (type == 0) return search<f32>(n, x)
  if (type == 1) return search<f64>(n, x)
  return -1
}
