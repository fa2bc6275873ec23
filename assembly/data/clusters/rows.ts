/** Passes over rows: prepared for a product, summed by cluster, measured from their centres. */
import { pair, squareBetween } from './lanes'

/**
 * out [rows, d] = (x - offset) * scale in T, of the rows `base` and following of x, or of those that `index` names; `squares` [rows] are the
 * lengths of what is written, squared.
 */
// @ts-ignore: decorator
@inline
function shiftedRows<T>(rows: i32, d: i32, x: usize, base: i32, index: usize, offset: usize, scale: T, out: usize, squares: usize): void {
  const size = <usize>sizeof<T>()
  const lanes = 16 / <i32>sizeof<T>()
  const stride = <usize>d * size
  const factor = v128.splat<T>(scale)
  for (let r = 0; r < rows; r++) {
    const i = index != 0 ? load<i32>(index + (<usize>r << 2)) : base + r
    const row = x + <usize>i * stride
    let sums = v128.splat<T>(0)
    let j = 0
    for (; j + lanes <= d; j += lanes) {
      const at = <usize>j * size
      const v = v128.mul<T>(v128.sub<T>(v128.load(row + at), v128.load(offset + at)), factor)
      v128.store(out + at, v)
      sums = v128.add<T>(sums, v128.mul<T>(v, v))
    }
    let sum: f64
    if (sizeof<T>() == 8) sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
    else
      sum =
        <f64>f32x4.extract_lane(sums, 0) +
        <f64>f32x4.extract_lane(sums, 1) +
        <f64>f32x4.extract_lane(sums, 2) +
        <f64>f32x4.extract_lane(sums, 3)
    for (; j < d; j++) {
      const at = <usize>j * size
      const v = <T>((load<T>(row + at) - load<T>(offset + at)) * scale)
      store<T>(out + at, v)
      sum += <f64>v * <f64>v
    }
    store<f64>(squares + (<usize>r << 3), sum)
    out += stride
  }
}

export function shiftedRows_f32(rows: i32, d: i32, x: usize, base: i32, index: usize, offset: usize, scale: f32, out: usize, squares: usize): void {
  shiftedRows<f32>(rows, d, x, base, index, offset, scale, out, squares)
}

export function shiftedRows_f64(rows: i32, d: i32, x: usize, base: i32, index: usize, offset: usize, scale: f64, out: usize, squares: usize): void {
  shiftedRows<f64>(rows, d, x, base, index, offset, scale, out, squares)
}

/** Adds x - offset of rows `base` to `base + rows` to the sums [k, d] of their clusters, and counts them; sums and offsets are f64. */
// @ts-ignore: decorator
@inline
function clusterSums<T>(rows: i32, d: i32, x: usize, base: i32, labels: usize, offset: usize, sums: usize, counts: usize): void {
  const size = <usize>sizeof<T>()
  let row = x + <usize>base * <usize>d * size
  for (let r = 0; r < rows; r++) {
    const label = load<i32>(labels + (<usize>(base + r) << 2))
    const count = counts + (<usize>label << 3)
    store<f64>(count, load<f64>(count) + 1)
    const into = sums + ((<usize>label * <usize>d) << 3)
    let j = 0
    for (; j + 2 <= d; j += 2) {
      const at = <usize>j << 3
      const v = f64x2.sub(pair<T>(row), v128.load(offset + at))
      v128.store(into + at, f64x2.add(v128.load(into + at), v))
      row += 2 * size
    }
    if (j < d) {
      const at = <usize>j << 3
      store<f64>(into + at, load<f64>(into + at) + (<f64>load<T>(row) - load<f64>(offset + at)))
      row += size
    }
  }
}

export function clusterSums_f32(rows: i32, d: i32, x: usize, base: i32, labels: usize, offset: usize, sums: usize, counts: usize): void {
  clusterSums<f32>(rows, d, x, base, labels, offset, sums, counts)
}

export function clusterSums_f64(rows: i32, d: i32, x: usize, base: i32, labels: usize, offset: usize, sums: usize, counts: usize): void {
  clusterSums<f64>(rows, d, x, base, labels, offset, sums, counts)
}

/** out [rows] = squared distance of each row of x from the centre of its label. */
// @ts-ignore: decorator
@inline
function labelSquares<T>(rows: i32, d: i32, x: usize, centers: usize, labels: usize, out: usize): void {
  const stride = <usize>d * <usize>sizeof<T>()
  for (let i = 0; i < rows; i++) {
    const label = load<i32>(labels + (<usize>i << 2))
    store<f64>(out + (<usize>i << 3), squareBetween<T>(d, x, centers + ((<usize>label * <usize>d) << 3)))
    x += stride
  }
}

export function labelSquares_f32(rows: i32, d: i32, x: usize, centers: usize, labels: usize, out: usize): void {
  labelSquares<f32>(rows, d, x, centers, labels, out)
}

export function labelSquares_f64(rows: i32, d: i32, x: usize, centers: usize, labels: usize, out: usize): void {
  labelSquares<f64>(rows, d, x, centers, labels, out)
}

/** Adds x - shift of every row to out [d], or its square. */
// @ts-ignore: decorator
@inline
function shiftedSums<T>(rows: i32, d: i32, x: usize, shift: usize, squared: bool, out: usize): void {
  const size = <usize>sizeof<T>()
  for (let i = 0; i < rows; i++) {
    let j = 0
    for (; j + 2 <= d; j += 2) {
      const at = <usize>j << 3
      let v = f64x2.sub(pair<T>(x), v128.load(shift + at))
      if (squared) v = f64x2.mul(v, v)
      v128.store(out + at, f64x2.add(v128.load(out + at), v))
      x += 2 * size
    }
    if (j < d) {
      const at = <usize>j << 3
      const v = <f64>load<T>(x) - load<f64>(shift + at)
      store<f64>(out + at, load<f64>(out + at) + (squared ? v * v : v))
      x += size
    }
  }
}

export function shiftedSums_f32(rows: i32, d: i32, x: usize, shift: usize, squared: bool, out: usize): void {
  shiftedSums<f32>(rows, d, x, shift, squared, out)
}

export function shiftedSums_f64(rows: i32, d: i32, x: usize, shift: usize, squared: bool, out: usize): void {
  shiftedSums<f64>(rows, d, x, shift, squared, out)
}
