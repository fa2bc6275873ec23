/**
 * Whether y depends on the table beyond x: weighted products of residuals (Shah & Peters, "The hardness of conditional independence testing and the
 * generalised covariance measure", 2020; weighted as in Scheidegger, Hoerrmann & Buehlmann 2022). The error of the model of y and that of the table
 * multiply in the statistic, so that a covariate shift with a curved relation does not look like a change of y given x.
 *
 * Three looks at the products: their mean (y moved for all x alike), their covariance with each feature (slopes moved), and their mean weighted by the
 * change that boosted trees found on other folds (any change). Of numbers the same three once more of the tails of the residuals, which tell a change of
 * spread. Of rows in the order of time, sums over blocks take the place of rows.
 */

import { chiSquaredSf, studentSf } from '../../distributions/index.js'
import { type Generator, matmul, tensor } from '../../tensor/index.js'
import { tidy, view } from '../../tensor/internal.js'
import { rowsOf, uniforms } from '../draw.js'
import { blockSums, meanOverError, serialLength } from '../permutation/serial.js'
import { boostTrees, productLoss } from '../trees/index.js'
import type { Residuals } from './nuisance.js'
import type { Inputs } from './predictor.js'
import { choleskyInPlace, forwardSolve } from './ridge.js'
import { spreadRatio } from './tails.js'

/** Three looks at products of residuals. */
export interface Looks {
  /** Largest change of a class's probability (or of y, in deviations) for all rows alike. */
  readonly mean: { readonly statistic: number; readonly p: number }
  readonly slopes: { readonly statistic: number; readonly df: number; readonly p: number } | null
  readonly learned: { readonly statistic: number; readonly p: number }
}

export interface ResidualTest extends Looks {
  /** Of numbers, whether residuals fall into the tails; null of classes. */
  readonly tails: Looks | null
  /** Of all together, corrected for their number. */
  readonly p: number
  /** [outputs][rows]: the change of y given x as other folds have it. */
  readonly change: readonly Float64Array[]
  /** Size of the change: total variation of class probabilities, or deviations of y; averaged where the tables overlap. */
  readonly effect: number
  /** Of numbers: how many times as large their residuals are in the current table, where the tables overlap; null of classes. */
  readonly spread: number | null
}

/** Random signs that the null distribution of the slopes' statistic is made of. */
const flips = 499
/** Outputs and directions that slopes are tested for at most: the square is inverted. */
const mostOutputs = 12
const mostDirections = 32
const fewestSigns = 30

export function residualTest(inputs: Inputs, left: Residuals, generator: Generator): ResidualTest {
  const { change, ...looks } = looksOf(inputs, left, generator)
  const tails = left.tails && looksOf(inputs, { ...left, y: left.tails }, generator)
  const ps = [looks, ...(tails ? [tails] : [])].flatMap(psOf)
  return {
    ...looks,
    tails: tails && { mean: tails.mean, slopes: tails.slopes, learned: tails.learned },
    p: Math.min(1, ps.length * Math.min(...ps)),
    change,
    effect: effectOf(left, change),
    spread: left.tails && spreadRatio(left.y[0]!, left.table, left.propensity),
  }
}

/** The p-values of the looks. */
export const psOf = ({ mean, slopes, learned }: Looks): number[] => [mean.p, ...(slopes ? [slopes.p] : []), learned.p]

function looksOf(inputs: Inputs, left: Residuals, generator: Generator): Looks & { change: Float64Array[] } {
  const change = learnedChange(inputs, left, generator)
  return {
    mean: meanTest(left),
    slopes: slopesTest(inputs, left, generator),
    learned: learnedTest(left, change),
    change,
  }
}

/** Two-sided, by the output that moved most, Bonferroni over the outputs. */
function meanTest({ y, table, split }: Residuals): { statistic: number; p: number } {
  let best = { statistic: 0, p: 1 }
  for (const residual of y) {
    const { statistic, df } = meanOverError(
      residual.map((value, i) => value * table[i]!),
      split,
    )
    const p = 2 * studentSf(Math.abs(statistic), df)
    if (p < best.p) best = { statistic, p }
  }
  return { ...best, p: Math.min(1, y.length * best.p) }
}

/** The change of y given x between the tables as trees of the other folds have it. */
function learnedChange(
  inputs: Inputs,
  { y, table, folds, foldCount, gap, rows }: Residuals,
  generator: Generator,
): Float64Array[] {
  return y.map((residual) => {
    const change = new Float64Array(rows)
    for (let fold = 0; fold < foldCount; fold++) {
      const [train, test] = rowsOf(folds, fold, gap)
      boostTrees(inputs.binned, train, productLoss(residual, table), { generator, rate: 0.2, leaf: 15 }).addScores(inputs.binned, test, [change]) // biome-ignore format: one line
    }
    return change
  })
}

