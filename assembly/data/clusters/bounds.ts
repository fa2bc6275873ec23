/**
 * Rows whose label the triangle inequality leaves as it is. Bounds are in scaled units and rounded away from the side they bound, and a row is passed
 * over only where they differ by more than rounding could: labels are those of Lloyd's iteration. Sources: Hamerly (2010), Elkan (2003).
 */
import { squareBetween } from './lanes'

// One rounding of a sum, and of a square root.
const up: f64 = 1.0 + 1.7763568394002505e-15
const down: f64 = 1.0 - 1.7763568394002505e-15

/** What a distance of d differences may be wrong by, relative. */
// @ts-ignore: decorator
@inline
function guardOf(d: i32): f64 {
  return 1.0 + <f64>(d + 8) * 8.881784197001252e-16
}

/**
 * Moves the bounds of all rows by what centres moved (`moved` [k]; `most` is the largest, of `mostAt`, `next` the largest of the others), and writes to
 * `list` the rows whose nearest centre has to be looked for; returns how many. `half` [k]: half the distance of each centre from the nearest other.
 */
// @ts-ignore: decorator
@inline
function hamerlyRows<T>(
  rows: i32, d: i32, x: usize, centers: usize, scale: f64, labels: usize, upper: usize, lower: usize,
  moved: usize, most: f64, mostAt: i32, next: f64, half: usize, list: usize,
): i32 {
  const guard = guardOf(d)
  const stride = <usize>d * <usize>sizeof<T>()
  let count = 0
  for (let i = 0; i < rows; i++) {
    const label = load<i32>(labels + (<usize>i << 2))
    const at = <usize>i << 3
    const far = (load<f64>(upper + at) + load<f64>(moved + (<usize>label << 3))) * up
    const near = max<f64>(0, load<f64>(lower + at) - (label == mostAt ? next : most)) * down
    const bound = max<f64>(near, load<f64>(half + (<usize>label << 3)))
    store<f64>(lower + at, near)
    store<f64>(upper + at, far)
    if (far * guard < bound) continue
    const row = x + <usize>i * stride
    const tight = Math.sqrt(squareBetween<T>(d, row, centers + ((<usize>label * <usize>d) << 3))) * scale * guard
    store<f64>(upper + at, tight)
    if (tight * guard < bound) continue
    store<i32>(list + (<usize>count << 2), i)
    count++
  }
  return count
}

export function hamerlyRows_f32(
  rows: i32, d: i32, x: usize, centers: usize, scale: f64, labels: usize, upper: usize, lower: usize,
  moved: usize, most: f64, mostAt: i32, next: f64, half: usize, list: usize,
): i32 {
  return hamerlyRows<f32>(rows, d, x, centers, scale, labels, upper, lower, moved, most, mostAt, next, half, list)
}

export function hamerlyRows_f64(
  rows: i32, d: i32, x: usize, centers: usize, scale: f64, labels: usize, upper: usize, lower: usize,
  moved: usize, most: f64, mostAt: i32, next: f64, half: usize, list: usize,
): i32 {
  return hamerlyRows<f64>(rows, d, x, centers, scale, labels, upper, lower, moved, most, mostAt, next, half, list)
}

/**
 * Elkan's bounds of rows `base` and following from products as in `nearestCenters`: lower [rows, width] f32, at most the distance of each centre.
 */
// @ts-ignore: decorator
@inline
function elkanBounds<T>(rows: i32, width: i32, products: usize, squares: usize, rowSquares: usize, slack: f64, most: f64, lower: usize): void {
  const size = <usize>sizeof<T>()
  for (let r = 0; r < rows; r++) {
    const square = load<f64>(rowSquares + (<usize>r << 3))
    const margin = slack * (square + most)
    for (let j = 0; j < width; j++) {
      const at = <usize>j * size
      const value = <f64>load<T>(products + at) + <f64>load<T>(squares + at) + square - 2 * margin
      store<f32>(lower, <f32>(Math.sqrt(max<f64>(0, value)) * 0.9999998))
      lower += 4
    }
    products += <usize>width * size
  }
}

export function elkanBounds_f32(rows: i32, width: i32, products: usize, squares: usize, rowSquares: usize, slack: f64, most: f64, lower: usize): void {
  elkanBounds<f32>(rows, width, products, squares, rowSquares, slack, most, lower)
}

export function elkanBounds_f64(rows: i32, width: i32, products: usize, squares: usize, rowSquares: usize, slack: f64, most: f64, lower: usize): void {
  elkanBounds<f64>(rows, width, products, squares, rowSquares, slack, most, lower)
}

