/**
 * Eigenvalues of a symmetric tridiagonal matrix by the root-free QL and QR algorithm of Pal, Walker and Kahan (LAPACK's sterf; Parlett,
 * The Symmetric Eigenvalue Problem, section 8.14). All in float64; the matrix is scaled by the caller.
 */
const epsilon: f64 = 1.1102230246251565e-16
const tiny: f64 = 2.2250738585072014e-308
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

/** Wilkinson's shift from the end of a block: `p`, its neighbour's `q`, and the square between them. */
function shiftOf(p: f64, q: f64, square: f64): f64 {
  const root = Math.sqrt(square)
  const sigma = (q - p) / (2 * root)
  const r = Math.sqrt(sigma * sigma + 1)
  return p - root / (sigma + (sigma >= 0 ? r : -r))
}

/** Eigenvalues, unordered, to d [n]; e [n - 1] is destroyed. Returns how many off-diagonal elements did not converge. */
export function sterf(n: i32, d: usize, e: usize): i32 {
  let budget = <i64>n * <i64>sweepsEach
  let next = 0
  while (next < n) {
    if (next > 0) set(e, next - 1, 0)
    const begin = next
    let end = begin
    for (; end < n - 1; end++) {
      const size = Math.abs(at(e, end))
      if (size <= Math.sqrt(Math.abs(at(d, end))) * Math.sqrt(Math.abs(at(d, end + 1))) * epsilon) {
        set(e, end, 0)
        break
      }
    }
    next = end + 1
    if (end == begin) continue
    for (let i = begin; i < end; i++) set(e, i, at(e, i) * at(e, i))
    // Work towards the smaller end.
    if (Math.abs(at(d, end)) < Math.abs(at(d, begin))) budget = solveBlock(d, e, end, begin, -1, budget)
    else budget = solveBlock(d, e, begin, end, 1, budget)
    if (budget < 0) {
      let left = 0
      for (let i = begin; i < end; i++) if (at(e, i) != 0) left++
      for (let i = next; i < n - 1; i++) if (at(e, i) != 0) left++
      return max(1, left)
    }
  }
  return 0
}

/**
 * Finds the eigenvalues of the block from `first` to `last`; with `step` 1 by QL (first < last), with -1 the same on the mirrored block,
 * which is QR. e holds squares. Returns what is left of the budget, -1 when it ran out.
 */
function solveBlock(d: usize, e: usize, first: i32, last: i32, step: i32, budget: i64): i64 {
  // The square between i and i + step lies at i + lag.
  const lag = step == 1 ? 0 : -1
  let l = first
  while ((last - l) * step >= 0) {
    let m = l
    for (; m != last; m += step) {
      if (at(e, m + lag) <= epsilon * epsilon * Math.abs(at(d, m) * at(d, m + step)) + tiny) break
    }
    if (m != last) set(e, m + lag, 0)
    const p = at(d, l)
    if (m == l) {
      l += step
      continue
    }
    if (m == l + step) {
      const root = Math.sqrt(at(e, l + lag))
      eigenvaluesOfTwo(p, root, at(d, m))
      set(d, l, larger)
      set(d, m, smaller)
      set(e, l + lag, 0)
      l += 2 * step
      continue
    }
    if (--budget < 0) return -1
    const sigma = shiftOf(p, at(d, l + step), at(e, l + lag))
    let c: f64 = 1, s: f64 = 0
    let gamma = at(d, m) - sigma
    let square = gamma * gamma
    for (let i = m - step; ; i -= step) {
      const b = at(e, i + lag)
      const r = square + b
      if (i != m - step) set(e, i + step + lag, s * r)
      const oldC = c
      c = square / r
      s = b / r
      const oldGamma = gamma
      const alpha = at(d, i)
      gamma = c * (alpha - sigma) - s * oldGamma
      set(d, i + step, oldGamma + (alpha - gamma))
      square = c != 0 ? (gamma * gamma) / c : oldC * b
      if (i == l) break
    }
    set(e, l + lag, s * square)
    set(d, l, sigma + gamma)
  }
  return budget
}

let larger: f64 = 0
let smaller: f64 = 0

/** Eigenvalues of [a b; b c] to `larger` and `smaller` (in size), accurately (LAPACK's lae2). */
function eigenvaluesOfTwo(a: f64, b: f64, c: f64): void {
  const sum = a + c
  const gap = Math.abs(a - c)
  const twice = Math.abs(b + b)
  const most = Math.max(gap, twice), least = Math.min(gap, twice)
  const ratio = most > 0 ? least / most : 0
  const root = most * Math.sqrt(1 + ratio * ratio)
  const big = Math.abs(a) > Math.abs(c) ? a : c
  const small = Math.abs(a) > Math.abs(c) ? c : a
  if (sum == 0) {
    larger = 0.5 * root
    smaller = -0.5 * root
    return
  }
  larger = 0.5 * (sum + (sum < 0 ? -root : root))
  smaller = (big / larger) * small - (b / larger) * b
}
