/** What estimators of parts and clusters ask of their rows and options beyond `input.ts`. */
import { UsageError } from '../core/index.js'
import type { Tensor } from '../tensor/index.js'
import { describe, view } from '../tensor/internal.js'
import { checkFiniteRows, rowsOf } from './input.js'

export type Real = 'f32' | 'f64'

/** `rowsOf`, with finite elements. Call it inside `tidy`. */
export function finiteRows(op: string, x: Tensor, options: { columns?: number; least?: number } = {}): Tensor {
  const rows = rowsOf(op, x, options)
  checkFiniteRows(op, rows)
  return rows
}

/** `finiteRows` without negative elements; throws UsageError with the place of the first. */
export function nonnegativeRows(op: string, x: Tensor, options: { columns?: number } = {}): Tensor {
  const rows = finiteRows(op, x, options)
  const [values, columns] = [view(rows), rows.shape[1]!]
  for (let at = 0; at < values.length; at++)
    if (values[at]! < 0)
      throw new UsageError(
        `${op}: ${describe(rows)} has ${values[at]} at row ${Math.floor(at / columns)}, column ${at % columns}; expected no negative numbers. Try PCA, or columns scaled to [0, 1].`,
      )
  return rows
}

/** A finite number that is not negative, or a UsageError. */
export function amountOption(op: string, name: string, value: number): number {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new UsageError(`${op}: ${name} is ${value}; expected a number from 0 on.`)
  return value
}

/** One of the words that are known, or a UsageError. */
export function wordOption<T extends string>(op: string, name: string, value: T, known: readonly T[]): T {
  if (!known.includes(value))
    throw new UsageError(`${op}: ${name} is ${JSON.stringify(value) ?? String(value)}; expected ${known.join(', ')}.`)
  return value
}
