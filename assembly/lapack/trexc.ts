/**
 * Diagonal blocks of a real Schur form change places (Bai & Demmel 1993; LAPACK's trexc and laexc): a rotation for two single values, else
 * reflectors from a Sylvester equation of at most four unknowns. Everything is float64; vectors are rows.
 */
import { rotateRows } from './conquer'
import { rotateColumns, standardize } from './hqr'
import { larfg, tau } from './larfg'
import { c, lartg, s } from './lartg'
import { absMax } from './vector'

const epsilon: f64 = 2.220446049250313e-16
const tiny: f64 = 2.2250738585072014e-308

/** Elements of `space`. */
export const trexcSpace: i32 = 64

// @ts-ignore: decorator
@inline
function f(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3)
}

/**
 * Moves the block of `size` rows that begins at row `from` of T [n, n] up to row `to`; rows of Vt [n, n] take part. wr and wi receive values of
 * blocks of two. False when two blocks are too close to change places, or a pair turned real on the way.
 */
export function moveUp(
  n: i32, t: usize, from: i32, size: i32, to: i32, vt: usize, wr: usize, wi: usize, space: usize,
): bool {
  while (from > to) {
    const above = from - 2 >= to && load<f64>(f(t, (from - 1) * n + from - 2)) != 0 ? 2 : 1
    if (above == 1 && size == 1) swapSingles(n, t, from - 1, vt)
    else if (!swapBlocks(n, t, from - above, above, size, vt, wr, wi, space)) return false
    from -= above
    if (size == 2 && load<f64>(f(t, (from + 1) * n + from)) == 0) return false
  }
  return true
}

function swapSingles(n: i32, t: usize, at: i32, vt: usize): void {
  const corner = f(t, at * (n + 1)), below = f(corner, n)
  const first = load<f64>(corner), second = load<f64>(below, 8)
  lartg(load<f64>(corner, 8), second - first)
  const cosine = c, sine = s
  rotateRows(n - at - 2, corner + 16, below + 16, cosine, sine)
  rotateColumns(at, f(t, at), (<usize>n) << 3, cosine, sine)
  store<f64>(corner, second)
  store<f64>(below, first, 8)
  rotateRows(n, f(vt, at * n), f(vt, (at + 1) * n), cosine, sine)
}

/** Rows of A [rows, columns] become (I - tau v vᵀ) A. */
function reflectFromLeft(rows: i32, columns: i32, a: usize, lda: i32, v: usize, factor: f64): void {
  for (let j = 0; j < columns; j++) {
    let sum: f64 = 0
    for (let i = 0; i < rows; i++) sum += load<f64>(f(v, i)) * load<f64>(f(a, i * lda + j))
    sum *= factor
    for (let i = 0; i < rows; i++) {
      const to = f(a, i * lda + j)
      store<f64>(to, load<f64>(to) - sum * load<f64>(f(v, i)))
    }
  }
}

function reflectFromRight(rows: i32, columns: i32, a: usize, lda: i32, v: usize, factor: f64): void {
  for (let i = 0; i < rows; i++) {
    let sum: f64 = 0
    for (let j = 0; j < columns; j++) sum += load<f64>(f(v, j)) * load<f64>(f(a, i * lda + j))
    sum *= factor
    for (let j = 0; j < columns; j++) {
      const to = f(a, i * lda + j)
      store<f64>(to, load<f64>(to) - sum * load<f64>(f(v, j)))
    }
  }
}

