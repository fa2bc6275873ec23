/**
 * Softmax, its logarithm, and log-sum-exp: exponentials of what is left when the largest is taken away, so that none overflows. Terms are
 * added in f64. Differences, and exponentials of f32, are rounded to the elements' type.
 */
import { tileScratch } from '../scratch'
import { exp, expNear, logOne } from './exponentials'
import { extremeRow, Greatest } from './extremes'
import { Sum } from './folds'
import { bytes, lanes } from './pairs'
import { foldRow } from './sums'

/** Differences from the largest up to this need no care in exponentials. */
// @ts-ignore: decorator
@inline
function easy<T>(): T {
  return sizeof<T>() == 8 ? <T>700 : <T>86
}

/** The end of `tileScratch`. */
const partScratch: usize = tileScratch + 4096 - 16

/** A part of a vector, -Infinity behind. */
// @ts-ignore: decorator
@inline
function loadPart<T>(count: i32, x: usize): v128 {
  v128.store(partScratch, v128.splat<T>(<T>-Infinity))
  for (let k = 0; k < count; k++) store<T>(partScratch + bytes<T>(k), load<T>(x + bytes<T>(k)))
  return v128.load(partScratch)
}

// @ts-ignore: decorator
@inline
function storePart<T>(count: i32, v: v128, out: usize): void {
  v128.store(partScratch, v)
  for (let k = 0; k < count; k++) store<T>(out + bytes<T>(k), load<T>(partScratch + bytes<T>(k)))
}

/** The largest or smallest lane. */
// @ts-ignore: decorator
@inline
function fold<T>(v: v128, largest: bool): T {
  let a = v128.extract_lane<T>(v, 0), b = v128.extract_lane<T>(v, 1)
  if (sizeof<T>() == 8) return largest ? max<T>(a, b) : min<T>(a, b)
  const c = v128.extract_lane<T>(v, 2), d = v128.extract_lane<T>(v, 3)
  return largest ? max<T>(max<T>(a, b), max<T>(c, d)) : min<T>(min<T>(a, b), min<T>(c, d))
}

/** The largest of the last row that `range` saw, NaN where there is one. */
let largest: f64 = 0

/** Finds the largest of a row of at least one; whether all others are near enough for `expNear`. */
function range<T>(length: i32, x: usize): bool {
  let high = load<T>(x), low = high
  let total: T = 0
  let i = 0
  const step = 4 * lanes<T>()
  if (length >= step) {
    let h0 = v128.load(x), h1 = h0, h2 = h0, h3 = h0
    let l0 = h0, l1 = h0, l2 = h0, l3 = h0
    let s0 = v128.splat<T>(<T>0), s1 = s0
    const from = x
    for (; i + step <= length; i += step, x += 64) {
      const a = v128.load(x), b = v128.load(x, 16), c = v128.load(x, 32), d = v128.load(x, 48)
      h0 = v128.pmax<T>(h0, a)
      h1 = v128.pmax<T>(h1, b)
      h2 = v128.pmax<T>(h2, c)
      h3 = v128.pmax<T>(h3, d)
      l0 = v128.pmin<T>(l0, a)
      l1 = v128.pmin<T>(l1, b)
      l2 = v128.pmin<T>(l2, c)
      l3 = v128.pmin<T>(l3, d)
      s0 = v128.add<T>(s0, v128.add<T>(a, b))
      s1 = v128.add<T>(s1, v128.add<T>(c, d))
    }
    high = fold<T>(v128.pmax<T>(v128.pmax<T>(h0, h1), v128.pmax<T>(h2, h3)), true)
    low = fold<T>(v128.pmin<T>(v128.pmin<T>(l0, l1), v128.pmin<T>(l2, l3)), false)
    // A NaN, which comparisons pass over, is in the sum; so are infinities, and a sum that overflows only costs the check.
    s0 = v128.add<T>(s0, s1)
    s0 = v128.sub<T>(s0, s0)
    total = fold<T>(s0, true)
    if (total != 0) high = extremeRow<T, Greatest>(i, from)
  }
  for (; i < length; i++) {
    high = max<T>(high, load<T>(x))
    low = min<T>(low, load<T>(x))
    x += sizeof<T>()
  }
  largest = <f64>high
  return total == 0 && high - low < easy<T>()
}

/** Elements of a block of terms: what `tileScratch` holds beside a part of a vector. */
// @ts-ignore: decorator
@inline
function blockOf<T>(): i32 {
  return (4096 - 64) / sizeof<T>()
}

