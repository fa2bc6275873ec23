/** Squared lengths of rows. */

/** out [rows] = sum of squares of each row of x [rows, columns], two lanes at a time. */
export function rowSquares_f64(rows: i32, columns: i32, x: usize, out: usize): void {
  for (let i = 0; i < rows; i++) {
    let sums = f64x2.splat(0)
    let j = 0
    for (; j + 2 <= columns; j += 2) {
      const v = v128.load(x + (<usize>j << 3))
      sums = f64x2.add(sums, f64x2.mul(v, v))
    }
    let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
    if (j < columns) {
      const v = load<f64>(x + (<usize>j << 3))
      sum += v * v
    }
    store<f64>(out, sum)
    x += <usize>columns << 3
    out += 8
  }
}
