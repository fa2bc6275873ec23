/**
 * Q T Qᵀ = A: symmetric to tridiagonal, blocked after Dongarra, Sorensen & Hammarling (1989), LAPACK's sytrd. Rows are reduced from the
 * last to the first, so that in row-major order reflectors, like all that is multiplied by them, are contiguous.
 */
import { gemm, lower } from './gemm'
import { gemv, gevm, symv } from './gemv'
import { beta, larfg, tau } from './larfg'
import { axpy, dot } from './vector'

/** Rows a panel. */
export const sytrdBlock: i32 = 32

/** Elements of `panel`. */
export function sytrdPanel(n: i32): i32 {
  return 3 * sytrdBlock * n + 4 * sytrdBlock
}

/**
 * Reduces the lower triangle of A [n, n]. d [n] and e [n - 1] are float64. Row r of A keeps reflector r: elements 0 to r - 1, the last a 1;
 * taus[r] its factor; Q = H(n - 1) ... H(1).
 */
export function sytrd<T>(n: i32, a: usize, lda: i32, d: usize, e: usize, taus: usize, panel: usize, scratch: usize): void {
  const row = <usize>lda * sizeof<T>()
  const width = <usize>n * sizeof<T>()
  // Panel rows: W, then V, then W again, so that [W; V] and [V; W] are both one operand.
  const coefficients = panel + 3 * <usize>sytrdBlock * width
  for (let high = n; high > 0; high -= sytrdBlock) {
    const low = max(0, high - sytrdBlock)
    for (let i = high - 1; i >= low; i--) {
      const ai = a + <usize>i * row
      const done = high - 1 - i
      const w = panel + <usize>(i - low) * width
      const doneV = ai + row
      const doneW = w + width
      // Row i as the reflectors of this panel leave it.
      for (let r = 0; r < done; r++) {
        store<T>(coefficients + <usize>r * sizeof<T>(), load<T>(doneW + <usize>r * width + <usize>i * sizeof<T>()))
        store<T>(
          coefficients + <usize>(sytrdBlock + r) * sizeof<T>(),
          load<T>(doneV + <usize>r * row + <usize>i * sizeof<T>()),
        )
      }
      gevm<T>(done, i + 1, <T>-1, doneV, lda, coefficients, ai)
      gevm<T>(done, i + 1, <T>-1, doneW, n, coefficients + <usize>sytrdBlock * sizeof<T>(), ai)
      store<f64>(d + <usize>i * 8, <f64>load<T>(ai + <usize>i * sizeof<T>()))
      if (i == 0) break
      larfg<T>(i, ai, i - 1)
      store<f64>(e + <usize>(i - 1) * 8, beta)
      const t = <T>tau
      store<T>(taus + <usize>i * sizeof<T>(), t)
      // w = tau (A v), A as the panel leaves it; then w -= (tau / 2)(wᵀ v) v.
      symv<T>(i, a, lda, ai, w)
      gemv<T>(done, i, doneW, n, ai, coefficients)
      gevm<T>(done, i, <T>-1, doneV, lda, coefficients, w)
      gemv<T>(done, i, doneV, lda, ai, coefficients)
      gevm<T>(done, i, <T>-1, doneW, n, coefficients, w)
      for (let j = 0; j < i; j++) {
        const at = w + <usize>j * sizeof<T>()
        store<T>(at, t * load<T>(at))
      }
      axpy<T>(i, <T>-0.5 * t * dot<T>(i, w, ai), ai, w)
    }
    if (low == 0) return
    // A -= Vᵀ W + Wᵀ V on what remains, as one product of twice the depth.
    const rows = high - low
    const v = panel + <usize>rows * width
    for (let r = 0; r < rows; r++) {
      memory.copy(v + <usize>r * width, a + <usize>(low + r) * row, <usize>low * sizeof<T>())
      memory.copy(v + <usize>(rows + r) * width, panel + <usize>r * width, <usize>low * sizeof<T>())
    }
    gemm<T>(lower, true, false, low, low, 2 * rows, <T>-1, panel, n, v, n, <T>1, a, lda, scratch)
  }
}
