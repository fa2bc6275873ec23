/** How well the principal components of the reference describe the current rows. */
import { UsageError } from '../../core/index.js'
import { eigh } from '../../linalg/index.js'
import { matmul, type Tensor, tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { welch } from '../univariate/welch.js'
import { rowsOf } from './matrices.js'

export interface ReconstructionOptions {
  /** Components; by default the fewest that explain `explained` of the variance. */
  components?: number
  /** 0.65 by default. */
  explained?: number
}

export interface ReconstructionResult {
  readonly components: number
  /** Share of the reference's variance that they explain. */
  readonly explained: number
  /** Mean distance of a row from its reconstruction: reference, current, and current / reference (1 for 0 / 0). */
  readonly referenceError: number
  readonly currentError: number
  readonly ratio: number
  /** Of Welch's test of both means; the components were fitted to the reference, which makes it somewhat too small. */
  readonly p: number
}

/**
 * The error of reconstructing rows from the principal components of the reference: it grows where the columns no longer depend on each other as they did. Columns
 * are standardized by the reference (ddof 0); constant ones are centred only.
 *
 * Throws UsageError for other than two matrices of finite numbers with the same columns and two rows or more each.
 */
export function reconstructionShift(x: Tensor, y: Tensor, options: ReconstructionOptions = {}): ReconstructionResult {
  const { explained = 0.65 } = options
  const [a, b] = [rowsOf('reconstructionShift', x, 'first'), rowsOf('reconstructionShift', y, 'second')]
  const d = a.columns
  if (b.columns !== d)
    throw new UsageError(`reconstructionShift: ${d} and ${b.columns} columns; expected as many in both.`)
  if (Math.min(a.rows, b.rows) < 2)
    throw new UsageError(`reconstructionShift: ${a.rows} and ${b.rows} rows; expected 2 or more.`)
  standardize(a.values, b.values, a.rows, d)
  const { values, vectors } = spectrumOf(a.values, a.rows, d)
  const total = values.reduce((sum, value) => sum + value, 0)
  const share = (k: number): number =>
    total > 0 ? values.slice(0, k).reduce((sum, value) => sum + value, 0) / total : 1
  let components = options.components ?? 1
  if (options.components === undefined) while (components < d && share(components) < explained) components++
  if (!Number.isInteger(components) || components < 1 || components > d)
    throw new UsageError(`reconstructionShift: ${components} components; expected a whole number from 1 to ${d}.`)
  const [own, other] = [a, b].map(({ values: rows, rows: n }) => residuals(rows, n, d, vectors, components))
  const mean = (errors: Float64Array): number => errors.reduce((sum, one) => sum + one, 0) / errors.length
  const [referenceError, currentError] = [mean(own!), mean(other!)]
  const { p } = welch(own!, other!)
  const ratio = currentError === referenceError ? 1 : currentError / referenceError
  return { components, explained: share(components), referenceError, currentError, ratio, p: Number.isNaN(p) ? 1 : p }
}

function standardize(a: Float64Array, b: Float64Array, rows: number, d: number): void {
  for (let j = 0; j < d; j++) {
    let mean = 0
    for (let i = j; i < a.length; i += d) mean += a[i]! / rows
    let variance = 0
    for (let i = j; i < a.length; i += d) variance += (a[i]! - mean) ** 2 / rows
    const scale = variance > 0 ? Math.sqrt(variance) : 1
    for (const values of [a, b]) for (let i = j; i < values.length; i += d) values[i] = (values[i]! - mean) / scale
  }
}

/** Variances along the principal axes, descending, and the axes as rows. */
function spectrumOf(values: Float64Array, rows: number, d: number): { values: number[]; vectors: Float64Array } {
  return tidy(() => {
    const x = tensor(values, { dtype: 'f64' }).reshape([rows, d])
    const { eigenvalues, eigenvectors } = eigh(matmul(x.transpose(0, 1), x))
    const ascending = Array.from(eigenvalues.toArray(), (value) => Math.max(0, value))
    const columns = eigenvectors.toArray()
    const vectors = new Float64Array(d * d)
    for (let k = 0; k < d; k++) for (let j = 0; j < d; j++) vectors[k * d + j] = columns[j * d + d - 1 - k]!
    return { values: ascending.reverse(), vectors }
  })
}

/** Distance of each row from its projection on the first axes. */
function residuals(values: Float64Array, rows: number, d: number, vectors: Float64Array, k: number): Float64Array {
  const out = new Float64Array(rows)
  const rest = new Float64Array(d)
  for (let i = 0; i < rows; i++) {
    const row = values.subarray(i * d, (i + 1) * d)
    rest.set(row)
    for (let c = 0; c < k; c++) {
      let inner = 0
      for (let j = 0; j < d; j++) inner += vectors[c * d + j]! * row[j]!
      for (let j = 0; j < d; j++) rest[j] = rest[j]! - inner * vectors[c * d + j]!
    }
    let sum = 0
    for (const one of rest) sum += one * one
    out[i] = Math.sqrt(sum)
  }
  return out
}
