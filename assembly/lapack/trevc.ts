/**
 * Eigenvectors of a real Schur form by back substitution, kept from overflow by scaling the vector whenever it would grow too far (LAPACK's trevc
 * and laln2). Everything is float64; T has its largest element near 1.
 */
import { absMax, dot, scal } from './vector'

const epsilon: f64 = 2.220446049250313e-16
/** Pivots are not smaller than this: a perturbation of T far below its rounding. */
const leastPivot: f64 = 1e-280
/** Elements of vectors stay below this. */
const most: f64 = 1e140

// @ts-ignore: decorator
@inline
function f(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3)
}

// The vector being computed: real and imaginary part (0 when there is none) and its last element.
let re: usize = 0
let im: usize = 0
let end: i32 = 0

/** Multiplies what is there of the vector, from element `from` on. */
function shrink(from: i32, factor: f64): void {
  scal<f64>(end - from + 1, factor, f(re, from))
  if (im != 0) scal<f64>(end - from + 1, factor, f(im, from))
}

/** The factor by which everything must shrink so that `size` / pivot stays in range. */
// @ts-ignore: decorator
@inline
function shrinkage(size: f64, pivot: f64): f64 {
  // Written without the quotient, which may overflow.
  return pivot < 1 && size > most * pivot ? (most * pivot) / size : size > most && pivot >= 1 ? most / size : 1
}

// The last quotient.
let quotientRe: f64 = 0
let quotientIm: f64 = 0

/** (a + i b) / (c + i d), the divisor brought near 1 first. */
function divide(a: f64, b: f64, c: f64, d: f64): void {
  const unit = Math.max(Math.abs(c), Math.abs(d))
  c /= unit
  d /= unit
  const square = c * c + d * d
  quotientRe = (a * c + b * d) / square / unit
  quotientIm = (b * c - a * d) / square / unit
}

/** Elements of the vector above `j`, one or a pair at a time, with (T - (wr + i wi)) x = 0. */
function substitute(t: usize, ldt: i32, top: i32, wr: f64, wi: f64): void {
  const least = Math.max(epsilon * (Math.abs(wr) + Math.abs(wi)), leastPivot)
  for (let j = top; j >= 0; j--) {
    const rowAt = f(t, j * ldt)
    const from = j + 1
    const count = end - j
    let r = -dot<f64>(count, f(rowAt, from), f(re, from))
    let i = im == 0 ? 0 : -dot<f64>(count, f(rowAt, from), f(im, from))
    const isPair = j > 0 && load<f64>(f(rowAt, j - 1)) != 0
    let pivotRe = load<f64>(f(rowAt, j)) - wr, pivotIm = -wi
    if (!isPair) {
      let size = Math.max(Math.abs(pivotRe), Math.abs(pivotIm))
      if (size < least) {
        pivotRe = least
        pivotIm = 0
        size = least
      }
      const factor = shrinkage(Math.max(Math.abs(r), Math.abs(i)), size)
      if (factor != 1) {
        shrink(from, factor)
        r *= factor
        i *= factor
      }
      divide(r, i, pivotRe, pivotIm)
      store<f64>(f(re, j), quotientRe)
      if (im != 0) store<f64>(f(im, j), quotientIm)
      continue
    }
    const above = f(t, (j - 1) * ldt)
    const r0 = -dot<f64>(count, f(above, from), f(re, from))
    const i0 = im == 0 ? 0 : -dot<f64>(count, f(above, from), f(im, from))
    solvePair(j, load<f64>(f(above, j - 1)) - wr, load<f64>(f(above, j)), load<f64>(f(rowAt, j - 1)), pivotRe, -wi, r0, i0, r, i, least)
    j--
  }
}

