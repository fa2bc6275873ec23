/**
 * Variances in two passes: the mean, then squared deviations from it, whose own sum corrects the mean's rounding (Chan, Golub & LeVeque 1983,
 * eq. 1.7). Long rows go block by block, so that memory is read once, and the blocks' figures merge by the same authors' pairwise formula.
 */
import { tileScratch } from '../scratch'
import { Sum } from './folds'
import { bytes, pair0, pair1, pair2, pair3 } from './pairs'
import { foldRow, foldTile } from './sums'

/** Elements of a block: 32 KiB of f64. */
const block: i32 = 4096

// @ts-ignore: decorator
@inline
function sumLanes(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
}

/** Sum of the deviations that `deviationsRow` saw last. */
let deviationSum: f64 = 0

/** Sum of squared deviations of `length` >= 1 contiguous elements from their own mean, of which `mean` is a rounding. */
function deviationsRow<T>(length: i32, mean: f64, x: usize): f64 {
  let i = 0
  let squares: f64 = 0, sum: f64 = 0
  if (length >= 8) {
    const m = f64x2.splat(mean)
    let q0 = f64x2.splat(0), q1 = q0, q2 = q0, q3 = q0
    let s0 = q0, s1 = q0
    for (; i + 8 <= length; i += 8) {
      const a = f64x2.sub(pair0<T>(x), m), b = f64x2.sub(pair1<T>(x), m)
      const c = f64x2.sub(pair2<T>(x), m), d = f64x2.sub(pair3<T>(x), m)
      q0 = f64x2.add(q0, f64x2.mul(a, a))
      q1 = f64x2.add(q1, f64x2.mul(b, b))
      q2 = f64x2.add(q2, f64x2.mul(c, c))
      q3 = f64x2.add(q3, f64x2.mul(d, d))
      s0 = f64x2.add(s0, f64x2.add(a, b))
      s1 = f64x2.add(s1, f64x2.add(c, d))
      x += 8 * sizeof<T>()
    }
    squares = sumLanes(f64x2.add(f64x2.add(q0, q1), f64x2.add(q2, q3)))
    sum = sumLanes(f64x2.add(s0, s1))
  }
  for (; i < length; i++) {
    const d = <f64>load<T>(x) - mean
    squares += d * d
    sum += d
    x += sizeof<T>()
  }
  deviationSum = sum
  return max(squares - (sum * sum) / <f64>length, 0)
}

/** The mean of the last row that `squaresRow` saw. */
let rowMean: f64 = 0

/**
 * Sum of squared deviations of `length` contiguous elements; their mean in `rowMean`, NaN for none. Blocks' means are kept as differences from
 * the first one's rounding, so that merging them loses nothing where all are far from zero.
 */
function squaresRow<T>(length: i32, x: usize): f64 {
  let count = min(block, length)
  const shift = foldRow<T, Sum>(count, x) / <f64>count
  if (length == 0) {
    rowMean = NaN
    return 0
  }
  let squares = deviationsRow<T>(count, shift, x)
  let mean = deviationSum / <f64>count
  while (count < length) {
    const more = min(block, length - count)
    const from = x + bytes<T>(count)
    const center = foldRow<T, Sum>(more, from) / <f64>more
    squares += deviationsRow<T>(more, center, from)
    const delta = center - shift + deviationSum / <f64>more - mean
    const part = <f64>more / (<f64>count + <f64>more)
    squares += delta * delta * (<f64>count * part)
    mean += delta * part
    count += more
  }
  rowMean = shift + mean
  return squares
}

/** Columns of a tile: sums of squares, means, and sums of deviations side by side. */
const width: i32 = 128
const means: usize = tileScratch + 1024
const deviations: usize = tileScratch + 2048

/** Puts the columns' sums of squared deviations into `tileScratch`, and their means after them. */
function squaresTile<T>(length: i32, columns: i32, stride: usize, x: usize): void {
  foldTile<T, Sum>(length, columns, stride, x)
  for (let k: usize = 0; k < <usize>columns; k++)
    store<f64>(means + (k << 3), load<f64>(tileScratch + (k << 3)) / <f64>length)
  memory.fill(tileScratch, 0, 1024)
  memory.fill(deviations, 0, 1024)
  for (let i = 0; i < length; i++) {
    let from = x
    let at = tileScratch
    let k = 0
    for (; k + 2 <= columns; k += 2) {
      const d = f64x2.sub(pair0<T>(from), v128.load(at, 1024))
      v128.store(at, f64x2.add(v128.load(at), f64x2.mul(d, d)))
      v128.store(at, f64x2.add(v128.load(at, 2048), d), 2048)
      from += 2 * sizeof<T>()
      at += 16
    }
    if (k < columns) {
      const d = <f64>load<T>(from) - load<f64>(at, 1024)
      store<f64>(at, load<f64>(at) + d * d)
      store<f64>(at, load<f64>(at, 2048) + d, 2048)
    }
    x += stride
  }
  for (let at = tileScratch, end = at + (<usize>columns << 3); at < end; at += 8) {
    const d = load<f64>(at, 2048)
    store<f64>(at, max(load<f64>(at) - (d * d) / <f64>length, 0))
  }
}

/** out [outer, inner] = sum (x - mean)² / (length - ddof), NaN where length <= ddof; means to `mean`, unless it is 0. */
export function variances<T>(outer: i32, length: i32, inner: i32, ddof: f64, x: usize, out: usize, mean: usize): void {
  const free = <f64>length - ddof
  const stride = bytes<T>(inner)
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j += width) {
      const columns = min(width, inner - j)
      if (inner == 1) {
        store<f64>(tileScratch, squaresRow<T>(length, x))
        store<f64>(means, rowMean)
      } else squaresTile<T>(length, columns, stride, x + bytes<T>(j))
      for (let at = tileScratch, end = at + (<usize>columns << 3); at < end; at += 8) {
        store<T>(out, <T>(free > 0 ? load<f64>(at) / free : NaN))
        out += sizeof<T>()
        if (mean == 0) continue
        store<T>(mean, <T>load<f64>(at, 1024))
        mean += sizeof<T>()
      }
    }
    x += <usize>length * stride
  }
}
