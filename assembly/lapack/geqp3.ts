/**
 * A P = Q R with column pivoting, half of it in products (Quintana-Orti, Sun & Bischof 1998; LAPACK's geqp3 and laqps). Norms of columns are
 * downdated, and computed afresh where that has lost half the digits (Drmac & Bujanovic 2008).
 */
import { gemm, whole } from './gemm'
import { gemv, gevm } from './gemv'
import { beta, larfg, tau } from './larfg'
import { nrm2 } from './vector'

/** Columns a panel. */
const block: i32 = 32

/** Bytes of `work`: two norms a column in float64, V [block, m], F [block, n], and a vector. */
export function geqp3Bytes(m: i32, n: i32): usize {
  return <usize>n * 16 + <usize>(block * (m + n) + max(m, n) + block) * 8
}

// @ts-ignore: decorator
@inline
function gather<T>(count: i32, from: usize, step: usize, to: usize): void {
  for (let i = 0; i < count; i++) {
    store<T>(to, load<T>(from))
    from += step
    to += sizeof<T>()
  }
}

function exchange<T>(count: i32, x: usize, y: usize, step: usize): void {
  for (let i = 0; i < count; i++) {
    const value = load<T>(x)
    store<T>(x, load<T>(y))
    store<T>(y, value)
    x += step
    y += step
  }
}

/** Column j of A P was column order[j] of A; the rest as geqrf leaves it. */
export function geqp3<T>(m: i32, n: i32, a: usize, lda: i32, order: usize, taus: usize, work: usize, scratch: usize): void {
  const row = <usize>lda * sizeof<T>()
  const size = min(m, n)
  // Each column's norm below the rows that are done, and the one it was last computed as; a negative one asks for a new one.
  const norms = work, exact = norms + ((<usize>n) << 3)
  const v = exact + ((<usize>n) << 3)
  const f = v + <usize>(block * m) * 8
  const buffer = f + <usize>(block * n) * 8
  for (let j = 0; j < n; j++) {
    store<i32>(order + ((<usize>j) << 2), j)
    renew<T>(m, 0, j, a, row, norms, exact, buffer)
  }
  for (let from = 0; from < size; ) {
    const k = panel<T>(m, n, from, min(block, size - from), a, lda, order, taus, norms, exact, v, f, buffer)
    const to = from + k
    const at = <usize>to * sizeof<T>()
    const corner = a + <usize>to * row + at
    if (m > to && n > to)
      gemm<T>(whole, true, false, m - to, n - to, k, <T>-1, v + at, m, f + at, n, <T>1, corner, lda, scratch)
    for (let j = to; j < n; j++)
      if (load<f64>(exact + ((<usize>j) << 3)) < 0) renew<T>(m, to, j, a, row, norms, exact, buffer)
    from = to
  }
}

/** Column j's norm from row `first` on. */
function renew<T>(m: i32, first: i32, j: i32, a: usize, row: usize, norms: usize, exact: usize, buffer: usize): void {
  gather<T>(m - first, a + <usize>first * row + <usize>j * sizeof<T>(), row, buffer)
  const norm = nrm2<T>(m - first, buffer)
  store<f64>(norms + ((<usize>j) << 3), norm)
  store<f64>(exact + ((<usize>j) << 3), norm)
}

/**
 * Up to `count` reflectors from row and column `from` on, kept as rows of V [., m]; A as they leave it is A - Vᵀ F below the rows that are done.
 * Stops after a column whose norm must be computed afresh; returns how many were made.
 */
function panel<T>(
  m: i32, n: i32, from: i32, count: i32, a: usize, lda: i32, order: usize, taus: usize,
  norms: usize, exact: usize, v: usize, f: usize, buffer: usize,
): i32 {
  const row = <usize>lda * sizeof<T>()
  const rowV = <usize>m * sizeof<T>(), rowF = <usize>n * sizeof<T>()
  for (let k = 0; k < count; k++) {
    const j = from + k
    const at = <usize>j * sizeof<T>()
    const after = at + sizeof<T>()
    const rest = n - j - 1
    const best = largestNorm(j, n, norms)
    if (best != j) {
      const other = <usize>best * sizeof<T>()
      exchange<T>(m, a + at, a + other, row)
      exchange<T>(k, f + at, f + other, rowF)
      exchange<i32>(1, order + ((<usize>j) << 2), order + ((<usize>best) << 2), 4)
      store<f64>(norms + ((<usize>best) << 3), load<f64>(norms + ((<usize>j) << 3)))
      store<f64>(exact + ((<usize>best) << 3), load<f64>(exact + ((<usize>j) << 3)))
    }
    // Column j as the reflectors so far leave it, and its own.
    const vk = v + <usize>k * rowV
    const ajj = a + <usize>j * row + at
    gather<T>(m - j, ajj, row, vk + at)
    gather<T>(k, f + at, rowF, buffer)
    gevm<T>(k, m - j, <T>-1, v + at, m, buffer, vk + at)
    larfg<T>(m - j, vk + at, 0)
    const t = <T>tau
    store<T>(taus + at, t)
    store<T>(ajj, <T>beta)
    for (let i = j + 1; i < m; i++)
      store<T>(a + <usize>i * row + at, load<T>(vk + <usize>i * sizeof<T>()))
    if (rest == 0) continue
    // f = tau (A - Vᵀ F)ᵀ v.
    const fk = f + <usize>k * rowF
    memory.fill(fk + after, 0, <usize>rest * sizeof<T>())
    gevm<T>(m - j, rest, t, ajj + sizeof<T>(), lda, vk + at, fk + after)
    gemv<T>(k, m - j, v + at, m, vk + at, buffer)
    gevm<T>(k, rest, -t, f + after, n, buffer, fk + after)
    // Row j is done with.
    gather<T>(k + 1, v + at, rowV, buffer)
    gevm<T>(k + 1, rest, <T>-1, f + after, n, buffer, ajj + sizeof<T>())
    if (downdate<T>(j, n, ajj - at, norms, exact)) return k + 1
  }
  return count
}

function largestNorm(first: i32, n: i32, norms: usize): i32 {
  let best = first
  for (let j = first + 1; j < n; j++)
    if (load<f64>(norms + ((<usize>j) << 3)) > load<f64>(norms + ((<usize>best) << 3))) best = j
  return best
}

/** Takes row j out of the norms of the columns behind it; true when one is too uncertain to go on with. */
function downdate<T>(j: i32, n: i32, row: usize, norms: usize, exact: usize): bool {
  const tolerance: f64 = sizeof<T>() == 8 ? 1.4901161193847656e-8 : 3.4526698300124393e-4
  let isUncertain = false
  for (let c = j + 1; c < n; c++) {
    const to = norms + ((<usize>c) << 3)
    const norm = load<f64>(to)
    if (norm == 0) continue
    const ratio = Math.abs(<f64>load<T>(row + <usize>c * sizeof<T>())) / norm
    const left = Math.max(0, (1 + ratio) * (1 - ratio))
    const last = load<f64>(exact + ((<usize>c) << 3))
    const lost = norm / last
    if (last < 0 || left * lost * lost <= tolerance) {
      store<f64>(exact + ((<usize>c) << 3), -1)
      isUncertain = true
    } else store<f64>(to, norm * Math.sqrt(left))
  }
  return isUncertain
}
