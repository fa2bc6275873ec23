/**
 * Singular values as roots of the eigenvalues of the Gram matrix of the smaller side, in f64: several times as fast as an SVD, exact to
 * rounding at the top. An error of eps * sigma_1^2 in an eigenvalue is one of eps * sigma_1^2 / (2 sigma) in its root, so that values under
 * 1e-5 sigma_1 need the SVD (`needsSvd`).
 */
import { NumericalError } from '../../../core/index.js'
import type { Kernels, Pointer } from '../../../kernels/index.js'
import type { Lapack } from '../../../lapack/index.js'
import type { Arena } from '../memory.js'
import { copyColumns, copyRows, type MatrixView, type Panels } from './panels.js'
import { epsilon, type Spectrum } from './spectrum.js'

/** Where the Gram matrix stops being accurate enough, relative to sigma_1. */
const trusted = 1e-5
/** The matrix is converted in panels of this many bytes. */
const panelBytes = 16 * 1024 * 1024

/** From row panels, for matrices with at least as many rows as columns. Values are those of the panels, scaled. */
export async function gramOfTall(lapack: Lapack, panels: Panels, arena: Arena): Promise<Spectrum> {
  const n = panels.columns
  const gram = arena.alloc(n * n * 8)
  await panels.each((values, first, rows) =>
    lapack.syrk('f64', 'lower', true, n, rows, 1, values, n, first === 0 ? 0 : 1, gram, n),
  )
  return rootsOf(lapack, n, panels.rows, gram, arena)
}

/** From a matrix in memory with more columns than rows; storage of at most 32 bits needs no scaling. */
export function gramOfWide(kernels: Kernels, lapack: Lapack, view: MatrixView, arena: Arena): Spectrum {
  return rootsOf(lapack, view.rows, view.columns, gramMatrix(kernels, lapack, view, arena), arena)
}

/** The lower triangle of A A^T or A^T A, whichever is smaller, in f64: its side is min(rows, columns). The caller frees it. */
export function gramMatrix(kernels: Kernels, lapack: Lapack, view: MatrixView, arena: Arena): Pointer {
  const { rows, columns } = view
  const isWide = rows <= columns
  const [k, other] = isWide ? [rows, columns] : [columns, rows]
  const gram = arena.alloc(k * k * 8)
  const step = Math.min(other, Math.max(64, Math.floor(panelBytes / (8 * k))))
  const panel = arena.alloc(k * step * 8)
  for (let first = 0; first < other; first += step) {
    const count = Math.min(step, other - first)
    if (isWide) copyColumns(kernels, view, first, count, panel)
    else copyRows(kernels, view, first, count, panel, 0)
    lapack.syrk('f64', 'lower', !isWide, k, count, 1, panel, isWide ? count : k, first === 0 ? 0 : 1, gram, k)
  }
  arena.free(panel)
  return gram
}

function rootsOf(lapack: Lapack, k: number, other: number, gram: number, arena: Arena): Spectrum {
  const { kernels } = lapack
  const w = arena.alloc(k * 8)
  const info = lapack.syevd('f64', false, 'lower', k, gram, k, w)
  arena.free(gram)
  if (info !== 0)
    throw new NumericalError('not-converged', `the eigenvalues of a ${k} x ${k} Gram matrix did not converge`)
  const eigenvalues = kernels.f64(w, k)
  const values = new Float64Array(k)
  for (let i = 0; i < k; i++) values[i] = Math.sqrt(Math.max(0, eigenvalues[k - 1 - i]!))
  arena.free(w)
  const top = values[0] ?? 0
  const bottom = Math.max(values[k - 1] ?? 0, top * Math.sqrt(epsilon))
  // Rounding of the product and of the reduction: below 1 eps sigma_1^2 as measured up to 2048, random signs let it grow like the root.
  const inEigenvalue = (4 + Math.sqrt(k + Math.sqrt(other)) / 4) * epsilon * top * top
  return { method: 'gram', values, complete: true, error: top === 0 ? 0 : inEigenvalue / (2 * bottom) }
}

/** Whether the smallest values are below what a Gram matrix can tell. */
export function needsSvd({ values }: Spectrum): boolean {
  const top = values[0] ?? 0
  return top > 0 && values[values.length - 1]! < trusted * top
}
