/**
 * SparseMatrix, the object programs hold: compressed rows, never changed once made. This file is the object and its products; how its arrays
 * are computed stands beside it (`csr.ts`, `algebra.ts`, `norms.ts`, `structure.ts`).
 */
import { UsageError } from '../../core/index.js'
import { promoteTypes, type Tensor, tensor } from '../../tensor/index.js'
import { castOf, checkTensor, describe, empty, kernels, record, together, typeCode } from '../../tensor/internal.js'
import { combine, multiply, sumAlong } from './algebra.js'
import { type Csr, scatterDense, type Triplets, toTriplets, transpose } from './csr.js'
import { norm, type SparseNorm, sparseNorms } from './norms.js'
import { withResident } from './resident.js'
import { bandwidth, diagonal, findEntry, isSymmetric, sliceRows, takeRows } from './structure.js'

type Float = 'f32' | 'f64'

/**
 * A sparse matrix of f32 or f64. Make it with `sparse.coo`, `sparse.csr`, `sparse.fromDense` and kin. Entries are kept by rows, columns
 * ascending, without duplicates; explicit zeros stay until `pruned()`. The arrays live on the JavaScript side; the first product puts a copy
 * where the kernels work, which is given back when the matrix is forgotten.
 */
export class SparseMatrix {
  /** The compressed rows themselves: not to be changed. */
  readonly entries: Csr

  /** For this package: use `sparse.csr` and kin. `entries` is trusted to keep the invariant. */
  constructor(entries: Csr) {
    this.entries = entries
  }

  get rows(): number {
    return this.entries.rows
  }

  get columns(): number {
    return this.entries.columns
  }

  get shape(): readonly [number, number] {
    return [this.rows, this.columns]
  }

  get dtype(): Float {
    return this.entries.values instanceof Float32Array ? 'f32' : 'f64'
  }

  /** Entries that are kept, explicit zeros too. */
  get nonzeros(): number {
    return this.entries.values.length
  }

  /** Entry (i, j); 0 where none is kept. */
  get(i: number, j: number): number {
    checkLine('get', 'row', i, this.rows)
    checkLine('get', 'column', j, this.columns)
    const place = findEntry(this.entries, i, j)
    return place < 0 ? 0 : this.entries.values[place]!
  }

  // ---- other forms

  /** A dense tensor [rows, columns]. */
  toDense(): Tensor {
    const out = empty(this.dtype, this.shape)
    const elements = out.data as Float64Array
    elements.fill(0)
    scatterDense(this.entries, elements)
    return out
  }

  /** Triplets in row order, as copies. */
  toCoo(): Triplets {
    return toTriplets(this.entries)
  }

  /** Compressed columns, as copies: `indptr` [columns + 1], row `indices`, `values`. */
  toCsc(): { indptr: Int32Array; indices: Int32Array; values: Float32Array | Float64Array } {
    const { indptr, indices, values } = transpose(this.entries)
    return { indptr, indices, values }
  }

  /** The same values as f32 or f64. */
  to(dtype: Float): SparseMatrix {
    if (dtype === this.dtype) return this
    const { values } = this.entries
    return new SparseMatrix({
      ...this.entries,
      values: dtype === 'f32' ? Float32Array.from(values) : Float64Array.from(values),
    })
  }

  /** Without entries that are 0. */
  pruned(): SparseMatrix {
    const { rows, indptr, indices, values } = this.entries
    const kept = indices.filter((_, k) => values[k] !== 0)
    const starts = new Int32Array(rows + 1)
    for (let i = 0; i < rows; i++) {
      let count = starts[i]!
      for (let k = indptr[i]!; k < indptr[i + 1]!; k++) if (values[k] !== 0) count++
      starts[i + 1] = count
    }
    return new SparseMatrix({ ...this.entries, indptr: starts, indices: kept, values: values.filter((v) => v !== 0) })
  }

  transpose(): SparseMatrix {
    return new SparseMatrix(transpose(this.entries))
  }