/** One-sided: products of residuals agree with the change that other folds found. */
function learnedTest(
  { y, table, split }: Residuals,
  change: readonly Float64Array[],
): { statistic: number; p: number } {
  const products = table.map((one, i) => {
    let sum = 0
    for (let k = 0; k < y.length; k++) sum += y[k]![i]! * change[k]![i]!
    return sum * one
  })
  const { statistic, df } = meanOverError(products, split)
  return { statistic, p: studentSf(statistic, df) }
}

/**
 * Sum of squared covariances of the products with the features, whitened with a ridge; by random signs (each row's products are as likely the other way
 * round under the null), far out by the chi-squared distribution of the same mean and variance.
 */
function slopesTest({ x, d }: Inputs, { y, table, rows, split }: Residuals, generator: Generator): Looks['slopes'] {
  if (d === 0) return null
  const directions = d <= mostDirections ? { z: x, k: d } : { z: projected(x, rows, d, generator), k: mostDirections }
  const outputs = y.length <= mostOutputs ? y : [...y].sort((a, b) => norm(b) - norm(a)).slice(0, mostOutputs)
  const L = outputs.length * directions.k
  const R = new Float64Array(rows * L)
  for (let i = 0; i < rows; i++)
    for (const [k, residual] of outputs.entries()) {
      const product = residual[i]! * table[i]!
      for (let j = 0; j < directions.k; j++)
        R[i * L + k * directions.k + j] = product * directions.z[i * directions.k + j]!
    }
  const length = split === null ? 1 : serialLength(split, columnsOf(R, rows, L))
  if (split === null || length === 1) return signTest(R, rows, L, generator)
  const { sums, blocks, known } = blockSums(R, L, split, length)
  return signTest(sums, blocks, L, generator, known)
}

const columnsOf = (R: Float64Array, n: number, L: number): Float64Array[] =>
  Array.from({ length: L }, (_, l) => Float64Array.from({ length: n }, (_, i) => R[i * L + l]!))

const norm = (values: Float64Array): number => values.reduce((sum, value) => sum + value * value, 0)

/** Random directions, as many as are tested, where there are more features. */
function projected(x: Float64Array, n: number, d: number, generator: Generator): Float64Array {
  const signs = uniforms(d * mostDirections, generator).map((u) => (u < 0.5 ? -1 : 1) / Math.sqrt(d))
  return product(x, [n, d], signs, [d, mostDirections])
}

function product(a: Float64Array, shape: [number, number], b: Float64Array, other: [number, number]): Float64Array {
  return tidy(() => {
    const [A, B] = [tensor(a, { dtype: 'f64' }).reshape(shape), tensor(b, { dtype: 'f64' }).reshape(other)]
    return Float64Array.from(view(matmul(A, B)))
  })
}

/** Whether the rows of R [n, L] have mean zero, as far as signs can tell. `known`: the share of the mean's variance that the rows show. */
function signTest(R: Float64Array, n: number, L: number, generator: Generator, known = 1) {
  const S = product(transposed(R, n, L), [L, n], R, [n, L])
  let trace = 0
  for (let l = 0; l < L; l++) trace += S[l * L + l]!
  if (!(trace > 0)) return null
  // More ridge where there are more directions than rows can tell apart.
  const ridge = (0.05 + L / n) * (trace / L)
  for (let l = 0; l < L; l++) S[l * L + l]! += ridge
  choleskyInPlace(S, L)
  const square = (sum: Float64Array): number => norm(forwardSolve(S, L, sum))
  const total = new Float64Array(L)
  for (let i = 0; i < n; i++) for (let l = 0; l < L; l++) total[l]! += R[i * L + l]!
  const statistic = known * square(total)
  const signs = uniforms(flips * n, generator).map((u) => (u < 0.5 ? -1 : 1))
  const sums = product(signs, [flips, n], R, [n, L])
  let [above, mean, squares] = [0, 0, 0]
  for (let f = 0; f < flips; f++) {
    const value = square(sums.slice(f * L, f * L + L))
    if (value >= statistic) above++
    mean += value / flips
    squares += (value * value) / flips
  }
  const df = (2 * mean * mean) / Math.max(squares - mean * mean, 1e-300)
  const counted = (above + 1) / (flips + 1)
  // Few rows (blocks) have few signs: nothing is known far out.
  const p = above >= 5 || n < fewestSigns ? counted : Math.min(counted, chiSquaredSf((statistic * df) / mean, df))
  return { statistic: statistic / mean, df, p }
}

function transposed(R: Float64Array, n: number, L: number): Float64Array {
  const out = new Float64Array(n * L)
  for (let i = 0; i < n; i++) for (let l = 0; l < L; l++) out[l * n + i] = R[i * L + l]!
  return out
}

/** The mean change along the direction that other folds found: what noise adds to it on one fold is not there on the others. */
function effectOf({ y, table, rows }: Residuals, change: readonly Float64Array[]): number {
  let [along, squares] = [0, 0]
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < y.length; k++) along += table[i]! * y[k]![i]! * Math.sign(change[k]![i]!)
    squares += table[i]! * table[i]!
  }
  // Of more than two classes every probability that one gains another loses.
  return squares > 0 ? Math.max(0, along / squares / (y.length > 1 ? 2 : 1)) : 0
}
