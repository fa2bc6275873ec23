/**
 * Folds of [outer, length, inner] into f64: along rows where inner = 1, else row after row into one f64 for each column of a tile, so that
 * memory is read in the order in which it lies. Every figure's order of additions depends on the shape alone.
 */
import { tileScratch, tileWidth } from '../scratch'
import { bytes, pair0, pair1, pair2, pair3 } from './pairs'

/** Fold of `length` contiguous elements. */
export function foldRow<T, F>(length: i32, x: usize): f64 {
  const fold = changetype<F>(0)
  let i = 0
  let total = fold.zero()
  if (length >= 8) {
    let s0 = f64x2.splat(total), s1 = s0, s2 = s0, s3 = s0
    if (length >= 64) {
      // Four quarters side by side, with two sums each: memory is fetched ahead on four tracks, and no addition waits for the one before.
      let s4 = s0, s5 = s0, s6 = s0, s7 = s0
      const quarter = (length >>> 4) << 2
      let b = x + bytes<T>(quarter), c = b + bytes<T>(quarter), d = c + bytes<T>(quarter)
      for (const end = b; x < end; x += 4 * sizeof<T>()) {
        s0 = fold.join2(s0, fold.take2(pair0<T>(x)))
        s1 = fold.join2(s1, fold.take2(pair1<T>(x)))
        s2 = fold.join2(s2, fold.take2(pair0<T>(b)))
        s3 = fold.join2(s3, fold.take2(pair1<T>(b)))
        s4 = fold.join2(s4, fold.take2(pair0<T>(c)))
        s5 = fold.join2(s5, fold.take2(pair1<T>(c)))
        s6 = fold.join2(s6, fold.take2(pair0<T>(d)))
        s7 = fold.join2(s7, fold.take2(pair1<T>(d)))
        b += 4 * sizeof<T>()
        c += 4 * sizeof<T>()
        d += 4 * sizeof<T>()
      }
      s0 = fold.join2(s0, s4)
      s1 = fold.join2(s1, s5)
      s2 = fold.join2(s2, s6)
      s3 = fold.join2(s3, s7)
      x = d
      i = quarter << 2
    }
    for (; i + 8 <= length; i += 8) {
      s0 = fold.join2(s0, fold.take2(pair0<T>(x)))
      s1 = fold.join2(s1, fold.take2(pair1<T>(x)))
      s2 = fold.join2(s2, fold.take2(pair2<T>(x)))
      s3 = fold.join2(s3, fold.take2(pair3<T>(x)))
      x += 8 * sizeof<T>()
    }
    s0 = fold.join2(fold.join2(s0, s1), fold.join2(s2, s3))
    total = fold.join(f64x2.extract_lane(s0, 0), f64x2.extract_lane(s0, 1))
  }
  for (; i < length; i++) {
    total = fold.join(total, fold.take(<f64>load<T>(x)))
    x += sizeof<T>()
  }
  return total
}

/** Folds of `width` columns, at most `tileWidth`, over `length` rows `stride` bytes apart, as f64 in `tileScratch`. */
export function foldTile<T, F>(length: i32, width: i32, stride: usize, x: usize): void {
  const fold = changetype<F>(0)
  for (let j = 0; j < width; j++) store<f64>(tileScratch + (<usize>j << 3), fold.zero())
  let i = 0
  // Four rows at once read and write the sums a quarter as often.
  for (; i + 4 <= length; i += 4) {
    let a = x, b = a + stride, c = b + stride, d = c + stride
    let sum = tileScratch
    let j = 0
    for (; j + 4 <= width; j += 4) {
      const s0 = fold.join2(
        fold.join2(fold.take2(pair0<T>(a)), fold.take2(pair0<T>(b))),
        fold.join2(fold.take2(pair0<T>(c)), fold.take2(pair0<T>(d))),
      )
      const s1 = fold.join2(
        fold.join2(fold.take2(pair1<T>(a)), fold.take2(pair1<T>(b))),
        fold.join2(fold.take2(pair1<T>(c)), fold.take2(pair1<T>(d))),
      )
      v128.store(sum, fold.join2(v128.load(sum), s0))
      v128.store(sum, fold.join2(v128.load(sum, 16), s1), 16)
      a += 4 * sizeof<T>()
      b += 4 * sizeof<T>()
      c += 4 * sizeof<T>()
      d += 4 * sizeof<T>()
      sum += 32
    }
    for (; j < width; j++) {
      const s = fold.join(
        fold.join(fold.take(<f64>load<T>(a)), fold.take(<f64>load<T>(b))),
        fold.join(fold.take(<f64>load<T>(c)), fold.take(<f64>load<T>(d))),
      )
      store<f64>(sum, fold.join(load<f64>(sum), s))
      a += sizeof<T>()
      b += sizeof<T>()
      c += sizeof<T>()
      d += sizeof<T>()
      sum += 8
    }
    x += 4 * stride
  }
  for (; i < length; i++) {
    let a = x
    let sum = tileScratch
    let j = 0
    for (; j + 4 <= width; j += 4) {
      v128.store(sum, fold.join2(v128.load(sum), fold.take2(pair0<T>(a))))
      v128.store(sum, fold.join2(v128.load(sum, 16), fold.take2(pair1<T>(a))), 16)
      a += 4 * sizeof<T>()
      sum += 32
    }
    for (; j < width; j++) {
      store<f64>(sum, fold.join(load<f64>(sum), fold.take(<f64>load<T>(a))))
      a += sizeof<T>()
      sum += 8
    }
    x += stride
  }
}

/** A product of whole numbers has no -0. */
// @ts-ignore: decorator
@inline
function rounded<T, R>(total: f64): R {
  return <R>(isFloat<T>() ? total : total + 0)
}

/** out [outer, inner] of type R = fold of x [outer, length, inner] of type T, rounded once. */
export function folds<T, R, F>(outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  if (inner == 1) {
    for (let o = 0; o < outer; o++) {
      store<R>(out, rounded<T, R>(foldRow<T, F>(length, x)))
      x += bytes<T>(length)
      out += sizeof<R>()
    }
    return
  }
  const stride = bytes<T>(inner)
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j += tileWidth) {
      const width = min(tileWidth, inner - j)
      foldTile<T, F>(length, width, stride, x + bytes<T>(j))
      for (let k = 0; k < width; k++) {
        store<R>(out, rounded<T, R>(load<f64>(tileScratch + (<usize>k << 3))))
        out += sizeof<R>()
      }
    }
    x += <usize>length * stride
  }
}
