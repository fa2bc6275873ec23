/**
 * Angles between the leading singular spaces of two matrices: how far a change turned the directions that the layer answers to and writes.
 *
 * Source: Björck & Golub 1973; cosines and sines each where they are accurate (Knyazev & Argentati 2002), joined by atan2.
 */
import type { Kernels } from '../../kernels/index.js'
import type { Lapack } from '../../lapack/index.js'
import {
  type Arena,
  copyRows,
  krylovSpectrum,
  type MatrixView,
  orthonormalize,
  panelsOf,
  scaleFor,
  withArena,
} from '../measure/index.js'
import type { SubspaceAngles } from './types.js'

/** Up to this smaller side the whole SVD costs no more than a Krylov space. */
const wholeUpTo = 128
/** Directions whose singular value is below this share of the largest are noise. */
const noise = 1e-10

/** A matrix and its largest absolute element. */
export interface Sized {
  readonly view: MatrixView
  readonly linf: number
}

/** Rows of `left` [k, m] and `right` [k, n] are orthonormal; `values` has one more than k where there is one. */
interface Leading {
  readonly values: Float64Array
  readonly left: Float64Array
  readonly right: Float64Array
}

/** Angles of the `k` leading directions of `one` and `other`, of one shape and not zero; fewer where a matrix has fewer. */
export async function subspaceAngles(
  lapack: Lapack,
  one: Sized,
  other: Sized,
  k: number,
  seed: number,
): Promise<SubspaceAngles> {
  const { rows, columns } = one.view
  // All directions of the smaller side would be the same space whatever the matrix.
  const wanted = Math.max(1, Math.min(k, Math.min(rows, columns) - 1))
  const [A, B] = [await leading(lapack, one, wanted, seed), await leading(lapack, other, wanted, seed)]
  const used = Math.min(wanted, sound(A.values), sound(B.values))
  const angles = (a: Float64Array, b: Float64Array, length: number): Promise<number[]> =>
    anglesBetween(lapack, a.subarray(0, used * length), b.subarray(0, used * length), used, length)
  return {
    k: used,
    left: await angles(A.left, B.left, rows),
    right: await angles(A.right, B.right, columns),
    gapA: gap(A.values, used),
    gapB: gap(B.values, used),
  }
}

function sound(values: Float64Array): number {
  return values.filter((value) => value > noise * values[0]!).length
}

function gap(values: Float64Array, k: number): number {
  return 1 - (values[k] ?? 0) / values[k - 1]!
}

function leading(lapack: Lapack, matrix: Sized, k: number, seed: number): Promise<Leading> {
  const { rows, columns } = matrix.view
  return withArena(lapack.kernels, (arena) =>
    Math.min(rows, columns) <= wholeUpTo
      ? leadingOfAll(lapack, matrix, k, arena)
      : leadingByKrylov(lapack, matrix, k, seed, arena),
  )
}

function leadingOfAll(lapack: Lapack, { view, linf }: Sized, k: number, arena: Arena): Leading {
  const { kernels } = lapack
  const { rows: m, columns: n } = view
  const small = Math.min(m, n)
  const [copy, s, u, vh] = [m * n, small, m * small, small * n].map((size) => arena.alloc(size * 8)) as [
    number,
    number,
    number,
    number,
  ]
  copyRows(kernels, view, 0, m, copy, scaleFor(linf))
  lapack.gesdd('f64', 'thin', m, n, copy, n, s, u, small, vh, n)
  const U = kernels.f64(u, m * small)
  return {
    values: kernels.f64(s, Math.min(small, k + 1)).slice(),
    left: Float64Array.from({ length: k * m }, (_, at) => U[(at % m) * small + Math.floor(at / m)]!),
    right: kernels.f64(vh, k * n).slice(),
  }
}

async function leadingByKrylov(
  lapack: Lapack,
  { view, linf }: Sized,
  k: number,
  seed: number,
  arena: Arena,
): Promise<Leading> {
  const { kernels } = lapack
  const { rows: m, columns: n } = view
  const panels = panelsOf(kernels, view, scaleFor(linf), arena)
  const options = { seed, wanted: k + 4, block: 16, most: 320, tolerance: 1e-7, vectors: k }
  const { values, vectors } = await krylovSpectrum(lapack, panels, options, arena)
  const [small, large] = [Math.min(m, n), Math.max(m, n)]
  const X = arena.alloc(k * small * 8)
  const Y = arena.alloc(k * large * 8)
  kernels.f64(X, k * small).set(vectors)
  // The other side's vectors are A v, panel by panel.
  await panels.each((rows, first, count) => {
    if (m >= n) lapack.gemm('f64', false, true, k, count, n, 1, X, n, rows, n, 0, Y + first * 8, m)
    else lapack.gemm('f64', false, false, k, n, count, 1, X + first * 8, m, rows, n, first === 0 ? 0 : 1, Y, n)
  })
  const others = kernels.f64(Y, k * large).slice()
  orthonormalize(others, k, large)
  const [left, right] = m >= n ? [others, vectors] : [vectors, others]
  return { values: values.slice(0, k + 1), left, right }
}

/** Principal angles, descending, between the spaces of the rows of P and Q [k, length]. */
function anglesBetween(lapack: Lapack, P: Float64Array, Q: Float64Array, k: number, length: number): Promise<number[]> {
  const { kernels } = lapack
  return withArena(kernels, (arena) => {
    const [p, q, c] = [arena.alloc(k * length * 8), arena.alloc(k * length * 8), arena.alloc(k * k * 8)]
    kernels.f64(p, k * length).set(P)
    kernels.f64(q, k * length).set(Q)
    // C = P Q^T, and what of Q lies outside P's space: Q - C^T P.
    lapack.gemm('f64', false, true, k, k, length, 1, p, length, q, length, 0, c, k)
    lapack.gemm('f64', true, false, k, length, k, -1, c, k, p, length, 1, q, length)
    const sines = valuesOf(lapack, kernels, k, length, q, arena)
    const cosines = valuesOf(lapack, kernels, k, k, c, arena)
    return Array.from(sines, (sine, i) => Math.atan2(sine, cosines[k - 1 - i]!))
  })
}

/** Singular values of a matrix that is lost. */
function valuesOf(lapack: Lapack, kernels: Kernels, m: number, n: number, a: number, arena: Arena): Float64Array {
  const s = arena.alloc(Math.min(m, n) * 8)
  lapack.gesdd('f64', 'none', m, n, a, n, s, 0, 1, 0, 1)
  return kernels.f64(s, Math.min(m, n)).slice()
}
