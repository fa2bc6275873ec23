/**
 * Euclidean norms and p-norms without overflow or underflow. Squares of f32 always fit f64; where squares of f64 do not, their norm is taken
 * again with every element scaled by a power of two, which rounds nothing (the idea of Blue 1978).
 */
import { tileScratch } from '../scratch'
import { LargestSize, SumOfSizes, SumOfSquares } from './folds'
import { bytes, pair0, pair1 } from './pairs'
import { powerOfPart, root } from './power'
import { folds, foldRow, foldTile } from './sums'

/** Squares scaled by the square of this fit f64, for elements whose unscaled sum of squares did not. */
const up: f64 = 4.149515568880993e180 // 2^600
const down: f64 = 2.409919865102884e-181 // 2^-600

/** What to scale elements by, seen from the sum of their squares. */
// @ts-ignore: decorator
@inline
function scaleFor(sum: f64): f64 {
  return sum > 1e300 ? down : sum < 1e-280 ? up : 1
}

/** Euclidean norm of `length` contiguous elements. */
export function l2Row<T>(length: i32, x: usize): f64 {
  const sum = foldRow<T, SumOfSquares>(length, x)
  if (sizeof<T>() == 4) return sqrt(sum)
  const scale = scaleFor(sum)
  if (scale == 1) return sqrt(sum)
  let scaled: f64 = 0
  for (let i = 0; i < length; i++) {
    const value = <f64>load<T>(x + bytes<T>(i)) * scale
    scaled += value * value
  }
  return sqrt(scaled) / scale
}

/** Half a tile: the other half holds what each column is scaled by. */
const width: i32 = 256
const other: usize = tileScratch + 2048

/** Puts the columns' sums of scaled squares into `tileScratch`, when any column has to be scaled. */
function rescale<T>(length: i32, columns: i32, stride: usize, x: usize): void {
  let needed = false
  for (let k: usize = 0; k < <usize>columns; k++) {
    const scale = scaleFor(load<f64>(tileScratch + (k << 3)))
    needed = needed || scale != 1
    store<f64>(other + (k << 3), scale)
  }
  if (!needed) return
  memory.fill(tileScratch, 0, <usize>columns << 3)
  for (let i = 0; i < length; i++) {
    for (let k: usize = 0; k < <usize>columns; k++) {
      const at = tileScratch + (k << 3)
      const value = <f64>load<T>(x + k * sizeof<T>()) * load<f64>(other + (k << 3))
      store<f64>(at, load<f64>(at) + value * value)
    }
    x += stride
  }
}

/** out [outer, inner] = Euclidean norms of x [outer, length, inner]. */
export function l2<T>(outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  const stride = bytes<T>(inner)
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      store<T>(out, <T>l2Row<T>(length, x))
      out += sizeof<T>()
    } else {
      for (let j = 0; j < inner; j += width) {
        const columns = min(width, inner - j)
        const from = x + bytes<T>(j)
        foldTile<T, SumOfSquares>(length, columns, stride, from)
        if (sizeof<T>() == 8) rescale<T>(length, columns, stride, from)
        for (let k: usize = 0; k < <usize>columns; k++) {
          const root = sqrt(load<f64>(tileScratch + (k << 3)))
          store<T>(out, <T>(sizeof<T>() == 8 ? root / load<f64>(other + (k << 3)) : root))
          out += sizeof<T>()
        }
      }
    }
    x += <usize>length * stride
  }
}

/** Sum of (|x| / largest)^p of `length` contiguous elements. */
function powersRow<T>(length: i32, largest: f64, p: f64, x: usize): f64 {
  const power = f64x2.splat(p), whole = f64x2.splat(largest)
  let s0 = f64x2.splat(0), s1 = s0
  let i = 0
  for (; i + 4 <= length; i += 4) {
    s0 = f64x2.add(s0, powerOfPart(f64x2.div(f64x2.abs(pair0<T>(x)), whole), power))
    s1 = f64x2.add(s1, powerOfPart(f64x2.div(f64x2.abs(pair1<T>(x)), whole), power))
    x += 4 * sizeof<T>()
  }
  s0 = f64x2.add(s0, s1)
  let sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1)
  for (; i < length; i++) {
    sum += f64x2.extract_lane(powerOfPart(f64x2.splat(abs(<f64>load<T>(x)) / largest), power), 0)
    x += sizeof<T>()
  }
  return sum
}

/** The same for columns into `tileScratch`, their largest at `other`. Where that is 0, infinite or NaN the sum is of no use. */
function powersTile<T>(length: i32, columns: i32, stride: usize, p: f64, x: usize): void {
  const power = f64x2.splat(p)
  memory.fill(tileScratch, 0, 2048)
  for (let i = 0; i < length; i++) {
    for (let k = 0; k < columns; k += 2) {
      const at = tileScratch + (<usize>k << 3), from = x + bytes<T>(k)
      const pair = k + 1 < columns ? pair0<T>(from) : f64x2.splat(<f64>load<T>(from))
      v128.store(at, f64x2.add(v128.load(at), powerOfPart(f64x2.div(f64x2.abs(pair), v128.load(at, 2048)), power)))
    }
    x += stride
  }
}

/** The norm from the largest size and the sum of powers of what sizes are of it. */
// @ts-ignore: decorator
@inline
function normOf(largest: f64, sum: f64, p: f64): f64 {
  return largest > 0 && largest < Infinity ? largest * root(sum, p) : largest
}

/** out [outer, inner] = (sum |x|^p)^(1/p), p > 0. With elements divided by the largest the sum is at least 1 and at most `length`. */
export function normsP<T>(outer: i32, length: i32, inner: i32, p: f64, x: usize, out: usize): void {
  if (p == 1) return folds<T, T, SumOfSizes>(outer, length, inner, x, out)
  if (p == 2) return l2<T>(outer, length, inner, x, out)
  const stride = bytes<T>(inner)
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      const largest = foldRow<T, LargestSize>(length, x)
      store<T>(out, <T>normOf(largest, powersRow<T>(length, largest, p, x), p))
      out += sizeof<T>()
    } else {
      for (let j = 0; j < inner; j += width) {
        const columns = min(width, inner - j)
        const from = x + bytes<T>(j)
        foldTile<T, LargestSize>(length, columns, stride, from)
        memory.copy(other, tileScratch, 2048)
        powersTile<T>(length, columns, stride, p, from)
        for (let k: usize = 0; k < <usize>columns; k++) {
          store<T>(out, <T>normOf(load<f64>(other + (k << 3)), load<f64>(tileScratch + (k << 3)), p))
          out += sizeof<T>()
        }
      }
    }
    x += <usize>length * stride
  }
}
