/** argmin and argmax: the first place of the extreme; the first NaN comes before all numbers. */
import { tileScratch, tileWidth } from '../scratch'
import { extremeRow } from './extremes'
import { bytes } from './pairs'

/** Elements between two looks at the best so far: their block is still in the nearest cache when it is searched. */
const block: i32 = 2048

/** First place of `value` (of a NaN, where it is one), which is there. */
function find<T>(value: T, x: usize): i32 {
  let i = 0
  if (isFloat<T>() && value != value) {
    while (load<T>(x + bytes<T>(i)) == load<T>(x + bytes<T>(i))) i++
    return i
  }
  while (load<T>(x + bytes<T>(i)) != value) i++
  return i
}

/** First place of the extreme of `length` >= 1 contiguous elements: the best block is found first, then the place in it. */
export function placeRow<T, E>(length: i32, x: usize): i32 {
  const extreme = changetype<E>(0)
  let from = 0
  let best = extremeRow<T, E>(min(block, length), x)
  for (let i = block; i < length; i += block) {
    if (isFloat<T>() && best != best) break
    const other = extremeRow<T, E>(min(block, length - i), x + bytes<T>(i))
    if (extreme.beats<T>(other, best) || other != other) {
      best = other
      from = i
    }
  }
  return from + find<T>(best, x + bytes<T>(from))
}

/** Takes a row of `width` columns into the best so far in `tileScratch` and their places at `out`. */
// @ts-ignore: decorator
@inline
function takeRow<T, E>(width: i32, i: i32, row: usize, out: usize): void {
  const extreme = changetype<E>(0)
  let k = 0
  if (sizeof<T>() == 4) {
    const place = i32x4.splat(i)
    for (; k + 4 <= width; k += 4) {
      const at = tileScratch + bytes<T>(k)
      const value = v128.load(row + bytes<T>(k)), best = v128.load(at)
      let wins = extreme.beatsLanes<T>(value, best)
      if (isFloat<T>()) wins = v128.or(wins, v128.and(v128.ne<T>(value, value), v128.eq<T>(best, best)))
      v128.store(at, v128.bitselect(value, best, wins))
      v128.store(out + (<usize>k << 2), v128.bitselect(place, v128.load(out + (<usize>k << 2)), wins))
    }
  }
  for (; k < width; k++) {
    const at = tileScratch + bytes<T>(k)
    const value = load<T>(row + bytes<T>(k)), best = load<T>(at)
    if (extreme.beats<T>(value, best) || (value != value && best == best)) {
      store<T>(at, value)
      store<i32>(out + (<usize>k << 2), i)
    }
  }
}

/** out [outer, inner] of i32 = first places of the extremes of x [outer, length, inner] along `length` >= 1. */
export function places<T, E>(outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  if (inner == 1) {
    for (let o = 0; o < outer; o++) {
      store<i32>(out, placeRow<T, E>(length, x))
      x += bytes<T>(length)
      out += 4
    }
    return
  }
  const stride = bytes<T>(inner)
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j += tileWidth) {
      const width = min(tileWidth, inner - j)
      let row = x + bytes<T>(j)
      memory.copy(tileScratch, row, bytes<T>(width))
      memory.fill(out, 0, <usize>width << 2)
      for (let i = 1; i < length; i++) {
        row += stride
        takeRow<T, E>(width, i, row, out)
      }
      out += <usize>width << 2
    }
    x += <usize>length * stride
  }
}
