/**
 * Singular values and vectors of an upper bidiagonal matrix to high relative accuracy: implicit QR with zero shifts where they are needed
 * (Demmel & Kahan 1990, LAPACK's bdsqr). The matrix is float64; vectors are rows, and take the rotations in batches.
 */
import { applyBatch, batchBytes, beginSweep, clearBatch, isFull, pushRotation } from './batch'
import { c, lartg, r, s } from './lartg'
import { cosineLeft, cosineRight, lasv2, leastOfTwo, sigmaMax, sigmaMin, sineLeft, sineRight } from './lasv2'
import { scal } from './vector'

const epsilon: f64 = 1.1102230246251565e-16
const tiny: f64 = 2.2250738585072014e-308
/** Relative accuracy that deflation keeps. */
const tolerance: f64 = 10 * epsilon

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

/** A lower bound of the smallest singular value, within a factor sqrt n. */
function sizeOfSmallest(n: i32, d: usize, e: usize): f64 {
  let least = Math.abs(at(d, 0))
  let mu = least
  for (let i = 1; i < n && least > 0; i++) {
    mu = Math.abs(at(d, i)) * (mu / (mu + Math.abs(at(e, i - 1))))
    least = Math.min(least, mu)
  }
  return least / Math.sqrt(<f64>n)
}

/** Smallest lower bound of the block's singular values, or -1 when a test along the way has set an element of e to zero. */
function testConvergence(d: usize, e: usize, first: i32, last: i32, step: i32, lag: i32): f64 {
  const end = last - step + lag
  if (Math.abs(at(e, end)) <= tolerance * Math.abs(at(d, last))) {
    set(e, end, 0)
    return -1
  }
  let mu = Math.abs(at(d, first))
  let least = mu
  for (let i = first; i != last; i += step) {
    const off = Math.abs(at(e, i + lag))
    if (off <= tolerance * mu) {
      set(e, i + lag, 0)
      return -1
    }
    mu = Math.abs(at(d, i + step)) * (mu / (mu + off))
    least = Math.min(least, mu)
  }
  return least
}

/**
 * Singular values, not negative and unordered, to d [n]; e [n - 1] is destroyed. With `vectors`, row i of UT and of VT [n, columns] becomes
 * the combination of rows that belongs to d[i]: B = Wᵀ diag(d) P, UT := W UT, VT := P VT. `batches` holds two. Returns how many elements
 * of e did not converge.
 */
