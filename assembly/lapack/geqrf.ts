/**
 * A = Q R, blocked in the compact WY form (Schreiber & Van Loan 1989). Reflectors are columns of A; a panel of them is transposed to rows, where
 * everything is contiguous, and back.
 */
import { gemm, whole } from './gemm'
import { gemv } from './gemv'
import { larfb, larft, reflectorBlock } from './larfb'
import { beta, larfg, tau } from './larfg'
import { transpose } from './copy'
import { axpy } from './vector'

/** Columns a panel. */
const block: i32 = 32

/** C [m, n] := (I - Vᵀ T V) C, or with `trans` its transpose times C; `work` as for `larfb`, of n rows. */
export function larfbLeft<T>(
  trans: bool, m: i32, n: i32, k: i32, v: usize, ldv: i32, taus: usize, c: usize, ldc: i32, work: usize, scratch: usize,
): void {
  if (n <= 0 || k <= 0) return
  const square = <usize>(reflectorBlock * reflectorBlock) * sizeof<T>()
  const t = work, gram = work + square
  const first = work + 2 * square
  const second = first + <usize>n * <usize>reflectorBlock * sizeof<T>()
  larft<T>(k, m, v, ldv, taus, t, gram, scratch)
  gemm<T>(whole, false, false, k, n, m, <T>1, v, ldv, c, ldc, <T>0, first, n, scratch)
  gemm<T>(whole, trans, false, k, n, k, <T>1, t, k, first, n, <T>0, second, n, scratch)
  gemm<T>(whole, true, false, m, n, k, <T>-1, v, ldv, second, n, <T>1, c, ldc, scratch)
}

/** Factors A [m, n]: R in the upper triangle, reflector j below the diagonal of column j, its factor in `taus` [min(m, n)]. */
export function geqrf<T>(m: i32, n: i32, a: usize, lda: i32, taus: usize, panel: usize, work: usize, scratch: usize): void {
  const size = min(m, n)
  for (let from = 0; from < size; from += block) {
    const k = min(block, size - from)
    const length = m - from
    const width = <usize>length * sizeof<T>()
    const corner = a + <usize>from * <usize>(lda + 1) * sizeof<T>()
    const factors = taus + <usize>from * sizeof<T>()
    transpose<T>(length, k, corner, lda, 0, panel, length)
    for (let i = 0; i < k; i++) {
      const v = panel + <usize>i * width + <usize>i * sizeof<T>()
      larfg<T>(length - i, v, 0)
      const t = <T>tau
      store<T>(factors + <usize>i * sizeof<T>(), t)
      gemv<T>(k - i - 1, length - i, v + width, length, v, work)
      for (let r = i + 1; r < k; r++)
        axpy<T>(length - i, -t * load<T>(work + <usize>(r - i - 1) * sizeof<T>()), v, v + <usize>(r - i) * width)
      // R's diagonal waits until the panel is written back.
      store<T>(v, <T>beta)
    }
    transpose<T>(k, length, panel, length, 0, corner, lda)
    const open = n - from - k
    if (open == 0) continue
    spellOut<T>(k, panel, length)
    larfbLeft<T>(true, length, open, k, panel, length, factors, corner + <usize>k * sizeof<T>(), lda, work, scratch)
  }
}

/** Zeros and a 1 where rows of transposed reflectors hold R. */
function spellOut<T>(k: i32, panel: usize, length: i32): void {
  for (let i = 0; i < k; i++) {
    const row = panel + <usize>i * <usize>length * sizeof<T>()
    memory.fill(row, 0, <usize>i * sizeof<T>())
    store<T>(row + <usize>i * sizeof<T>(), <T>1)
  }
}

/** Reflectors [from, from + k) of A's columns, as rows of m - from elements. */
function takeReflectors<T>(m: i32, from: i32, k: i32, a: usize, lda: i32, panel: usize): void {
  transpose<T>(m - from, k, a + <usize>from * <usize>(lda + 1) * sizeof<T>(), lda, 0, panel, m - from)
  spellOut<T>(k, panel, m - from)
}

/** The first n columns of Q, m >= n >= k, over the reflectors: blocks from the last to the first, each on what is there of the identity. */
export function orgqr<T>(
  m: i32, n: i32, k: i32, a: usize, lda: i32, taus: usize, panel: usize, work: usize, scratch: usize,
): void {
  const row = <usize>lda * sizeof<T>()
  setColumns<T>(m, k, n, a, row)
  for (let from = k > 0 ? ((k - 1) / reflectorBlock) * reflectorBlock : -1; from >= 0; from -= reflectorBlock) {
    const size = min(reflectorBlock, k - from)
    takeReflectors<T>(m, from, size, a, lda, panel)
    setColumns<T>(m, from, from + size, a, row)
    larfbLeft<T>(
      false, m - from, n - from, size, panel, m - from, taus + <usize>from * sizeof<T>(),
      a + <usize>from * (row + sizeof<T>()), lda, work, scratch,
    )
  }
}

/** Columns [first, last) of A as the identity's. */
function setColumns<T>(m: i32, first: i32, last: i32, a: usize, row: usize): void {
  if (last <= first) return
  for (let i = 0; i < m; i++) {
    const at = a + <usize>i * row
    memory.fill(at + <usize>first * sizeof<T>(), 0, <usize>(last - first) * sizeof<T>())
    if (i >= first && i < last) store<T>(at + <usize>i * sizeof<T>(), <T>1)
  }
}

/** C [m, n] := op(Q) C, or C op(Q) for Q on the right, Q = H(0) ... H(k - 1) from A's columns. */
export function ormqr<T>(
  left: bool, trans: bool, m: i32, n: i32, k: i32, a: usize, lda: i32, taus: usize, c: usize, ldc: i32,
  panel: usize, work: usize, scratch: usize,
): void {
  if (m <= 0 || n <= 0) return
  const order = left ? m : n
  const blocks = (k + reflectorBlock - 1) / reflectorBlock
  // Qᵀ C and C Q begin with H(0).
  const isForward = left == trans
  for (let step = 0; step < blocks; step++) {
    const from = (isForward ? step : blocks - 1 - step) * reflectorBlock
    const size = min(reflectorBlock, k - from)
    const length = order - from
    const factors = taus + <usize>from * sizeof<T>()
    takeReflectors<T>(order, from, size, a, lda, panel)
    if (left)
      larfbLeft<T>(
        trans, length, n, size, panel, length, factors, c + <usize>from * <usize>ldc * sizeof<T>(), ldc, work, scratch,
      )
    else larfb<T>(trans, m, length, size, panel, length, factors, c + <usize>from * sizeof<T>(), ldc, work, scratch)
  }
}
