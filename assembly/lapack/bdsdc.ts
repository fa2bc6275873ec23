/**
 * Singular values and vectors of an upper bidiagonal matrix by divide and conquer (Gu & Eisenstat 1995; LAPACK's bdsdc and lasd1 to
 * lasd4): the rows above and below a middle row are solved, and joined with it. Everything is float64; vectors are rows.
 */
import { applyBatch, batchBytes, beginSweep, clearBatch, pushRotation } from './batch'
import { bdsqr } from './bdsqr'
import {
  arrange, bothHalves, combine, conquerBytes, firstHalf, lineAt, mixKinds, moveDeflated, openConquer, orderMerged, placeOf,
  powerOfTwo, rotateRows, secondHalf, setKind, setLine,
} from './conquer'
import { c, lartg, r, s } from './lartg'
import { mergeOrders, orderOf } from './order'
import { refineWeights, secularRoot } from './secular'
import { absMax, scal } from './vector'

const epsilon: f64 = 1.1102230246251565e-16
/** Up to this order QR is faster. */
const leaf: i32 = 32

// Workspace of the current call.
let rightCoefficients: usize = 0
let leftCoefficients: usize = 0
let weights: usize = 0
let poles: usize = 0
let poleWeights: usize = 0
let sorted: usize = 0

/** Bytes of `work`. */
export function bdsdcBytes(n: i32): usize {
  return conquerBytes(n + 1) + ((2 * <usize>n * <usize>n + 4 * <usize>n) << 3)
}

// @ts-ignore: decorator
@inline
function f(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3)
}

/**
 * Singular values, not negative, to d [n], unordered; e [n - 1] is destroyed; row i of UT and of VT [n, n] become the vectors of d[i].
 * `batches` holds two. Returns how many values did not converge.
 */
export function bdsdc(
  n: i32, d: usize, e: usize, ut: usize, ldu: i32, vt: usize, ldv: i32, work: usize, batches: usize, scratch: usize,
): i32 {
  openConquer(n + 1, work)
  rightCoefficients = work + conquerBytes(n + 1)
  leftCoefficients = f(rightCoefficients, n * n)
  weights = f(leftCoefficients, n * n)
  poles = f(weights, n)
  poleWeights = f(poles, n)
  sorted = f(poleWeights, n)
  const order = sorted + ((<usize>n) << 2)
  for (let i = 0; i < n; i++) {
    memory.fill(f(ut, i * ldu), 0, (<usize>n) << 3)
    memory.fill(f(vt, i * ldv), 0, (<usize>n) << 3)
  }
  // Near 1, squares of values and of differences are normal numbers.
  const largest = Math.max(absMax<f64>(n, d), absMax<f64>(n - 1, e))
  if (largest == 0) {
    for (let i = 0; i < n; i++) {
      store<f64>(f(ut, i * (ldu + 1)), 1)
      store<f64>(f(vt, i * (ldv + 1)), 1)
    }
    return 0
  }
  const unit = powerOfTwo(largest)
  scal<f64>(n, 1 / unit, d)
  scal<f64>(n - 1, 1 / unit, e)
  const info = solve(n, 0, d, e, ut, ldu, vt, ldv, order, batches, scratch)
  scal<f64>(n, unit, d)
  return info
}

/** The block of n rows and n + extra columns at d, e, UT, VT; log2(n) deep. With `extra`, row n of its VT spans its null space. */
function solve(
  n: i32, extra: i32, d: usize, e: usize, ut: usize, ldu: i32, vt: usize, ldv: i32, order: usize, batches: usize, scratch: usize,
): i32 {
  if (n <= leaf) {
    const info = solveLeaf(n, extra, d, e, ut, ldu, vt, ldv, batches)
    orderOf(n, d, order)
    return info
  }
  const middle = n >> 1
  const alpha = load<f64>(f(d, middle)), beta = load<f64>(f(e, middle))
  const next = middle + 1
  const nextOrder = order + ((<usize>next) << 2)
  const nextU = f(ut, next * (ldu + 1)), nextV = f(vt, next * (ldv + 1))
  const info =
    solve(middle, 1, d, e, ut, ldu, vt, ldv, order, batches, scratch) +
    solve(n - next, extra, f(d, next), f(e, next), nextU, ldu, nextV, ldv, nextOrder, batches, scratch)
  store<f64>(f(d, middle), 0)
  store<f64>(f(ut, middle * (ldu + 1)), 1)
  mergeOrders(middle, order, n - next, next, nextOrder, d, sorted)
  const k = merge(n, extra, middle, alpha, beta, d, ut, ldu, vt, ldv, scratch)
  orderMerged(n, k, d, order)
  return info
}

