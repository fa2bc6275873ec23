/**
 * Sums of squares along rows and columns of a row-major stream, in float64. A tile of rows is summed into scratch memory first: where that
 * shows NaN or infinities (or, in f64, squares outside of float64), the tile is thrown away and summed again with care.
 */
import { columnScratch, rowScratch } from './scratch'

// The careful sums of f64 follow Blue (1978): elements beyond `big` or below `small` have their squares summed apart, scaled.
const big: f64 = 1.997919072202235e+146 // 2^486
const small: f64 = 1.4916681462400413e-154 // 2^-511
const scaleDown: f64 = 2.409919865102884e-181 // 2^-600
const scaleUp: f64 = 4.149515568880993e+180
/** Squares below may have lost digits: 2^-900. */
const leastSquare: f64 = 1.1830521861667747e-271
/** Sums up to this may be added 2^50 times: 2^970. */
const mostSum: f64 = 9.9792015476736e+291

/** Columns of a tile. */
const tileColumns: u32 = 512
/** Rows of a tile. */
const tileRows: u32 = 64

// @ts-ignore: decorator
@inline
function widen<T>(from: usize): v128 {
  if (sizeof<T>() == 4) return f64x2.promote_low_f32x4(v128.load64_zero(from))
  return v128.load(from)
}

let unsafe: v128 = i32x4.splat(0)

/** Marks elements whose squares lose digits to underflow; only f64 has them. */
// @ts-ignore: decorator
@inline
function flag<T>(x: v128, square: v128): v128 {
  return v128.and(f64x2.lt(square, f64x2.splat(leastSquare)), f64x2.ne(x, f64x2.splat(0)))
}

/** Sums `rows` <= 4 rows of a tile at once. */
function quad<T>(from: usize, stride: usize, columns: u32, rows: u32, sums: usize): void {
  // Missing rows read the first one again, and their sums are not used.
  const p1 = rows > 1 ? from + stride : from
  const p2 = rows > 2 ? from + 2 * stride : from
  const p3 = rows > 3 ? from + 3 * stride : from
  const zero = f64x2.splat(0)
  const use1 = i64x2.splat(rows > 1 ? -1 : 0)
  const use2 = i64x2.splat(rows > 2 ? -1 : 0)
  const use3 = i64x2.splat(rows > 3 ? -1 : 0)
  let r0 = zero, r1 = zero, r2 = zero, r3 = zero
  let odd = zero
  let at = columnScratch
  let offset: usize = 0
  const end = <usize>(columns & ~1) * sizeof<T>()
  for (; offset < end; offset += 2 * sizeof<T>(), at += 16) {
    const x0 = widen<T>(from + offset), x1 = widen<T>(p1 + offset)
    const x2 = widen<T>(p2 + offset), x3 = widen<T>(p3 + offset)
    const q0 = f64x2.mul(x0, x0)
    const q1 = v128.and(f64x2.mul(x1, x1), use1)
    const q2 = v128.and(f64x2.mul(x2, x2), use2)
    const q3 = v128.and(f64x2.mul(x3, x3), use3)
    if (sizeof<T>() == 8) {
      odd = v128.or(odd, v128.or(v128.or(flag<T>(x0, q0), flag<T>(x1, q1)), v128.or(flag<T>(x2, q2), flag<T>(x3, q3))))
    }
    r0 = f64x2.add(r0, q0)
    r1 = f64x2.add(r1, q1)
    r2 = f64x2.add(r2, q2)
    r3 = f64x2.add(r3, q3)
    v128.store(at, f64x2.add(v128.load(at), f64x2.add(f64x2.add(q0, q1), f64x2.add(q2, q3))))
  }
  store<f64>(sums, f64x2.extract_lane(r0, 0) + f64x2.extract_lane(r0, 1))
  if (rows > 1) store<f64>(sums, f64x2.extract_lane(r1, 0) + f64x2.extract_lane(r1, 1), 8)
  if (rows > 2) store<f64>(sums, f64x2.extract_lane(r2, 0) + f64x2.extract_lane(r2, 1), 16)
  if (rows > 3) store<f64>(sums, f64x2.extract_lane(r3, 0) + f64x2.extract_lane(r3, 1), 24)
  if (columns & 1) {
    for (let row: u32 = 0; row < rows; row++) {
      const x = <f64>load<T>(from + <usize>row * stride + offset)
      const square = x * x
      if (sizeof<T>() == 8 && square < leastSquare && x != 0) odd = i64x2.splat(-1)
      store<f64>(at, load<f64>(at) + square)
      store<f64>(sums + <usize>row * 8, load<f64>(sums + <usize>row * 8) + square)
    }
  }
  if (sizeof<T>() == 8) unsafe = v128.or(unsafe, odd)
}

