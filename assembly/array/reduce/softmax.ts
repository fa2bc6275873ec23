/** Softmax, its logarithm, and log-sum-exp: exponentials of what is left when the largest is taken away, so that none overflows. */
import { tileScratch } from '../scratch'
import { extremeRow, Greatest } from './extremes'
import { bytes } from './pairs'

/** Sum of exp(x - largest), in f64; the terms to `out` unless it is 0. */
function exponentialsRow<T>(length: i32, largest: T, x: usize, out: usize): f64 {
  let sum: f64 = 0
  for (let i = 0; i < length; i++) {
    const term = Math.exp(<f64>(load<T>(x + bytes<T>(i)) - largest))
    sum += term
    if (out != 0) store<T>(out + bytes<T>(i), <T>term)
  }
  return sum
}

/** out = factor * x. */
function scaleRow<T>(length: i32, factor: T, out: usize): void {
  for (let end = out + bytes<T>(length); out < end; out += sizeof<T>()) store<T>(out, load<T>(out) * factor)
}

/** What is taken away before exponentials: a largest of ±Infinity would leave NaN. */
// @ts-ignore: decorator
@inline
function shift<T>(largest: T): T {
  return abs(largest) == <T>Infinity ? <T>0 : largest
}

const width: i32 = 256
const sums: usize = tileScratch + 2048

/** The largest of each column to `tileScratch` (as f64), and the sums of exponentials to `sums`. */
function exponentialsTile<T>(finite: bool, length: i32, columns: i32, stride: usize, x: usize): void {
  for (let k: usize = 0; k < <usize>columns; k++) store<f64>(tileScratch + (k << 3), -Infinity)
  memory.fill(sums, 0, 2048)
  let row = x
  for (let i = 0; i < length; i++) {
    for (let k: usize = 0; k < <usize>columns; k++) {
      const at = tileScratch + (k << 3)
      store<f64>(at, max(load<f64>(at), <f64>load<T>(row + k * sizeof<T>())))
    }
    row += stride
  }
  if (finite)
    for (let k: usize = 0; k < <usize>columns; k++)
      store<f64>(tileScratch + (k << 3), shift<f64>(load<f64>(tileScratch + (k << 3))))
  row = x
  for (let i = 0; i < length; i++) {
    for (let k: usize = 0; k < <usize>columns; k++) {
      const at = tileScratch + (k << 3)
      store<f64>(at, load<f64>(at, 2048) + Math.exp(<f64>load<T>(row + k * sizeof<T>()) - load<f64>(at)), 2048)
    }
    row += stride
  }
}

/** out [outer, length, inner] = softmax of x along `length`, or its logarithm. A row of -Infinity, or with NaN or Infinity, gives NaN. */
export function softmaxes<T>(log: bool, outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  if (length == 0) return
  const stride = bytes<T>(inner)
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      const largest = extremeRow<T, Greatest>(length, x)
      const sum = exponentialsRow<T>(length, largest, x, log ? 0 : out)
      if (log) {
        const rest = Math.log(sum)
        for (let i = 0; i < length; i++)
          store<T>(out + bytes<T>(i), <T>(<f64>(load<T>(x + bytes<T>(i)) - largest) - rest))
      } else scaleRow<T>(length, <T>(1 / sum), out)
    } else {
      for (let j = 0; j < inner; j += width) {
        const columns = min(width, inner - j)
        let from = x + bytes<T>(j), to = out + bytes<T>(j)
        exponentialsTile<T>(false, length, columns, stride, from)
        for (let i = 0; i < length; i++) {
          for (let k: usize = 0; k < <usize>columns; k++) {
            const at = tileScratch + (k << 3)
            const value = <f64>load<T>(from + k * sizeof<T>()) - load<f64>(at)
            const sum = load<f64>(at, 2048)
            store<T>(to + k * sizeof<T>(), <T>(log ? value - Math.log(sum) : Math.exp(value) / sum))
          }
          from += stride
          to += stride
        }
      }
    }
    x += <usize>length * stride
    out += <usize>length * stride
  }
}

/** out [outer, inner] = log of the sum of exponentials of x [outer, length, inner]; -Infinity for none. */
export function logSums<T>(outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  const stride = bytes<T>(inner)
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j += width) {
      const columns = min(width, inner - j)
      if (inner == 1 && length > 0) {
        const largest = shift<T>(extremeRow<T, Greatest>(length, x))
        store<f64>(tileScratch, <f64>largest)
        store<f64>(sums, exponentialsRow<T>(length, largest, x, 0))
      } else exponentialsTile<T>(true, length, columns, stride, x + bytes<T>(j))
      for (let at = tileScratch, end = at + (<usize>columns << 3); at < end; at += 8) {
        store<T>(out, <T>(load<f64>(at) + Math.log(load<f64>(at, 2048))))
        out += sizeof<T>()
      }
    }
    x += <usize>length * stride
  }
}
