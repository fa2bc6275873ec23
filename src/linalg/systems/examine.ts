/** Looks at a matrix before a system with it is solved: its form, and as far as it is cheap its definiteness and condition. */
import type { Lapack } from '../../lapack/index.js'
import { sparseOperator } from '../krylov/operators.js'
import type { Csr } from '../sparse/csr.js'
import { norm } from '../sparse/norms.js'
import { bandwidth, diagonal, dominance, isSymmetric } from '../sparse/structure.js'
import { type Factor, factorize } from './direct.js'
import { spectrumEnds } from './lanczos.js'

export interface MatrixFacts {
  readonly rows: number
  readonly columns: number
  readonly nonzeros: number
  readonly symmetric: boolean
  /** `positive` and `no` are known for sure (up to rounding); null for a matrix that is not symmetric stands as `no`. */
  readonly definite: 'positive' | 'no' | 'unknown'
  readonly bandwidth: { readonly lower: number; readonly upper: number }
  /** Rows whose diagonal is larger than the sum of their other magnitudes. */
  readonly dominantRows: number
  readonly zeroDiagonal: number
  /** Rows and columns without entries other than 0: the matrix is singular where there are any. */
  readonly emptyLines: number
  readonly norm: { readonly one: number; readonly inf: number; readonly frobenius: number; readonly max: number }
  /** An estimate of the two-norm of a large symmetric matrix, else null. */
  readonly spectral: number | null
  /** An estimate, or null where none is cheap. */
  readonly condition: number | null
  /** Of `condition`: one-norm from the factors, or two-norm by Lanczos, which may be too small. */
  readonly conditionFrom: 'factors' | 'lanczos' | null
}

export interface Examined {
  readonly facts: MatrixFacts
  /** The factor, where the matrix is small enough for one; to be disposed of. */
  readonly factor: Factor | null
}

/** Square matrices up to this order are factorized densely: n^2 numbers are 18 MB, and n^3 steps take part of a second. */
export const directLimit = 1500

/** `matrix` is finite. */
export function examine(lapack: Lapack, matrix: Csr): Examined {
  const { rows, columns, values } = matrix
  const symmetric = isSymmetric(matrix, 1e-14)
  const { strict, zeroDiagonal } = dominance(matrix)
  const facts = {
    rows,
    columns,
    nonzeros: values.length,
    symmetric,
    bandwidth: bandwidth(matrix),
    dominantRows: strict,
    zeroDiagonal,
    emptyLines: emptyLines(matrix),
    norm: {
      one: norm(matrix, 'one'),
      inf: norm(matrix, 'inf'),
      frobenius: norm(matrix, 'fro'),
      max: norm(matrix, 'max'),
    },
  }
  const unknown = { definite: 'no', condition: null, conditionFrom: null, spectral: null } as const
  if (rows !== columns || rows === 0) return { facts: { ...facts, ...unknown }, factor: null }
  const isPositiveDiagonal = diagonal(matrix).every((value) => value > 0)
  if (rows <= directLimit) {
    const factor = factorize(lapack, matrix, symmetric && isPositiveDiagonal)
    const definite = factor.kind === 'cholesky' ? 'positive' : 'no'
    return {
      facts: { ...facts, definite, condition: factor.condition, conditionFrom: 'factors', spectral: null },
      factor,
    }
  }
  if (!symmetric) return { facts: { ...facts, ...unknown }, factor: null }
  const operator = sparseOperator(lapack.kernels, matrix)
  try {
    const { smallest, largest } = spectrumEnds(lapack.kernels, operator)
    const size = Math.max(Math.abs(smallest), Math.abs(largest))
    const isNegative = !isPositiveDiagonal || smallest < -1e-12 * size
    const definite = isNegative ? 'no' : strict === rows ? 'positive' : 'unknown'
    // Of an indefinite matrix the ends say nothing about the smallest magnitude.
    const condition = isNegative || smallest <= 0 ? null : largest / smallest
    return {
      facts: { ...facts, definite, condition, conditionFrom: condition === null ? null : 'lanczos', spectral: size },
      factor: null,
    }
  } finally {
    operator.dispose()
  }
}

function emptyLines({ rows, columns, indptr, indices, values }: Csr): number {
  const isUsed = new Uint8Array(columns)
  let empty = 0
  for (let i = 0; i < rows; i++) {
    let isEmpty = true
    for (let k = indptr[i]!; k < indptr[i + 1]!; k++) {
      if (values[k] === 0) continue
      isEmpty = false
      isUsed[indices[k]!] = 1
    }
    if (isEmpty) empty++
  }
  for (let j = 0; j < columns; j++) if (isUsed[j] === 0) empty++
  return empty
}