/** to = exp(x - shift). */
// @ts-ignore: decorator
@inline
function terms<T>(near: bool, length: i32, shift: T, x: usize, to: usize): void {
  const m = v128.splat<T>(shift)
  let i = 0
  for (; i + 2 * lanes<T>() <= length; i += 2 * lanes<T>()) {
    const a = v128.sub<T>(v128.load(x), m), b = v128.sub<T>(v128.load(x, 16), m)
    v128.store(to, near ? expNear<T>(a) : exp<T>(a))
    v128.store(to, near ? expNear<T>(b) : exp<T>(b), 16)
    x += 32
    to += 32
  }
  for (; i < length; i += lanes<T>()) {
    const rest = length - i, part = rest < lanes<T>()
    const a = exp<T>(v128.sub<T>(part ? loadPart<T>(rest, x) : v128.load(x), m))
    if (part) storePart<T>(rest, a, to)
    else v128.store(to, a)
    x += 16
    to += 16
  }
}

function termsNear<T>(length: i32, shift: T, x: usize, to: usize): void {
  terms<T>(true, length, shift, x, to)
}

function termsAny<T>(length: i32, shift: T, x: usize, to: usize): void {
  terms<T>(false, length, shift, x, to)
}

/** Sum of exp(x - shift) of a row, block by block: the terms to `out`, or to `tileScratch` if it is 0, and their sum from there. */
function termsRow<T>(near: bool, length: i32, shift: T, x: usize, out: usize): f64 {
  let total: f64 = 0
  for (let i = 0; i < length; i += blockOf<T>()) {
    const count = min(blockOf<T>(), length - i)
    const to = out == 0 ? tileScratch : out + bytes<T>(i)
    if (near) termsNear<T>(count, shift, x + bytes<T>(i), to)
    else termsAny<T>(count, shift, x + bytes<T>(i), to)
    total += foldRow<T, Sum>(count, to)
  }
  return total
}

/** out *= factor. */
function scaleRow<T>(length: i32, factor: T, out: usize): void {
  const f = v128.splat<T>(factor)
  let i = 0
  for (; i + 4 * lanes<T>() <= length; i += 4 * lanes<T>()) {
    v128.store(out, v128.mul<T>(v128.load(out), f))
    v128.store(out, v128.mul<T>(v128.load(out, 16), f), 16)
    v128.store(out, v128.mul<T>(v128.load(out, 32), f), 32)
    v128.store(out, v128.mul<T>(v128.load(out, 48), f), 48)
    out += 64
  }
  for (; i + lanes<T>() <= length; i += lanes<T>()) {
    v128.store(out, v128.mul<T>(v128.load(out), f))
    out += 16
  }
  for (; i < length; i++) {
    store<T>(out, load<T>(out) * factor)
    out += sizeof<T>()
  }
}

/** out = (x - a) - b. */
function lessRow<T>(length: i32, a: T, b: T, x: usize, out: usize): void {
  const va = v128.splat<T>(a), vb = v128.splat<T>(b)
  let i = 0
  for (; i + lanes<T>() <= length; i += lanes<T>()) {
    v128.store(out, v128.sub<T>(v128.sub<T>(v128.load(x), va), vb))
    x += 16
    out += 16
  }
  for (; i < length; i++) {
    store<T>(out, load<T>(x) - a - b)
    x += sizeof<T>()
    out += sizeof<T>()
  }
}

/** What is taken away before exponentials: a largest of ±Infinity would leave NaN. */
// @ts-ignore: decorator
@inline
function finite<T>(largest: T): T {
  return abs(largest) == <T>Infinity ? <T>0 : largest
}

/** A tile of columns: the largest of each as T, and behind them f64 sums. */
const width: i32 = 256
const sums: usize = tileScratch + 2048

/** The largest of each column to `tileScratch`; of ±Infinity 0, if that is asked. */
function largestTile<T>(ends: bool, length: i32, columns: i32, stride: usize, x: usize): void {
  for (let k = 0; k < columns; k++) store<T>(tileScratch + bytes<T>(k), <T>-Infinity)
  for (let i = 0; i < length; i++) {
    let k = 0
    for (; k + lanes<T>() <= columns; k += lanes<T>()) {
      const at = tileScratch + bytes<T>(k)
      v128.store(at, v128.max<T>(v128.load(at), v128.load(x + bytes<T>(k))))
    }
    for (; k < columns; k++) {
      const at = tileScratch + bytes<T>(k)
      store<T>(at, max<T>(load<T>(at), load<T>(x + bytes<T>(k))))
    }
    x += stride
  }
  if (!ends) return
  for (let k = 0; k < columns; k++) {
    const at = tileScratch + bytes<T>(k)
    store<T>(at, finite<T>(load<T>(at)))
  }
}

