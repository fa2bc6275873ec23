/** Rows less a vector, sums of columns, sizes of elements: what linear factorizations do to a table, a block of rows at a time. */

/** out [columns] = sums of the columns of x [rows, columns], four rows at a time. */
export function columnSums_f64(rows: i32, columns: i32, x: usize, out: usize): void {
  memory.fill(out, 0, <usize>columns << 3)
  const step = <usize>columns << 3
  let i = 0
  for (; i + 4 <= rows; i += 4) {
    let a = x
    let o = out
    let j = 0
    for (; j + 2 <= columns; j += 2) {
      const two = f64x2.add(v128.load(a), v128.load(a + step))
      const more = f64x2.add(v128.load(a + 2 * step), v128.load(a + 3 * step))
      v128.store(o, f64x2.add(v128.load(o), f64x2.add(two, more)))
      a += 16
      o += 16
    }
    if (j < columns)
      store<f64>(
        o,
        load<f64>(o) + (load<f64>(a) + load<f64>(a + step) + (load<f64>(a + 2 * step) + load<f64>(a + 3 * step))),
      )
    x += 4 * step
  }
  for (; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = <usize>j << 3
      store<f64>(out + at, load<f64>(out + at) + load<f64>(x + at))
    }
    x += step
  }
}

/** The same of f32, in f64. */
export function columnSums_f32(rows: i32, columns: i32, x: usize, out: usize): void {
  memory.fill(out, 0, <usize>columns << 3)
  for (let i = 0; i < rows; i++) {
    let a = x
    let o = out
    let j = 0
    for (; j + 2 <= columns; j += 2) {
      v128.store(o, f64x2.add(v128.load(o), f64x2.promote_low_f32x4(v128.load64_zero(a))))
      a += 8
      o += 16
    }
    if (j < columns) store<f64>(o, load<f64>(o) + <f64>load<f32>(a))
    x += <usize>columns << 2
  }
}

/** out [rows, columns] = scale (x - mean [columns]). */
export function centre_f64(rows: i32, columns: i32, x: usize, mean: usize, scale: f64, out: usize): void {
  const scales = f64x2.splat(scale)
  for (let i = 0; i < rows; i++) {
    let m = mean
    let j = 0
    for (; j + 2 <= columns; j += 2) {
      v128.store(out, f64x2.mul(scales, f64x2.sub(v128.load(x), v128.load(m))))
      x += 16
      m += 16
      out += 16
    }
    if (j < columns) {
      store<f64>(out, scale * (load<f64>(x) - load<f64>(m)))
      x += 8
      out += 8
    }
  }
}

/** The same of f32. */
export function centre_f32(rows: i32, columns: i32, x: usize, mean: usize, scale: f64, out: usize): void {
  const scales = f64x2.splat(scale)
  for (let i = 0; i < rows; i++) {
    let m = mean
    let j = 0
    for (; j + 2 <= columns; j += 2) {
      v128.store(out, f64x2.mul(scales, f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(x)), v128.load(m))))
      x += 8
      m += 16
      out += 16
    }
    if (j < columns) {
      store<f64>(out, scale * (<f64>load<f32>(x) - load<f64>(m)))
      x += 4
      out += 8
    }
  }
}

/** out [3] = sum of sizes, largest size, sum of squares of n elements; a NaN makes each NaN. */
export function sizes_f64(n: i32, x: usize, out: usize): void {
  let sums = f64x2.splat(0)
  let most = f64x2.splat(0)
  let squares = f64x2.splat(0)
  let i = 0
  for (; i + 2 <= n; i += 2) {
    const v = f64x2.abs(v128.load(x))
    sums = f64x2.add(sums, v)
    most = f64x2.max(most, v)
    squares = f64x2.add(squares, f64x2.mul(v, v))
    x += 16
  }
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
  let largest = Math.max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1))
  let square = f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1)
  if (i < n) {
    const v = Math.abs(load<f64>(x))
    sum += v
    largest = Math.max(largest, v)
    square += v * v
  }
  store<f64>(out, sum)
  store<f64>(out, largest, 8)
  store<f64>(out, square, 16)
}
