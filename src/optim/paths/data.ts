/** Data of a linear model as the paths use them: columns together, in float64, centred and scaled as was asked. */
import { UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { castOf, checkTensor, describe, tidy, together, view } from '../../tensor/internal.js'
import { checkCount, checkNumber } from '../ending.js'
import { dot } from '../vector.js'
import type { PathOptions } from './types.js'

export interface Design {
  readonly n: number
  readonly p: number
  /** Columns of X, centred with an intercept, divided by `scales`. */
  readonly columns: readonly Float64Array[]
  /** Their squared lengths. */
  readonly squares: Float64Array
  readonly means: Float64Array
  /** What columns were divided by; 1 without `standardize`. */
  readonly scales: Float64Array
}

export interface Targets {
  readonly outputs: number
  /** Columns of y, centred with an intercept. */
  readonly columns: readonly Float64Array[]
  readonly means: Float64Array
}

/** Elements in float64, row by row. @throws UsageError for NaN and infinity */
function numbersOf(op: string, name: string, x: Tensor): Float64Array {
  const out = tidy(() => Float64Array.from(view(together(castOf(x, 'f64')))))
  const at = out.findIndex((value) => !Number.isFinite(value))
  if (at < 0) return out
  const width = x.rank < 2 ? 1 : x.shape[1]!
  const place = x.rank < 2 ? `row ${at}` : `row ${Math.floor(at / width)}, column ${at % width}`
  throw new UsageError(`${op}: ${name} holds ${out[at]} at ${place}; expected finite numbers.`)
}

function columnsOf(values: Float64Array, n: number, p: number): Float64Array[] {
  return Array.from({ length: p }, (_, j) => Float64Array.from({ length: n }, (_, i) => values[i * p + j]!))
}

/** Takes the mean from a column, in place; twice, so that rounding of a large mean does not stay. Returns it. */
export function centre(column: Float64Array): number {
  let whole = 0
  for (let round = 0; round < 2; round++) {
    const mean = column.reduce((sum, value) => sum + value, 0) / column.length
    for (let i = 0; i < column.length; i++) column[i]! -= mean
    whole += mean
  }
  return whole
}

/** X [n, p] as columns. */
export function designOf(op: string, X: Tensor, options: PathOptions): Design {
  checkTensor(op, X)
  if (X.rank !== 2 || X.size === 0)
    throw new UsageError(`${op}: X is ${describe(X)}; expected [examples, features], at least one of each.`)
  const [n, p] = X.shape as [number, number]
  const columns = columnsOf(numbersOf(op, 'X', X), n, p)
  const means = new Float64Array(p)
  const scales = new Float64Array(p).fill(1)
  for (const [j, column] of columns.entries()) {
    const size = column.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const own = column.slice()
    const mean = centre(own)
    const spread = Math.sqrt(dot(own, own) / n)
    // What is left of a constant column is rounding.
    const isConstant = spread <= 1e-14 * size
    if (options.intercept ?? true) {
      means[j] = mean
      column.set(isConstant ? new Float64Array(n) : own)
    }
    if ((options.standardize ?? false) && !isConstant) {
      scales[j] = spread
      for (let i = 0; i < n; i++) column[i]! /= spread
    }
  }
  const squares = Float64Array.from(columns, (column) => dot(column, column))
  return { n, p, columns, squares, means, scales }
}

/** y [n] or [n, outputs] as columns. */
export function targetsOf(op: string, y: Tensor, n: number, options: PathOptions, mayBeMany = true): Targets {
  checkTensor(op, y)
  if (!(y.rank === 1 || (mayBeMany && y.rank === 2)) || y.shape[0] !== n || y.size === 0)
    throw new UsageError(`${op}: y is ${describe(y)} for ${n} examples; expected [${n}]${mayBeMany ? ` or [${n}, outputs]` : ''}.`) // biome-ignore format: one line
  const outputs = y.shape[1] ?? 1
  const columns = columnsOf(numbersOf(op, 'y', y), n, outputs)
  const isCentred = options.intercept ?? true
  const means = Float64Array.from(columns, (column) => (isCentred ? centre(column) : 0))
  return { outputs, columns, means }
}

/** Coefficients [p * outputs] of scaled columns in the units of X, and the intercepts that belong to them. */
export function inUnits(
  { p, means, scales }: Design,
  targets: { readonly outputs: number; readonly means: Float64Array },
  w: Float64Array,
): { coefficients: number[]; intercepts: number[] } {
  const { outputs } = targets
  const coefficients = new Array<number>(p * outputs)
  const intercepts = Array.from(targets.means)
  for (let j = 0; j < p; j++)
    for (let k = 0; k < outputs; k++) {
      const value = w[j * outputs + k]! / scales[j]!
      coefficients[j * outputs + k] = value
      intercepts[k]! -= means[j]! * value
    }
  return { coefficients, intercepts }
}

/** Settings of a path, checked. */
export function settingsOf(op: string, options: PathOptions): Required<Pick<PathOptions, 'count' | 'eps' | 'tol' | 'maxIterations'>> {
  const settings = { count: 100, eps: 1e-3, tol: 1e-10, maxIterations: 10000, ...options }
  checkCount(op, 'count', settings.count, 1)
  checkCount(op, 'maxIterations', settings.maxIterations, 1)
  checkNumber(op, 'tol', settings.tol)
  if (!(settings.eps > 0 && settings.eps <= 1))
    throw new UsageError(`${op}: eps is ${settings.eps}; expected a number above 0, up to 1.`)
  for (const lambda of options.lambdas ?? []) checkNumber(op, 'a lambda', lambda)
  if (options.lambdas?.length === 0) throw new UsageError(`${op}: there are no lambdas; expected at least one.`)
  return settings
} // biome-ignore format: one line

/** The lambdas: those given, descending, or a geometric grid from `most` down to `eps` of it. */
export function gridOf(most: number, given: readonly number[] | undefined, count: number, eps: number): number[] {
  if (given !== undefined) return [...given].sort((a, b) => b - a)
  // y that X does not explain at all: any lambda gives zeros.
  const top = most > 0 ? most : Number.EPSILON
  return Array.from({ length: count }, (_, i) => (count === 1 ? top : top * eps ** (i / (count - 1))))
}
