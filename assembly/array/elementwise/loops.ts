/**
 * The loops over contiguous elements. An operation is a class without fields whose method `at` computes one vector; it stands in as a type, so
 * that every (operation, type) has a loop of its own with the operation inlined. Sizes are in bytes. An output may be exactly an input. The last, partial
 * vector is computed as one too, so that no element is computed in another way.
 *
 * An operand's `step` is 16, or 0 for 64 bytes that hold one value over and over.
 */
import { loadPart, storePart } from './lanes'
import { tailFirst, tailOut, tailSecond } from './scratch'

/** For operations of many instructions: the operation stands in the code once, and the loop goes over the vectors first, then over the last, partial one. */
export function map<K>(bytes: usize, x: usize, out: usize): void {
  const rest = bytes & 15, end = out + (bytes - rest)
  let left = bytes >> 4
  v128.store(tailFirst, loadPart(x + (bytes - rest), rest))
  while (true) {
    for (; left > 0; left--) {
      v128.store(out, changetype<K>(0).at(v128.load(x)))
      x += 16
      out += 16
    }
    if (rest == 0 || out != end) break
    x = tailFirst
    out = tailOut
    left = 1
  }
  if (rest) storePart(end, v128.load(tailOut), rest)
}

/** For operations of few instructions. */
export function mapLight<K>(bytes: usize, x: usize, out: usize): void {
  const op = changetype<K>(0)
  if (bytes < 16) {
    storePart(out, op.at(loadPart(x, bytes)), bytes)
    return
  }
  const last = v128.load(x + bytes - 16)
  const end = out + bytes - 16
  for (let blocks = bytes >> 6; blocks > 0; blocks--) {
    const y0 = op.at(v128.load(x)), y1 = op.at(v128.load(x, 16))
    const y2 = op.at(v128.load(x, 32)), y3 = op.at(v128.load(x, 48))
    v128.store(out, y0)
    v128.store(out, y1, 16)
    v128.store(out, y2, 32)
    v128.store(out, y3, 48)
    x += 64
    out += 64
  }
  for (; out <= end; out += 16) {
    v128.store(out, op.at(v128.load(x)))
    x += 16
  }
  if (bytes & 15) v128.store(end, op.at(last))
}

// @ts-ignore: decorator
@inline
function lastOf(x: usize, step: usize, bytes: usize): v128 {
  return v128.load(step ? x + bytes - 16 : x)
}

// @ts-ignore: decorator
@inline
function partOf(x: usize, step: usize, bytes: usize): v128 {
  return step ? loadPart(x, bytes) : v128.load(x)
}

export function zip<K>(bytes: usize, a: usize, stepA: usize, b: usize, stepB: usize, out: usize): void {
  const rest = bytes & 15, whole = bytes - rest, end = out + whole
  let left = bytes >> 4
  v128.store(tailFirst, partOf(stepA ? a + whole : a, stepA, rest))
  v128.store(tailSecond, partOf(stepB ? b + whole : b, stepB, rest))
  while (true) {
    for (; left > 0; left--) {
      v128.store(out, changetype<K>(0).at(v128.load(a), v128.load(b)))
      a += stepA
      b += stepB
      out += 16
    }
    if (rest == 0 || out != end) break
    a = tailFirst
    b = tailSecond
    out = tailOut
    left = 1
  }
  if (rest) storePart(end, v128.load(tailOut), rest)
}

export function zipLight<K>(bytes: usize, a: usize, stepA: usize, b: usize, stepB: usize, out: usize): void {
  const op = changetype<K>(0)
  if (bytes < 16) {
    storePart(out, op.at(partOf(a, stepA, bytes), partOf(b, stepB, bytes)), bytes)
    return
  }
  const lastA = lastOf(a, stepA, bytes), lastB = lastOf(b, stepB, bytes)
  const end = out + bytes - 16
  for (let blocks = bytes >> 6; blocks > 0; blocks--) {
    const y0 = op.at(v128.load(a), v128.load(b)), y1 = op.at(v128.load(a, 16), v128.load(b, 16))
    const y2 = op.at(v128.load(a, 32), v128.load(b, 32)), y3 = op.at(v128.load(a, 48), v128.load(b, 48))
    v128.store(out, y0)
    v128.store(out, y1, 16)
    v128.store(out, y2, 32)
    v128.store(out, y3, 48)
    a += stepA << 2
    b += stepB << 2
    out += 64
  }
  for (; out <= end; out += 16) {
    v128.store(out, op.at(v128.load(a), v128.load(b)))
    a += stepA
    b += stepB
  }
  if (bytes & 15) v128.store(end, op.at(lastA, lastB))
}

const one: i8 = 1

/** Four masks of i32 lanes as 16 bytes of 0 and 1. */
// @ts-ignore: decorator
@inline
function bools(m0: v128, m1: v128, m2: v128, m3: v128): v128 {
  return v128.and(
    i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(m0, m1), i16x8.narrow_i32x4_s(m2, m3)),
    i8x16.splat(one),
  )
}

/** The lower words of two masks of i64 lanes. */
// @ts-ignore: decorator
@inline
function words(m0: v128, m1: v128): v128 {
  return i8x16.shuffle(m0, m1, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
}

/** Operations whose `at` gives a mask of T's lanes (4 or 8 bytes); out is n bytes of 0 and 1. */
export function test<K, T>(n: i32, a: usize, stepA: usize, b: usize, stepB: usize, out: usize): void {
  const op = changetype<K>(0)
  const lanes = <i32>(16 / sizeof<T>())
  let i = 0
  for (; i + 16 <= n; i += 16) {
    const m0 = op.at(v128.load(a), v128.load(b)), m1 = op.at(v128.load(a, 16), v128.load(b, 16))
    const m2 = op.at(v128.load(a, 32), v128.load(b, 32)), m3 = op.at(v128.load(a, 48), v128.load(b, 48))
    a += stepA << 2
    b += stepB << 2
    if (sizeof<T>() == 4) {
      v128.store(out + i, bools(m0, m1, m2, m3))
    } else {
      const m4 = op.at(v128.load(a), v128.load(b)), m5 = op.at(v128.load(a, 16), v128.load(b, 16))
      const m6 = op.at(v128.load(a, 32), v128.load(b, 32)), m7 = op.at(v128.load(a, 48), v128.load(b, 48))
      a += stepA << 2
      b += stepB << 2
      v128.store(out + i, bools(words(m0, m1), words(m2, m3), words(m4, m5), words(m6, m7)))
    }
  }
  while (i < n) {
    const count = min(lanes, n - i)
    const bytes = <usize>count * sizeof<T>()
    const whole = count == lanes
    const m = op.at(whole ? v128.load(a) : partOf(a, stepA, bytes), whole ? v128.load(b) : partOf(b, stepB, bytes))
    const bits = sizeof<T>() == 4 ? i32x4.bitmask(m) : i64x2.bitmask(m)
    for (let j = 0; j < count; j++) store<u8>(out + i + j, <u8>((bits >> j) & 1))
    a += stepA
    b += stepB
    i += count
  }
}
