/** One run of out = c ? a : b. A condition is a byte of 0 or 1; steps as in loops.ts, of c 16 or 0 too. */
import { choose } from './lanes'

/** 16 elements by four vectors, the last ones one by one. */
function words(n: i32, c: usize, stepC: usize, a: usize, stepA: usize, b: usize, stepB: usize, out: usize): void {
  const zero = i8x16.splat(0)
  for (; n >= 16; n -= 16) {
    const mask = i8x16.ne(v128.load(c), zero)
    const low = i16x8.extend_low_i8x16_s(mask), high = i16x8.extend_high_i8x16_s(mask)
    v128.store(out, choose(i32x4.extend_low_i16x8_s(low), v128.load(a), v128.load(b)))
    v128.store(out, choose(i32x4.extend_high_i16x8_s(low), v128.load(a, 16), v128.load(b, 16)), 16)
    v128.store(out, choose(i32x4.extend_low_i16x8_s(high), v128.load(a, 32), v128.load(b, 32)), 32)
    v128.store(out, choose(i32x4.extend_high_i16x8_s(high), v128.load(a, 48), v128.load(b, 48)), 48)
    c += stepC
    a += stepA << 2
    b += stepB << 2
    out += 64
  }
  rest<u32>(n, c, stepC, a, stepA, b, stepB, out)
}

function doubles(n: i32, c: usize, stepC: usize, a: usize, stepA: usize, b: usize, stepB: usize, out: usize): void {
  for (; n >= 2; n -= 2) {
    const bits = load<u16>(c)
    const mask = i64x2.neg(i64x2.replace_lane(i64x2.splat(bits & 1), 1, bits >> 8))
    v128.store(out, choose(mask, v128.load(a), v128.load(b)))
    c += stepC >> 3
    a += stepA
    b += stepB
    out += 16
  }
  rest<u64>(n, c, stepC, a, stepA, b, stepB, out)
}

function bytes(n: i32, c: usize, stepC: usize, a: usize, stepA: usize, b: usize, stepB: usize, out: usize): void {
  const zero = i8x16.splat(0)
  for (; n >= 16; n -= 16) {
    v128.store(out, choose(i8x16.ne(v128.load(c), zero), v128.load(a), v128.load(b)))
    c += stepC
    a += stepA
    b += stepB
    out += 16
  }
  rest<u8>(n, c, stepC, a, stepA, b, stepB, out)
}

function rest<T>(n: i32, c: usize, stepC: usize, a: usize, stepA: usize, b: usize, stepB: usize, out: usize): void {
  for (let i = 0; i < n; i++) {
    const at = <usize>i * sizeof<T>()
    const set = load<u8>(stepC ? c + i : c) != 0
    store<T>(out + at, set ? load<T>(stepA ? a + at : a) : load<T>(stepB ? b + at : b))
  }
}

export function whereRun(
  size: i32, n: i32, c: usize, stepC: usize, a: usize, stepA: usize, b: usize, stepB: usize, out: usize,
): void {
  if (size == 4) words(n, c, stepC, a, stepA, b, stepB, out)
  else if (size == 8) doubles(n, c, stepC, a, stepA, b, stepB, out)
  else bytes(n, c, stepC, a, stepA, b, stepB, out)
}
