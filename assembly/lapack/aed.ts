/**
 * Aggressive early deflation (Braman, Byers & Mathias 2002, part II; LAPACK's laqr3): a window at the bottom of a Hessenberg matrix goes to
 * Schur form; of its eigenvalues, those whose coupling to the rest is negligible are done, the others become shifts. Everything is float64.
 */
import { setIdentity } from './copy'
import { formQ, gehrd } from './gehrd'
import { gemm, whole } from './gemm'
import { gemv, gevm } from './gemv'
import { hqr } from './hqr'
import { larfg, tau } from './larfg'
import { moveUp } from './trexc'
import { axpy } from './vector'

const epsilon: f64 = 2.220446049250313e-16
const tiny: f64 = 2.2250738585072014e-308

/** After `deflateEarly`: how many eigenvalues at the bottom are done, and how many above those may serve as shifts. */
export let deflated: i32 = 0
export let usable: i32 = 0

// @ts-ignore: decorator
@inline
function f(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3)
}

/** Where the matrix and what it is updated with lie. */
let h: usize = 0
let ldh: i32 = 0
let zt: usize = 0
let ldz: i32 = 0
let columns: i32 = 0
let isSchur: bool = false
let order: i32 = 0

/** H [n, n] and Zt [n, width] (or 0) of the calls that follow; `schur`: all of H is updated, not its active block alone. */
export function openWindows(schur: bool, n: i32, matrix: usize, stride: i32, z: usize, zStride: i32, width: i32): void {
  isSchur = schur
  order = n
  h = matrix
  ldh = stride
  zt = z
  ldz = zStride
  columns = width
}

function copyRows(rows: i32, count: i32, from: usize, stride: i32, to: usize, target: i32): void {
  for (let i = 0; i < rows; i++) memory.copy(f(to, i * target), f(from, i * stride), (<usize>count) << 3)
}

/** What lies beside the window of `size` rows at `top`, in the active block first .. last or all of H, and Zt, is multiplied by Ut [size, size]. */
export function applyWindow(first: i32, last: i32, top: i32, size: i32, ut: usize, buffer: usize, scratch: usize): void {
  const start = isSchur ? 0 : first
  const above = f(h, start * ldh + top)
  gemm<f64>(whole, false, true, top - start, size, size, 1, above, ldh, ut, size, 0, buffer, size, scratch)
  copyRows(top - start, size, buffer, size, above, ldh)
  const right = f(h, top * ldh + top + size)
  const count = (isSchur ? order : last + 1) - top - size
  gemm<f64>(whole, false, false, size, count, size, 1, ut, size, right, ldh, 0, buffer, count, scratch)
  if (count > 0) copyRows(size, count, buffer, count, right, ldh)
  if (zt == 0) return
  const z = f(zt, top * ldz)
  gemm<f64>(whole, false, false, size, columns, size, 1, ut, size, z, ldz, 0, buffer, columns, scratch)
  copyRows(size, columns, buffer, columns, z, ldz)
}

/** Elements of `space` for windows of up to `size` rows. */
export function aedSpace(size: i32): i32 {
  return 4 * size * size + 3 * size + 64
}

