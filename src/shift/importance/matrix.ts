/** Two tables as matrices of the same columns, in the units of their joint deviations. */
import { UsageError } from '../../core/index.js'
import { Tensor } from '../../tensor/index.js'
import { castOf, describe, tidy, together, view } from '../../tensor/internal.js'

/** Rows of numbers: a tensor [rows, columns], or lists. */
export type Rows = Tensor | readonly (readonly number[])[]

/** Row-major [n, d]. */
export interface Matrix {
  readonly n: number
  readonly d: number
  readonly x: Float64Array
}

export interface Pair {
  readonly reference: Matrix
  readonly current: Matrix
  /** Rows of the same columns in the same units. */
  other(rows: Rows): Matrix
}

export function matrixOf(op: string, what: string, rows: Rows): Matrix {
  if (rows instanceof Tensor) {
    if (rows.rank !== 2) throw new UsageError(`${op}: ${what} is ${describe(rows)}; expected [rows, columns].`)
    const x = tidy(() => (view(together(castOf(rows, 'f64'))) as Float64Array).slice())
    return checked(op, what, { n: rows.shape[0]!, d: rows.shape[1]!, x })
  }
  const d = rows[0]?.length ?? 0
  const x = new Float64Array(rows.length * d)
  rows.forEach((row, i) => {
    if (row.length !== d)
      throw new UsageError(`${op}: row ${i} of ${what} has ${row.length} numbers; expected ${d}, as row 0.`)
    x.set(row, i * d)
  })
  return checked(op, what, { n: rows.length, d, x })
}

function checked(op: string, what: string, matrix: Matrix): Matrix {
  if (matrix.n === 0) throw new UsageError(`${op}: ${what} has no rows; expected one at least.`)
  const bad = matrix.x.findIndex((one) => !Number.isFinite(one))
  if (bad >= 0)
    throw new UsageError(
      `${op}: ${matrix.x[bad]} in row ${Math.floor(bad / matrix.d)} of ${what}, column ${bad % matrix.d}; expected finite numbers. Try Preprocess with impute.`,
    )
  return matrix
}

/** Both tables, each column by its deviation over the rows of both: results do not depend on units. Constant columns become 0. */
export function pairOf(op: string, reference: Rows, current: Rows): Pair {
  const [a, b] = [matrixOf(op, 'reference', reference), matrixOf(op, 'current', current)]
  if (a.d !== b.d) throw new UsageError(`${op}: ${a.d} columns in reference and ${b.d} in current; expected as many.`)
  const { d } = a
  const [mean, inverse] = [new Float64Array(d), new Float64Array(d)]
  for (let j = 0; j < d; j++) {
    const n = a.n + b.n
    let [sum, largest] = [0, 0]
    for (const { x } of [a, b])
      for (let at = j; at < x.length; at += d) {
        sum += x[at]! / n
        largest = Math.max(largest, Math.abs(x[at]!))
      }
    mean[j] = sum
    if (largest === 0) continue
    let squares = 0
    for (const { x } of [a, b]) for (let at = j; at < x.length; at += d) squares += ((x[at]! - sum) / largest) ** 2 / n
    const deviation = Math.sqrt(squares)
    inverse[j] = deviation <= 1e-14 ? 0 : 1 / deviation / largest
  }
  const scaled = ({ n, x }: Matrix): Matrix => ({
    n,
    d,
    x: x.map((one, at) => (one - mean[at % d]!) * inverse[at % d]!),
  })
  const other = (rows: Rows): Matrix => {
    const matrix = matrixOf(op, 'rows', rows)
    if (matrix.d !== d) throw new UsageError(`${op}: ${matrix.d} columns; expected ${d}.`)
    return scaled(matrix)
  }
  return { reference: scaled(a), current: scaled(b), other }
}
