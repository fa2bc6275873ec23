/** From random words to random numbers, in place: sixteen words (64 bytes) become sixteen f32 or eight f64. */
import { log_f32, logNormal } from '../elementwise/log'
import { cosNearZero, sinNearZero } from './turn'

/** Words 0 and 2 of both vectors, and words 1 and 3. */
// @ts-ignore: decorator
@inline
function evens(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
}

// @ts-ignore: decorator
@inline
function odds(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
}

/** [0, 1): the upper 24 bits of a word, or the upper 53 of two (the second is the upper half). */
// @ts-ignore: decorator
@inline
function uniforms<T>(at: usize): void {
  const v = v128.load(at)
  if (sizeof<T>() == 4) {
    v128.store(at, f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(v, 8)), f32x4.splat(5.9604644775390625e-8)))
    return
  }
  const high = f64x2.mul(f64x2.convert_low_i32x4_u(odds(v, v)), f64x2.splat(2.3283064365386963e-10)) // 2^-32
  const low = f64x2.convert_low_i32x4_u(i32x4.shr_u(evens(v, v), 11))
  v128.store(at, f64x2.add(high, f64x2.mul(low, f64x2.splat(1.1102230246251565e-16)))) // 2^-53
}

/** What words `turn` of 2^-32 turns leave when their nearest quarter turn is taken away: -2^29 .. 2^29 - 1. */
// @ts-ignore: decorator
@inline
function quarters(turn: v128): v128 {
  return i32x4.shr_u(i32x4.add(turn, i32x4.splat(0x20000000)), 30)
}

/** Stores radius * (cos, sin) of an angle `x` from the quarter turn `quarter` (in every 32-bit half of a lane), pair after pair. */
// @ts-ignore: decorator
@inline
function storePairs<T>(at: usize, radius: v128, x: v128, quarter: v128): void {
  const s = sinNearZero<T>(x), c = cosNearZero<T>(x)
  const swap = i32x4.eq(v128.and(quarter, i32x4.splat(1)), i32x4.splat(1))
  const sign = sizeof<T>() == 8 ? i64x2.splat(0x8000000000000000) : i32x4.splat(0x80000000)
  // Quarter turns 1 and 2 have a negative cosine, 2 and 3 a negative sine.
  const cosSign = v128.and(i32x4.shl(v128.xor(quarter, i32x4.shl(quarter, 1)), 30), sign)
  const sinSign = v128.and(i32x4.shl(quarter, 30), sign)
  const a = v128.mul<T>(radius, v128.xor(v128.bitselect(s, c, swap), cosSign))
  const b = v128.mul<T>(radius, v128.xor(v128.bitselect(c, s, swap), sinSign))
  if (sizeof<T>() == 8) {
    v128.store(at, i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
    v128.store(at, i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 16)
  } else {
    v128.store(at, i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23))
    v128.store(at, i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31), 16)
  }
}

/**
 * Box and Muller (1958): sqrt(-2 log u) at a random angle. u = (w + 1/2) / 2^31 (or 2^64) keeps small values apart, which reach 6.6 (or 9.4)
 * standard deviations; the angle's quarter is exact, being integer bits.
 */
// @ts-ignore: decorator
@inline
function normals<T>(at: usize): void {
  const v = v128.load(at), w = v128.load(at, 16)
  if (sizeof<T>() == 4) {
    const words = f32x4.convert_i32x4_s(i32x4.shr_u(evens(v, w), 1))
    const u = f32x4.mul(f32x4.add(words, f32x4.splat(0.5)), f32x4.splat(4.656612873077393e-10)) // 2^-31
    const radius = f32x4.sqrt(f32x4.mul(log_f32(u), f32x4.splat(-2)))
    const turn = odds(v, w)
    const quarter = quarters(turn)
    const rest = f32x4.convert_i32x4_s(i32x4.sub(turn, i32x4.shl(quarter, 30)))
    storePairs<f32>(at, radius, f32x4.mul(rest, f32x4.splat(1.4629180792671596e-9)), quarter) // 2π / 2^32
    return
  }
  // Of each four words the first two make u, the others the angle; the second of two is the upper half.
  const first = i8x16.shuffle(v, w, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
  const other = i8x16.shuffle(v, w, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
  const scale = f64x2.splat(4294967296)
  const whole = f64x2.add(
    f64x2.mul(f64x2.convert_low_i32x4_u(odds(first, first)), scale),
    f64x2.convert_low_i32x4_u(evens(first, first)),
  )
  const u = f64x2.mul(f64x2.add(whole, f64x2.splat(0.5)), f64x2.splat(5.421010862427522e-20)) // 2^-64
  const radius = f64x2.sqrt(f64x2.mul(logNormal(u), f64x2.splat(-2)))
  const turn = odds(other, other)
  const quarter = quarters(turn)
  const rest = f64x2.add(
    f64x2.mul(f64x2.convert_low_i32x4_s(i32x4.sub(turn, i32x4.shl(quarter, 30))), scale),
    f64x2.convert_low_i32x4_u(evens(other, other)),
  )
  const both = i8x16.shuffle(quarter, quarter, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7)
  storePairs<f64>(at, radius, f64x2.mul(rest, f64x2.splat(3.4061215800865545e-19)), both) // 2π / 2^64
}

export function uniformGroups<T>(groups: i32, at: usize): void {
  for (const end = at + (<usize>groups << 6); at < end; at += 16) uniforms<T>(at)
}

export function normalGroups<T>(groups: i32, at: usize): void {
  for (const end = at + (<usize>groups << 6); at < end; at += 32) normals<T>(at)
}