/** A small block: square first, by rotations from the right and back to upper form from the left (lasdq), then QR. */
function solveLeaf(
  n: i32, extra: i32, d: usize, e: usize, ut: usize, ldu: i32, vt: usize, ldv: i32, batches: usize,
): i32 {
  for (let i = 0; i < n; i++) store<f64>(f(ut, i * (ldu + 1)), 1)
  for (let i = 0; i < n + extra; i++) store<f64>(f(vt, i * (ldv + 1)), 1)
  if (extra) {
    clearBatch(batches)
    beginSweep(batches, 0, 1)
    makeTriangular(n, d, e, batches)
    lartg(load<f64>(f(d, n - 1)), load<f64>(f(e, n - 1)))
    store<f64>(f(d, n - 1), r)
    store<f64>(f(e, n - 1), 0)
    pushRotation(batches, c, s)
    applyBatch(batches, n + 1, n + 1, vt, ldv)
    if (n > 1) {
      beginSweep(batches, 0, 1)
      makeTriangular(n, d, e, batches)
      applyBatch(batches, n, n, ut, ldu)
    }
  }
  // The columns of UT beyond its block are zero here, so that rotating n + 1 of them is harmless.
  return bdsqr(n, d, e, true, ut, ldu, vt, ldv, n + extra, batches)
}

/** Upper bidiagonal to lower by rotations of columns, or lower to upper by rotations of rows: the same arithmetic. */
function makeTriangular(n: i32, d: usize, e: usize, batch: usize): void {
  for (let i = 0; i < n - 1; i++) {
    lartg(load<f64>(f(d, i)), load<f64>(f(e, i)))
    const next = load<f64>(f(d, i + 1))
    store<f64>(f(d, i), r)
    store<f64>(f(e, i), s * next)
    store<f64>(f(d, i + 1), c * next)
    pushRotation(batch, c, s)
  }
}

/**
 * In the basis of the halves the matrix is diag(d), with 0 for the middle row, plus that row: alpha times the last components of the
 * first half's right vectors, beta times the first ones of the second half's. Returns how many lines the merge changed.
 */
function merge(
  n: i32, extra: i32, middle: i32, alpha: f64, beta: f64, d: usize, ut: usize, ldu: i32, vt: usize, ldv: i32, scratch: usize,
): i32 {
  // Relative to the block, but not below what the whole matrix (its largest element near 1) can notice: squares must not underflow.
  const size = Math.max(Math.max(Math.abs(alpha), Math.abs(beta)), Math.max(absMax<f64>(n, d), epsilon))
  const tolerance = 64 * epsilon * size
  for (let i = 0; i < n; i++) {
    const weight = i <= middle ? alpha * load<f64>(f(vt, i * ldv + middle)) : beta * load<f64>(f(vt, i * ldv + middle + 1))
    store<f64>(f(weights, i), weight)
    setKind(i, i < middle ? firstHalf : secondHalf)
  }
  joinNullSpaces(n, extra, middle, beta, vt, ldv, tolerance)
  setKind(middle, bothHalves)
  const k = deflate(n, middle, d, ut, ldu, vt, ldv, n + extra, tolerance)
  let norm: f64 = 0
  for (let j = 0; j < k; j++) {
    const weight = load<f64>(f(weights, lineAt(j)))
    store<f64>(f(poles, j), load<f64>(f(d, lineAt(j))))
    store<f64>(f(poleWeights, j), weight)
    norm += weight * weight
  }
  // Two poles at zero would be one.
  if (k > 1 && load<f64>(f(poles, 1)) < 0.5 * tolerance) store<f64>(f(poles, 1), 0.5 * tolerance)
  scal<f64>(k, 1 / Math.sqrt(norm), poleWeights)
  arrange(k)
  moveDeflated(n, k, d)
  for (let i = 0; i < k; i++) {
    const gaps = f(rightCoefficients, i * k)
    store<f64>(f(d, i), secularRoot(true, k, i, poles, poleWeights, norm, gaps))
  }
  refineWeights(true, k, poles, rightCoefficients, poleWeights, weights)
  for (let i = 0; i < k; i++) vectorsOf(k, f(rightCoefficients, i * k), f(leftCoefficients, i * k))
  const rest = n - middle - 1
  combine(n, k, rightCoefficients, middle + 1, middle + 1, rest + extra, vt, ldv, scratch)
  combine(n, k, leftCoefficients, middle, middle + 1, rest, ut, ldu, scratch)
  // The middle row's left vector is the unit vector of its column, which `combine` leaves out.
  const column = placeOf(0)
  for (let i = 0; i < k; i++) store<f64>(f(ut, i * ldu + middle), load<f64>(f(leftCoefficients, i * k + column)))
  return k
}