/**
 * One assignment of all rows. `drop` [width] f32 is at least what each centre moved, `between` [k, k] at most half the distance of two centres, `half`
 * [k] the least of each of its rows. Returns how many labels changed.
 */
// @ts-ignore: decorator
@inline
function elkanRows<T>(
  rows: i32, k: i32, width: i32, d: i32, x: usize, centers: usize, scale: f64, labels: usize, upper: usize, lower: usize,
  moved: usize, drop: usize, between: usize, half: usize,
): i32 {
  const guard = guardOf(d)
  const stride = <usize>d * <usize>sizeof<T>()
  const shrink = f32x4.splat(0.9999998)
  const zero = f32x4.splat(0)
  let changed = 0
  for (let i = 0; i < rows; i++) {
    const before = load<i32>(labels + (<usize>i << 2))
    const row = x + <usize>i * stride
    const bounds = lower + ((<usize>i * <usize>width) << 2)
    for (let j = 0; j < width; j += 4) {
      const at = <usize>j << 2
      const v = f32x4.mul(f32x4.sub(v128.load(bounds + at), v128.load(drop + at)), shrink)
      v128.store(bounds + at, f32x4.pmax(zero, v))
    }
    let label = before
    const place = upper + (<usize>i << 3)
    let far = (load<f64>(place) + load<f64>(moved + (<usize>label << 3))) * up
    if (far * guard >= load<f64>(half + (<usize>label << 3))) {
      let square: f64 = -1
      for (let j = 0; j < k; j++) {
        if (j == label) continue
        const bound = bounds + (<usize>j << 2)
        const apart = between + ((<usize>label * <usize>k + <usize>j) << 3)
        if (far * guard < max<f64>(<f64>load<f32>(bound), load<f64>(apart))) continue
        if (square < 0) {
          square = squareBetween<T>(d, row, centers + ((<usize>label * <usize>d) << 3))
          const distance = Math.sqrt(square) * scale
          far = distance * guard
          store<f32>(bounds + (<usize>label << 2), <f32>(distance * 0.9999998 / guard))
          if (far * guard < max<f64>(<f64>load<f32>(bound), load<f64>(apart))) continue
        }
        const other = squareBetween<T>(d, row, centers + ((<usize>j * <usize>d) << 3))
        const distance = Math.sqrt(other) * scale
        store<f32>(bound, <f32>(distance * 0.9999998 / guard))
        if (other < square || (other == square && j < label)) {
          label = j
          square = other
          far = distance * guard
        }
      }
    }
    store<f64>(place, far)
    if (label != before) {
      store<i32>(labels + (<usize>i << 2), label)
      changed++
    }
  }
  return changed
}

export function elkanRows_f32(
  rows: i32, k: i32, width: i32, d: i32, x: usize, centers: usize, scale: f64, labels: usize, upper: usize, lower: usize,
  moved: usize, drop: usize, between: usize, half: usize,
): i32 {
  return elkanRows<f32>(rows, k, width, d, x, centers, scale, labels, upper, lower, moved, drop, between, half)
}

export function elkanRows_f64(
  rows: i32, k: i32, width: i32, d: i32, x: usize, centers: usize, scale: f64, labels: usize, upper: usize, lower: usize,
  moved: usize, drop: usize, between: usize, half: usize,
): i32 {
  return elkanRows<f64>(rows, k, width, d, x, centers, scale, labels, upper, lower, moved, drop, between, half)
}

/** between [k, k] = half the distance of two centres [k, d] in scaled units, no more than it is; half [k] = the least of each row but its own. */
export function halfDistances_f64(k: i32, d: i32, centers: usize, scale: f64, between: usize, half: usize): void {
  const stride = <usize>d << 3
  const factor = (0.5 * scale) / guardOf(d)
  for (let a = 0; a < k; a++) store<f64>(half + (<usize>a << 3), Infinity)
  for (let a = 0; a < k; a++)
    for (let b = 0; b < a; b++) {
      const value = Math.sqrt(squareBetween<f64>(d, centers + <usize>a * stride, centers + <usize>b * stride)) * factor
      if (between != 0) {
        store<f64>(between + ((<usize>a * <usize>k + <usize>b) << 3), value)
        store<f64>(between + ((<usize>b * <usize>k + <usize>a) << 3), value)
      }
      const first = half + (<usize>a << 3)
      const other = half + (<usize>b << 3)
      store<f64>(first, min<f64>(load<f64>(first), value))
      store<f64>(other, min<f64>(load<f64>(other), value))
    }
}