/** X of A X - X B = C for blocks of up to two rows, by elimination with row exchanges; `x` receives X by rows, `system` has 20 elements. */
function sylvester(p: i32, q: i32, a: usize, b: usize, right: usize, ld: i32, x: usize, system: usize): void {
  const m = p * q
  for (let i = 0; i < p; i++)
    for (let j = 0; j < q; j++) {
      const row = f(system, (i * q + j) * 5)
      memory.fill(row, 0, 40)
      for (let k = 0; k < p; k++) store<f64>(f(row, k * q + j), load<f64>(f(a, i * ld + k)))
      for (let k = 0; k < q; k++) {
        const to = f(row, i * q + k)
        store<f64>(to, load<f64>(to) - load<f64>(f(b, k * ld + j)))
      }
      store<f64>(f(row, 4), load<f64>(f(right, i * ld + j)))
    }
  const least = Math.max(epsilon * Math.max(absMax<f64>(p, a), absMax<f64>(q, b)), tiny / epsilon)
  for (let k = 0; k < m; k++) {
    let best = k
    for (let i = k + 1; i < m; i++)
      if (Math.abs(load<f64>(f(system, i * 5 + k))) > Math.abs(load<f64>(f(system, best * 5 + k)))) best = i
    for (let j = 0; j < 5; j++) {
      const one = f(system, k * 5 + j), other = f(system, best * 5 + j)
      const value = load<f64>(one)
      store<f64>(one, load<f64>(other))
      store<f64>(other, value)
    }
    const pivot = f(system, k * 6)
    if (Math.abs(load<f64>(pivot)) < least) store<f64>(pivot, least)
    for (let i = k + 1; i < m; i++) {
      const ratio = load<f64>(f(system, i * 5 + k)) / load<f64>(pivot)
      for (let j = k; j < 5; j++) {
        const to = f(system, i * 5 + j)
        store<f64>(to, load<f64>(to) - ratio * load<f64>(f(system, k * 5 + j)))
      }
    }
  }
  for (let k = m - 1; k >= 0; k--) {
    let sum = load<f64>(f(system, k * 5 + 4))
    for (let j = k + 1; j < m; j++) sum -= load<f64>(f(system, k * 5 + j)) * load<f64>(f(x, j))
    store<f64>(f(x, k), sum / load<f64>(f(system, k * 6)))
  }
}

/** Exchanges blocks of p and q rows at row `at`, unless what should become zero would not. */
function swapBlocks(
  n: i32, t: usize, at: i32, p: i32, q: i32, vt: usize, wr: usize, wi: usize, space: usize,
): bool {
  const m = p + q
  const corner = f(t, at * (n + 1))
  // A copy tries it first.
  const trial = space, x = f(space, 16), system = f(space, 20), v = f(space, 40), w = f(space, 44)
  for (let i = 0; i < m; i++) memory.copy(f(trial, i * 4), f(corner, i * n), (<usize>m) << 3)
  let size: f64 = 0
  for (let i = 0; i < m; i++) size = Math.max(size, absMax<f64>(m, f(trial, i * 4)))
  sylvester(p, q, trial, f(trial, p * 5), f(trial, p), 4, x, system)
  // (-X, I) spans the second block's space: its QR factorization brings that to the front.
  for (let i = 0; i < p; i++) {
    store<f64>(f(v, i), -load<f64>(f(x, i * q)))
    if (q == 2) store<f64>(f(w, i), -load<f64>(f(x, i * q + 1)))
  }
  store<f64>(f(v, p), 1)
  store<f64>(f(w, p), 0)
  if (q == 2) {
    store<f64>(f(v, p + 1), 0)
    store<f64>(f(w, p + 1), 1)
  }
  larfg<f64>(m, v, 0)
  const factor = tau
  let second: f64 = 0
  if (q == 2) {
    reflectFromLeft(m, 1, w, 1, v, factor)
    larfg<f64>(m - 1, f(w, 1), 0)
    second = tau
  }
  reflectFromLeft(m, m, trial, 4, v, factor)
  reflectFromRight(m, m, trial, 4, v, factor)
  if (q == 2) {
    reflectFromLeft(m - 1, m, f(trial, 4), 4, f(w, 1), second)
    reflectFromRight(m, m - 1, f(trial, 1), 4, f(w, 1), second)
  }
  let left: f64 = 0
  for (let i = q; i < m; i++) left = Math.max(left, absMax<f64>(q, f(trial, i * 4)))
  if (!(left <= Math.max(10 * epsilon * size, tiny / epsilon))) return false
  reflectFromLeft(m, n - at, corner, n, v, factor)
  reflectFromRight(at + m, m, f(t, at), n, v, factor)
  reflectFromLeft(m, n, f(vt, at * n), n, v, factor)
  if (q == 2) {
    reflectFromLeft(m - 1, n - at, f(corner, n), n, f(w, 1), second)
    reflectFromRight(at + m, m - 1, f(t, at + 1), n, f(w, 1), second)
    reflectFromLeft(m - 1, n, f(vt, (at + 1) * n), n, f(w, 1), second)
  }
  for (let i = q; i < m; i++) memory.fill(f(corner, i * n), 0, (<usize>q) << 3)
  if (q == 2) standardize(true, n, t, n, at + 1, wr, wi, vt, n, n)
  if (p == 2) standardize(true, n, t, n, at + m - 1, wr, wi, vt, n, n)
  return true
}
