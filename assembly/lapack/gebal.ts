/**
 * Balancing of a general matrix (LAPACK's gebal and gebak): permutations bring eigenvalues that stand alone to the ends, then powers of two make
 * norms of rows and columns alike, which saves digits of badly scaled matrices. The stopping rule looks at 2-norms with the diagonal
 * (James, Langou & Lowery 2014), so that matrices near Hessenberg form are not scaled to pieces. Everything is float64.
 */
import { absMax, nrm2, scal } from './vector'

/** The range of rows and columns left to the iteration, after `gebal`. */
export let low: i32 = 0
export let high: i32 = -1

/** Scaling stops here, so that factors and their inverses are normal numbers. */
const least: f64 = 2.0041683600089728e-292
const most: f64 = 4.98960077383680e291

// @ts-ignore: decorator
@inline
function f(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3)
}

/** The Euclidean norm of a column of `count` elements, safe at both ends of the range. */
function columnNorm(count: i32, x: usize, row: usize): f64 {
  let sum: f64 = 0, largest: f64 = 0
  let at = x
  for (let i = 0; i < count; i++) {
    const value = load<f64>(at)
    sum += value * value
    largest = Math.max(largest, Math.abs(value))
    at += row
  }
  if ((sum > 1e-280 && sum < 1e300) || largest == 0) return Math.sqrt(sum)
  sum = 0
  at = x
  for (let i = 0; i < count; i++) {
    const value = load<f64>(at) / largest
    sum += value * value
    at += row
  }
  return largest * Math.sqrt(sum)
}

function columnMax(count: i32, x: usize, row: usize): f64 {
  let largest: f64 = 0
  for (let i = 0; i < count; i++) {
    largest = Math.max(largest, Math.abs(load<f64>(x)))
    x += row
  }
  return largest
}

/** Exchanges rows and columns i and j, what they hold outside the active range included; `scales` [target] notes the partner. */
function exchange(n: i32, a: usize, lda: i32, i: i32, target: i32, scales: usize): void {
  store<f64>(f(scales, target), <f64>i)
  if (i == target) return
  for (let k = 0; k < n; k++) {
    const p = f(a, i * lda + k), q = f(a, target * lda + k)
    const value = load<f64>(p)
    store<f64>(p, load<f64>(q))
    store<f64>(q, value)
  }
  for (let k = 0; k < n; k++) {
    const p = f(a, k * lda + i), q = f(a, k * lda + target)
    const value = load<f64>(p)
    store<f64>(p, load<f64>(q))
    store<f64>(q, value)
  }
}

/** A row of the active range whose only element there is its diagonal, or -1. */
function lonelyRow(a: usize, lda: i32): i32 {
  for (let i = high; i >= low; i--) {
    let j = low
    while (j <= high && (j == i || load<f64>(f(a, i * lda + j)) == 0)) j++
    if (j > high) return i
  }
  return -1
}

function lonelyColumn(a: usize, lda: i32): i32 {
  for (let j = low; j <= high; j++) {
    let i = low
    while (i <= high && (i == j || load<f64>(f(a, i * lda + j)) == 0)) i++
    if (i > high) return j
  }
  return -1
}

/**
 * Balances A [n, n]; `low` and `high` bound what is not triangular already. `scales` [n]: inside the bounds the factors of columns, outside
 * the row that each was exchanged with.
 */
export function gebal(n: i32, a: usize, lda: i32, scales: usize): void {
  low = 0
  high = n - 1
  while (high > low) {
    const i = lonelyRow(a, lda)
    if (i < 0) break
    exchange(n, a, lda, i, high--, scales)
  }
  while (low < high) {
    const j = lonelyColumn(a, lda)
    if (j < 0) break
    exchange(n, a, lda, j, low++, scales)
  }
  for (let i = low; i <= high; i++) store<f64>(f(scales, i), 1)
  const row = (<usize>lda) << 3
  const count = high - low + 1
  let changed = count > 1
  while (changed) {
    changed = false
    for (let i = low; i <= high; i++) {
      const ownRow = f(a, i * lda + low), ownColumn = f(a, low * lda + i)
      const factor = factorOf(n, a, row, i, columnNorm(count, ownColumn, row), nrm2<f64>(count, ownRow))
      const scale = load<f64>(f(scales, i))
      if (factor == 1 || (factor < 1 && scale < 1 && factor * scale <= least)) continue
      if (factor > 1 && scale > 1 && scale >= most / factor) continue
      store<f64>(f(scales, i), scale * factor)
      scal<f64>(n - low, 1 / factor, ownRow)
      for (let k = 0; k <= high; k++) {
        const p = f(a, k * lda + i)
        store<f64>(p, load<f64>(p) * factor)
      }
      changed = true
    }
  }
}

/** The power of two that brings a column's norm and a row's together, or 1 where little is won. */
function factorOf(n: i32, a: usize, row: usize, i: i32, columnSize: f64, rowSize: f64): f64 {
  let c = columnSize, r = rowSize
  if (c == 0 || r == 0) return 1
  let ca = columnMax(high + 1, f(a, i), row)
  let ra = absMax<f64>(n - low, a + <usize>i * row + ((<usize>low) << 3))
  let factor: f64 = 1
  while (2 * c < r && Math.max(factor, Math.max(c, ca)) < 0.5 * most && Math.min(r, ra) > 4 * least) {
    factor *= 2
    c *= 2
    ca *= 2
    r *= 0.5
    ra *= 0.5
  }
  while (c >= 2 * r && Math.max(r, ra) < 0.5 * most && Math.min(factor, Math.min(c, ca)) > 4 * least) {
    factor *= 0.5
    c *= 0.5
    ca *= 0.5
    r *= 2
    ra *= 2
  }
  return c / 2 + r / 2 >= 0.95 * (columnSize / 2 + rowSize / 2) ? 1 : factor
}

/** Takes balancing back in eigenvectors, rows of V [count, n] whose largest elements are near 1. */
export function gebak(n: i32, count: i32, v: usize, ldv: i32, scales: usize): void {
  for (let k = 0; k < count; k++) {
    const x = f(v, k * ldv)
    for (let i = low; i <= high; i++) store<f64>(f(x, i), load<f64>(f(x, i)) * load<f64>(f(scales, i)))
    for (let i = low - 1; i >= 0; i--) swap(x, i, <i32>load<f64>(f(scales, i)))
    for (let i = high + 1; i < n; i++) swap(x, i, <i32>load<f64>(f(scales, i)))
  }
}

function swap(x: usize, i: i32, j: i32): void {
  const value = load<f64>(f(x, i))
  store<f64>(f(x, i), load<f64>(f(x, j)))
  store<f64>(f(x, j), value)
}
