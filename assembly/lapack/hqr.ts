/**
 * Eigenvalues and real Schur form of an upper Hessenberg matrix by QR iteration with Francis's double shifts (LAPACK's lahqr): subdiagonal elements
 * are neglected by the test of Ahues & Tisseur (1997), every tenth step without success takes other shifts. Everything is float64; the matrix
 * has its largest element near 1.
 */
import { rotateRows } from './conquer'
import { a, b, c, cosine, d, imaginary, lanv2, sine } from './lanv2'

const epsilon: f64 = 2.220446049250313e-16
const tiny: f64 = 2.2250738585072014e-308
/** Steps without success before the shifts are exchanged for others. */
const patience: i32 = 10

// @ts-ignore: decorator
@inline
function f(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3)
}

/** The reflector of three elements last made: I - tau (1, v1, v2)ᵀ (1, v1, v2), turning them into (beta, 0, 0). */
export let tau: f64 = 0
export let beta: f64 = 0
export let v1: f64 = 0
export let v2: f64 = 0

export function reflectorOf(x: f64, y: f64, z: f64): void {
  beta = x
  tau = 0
  v1 = 0
  v2 = 0
  const rest = Math.max(Math.abs(y), Math.abs(z))
  if (rest == 0) return
  const largest = Math.max(Math.abs(x), rest)
  // Squares of elements this small would underflow.
  const unit: f64 = largest < 1e-140 ? largest : 1
  if (unit != 1) {
    x /= unit
    y /= unit
    z /= unit
  }
  const size = Math.sqrt(x * x + y * y + z * z)
  const target = x >= 0 ? -size : size
  tau = (target - x) / target
  const inverse = 1 / (x - target)
  v1 = y * inverse
  v2 = z * inverse
  beta = target * unit
}

/** Three rows (two when v2 is 0 and the third not there) of `count` elements from x on become the reflector's product with them. */
export function reflectRows(rows: i32, count: i32, x: usize, row: usize, second: f64, third: f64, factor: f64): void {
  const w1 = factor, w2 = factor * second, w3 = factor * third
  const y = x + row
  let i = 0
  if (rows == 3) {
    const z = y + row
    const s = f64x2.splat(second), t = f64x2.splat(third)
    const f1 = f64x2.splat(w1), f2 = f64x2.splat(w2), f3 = f64x2.splat(w3)
    for (; i + 2 <= count; i += 2) {
      const at = (<usize>i) << 3
      const p = v128.load(x + at), q = v128.load(y + at), r = v128.load(z + at)
      const sum = f64x2.add(f64x2.add(p, f64x2.mul(s, q)), f64x2.mul(t, r))
      v128.store(x + at, f64x2.sub(p, f64x2.mul(sum, f1)))
      v128.store(y + at, f64x2.sub(q, f64x2.mul(sum, f2)))
      v128.store(z + at, f64x2.sub(r, f64x2.mul(sum, f3)))
    }
    if (i < count) {
      const p = load<f64>(f(x, i)), q = load<f64>(f(y, i)), r = load<f64>(f(z, i))
      const sum = p + second * q + third * r
      store<f64>(f(x, i), p - sum * w1)
      store<f64>(f(y, i), q - sum * w2)
      store<f64>(f(z, i), r - sum * w3)
    }
    return
  }
  for (; i < count; i++) {
    const p = load<f64>(f(x, i)), q = load<f64>(f(y, i))
    const sum = p + second * q
    store<f64>(f(x, i), p - sum * w1)
    store<f64>(f(y, i), q - sum * w2)
  }
}

/** The same for three columns of `count` rows. */
export function reflectColumns(columns: i32, count: i32, x: usize, row: usize, second: f64, third: f64, factor: f64): void {
  const w1 = factor, w2 = factor * second, w3 = factor * third
  if (columns == 3) {
    for (let i = 0; i < count; i++) {
      const p = load<f64>(x), q = load<f64>(x, 8), r = load<f64>(x, 16)
      const sum = p + second * q + third * r
      store<f64>(x, p - sum * w1)
      store<f64>(x, q - sum * w2, 8)
      store<f64>(x, r - sum * w3, 16)
      x += row
    }
    return
  }
  for (let i = 0; i < count; i++) {
    const p = load<f64>(x), q = load<f64>(x, 8)
    const sum = p + second * q
    store<f64>(x, p - sum * w1)
    store<f64>(x, q - sum * w2, 8)
    x += row
  }
}

/** Columns x and x + 1 of `count` rows: x, y become cs x + sn y, cs y - sn x. */
export function rotateColumns(count: i32, x: usize, row: usize, cs: f64, sn: f64): void {
  for (let i = 0; i < count; i++) {
    const p = load<f64>(x), q = load<f64>(x, 8)
    store<f64>(x, cs * p + sn * q)
    store<f64>(x, cs * q - sn * p, 8)
    x += row
  }
}

