/**
 * Eigenvalues and real Schur form of an upper Hessenberg matrix: small ones by `hqr`, large ones by sweeps of many small bulges with aggressive early
 * deflation (Braman, Byers & Mathias 2002; LAPACK's laqr0 and laqr5). A sweep works in windows on the diagonal; what lies beside a window is
 * updated by matrix products. Everything is float64; the matrix has its largest element near 1.
 */
import { aedSpace, applyWindow, deflated, deflateEarly, openWindows, usable } from './aed'
import { setIdentity } from './copy'
import { gehrdPanel } from './gehrd'
import {
  beta, firstColumn, hqr, reflectColumns, reflectorOf, reflectRows, setShifts, split, tau, v1, v2, x0, x1, x2,
} from './hqr'
import { larfbWork } from './larfb'
import { a, imaginary, lanv2 } from './lanv2'

/** Active blocks of fewer rows are `hqr`'s. */
const crossover: i32 = 100
/** Steps without deflation before shifts are made up. */
const patience: i32 = 6
/** A sweep is skipped when more than this part of the window deflated, in hundredths. */
const nibble: i32 = 14
const mostShifts: i32 = 64

// @ts-ignore: decorator
@inline
function f(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3)
}

/** Shifts of a sweep over so many rows: even. */
function shiftsFor(rows: i32): i32 {
  if (rows < 150) return 12
  return rows < 590 ? 24 : mostShifts
}

/** Rows of the deflation window; twice as many when nothing deflates. */
function windowFor(rows: i32): i32 {
  if (rows < 150) return 24
  return rows < 590 ? 48 : 96
}

/** The largest window of either kind. */
function largestWindow(n: i32): i32 {
  const shifts = shiftsFor(n)
  return max(2 * windowFor(n), 3 * shifts + 4)
}

/** Elements of `space`; 0 where it is not used. */
export function hseqrSpace(n: i32): i32 {
  if (n < crossover) return 0
  const size = largestWindow(n)
  return aedSpace(size) + gehrdPanel(size) + larfbWork(size) + 2 * mostShifts + size * n
}

/** As `hqr`, with memory lent. */
export function hseqr(
  schur: bool, n: i32, low: i32, high: i32, h: usize, ldh: i32, wr: usize, wi: usize, zt: usize, ldz: i32, columns: i32,
  space: usize, scratch: usize,
): i32 {
  if (high - low + 1 < crossover) return hqr(schur, n, low, high, h, ldh, wr, wi, zt, ldz, columns)
  openWindows(schur, n, h, ldh, zt, ldz, columns)
  const most = largestWindow(n)
  const pairs = space
  const panel = f(pairs, 2 * mostShifts), work = f(panel, gehrdPanel(most)), windows = f(work, larfbWork(most))
  const buffer = f(windows, aedSpace(most))
  let budget = 30 * (high - low + 1)
  let last = high, idle = 0
  while (last >= low) {
    const first = split(h, ldh, low, high, low, last)
    const rows = last - first + 1
    if (rows < crossover) {
      const info = hqr(schur, n, first, last, h, ldh, wr, wi, zt, ldz, columns)
      if (info > 0) return first - low + info
      last = first - 1
      idle = 0
      continue
    }
    if (budget-- == 0) return last - low + 1
    const window = windowFor(rows) * (idle >= patience - 1 ? 2 : 1)
    deflateEarly(first, last, window, wr, wi, windows, panel, work, buffer, scratch)
    last -= deflated
    idle = deflated > 0 ? 0 : idle + 1
    if (last - first + 1 < crossover || 100 * deflated > nibble * window) continue
    const made = idle > 0 && idle % patience == 0
    const count = made ? makeShifts(h, ldh, last, shiftsFor(rows), pairs) : chooseShifts(h, ldh, last, shiftsFor(rows), wr, wi, pairs)
    sweep(first, last, count, h, ldh, pairs, windows, buffer, scratch)
  }
  return 0
}

// @ts-ignore: decorator
@inline
function putPair(pairs: usize, i: i32, re1: f64, re2: f64, im: f64): void {
  store<f64>(f(pairs, 3 * i), re1)
  store<f64>(f(pairs, 3 * i + 1), re2)
  store<f64>(f(pairs, 3 * i + 2), im)
}

