/** `sparse`: sparse matrices from triplets, compressed rows or columns, dense tensors, rules, and Matrix Market files. */
import { FormatError, UsageError } from '../../core/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { checkTensor, describe, together, view } from '../../tensor/internal.js'
import {
  type Csr,
  canonical,
  checkCompressed,
  fromDense as compress,
  fromTriplets,
  mostEntries,
  transpose,
  type Values,
} from './csr.js'
import { SparseMatrix } from './matrix.js'
import * as files from './matrixMarket/read.js'
import type { MatrixMarket } from './matrixMarket/reader.js'
import { formatMatrixMarketArray, formatMatrixMarket as formatSparse, type WriteOptions } from './matrixMarket/write.js'

export interface SparseOptions {
  /** Default: f32 for a Float32Array, else f64. */
  dtype?: 'f32' | 'f64'
}

type Numbers = ArrayLike<number>

/**
 * From triplets (i[k], j[k], value[k]) in any order; duplicates are summed in the order they come, in float64.
 *
 * Throws UsageError for places outside the shape.
 *
 * @example
 * sparse.coo([2, 2], [0, 1, 1], [0, 0, 1], [4, 1, 3])
 */
export function coo(
  shape: readonly [number, number],
  rows: Numbers,
  columns: Numbers,
  values: Numbers,
  options: SparseOptions = {},
): SparseMatrix {
  const [m, n] = checkShape('sparse.coo', shape)
  if (rows.length !== values.length || columns.length !== values.length)
    throw new UsageError(
      `sparse.coo: ${rows.length} rows, ${columns.length} columns and ${values.length} values; expected as many of each.`,
    )
  for (let k = 0; k < values.length; k++) {
    if (!isPlace(rows[k]!, m) || !isPlace(columns[k]!, n))
      throw new UsageError(`sparse.coo: entry (${rows[k]}, ${columns[k]}) at place ${k} is outside [${m}, ${n}].`)
  }
  return new SparseMatrix(
    fromTriplets(m, n, { rows: places(rows), columns: places(columns), values: valuesOf(values, options) }),
  )
}

/** From compressed rows: `indptr` [rows + 1], column `indices`, `values`. Rows need not be sorted; duplicates are summed. */
export function csr(
  shape: readonly [number, number],
  indptr: Numbers,
  indices: Numbers,
  values: Numbers,
  options: SparseOptions = {},
): SparseMatrix {
  const [m, n] = checkShape('sparse.csr', shape)
  const entries: Csr = { rows: m, columns: n, indptr: places(indptr), indices: places(indices), values: valuesOf(values, options) } // biome-ignore format: one line
  checkCompressed('sparse.csr', m, n, entries)
  return new SparseMatrix(canonical(entries))
}

/** From compressed columns: `indptr` [columns + 1], row `indices`, `values`. */
export function csc(
  shape: readonly [number, number],
  indptr: Numbers,
  indices: Numbers,
  values: Numbers,
  options: SparseOptions = {},
): SparseMatrix {
  const [m, n] = checkShape('sparse.csc', shape)
  const entries: Csr = { rows: n, columns: m, indptr: places(indptr), indices: places(indices), values: valuesOf(values, options) } // biome-ignore format: one line
  checkCompressed('sparse.csc', n, m, entries)
  return new SparseMatrix(transpose(canonical(entries)))
}

/** The entries other than 0 of a dense matrix; i32 and bool become f64. */
export function fromDense(x: Tensor): SparseMatrix {
  checkTensor('sparse.fromDense', x)
  if (x.rank !== 2) throw new UsageError(`sparse.fromDense: got ${describe(x)}; expected a matrix.`)
  const from = together(x)
  const elements = view(from)
  const isFloat = elements instanceof Float32Array || elements instanceof Float64Array
  const made = compress(x.shape[0]!, x.shape[1]!, isFloat ? elements : Float64Array.from(elements))
  if (from !== x) from.dispose()
  return new SparseMatrix(made)
}

/** The identity [n, n]. */
export function identity(n: number, options: SparseOptions = {}): SparseMatrix {
  checkShape('sparse.identity', [n, n])
  const indptr = Int32Array.from({ length: n + 1 }, (_, i) => i)
  const values = (options.dtype === 'f32' ? new Float32Array(n) : new Float64Array(n)).fill(1)
  return new SparseMatrix({ rows: n, columns: n, indptr, indices: indptr.slice(0, n), values })
}

/**
 * From diagonals by their offset (0 the main one, 1 above it, -1 below); a diagonal of one number repeats it.
 *
 * @example
 * sparse.diagonals([4, 4], { '-1': [-1], 0: [2], 1: [-1] })
 */