export function bdsqr(
  n: i32, d: usize, e: usize, vectors: bool, ut: usize, ldu: i32, vt: usize, ldv: i32, columns: i32, batches: usize,
): i32 {
  const left = batches
  const right = vectors ? batches + ((batchBytes(n) + 127) & ~63) : 0
  if (vectors) {
    clearBatch(left)
    clearBatch(right)
  }
  let budget = 6 * <i64>n * <i64>n
  const threshold = Math.max(tolerance * sizeOfSmallest(n, d, e), 6 * <f64>n * (<f64>n * tiny))
  let m = n - 1
  let oldFirst = -1, oldLast = -1
  let step = 1
  while (m > 0) {
    if (vectors && isFull(left)) {
      applyBatch(left, n, columns, ut, ldu)
      applyBatch(right, n, columns, vt, ldv)
    }
    if (budget < 0) break
    // The unreduced block l .. m at the bottom.
    let l = m
    let largest = Math.abs(at(d, m))
    for (; l > 0; l--) {
      const off = Math.abs(at(e, l - 1))
      if (off <= threshold) {
        set(e, l - 1, 0)
        break
      }
      largest = Math.max(largest, Math.max(off, Math.abs(at(d, l - 1))))
    }
    if (l == m) {
      m--
      continue
    }
    if (l == m - 1) {
      lasv2(at(d, l), at(e, l), at(d, m))
      set(d, l, sigmaMax)
      set(d, m, sigmaMin)
      set(e, l, 0)
      if (vectors) {
        beginSweep(left, l, 1)
        pushRotation(left, cosineLeft, sineLeft)
        beginSweep(right, l, 1)
        pushRotation(right, cosineRight, sineRight)
      }
      m -= 2
      continue
    }
    // A new block is chased from its larger end to its smaller.
    if (l > oldLast || m < oldFirst) step = Math.abs(at(d, l)) >= Math.abs(at(d, m)) ? 1 : -1
    const lag = step == 1 ? 0 : -1
    const first = step == 1 ? l : m
    const last = step == 1 ? m : l
    const least = testConvergence(d, e, first, last, step, lag)
    if (least < 0) continue
    oldFirst = l
    oldLast = m
    budget -= m - l
    let shift: f64 = 0
    if (<f64>n * tolerance * (least / largest) > Math.max(epsilon, 0.01 * tolerance)) {
      shift = leastOfTwo(at(d, last - step), at(e, last - step + lag), at(d, last))
      const start = Math.abs(at(d, first))
      const ratio = shift / start
      if (start > 0 && ratio * ratio < epsilon) shift = 0
    }
    const near = step == 1 ? right : left
    const far = step == 1 ? left : right
    if (vectors) {
      beginSweep(near, first + lag, step)
      beginSweep(far, first + lag, step)
    }
    if (shift == 0) zeroShiftSweep(d, e, first, last, step, lag, vectors, near, far)
    else shiftedSweep(d, e, first, last, step, lag, shift, vectors, near, far)
    const end = last - step + lag
    if (Math.abs(at(e, end)) <= threshold) set(e, end, 0)
  }
  if (vectors) {
    applyBatch(left, n, columns, ut, ldu)
    applyBatch(right, n, columns, vt, ldv)
  }
  let remaining = 0
  for (let i = 0; i < n - 1; i++) if (at(e, i) != 0) remaining++
  for (let i = 0; i < n; i++) {
    if (at(d, i) < 0 || (at(d, i) == 0 && 1 / at(d, i) < 0)) {
      set(d, i, -at(d, i))
      if (vectors) scal<f64>(columns, -1, vt + <usize>i * <usize>ldv * 8)
    }
  }
  return budget < 0 ? max(1, remaining) : 0
}

/** A sweep without shift keeps every singular value's relative accuracy. */
function zeroShiftSweep(
  d: usize, e: usize, first: i32, last: i32, step: i32, lag: i32, vectors: bool, near: usize, far: usize,
): void {
  const sign = <f64>step
  let cosine: f64 = 1, oldCosine: f64 = 1, oldSine: f64 = 0
  for (let i = first; i != last; i += step) {
    lartg(at(d, i) * cosine, at(e, i + lag))
    cosine = c
    const sine = s
    if (i != first) set(e, i - step + lag, oldSine * r)
    lartg(oldCosine * r, at(d, i + step) * sine)
    oldCosine = c
    oldSine = s
    set(d, i, r)
    if (vectors) {
      pushRotation(near, cosine, sign * sine)
      pushRotation(far, oldCosine, sign * oldSine)
    }
  }
  const h = at(d, last) * cosine
  set(d, last, h * oldCosine)
  set(e, last - step + lag, h * oldSine)
}

function shiftedSweep(
  d: usize, e: usize, first: i32, last: i32, step: i32, lag: i32, shift: f64, vectors: bool, near: usize, far: usize,
): void {
  const sign = <f64>step
  const start = at(d, first)
  let f = (Math.abs(start) - shift) * ((start >= 0 ? 1.0 : -1.0) + shift / start)
  let g = at(e, first + lag)
  for (let i = first; i != last; i += step) {
    lartg(f, g)
    let cosine = c, sine = s
    if (i != first) set(e, i - step + lag, r)
    const di = at(d, i), ei = at(e, i + lag), next = at(d, i + step)
    f = cosine * di + sine * ei
    const off = cosine * ei - sine * di
    g = sine * next
    const lowered = cosine * next
    if (vectors) pushRotation(near, cosine, sign * sine)
    lartg(f, g)
    cosine = c
    sine = s
    set(d, i, r)
    f = cosine * off + sine * lowered
    set(d, i + step, cosine * lowered - sine * off)
    if (i + step != last) {
      const beyond = at(e, i + step + lag)
      g = sine * beyond
      set(e, i + step + lag, cosine * beyond)
    }
    if (vectors) pushRotation(far, cosine, sign * sine)
  }
  set(e, last - step + lag, f)
}