/** The first row, from `last` upwards to `first`, whose subdiagonal element is negligible; it is set to 0. */
export function split(h: usize, ldh: i32, low: i32, high: i32, first: i32, last: i32): i32 {
  const small = tiny * (<f64>(high - low + 1) / epsilon)
  let k = last
  for (; k > first; k--) {
    const corner = f(h, (k - 1) * ldh + k - 1)
    const row = corner + ((<usize>ldh) << 3)
    const below = Math.abs(load<f64>(row))
    if (below <= small) break
    const upper = load<f64>(corner), under = load<f64>(row, 8)
    let sum = Math.abs(upper) + Math.abs(under)
    if (sum == 0) {
      if (k - 2 >= low) sum += Math.abs(load<f64>(f(h, (k - 1) * ldh + k - 2)))
      if (k + 1 <= high) sum += Math.abs(load<f64>(f(h, (k + 1) * ldh + k)))
    }
    if (below > epsilon * sum) continue
    const beside = Math.abs(load<f64>(corner, 8))
    const most = Math.max(below, beside), other = Math.min(below, beside)
    const apart = Math.abs(upper - under)
    const top = Math.max(Math.abs(under), apart), bottom = Math.min(Math.abs(under), apart)
    const s = top + most
    if (other * (most / s) <= Math.max(small, epsilon * (bottom * (top / s)))) break
  }
  if (k > first) store<f64>(f(h, k * ldh + k - 1), 0)
  return k
}

// Sum and product of the two shifts, taken apart so that neither overflows: first, second = re +- i im.
let firstRe: f64 = 0
let secondRe: f64 = 0
let shiftIm: f64 = 0

/** Both eigenvalues of the last 2 by 2 block when they are complex, twice the nearer to its last element when real. */
function shiftsOf(h11: f64, h12: f64, h21: f64, h22: f64): void {
  firstRe = 0
  secondRe = 0
  shiftIm = 0
  const s = Math.abs(h11) + Math.abs(h12) + Math.abs(h21) + Math.abs(h22)
  if (s == 0) return
  h11 /= s
  h12 /= s
  h21 /= s
  h22 /= s
  const middle = (h11 + h22) / 2
  const determinant = (h11 - middle) * (h22 - middle) - h12 * h21
  const root = Math.sqrt(Math.abs(determinant))
  if (determinant >= 0) {
    firstRe = middle * s
    shiftIm = root * s
  } else {
    const one = middle + root, two = middle - root
    firstRe = (Math.abs(one - h22) <= Math.abs(two - h22) ? one : two) * s
  }
  secondRe = firstRe
}

/**
 * Rows low .. high of H [n, n] are the active ones, zero outside triangular form. Eigenvalues low .. high go to wr, wi. With `schur`, H becomes
 * T, with standard 2 by 2 blocks, and rows of Zt [n, columns], unless that is 0, take its rotations. Returns 0, or how many eigenvalues,
 * low and following, did not converge.
 */
export function hqr(
  schur: bool, n: i32, low: i32, high: i32, h: usize, ldh: i32, wr: usize, wi: usize, zt: usize, ldz: i32, columns: i32,
): i32 {
  const row = (<usize>ldh) << 3
  let budget = 30 * max(10, high - low + 1)
  let last = high
  let steps = 0
  while (last >= low) {
    const first = split(h, ldh, low, high, low, last)
    if (first >= last - 1) {
      if (first == last) {
        store<f64>(f(wr, last), load<f64>(f(h, last * (ldh + 1))))
        store<f64>(f(wi, last), 0)
      } else standardize(schur, n, h, ldh, last, wr, wi, zt, ldz, columns)
      last = first - 1
      steps = 0
      continue
    }
    if (budget-- == 0) return last - low + 1
    steps++
    const corner = f(h, (last - 1) * ldh + last - 1)
    let h11 = load<f64>(corner), h12 = load<f64>(corner, 8), h21 = load<f64>(corner + row), h22 = load<f64>(corner + row, 8)
    if (steps % patience == 0) {
      // From the bottom and from the top in turn.
      const fromTop = steps % (2 * patience) != 0
      const k = fromTop ? first : last - 2
      const size = Math.abs(load<f64>(f(h, (k + 1) * ldh + k))) + Math.abs(load<f64>(f(h, (k + 2) * ldh + k + 1)))
      h11 = 0.75 * size + load<f64>(f(h, fromTop ? first * (ldh + 1) : last * (ldh + 1)))
      h12 = -0.4375 * size
      h21 = size
      h22 = h11
    }
    shiftsOf(h11, h12, h21, h22)
    const start = startOf(h, ldh, first, last)
    francis(schur, n, h, ldh, first, start, last, zt, ldz, columns)
  }
  return 0
}

