/**
 * Qᵀ A Q = H: a general matrix to upper Hessenberg form, blocked after Quintana-Orti & van de Geijn (2006) and LAPACK's gehrd and lahr2. Columns are
 * copied to rows as they become reflectors, so that everything in a panel is contiguous. Everything is float64.
 */
import { setIdentity } from './copy'
import { gemm, whole } from './gemm'
import { gemv, gevm } from './gemv'
import { beta, larfg, tau } from './larfg'
import { larfb, reflectorBlock } from './larfb'
import { scal } from './vector'

/** Columns a panel. */
const block: i32 = 32

/** Elements of `panel`, for `gehrd` and `formQ`. */
export function gehrdPanel(n: i32): i32 {
  return max(4 * block * n + n + 2 * block * (block + 1), reflectorBlock * n)
}

// @ts-ignore: decorator
@inline
function f(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3)
}

/**
 * Reduces rows and columns low .. high of A [n, n], zeros below the subdiagonal included. Row i of Q, unless that is 0, keeps reflector i from
 * column i + 1 on (a 1 first), `taus` [n] its factor; Q = H(low) H(low + 1) ... .
 */
export function gehrd(
  n: i32, low: i32, high: i32, a: usize, lda: i32, q: usize, ldq: i32, taus: usize, panel: usize, scratch: usize,
): void {
  const row = (<usize>lda) << 3
  const v = panel, y = f(v, block * n), w = f(y, block * n), z = f(w, block * n)
  const x = f(z, block * n)
  const coefficients = f(x, n), others = f(coefficients, block), t = f(others, block)
  for (let from = low; from < high - 1; from += block) {
    const to = min(high - 1, from + block)
    const first = from + 1
    const count = high - from
    for (let i = from; i < to; i++) {
      const done = i - from
      const length = high - i
      const vi = f(v, done * n), yi = f(y, done * n)
      for (let r = first; r <= high; r++) store<f64>(f(x, r), load<f64>(f(a + <usize>r * row, i)))
      // Column i as the panel's reflectors leave it: A - Y V, then (I - Vᵀ T V)ᵀ from the left.
      for (let r = 0; r < done; r++) store<f64>(f(coefficients, r), load<f64>(f(v, r * n + i)))
      gevm<f64>(done, count, -1, f(y, first), n, coefficients, f(x, first))
      gemv<f64>(done, count, f(v, first), n, f(x, first), coefficients)
      for (let r = 0; r < done; r++) {
        let sum: f64 = 0
        for (let k = 0; k <= r; k++) sum += load<f64>(f(t, k * block + r)) * load<f64>(f(coefficients, k))
        store<f64>(f(others, r), sum)
      }
      gevm<f64>(done, count, -1, f(v, first), n, others, f(x, first))
      larfg<f64>(length, f(x, i + 1), 0)
      const factor = tau
      memory.fill(f(vi, first), 0, (<usize>done) << 3)
      memory.copy(f(vi, i + 1), f(x, i + 1), (<usize>length) << 3)
      if (q != 0) memory.copy(f(q, i * ldq + i + 1), f(x, i + 1), (<usize>length) << 3)
      store<f64>(f(taus, i), factor)
      store<f64>(f(x, i + 1), beta)
      memory.fill(f(x, i + 2), 0, (<usize>(length - 1)) << 3)
      for (let r = first; r <= high; r++) store<f64>(f(a + <usize>r * row, i), load<f64>(f(x, r)))
      // y = tau (A v - Y (V v)), and the next column of T.
      gemv<f64>(count, length, f(a + <usize>first * row, i + 1), lda, f(vi, i + 1), f(yi, first))
      gemv<f64>(done, length, f(v, i + 1), n, f(vi, i + 1), coefficients)
      gevm<f64>(done, count, -1, f(y, first), n, coefficients, f(yi, first))
      scal<f64>(count, factor, f(yi, first))
      for (let r = 0; r < done; r++) {
        let sum: f64 = 0
        for (let k = r; k < done; k++) sum += load<f64>(f(t, r * block + k)) * load<f64>(f(coefficients, k))
        store<f64>(f(t, r * block + done), -factor * sum)
        store<f64>(f(t, done * block + r), 0)
      }
      store<f64>(f(t, done * (block + 1)), factor)
    }
    const k = to - from
    const topBlock = f(a, first)
    // Rows above the panel: A (I - Vᵀ T V).
    gemm<f64>(whole, false, true, first, k, count, 1, topBlock, lda, f(v, first), n, 0, w, k, scratch)
    gemm<f64>(whole, false, false, first, k, k, 1, w, k, t, block, 0, z, k, scratch)
    gemm<f64>(whole, false, false, first, count, k, -1, z, k, f(v, first), n, 1, topBlock, lda, scratch)
    // What is to the right of it: A - Yᵀ V, then (I - Vᵀ T V)ᵀ from the left.
    const right = f(a + <usize>first * row, to)
    gemm<f64>(whole, true, false, count, high - to + 1, k, -1, f(y, first), n, f(v, to), n, 1, right, lda, scratch)
    const columns = n - to
    gemm<f64>(whole, false, false, k, columns, count, 1, f(v, first), n, right, lda, 0, w, columns, scratch)
    gemm<f64>(whole, true, false, k, columns, k, 1, t, block, w, columns, 0, z, columns, scratch)
    gemm<f64>(whole, true, false, count, columns, k, -1, f(v, first), n, z, columns, 1, right, lda, scratch)
  }
}

/** Zt [n, n] = Qᵀ, its rows Q's columns, from the reflectors of `gehrd`. */
export function formQ(
  n: i32, low: i32, high: i32, q: usize, ldq: i32, taus: usize, zt: usize, ldz: i32, panel: usize, work: usize, scratch: usize,
): void {
  setIdentity<f64>(n, n, 0, zt, ldz)
  const count = high - 1 - low
  if (count <= 0) return
  for (let done = ((count - 1) / reflectorBlock) * reflectorBlock; done >= 0; done -= reflectorBlock) {
    const k = min(reflectorBlock, count - done)
    const from = low + done
    const width = high - from
    for (let r = 0; r < k; r++) {
      const target = f(panel, r * width)
      memory.fill(target, 0, (<usize>r) << 3)
      memory.copy(f(target, r), f(q, (from + r) * ldq + from + r + 1), (<usize>(width - r)) << 3)
    }
    larfb<f64>(true, width, width, k, panel, width, f(taus, from), f(zt, (from + 1) * (ldz + 1)), ldz, work, scratch)
  }
}
