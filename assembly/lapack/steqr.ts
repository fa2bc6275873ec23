/**
 * Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by implicit QL or QR with Wilkinson's shift (LAPACK's steqr). The matrix
 * is scaled by the caller; all is float64; the vectors are rows of Z, and take the rotations in batches.
 */
import { applyBatch, beginSweep, clearBatch, isFull, pushRotation } from './batch'
import { c, lartg, r, s } from './lartg'

const epsilon: f64 = 1.1102230246251565e-16
const sweepsEach: i32 = 30

// @ts-ignore: decorator
@inline
function at(base: usize, i: i32): f64 {
  return load<f64>(base + ((<usize>i) << 3))
}

// @ts-ignore: decorator
@inline
function set(base: usize, i: i32, value: f64): void {
  store<f64>(base + ((<usize>i) << 3), value)
}

/**
 * Eigenvalues, unordered, to d [n]; e [n - 1] is destroyed; Z [n, columns] becomes Wᵀ Z where T = W diag(d) Wᵀ. Returns how many
 * off-diagonal elements did not converge.
 */
export function steqr(n: i32, d: usize, e: usize, z: usize, ldz: i32, columns: i32, batch: usize): i32 {
  let budget = <i64>n * <i64>sweepsEach
  clearBatch(batch)
  let next = 0
  while (next < n) {
    if (next > 0) set(e, next - 1, 0)
    const begin = next
    let end = begin
    for (; end < n - 1; end++) {
      if (isNegligible(d, end, end + 1, at(e, end))) {
        set(e, end, 0)
        break
      }
    }
    next = end + 1
    if (end == begin) continue
    // Work towards the smaller end: QL from its top, or QR from its bottom.
    const isQl = !(Math.abs(at(d, end)) < Math.abs(at(d, begin)))
    const step = isQl ? 1 : -1
    const lag = isQl ? 0 : -1
    const last = isQl ? end : begin
    let l = isQl ? begin : end
    while ((last - l) * step >= 0) {
      let m = l
      for (; m != last; m += step) if (isNegligible(d, m, m + step, at(e, m + lag))) break
      if (m != last) set(e, m + lag, 0)
      if (m == l) {
        l += step
        continue
      }
      if (--budget < 0) {
        applyBatch(batch, n, columns, z, ldz)
        let left = 0
        for (let i = 0; i < n - 1; i++) if (at(e, i) != 0) left++
        return max(1, left)
      }
      if (isFull(batch)) applyBatch(batch, n, columns, z, ldz)
      if (m == l + step) {
        diagonalizeTwo(d, e, min(l, m), batch)
        l += 2 * step
      } else {
        sweep(d, e, l, m, step, lag, batch)
      }
    }
  }
  applyBatch(batch, n, columns, z, ldz)
  return 0
}

// @ts-ignore: decorator
@inline
function isNegligible(d: usize, i: i32, j: i32, off: f64): bool {
  return Math.abs(off) <= Math.sqrt(Math.abs(at(d, i))) * Math.sqrt(Math.abs(at(d, j))) * epsilon + 1e-290
}

/** One implicit sweep over rows m back to l. */
function sweep(d: usize, e: usize, l: i32, m: i32, step: i32, lag: i32, batch: usize): void {
  const first = at(d, l)
  const link = at(e, l + lag)
  const slope = (at(d, l + step) - first) / (2 * link)
  const root = Math.sqrt(slope * slope + 1)
  let g = at(d, m) - first + link / (slope + (slope >= 0 ? root : -root))
  let sine: f64 = 1, cosine: f64 = 1, p: f64 = 0
  const sign: f64 = <f64>-step
  beginSweep(batch, m - step + lag, -step)
  for (let i = m - step; ; i -= step) {
    const off = at(e, i + lag)
    const b = cosine * off
    lartg(g, sine * off)
    cosine = c
    sine = s
    if (i != m - step) set(e, i + step + lag, r)
    g = at(d, i + step) - p
    const t = (at(d, i) - g) * sine + 2 * cosine * b
    p = sine * t
    set(d, i + step, g + p)
    g = cosine * t - b
    pushRotation(batch, cosine, sign * sine)
    if (i == l) break
  }
  set(d, l, at(d, l) - p)
  set(e, l + lag, g)
}

/** Rows i and i + 1 as a matrix of their own: one rotation (LAPACK's laev2). */
function diagonalizeTwo(d: usize, e: usize, i: i32, batch: usize): void {
  const x = at(d, i), b = at(e, i), y = at(d, i + 1)
  // tan of twice the angle, solved for the smaller angle.
  const half = (y - x) / (2 * b)
  const tangent = (half >= 0 ? 1.0 : -1.0) / (Math.abs(half) + Math.sqrt(half * half + 1))
  const cosine = 1 / Math.sqrt(tangent * tangent + 1)
  set(d, i, x - tangent * b)
  set(d, i + 1, y + tangent * b)
  set(e, i, 0)
  beginSweep(batch, i, 1)
  pushRotation(batch, cosine, -tangent * cosine)
}