// The first column of (H - first)(H - second), scaled, at the start of a step.
export let x0: f64 = 0
export let x1: f64 = 0
export let x2: f64 = 0

/** Shifts re1 + i im and re2 - i im, for `firstColumn`. */
export function setShifts(re1: f64, re2: f64, im: f64): void {
  firstRe = re1
  secondRe = re2
  shiftIm = im
}

/** Leaves what starts a bulge at row m above. */
export function firstColumn(h: usize, ldh: i32, m: i32): void {
  const row = (<usize>ldh) << 3
  const at = f(h, m * (ldh + 1))
  const h00 = load<f64>(at), h11 = load<f64>(at + row, 8)
  const below = load<f64>(at + row)
  const s = Math.max(Math.abs(h00 - secondRe) + shiftIm + Math.abs(below), tiny)
  const relative = below / s
  x0 = relative * load<f64>(at, 8) + (h00 - firstRe) * ((h00 - secondRe) / s) + shiftIm * (shiftIm / s)
  x1 = relative * (h00 + h11 - firstRe - secondRe)
  x2 = relative * load<f64>(at + 2 * row, 8)
  const size = Math.max(Math.abs(x0) + Math.abs(x1) + Math.abs(x2), tiny)
  x0 /= size
  x1 /= size
  x2 /= size
}

/** The lowest row where the step may begin because two small subdiagonal elements follow each other; its first column is left above. */
function startOf(h: usize, ldh: i32, first: i32, last: i32): i32 {
  const row = (<usize>ldh) << 3
  for (let m = last - 2; m > first; m--) {
    firstColumn(h, ldh, m)
    const at = f(h, m * (ldh + 1))
    const left = Math.abs(load<f64>(at - 8))
    const diagonals = Math.abs(load<f64>(at - row - 8)) + Math.abs(load<f64>(at)) + Math.abs(load<f64>(at + row, 8))
    if (left * (Math.abs(x1) + Math.abs(x2)) <= epsilon * Math.abs(x0) * diagonals) return m
  }
  firstColumn(h, ldh, first)
  return first
}

/** One double step on rows first .. last, begun at row `start`: a bulge is made there and chased to the end. */
function francis(
  schur: bool, n: i32, h: usize, ldh: i32, first: i32, start: i32, last: i32, zt: usize, ldz: i32, columns: i32,
): void {
  const row = (<usize>ldh) << 3
  const top = schur ? 0 : first
  const end = schur ? n : last + 1
  for (let k = start; k < last; k++) {
    const rows = min(3, last - k + 1)
    const left = f(h, k * ldh + k - 1)
    if (k > start) {
      x0 = load<f64>(left)
      x1 = load<f64>(left + row)
      x2 = rows == 3 ? load<f64>(left + 2 * row) : 0
    }
    reflectorOf(x0, x1, rows == 3 ? x2 : 0)
    if (k > start) {
      store<f64>(left, beta)
      store<f64>(left + row, 0)
      if (rows == 3) store<f64>(left + 2 * row, 0)
    } else if (start > first) {
      // Not a change of sign alone: v1 and v2 may have underflowed.
      store<f64>(left, load<f64>(left) * (1 - tau))
    }
    reflectRows(rows, end - k, left + 8, row, v1, v2, tau)
    reflectColumns(rows, min(k + 4, last + 1) - top, f(h, top * ldh + k), row, v1, v2, tau)
    if (zt != 0) reflectRows(rows, columns, f(zt, k * ldz), (<usize>ldz) << 3, v1, v2, tau)
  }
}

/** Rows last - 1 and last as a block of their own. */
export function standardize(
  schur: bool, n: i32, h: usize, ldh: i32, last: i32, wr: usize, wi: usize, zt: usize, ldz: i32, columns: i32,
): void {
  const row = (<usize>ldh) << 3
  const at = f(h, (last - 1) * (ldh + 1))
  lanv2(load<f64>(at), load<f64>(at, 8), load<f64>(at + row), load<f64>(at + row, 8))
  store<f64>(at, a)
  store<f64>(at, b, 8)
  store<f64>(at + row, c)
  store<f64>(at + row, d, 8)
  store<f64>(f(wr, last - 1), a)
  store<f64>(f(wr, last), d)
  store<f64>(f(wi, last - 1), imaginary)
  store<f64>(f(wi, last), 0 - imaginary)
  if (sine == 0 && cosine == 1) return
  if (schur) {
    rotateRows(n - last - 1, at + 16, at + row + 16, cosine, sine)
    rotateColumns(last - 1, f(h, last - 1), row, cosine, sine)
  }
  if (zt != 0) rotateRows(columns, f(zt, (last - 1) * ldz), f(zt, last * ldz), cosine, sine)
}