/** Elements j - 1 and j: [p, b; c, q] x = r with p and q complex (one imaginary part), b and c real; rows exchanged for the larger pivot. */
function solvePair(
  j: i32, p: f64, b: f64, c: f64, q: f64, imaginary: f64, r0: f64, i0: f64, r1: f64, i1: f64, least: f64,
): void {
  let pivotRe = p, pivotIm = imaginary, besideRe = b, besideIm: f64 = 0
  let belowRe = c, belowIm: f64 = 0, lastRe = q, lastIm = imaginary
  if (Math.abs(c) > Math.max(Math.abs(p), Math.abs(imaginary))) {
    pivotRe = c
    pivotIm = 0
    besideRe = q
    besideIm = imaginary
    belowRe = p
    belowIm = imaginary
    lastRe = b
    lastIm = 0
    let other = r0
    r0 = r1
    r1 = other
    other = i0
    i0 = i1
    i1 = other
  }
  if (Math.max(Math.abs(pivotRe), Math.abs(pivotIm)) < least) {
    pivotRe = least
    pivotIm = 0
  }
  divide(belowRe, belowIm, pivotRe, pivotIm)
  const ratioRe = quotientRe, ratioIm = quotientIm
  lastRe -= ratioRe * besideRe - ratioIm * besideIm
  lastIm -= ratioRe * besideIm + ratioIm * besideRe
  let size = Math.max(Math.abs(lastRe), Math.abs(lastIm))
  if (size < least) {
    lastRe = least
    lastIm = 0
    size = least
  }
  r1 -= ratioRe * r0 - ratioIm * i0
  i1 -= ratioRe * i0 + ratioIm * r0
  let factor = shrinkage(Math.max(Math.abs(r1), Math.abs(i1)), size)
  if (factor != 1) {
    shrink(j + 1, factor)
    r0 *= factor
    i0 *= factor
    r1 *= factor
    i1 *= factor
  }
  divide(r1, i1, lastRe, lastIm)
  store<f64>(f(re, j), quotientRe)
  if (im != 0) store<f64>(f(im, j), quotientIm)
  r0 -= besideRe * quotientRe - besideIm * quotientIm
  i0 -= besideRe * quotientIm + besideIm * quotientRe
  size = Math.max(Math.abs(pivotRe), Math.abs(pivotIm))
  factor = shrinkage(Math.max(Math.abs(r0), Math.abs(i0)), size)
  if (factor != 1) {
    shrink(j, factor)
    r0 *= factor
    i0 *= factor
  }
  divide(r0, i0, pivotRe, pivotIm)
  store<f64>(f(re, j - 1), quotientRe)
  if (im != 0) store<f64>(f(im, j - 1), quotientIm)
}

/** Row k of X [n, n] becomes the eigenvector of eigenvalue k, elements 0 .. k and then zeros; rows of a pair its real and imaginary part. */
export function trevc(n: i32, t: usize, ldt: i32, wr: usize, wi: usize, x: usize, ldx: i32): void {
  for (let k = n - 1; k >= 0; k--) {
    end = k
    const value = load<f64>(f(wr, k))
    if (load<f64>(f(wi, k)) == 0) {
      re = f(x, k * ldx)
      im = 0
      memory.fill(re, 0, (<usize>n) << 3)
      store<f64>(f(re, k), 1)
      substitute(t, ldt, k - 1, value, 0)
      scal<f64>(k + 1, 1 / absMax<f64>(k + 1, re), re)
      continue
    }
    re = f(x, (k - 1) * ldx)
    im = f(x, k * ldx)
    memory.fill(re, 0, (<usize>n) << 3)
    memory.fill(im, 0, (<usize>n) << 3)
    const imaginary = load<f64>(f(wi, k - 1))
    const beside = load<f64>(f(t, (k - 1) * ldt + k)), below = load<f64>(f(t, k * ldt + k - 1))
    // The pair's own block, its larger element 1.
    if (Math.abs(beside) >= Math.abs(below)) {
      store<f64>(f(re, k - 1), 1)
      store<f64>(f(im, k), imaginary / beside)
    } else {
      store<f64>(f(re, k - 1), -imaginary / below)
      store<f64>(f(im, k), 1)
    }
    substitute(t, ldt, k - 2, value, imaginary)
    const size = 1 / Math.max(absMax<f64>(k + 1, re), absMax<f64>(k + 1, im))
    scal<f64>(k + 1, size, re)
    scal<f64>(k + 1, size, im)
    k--
  }
}
