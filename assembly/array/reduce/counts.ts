/** Counts of what is not zero (NaN is not), and whether any or all are. */
import { bytes, lanes } from './pairs'

/** One bit for each lane of a comparison. */
// @ts-ignore: decorator
@inline
function bits<T>(mask: v128): i32 {
  return sizeof<T>() == 8 ? i64x2.bitmask(mask) : sizeof<T>() == 4 ? i32x4.bitmask(mask) : i8x16.bitmask(mask)
}

/** How many of `length` contiguous elements are not zero. */
export function countRow<T>(length: i32, x: usize): i32 {
  const zero = i64x2.splat(0)
  let count = 0
  let i = 0
  for (; i + lanes<T>() <= length; i += lanes<T>()) {
    count += popcnt<i32>(bits<T>(v128.ne<T>(v128.load(x), zero)))
    x += 16
  }
  for (; i < length; i++) {
    count += <i32>(load<T>(x) != <T>0)
    x += sizeof<T>()
  }
  return count
}

/** Whether any element is not zero; stops at the first. */
export function anyRow<T>(length: i32, x: usize): bool {
  const zero = i64x2.splat(0)
  let i = 0
  for (; i + lanes<T>() <= length; i += lanes<T>()) {
    if (v128.any_true(v128.ne<T>(v128.load(x), zero))) return true
    x += 16
  }
  for (; i < length; i++) {
    if (load<T>(x) != <T>0) return true
    x += sizeof<T>()
  }
  return false
}

/** Whether no element is zero; stops at the first that is. */
export function allRow<T>(length: i32, x: usize): bool {
  const zero = i64x2.splat(0)
  let i = 0
  for (; i + lanes<T>() <= length; i += lanes<T>()) {
    if (v128.any_true(v128.eq<T>(v128.load(x), zero))) return false
    x += 16
  }
  for (; i < length; i++) {
    if (load<T>(x) == <T>0) return false
    x += sizeof<T>()
  }
  return true
}

/** out [outer, inner] of i32. */
export function counts<T>(outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      store<i32>(out, countRow<T>(length, x))
      x += bytes<T>(length)
    } else {
      memory.fill(out, 0, <usize>inner << 2)
      for (let i = 0; i < length; i++) {
        for (let at = out, end = out + (<usize>inner << 2); at < end; at += 4) {
          store<i32>(at, load<i32>(at) + <i32>(load<T>(x) != <T>0))
          x += sizeof<T>()
        }
      }
    }
    out += <usize>inner << 2
  }
}

/** out [outer, inner] of bool; `all` instead of any. */
export function tests<T>(all: bool, outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      store<u8>(out, <u8>(all ? allRow<T>(length, x) : anyRow<T>(length, x)))
      x += bytes<T>(length)
    } else {
      memory.fill(out, <u8>all, inner)
      for (let i = 0; i < length; i++) {
        for (let at = out, end = out + inner; at < end; at++) {
          const set = <u8>(load<T>(x) != <T>0)
          store<u8>(at, all ? load<u8>(at) & set : load<u8>(at) | set)
          x += sizeof<T>()
        }
      }
    }
    out += inner
  }
}
