/** Rules for how many components to keep: each with its source and figures; where they speak against one another, that is shown. */
import { eigvalsh } from '../../linalg/index.js'
import { matmul, type Tensor, tensor, transpose } from '../../tensor/index.js'
import { tidy, together, view } from '../../tensor/internal.js'
import { uniforms } from '../random.js'
import type { StopRule } from './types.js'

/** Multiply-adds that parallel analysis may take. */
const parallelWork = 1.5e10
const mostRepeats = 50
const fewestRepeats = 10

const show = (value: number): string => String(Number(value.toPrecision(3)))

/** Kept: the fewest components whose share of the sum of squares is at least this. */
export function shareRule(sigma: Float64Array, share: number): StopRule {
  const squares = sigma.map((one) => one * one)
  const total = squares.reduce((a, b) => a + b, 0)
  const rule = `${Math.round(100 * share)} % of the variance`
  if (total === 0) return { rule, k: null, why: 'the matrix is zero' }
  let [sum, k] = [0, 0]
  while (k < squares.length && sum < share * total * (1 - 1e-12)) sum += squares[k++]!
  return { rule, k, why: `the first ${k === 1 ? 'one holds' : `${k} hold`} ${show((100 * sum) / total)} %` }
}

/** Kaiser (1960), Guttman (1954): eigenvalues of the covariance above their mean (1, where columns are standardized). */
export function kaiserRule(sigma: Float64Array, columns: number): StopRule {
  const squares = sigma.map((one) => one * one)
  const mean = squares.reduce((a, b) => a + b, 0) / columns
  const k = squares.filter((one) => one > mean * (1 + 1e-12)).length
  return { rule: 'above the mean', k, why: `${k} of ${columns} eigenvalues are above their mean (Kaiser, Guttman)` }
}

/** Frontier (1976): share of component i above 1/p (1/i + ... + 1/p), the expected length of the i-th longest of p pieces of a stick broken at random. */
export function brokenStickRule(sigma: Float64Array, columns: number): StopRule {
  const squares = sigma.map((one) => one * one)
  const total = squares.reduce((a, b) => a + b, 0)
  const rule = 'broken stick'
  if (total === 0) return { rule, k: null, why: 'the matrix is zero' }
  const expected = new Float64Array(columns)
  for (let i = columns - 1, sum = 0; i >= 0; i--) {
    sum += 1 / (i + 1)
    expected[i] = sum / columns
  }
  let k = 0
  while (k < squares.length && squares[k]! / total > expected[k]!) k++
  const next = k < squares.length ? `component ${k + 1} has ${show((100 * squares[k]!) / total)} %, a broken stick's piece ${show(100 * expected[k]!)} %` : 'all are longer than the pieces of a broken stick' // biome-ignore format: one line
  return { rule, k, why: next }
}

/** The corner of the scree: the component farthest below the line from the first to the last eigenvalue; those before it are kept. */
export function elbowRule(sigma: Float64Array): StopRule {
  const squares = Array.from(sigma, (one) => one * one)
  const rule = 'elbow'
  const [first, last, n] = [squares[0] ?? 0, squares.at(-1) ?? 0, squares.length]
  if (n < 3 || first <= last) return { rule, k: null, why: 'the scree has no corner' }
  let [corner, most] = [0, 0]
  for (let i = 1; i < n - 1; i++) {
    // Both axes from 0 to 1, so that the corner does not depend on units.
    const below = 1 - i / (n - 1) - (squares[i]! - last) / (first - last)
    if (below > most * (1 + 1e-12)) [corner, most] = [i, below]
  }
  return most === 0 ? { rule, k: null, why: 'the scree has no corner' } : { rule, k: corner, why: `the scree bends most at component ${corner + 1}` } // biome-ignore format: one line
}

/**
 * Gavish & Donoho (2014): singular values above omega(beta) times their median, the best threshold for a low-rank matrix in white noise of unknown
 * size; omega by their polynomial (error below 0.02).
 */
export function thresholdRule(sigma: Float64Array, rows: number, columns: number): StopRule {
  const rule = 'optimal threshold'
  const sorted = Float64Array.from(sigma).sort()
  const n = sorted.length
  if (n === 0) return { rule, k: null, why: 'there are no singular values' }
  const median = n % 2 === 1 ? sorted[(n - 1) / 2]! : (sorted[n / 2 - 1]! + sorted[n / 2]!) / 2
  const beta = Math.min(rows, columns) / Math.max(rows, columns)
  const omega = 0.56 * beta ** 3 - 0.95 * beta ** 2 + 1.82 * beta + 1.43
  const k = sigma.filter((one) => one > omega * median).length
  return {
    rule,
    k,
    why: `${k} singular values are above ${show(omega)} times their median (Gavish & Donoho, for white noise)`,
  }
}

/**
 * Horn (1965), with permuted columns (Buja & Eyuboglu 1992): the leading components whose eigenvalues are above the 95th percentile of those of tables
 * whose columns were shuffled, each for itself. X is centred.
 */
export function parallelRule(X: Tensor, sigma: Float64Array, seed: number): StopRule {
  const [n, d] = X.shape as [number, number]
  const rule = 'parallel analysis'
  const small = Math.min(n, d)
  const work = n * d * small + 10 * small ** 3
  const repeats = Math.min(mostRepeats, Math.floor(parallelWork / Math.max(1, work)))
  if (n < 3 || d < 2) return { rule, k: null, why: 'it needs two columns and three rows' }
  if (repeats < fewestRepeats) return { rule, k: null, why: 'the table is too large to shuffle often enough' }
  const columns = columnsOf(X)
  const next = uniforms(seed)
  const found: Float64Array[] = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const column of columns) shuffle(column, next)
    found.push(squaresOf(columns, n, d))
  }
  let k = 0
  let limit = 0
  for (; k < small; k++) {
    limit = percentile(found.map((values) => values[k]!), 0.95) // biome-ignore format: one line
    if (!(sigma[k]! ** 2 > limit * (1 + 1e-9))) break
  }
  const why = k < small ? `eigenvalue ${k + 1} is ${show(sigma[k]! ** 2 / (n - 1))}, the 95th percentile of ${repeats} shuffled tables ${show(limit / (n - 1))} (Horn)` : `all are above those of ${repeats} shuffled tables (Horn)` // biome-ignore format: one line
  return { rule, k, why }
}

function columnsOf(X: Tensor): Float64Array[] {
  return tidy(() => {
    const values = view(together(transpose(X))) as Float64Array
    const [n, d] = X.shape as [number, number]
    return Array.from({ length: d }, (_, j) => values.slice(j * n, (j + 1) * n))
  })
}

/** Fisher and Yates. */
function shuffle(values: Float64Array, next: () => number): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1))
    const kept = values[i]!
    values[i] = values[j]!
    values[j] = kept
  }
}

/** Squared singular values, descending. */
function squaresOf(columns: readonly Float64Array[], n: number, d: number): Float64Array {
  return tidy(() => {
    const flat = new Float64Array(n * d)
    for (const [j, column] of columns.entries()) flat.set(column, j * n)
    const Xt = tensor(flat, { shape: [d, n] })
    const gram = d <= n ? matmul(Xt, transpose(Xt)) : matmul(transpose(Xt), Xt)
    return Float64Array.from(eigvalsh(gram).toArray()).reverse()
  })
}

function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  const at = (sorted.length - 1) * share
  const below = Math.floor(at)
  return sorted[below]! + (at - below) * ((sorted[below + 1] ?? sorted[below]!) - sorted[below]!)
}
