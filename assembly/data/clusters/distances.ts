/** Distances of rows from other rows or centres: summed by cluster, and in the L1 norm. */
import { pair, squareBetween } from './lanes'

/**
 * Adds to out [rows, k] (f64) the distances of each row from `count` others, by the label of the other. Products [rows, count] are -2 x y of f64 rows,
 * `squares` and `rowSquares` their squared lengths; where a distance is mostly rounding, differences are taken: `x` are all rows, `index` those of the
 * block (0: `base` and following), `others` [count, d] the others.
 */
export function distanceSums_f64(
  rows: i32, count: i32, k: i32, d: i32, products: usize, squares: usize, rowSquares: usize, slack: f64, scale: f64,
  x: usize, base: i32, index: usize, others: usize, labels: usize, out: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const i = index != 0 ? load<i32>(index + (<usize>r << 2)) : base + r
    const square = load<f64>(rowSquares + (<usize>r << 3))
    for (let j = 0; j < count; j++) {
      const own = load<f64>(squares + (<usize>j << 3))
      const value = load<f64>(products + (<usize>j << 3)) + own + square
      const distance = value > 268435456 * slack * (square + own)
        ? Math.sqrt(value)
        : Math.sqrt(squareBetween<f64>(d, x + ((<usize>i * <usize>d) << 3), others + ((<usize>j * <usize>d) << 3))) * scale
      const sum = out + (<usize>load<i32>(labels + (<usize>j << 2)) << 3)
      store<f64>(sum, load<f64>(sum) + distance)
    }
    products += <usize>count << 3
    out += <usize>k << 3
  }
}

/** out [rows, k] (f64) = L1 distances of rows of x from centres [k, d] (f64). */
// @ts-ignore: decorator
@inline
function cityDistances<T>(rows: i32, k: i32, d: i32, x: usize, centers: usize, out: usize): void {
  const size = <usize>sizeof<T>()
  for (let i = 0; i < rows; i++) {
    let center = centers
    for (let j = 0; j < k; j++) {
      let sums = f64x2.splat(0)
      let row = x
      let c = 0
      for (; c + 2 <= d; c += 2) {
        sums = f64x2.add(sums, f64x2.abs(f64x2.sub(pair<T>(row), v128.load(center))))
        row += 2 * size
        center += 16
      }
      let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
      if (c < d) {
        sum += Math.abs(<f64>load<T>(row) - load<f64>(center))
        center += 8
      }
      store<f64>(out, sum)
      out += 8
    }
    x += <usize>d * size
  }
}

export function cityDistances_f32(rows: i32, k: i32, d: i32, x: usize, centers: usize, out: usize): void {
  cityDistances<f32>(rows, k, d, x, centers, out)
}

export function cityDistances_f64(rows: i32, k: i32, d: i32, x: usize, centers: usize, out: usize): void {
  cityDistances<f64>(rows, k, d, x, centers, out)
}