/** The same tile element by element into the careful sums; NaN and infinities only leave a mark. */
export function careful<T>(
  from: usize, stride: usize, rows: u32, columns: u32, rowSums: usize, rowCount: usize, columnSums: usize, columnCount: usize,
): void {
  for (let row: usize = 0; row < <usize>rows; row++) {
    for (let column: usize = 0; column < <usize>columns; column++) {
      const x = abs(<f64>load<T>(from + row * stride + column * sizeof<T>()))
      if (x == 0) continue
      put<T>(rowSums + row * 8, rowCount, x)
      put<T>(columnSums + column * 8, columnCount, x)
    }
  }
}

/** Four arrays of `count` f64 one after the other: plain sums, marks, sums of large and of small elements (the last two for f64 only). */
// @ts-ignore: decorator
@inline
function put<T>(at: usize, count: usize, x: f64): void {
  if (!(x < Infinity)) store<f64>(at + count * 8, 1)
  else if (sizeof<T>() == 4 || (x >= small && x <= big)) store<f64>(at, load<f64>(at) + x * x)
  else if (x > big) {
    const scaled = x * scaleDown
    store<f64>(at + count * 16, load<f64>(at + count * 16) + scaled * scaled)
  } else {
    const scaled = x * scaleUp
    store<f64>(at + count * 24, load<f64>(at + count * 24) + scaled * scaled)
  }
}

/** Adds a tile at row `row` and column `column` of the matrix. */
function tile<T>(
  from: usize, stride: usize, rows: u32, columns: u32, rowSums: usize, rowCount: usize, columnSums: usize, columnCount: usize,
): void {
  memory.fill(columnScratch, 0, <usize>columns * 8)
  unsafe = i32x4.splat(0)
  for (let row: u32 = 0; row < rows; row += 4)
    quad<T>(from + <usize>row * stride, stride, columns, min(4, rows - row), rowScratch + <usize>row * 8)
  let total: f64 = 0
  for (let row: usize = 0; row < <usize>rows; row++) total += load<f64>(rowScratch + row * 8)
  if (!(total < mostSum) || (sizeof<T>() == 8 && v128.any_true(unsafe))) {
    careful<T>(from, stride, rows, columns, rowSums, rowCount, columnSums, columnCount)
    return
  }
  addTo(rowSums, rowScratch, rows)
  addTo(columnSums, columnScratch, columns)
}

export function addTo(sums: usize, from: usize, count: u32): void {
  for (; count >= 2; count -= 2, sums += 16, from += 16)
    v128.store(sums, f64x2.add(v128.load(sums), v128.load(from)))
  if (count > 0) store<f64>(sums, load<f64>(sums) + load<f64>(from))
}

/** Adds `rows` by `columns` elements at the head of `rowSums` and `columnSums`. */
function area<T>(
  from: usize, stride: usize, rows: u32, columns: u32, rowSums: usize, rowCount: usize, columnSums: usize, columnCount: usize,
): void {
  for (let row: u32 = 0; row < rows; row += tileRows) {
    const someRows = min(tileRows, rows - row)
    for (let column: u32 = 0; column < columns; column += tileColumns)
      tile<T>(
        from + <usize>row * stride + <usize>column * sizeof<T>(), stride, someRows, min(tileColumns, columns - column),
        rowSums + <usize>row * 8, rowCount, columnSums + <usize>column * 8, columnCount,
      )
  }
}

/** Adds the next `count` elements, which begin at `row` and `column`: the rest of a row, whole rows, the beginning of a row. */
// @ts-ignore: decorator
@inline
function lines<T>(
  from: usize, count: u32, row: u32, column: u32, rowSums: usize, rows: u32, columnSums: usize, columns: u32,
): void {
  const stride = <usize>columns * sizeof<T>()
  if (column > 0) {
    const some = min(count, columns - column)
    area<T>(from, stride, 1, some, rowSums + <usize>row * 8, rows, columnSums + <usize>column * 8, columns)
    count -= some
    from += <usize>some * sizeof<T>()
    row++
  }
  const whole = count / columns
  if (whole > 0) {
    area<T>(from, stride, whole, columns, rowSums + <usize>row * 8, rows, columnSums, columns)
    from += <usize>whole * stride
    row += whole
    count -= whole * columns
  }
  if (count > 0) area<T>(from, stride, 1, count, rowSums + <usize>row * 8, rows, columnSums, columns)
}

export function lines_f32(
  from: usize, count: u32, row: u32, column: u32, rowSums: usize, rows: u32, columnSums: usize, columns: u32,
): void {
  lines<f32>(from, count, row, column, rowSums, rows, columnSums, columns)
}

export function lines_f64(
  from: usize, count: u32, row: u32, column: u32, rowSums: usize, rows: u32, columnSums: usize, columns: u32,
): void {
  lines<f64>(from, count, row, column, rowSums, rows, columnSums, columns)
}
