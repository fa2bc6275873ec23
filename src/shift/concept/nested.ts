/**
 * Likelihood-ratio tests of nested models of both tables: one relation for both; each an intercept of its own (what a change of priors does to a logistic
 * model); each slopes of its own too.
 */
import { chiSquaredSf, fSf } from '../../distributions/index.js'
import { logisticRegression } from '../logistic.js'
import { ridgeRegression } from './ridge.js'

export interface RatioTest {
  readonly statistic: number
  readonly df: number
  readonly p: number
}

export interface NestedModels {
  readonly model: 'logistic' | 'linear'
  readonly logLikelihood: { readonly shared: number; readonly ownIntercept: number; readonly ownSlopes: number }
  readonly intercept: RatioTest
  readonly slopes: RatioTest
  readonly all: RatioTest
  /** Intercept, slopes, and how much both differ in the current table; [classes][2 (columns + 1)] of more than two classes. */
  readonly coefficients: readonly number[] | readonly (readonly number[])[]
}

/**
 * `columns`: features [columns][rows] without gaps; `table`: 0 or 1. Null where the likelihood has no maximum (classes that a plane separates) or there
 * are not 5 rows per unknown. Statistics of logistic models are chi-squared; of linear ones -2 log of the likelihood ratio, with the p-value of
 * the F distribution, which is exact for normal errors.
 */
export function nestedModels(
  columns: readonly Float64Array[],
  table: Uint8Array,
  y: { readonly codes: Int32Array; readonly classes: number } | { readonly values: Float64Array },
): NestedModels | null {
  const n = table.length
  const d = columns.length
  const outputs = 'codes' in y ? Math.max(1, y.classes - 1) : 1
  if (n < 5 * outputs * 2 * (d + 1)) return null
  const own = Float64Array.from(table)
  const products = columns.map((values) => values.map((value, i) => value * table[i]!))
  const models = [columns, [...columns, own], [...columns, own, ...products]]
  return 'codes' in y ? logistic(models, n, d, y.codes, y.classes) : linear(models, n, d, y.values)
}

function logistic(
  models: readonly (readonly Float64Array[])[],
  n: number,
  d: number,
  codes: Int32Array,
  classes: number,
): NestedModels | null {
  const fits = models.map(
    (columns) =>
    logisticRegression(rowMajor(columns, n), n, columns.length, codes, { classes, C: Number.POSITIVE_INFINITY, check: false }), // biome-ignore format: one line
  )
  if (fits.some(({ outcome }) => outcome === 'separable' || outcome === 'iteration-limit')) return null
  const [shared, ownIntercept, ownSlopes] = fits.map(({ logLikelihood }) => logLikelihood) as [number, number, number]
  const outputs = classes - 1
  const test = (less: number, more: number, df: number): RatioTest => {
    const statistic = Math.max(0, 2 * (more - less))
    return { statistic, df, p: chiSquaredSf(statistic, df) }
  }
  const { coefficients, intercepts } = fits[2]!
  const width = 2 * d + 1
  const lines = Array.from(intercepts, (intercept, k): number[] => {
    const line = Array.from(coefficients.subarray(k * width, (k + 1) * width))
    return [intercept, ...line]
  })
  return {
    model: 'logistic',
    logLikelihood: { shared, ownIntercept, ownSlopes },
    intercept: test(shared, ownIntercept, outputs),
    slopes: test(ownIntercept, ownSlopes, outputs * d),
    all: test(shared, ownSlopes, outputs * (d + 1)),
    coefficients: lines.length === 1 ? lines[0]! : lines,
  }
}

/** Normal errors; the variance at its maximum likelihood. */
function linear(
  models: readonly (readonly Float64Array[])[],
  n: number,
  d: number,
  y: Float64Array,
): NestedModels | null {
  const rows = Int32Array.from({ length: n }, (_, i) => i)
  const fits = models.map((columns) => leastSquares(columns, y, rows))
  const [a, b, c] = fits.map(({ squares }) => squares) as [number, number, number]
  const logLikelihood = (squares: number): number => (-n / 2) * (Math.log((2 * Math.PI * squares) / n) + 1)
  const test = (less: number, more: number, df: number, unknowns: number): RatioTest => {
    const statistic = Math.max(0, n * Math.log(less / more))
    const F = (less - more) / df / (more / (n - unknowns))
    return { statistic, df, p: more > 0 ? fSf(Math.max(0, F), df, n - unknowns) : 1 }
  }
  if (!(c > 0)) return null
  return {
    model: 'linear',
    logLikelihood: { shared: logLikelihood(a), ownIntercept: logLikelihood(b), ownSlopes: logLikelihood(c) },
    intercept: test(a, b, 1, d + 2),
    slopes: test(b, c, d, 2 * d + 2),
    all: test(a, c, d + 1, 2 * d + 2),
    coefficients: fits[2]!.coefficients,
  }
}

/** Columns centred and scaled before the normal equations, which then lose few digits. */
function leastSquares(columns: readonly Float64Array[], y: Float64Array, rows: Int32Array) {
  const n = rows.length
  const d = columns.length
  const moments = columns.map((values) => {
    const mean = values.reduce((sum, value) => sum + value / n, 0)
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2 / n, 0))
    return { mean, spread: spread > 0 ? spread : 1 }
  })
  const scaled = columns.map((values, j) => values.map((value) => (value - moments[j]!.mean) / moments[j]!.spread))
  const beta = ridgeRegression(rowMajor(scaled, n), d, y, rows, 0)
  let squares = 0
  for (let i = 0; i < n; i++) {
    let mean = beta[d]!
    for (let j = 0; j < d; j++) mean += beta[j]! * scaled[j]![i]!
    squares += (y[i]! - mean) ** 2
  }
  const slopes = moments.map(({ spread }, j) => beta[j]! / spread)
  const intercept = beta[d]! - slopes.reduce((sum, slope, j) => sum + slope * moments[j]!.mean, 0)
  return { squares, coefficients: [intercept, ...slopes] }
}

function rowMajor(columns: readonly Float64Array[], n: number): Float64Array {
  const d = columns.length
  const x = new Float64Array(n * d)
  for (const [j, values] of columns.entries()) for (let i = 0; i < n; i++) x[i * d + j] = values[i]!
  return x
}
