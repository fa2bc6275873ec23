/** Smallest and largest elements. NaN, where there is one, is both. */
import { bytes, lanes } from './pairs'

/** The smaller, or NaN. */
@unmanaged
export class Least {
  // @ts-ignore: decorator
  @inline
  join<T>(a: T, b: T): T {
    if (!isFloat<T>()) return a < b ? a : b
    return min<T>(a, b)
  }
  // @ts-ignore: decorator
  @inline
  joinLanes<T>(a: v128, b: v128): v128 {
    return v128.min<T>(a, b)
  }
  /** The same for numbers; where b is NaN it may give either. One instruction. */
  // @ts-ignore: decorator
  @inline
  quick<T>(a: v128, b: v128): v128 {
    if (!isFloat<T>()) return v128.min<T>(a, b)
    return v128.pmin<T>(a, b)
  }
  // @ts-ignore: decorator
  @inline
  beats<T>(a: T, b: T): bool {
    return a < b
  }
  // @ts-ignore: decorator
  @inline
  beatsLanes<T>(a: v128, b: v128): v128 {
    return v128.lt<T>(a, b)
  }
}

/** The larger, or NaN. */
@unmanaged
export class Greatest {
  // @ts-ignore: decorator
  @inline
  join<T>(a: T, b: T): T {
    if (!isFloat<T>()) return a > b ? a : b
    return max<T>(a, b)
  }
  // @ts-ignore: decorator
  @inline
  joinLanes<T>(a: v128, b: v128): v128 {
    return v128.max<T>(a, b)
  }
  // @ts-ignore: decorator
  @inline
  quick<T>(a: v128, b: v128): v128 {
    if (!isFloat<T>()) return v128.max<T>(a, b)
    return v128.pmax<T>(a, b)
  }
  // @ts-ignore: decorator
  @inline
  beats<T>(a: T, b: T): bool {
    return a > b
  }
  // @ts-ignore: decorator
  @inline
  beatsLanes<T>(a: v128, b: v128): v128 {
    return v128.gt<T>(a, b)
  }
}

/** Lanes that are NaN are all ones. */
// @ts-ignore: decorator
@inline
function unordered<T>(v: v128): v128 {
  return isFloat<T>() ? v128.ne<T>(v, v) : i64x2.splat(0)
}

/** The extreme of `length` >= 1 contiguous elements. */
export function extremeRow<T, E>(length: i32, x: usize): T {
  const extreme = changetype<E>(0)
  let best = load<T>(x)
  let i = 0
  if (length >= 4 * lanes<T>()) {
    // Four quarters side by side: memory is fetched ahead on four tracks.
    const quarter = length / (4 * lanes<T>()) * lanes<T>()
    let x1 = x + bytes<T>(quarter), x2 = x1 + bytes<T>(quarter), x3 = x2 + bytes<T>(quarter)
    let m0 = v128.load(x), m1 = m0, m2 = m0, m3 = m0
    let none = unordered<T>(m0)
    for (const end = x1; x < end; x += 16) {
      const a = v128.load(x), b = v128.load(x1), c = v128.load(x2), d = v128.load(x3)
      m0 = extreme.quick<T>(m0, a)
      m1 = extreme.quick<T>(m1, b)
      m2 = extreme.quick<T>(m2, c)
      m3 = extreme.quick<T>(m3, d)
      if (isFloat<T>())
        none = v128.or(none, v128.or(v128.or(unordered<T>(a), unordered<T>(b)), v128.or(unordered<T>(c), unordered<T>(d))))
      x1 += 16
      x2 += 16
      x3 += 16
    }
    x = x3
    i = 4 * quarter
    if (isFloat<T>() && v128.any_true(none)) return <T>NaN
    const m = extreme.quick<T>(extreme.quick<T>(m0, m1), extreme.quick<T>(m2, m3))
    best = v128.extract_lane<T>(m, 0)
    if (lanes<T>() == 2) best = extreme.join<T>(best, v128.extract_lane<T>(m, 1))
    else if (lanes<T>() == 4) {
      best = extreme.join<T>(best, v128.extract_lane<T>(m, 1))
      best = extreme.join<T>(best, v128.extract_lane<T>(m, 2))
      best = extreme.join<T>(best, v128.extract_lane<T>(m, 3))
    } else {
      let v = extreme.quick<T>(m, i8x16.shuffle(m, m, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7))
      v = extreme.quick<T>(v, i8x16.shuffle(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0))
      for (let lane: u32 = 0; lane < 4; lane++)
        best = extreme.join<T>(best, <T>((i32x4.extract_lane(v, 0) >>> (lane << 3)) & 255))
    }
  }
  for (; i < length; i++) {
    best = extreme.join<T>(best, load<T>(x))
    x += sizeof<T>()
  }
  return best
}

/** Columns that fit the nearest cache together with a few rows of them. */
const tileBytes: i32 = 4096

/** out [outer, inner] = extremes of x [outer, length, inner] along `length` >= 1. */
export function extremes<T, E>(outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  if (inner == 1) {
    for (let o = 0; o < outer; o++) {
      store<T>(out, extremeRow<T, E>(length, x))
      x += bytes<T>(length)
      out += sizeof<T>()
    }
    return
  }
  const extreme = changetype<E>(0)
  const stride = bytes<T>(inner)
  const tile: i32 = tileBytes / sizeof<T>()
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j += tile) {
      const width = min(tile, inner - j)
      let row = x + bytes<T>(j)
      memory.copy(out, row, bytes<T>(width))
      for (let i = 1; i < length; i++) {
        row += stride
        let k = 0
        for (; k + lanes<T>() <= width; k += lanes<T>())
          v128.store(out + bytes<T>(k), extreme.joinLanes<T>(v128.load(out + bytes<T>(k)), v128.load(row + bytes<T>(k))))
        for (; k < width; k++)
          store<T>(out + bytes<T>(k), extreme.join<T>(load<T>(out + bytes<T>(k)), load<T>(row + bytes<T>(k))))
      }
      out += bytes<T>(width)
    }
    x += <usize>length * stride
  }
}
