/** A = L Q for a wide matrix, blocked (LAPACK's gelqf): rows, hence reflectors, are contiguous. */
import { gemv } from './gemv'
import { beta, larfg, tau } from './larfg'
import { larfb } from './larfb'
import { axpy } from './vector'

const block: i32 = 32

/**
 * Factors A [m, n], m <= n. Row r keeps reflector r from column r on (a 1 first) and, left of it, L; the diagonal of L goes to
 * `diagonal` [m], the factors to `taus` [m]; Q is the first m rows of (H(0) ... H(m - 1))ᵀ. `panel` holds `reflectorBlock` rows of n elements.
 */
export function gelqf<T>(
  m: i32, n: i32, a: usize, lda: i32, diagonal: usize, taus: usize, panel: usize, work: usize, scratch: usize,
): void {
  const row = <usize>lda * sizeof<T>()
  for (let from = 0; from < m; from += block) {
    const to = min(m, from + block)
    for (let i = from; i < to; i++) {
      const at = <usize>i * sizeof<T>()
      const v = a + <usize>i * row + at
      larfg<T>(n - i, v, 0)
      const t = <T>tau
      store<T>(diagonal + at, <T>beta)
      store<T>(taus + at, t)
      const rest = to - i - 1
      gemv<T>(rest, n - i, v + row, lda, v, work)
      for (let r = 0; r < rest; r++)
        axpy<T>(n - i, -t * load<T>(work + <usize>r * sizeof<T>()), v, v + <usize>(r + 1) * row)
    }
    if (to == m) break
    const k = to - from
    const width = n - from
    for (let r = 0; r < k; r++) {
      const target = panel + <usize>r * <usize>width * sizeof<T>()
      memory.fill(target, 0, <usize>r * sizeof<T>())
      const source = a + <usize>(from + r) * row + <usize>(from + r) * sizeof<T>()
      memory.copy(target + <usize>r * sizeof<T>(), source, <usize>(width - r) * sizeof<T>())
    }
    const c = a + <usize>to * row + <usize>from * sizeof<T>()
    larfb<T>(false, m - to, width, k, panel, width, taus + <usize>from * sizeof<T>(), c, lda, work, scratch)
  }
}

/** L [m, m] of a factored A, its upper triangle zero, to `l`. */
export function copyL<T>(m: i32, a: usize, lda: i32, diagonal: usize, l: usize, ldl: i32): void {
  for (let i = 0; i < m; i++) {
    const to = l + <usize>i * <usize>ldl * sizeof<T>()
    memory.copy(to, a + <usize>i * <usize>lda * sizeof<T>(), <usize>i * sizeof<T>())
    store<T>(to + <usize>i * sizeof<T>(), load<T>(diagonal + <usize>i * sizeof<T>()))
    memory.fill(to + <usize>(i + 1) * sizeof<T>(), 0, <usize>(m - i - 1) * sizeof<T>())
  }
}