/** Pairs of shifts from the window's undeflated eigenvalues, which end at row `last`; real ones are paired as they come. Returns how many. */
function chooseShifts(h: usize, ldh: i32, last: i32, shifts: i32, wr: usize, wi: usize, pairs: usize): i32 {
  let count = 0, held = -1
  const end = max(last - usable + 1, last - shifts + 1)
  for (let i = last; i >= end; i--) {
    const re = load<f64>(f(wr, i))
    if (load<f64>(f(wi, i)) != 0) {
      // A pair that begins above the end is left.
      if (i == end) break
      putPair(pairs, count++, re, re, Math.abs(load<f64>(f(wi, i))))
      i--
    } else if (held < 0) held = i
    else {
      putPair(pairs, count++, load<f64>(f(wr, held)), re, 0)
      held = -1
    }
  }
  if (held >= 0) putPair(pairs, count++, load<f64>(f(wr, held)), load<f64>(f(wr, held)), 0)
  if (count > 0) return count
  const at = f(h, (last - 1) * (ldh + 1)), below = f(at, ldh)
  lanv2(load<f64>(at), load<f64>(at, 8), load<f64>(below), load<f64>(below, 8))
  const value = load<f64>(below, 8)
  if (imaginary != 0) putPair(pairs, 0, a, a, imaginary)
  else putPair(pairs, 0, value, value, 0)
  return 1
}

/** Shifts away from where the iteration has come to a stop. */
function makeShifts(h: usize, ldh: i32, last: i32, shifts: i32, pairs: usize): i32 {
  const count = shifts / 2
  for (let k = 0; k < count; k++) {
    const i = last - 2 * k
    const at = f(h, i * (ldh + 1))
    const size = Math.abs(load<f64>(at - 8)) + Math.abs(load<f64>(f(at, -ldh - 2)))
    const middle = 0.75 * size + load<f64>(at)
    lanv2(middle, -0.4375 * size, size, middle)
    putPair(pairs, k, a, a, imaginary)
  }
  return count
}

/**
 * A chain of bulges, three rows apart, goes from row `first` to row `last`. At time k bulge m is at row first + k - 3 m; a window takes the times
 * of 3 `count` steps, and the rows that all bulges touch meanwhile.
 */
function sweep(
  first: i32, last: i32, count: i32, h: usize, ldh: i32, pairs: usize, ut: usize, buffer: usize, scratch: usize,
): void {
  const row = (<usize>ldh) << 3
  const chain = 3 * (count - 1)
  const times = last - first + chain
  const stride = 3 * count
  for (let begin = 0; begin < times; begin += stride) {
    const end = min(times, begin + stride)
    const top = max(first, first + begin - chain)
    const bottom = min(last, first + end + 2)
    const size = bottom - top + 1
    setIdentity<f64>(size, size, 0, ut, size)
    for (let time = begin; time < end; time++) {
      for (let m = 0; m < count; m++) {
        const k = first + time - 3 * m
        if (k < first) break
        if (k >= last) continue
        const rows = min(3, last - k + 1)
        const left = f(h, k * ldh + k - 1)
        if (k == first) {
          setShifts(load<f64>(f(pairs, 3 * m)), load<f64>(f(pairs, 3 * m + 1)), load<f64>(f(pairs, 3 * m + 2)))
          firstColumn(h, ldh, first)
          reflectorOf(x0, x1, x2)
        } else {
          reflectorOf(load<f64>(left), load<f64>(left + row), rows == 3 ? load<f64>(left + 2 * row) : 0)
          store<f64>(left, beta)
          store<f64>(left + row, 0)
          if (rows == 3) store<f64>(left + 2 * row, 0)
        }
        reflectRows(rows, bottom - k + 1, left + 8, row, v1, v2, tau)
        reflectColumns(rows, min(k + 4, last + 1) - top, f(h, top * ldh + k), row, v1, v2, tau)
        reflectRows(rows, size, f(ut, (k - top) * size), (<usize>size) << 3, v1, v2, tau)
      }
    }
    applyWindow(first, last, top, size, ut, buffer, scratch)
  }
}
