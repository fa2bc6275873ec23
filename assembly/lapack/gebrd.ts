/**
 * Q B Pᵀ = A: a square matrix to upper bidiagonal, blocked after Dongarra, Sorensen & Hammarling (1989), LAPACK's gebrd. Columns are
 * copied to rows as they become reflectors, so that everything in a panel is contiguous.
 */
import { gemm, whole } from './gemm'
import { gemv, gevm } from './gemv'
import { beta, larfg, tau } from './larfg'

/** Columns a panel. */
export const gebrdBlock: i32 = 32

/** Elements of `panel`. */
export function gebrdPanel(n: i32): i32 {
  return 4 * gebrdBlock * n + n + 2 * gebrdBlock
}

// @ts-ignore: decorator
@inline
function column<T>(count: i32, from: usize, step: usize, to: usize): void {
  for (let i = 0; i < count; i++) {
    store<T>(to, load<T>(from))
    from += step
    to += sizeof<T>()
  }
}

/**
 * d [n] and e [n - 1] are float64. Row i of A keeps right reflector i from column i + 1 on (a 1 first), row i of Q, unless Q is 0, left
 * reflector i from column i on; their factors go to tauP and tauQ. Q = H(0) H(1) ... and P = G(0) G(1) ... .
 */
export function gebrd<T>(
  n: i32, a: usize, lda: i32, d: usize, e: usize, q: usize, ldq: i32, tauQ: usize, tauP: usize, panel: usize, scratch: usize,
): void {
  const row = <usize>lda * sizeof<T>()
  const width = <usize>n * sizeof<T>()
  for (let from = 0; from < n; from += gebrdBlock) {
    const to = min(n, from + gebrdBlock)
    const rows = <usize>(to - from)
    // A as the panel leaves it is A - [V; X]ᵀ [Y; U]: each a row of n elements, U copied from the rows of A.
    const v = panel, x = v + rows * width, y = x + rows * width, u = y + rows * width
    const coefficients = panel + 4 * <usize>gebrdBlock * width
    const firstRow = a + <usize>from * row
    for (let i = from; i < to; i++) {
      const done = i - from
      const at = <usize>i * sizeof<T>()
      const after = at + sizeof<T>()
      const ai = a + <usize>i * row
      const vi = v + <usize>done * width
      const yi = y + <usize>done * width
      const xi = x + <usize>done * width
      const rest = n - i - 1
      column<T>(n - i, ai + at, row, vi + at)
      column<T>(done, y + at, width, coefficients)
      gevm<T>(done, n - i, <T>-1, v + at, n, coefficients, vi + at)
      column<T>(done, firstRow + at, row, coefficients)
      gevm<T>(done, n - i, <T>-1, x + at, n, coefficients, vi + at)
      larfg<T>(n - i, vi + at, 0)
      store<f64>(d + <usize>i * 8, beta)
      const left = <T>tau
      store<T>(tauQ + at, left)
      if (q != 0) memory.copy(q + <usize>i * <usize>ldq * sizeof<T>() + at, vi + at, <usize>(n - i) * sizeof<T>())
      if (rest == 0) {
        store<T>(tauP + at, <T>0)
        break
      }
      // y = tauQ Aᵀ v.
      memory.fill(yi + after, 0, <usize>rest * sizeof<T>())
      gevm<T>(n - i, rest, <T>1, ai + after, lda, vi + at, yi + after)
      gemv<T>(done, n - i, v + at, n, vi + at, coefficients)
      gevm<T>(done, rest, <T>-1, y + after, n, coefficients, yi + after)
      gemv<T>(done, n - i, x + at, n, vi + at, coefficients)
      gevm<T>(done, rest, <T>-1, firstRow + after, lda, coefficients, yi + after)
      scale<T>(rest, left, yi + after)
      // Row i, and its reflector.
      column<T>(done + 1, v + at, width, coefficients)
      gevm<T>(done + 1, rest, <T>-1, y + after, n, coefficients, ai + after)
      column<T>(done, x + at, width, coefficients)
      gevm<T>(done, rest, <T>-1, firstRow + after, lda, coefficients, ai + after)
      larfg<T>(rest, ai + after, 0)
      store<f64>(e + <usize>i * 8, beta)
      const right = <T>tau
      store<T>(tauP + at, right)
      // x = tauP A u.
      gemv<T>(rest, rest, ai + row + after, lda, ai + after, xi + after)
      gemv<T>(done + 1, rest, y + after, n, ai + after, coefficients)
      gevm<T>(done + 1, rest, <T>-1, v + after, n, coefficients, xi + after)
      gemv<T>(done, rest, firstRow + after, lda, ai + after, coefficients)
      gevm<T>(done, rest, <T>-1, x + after, n, coefficients, xi + after)
      scale<T>(rest, right, xi + after)
    }
    const left = n - to
    if (left == 0) return
    const at = <usize>to * sizeof<T>()
    for (let r: usize = 0; r < rows; r++)
      memory.copy(u + r * width + at, firstRow + r * row + at, <usize>left * sizeof<T>())
    const depth = 2 * <i32>rows
    gemm<T>(whole, true, false, left, left, depth, <T>-1, v + at, n, y + at, n, <T>1, a + <usize>to * row + at, lda, scratch)
  }
}

function scale<T>(n: i32, factor: T, x: usize): void {
  for (let i = 0; i < n; i++) {
    store<T>(x, factor * load<T>(x))
    x += sizeof<T>()
  }
}
