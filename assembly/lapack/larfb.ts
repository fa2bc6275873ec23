/**
 * Products of reflectors applied in blocks, C := C (H(0) H(1) ... )ᵀ or C := C H(0) H(1) ..., in the compact form I - Vᵀ T V of Schreiber &
 * Van Loan (1989; LAPACK's larft and larfb). V holds one reflector a row, in the order of the product, zeros spelled out.
 */
import { gemm, whole } from './gemm'

/** Reflectors a block. */
export const reflectorBlock: i32 = 64

/** T [k, k], upper triangular, from V [k, n] and the factors `taus` [k]. `gram` holds k * k elements; strides of T and gram are k. */
export function larft<T>(k: i32, n: i32, v: usize, ldv: i32, taus: usize, t: usize, gram: usize, scratch: usize): void {
  gemm<T>(whole, false, true, k, k, n, <T>1, v, ldv, v, ldv, <T>0, gram, k, scratch)
  memory.fill(t, 0, <usize>k * <usize>k * sizeof<T>())
  for (let i = 0; i < k; i++) {
    const tau = load<T>(taus + <usize>i * sizeof<T>())
    store<T>(t + <usize>(i * k + i) * sizeof<T>(), tau)
    for (let r = 0; r < i; r++) {
      let sum: T = <T>0
      for (let q = r; q < i; q++)
        sum += load<T>(t + <usize>(r * k + q) * sizeof<T>()) * load<T>(gram + <usize>(q * k + i) * sizeof<T>())
      store<T>(t + <usize>(r * k + i) * sizeof<T>(), -tau * sum)
    }
  }
}

/** Elements of `work` for `larfb` on C with up to `rows` rows. */
export function larfbWork(rows: i32): i32 {
  return 2 * reflectorBlock * (reflectorBlock + rows)
}

/** C [rows, n] := C (I - Vᵀ T V), or with `trans` C (I - Vᵀ T V)ᵀ. */
export function larfb<T>(
  trans: bool, rows: i32, n: i32, k: i32, v: usize, ldv: i32, taus: usize, c: usize, ldc: i32, work: usize, scratch: usize,
): void {
  if (rows == 0 || k == 0) return
  const square = <usize>(reflectorBlock * reflectorBlock) * sizeof<T>()
  const t = work, gram = work + square
  const first = work + 2 * square
  const second = first + <usize>rows * <usize>reflectorBlock * sizeof<T>()
  larft<T>(k, n, v, ldv, taus, t, gram, scratch)
  gemm<T>(whole, false, true, rows, k, n, <T>1, c, ldc, v, ldv, <T>0, first, k, scratch)
  gemm<T>(whole, false, trans, rows, k, k, <T>1, first, k, t, k, <T>0, second, k, scratch)
  gemm<T>(whole, false, false, rows, n, k, <T>-1, second, k, v, ldv, <T>1, c, ldc, scratch)
}

/**
 * C [rows, n] := C (H(0) ... H(count - 1))ᵀ, where reflector r lies in row r of V from column r + shift on, a 1 first. `panel` holds
 * `reflectorBlock` rows of n elements.
 */
export function ormForward<T>(
  rows: i32, n: i32, count: i32, shift: i32, v: usize, ldv: i32, taus: usize,
  c: usize, ldc: i32, panel: usize, work: usize, scratch: usize,
): void {
  if (count <= 0) return
  for (let from = ((count - 1) / reflectorBlock) * reflectorBlock; from >= 0; from -= reflectorBlock) {
    const k = min(reflectorBlock, count - from)
    const skip = from + shift
    const width = n - skip
    for (let r = 0; r < k; r++) {
      const row = panel + <usize>r * <usize>width * sizeof<T>()
      memory.fill(row, 0, <usize>r * sizeof<T>())
      memory.copy(
        row + <usize>r * sizeof<T>(),
        v + (<usize>(from + r) * <usize>ldv + <usize>(skip + r)) * sizeof<T>(),
        <usize>(width - r) * sizeof<T>(),
      )
    }
    const at = <usize>from * sizeof<T>()
    larfb<T>(true, rows, width, k, panel, width, taus + at, c + <usize>skip * sizeof<T>(), ldc, work, scratch)
  }
}

/**
 * C [rows, n] := C (H(n - 1) ... H(1))ᵀ for the reflectors of `sytrd`: row r of V from column 0 to r - 1, the last a 1. `panel` holds
 * `reflectorBlock` rows of n + 1 elements.
 */
export function ormBackward<T>(
  rows: i32, n: i32, v: usize, ldv: i32, taus: usize, c: usize, ldc: i32, panel: usize, work: usize, scratch: usize,
): void {
  const factors = panel + <usize>reflectorBlock * <usize>n * sizeof<T>()
  for (let from = 1; from < n; from += reflectorBlock) {
    const k = min(reflectorBlock, n - from)
    const width = from + k - 1
    for (let j = 0; j < k; j++) {
      const r = from + k - 1 - j
      const row = panel + <usize>j * <usize>width * sizeof<T>()
      memory.copy(row, v + <usize>r * <usize>ldv * sizeof<T>(), <usize>r * sizeof<T>())
      memory.fill(row + <usize>r * sizeof<T>(), 0, <usize>(width - r) * sizeof<T>())
      store<T>(factors + <usize>j * sizeof<T>(), load<T>(taus + <usize>r * sizeof<T>()))
    }
    larfb<T>(true, rows, width, k, panel, width, factors, c, ldc, work, scratch)
  }
}
