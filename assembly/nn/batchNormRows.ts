/**
 * Batch normalization of x [rows, channels], as of batchNorm.ts where a channel has one value in each example: neighbouring channels are a
 * vector, and each vector of channels is followed down the rows. Fewer channels than a vector holds are not for these.
 */

/** 1 / sqrt(variance + eps) of the channels at `place`. */
// @ts-ignore: decorator
@inline
function inverse<T>(variance: usize, place: usize, eps: f64): v128 {
  return v128.div<T>(v128.splat<T>(<T>1), v128.sqrt<T>(v128.add<T>(v128.load(variance + place), v128.splat<T>(<T>eps))))
}

/** Where the vector of channels from `place` on starts: the last goes over some channels once more. */
// @ts-ignore: decorator
@inline
function within(place: usize, width: usize): usize {
  return min(place, width - 16)
}

export function rowMoments<T>(x: usize, rows: i32, channels: i32, mean: usize, variance: usize): void {
  const width = <usize>channels * sizeof<T>()
  const n = v128.splat<T>(<T>rows)
  for (let next: usize = 0; next < width; next += 16) {
    const place = within(next, width)
    const first = v128.load(x + place)
    let total = v128.splat<T>(<T>0)
    let from = x + place
    for (let row = 0; row < rows; row++, from += width) total = v128.add<T>(total, v128.sub<T>(v128.load(from), first))
    const centre = v128.add<T>(first, v128.div<T>(total, n))
    let squares = v128.splat<T>(<T>0)
    // What the centre's rounding leaves is taken off again.
    let rest = squares
    from = x + place
    for (let row = 0; row < rows; row++, from += width) {
      const d = v128.sub<T>(v128.load(from), centre)
      rest = v128.add<T>(rest, d)
      squares = v128.add<T>(squares, v128.mul<T>(d, d))
    }
    const lack = v128.div<T>(rest, n)
    v128.store(mean + place, v128.add<T>(centre, lack))
    v128.store(variance + place, v128.max<T>(v128.splat<T>(<T>0), v128.sub<T>(v128.div<T>(squares, n), v128.mul<T>(lack, lack))))
  }
}

export function normalizeRows<T>(
  x: usize, rows: i32, channels: i32, mean: usize, variance: usize, eps: f64, weight: usize, bias: usize, y: usize,
): void {
  const width = <usize>channels * sizeof<T>()
  for (let next: usize = 0; next < width; next += 16) {
    const place = within(next, width)
    const m = v128.load(mean + place)
    let s = inverse<T>(variance, place, eps)
    if (weight != 0) s = v128.mul<T>(s, v128.load(weight + place))
    const b = bias != 0 ? v128.load(bias + place) : v128.splat<T>(<T>0)
    for (let row = 0, at = place; row < rows; row++, at += width)
      v128.store(y + at, v128.add<T>(v128.mul<T>(v128.sub<T>(v128.load(x + at), m), s), b))
  }
}

export function rowSums<T>(
  g: usize, x: usize, rows: i32, channels: i32, mean: usize, variance: usize, eps: f64, sumG: usize, sumGx: usize,
): void {
  const width = <usize>channels * sizeof<T>()
  for (let next: usize = 0; next < width; next += 16) {
    const place = within(next, width)
    const m = v128.load(mean + place)
    let sums = v128.splat<T>(<T>0), products = sums
    for (let row = 0, at = place; row < rows; row++, at += width) {
      const one = v128.load(g + at)
      sums = v128.add<T>(sums, one)
      products = v128.add<T>(products, v128.mul<T>(one, v128.sub<T>(v128.load(x + at), m)))
    }
    v128.store(sumG + place, sums)
    v128.store(sumGx + place, v128.mul<T>(products, inverse<T>(variance, place, eps)))
  }
}

export function rowsBack<T>(
  g: usize, x: usize, rows: i32, channels: i32, mean: usize, variance: usize, eps: f64, weight: usize,
  sumG: usize, sumGx: usize, fixed: bool, dx: usize,
): void {
  const width = <usize>channels * sizeof<T>()
  const share = v128.splat<T>(<T>(fixed ? 0 : -1 / <f64>rows))
  for (let next: usize = 0; next < width; next += 16) {
    const place = within(next, width)
    const m = v128.load(mean + place)
    const inv = inverse<T>(variance, place, eps)
    const factor = weight != 0 ? v128.mul<T>(inv, v128.load(weight + place)) : inv
    const shared = v128.mul<T>(factor, share)
    const slope = v128.mul<T>(v128.mul<T>(shared, inv), v128.load(sumGx + place))
    const add = v128.mul<T>(shared, v128.load(sumG + place))
    for (let row = 0, at = place; row < rows; row++, at += width) {
      const line = v128.add<T>(add, v128.mul<T>(slope, v128.sub<T>(v128.load(x + at), m)))
      v128.store(dx + at, v128.add<T>(line, v128.mul<T>(factor, v128.load(g + at))))
    }
  }
}
