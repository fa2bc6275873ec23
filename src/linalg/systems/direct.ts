/** Direct solution of systems that are small, or narrow around the diagonal: dense LU or Cholesky factors, and band elimination. */
import type { Lapack } from '../../lapack/index.js'
import { type Csr, scatterDense } from '../sparse/csr.js'
import { norm } from '../sparse/norms.js'

export interface Factor {
  readonly kind: 'cholesky' | 'lu'
  /** Estimate of the condition number in the one-norm; Infinity where a pivot is zero. */
  readonly condition: number
  /** 1-based pivot that is zero, or 0. */
  readonly zeroPivot: number
  /** Overwrites b by A^-1 b. */
  solve(b: Float64Array): void
  dispose(): void
}

/** Cholesky where `isSymmetric` and it exists, else LU. The factor holds n^2 numbers of the kernels' memory. */
export function factorize(lapack: Lapack, matrix: Csr, isSymmetric: boolean): Factor {
  const { kernels } = lapack
  const n = matrix.rows
  const a = kernels.alloc(n * n * 8)
  const pivots = kernels.alloc(n * 4)
  const rhs = kernels.alloc(n * 8)
  const fill = (): void => {
    const dense = kernels.f64(a, n * n)
    dense.fill(0)
    scatterDense(matrix, dense)
  }
  const size = norm(matrix, 'one')
  const dispose = (): void => {
    for (const pointer of [a, pivots, rhs]) kernels.free(pointer)
  }
  const within = (work: () => void) => (b: Float64Array) => {
    kernels.f64(rhs, n).set(b)
    work()
    b.set(kernels.f64(rhs, n))
  }
  fill()
  if (isSymmetric && lapack.potrf('f64', 'lower', n, a, n) === 0) {
    const condition = 1 / lapack.pocon('f64', 'lower', n, a, n, size)
    const solve = within(() => {
      lapack.trsm('f64', 'left', 'lower', false, false, n, 1, 1, a, n, rhs, 1)
      lapack.trsm('f64', 'left', 'lower', true, false, n, 1, 1, a, n, rhs, 1)
    })
    return { kind: 'cholesky', condition, zeroPivot: 0, solve, dispose }
  }
  if (isSymmetric) fill()
  const zeroPivot = lapack.getrf('f64', n, n, a, n, pivots)
  const condition = zeroPivot > 0 ? Number.POSITIVE_INFINITY : 1 / lapack.gecon('f64', 'one', n, a, n, pivots, size)
  const solve = within(() => lapack.getrs('f64', false, n, 1, a, n, pivots, rhs, 1))
  return { kind: 'lu', condition, zeroPivot, solve, dispose }
}

/** Overwrites b by A^-1 b by elimination within the band, with row exchanges; returns the 1-based pivot that is zero, or 0. */
export function solveBand(lapack: Lapack, matrix: Csr, lower: number, upper: number, b: Float64Array): number {
  const { kernels } = lapack
  const { rows: n, indptr, indices, values } = matrix
  const width = lower + upper + 1
  const band = kernels.alloc(n * width * 8)
  const rhs = kernels.alloc(n * 8)
  try {
    const rows = kernels.f64(band, n * width)
    rows.fill(0)
    for (let i = 0; i < n; i++) {
      for (let k = indptr[i]!; k < indptr[i + 1]!; k++) {
        const place = indices[k]! - i + lower
        // Explicit zeros may lie outside.
        if (place >= 0 && place < width) rows[i * width + place] = values[k]!
      }
    }
    kernels.f64(rhs, n).set(b)
    const info = lapack.gbsv('f64', n, lower, upper, 1, band, rhs, 1)
    b.set(kernels.f64(rhs, n))
    return info
  } finally {
    kernels.free(band)
    kernels.free(rhs)
  }
}