  /** Rows from .. to - 1 (to the end by default). */
  sliceRows(from: number, to = this.rows): SparseMatrix {
    if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= this.rows))
      throw new UsageError(`sliceRows: ${from} to ${to} of ${this}; expected whole numbers from 0 to ${this.rows}.`)
    return new SparseMatrix(sliceRows(this.entries, from, to))
  }

  /** The given rows, in the given order; a row may come twice. */
  takeRows(rows: ArrayLike<number>): SparseMatrix {
    for (let r = 0; r < rows.length; r++) checkLine('takeRows', 'row', rows[r]!, this.rows)
    return new SparseMatrix(takeRows(this.entries, rows))
  }

  // ---- arithmetic

  /** A + B; f32 with f64 gives f64. */
  add(other: SparseMatrix): SparseMatrix {
    this.#checkSame('add', other)
    return new SparseMatrix(combine(1, this.entries, 1, other.entries))
  }

  /** A - B. */
  sub(other: SparseMatrix): SparseMatrix {
    this.#checkSame('sub', other)
    return new SparseMatrix(combine(1, this.entries, -1, other.entries))
  }

  /** A times a number. */
  mul(factor: number): SparseMatrix {
    return new SparseMatrix({ ...this.entries, values: this.entries.values.map((value) => value * factor) })
  }

  /** A B with a sparse B: sparse. */
  matmul(other: SparseMatrix): SparseMatrix
  /** A x with a dense x [columns] or [columns, k]: dense. f32 with f64 gives f64. Gradient (of x only): Aᵀ g. */
  matmul(other: Tensor): Tensor
  matmul(other: SparseMatrix | Tensor): SparseMatrix | Tensor {
    if (!(other instanceof SparseMatrix)) return this.#times(other)
    if (this.columns !== other.rows) throw this.#misfit('matmul', `${other}`)
    return new SparseMatrix(multiply(this.entries, other.entries))
  }

  #times(x: Tensor): Tensor {
    checkTensor('matmul', x)
    if (x.rank < 1 || x.rank > 2 || x.shape[0] !== this.columns) throw this.#misfit('matmul', describe(x))
    const { rows } = this
    const type = promoteTypes(this.dtype, x.dtype) as Float
    const cast = castOf(x, type)
    const from = together(cast)
    const k = x.rank === 1 ? 1 : x.shape[1]!
    const out = empty(type, x.rank === 1 ? [rows] : [rows, k])
    const memory = kernels()
    withResident(memory, this.entries, type, ({ indptr, indices, values }) => {
      const [source, target] = [from.pointer, out.pointer]
      if (x.rank === 1) memory.array.spmv(typeCode[type], rows, indptr, indices, values, 1, source, 0, target)
      else memory.array.spmm(typeCode[type], rows, k, indptr, indices, values, source, k, target, k)
    })
    if (from !== cast) from.dispose()
    if (cast !== x) cast.dispose()
    return record(out, 'sparse matmul', [x], [], (g) => [this.transpose().matmul(g)])
  }

  /** Sum of all entries; of each column with axis 0, of each row with axis 1. */
  sum(): number
  sum(axis: 0 | 1): Tensor
  sum(axis?: 0 | 1): number | Tensor {
    if (axis === undefined) return sumAlong(this.entries, 1).reduce((sum, value) => sum + value, 0)
    if (axis !== 0 && axis !== 1) throw new UsageError(`sum: axis ${String(axis)} of ${this}; expected 0 or 1.`)
    return tensor(sumAlong(this.entries, axis), { dtype: this.dtype })
  }

  // ---- figures

  /** `fro` (default), `one`, `inf` (induced), `max` and `l1` (entrywise). NaN entries make it NaN. */
  norm(kind: SparseNorm = 'fro'): number {
    if (!sparseNorms.includes(kind))
      throw new UsageError(`norm: '${String(kind)}' of a sparse matrix; expected ${sparseNorms.join(', ')}.`)
    return norm(this.entries, kind)
  }

  /** The main diagonal [min(rows, columns)]. */
  diagonal(): Tensor {
    return tensor(diagonal(this.entries))
  }

  /** How far entries other than 0 reach below and above the diagonal. */
  bandwidth(): { lower: number; upper: number } {
    return bandwidth(this.entries)
  }

  /** Whether A = Aᵀ, up to `tolerance` times the largest magnitude. */
  isSymmetric(tolerance = 0): boolean {
    return isSymmetric(this.entries, tolerance)
  }

  toString(): string {
    return `sparse ${this.dtype}[${this.rows}, ${this.columns}] of ${this.nonzeros} entries`
  }

  #checkSame(op: string, other: SparseMatrix): void {
    if (!(other instanceof SparseMatrix) || other.rows !== this.rows || other.columns !== this.columns)
      throw this.#misfit(op, String(other))
  }

  #misfit(op: string, other: string): UsageError {
    const expected = op === 'matmul' ? `${this.columns} rows on the right` : 'sparse matrices of one shape'
    return new UsageError(`${op}: ${this} and ${other}; expected ${expected}.`)
  }
}

function checkLine(op: string, what: string, index: number, size: number): void {
  if (!(Number.isInteger(index) && index >= 0 && index < size))
    throw new UsageError(`${op}: ${what} ${index}; expected a whole number from 0 to ${size - 1}.`)
}
