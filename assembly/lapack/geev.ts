/**
 * Eigenvalues and right eigenvectors of a general real matrix (LAPACK's geev): balanced (gebal), scaled, to Hessenberg form (gehrd), to Schur
 * form (hseqr), whose eigenvectors (trevc) come back in one product. Everything is float64, whatever the caller's type.
 */
import { gebak, gebal, high, low } from './gebal'
import { formQ, gehrd } from './gehrd'
import { gemm, whole } from './gemm'
import { hseqr } from './hseqr'
import { length } from './lanv2'
import { trevc } from './trevc'
import { absMax, nrm2, scal } from './vector'

/** Rows of vectors that one product brings back. */
const block: i32 = 64

// @ts-ignore: decorator
@inline
function f(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3)
}

/**
 * Eigenvalues to wr and wi [n]. When `zt` [n, n] is not 0, rows of A [n, n] become the eigenvectors, of norm 1, a pair's real and imaginary part
 * in two rows with the largest component real; else A is destroyed. With `single` values are rounded to f32. `x` [n, n] is memory for vectors, `vectors` [2 n] for any call. Returns
 * how many values did not converge (NaN), and then gives no vectors.
 */
export function geev(
  single: bool, n: i32, a: usize, wr: usize, wi: usize, zt: usize, x: usize, vectors: usize, panel: usize, work: usize, space: usize,
  scratch: usize,
): i32 {
  const scales = vectors, taus = f(vectors, n)
  gebal(n, a, n, scales)
  const size = absMax<f64>(n * n, a)
  const unit = size == 0 ? 1 : Math.max(reinterpret<f64>(reinterpret<u64>(size) & 0x7ff0000000000000), 2.2250738585072014e-308)
  if (unit != 1) scal<f64>(n * n, 1 / unit, a)
  gehrd(n, low, high, a, n, x, n, taus, panel, scratch)
  const isWanted = zt != 0
  if (isWanted) formQ(n, low, high, x, n, taus, zt, n, panel, work, scratch)
  for (let i = 0; i < n; i++) {
    store<f64>(f(wr, i), load<f64>(f(a, i * (n + 1))))
    store<f64>(f(wi, i), 0)
  }
  const info = hseqr(isWanted, n, low, high, a, n, wr, wi, zt, n, n, space, scratch)
  if (isWanted && info == 0) {
    trevc(n, a, n, wr, wi, x, n)
    for (let from = 0; from < n; from += block) {
      const rows = min(block, n - from)
      gemm<f64>(whole, false, false, rows, n, from + rows, 1, f(x, from * n), n, zt, n, 0, f(a, from * n), n, scratch)
    }
    bringNearOne(n, a, wi)
    gebak(n, n, a, n, scales)
    normalize(n, a, wi)
  }
  for (let i = 0; i < info; i++) {
    store<f64>(f(wr, low + i), NaN)
    store<f64>(f(wi, low + i), NaN)
  }
  for (let i = 0; i < n; i++) {
    const re = load<f64>(f(wr, i)) * unit, im = load<f64>(f(wi, i)) * unit
    store<f64>(f(wr, i), single ? <f64><f32>re : re)
    // A pair whose imaginary part underflows is twice the same real value, and has its vector twice.
    const stored = single ? <f64><f32>im : im
    if (stored == 0 && load<f64>(f(wi, i)) > 0 && isWanted) {
      const x = f(a, i * n)
      scal<f64>(n, 1 / nrm2<f64>(n, x), x)
      memory.copy(f(x, n), x, (<usize>n) << 3)
    }
    store<f64>(f(wi, i), stored == 0 ? 0 : stored)
  }
  return info
}

/** Largest elements of vectors become 1, so that balancing can be taken back. */
function bringNearOne(n: i32, v: usize, wi: usize): void {
  for (let k = 0; k < n; k++) {
    const x = f(v, k * n)
    if (load<f64>(f(wi, k)) == 0) {
      scal<f64>(n, 1 / absMax<f64>(n, x), x)
      continue
    }
    const y = f(x, n)
    const factor = 1 / Math.max(absMax<f64>(n, x), absMax<f64>(n, y))
    scal<f64>(2 * n, factor, x)
    k++
  }
}

/** Norms become 1; a pair is turned so that its largest component is real. */
function normalize(n: i32, v: usize, wi: usize): void {
  for (let k = 0; k < n; k++) {
    const x = f(v, k * n)
    if (load<f64>(f(wi, k)) == 0) {
      scal<f64>(n, 1 / nrm2<f64>(n, x), x)
      continue
    }
    const y = f(x, n)
    scal<f64>(2 * n, 1 / length(nrm2<f64>(n, x), nrm2<f64>(n, y)), x)
    let most: f64 = -1, place = 0
    for (let i = 0; i < n; i++) {
      const p = load<f64>(f(x, i)), q = load<f64>(f(y, i))
      const square = p * p + q * q
      if (square > most) {
        most = square
        place = i
      }
    }
    const p = load<f64>(f(x, place)), q = load<f64>(f(y, place))
    const size = Math.sqrt(most)
    const c = p / size, s = q / size
    for (let i = 0; i < n; i++) {
      const xi = load<f64>(f(x, i)), yi = load<f64>(f(y, i))
      store<f64>(f(x, i), c * xi + s * yi)
      store<f64>(f(y, i), c * yi - s * xi)
    }
    store<f64>(f(y, place), 0)
    k++
  }
}
