/**
 * What a low-rank layer is made of: singular values of a matrix, and an orthonormal basis of the strongest directions of its smaller side. The
 * other side's factor is the product of the matrix with that basis, so nothing larger than the smaller side squared is decomposed or kept.
 */
import { NumericalError, UsageError } from '../../../core/index.js'
import type { Lapack, Real } from '../../../lapack/index.js'
import type { Tensor } from '../../../tensor/index.js'
import { describe, empty, kernels, lapack, together } from '../../../tensor/internal.js'
import { Arena, copyRows, gramMatrix, type MatrixView } from '../../measure/index.js'

/** `rows`: W ~ U (U^T W) with U [m, k]; `columns`: W ~ (W V) V^T with V [n, k]. */
export type Side = 'rows' | 'columns'

export interface Basis {
  readonly side: Side
  readonly method: 'gram' | 'svd'
  /** All min(m, n) singular values of what was decomposed, descending. */
  readonly sigma: Float64Array
  /** The norm of W along each vector kept: `sigma`, unless something else than W was decomposed. */
  readonly sizes: Float64Array
  /** Orthonormal columns [size of the side, kept] in f64, strongest first. The owner frees it. */
  readonly vectors: Tensor
}

export interface BasisOptions {
  /** Force LAPACK's gesdd, which also tells singular values under 1e-8 of the largest. */
  readonly exact?: boolean
  /** How many vectors are kept, told the spectrum; all by default. */
  readonly keep?: (sigma: Float64Array) => number
}

/** A matrix tensor of f32 or f64 as the kernels see it. */
export function viewOfMatrix(W: Tensor): MatrixView {
  const [rows, columns] = W.shape
  if (W.rank !== 2 || (W.dtype !== 'f32' && W.dtype !== 'f64') || !W.isContiguous)
    throw new UsageError(`compress: got ${describe(W)}; expected a contiguous matrix of f32 or f64.`)
  return { pointer: W.pointer, type: W.dtype as Real, rows: rows!, columns: columns!, stride: columns! }
}

/**
 * Singular values and the leading vectors of the smaller side.
 *
 * f32: from the Gram matrix of that side in f64 (syrk, syevd): the projection's error is within 2 sqrt(min(m, n) 2^-52) sigma_1 of the best, less
 * than storing factors in f32 costs. f64, and `exact`: LAPACK's gesdd, right to rounding throughout. Throws NumericalError where LAPACK's
 * iteration does not converge, SystemError where memory runs out.
 */
export function basisOf(matrix: Tensor, options: BasisOptions = {}): Basis {
  const W = together(matrix)
  const view = viewOfMatrix(W)
  const arena = new Arena(kernels())
  try {
    const side: Side = view.rows <= view.columns ? 'rows' : 'columns'
    const size = Math.min(view.rows, view.columns)
    const isExact = view.type === 'f64' || options.exact === true
    const { sigma, vectors, stride, step } = isExact ? bySvd(lapack(), view, arena) : byGram(lapack(), view, arena)
    const kept = Math.max(0, Math.min(size, options.keep?.(sigma) ?? size))
    const out = empty('f64', [size, kept])
    const from = kernels().f64(vectors, size * size)
    const to = kernels().f64(out.pointer, size * kept)
    // Vector j has its element i at `i stride + j step`, the weakest first where `step` is negative.
    const start = step < 0 ? -step * (size - 1) : 0
    for (let i = 0; i < size; i++)
      for (let j = 0; j < kept; j++) to[i * kept + j] = from[start + i * stride + j * step]!
    return { side, method: isExact ? 'svd' : 'gram', sigma, sizes: sigma.subarray(0, kept), vectors: out }
  } finally {
    arena.release()
    if (W !== matrix) W.dispose()
  }
}

interface Raw {
  readonly sigma: Float64Array
  readonly vectors: number
  readonly stride: number
  readonly step: number
}

function byGram(lapack: Lapack, view: MatrixView, arena: Arena): Raw {
  const { kernels } = lapack
  const k = Math.min(view.rows, view.columns)
  const gram = gramMatrix(kernels, lapack, view, arena)
  const w = arena.alloc(k * 8)
  demand(lapack.syevd('f64', true, 'lower', k, gram, k, w), view)
  const eigenvalues = kernels.f64(w, k)
  const sigma = Float64Array.from(eigenvalues, (_, i) => Math.sqrt(Math.max(0, eigenvalues[k - 1 - i]!)))
  return { sigma, vectors: gram, stride: k, step: -1 }
}

function bySvd(lapack: Lapack, view: MatrixView, arena: Arena): Raw {
  const { kernels } = lapack
  const { rows: m, columns: n } = view
  const k = Math.min(m, n)
  const copy = arena.alloc(m * n * 8)
  copyRows(kernels, view, 0, m, copy, 0)
  const [s, u, vh] = [arena.alloc(k * 8), arena.alloc(m * k * 8), arena.alloc(k * n * 8)]
  demand(lapack.gesdd('f64', 'thin', m, n, copy, n, s, u, k, vh, n), view)
  const sigma = kernels.f64(s, k).slice()
  return m <= n ? { sigma, vectors: u, stride: k, step: 1 } : { sigma, vectors: vh, stride: 1, step: k }
}

function demand(info: number, { rows, columns }: MatrixView): void {
  if (info !== 0)
    throw new NumericalError('not-converged', `compress: the SVD of a ${rows} x ${columns} matrix did not converge`)
}
