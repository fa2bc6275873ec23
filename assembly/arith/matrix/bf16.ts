/** The hot loop over bf16: four rows of a tile at once, codes counted (statistics/codes.ts), squares summed along rows and columns. */
import { columnScratch, pairTables } from '../scratch'
import { lanes } from '../statistics/sums'

// @ts-ignore: decorator
@inline
function tick(at: usize): void {
  store<u32>(at, load<u32>(at, pairTables) + 1, pairTables)
}

/** Counts four codes. */
// @ts-ignore: decorator
@inline
function count(w: u64): void {
  tick(<usize>(w << 2) & 0x3fffc)
  tick(<usize>(w >>> 14) & 0x3fffc)
  tick(<usize>(w >>> 30) & 0x3fffc)
  tick(<usize>(w >>> 46) & 0x3fffc)
}

// @ts-ignore: decorator
@inline
function widen(from: usize): v128 {
  return v128.shuffle<u16>(i32x4.splat(0), v128.load64_zero(from), 0, 8, 1, 9, 2, 10, 3, 11)
}

// @ts-ignore: decorator
@inline
function high(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<u64>(v, v, 1, 1))
}

/** Counts four rows, adds their squares to `columnScratch`, and puts the sums of their squares at `sums`. */
export function quadBF16(from: usize, stride: usize, columns: u32, sums: usize): void {
  let p0 = from, p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride
  let r0 = f64x2.splat(0), r1 = r0, r2 = r0, r3 = r0
  let at = columnScratch
  for (const end = p0 + (<usize>(columns & ~3) << 1); p0 < end; p0 += 8, p1 += 8, p2 += 8, p3 += 8, at += 32) {
    count(load<u64>(p0))
    count(load<u64>(p1))
    count(load<u64>(p2))
    count(load<u64>(p3))
    const v0 = widen(p0), v1 = widen(p1), v2 = widen(p2), v3 = widen(p3)
    let x0 = f64x2.promote_low_f32x4(v0), x1 = f64x2.promote_low_f32x4(v1)
    let x2 = f64x2.promote_low_f32x4(v2), x3 = f64x2.promote_low_f32x4(v3)
    x0 = f64x2.mul(x0, x0)
    x1 = f64x2.mul(x1, x1)
    x2 = f64x2.mul(x2, x2)
    x3 = f64x2.mul(x3, x3)
    r0 = f64x2.add(r0, x0)
    r1 = f64x2.add(r1, x1)
    r2 = f64x2.add(r2, x2)
    r3 = f64x2.add(r3, x3)
    v128.store(at, f64x2.add(v128.load(at), f64x2.add(f64x2.add(x0, x1), f64x2.add(x2, x3))))
    x0 = high(v0)
    x1 = high(v1)
    x2 = high(v2)
    x3 = high(v3)
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
  for (let row: usize = 0; row < 4; row++) {
    for (let column: usize = 0; column < <usize>(columns & 3); column++) {
      const code = <u32>load<u16>(p0 + row * stride + (column << 1))
      const x = <f64>reinterpret<f32>(code << 16)
      tick(<usize>code << 2)
      store<f64>(sums + (row << 3), load<f64>(sums + (row << 3)) + x * x)
      store<f64>(at + (column << 3), load<f64>(at + (column << 3)) + x * x)
    }
  }
}
