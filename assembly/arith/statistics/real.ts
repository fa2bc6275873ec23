/**
 * The pass over f32 and f64: one loop over a cache-resident block gives every figure and counts biased exponents. What is rare is found from
 * the counts, and looked at again: NaN and infinities, zeros and subnormals, values near the ends of float64.
 */
import { bump, histogramAt, pendingAt, raiseZone, scaleOf, zerosAt, zoneAt, zoneFor } from './state'
import { blockElements, compact, countZeros, joinBlock, l1, least, most, setSums, squares, sum, sweep, lanes } from './sums'

// The histogram: totals (f64, one each biased exponent), true exponents of subnormals (f64, one each fraction bit), then interleaved u32
// tables, several so that equal neighbours do not wait for one another.

// @ts-ignore: decorator
@inline
function bins<T>(): usize {
  return sizeof<T>() == 4 ? 256 : 2048
}

// @ts-ignore: decorator
@inline
function fractionBits<T>(): usize {
  return sizeof<T>() == 4 ? 23 : 52
}

// @ts-ignore: decorator
@inline
function tableCount<T>(): usize {
  return 4
}

// @ts-ignore: decorator
@inline
function subnormalsAt<T>(): usize {
  return histogramAt + bins<T>() * 8
}

// @ts-ignore: decorator
@inline
function tablesAt<T>(): usize {
  return subnormalsAt<T>() + 64 * 8
}

// @ts-ignore: decorator
@inline
export function realStateBytes<T>(): u32 {
  return <u32>(tablesAt<T>() + tableCount<T>() * bins<T>() * 4)
}

// @ts-ignore: decorator
@inline
function tick(table: usize, offset: usize): void {
  store<u32>(table + offset, load<u32>(table + offset) + 1)
}

/** Elements so far in one bin of all tables. */
function binOf<T>(state: usize, bin: usize): u32 {
  let count: u32 = 0
  for (let table: usize = 0; table < tableCount<T>(); table++)
    count += load<u32>(state + tablesAt<T>() + (table * bins<T>() + bin) * 4)
  return count
}

/** Moves the tables' counts to the totals. */
export function flush<T>(state: usize): void {
  store<f64>(state, 0, pendingAt)
  for (let bin: usize = 0; bin < bins<T>(); bin++) {
    bump(state, histogramAt + bin * 8, <f64>binOf<T>(state, bin))
    for (let table: usize = 0; table < tableCount<T>(); table++)
      store<u32>(state + tablesAt<T>() + (table * bins<T>() + bin) * 4, 0)
  }
}

export function mergeHistogram<T>(state: usize, other: usize): void {
  flush<T>(other)
  for (let at = histogramAt; at < tablesAt<T>(); at += 8) bump(state, at, load<f64>(other + at))
}

/** Everything about a block of f32 at once. */
function measureF32(state: usize, from: usize, n: u32): void {
  const t0 = state + tablesAt<f32>()
  const t1 = t0 + 1024
  const t2 = t0 + 2048
  const t3 = t0 + 3072
  const magnitude = i64x2.splat(0x7fffffffffffffff)
  let s0 = f64x2.splat(0), s1 = s0, a0 = s0, a1 = s0, q0 = s0, q1 = s0
  let low = f32x4.splat(Infinity), high = f32x4.splat(-Infinity)
  let left = n
  for (; left >= 4; left -= 4, from += 16) {
    const v = v128.load(from)
    low = f32x4.pmin(low, v)
    high = f32x4.pmax(high, v)
    const x0 = f64x2.promote_low_f32x4(v128.load64_zero(from))
    const x1 = f64x2.promote_low_f32x4(v128.load64_zero(from, 8))
    s0 = f64x2.add(s0, x0)
    s1 = f64x2.add(s1, x1)
    a0 = f64x2.add(a0, v128.and(x0, magnitude))
    a1 = f64x2.add(a1, v128.and(x1, magnitude))
    q0 = f64x2.add(q0, f64x2.mul(x0, x0))
    q1 = f64x2.add(q1, f64x2.mul(x1, x1))
    const w0 = load<u64>(from)
    const w1 = load<u64>(from, 8)
    tick(t0, <usize>(w0 >>> 21) & 0x3fc)
    tick(t1, <usize>(w0 >>> 53) & 0x3fc)
    tick(t2, <usize>(w1 >>> 21) & 0x3fc)
    tick(t3, <usize>(w1 >>> 53) & 0x3fc)
  }
  let total = lanes(f64x2.add(s0, s1)), absolute = lanes(f64x2.add(a0, a1)), square = lanes(f64x2.add(q0, q1))
  let smallest = min(
    min(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1)),
    min(f32x4.extract_lane(low, 2), f32x4.extract_lane(low, 3)),
  )
  let largest = max(
    max(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1)),
    max(f32x4.extract_lane(high, 2), f32x4.extract_lane(high, 3)),
  )
  for (; left > 0; left--, from += 4) {
    const value = load<f32>(from)
    smallest = min(smallest, value)
    largest = max(largest, value)
    const x = <f64>value
    total += x
    absolute += abs(x)
    square += x * x
    tick(t0, <usize>(load<u32>(from) >>> 21) & 0x3fc)
  }
  setSums(total, absolute, square, smallest, largest)
}