export function diagonals(
  shape: readonly [number, number],
  values: Readonly<Record<number, Numbers>>,
  options: SparseOptions = {},
): SparseMatrix {
  const [m, n] = checkShape('sparse.diagonals', shape)
  const [rows, columns, all]: [number[], number[], number[]] = [[], [], []]
  for (const [key, line] of Object.entries(values)) {
    const offset = Number(key)
    const length = Math.min(m + Math.min(offset, 0), n - Math.max(offset, 0))
    if (!Number.isInteger(offset) || length <= 0)
      throw new UsageError(`sparse.diagonals: offset ${key} in [${m}, ${n}]; expected -${m - 1} to ${n - 1}.`)
    if (line.length !== 1 && line.length !== length)
      throw new UsageError(`sparse.diagonals: ${line.length} values at offset ${key}; expected 1 or ${length}.`)
    for (let k = 0; k < length; k++) {
      rows.push(k - Math.min(offset, 0))
      columns.push(k + Math.max(offset, 0))
      all.push(line[line.length === 1 ? 0 : k]!)
    }
  }
  return coo(shape, rows, columns, all, options)
}

/**
 * A Matrix Market file from memory. Array files come as sparse matrices too, without their zeros.
 *
 * Throws FormatError with the line's number where the file is damaged, lies about its sizes, or is complex or Hermitian.
 */
export function parseMatrixMarket(text: string | Uint8Array): SparseMatrix {
  return matrixOf(files.parseMatrixMarket(text))
}

/** The same piece by piece, plain or compressed by gzip, from bytes, a Blob, or any (async) stream of bytes. */
export async function readMatrixMarket(
  source: Uint8Array | Blob | AsyncIterable<Uint8Array>,
  options: { totalBytes?: number | undefined } = {},
): Promise<SparseMatrix> {
  return matrixOf(await files.readMatrixMarket(source, options))
}

/** A matrix as the bytes of a Matrix Market file: `coordinate` for sparse ones, `array` for dense tensors [m, n] and vectors [n]. */
export function formatMatrixMarket(matrix: SparseMatrix | Tensor, options: WriteOptions = {}): Uint8Array {
  if (matrix instanceof SparseMatrix) return formatSparse(matrix.entries, options)
  checkTensor('formatMatrixMarket', matrix)
  if (matrix.rank < 1 || matrix.rank > 2)
    throw new UsageError(`formatMatrixMarket: got ${describe(matrix)}; expected a vector or a matrix.`)
  const from = together(matrix)
  const bytes = formatMatrixMarketArray(matrix.shape[0]!, matrix.shape[1] ?? 1, view(from))
  if (from !== matrix) from.dispose()
  return bytes
}

/** A file's matrix as a tensor [rows, columns]: what right-hand sides are read with. */
export function parseDenseMatrixMarket(text: string | Uint8Array): Tensor {
  const { rows, columns, dense, matrix } = files.parseMatrixMarket(text)
  if (dense !== null) return tensor(dense, { shape: [rows, columns] })
  if (rows * columns > mostEntries / 2)
    throw new FormatError('too-large', `Matrix Market: ${rows} by ${columns} is too large to be dense.`)
  return new SparseMatrix(matrix!).toDense()
}

function matrixOf({ rows, columns, dense, matrix }: MatrixMarket): SparseMatrix {
  return new SparseMatrix(matrix ?? compress(rows, columns, dense!))
}

function checkShape(op: string, shape: readonly [number, number]): readonly [number, number] {
  const fits =
    Array.isArray(shape) && shape.length === 2 && shape.every((size) => Number.isSafeInteger(size) && size >= 0)
  if (!fits || Math.max(...shape) > mostEntries - 1)
    throw new UsageError(`${op}: the shape ${JSON.stringify(shape)}; expected two whole numbers under 2^31.`)
  return shape
}

const isPlace = (index: number, size: number): boolean => Number.isInteger(index) && index >= 0 && index < size

/** Indices as i32; what is no whole number becomes -1, which the checks refuse. */
const places = (from: Numbers): Int32Array =>
  from instanceof Int32Array
    ? from.slice()
    : Int32Array.from(from, (index) => (Number.isInteger(index) && index <= mostEntries ? index : -1))

function valuesOf(values: Numbers, { dtype }: SparseOptions): Values {
  if (dtype !== undefined && dtype !== 'f32' && dtype !== 'f64')
    throw new UsageError(`sparse: dtype '${String(dtype)}'; expected 'f32' or 'f64'.`)
  return (dtype ?? (values instanceof Float32Array ? 'f32' : 'f64')) === 'f32'
    ? Float32Array.from(values)
    : Float64Array.from(values)
}