// @ts-ignore: decorator
@inline
function upperHalf(v: v128): v128 {
  return i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)
}

/** Each column's sum of exponentials to `sums`; the terms to `out` unless it is 0. */
function termsTile<T>(length: i32, columns: i32, stride: usize, x: usize, out: usize): void {
  memory.fill(sums, 0, 2048)
  for (let i = 0; i < length; i++) {
    let k = 0
    for (; k + lanes<T>() <= columns; k += lanes<T>()) {
      const term = exp<T>(v128.sub<T>(v128.load(x + bytes<T>(k)), v128.load(tileScratch + bytes<T>(k))))
      const sum = sums + (<usize>k << 3)
      if (sizeof<T>() == 8) v128.store(sum, f64x2.add(v128.load(sum), term))
      else {
        v128.store(sum, f64x2.add(v128.load(sum), f64x2.promote_low_f32x4(term)))
        v128.store(sum, f64x2.add(v128.load(sum, 16), f64x2.promote_low_f32x4(upperHalf(term))), 16)
      }
      if (out != 0) v128.store(out + bytes<T>(k), term)
    }
    for (; k < columns; k++) {
      const difference = load<T>(x + bytes<T>(k)) - load<T>(tileScratch + bytes<T>(k))
      const term = v128.extract_lane<T>(exp<T>(v128.splat<T>(difference)), 0)
      const sum = sums + (<usize>k << 3)
      store<f64>(sum, load<f64>(sum) + <f64>term)
      if (out != 0) store<T>(out + bytes<T>(k), term)
    }
    x += stride
    if (out != 0) out += stride
  }
}

/** Rows of `out` times the factors (T) at `sums`, or rows of x less the largest and less those. */
function finishTile<T>(log: bool, length: i32, columns: i32, stride: usize, x: usize, out: usize): void {
  for (let i = 0; i < length; i++) {
    let k = 0
    for (; k + lanes<T>() <= columns; k += lanes<T>()) {
      const at = bytes<T>(k), factor = v128.load(sums + at)
      v128.store(
        out + at,
        log
          ? v128.sub<T>(v128.sub<T>(v128.load(x + at), v128.load(tileScratch + at)), factor)
          : v128.mul<T>(v128.load(out + at), factor),
      )
    }
    for (; k < columns; k++) {
      const at = bytes<T>(k), factor = load<T>(sums + at)
      store<T>(out + at, log ? load<T>(x + at) - load<T>(tileScratch + at) - factor : load<T>(out + at) * factor)
    }
    x += stride
    out += stride
  }
}

/** out [outer, length, inner] = softmax of x along `length`, or its logarithm. A row of -Infinity, or with NaN or Infinity, gives NaN. */
export function softmaxes<T>(log: bool, outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  if (length == 0) return
  const stride = bytes<T>(inner)
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      const near = range<T>(length, x)
      const shift = <T>largest
      if (log) {
        const sum = termsRow<T>(near, length, shift, x, 0)
        lessRow<T>(length, shift, <T>logOne(sum), x, out)
      } else {
        const sum = termsRow<T>(near, length, shift, x, out)
        scaleRow<T>(length, <T>(1 / sum), out)
      }
    } else {
      for (let j = 0; j < inner; j += width) {
        const columns = min(width, inner - j)
        const from = x + bytes<T>(j), to = out + bytes<T>(j)
        largestTile<T>(false, length, columns, stride, from)
        termsTile<T>(length, columns, stride, from, log ? 0 : to)
        for (let k = 0; k < columns; k++) {
          const sum = load<f64>(sums + (<usize>k << 3))
          store<T>(sums + bytes<T>(k), <T>(log ? logOne(sum) : 1 / sum))
        }
        finishTile<T>(log, length, columns, stride, from, to)
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
    if (inner == 1) {
      let figure = <T>-Infinity
      if (length > 0) {
        const near = range<T>(length, x)
        const shift = finite<T>(<T>largest)
        const sum = termsRow<T>(near, length, shift, x, 0)
        figure = <T>(<f64>shift + logOne(sum))
      }
      store<T>(out, figure)
      out += sizeof<T>()
    } else
      for (let j = 0; j < inner; j += width) {
        const columns = min(width, inner - j)
        largestTile<T>(true, length, columns, stride, x + bytes<T>(j))
        termsTile<T>(length, columns, stride, x + bytes<T>(j), 0)
        for (let k = 0; k < columns; k++) {
          const sum = load<f64>(sums + (<usize>k << 3))
          store<T>(out, <T>(<f64>load<T>(tileScratch + bytes<T>(k)) + logOne(sum)))
          out += sizeof<T>()
        }
      }
    x += <usize>length * stride
  }
}
