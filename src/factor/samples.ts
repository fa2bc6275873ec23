/** The matrix that an estimator is given: rows are samples, columns features. Shared checks, with messages that say the place. */
import { UsageError } from '../core/index.js'
import type { Tensor } from '../tensor/index.js'
import { castOf, checkTensor, describe, together, view } from '../tensor/internal.js'

export type Real = 'f32' | 'f64'

export interface SampleRules {
  /** Features that an estimator was fitted on. */
  readonly columns?: number
  /** Refuses negative elements. */
  readonly nonnegative?: boolean
  /** 1 by default. */
  readonly fewestRows?: number
}

/**
 * x as a contiguous f32 or f64 matrix (other dtypes as f64); call it inside `tidy`.
 *
 * Throws UsageError for what is not a matrix, for no rows or columns, for another number of columns than fitted on, and for NaN, infinite or (where
 * refused) negative elements, with row and column.
 */
export function samplesOf(op: string, x: Tensor, rules: SampleRules = {}): Tensor {
  checkTensor(op, x)
  if (x.rank !== 2) throw new UsageError(`${op}: ${describe(x)}; expected a matrix [rows, columns]. Try unsqueeze().`)
  const [rows, columns] = x.shape as [number, number]
  const { fewestRows = 1 } = rules
  if (rules.columns !== undefined && columns !== rules.columns)
    throw new UsageError(`${op}: ${describe(x)} has ${columns} columns; it was fitted on ${rules.columns}.`)
  if (rows < fewestRows || columns < 1)
    throw new UsageError(
      `${op}: ${describe(x)}; expected at least ${fewestRows === 1 ? 'one row' : `${fewestRows} rows`} and one column.`,
    )
  const samples = together(castOf(x.detach(), x.dtype === 'f32' ? 'f32' : 'f64'))
  checkElements(op, samples, rules.nonnegative === true)
  return samples
}

function checkElements(op: string, x: Tensor, nonnegative: boolean): void {
  const values = view(x)
  const columns = x.shape[1]!
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!
    // False for NaN and infinite values too.
    if (value - value === 0 && !(nonnegative && value < 0)) continue
    const place = `row ${Math.floor(at / columns)}, column ${at % columns} is ${value}`
    throw new UsageError(
      Number.isFinite(value)
        ? `${op}: ${place}; expected no negative elements. Try shifting the column, or pca.`
        : `${op}: ${place}; expected finite elements. Try imputing or leaving out such rows.`,
    )
  }
}

/** A whole number from `least` on, or a UsageError. */
export function checkWhole(op: string, name: string, value: number, least = 1): void {
  if (!Number.isInteger(value) || value < least)
    throw new UsageError(`${op}: ${name} ${value}; expected a whole number from ${least} on.`)
}

/** A finite number that is not negative, or a UsageError. */
export function checkAmount(op: string, name: string, value: number): void {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new UsageError(`${op}: ${name} ${value}; expected a number from 0 on.`)
}

/** One of the words that are known, or a UsageError. */
export function checkWord(op: string, name: string, value: unknown, known: readonly string[]): void {
  if (!known.includes(value as string))
    throw new UsageError(`${op}: ${name} ${JSON.stringify(value) ?? String(value)}; expected ${known.join(', ')}.`)
}