/** The same of f64. */
function measureF64(state: usize, from: usize, n: u32): void {
  const t0 = state + tablesAt<f64>()
  const t1 = t0 + 8192
  const t2 = t0 + 16384
  const t3 = t0 + 24576
  const magnitude = i64x2.splat(0x7fffffffffffffff)
  let s0 = f64x2.splat(0), s1 = s0, a0 = s0, a1 = s0, q0 = s0, q1 = s0
  let low = f64x2.splat(Infinity), high = f64x2.splat(-Infinity)
  let left = n
  for (; left >= 4; left -= 4, from += 32) {
    const x0 = v128.load(from)
    const x1 = v128.load(from, 16)
    low = f64x2.pmin(f64x2.pmin(low, x0), x1)
    high = f64x2.pmax(f64x2.pmax(high, x0), x1)
    s0 = f64x2.add(s0, x0)
    s1 = f64x2.add(s1, x1)
    a0 = f64x2.add(a0, v128.and(x0, magnitude))
    a1 = f64x2.add(a1, v128.and(x1, magnitude))
    q0 = f64x2.add(q0, f64x2.mul(x0, x0))
    q1 = f64x2.add(q1, f64x2.mul(x1, x1))
    tick(t0, <usize>(load<u16>(from, 6) >>> 2) & 0x1ffc)
    tick(t1, <usize>(load<u16>(from, 14) >>> 2) & 0x1ffc)
    tick(t2, <usize>(load<u16>(from, 22) >>> 2) & 0x1ffc)
    tick(t3, <usize>(load<u16>(from, 30) >>> 2) & 0x1ffc)
  }
  let total = lanes(f64x2.add(s0, s1)), absolute = lanes(f64x2.add(a0, a1)), square = lanes(f64x2.add(q0, q1))
  let smallest = min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1))
  let largest = max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1))
  for (; left > 0; left--, from += 8) {
    const x = load<f64>(from)
    smallest = min(smallest, x)
    largest = max(largest, x)
    total += x
    absolute += abs(x)
    square += x * x
    tick(t0, <usize>(load<u16>(from, 6) >>> 2) & 0x1ffc)
  }
  setSums(total, absolute, square, smallest, largest)
}

/** Puts a block's subnormals in the bins of their true exponents: bit k of the fraction is the highest. */
function placeSubnormals<T>(state: usize, from: usize, n: u32): void {
  for (; n > 0; n--, from += sizeof<T>()) {
    let bits: u64
    if (sizeof<T>() == 4) bits = load<u32>(from) & 0x7fffffff
    else bits = load<u64>(from) & 0x7fffffffffffffff
    if (bits == 0 || bits >>> fractionBits<T>() != 0) continue
    bump(state, subnormalsAt<T>() + (63 - <usize>clz(bits)) * 8, 1)
  }
}

/** Room for a block without its NaN and infinities. */
const kept = memory.data(4096 * 8, 64)

function block<T>(state: usize, from: usize, n: u32): void {
  const smallBefore = binOf<T>(state, 0)
  const specialBefore = binOf<T>(state, bins<T>() - 1)
  if (sizeof<T>() == 4) measureF32(state, from, n)
  else measureF64(state, from, n)
  const small = binOf<T>(state, 0) - smallBefore
  if (binOf<T>(state, bins<T>() - 1) != specialBefore) {
    n = compact<T>(state, from, n, kept)
    from = kept
    if (n == 0) return
    sweep<T>(from, n, 0, 1)
  }
  if (small > 0) {
    const zeros = countZeros<T>(from, n)
    bump(state, zerosAt, zeros)
    if (zeros < small) placeSubnormals<T>(state, from, n)
  }
  let scale: f64 = 1
  if (sizeof<T>() == 4) store<f64>(state, 0, zoneAt)
  else {
    const largest = max(-least, most)
    const zone = zoneFor(largest)
    if (zone > load<f64>(state, zoneAt)) raiseZone(state, zone)
    scale = scaleOf(load<f64>(state, zoneAt))
    if (scale != 1 && largest > 0) sweep<T>(from, n, 0, scale)
  }
  joinBlock<T>(state, from, n, scale)
}

/** Reads `count` elements at `from`. */
export function update<T>(state: usize, from: usize, count: u32): void {
  const pending = load<f64>(state, pendingAt) + <f64>count
  store<f64>(state, pending, pendingAt)
  for (; count > 0; ) {
    const n = min(count, blockElements)
    block<T>(state, from, n)
    count -= n
    from += <usize>n * sizeof<T>()
  }
  if (pending > 2147483648.0) flush<T>(state)
}
