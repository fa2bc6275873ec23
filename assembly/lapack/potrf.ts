/** Cholesky, A = L Lᵀ or Uᵀ U, halved recursively (Gustavson 1997): a factor, a triangular system, a symmetric product, a factor. */
import { gemm, lower, spare, upper } from './gemm'
import { triangleOrder } from './strips'
import { halfOf, trsm } from './trsm'

/** A's triangle is replaced by its factor. Returns 0, or the order of the first minor that is not positive (NaN is not). */
export function potrf<T>(isLower: bool, n: i32, a: usize, lda: i32, scratch: usize): i32 {
  if (n <= 0) return 0
  if (n <= triangleOrder) return small<T>(isLower, n, a, lda, scratch + spare)
  const half = halfOf(n), rest = n - half
  const corner = a + <usize>half * <usize>(lda + 1) * sizeof<T>()
  const beside = a + <usize>half * (isLower ? <usize>lda : 1) * sizeof<T>()
  const first = potrf<T>(isLower, half, a, lda, scratch)
  if (first != 0) return first
  if (isLower) {
    trsm<T>(false, true, true, false, rest, half, <T>1, a, lda, beside, lda, scratch)
    gemm<T>(lower, false, true, rest, rest, half, <T>-1, beside, lda, beside, lda, <T>1, corner, lda, scratch)
  } else {
    trsm<T>(true, false, true, false, half, rest, <T>1, a, lda, beside, lda, scratch)
    gemm<T>(upper, true, false, rest, rest, half, <T>-1, beside, lda, beside, lda, <T>1, corner, lda, scratch)
  }
  const second = potrf<T>(isLower, rest, corner, lda, scratch)
  return second != 0 ? half + second : 0
}

/** On a dense upper triangle, row by row; `work` holds one. A lower one is transposed on its way in and out. */
function small<T>(isLower: bool, n: i32, a: usize, lda: i32, work: usize): i32 {
  const row = <usize>triangleOrder * sizeof<T>()
  const stepI = isLower ? sizeof<T>() : <usize>lda * sizeof<T>()
  const stepJ = isLower ? <usize>lda * sizeof<T>() : sizeof<T>()
  for (let i: usize = 0; i < <usize>n; i++)
    for (let j = i; j < <usize>n; j++) store<T>(work + i * row + j * sizeof<T>(), load<T>(a + i * stepI + j * stepJ))
  const lanes = <i32>(16 / sizeof<T>())
  let failed = 0
  for (let k = 0; k < n; k++) {
    const pivotRow = work + <usize>k * row
    const at = pivotRow + <usize>k * sizeof<T>()
    const square = load<T>(at)
    if (!(square > <T>0)) {
      failed = k + 1
      break
    }
    const root = sqrt<T>(square)
    store<T>(at, root)
    for (let j = k + 1; j < n; j++) {
      const to = pivotRow + <usize>j * sizeof<T>()
      store<T>(to, load<T>(to) / root)
    }
    for (let i = k + 1; i < n; i++) {
      const factor = v128.splat<T>(load<T>(pivotRow + <usize>i * sizeof<T>()))
      // From the vector that holds the diagonal; what it changes on the left is never read.
      for (let j = i & ~(lanes - 1); j < n; j += lanes) {
        const offset = <usize>j * sizeof<T>()
        const to = work + <usize>i * row + offset
        v128.store(to, v128.sub<T>(v128.load(to), v128.mul<T>(factor, v128.load(pivotRow + offset))))
      }
    }
  }
  const done = failed != 0 ? failed - 1 : n
  for (let i: usize = 0; i < <usize>done; i++)
    for (let j = i; j < <usize>n; j++) store<T>(a + i * stepI + j * stepJ, load<T>(work + i * row + j * sizeof<T>()))
  return failed
}
