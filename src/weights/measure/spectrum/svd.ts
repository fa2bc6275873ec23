/** Singular values by LAPACK's gesdd in f64: for f64 storage, and where the Gram matrix cannot tell small values. */
import { NumericalError } from '../../../core/index.js'
import type { Lapack } from '../../../lapack/index.js'
import type { Arena } from '../memory.js'
import { copyRows, type MatrixView } from './panels.js'
import { epsilon, type Spectrum } from './spectrum.js'

/** Values are scaled by 2^-scale. */
export function svdSpectrum(lapack: Lapack, view: MatrixView, scale: number, arena: Arena): Spectrum {
  const { kernels } = lapack
  const { rows: m, columns: n } = view
  const k = Math.min(m, n)
  const copy = arena.alloc(m * n * 8)
  const s = arena.alloc(k * 8)
  copyRows(kernels, view, 0, m, copy, scale)
  const info = lapack.gesdd('f64', 'none', m, n, copy, n, s, 0, 1, 0, 1)
  arena.free(copy)
  if (info !== 0)
    throw new NumericalError('not-converged', `the singular values of a ${m} x ${n} matrix did not converge`)
  const values = kernels.f64(s, k).slice()
  arena.free(s)
  return { method: 'svd', values, complete: true, error: 2 * Math.sqrt(Math.max(m, n)) * epsilon * (values[0] ?? 0) }
}
