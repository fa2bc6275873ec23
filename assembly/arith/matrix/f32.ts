/** The hot loop over f32: four rows of a tile at once give every figure of statistics, and the sums of squares of rows and columns. */
import { columnScratch, pairTables, vectorScratch } from '../scratch'
import { tablesAt, tick } from '../statistics/histogram'
import { lanes } from '../statistics/sums'
import { addSums, splat64 } from './sums'

// Absolute addresses, so that they become constants of the loop's loads and stores.
const firstTable: usize = pairTables
const secondTable: usize = pairTables + 0x40000
const offsets: usize = vectorScratch

// @ts-ignore: decorator
@inline
function countFirst(at: usize): void {
  const bin = <usize>load<u32>(at)
  store<u32>(bin, load<u32>(bin, firstTable) + 1, firstTable)
}

// @ts-ignore: decorator
@inline
function countSecond(at: usize): void {
  const bin = <usize>load<u32>(at)
  store<u32>(bin, load<u32>(bin, secondTable) + 1, secondTable)
}

/** Adds four rows to the tile's figures and to `columnScratch`, and puts their sums of squares at `sums`. */
export function quadF32(state: usize, from: usize, stride: usize, columns: u32, sums: usize): void {
  const magnitude = splat64(0x7fffffffffffffff)
  // An exponent times 4, and another times 1024: an offset into a table of pairs (statistics/pairs.ts).
  const firsts = splat64(0x000003fc000003fc)
  const seconds = splat64(0x0003fc000003fc00)
  let p0 = from, p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride
  let r0 = f64x2.splat(0), r1 = r0, r2 = r0, r3 = r0, s = r0, a = r0
  let low = f32x4.splat(Infinity), high = f32x4.splat(-Infinity)
  let at = columnScratch
  for (const end = p0 + (<usize>(columns & ~3) << 2); p0 < end; p0 += 16, p1 += 16, p2 += 16, p3 += 16, at += 32) {
    const v0 = v128.load(p0), v1 = v128.load(p1)
    v128.store(offsets, v128.or(v128.and(i32x4.shr_u(v0, 21), firsts), v128.and(i32x4.shr_u(v1, 13), seconds)))
    low = f32x4.pmin(f32x4.pmin(low, v0), v1)
    high = f32x4.pmax(f32x4.pmax(high, v0), v1)
    const v2 = v128.load(p2), v3 = v128.load(p3)
    v128.store(offsets + 16, v128.or(v128.and(i32x4.shr_u(v2, 21), firsts), v128.and(i32x4.shr_u(v3, 13), seconds)))
    low = f32x4.pmin(f32x4.pmin(low, v2), v3)
    high = f32x4.pmax(f32x4.pmax(high, v2), v3)
    countFirst(offsets)
    countSecond(offsets + 4)
    countFirst(offsets + 8)
    countSecond(offsets + 12)
    let x0 = f64x2.promote_low_f32x4(v128.load64_zero(p0)), x1 = f64x2.promote_low_f32x4(v128.load64_zero(p1))
    let x2 = f64x2.promote_low_f32x4(v128.load64_zero(p2)), x3 = f64x2.promote_low_f32x4(v128.load64_zero(p3))
    s = f64x2.add(s, f64x2.add(f64x2.add(x0, x1), f64x2.add(x2, x3)))
    a = f64x2.add(
      a,
      f64x2.add(
        f64x2.add(v128.and(x0, magnitude), v128.and(x1, magnitude)),
        f64x2.add(v128.and(x2, magnitude), v128.and(x3, magnitude)),
      ),
    )
    x0 = f64x2.mul(x0, x0)
    x1 = f64x2.mul(x1, x1)
    x2 = f64x2.mul(x2, x2)
    x3 = f64x2.mul(x3, x3)
    r0 = f64x2.add(r0, x0)
    r1 = f64x2.add(r1, x1)
    r2 = f64x2.add(r2, x2)
    r3 = f64x2.add(r3, x3)
    v128.store(at, f64x2.add(v128.load(at), f64x2.add(f64x2.add(x0, x1), f64x2.add(x2, x3))))
    countFirst(offsets + 16)
    countSecond(offsets + 20)
    countFirst(offsets + 24)
    countSecond(offsets + 28)
    x0 = f64x2.promote_low_f32x4(v128.load64_zero(p0, 8))
    x1 = f64x2.promote_low_f32x4(v128.load64_zero(p1, 8))
    x2 = f64x2.promote_low_f32x4(v128.load64_zero(p2, 8))
    x3 = f64x2.promote_low_f32x4(v128.load64_zero(p3, 8))
    s = f64x2.add(s, f64x2.add(f64x2.add(x0, x1), f64x2.add(x2, x3)))
    a = f64x2.add(
      a,
      f64x2.add(
        f64x2.add(v128.and(x0, magnitude), v128.and(x1, magnitude)),
        f64x2.add(v128.and(x2, magnitude), v128.and(x3, magnitude)),
      ),
    )
    x0 = f64x2.mul(x0, x0)
    x1 = f64x2.mul(x1, x1)
    x2 = f64x2.mul(x2, x2)
    x3 = f64x2.mul(x3, x3)
    r0 = f64x2.add(r0, x0)
    r1 = f64x2.add(r1, x1)
    r2 = f64x2.add(r2, x2)
    r3 = f64x2.add(r3, x3)
    v128.store(at, f64x2.add(v128.load(at, 16), f64x2.add(f64x2.add(x0, x1), f64x2.add(x2, x3))), 16)
  }
  store<f64>(sums, lanes(r0))
  store<f64>(sums, lanes(r1), 8)
  store<f64>(sums, lanes(r2), 16)
  store<f64>(sums, lanes(r3), 24)
  let total = lanes(s), absolute = lanes(a)
  let smallest = min(
    min(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1)),
    min(f32x4.extract_lane(low, 2), f32x4.extract_lane(low, 3)),
  )
  let largest = max(
    max(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1)),
    max(f32x4.extract_lane(high, 2), f32x4.extract_lane(high, 3)),
  )
  for (let row: usize = 0; row < 4; row++) {
    for (let column: usize = 0; column < <usize>(columns & 3); column++) {
      const place = p0 + row * stride + (column << 2)
      const value = load<f32>(place)
      const x = <f64>value
      smallest = min(smallest, value)
      largest = max(largest, value)
      total += x
      absolute += abs(x)
      store<f64>(sums + (row << 3), load<f64>(sums + (row << 3)) + x * x)
      store<f64>(at + (column << 3), load<f64>(at + (column << 3)) + x * x)
      tick(state + tablesAt<f32>(), <usize>(load<u32>(place) >>> 21) & 0x3fc)
    }
  }
  addSums(total, absolute, smallest, largest)
}
