/**
 * What becomes of a computation that may have no result, and how it is told.
 *
 * By default a function throws `NumericalError` when there is no result worth having: A is singular to working precision, not positive
 * definite, an iteration did not converge, an input is not finite. With `{ check: false }` it throws no NumericalError but returns a status
 * beside what there is: functions that return a tensor then return `{ value, outcome, ... }`, with `value` null where there is none, and
 * factorizations return their object, whose `outcome` says what happened and whose tensors may hold NaN. `UsageError` (shapes, options) is
 * thrown in either case.
 */
import { NumericalError } from '../core/index.js'
import { describe, elementBytes, kernels, type Shape, showShape, type Tensor, typeCode } from './support.js'

/**
 * What happened. `singular`: to working precision; where `rcond` is not 0, `solve` and `inv` still have a value, with no digit to rely on.
 * `no-solution`, `many-solutions`: of a system whose matrix is not square.
 */
export type Outcome =
  | 'ok'
  | 'singular'
  | 'no-solution'
  | 'many-solutions'
  | 'not-positive-definite'
  | 'not-converged'
  | 'non-finite'
  | 'overflow'

/** How a computation went. */
export interface Status {
  readonly outcome: Outcome
  /** 0-based place of the pivot that failed, or null. */
  readonly pivot: number | null
  /** Estimate of the reciprocal condition number in the one-norm, where it was made. */
  readonly rcond: number | null
  /** Which matrix of a batch, in row-major order; 0 for one matrix. */
  readonly matrix: number
  /** The sentence that would have been thrown, or null when all is well. */
  readonly message: string | null
}

/** A result with its status: what `{ check: false }` returns in place of a tensor. */
export interface Attempt extends Status {
  /** null where there is no result. */
  readonly value: Tensor | null
}

export interface CheckOptions {
  /** `false`: return a status, see `outcome.ts`. */
  check?: boolean
}

export const ok: Status = { outcome: 'ok', pivot: null, rcond: null, matrix: 0, message: null }

/** The error that a status stands for; `pivot`, `rcond` and `matrix` are fields of it. */
export class LinalgError extends NumericalError {
  override name = 'NumericalError'
  readonly pivot: number | null
  readonly rcond: number | null
  readonly matrix: number

  constructor(status: Status) {
    super(status.outcome, status.message ?? status.outcome)
    this.pivot = status.pivot
    this.rcond = status.rcond
    this.matrix = status.matrix
  }
}

/** Throws what a failed status stands for. */
export function demand(status: Status): void {
  if (status.outcome !== 'ok') throw new LinalgError(status)
}

/** ` (matrix 3 of the batch)` where there is more than one. */
export const whichMatrix = (matrix: number, count: number): string =>
  count > 1 ? ` (matrix ${matrix} of the batch)` : ''

/** Runs `body`, turning NumericalError into a status without a value when `check` is false. */
export function checkedBy(options: CheckOptions, body: () => Tensor): Tensor | Attempt {
  if (options.check !== false) return body()
  try {
    return { ...ok, value: body() }
  } catch (error) {
    if (error instanceof LinalgError) {
      const { pivot, rcond, matrix, message } = error
      return { outcome: error.code as Outcome, pivot, rcond, matrix, message, value: null }
    }
    throw error
  }
}

/** The status of an input: `non-finite` with the place of the first NaN or infinity. x is contiguous and a float. */
export function finiteness(op: string, x: Tensor): Status {
  const at = kernels().array.firstNonfinite(typeCode[x.dtype], x.size, x.pointer)
  if (at < 0) return ok
  const where = x.pointer + at * elementBytes[x.dtype]
  const value = x.dtype === 'f64' ? kernels().f64(where, 1)[0]! : kernels().f32(where, 1)[0]!
  return {
    ...ok,
    outcome: 'non-finite',
    message: `${op}: ${describe(x)} holds ${value} at ${showShape(placeOf(at, x.shape))}; expected finite numbers.`,
  }
}

/** Throws unless all elements are finite. x is contiguous and a float. */
export function checkFinite(op: string, x: Tensor): void {
  demand(finiteness(op, x))
}

/** Index of an element along each axis. */
function placeOf(at: number, shape: Shape): number[] {
  let rest = at
  return shape
    .toReversed()
    .map((size) => {
      const index = rest % size
      rest = Math.floor(rest / size)
      return index
    })
    .reverse()
}

/** The status of an iteration that stopped early. */
export function notConverged(op: string, x: Tensor, info: number, matrix: number, count: number): Status {
  return {
    ...ok,
    outcome: 'not-converged',
    matrix,
    message: `${op}: ${describe(x)}${whichMatrix(matrix, count)} did not converge (${info} values are missing). Try scaling it, or dtype f64.`,
  }
}