/** The middle line's right vector: the first half's null vector, turned towards the second's, if it has one, until that has weight 0. */
function joinNullSpaces(
  n: i32, extra: i32, middle: i32, beta: f64, vt: usize, ldv: i32, tolerance: f64,
): void {
  let weight = load<f64>(f(weights, middle))
  if (extra) {
    const other = beta * load<f64>(f(vt, n * ldv + middle + 1))
    const length = Math.sqrt(weight * weight + other * other)
    if (length > tolerance) {
      rotateRows(n + 1, f(vt, middle * ldv), f(vt, n * ldv), weight / length, other / length)
      weight = length
    }
  }
  if (Math.abs(weight) <= tolerance) weight = tolerance
  store<f64>(f(weights, middle), weight)
}

/** Turns a row of differences p_j - x into the unit vectors z_j / (p_j - x) and (-1, d_j z_j / (p_j - x)), elements in their places. */
function vectorsOf(k: i32, gaps: usize, left: usize): void {
  let square: f64 = 0, leftSquare: f64 = 1
  for (let j = 0; j < k; j++) {
    const value = load<f64>(f(poleWeights, j)) / load<f64>(f(gaps, j))
    square += value * value
    store<f64>(f(weights, placeOf(j)), value)
    const leftValue = j == 0 ? -1 : load<f64>(f(poles, j)) * value
    if (j > 0) leftSquare += leftValue * leftValue
    store<f64>(f(left, placeOf(j)), leftValue)
  }
  const scale = 1 / Math.sqrt(square), leftScale = 1 / Math.sqrt(leftSquare)
  for (let j = 0; j < k; j++) {
    store<f64>(f(gaps, j), load<f64>(f(weights, j)) * scale)
    store<f64>(f(left, j), load<f64>(f(left, j)) * leftScale)
  }
}

/** Lists the lines that the merge does not touch (lasd2): tiny weights, and one of two nearly equal values. The middle line is kept, first. */
function deflate(
  n: i32, middle: i32, d: usize, ut: usize, ldu: i32, vt: usize, ldv: i32, columns: i32, tolerance: f64,
): i32 {
  let k = 0, end = n, held = -1
  setLine(k++, middle)
  for (let position = 0; position < n - 1; position++) {
    const j = load<i32>(sorted + ((<usize>position) << 2))
    const weight = load<f64>(f(weights, j))
    if (Math.abs(weight) <= tolerance) {
      setLine(--end, j)
      continue
    }
    if (held >= 0) {
      if (load<f64>(f(d, j)) - load<f64>(f(d, held)) <= tolerance) {
        const other = load<f64>(f(weights, held))
        const length = Math.sqrt(weight * weight + other * other)
        rotateRows(n, f(ut, held * ldu), f(ut, j * ldu), weight / length, -other / length)
        rotateRows(columns, f(vt, held * ldv), f(vt, j * ldv), weight / length, -other / length)
        store<f64>(f(weights, j), length)
        mixKinds(j, held)
        setLine(--end, held)
      } else {
        setLine(k++, held)
      }
    }
    held = j
  }
  if (held >= 0) setLine(k++, held)
  return k
}
