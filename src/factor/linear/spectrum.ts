/**
 * Singular values and right singular vectors of a table, centred or not: what principal components, truncated decompositions and their errors
 * are made of. Three ways: `exact` (triangular factor, then gesdd), `gram` (X^T X, then syevd), `randomized` (see randomized.ts).
 */

import { NumericalError } from '../../core/index.js'
import { svd } from '../../linalg/index.js'
import { matmul, type Tensor, transpose } from '../../tensor/index.js'
import { describe, empty, kernels, lapack, tidy, view } from '../../tensor/internal.js'
import { refuseOverflow } from '../input.js'
import { eachCentredBlock, lend, runningMean } from './blocks.js'
import { type RandomizedSettings, randomizedSpectrum } from './randomized.js'
import { largest, scatterOf, smallest } from './scatter.js'
import { withSigns } from './signs.js'
import { triangleOf } from './triangle.js'

/** What was asked for, or what was done. */
export type Solver = 'auto' | 'exact' | 'gram' | 'randomized'

export interface Spectrum {
  readonly solver: Exclude<Solver, 'auto'>
  /** Means of the columns [d]; null where the table was not centred. */
  readonly mean: Float64Array | null
  /** Descending. */
  readonly values: Float64Array
  /** A row [.., d] for each value: orthonormal, the entry of largest size positive. */
  readonly vectors: Tensor
  /** Sum of squares of the (centred) table, by the square of the first value, so that it does not leave the range; 0 for a table of zeros. */
  readonly total: number
}

export interface SpectrumOptions {
  readonly centred: boolean
  readonly solver: Solver
  /** As many values as are wanted of these, all by default. What a share of the sum of squares needs is told by the values, in squares. */
  readonly count: (shares: Float64Array) => number
  /** What `count` is at most, for the randomized way. */
  readonly most: number
  readonly randomized: RandomizedSettings
}

/** Smallest ratio to the first singular value that X^T X in f64 gives with 9 digits: errors are eps (s_1 / s)^2. */
const gramReach = 1e-3
/** Multiplications below which all ways take no time, and the most accurate one is taken. */
const smallWork = 4e6
/** Smaller side above which a full decomposition takes minutes, so that `auto` becomes `randomized` when a tenth is wanted at most. */
const largeSide = 5000

/** Contiguous, finite x [n, d] with n, d >= 1. */
export function spectrumOf(op: string, x: Tensor, options: SpectrumOptions): Spectrum {
  const [n, d] = x.shape as readonly [number, number]
  const side = Math.min(n, d)
  const { solver, most } = options
  return tidy(() => {
    if (solver === 'randomized' || (solver === 'auto' && side > largeSide && most <= side / 10))
      return randomizedSpectrum(op, x, options.centred, most, options.randomized)
    if (solver === 'gram' || (solver === 'auto' && n > d && n * d * d > smallWork)) {
      const gram = n >= d ? tallGram(op, x, options.centred) : wideGram(op, x, options.centred)
      if (gram !== null && (solver === 'gram' ? holds(gram, options) : reaches(gram, options))) return gram
    }
    return exactSpectrum(op, x, options.centred)
  })
}

/** Squares of the values as shares of their sum. */
export function sharesOf({ values, total }: Pick<Spectrum, 'values' | 'total'>): Float64Array {
  return values.map((value) => (total === 0 ? 0 : (value / values[0]!) ** 2 / total))
}

/** Sum of (value / first)^2. */
export function relativeTotal(values: Float64Array): number {
  const first = values[0]!
  return first === 0 ? 0 : values.reduce((sum, value) => sum + (value / first) ** 2, 0)
}

/** Whether it has as many directions as are wanted: the Gram matrix of a wide table tells none of values near zero. */
function holds(spectrum: Spectrum, { count }: SpectrumOptions): boolean {
  return count(sharesOf(spectrum)) <= spectrum.values.length
}

/** Whether the values that are wanted are as accurate as those of the exact way. */
function reaches(spectrum: Spectrum, { count }: SpectrumOptions): boolean {
  const last = spectrum.values[count(sharesOf(spectrum)) - 1]!
  return last >= gramReach * spectrum.values[0]!
}

/** By the triangular factor of tall tables. */
function exactSpectrum(op: string, x: Tensor, centred: boolean): Spectrum {
  const running = centred ? runningMean(x.shape[1]!) : null
  const { S, Vh } = svd(triangleOf(op, x, running))
  const values = Float64Array.from(view(S))
  if (!values.every(Number.isFinite)) refuseOverflow(op, x)
  return {
    solver: 'exact',
    mean: running?.mean ?? null,
    values,
    vectors: withSigns(Vh),
    total: relativeTotal(values),
  }
}

/** null where squares leave the range. */
function tallGram(op: string, x: Tensor, centred: boolean): Spectrum | null {
  const d = x.shape[1]!
  const running = centred ? runningMean(d) : null
  const scatter = scatterOf(op, x, running)
  const eigen = eigenOf(op, scatter)
  if (eigen === null) return null
  // Columns of eigenvectors, ascending, become rows, descending.
  const vectors = empty('f64', [d, d])
  const [from, to] = [view(scatter), view(vectors)]
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) to[i * d + j] = from[j * d + d - 1 - i]!
  return { ...eigen, mean: running?.mean ?? null, vectors: withSigns(vectors) }
}

/** By X X^T [n, n] of a table with more columns than rows, of which one centred copy is made. */
function wideGram(op: string, x: Tensor, centred: boolean): Spectrum | null {
  const [n, d] = x.shape as readonly [number, number]
  const running = centred ? runningMean(d) : null
  const rows = running === null ? x.to('f64') : empty('f64', [n, d])
  if (running !== null) eachCentredBlock(op, x, running, n, () => rows.pointer, () => {}) // biome-ignore format: one pass
  const scatter = empty('f64', [n, n])
  lapack().syrk('f64', 'upper', false, n, d, 1, rows.pointer, d, 0, scatter.pointer, n)
  const eigen = eigenOf(op, scatter)
  if (eigen === null) return null
  // Directions of values near zero are not to be had this way.
  const kept = eigen.values.findIndex((value) => !(value > 1e-7 * eigen.values[0]!))
  const count = kept < 0 ? n : kept
  const values = eigen.values.subarray(0, count)
  const left = empty('f64', [n, count])
  const [from, to] = [view(scatter), view(left)]
  for (let i = 0; i < n; i++) for (let j = 0; j < count; j++) to[i * count + j] = from[i * n + n - 1 - j]! / values[j]!
  return { ...eigen, values, mean: running?.mean ?? null, vectors: withSigns(matmul(transpose(left), rows)) }
}

/** Overwrites a scatter by its eigenvectors; null where its squares lost digits. */
function eigenOf(op: string, scatter: Tensor): Pick<Spectrum, 'solver' | 'values' | 'total'> | null {
  const d = scatter.shape[0]!
  const elements = view(scatter)
  let total = 0
  for (let i = 0; i < d; i++) total += elements[i * d + i]!
  if (!(total > smallest && total < largest)) return null
  return lend(d * 8, (w) => {
    const info = lapack().syevd('f64', true, 'upper', d, scatter.pointer, d, w)
    if (info > 0)
      throw new NumericalError('not-converged', `${op}: the eigenvalues of ${describe(scatter)} did not converge.`)
    const values = kernels().f64(w, d).toReversed().map((value) => Math.sqrt(Math.max(0, value))) // biome-ignore format: one step
    return { solver: 'gram' as const, values, total: total / values[0]! ** 2 }
  })
}
