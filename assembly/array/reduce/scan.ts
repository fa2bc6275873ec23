/** Running sums and products along `length`, kept in f64 for floats and rounded at every place; those of i32 wrap around. */
import { tileScratch, tileWidth } from '../scratch'
import { Product, Sum } from './folds'
import { bytes } from './pairs'

/** Running sums of f32: four places for one step of the chain of additions. */
function sumsRow(length: i32, x: usize, out: usize): void {
  let total: f64 = 0
  let i = 0
  for (; i + 4 <= length; i += 4) {
    const a = <f64>load<f32>(x), b = <f64>load<f32>(x, 4), c = <f64>load<f32>(x, 8), d = <f64>load<f32>(x, 12)
    const ab = a + b
    const abc = ab + c
    store<f32>(out, <f32>(total + a))
    store<f32>(out, <f32>(total + ab), 4)
    store<f32>(out, <f32>(total + abc), 8)
    total += ab + (c + d)
    store<f32>(out, <f32>total, 12)
    x += 16
    out += 16
  }
  for (; i < length; i++) {
    total += <f64>load<f32>(x)
    store<f32>(out, <f32>total)
    x += 4
    out += 4
  }
}

function scanRow<T, F>(length: i32, x: usize, out: usize): void {
  const fold = changetype<F>(0)
  let total = fold.zero()
  for (let end = x + bytes<T>(length); x < end; x += sizeof<T>()) {
    total = fold.join(total, <f64>load<T>(x))
    store<T>(out, <T>total)
    out += sizeof<T>()
  }
}

/** A tile of columns, their totals in `tileScratch`. */
function scanTile<T, F>(length: i32, columns: i32, stride: usize, x: usize, out: usize): void {
  const fold = changetype<F>(0)
  for (let k: usize = 0; k < <usize>columns; k++) store<f64>(tileScratch + (k << 3), fold.zero())
  for (let i = 0; i < length; i++) {
    for (let k: usize = 0; k < <usize>columns; k++) {
      const at = tileScratch + (k << 3)
      const total = fold.join(load<f64>(at), <f64>load<T>(x + k * sizeof<T>()))
      store<f64>(at, total)
      store<T>(out + k * sizeof<T>(), <T>total)
    }
    x += stride
    out += stride
  }
}

function scanFloats<T, F>(outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  const stride = bytes<T>(inner)
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      if (sizeof<T>() == 4 && idOfSum<F>()) sumsRow(length, x, out)
      else scanRow<T, F>(length, x, out)
    } else
      for (let j = 0; j < inner; j += tileWidth)
        scanTile<T, F>(length, min(tileWidth, inner - j), stride, x + bytes<T>(j), out + bytes<T>(j))
    x += <usize>length * stride
    out += <usize>length * stride
  }
}

/** Whether the fold F is `Sum`: only a sum starts from 0 and keeps sizes' signs. */
// @ts-ignore: decorator
@inline
function idOfSum<F>(): bool {
  return changetype<F>(0).zero() == 0
}

/** The row before plus (or times) this one, wrapping around. */
function scanWords(product: bool, outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  const stride = bytes<i32>(inner)
  for (let o = 0; o < outer; o++) {
    if (length > 0) memory.copy(out, x, stride)
    x += stride
    out += stride
    for (let i = 1; i < length; i++) {
      for (let end = x + stride; x < end; x += 4, out += 4) {
        const before = load<i32>(out - stride), value = load<i32>(x)
        store<i32>(out, product ? before * value : before + value)
      }
    }
  }
}

/** out [outer, length, inner] = running figures of x along `length`; `op` 0 sums, 1 multiplies. */
export function scans(op: i32, type: i32, outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  if (length == 0) return
  if (type == 0) {
    if (op == 0) scanFloats<f32, Sum>(outer, length, inner, x, out)
    else scanFloats<f32, Product>(outer, length, inner, x, out)
  } else if (type == 1) {
    if (op == 0) scanFloats<f64, Sum>(outer, length, inner, x, out)
    else scanFloats<f64, Product>(outer, length, inner, x, out)
  } else scanWords(op == 1, outer, length, inner, x, out)
}
