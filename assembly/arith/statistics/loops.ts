/**
 * The hot loops: one read of a block gives sums, extremes and counts of biased exponents. Constants that V8 would make anew in every round are
 * loaded from memory, and stores come before the loads that it can then fold into conversions.
 */
import { pairTables, vectorScratch } from '../scratch'
import { tablesAt, tick } from './histogram'
import { lanes, setSums } from './sums'

// @ts-ignore: decorator
@inline
function constant(bits: u64): v128 {
  store<u64>(vectorScratch + 64, bits)
  store<u64>(vectorScratch + 72, bits)
  return v128.load(vectorScratch + 64)
}

const magnitudes: u64 = 0x7fffffffffffffff

// @ts-ignore: decorator
@inline
function publish(
  from: usize, left: u32, table: usize, s: v128, a: v128, q: v128, low: v128, high: v128,
): void {
  let total = lanes(s), absolute = lanes(a), square = lanes(q)
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
    tick(table, <usize>(load<u32>(from) >>> 21) & 0x3fc)
  }
  setSums(total, absolute, square, smallest, largest)
}

/** A block of f32, exponents counted one by one in the state's tables. */
export function measureF32(state: usize, from: usize, n: u32): void {
  const t0 = state + tablesAt<f32>()
  const t1 = t0 + 1024
  const t2 = t0 + 2048
  const t3 = t0 + 3072
  const magnitude = constant(magnitudes)
  let s0 = f64x2.splat(0), s1 = s0, a0 = s0, a1 = s0, q0 = s0, q1 = s0
  let low = f32x4.splat(Infinity), high = f32x4.splat(-Infinity)
  let left = n
  for (; left >= 4; left -= 4, from += 16) {
    const w0 = load<u64>(from)
    const w1 = load<u64>(from, 8)
    tick(t0, <usize>(w0 >>> 21) & 0x3fc)
    tick(t1, <usize>(w0 >>> 53) & 0x3fc)
    tick(t2, <usize>(w1 >>> 21) & 0x3fc)
    tick(t3, <usize>(w1 >>> 53) & 0x3fc)
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
  }
  publish(from, left, t0, f64x2.add(s0, s1), f64x2.add(a0, a1), f64x2.add(q0, q1), low, high)
}

// Absolute addresses, so that they become constants of the loop's loads and stores.
const firstTable: usize = pairTables
const secondTable: usize = pairTables + 0x40000

/**
 * A block of f32, exponents counted by pairs (see pairs.ts); what is left of the last eight goes to the state's tables. Both halves of the
 * block are read in step: processors fetch ahead within a page only, and so meet two new pages at once.
 */
