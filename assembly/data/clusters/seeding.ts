/** Candidates of k-means++. */
import { squareBetween } from './lanes'

/**
 * For rows `base` and following and t candidates: out [t, n] = the lesser of `nearest` [n] and the squared distance from each candidate, in scaled
 * units, and adds them to sums [t]. Products as in `nearestCenters`; where they are mostly rounding, differences are taken, so that equal rows have
 * distance zero.
 */
// @ts-ignore: decorator
@inline
function candidateSquares<T>(
  rows: i32, t: i32, d: i32, n: i32, products: usize, squares: usize, rowSquares: usize, slack: f64, scale: f64,
  x: usize, candidates: usize, base: i32, nearest: usize, out: usize, sums: usize,
): void {
  const size = <usize>sizeof<T>()
  for (let r = 0; r < rows; r++) {
    const i = base + r
    const square = load<f64>(rowSquares + (<usize>r << 3))
    const known = load<f64>(nearest + (<usize>i << 3))
    for (let c = 0; c < t; c++) {
      const own = <f64>load<T>(squares + <usize>c * size)
      let value = <f64>load<T>(products + <usize>c * size) + own + square
      if (value < known) {
        if (value <= 1024 * slack * (square + own))
          value = squareBetween<T>(d, x + <usize>i * <usize>d * size, candidates + ((<usize>c * <usize>d) << 3)) * scale * scale
        value = min<f64>(value, known)
      } else value = known
      store<f64>(out + ((<usize>c * <usize>n + <usize>i) << 3), value)
      const sum = sums + (<usize>c << 3)
      store<f64>(sum, load<f64>(sum) + value)
    }
    products += <usize>t * size
  }
}

export function candidateSquares_f32(
  rows: i32, t: i32, d: i32, n: i32, products: usize, squares: usize, rowSquares: usize, slack: f64, scale: f64,
  x: usize, candidates: usize, base: i32, nearest: usize, out: usize, sums: usize,
): void {
  candidateSquares<f32>(rows, t, d, n, products, squares, rowSquares, slack, scale, x, candidates, base, nearest, out, sums)
}

export function candidateSquares_f64(
  rows: i32, t: i32, d: i32, n: i32, products: usize, squares: usize, rowSquares: usize, slack: f64, scale: f64,
  x: usize, candidates: usize, base: i32, nearest: usize, out: usize, sums: usize,
): void {
  candidateSquares<f64>(rows, t, d, n, products, squares, rowSquares, slack, scale, x, candidates, base, nearest, out, sums)
}