/** Deflates in the last `size` rows of the active block first .. last. */
export function deflateEarly(
  first: i32, last: i32, size: i32, wr: usize, wi: usize, space: usize, panel: usize, work: usize, buffer: usize, scratch: usize,
): void {
  const top = last - size + 1
  const corner = f(h, top * (ldh + 1))
  const t = space, square = size * size
  let vt = f(t, square)
  const q = f(vt, square), qt = f(q, square), x = f(qt, square), taus = f(x, size), small = f(taus, 2 * size)
  const re = f(wr, top), im = f(wi, top)
  copyRows(size, size, corner, ldh, t, size)
  for (let i = 2; i < size; i++) memory.fill(f(t, i * size), 0, (<usize>(i - 1)) << 3)
  setIdentity<f64>(size, size, 0, vt, size)
  const bad = hqr(true, size, 0, size - 1, t, size, re, im, vt, size, size)
  let spike = top == first ? 0 : load<f64>(corner - 8)
  const kept = spike == 0 ? 0 : sortOut(size, bad, spike, <f64>(last - first + 1), t, vt, re, im, small)
  if (kept == 0) spike = 0
  deflated = size - kept
  usable = max(0, kept - bad)
  if (spike == 0 && bad > 0) {
    // Only the part below the unconverged rows is done.
    deflated = size - bad
    usable = 0
  }
  readValues(size, bad, t, re, im)
  if (kept == size) return
  if (spike != 0) {
    for (let i = 0; i < kept; i++) store<f64>(f(x, i), load<f64>(f(vt, i * size)))
    if (kept > 1) {
      // The spike back to one element, T's leading part back to Hessenberg form.
      larfg<f64>(kept, x, 0)
      const factor = tau
      reflectRowsBy(kept, size, t, size, x, factor, taus)
      gemv<f64>(kept, kept, t, size, x, taus)
      for (let i = 0; i < kept; i++) axpy<f64>(kept, -factor * load<f64>(f(taus, i)), x, f(t, i * size))
      reflectRowsBy(kept, size, vt, size, x, factor, taus)
      gehrd(size, 0, kept - 1, t, size, q, size, taus, panel, scratch)
      formQ(size, 0, kept - 1, q, size, taus, qt, size, panel, work, scratch)
      gemm<f64>(whole, false, false, size, size, size, 1, qt, size, vt, size, 0, q, size, scratch)
      vt = q
    }
    store<f64>(corner - 8, spike * load<f64>(vt))
  } else if (top > first) store<f64>(corner - 8, 0)
  copyRows(size, size, t, size, corner, ldh)
  applyWindow(first, last, top, size, vt, buffer, scratch)
}

/** A := (I - factor v vᵀ) A on its first `rows` rows. */
function reflectRowsBy(rows: i32, count: i32, a: usize, lda: i32, v: usize, factor: f64, sums: usize): void {
  memory.fill(sums, 0, (<usize>count) << 3)
  gevm<f64>(rows, count, 1, a, lda, v, sums)
  for (let i = 0; i < rows; i++) axpy<f64>(count, -factor * load<f64>(f(v, i)), sums, f(a, i * lda))
}

/** Moves eigenvalues that are not done to the top, from row `bad` on, and returns how many rows those are. */
function sortOut(
  size: i32, bad: i32, spike: f64, rows: f64, t: usize, vt: usize, re: usize, im: usize, small: usize,
): i32 {
  const least = tiny * (rows / epsilon)
  let kept = size, place = bad
  while (place < kept) {
    const i = kept - 1
    const at = f(t, i * (size + 1))
    const isPair = i > place && load<f64>(at - 8) != 0
    let value = Math.abs(load<f64>(at))
    let weight = Math.abs(load<f64>(f(vt, i * size)))
    if (isPair) {
      value += Math.sqrt(Math.abs(load<f64>(at - 8))) * Math.sqrt(Math.abs(load<f64>(at - ((<usize>size) << 3))))
      weight = Math.max(weight, Math.abs(load<f64>(f(vt, (i - 1) * size))))
    }
    if (value == 0) value = Math.abs(spike)
    const count = isPair ? 2 : 1
    if (weight * Math.abs(spike) <= Math.max(least, epsilon * value)) {
      kept -= count
      continue
    }
    if (!moveUp(size, t, kept - count, count, place, vt, re, im, small)) break
    place += count
  }
  return kept
}

/** Eigenvalues as they stand in T after blocks have changed places. */
function readValues(size: i32, from: i32, t: usize, re: usize, im: usize): void {
  for (let i = from; i < size; i++) {
    const at = f(t, i * (size + 1))
    store<f64>(f(re, i), load<f64>(at))
    store<f64>(f(im, i), 0)
    if (i == size - 1) break
    const below = load<f64>(f(at, size))
    if (below == 0) continue
    const imaginary = Math.sqrt(Math.abs(below)) * Math.sqrt(Math.abs(load<f64>(at, 8)))
    store<f64>(f(im, i), imaginary)
    store<f64>(f(re, i + 1), load<f64>(f(at, size + 1)))
    store<f64>(f(im, i + 1), -imaginary)
    i++
  }
}
