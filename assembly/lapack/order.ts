/** Sorting by index: i32 orders of float64 values. */

// @ts-ignore: decorator
@inline
function value(d: usize, order: usize, i: i32): f64 {
  return load<f64>(d + ((<usize>load<i32>(order + ((<usize>i) << 2))) << 3))
}

/** Ascending order of d [n] to `order`: heap sort, n log n whatever comes. */
export function orderOf(n: i32, d: usize, order: usize): void {
  for (let i = 0; i < n; i++) store<i32>(order + ((<usize>i) << 2), i)
  for (let i = (n >> 1) - 1; i >= 0; i--) sift(i, n, d, order)
  for (let last = n - 1; last > 0; last--) {
    const top = load<i32>(order)
    store<i32>(order, load<i32>(order + ((<usize>last) << 2)))
    store<i32>(order + ((<usize>last) << 2), top)
    sift(0, last, d, order)
  }
}

function sift(i: i32, n: i32, d: usize, order: usize): void {
  const line = load<i32>(order + ((<usize>i) << 2))
  const key = load<f64>(d + ((<usize>line) << 3))
  for (;;) {
    let child = 2 * i + 1
    if (child >= n) break
    if (child + 1 < n && value(d, order, child + 1) > value(d, order, child)) child++
    if (!(value(d, order, child) > key)) break
    store<i32>(order + ((<usize>i) << 2), load<i32>(order + ((<usize>child) << 2)))
    i = child
  }
  store<i32>(order + ((<usize>i) << 2), line)
}

/**
 * Merges two sorted lists of lines of d: order [count], and order [otherCount] whose lines count from `start`, into `target`.
 */
export function mergeOrders(
  count: i32, order: usize, otherCount: i32, start: i32, otherOrder: usize, d: usize, target: usize,
): void {
  const other = d + ((<usize>start) << 3)
  let i = 0, j = 0
  while (i < count || j < otherCount) {
    const takesFirst = j >= otherCount || (i < count && value(d, order, i) <= value(other, otherOrder, j))
    const line = takesFirst ? load<i32>(order + ((<usize>i) << 2)) : load<i32>(otherOrder + ((<usize>j) << 2)) + start
    if (takesFirst) i++
    else j++
    store<i32>(target, line)
    target += 4
  }
}