export function measurePairsF32(state: usize, from: usize, n: u32): void {
  const magnitude = constant(magnitudes)
  const firsts = constant(0x000003fc000003fc)
  const seconds = constant(0x0003fc000003fc00)
  let s0 = f64x2.splat(0), s1 = s0, a0 = s0, a1 = s0, q0 = s0, q1 = s0
  let low = f32x4.splat(Infinity), high = f32x4.splat(-Infinity)
  const half = <usize>(n >>> 3) << 4
  let other = from + half
  for (const end = other; from < end; from += 16, other += 16) {
    const v0 = v128.load(from)
    const v1 = v128.load(other)
    // Four offsets into the tables: one exponent times 4, the other times 1024.
    v128.store(
      vectorScratch,
      v128.or(v128.and(i32x4.shr_u(v0, 21), firsts), v128.and(i32x4.shr_u(v1, 13), seconds)),
    )
    low = f32x4.pmin(f32x4.pmin(low, v0), v1)
    high = f32x4.pmax(f32x4.pmax(high, v0), v1)
    const i0 = <usize>load<u32>(vectorScratch + 0)
    store<u32>(i0, load<u32>(i0, firstTable) + 1, firstTable)
    const i1 = <usize>load<u32>(vectorScratch + 4)
    store<u32>(i1, load<u32>(i1, secondTable) + 1, secondTable)
    const i2 = <usize>load<u32>(vectorScratch + 8)
    store<u32>(i2, load<u32>(i2, firstTable) + 1, firstTable)
    const i3 = <usize>load<u32>(vectorScratch + 12)
    store<u32>(i3, load<u32>(i3, secondTable) + 1, secondTable)
    const x0 = f64x2.promote_low_f32x4(v128.load64_zero(from))
    const x1 = f64x2.promote_low_f32x4(v128.load64_zero(from, 8))
    const x2 = f64x2.promote_low_f32x4(v128.load64_zero(other))
    const x3 = f64x2.promote_low_f32x4(v128.load64_zero(other, 8))
    s0 = f64x2.add(f64x2.add(s0, x0), x2)
    s1 = f64x2.add(f64x2.add(s1, x1), x3)
    a0 = f64x2.add(f64x2.add(a0, v128.and(x0, magnitude)), v128.and(x2, magnitude))
    a1 = f64x2.add(f64x2.add(a1, v128.and(x1, magnitude)), v128.and(x3, magnitude))
    q0 = f64x2.add(f64x2.add(q0, f64x2.mul(x0, x0)), f64x2.mul(x2, x2))
    q1 = f64x2.add(f64x2.add(q1, f64x2.mul(x1, x1)), f64x2.mul(x3, x3))
  }
  publish(
    other, n & 7, state + tablesAt<f32>(), f64x2.add(s0, s1), f64x2.add(a0, a1), f64x2.add(q0, q1), low, high,
  )
}

/** A block of f64, its halves in step as well. */
export function measureF64(state: usize, from: usize, n: u32): void {
  const t0 = state + tablesAt<f64>()
  const t1 = t0 + 8192
  const t2 = t0 + 16384
  const t3 = t0 + 24576
  const magnitude = constant(magnitudes)
  let s0 = f64x2.splat(0), s1 = s0, a0 = s0, a1 = s0, q0 = s0, q1 = s0
  let low = f64x2.splat(Infinity), high = f64x2.splat(-Infinity)
  let other = from + (<usize>(n >>> 2) << 4)
  for (const end = other; from < end; from += 16, other += 16) {
    tick(t0, <usize>(load<u16>(from, 6) >>> 2) & 0x1ffc)
    tick(t1, <usize>(load<u16>(from, 14) >>> 2) & 0x1ffc)
    tick(t2, <usize>(load<u16>(other, 6) >>> 2) & 0x1ffc)
    tick(t3, <usize>(load<u16>(other, 14) >>> 2) & 0x1ffc)
    const x0 = v128.load(from)
    const x1 = v128.load(other)
    low = f64x2.pmin(f64x2.pmin(low, x0), x1)
    high = f64x2.pmax(f64x2.pmax(high, x0), x1)
    s0 = f64x2.add(s0, x0)
    s1 = f64x2.add(s1, x1)
    a0 = f64x2.add(a0, v128.and(x0, magnitude))
    a1 = f64x2.add(a1, v128.and(x1, magnitude))
    q0 = f64x2.add(q0, f64x2.mul(x0, x0))
    q1 = f64x2.add(q1, f64x2.mul(x1, x1))
  }
  let total = lanes(f64x2.add(s0, s1)), absolute = lanes(f64x2.add(a0, a1)), square = lanes(f64x2.add(q0, q1))
  let smallest = min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1))
  let largest = max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1))
  for (let left = n & 3; left > 0; left--, other += 8) {
    const x = load<f64>(other)
    smallest = min(smallest, x)
    largest = max(largest, x)
    total += x
    absolute += abs(x)
    square += x * x
    tick(t0, <usize>(load<u16>(other, 6) >>> 2) & 0x1ffc)
  }
  setSums(total, absolute, square, smallest, largest)
}
