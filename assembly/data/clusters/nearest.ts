/**
 * The nearest centre of each row from a product of matrices, |x|^2 - 2 x c + |c|^2. Where rounding of the product could decide, the candidates are
 * compared by differences in f64, so that labels do not depend on the library that multiplied.
 */
import { squareBetween } from './lanes'

/** The least of a row of products + squares (padded to a multiple of 8 by Infinity), and the least of the others. */
let least: f64 = 0
let second: f64 = 0

// @ts-ignore: decorator
@inline
function lowestTwo<T>(width: i32, products: usize, squares: usize): void {
  const step = 32 / <i32>sizeof<T>()
  let a1 = v128.splat<T>(<T>Infinity)
  let a2 = a1
  let b1 = a1
  let b2 = a1
  const end = products + <usize>width * <usize>sizeof<T>()
  for (; products < end; products += 32) {
    const a = v128.add<T>(v128.load(products), v128.load(squares))
    const b = v128.add<T>(v128.load(products, 16), v128.load(squares, 16))
    a2 = v128.pmin<T>(a2, v128.pmax<T>(a, a1))
    b2 = v128.pmin<T>(b2, v128.pmax<T>(b, b1))
    a1 = v128.pmin<T>(a1, a)
    b1 = v128.pmin<T>(b1, b)
    squares += 32
  }
  a2 = v128.pmin<T>(v128.pmin<T>(a2, b2), v128.pmax<T>(a1, b1))
  a1 = v128.pmin<T>(a1, b1)
  b1 = v128.shuffle<u64>(a1, a1, 1, 0)
  b2 = v128.shuffle<u64>(a2, a2, 1, 0)
  a2 = v128.pmin<T>(v128.pmin<T>(a2, b2), v128.pmax<T>(a1, b1))
  a1 = v128.pmin<T>(a1, b1)
  if (sizeof<T>() == 4) {
    b1 = v128.shuffle<u32>(a1, a1, 1, 0, 3, 2)
    b2 = v128.shuffle<u32>(a2, a2, 1, 0, 3, 2)
    a2 = v128.pmin<T>(v128.pmin<T>(a2, b2), v128.pmax<T>(a1, b1))
    a1 = v128.pmin<T>(a1, b1)
  }
  least = <f64>v128.extract_lane<T>(a1, 0)
  second = <f64>v128.extract_lane<T>(a2, 0)
}

/** The first place whose value is `value`. */
// @ts-ignore: decorator
@inline
function placeOf<T>(products: usize, squares: usize, value: T): i32 {
  const size = <usize>sizeof<T>()
  const wanted = v128.splat<T>(value)
  let at: usize = 0
  while (!v128.any_true(v128.eq<T>(v128.add<T>(v128.load(products + at), v128.load(squares + at)), wanted))) at += 16
  while (<T>(load<T>(products + at) + load<T>(squares + at)) != value) at += size
  return <i32>(at / size)
}

/**
 * Labels of rows `base` and following, or of those that `index` names. `products` [rows, width] are -2 x c, `squares` [width] |c|^2, `rowSquares`
 * [rows] |x|^2, all of shifted and scaled rows; a value is right to within slack (|x|^2 + most). `x` and `centers` are as given. With `upper`,
 * bounds of the distance to the nearest and to any other are written (in scaled units). Returns how many labels changed.
 */
// @ts-ignore: decorator
@inline
function nearestCenters<T>(
  rows: i32, k: i32, width: i32, d: i32, products: usize, squares: usize, rowSquares: usize, slack: f64, most: f64,
  x: usize, centers: usize, base: i32, index: usize, labels: usize, upper: usize, lower: usize,
): i32 {
  const size = <usize>sizeof<T>()
  let changed = 0
  for (let r = 0; r < rows; r++) {
    const i = index != 0 ? load<i32>(index + (<usize>r << 2)) : base + r
    const square = load<f64>(rowSquares + (<usize>r << 3))
    const margin = slack * (square + most)
    lowestTwo<T>(width, products, squares)
    let label = 0
    if (second - least > 2 * margin) label = placeOf<T>(products, squares, <T>least)
    else {
      const row = x + <usize>i * <usize>d * size
      let nearest: f64 = Infinity
      for (let j = 0; j < k; j++) {
        const at = <usize>j * size
        if (<f64>load<T>(products + at) + <f64>load<T>(squares + at) > least + 3 * margin) continue
        const exact = squareBetween<T>(d, row, centers + ((<usize>j * <usize>d) << 3))
        if (exact < nearest) {
          nearest = exact
          label = j
        }
      }
    }
    if (upper != 0) {
      store<f64>(upper + (<usize>i << 3), Math.sqrt(max<f64>(0, least + square + 4 * margin)))
      store<f64>(lower + (<usize>i << 3), Math.sqrt(max<f64>(0, (second - least > 2 * margin ? second : least) + square - 4 * margin)))
    }
    const place = labels + (<usize>i << 2)
    if (load<i32>(place) != label) {
      store<i32>(place, label)
      changed++
    }
    products += <usize>width * size
  }
  return changed
}

export function nearestCenters_f32(
  rows: i32, k: i32, width: i32, d: i32, products: usize, squares: usize, rowSquares: usize, slack: f64, most: f64,
  x: usize, centers: usize, base: i32, index: usize, labels: usize, upper: usize, lower: usize,
): i32 {
  return nearestCenters<f32>(rows, k, width, d, products, squares, rowSquares, slack, most, x, centers, base, index, labels, upper, lower) // prettier-ignore
}

export function nearestCenters_f64(
  rows: i32, k: i32, width: i32, d: i32, products: usize, squares: usize, rowSquares: usize, slack: f64, most: f64,
  x: usize, centers: usize, base: i32, index: usize, labels: usize, upper: usize, lower: usize,
): i32 {
  return nearestCenters<f64>(rows, k, width, d, products, squares, rowSquares, slack, most, x, centers, base, index, labels, upper, lower)
}
