/** What LU is for: systems (LAPACK's getrs) and the inverse (getri). */
import { gemm, whole } from './gemm'
import { laswp } from './getrf'
import { trtri } from './potri'
import { trsm } from './trsm'

/** B [n, count] := op(A)^-1 B from getrf's factors. */
export function getrs<T>(
  trans: bool, n: i32, count: i32, a: usize, lda: i32, pivots: usize, b: usize, ldb: i32, scratch: usize,
): void {
  if (n <= 0 || count <= 0) return
  if (trans) {
    trsm<T>(true, false, true, false, n, count, <T>1, a, lda, b, ldb, scratch)
    trsm<T>(true, true, true, true, n, count, <T>1, a, lda, b, ldb, scratch)
    laswp<T>(count, b, ldb, pivots, 0, n, true)
  } else {
    laswp<T>(count, b, ldb, pivots, 0, n, false)
    trsm<T>(true, true, false, true, n, count, <T>1, a, lda, b, ldb, scratch)
    trsm<T>(true, false, false, false, n, count, <T>1, a, lda, b, ldb, scratch)
  }
}

/** Columns of L that leave their place at once. */
const block: i32 = 64

/** Elements of `work`. */
export function getriWork(n: i32): i32 {
  return n * block
}

/** A := A^-1 from getrf's factors without a zero pivot: U^-1, then X L = U^-1 from the last columns to the first, then the exchanges. */
export function getri<T>(n: i32, a: usize, lda: i32, pivots: usize, work: usize, scratch: usize): void {
  if (n <= 0) return
  trtri<T>(false, n, a, lda, scratch)
  for (let from = ((n - 1) / block) * block; from >= 0; from -= block) {
    const size = min(block, n - from)
    const to = from + size
    const columns = a + <usize>from * sizeof<T>()
    // L's columns go to `work` and leave zeros.
    for (let i = from; i < n; i++) {
      const row = columns + <usize>i * <usize>lda * sizeof<T>()
      const bytes = <usize>min(i - from, size) * sizeof<T>()
      memory.copy(work + <usize>(i - from) * <usize>block * sizeof<T>(), row, bytes)
      memory.fill(row, 0, bytes)
    }
    if (to < n)
      gemm<T>(
        whole, false, false, n, size, n - to, <T>-1, a + <usize>to * sizeof<T>(), lda,
        work + <usize>(size * block) * sizeof<T>(), block, <T>1, columns, lda, scratch,
      )
    trsm<T>(false, true, false, true, n, size, <T>1, work, block, columns, lda, scratch)
  }
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = a + i * <usize>lda * sizeof<T>()
    for (let j = n - 1; j >= 0; j--) {
      const one = row + <usize>j * sizeof<T>()
      const other = row + <usize>load<i32>(pivots + ((<usize>j) << 2)) * sizeof<T>()
      const value = load<T>(one)
      store<T>(one, load<T>(other))
      store<T>(other, value)
    }
  }
}
