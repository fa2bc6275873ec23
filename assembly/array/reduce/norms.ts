/**
 * Euclidean norms and p-norms without overflow or underflow. Squares of f32 always fit f64; where squares of f64 do not, their norm is taken
 * again with every element scaled by a power of two, which rounds nothing (the idea of Blue 1978).
 */
import { tileScratch } from '../scratch'
import { LargestSize, SumOfSquares } from './folds'
import { bytes } from './pairs'
import { foldRow, foldTile } from './sums'

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

/** What sums of powers are divided by before: the largest size, unless it is 0, infinite or NaN. */
// @ts-ignore: decorator
@inline
function unit(largest: f64): bool {
  return largest > 0 && largest < Infinity
}

/** out [outer, inner] = (sum |x|^p)^(1/p), p > 0. With elements divided by the largest the sum is at least 1 and at most `length`, and errors of powers shrink with them. */
export function normsP<T>(outer: i32, length: i32, inner: i32, p: f64, x: usize, out: usize): void {
  const stride = bytes<T>(inner)
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      const largest = foldRow<T, LargestSize>(length, x)
      let sum: f64 = 0
      if (unit(largest)) for (let i = 0; i < length; i++) sum += Math.pow(abs(<f64>load<T>(x + bytes<T>(i))) / largest, p)
      store<T>(out, <T>(unit(largest) ? largest * Math.pow(sum, 1 / p) : largest))
      out += sizeof<T>()
    } else {
      for (let j = 0; j < inner; j += width) {
        const columns = min(width, inner - j)
        let row = x + bytes<T>(j)
        foldTile<T, LargestSize>(length, columns, stride, row)
        memory.copy(other, tileScratch, 2048)
        memory.fill(tileScratch, 0, 2048)
        for (let i = 0; i < length; i++) {
          for (let k: usize = 0; k < <usize>columns; k++) {
            const largest = load<f64>(other + (k << 3))
            if (!unit(largest)) continue
            const at = tileScratch + (k << 3)
            store<f64>(at, load<f64>(at) + Math.pow(abs(<f64>load<T>(row + k * sizeof<T>())) / largest, p))
          }
          row += stride
        }
        for (let k: usize = 0; k < <usize>columns; k++) {
          const largest = load<f64>(other + (k << 3))
          store<T>(out, <T>(unit(largest) ? largest * Math.pow(load<f64>(tileScratch + (k << 3)), 1 / p) : largest))
          out += sizeof<T>()
        }
      }
    }
    x += <usize>length * stride
  }
}
