/**
 * Singular values as roots of the eigenvalues of the Gram matrix of the smaller side, in f64: several times as fast as an SVD, exact to
 * rounding at the top. An error of eps * sigma_1^2 in an eigenvalue is one of eps * sigma_1^2 / (2 sigma) in its root, so that values under
 * 1e-5 sigma_1 need the SVD (`needsSvd`).
 */
import { NumericalError } from '../../../core/index.js'
import { type Kernels, measures } from '../../../kernels/index.js'
import type { Lapack } from '../../../lapack/index.js'
import type { Arena } from '../memory.js'
import { bytesOf } from '../stream.js'
import type { MatrixView, Panels } from './panels.js'
import { epsilon, type Spectrum } from './spectrum.js'

/** Where the Gram matrix stops being accurate enough, relative to sigma_1. */
const trusted = 1e-5
/** Columns are converted in panels of this many bytes. */
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
  const { rows: m, columns, stride, type, pointer } = view
  const gram = arena.alloc(m * m * 8)
  const width = Math.min(columns, Math.max(64, Math.floor(panelBytes / (8 * m))))
  const panel = arena.alloc(m * width * 8)
  for (let first = 0; first < columns; first += width) {
    const count = Math.min(width, columns - first)
    for (let i = 0; i < m; i++)
      measures(kernels).convert(
        type,
        pointer + (i * stride + first) * bytesOf(type),
        count,
        panel + i * count * 8,
        'f64',
      )
    lapack.syrk('f64', 'lower', false, m, count, 1, panel, count, first === 0 ? 0 : 1, gram, m)
  }
  arena.free(panel)
  return rootsOf(lapack, m, columns, gram, arena)
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
