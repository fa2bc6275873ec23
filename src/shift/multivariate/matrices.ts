/** Two samples of rows, side by side in the memory of the kernels. */
import { UsageError } from '../../core/index.js'
import { dataKernels } from '../../kernels/index.js'
import { isTensor, type Tensor } from '../../tensor/index.js'
import { castOf, describe, kernels, tidy, together, view } from '../../tensor/internal.js'

/** Rows of both samples, row-major f64, those of the first sample first, about their common mean. */
export interface Pooled {
  readonly n: number
  readonly m: number
  readonly columns: number
  /** Elements. */
  readonly z: number
  /** Squared length of each row. */
  readonly squares: number
}

/** The elements of a matrix of numbers, checked, as f64; and its sizes. */
export function rowsOf(op: string, x: Tensor, which: string): { values: Float64Array; rows: number; columns: number } {
  if (!isTensor(x) || x.shape.length !== 2)
    throw new UsageError(
      `${op}: the ${which} sample is ${isTensor(x) ? describe(x) : typeof x}; expected a tensor [rows, columns].`,
    )
  const [rows, columns] = x.shape as [number, number]
  const values = tidy(() => Float64Array.from(view(together(castOf(x, 'f64')))))
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new UsageError(
        `${op}: row ${Math.floor(i / columns)} of the ${which} sample has ${values[i]} in column ${i % columns}; expected finite numbers. Try to leave such rows out, and to compare their share.`,
      )
  return { values, rows, columns }
}

/**
 * Calls `fn` with both samples pooled; the memory is given back afterwards. Throws UsageError for other than two matrices of finite numbers with the same
 * columns and at least `fewest` rows each.
 */
export function withPooled<T>(op: string, x: Tensor, y: Tensor, fewest: number, fn: (pooled: Pooled) => T): T {
  const [a, b] = [rowsOf(op, x, 'first'), rowsOf(op, y, 'second')]
  if (a.columns !== b.columns)
    throw new UsageError(`${op}: ${describe(x)} and ${describe(y)}; expected as many columns in both.`)
  for (const [which, { rows }] of [
    ['first', a],
    ['second', b],
  ] as const)
    if (rows < fewest) throw new UsageError(`${op}: the ${which} sample has ${rows} rows; expected ${fewest} or more.`)
  const N = a.rows + b.rows
  const memory = kernels()
  const z = memory.alloc(8 * N * (a.columns + 1) + 8)
  try {
    const squares = z + 8 * N * a.columns
    const all = memory.f64(z, N * a.columns)
    all.set(a.values)
    all.set(b.values, a.values.length)
    // About the mean: distances do not change, and their squares lose fewer digits.
    centre(all, N, a.columns)
    dataKernels(memory).rowSquares_f64(N, a.columns, z, squares)
    return fn({ n: a.rows, m: b.rows, columns: a.columns, z, squares })
  } finally {
    memory.free(z)
  }
}

function centre(all: Float64Array, rows: number, columns: number): void {
  const mean = new Float64Array(columns)
  for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < columns; j++, at++) mean[j] = mean[j]! + all[at]! / rows
  for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < columns; j++, at++) all[at] = all[at]! - mean[j]!
}
