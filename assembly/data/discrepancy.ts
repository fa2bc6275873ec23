/** Kernels of pairs of rows, made in place of their inner products, and the digits by which the median of distances is selected. */
import { exp_f64 } from '../array/elementwise/exp'

/** In place of inner products g [rows, columns]: squared distances max(0, |x|^2 + |y|^2 - 2 x y). */
export function squaredDistances_f64(rows: i32, columns: i32, g: usize, x2: usize, y2: usize): void {
  const two = f64x2.splat(2)
  const zero = f64x2.splat(0)
  for (let i = 0; i < rows; i++) {
    const own = load<f64>(x2 + (<usize>i << 3))
    const mine = f64x2.splat(own)
    let j = 0
    for (; j + 2 <= columns; j += 2) {
      const sum = f64x2.add(mine, v128.load(y2 + (<usize>j << 3)))
      v128.store(g, f64x2.pmax(zero, f64x2.sub(sum, f64x2.mul(two, v128.load(g)))))
      g += 16
    }
    if (j < columns) {
      store<f64>(g, Math.max(0, own + load<f64>(y2 + (<usize>j << 3)) - 2 * load<f64>(g)))
      g += 8
    }
  }
}

/**
 * In place of squared distances d [rows, columns]: exp(-scale d), or with scale 0 their roots. Sums of rows are added to `sums` [rows], of columns
 * to `across` [columns] (0: not wanted).
 */
export function pairKernel_f64(rows: i32, columns: i32, d: usize, scale: f64, sums: usize, across: usize): void {
  const factor = f64x2.splat(-scale)
  for (let i = 0; i < rows; i++) {
    let total = f64x2.splat(0)
    let to = across
    let j = 0
    for (; j + 2 <= columns; j += 2) {
      const v = v128.load(d)
      const k = scale == 0 ? f64x2.sqrt(v) : exp_f64(f64x2.mul(factor, v))
      v128.store(d, k)
      total = f64x2.add(total, k)
      if (across != 0) {
        v128.store(to, f64x2.add(v128.load(to), k))
        to += 16
      }
      d += 16
    }
    let sum = f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1)
    if (j < columns) {
      const v = f64x2.splat(load<f64>(d))
      const k = f64x2.extract_lane(scale == 0 ? f64x2.sqrt(v) : exp_f64(f64x2.mul(factor, v)), 0)
      store<f64>(d, k)
      sum += k
      if (across != 0) store<f64>(to, load<f64>(to) + k)
      d += 8
    }
    store<f64>(sums + (<usize>i << 3), load<f64>(sums + (<usize>i << 3)) + sum)
  }
}

/** Adds to out [columns] the sums over rows of a [rows, columns] times b [rows, columns]. */
export function columnProducts_f64(rows: i32, columns: i32, a: usize, b: usize, out: usize): void {
  for (let i = 0; i < rows; i++) {
    let to = out
    for (let j = 0; j < columns; j++) {
      store<f64>(to, load<f64>(to) + load<f64>(a) * load<f64>(b))
      a += 8
      b += 8
      to += 8
    }
  }
}

/**
 * Counts numbers x [n] >= 0 by the 16 bits above the lowest `shift`, among those whose bits above these are the same as of `like`, into counts
 * [65536] of u32.
 */
export function countDigits_f64(n: i32, x: usize, shift: i32, like: f64, counts: usize): void {
  const top = <u64>shift + 16
  const wanted = top >= 64 ? 0 : reinterpret<u64>(like) >>> top
  for (let i = 0; i < n; i++) {
    const bits = load<u64>(x + (<usize>i << 3))
    if (top < 64 && bits >>> top != wanted) continue
    const slot = counts + (<usize>((bits >>> <u64>shift) & 0xffff) << 2)
    store<u32>(slot, load<u32>(slot) + 1)
  }
}

/**
 * Of numbers x [n], state [2] of u32: how many are below `low` is added to the first, and those from `low` to `high` are put behind the `state[1]`
 * that `out` [room] has already, and counted there; what has no room is counted alone.
 */
export function gatherBetween_f64(n: i32, x: usize, low: f64, high: f64, out: usize, room: i32, state: usize): void {
  const lows = f64x2.splat(low)
  const highs = f64x2.splat(high)
  let below = i64x2.splat(0)
  let rest: u32 = 0
  let count = load<i32>(state, 4)
  let i = 0
  for (; i + 2 <= n; i += 2) {
    const v = v128.load(x + (<usize>i << 3))
    const under = f64x2.lt(v, lows)
    below = i64x2.sub(below, under)
    const within = v128.andnot(f64x2.le(v, highs), under)
    if (!v128.any_true(within)) continue
    for (let j = i; j < i + 2; j++) {
      const value = load<f64>(x + (<usize>j << 3))
      if (value < low || value > high) continue
      if (count < room) store<f64>(out + (<usize>count << 3), value)
      count++
    }
  }
  if (i < n) {
    const value = load<f64>(x + (<usize>i << 3))
    if (value < low) rest++
    else if (value <= high) {
      if (count < room) store<f64>(out + (<usize>count << 3), value)
      count++
    }
  }
  const all = i64x2.extract_lane(below, 0) + i64x2.extract_lane(below, 1)
  store<u32>(state, load<u32>(state) + <u32>all + rest)
  store<i32>(state, count, 4)
}
