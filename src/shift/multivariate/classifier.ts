/** The classifier two-sample test: whether a classifier tells the rows of two tables apart, and by which columns. */
import { UsageError } from '../../core/index.js'
import { normalSf } from '../../distributions/index.js'
import { Generator, type Tensor } from '../../tensor/index.js'
import { shuffled } from '../draw.js'
import { eachAssignment, type PermutationOptions, permutationP, permutationSettings } from '../permutation/labels.js'
import { merged } from '../univariate/merge.js'
import { withSorted } from '../univariate/sample.js'
import { type ClassifierKind, crossFit, foldsOf, type Rows } from './folds.js'
import { rowsOf } from './matrices.js'

export interface ClassifierOptions extends PermutationOptions {
  /**
   * `linear` (the default): logistic regression, C = 1, on columns standardized by the rows that it learns from; it sees changes of means. `quadratic`: with
   * squares and products of columns (squares alone of 20 columns and more), which see changes of spread and of correlation too.
   */
  model?: ClassifierKind
  /** 5 by default. */
  folds?: number
  /** Names of the columns, for `columns`. */
  names?: readonly string[]
  /** Random assignments that p is taken from, with a fit each; 0 (the default without blocks): one half of the rows against the other. */
  permutations?: number
}

export interface ClassifierResult {
  /** Area under the ROC curve of the out-of-fold scores, pooled over folds: 0.5 for rows that cannot be told apart. */
  readonly auc: number
  readonly p: number
  readonly method: 'split' | 'permutation'
  /** What drives it: how much the AUC falls when a column is shuffled among the rows of a fold; largest first. */
  readonly columns: readonly { readonly name: string; readonly importance: number }[]
}

/**
 * Tests whether two samples of rows are from one distribution: a classifier is fitted to tell them apart, and scored on rows that it has not seen. Under no
 * shift its AUC is 0.5 on average.
 *
 * p is one-sided. Without permutations a classifier is fitted to one half of the rows and judged on the other by Mann & Whitney's test of its scores, normal limit:
 * scores of several folds would depend on each other. With `blockLength` folds are whole blocks of neighbours and p is by permuting blocks (99 by
 * default).
 *
 * Throws UsageError for other than two matrices of finite numbers with the same columns, of as many rows as folds at least.
 *
 * Source: Lopez-Paz & Oquab, "Revisiting classifier two-sample tests" (2017), with the AUC in place of the accuracy.
 * @example classifierTwoSample(randn([200, 2]), randn([200, 2]).add(1), { names: ['a', 'b'] }).columns[0].importance > 0.05 // true
 */
export function classifierTwoSample(x: Tensor, y: Tensor, options: ClassifierOptions = {}): ClassifierResult {
  const { model = 'linear', folds = 5 } = options
  const data = pooledRows(x, y, folds, model)
  const { blockLength, permutations, seed } = settingsOf(options)
  const isFirst = new Uint8Array(data.rows).fill(1, 0, data.first)
  const run = (labels: Uint8Array, importance: boolean) => {
    const foldOf = foldsOf(labels, folds, blockLength, new Generator(seed))
    return outOfFold(data, labels, foldOf, folds, model, seed, importance)
  }
  const found = run(isFirst, true)
  const names = options.names ?? Array.from({ length: data.columns }, (_, j) => `column ${j}`)
  const columns = found.drops
    .map((importance, j) => ({ name: names[j] ?? `column ${j}`, importance }))
    .sort((a, b) => b.importance - a.importance)
  if (permutations === 0) {
    // Folds learn from each other's rows, so that their AUC vary together and more than ranks do; one half learning, the other judging do not.
    const halves = foldsOf(isFirst, 2, 1, new Generator(seed))
    return {
      auc: found.auc,
      p: normalSf(outOfFold(data, isFirst, halves, 1, model, seed, false).z),
      method: 'split',
      columns,
    }
  }
  const permuted = new Float64Array(permutations)
  eachAssignment(data.first, data.rows - data.first, { permutations, seed, blockLength }, (labels, k) => {
    permuted[k] = run(labels, false).mean
  })
  return { auc: found.auc, p: permutationP(found.mean, permuted), method: 'permutation', columns }
}

function settingsOf(options: ClassifierOptions): Required<PermutationOptions> {
  const blocked = options.blockLength !== undefined && options.blockLength > 1
  const permutations = options.permutations ?? (blocked ? 99 : 0)
  if (permutations === 0 && blocked)
    throw new UsageError('classifierTwoSample: blockLength without permutations; expected permutations of 1 or more.')
  const checked = permutationSettings('classifierTwoSample', { ...options, permutations: Math.max(1, permutations) })
  return { ...checked, permutations }
}

function pooledRows(x: Tensor, y: Tensor, folds: number, model: string): Rows & { first: number } {
  if (!['linear', 'quadratic'].includes(model))
    throw new UsageError(`classifierTwoSample: model ${model}; expected linear or quadratic.`)
  if (!Number.isInteger(folds) || folds < 2 || folds > 255)
    throw new UsageError(`classifierTwoSample: folds ${folds}; expected a whole number from 2 to 255.`)
  const [a, b] = [rowsOf('classifierTwoSample', x, 'first'), rowsOf('classifierTwoSample', y, 'second')]
  if (a.columns !== b.columns)
    throw new UsageError(`classifierTwoSample: ${a.columns} and ${b.columns} columns; expected as many in both.`)
  if (Math.min(a.rows, b.rows) < folds)
    throw new UsageError(
      `classifierTwoSample: ${a.rows} and ${b.rows} rows; expected ${folds} or more, one for each fold.`,
    )
  const values = new Float64Array(a.values.length + b.values.length)
  values.set(a.values)
  values.set(b.values, a.values.length)
  return { values, rows: a.rows + b.rows, columns: a.columns, first: a.rows }
}

interface OutOfFold {
  readonly auc: number
  /** Mean of the AUC within folds, weighted by their pairs, and its distance from 1/2 in standard deviations. */
  readonly mean: number
  readonly z: number
  /** Fall of `mean` when a column is shuffled. */
  readonly drops: readonly number[]
}

function outOfFold(
  data: Rows,
  isFirst: Uint8Array,
  foldOf: Uint8Array,
  folds: number,
  model: ClassifierKind,
  seed: number,
  withImportance: boolean,
): OutOfFold {
  const scores = new Float64Array(data.rows)
  const sum = { excess: 0, variance: 0, pairs: 0 }
  const drops = new Float64Array(withImportance ? data.columns : 0)
  const generator = new Generator(seed)
  crossFit(data, isFirst, foldOf, folds, model, (scorer, rows) => {
    for (const row of rows) scores[row] = scorer.score(row, -1, row)
    const own = aucOf(
      Float64Array.from(rows, (row) => scores[row]!),
      rows,
      isFirst,
    )
    if (own === null) return
    sum.pairs += own.pairs
    sum.excess += own.pairs * (own.auc - 0.5)
    sum.variance += own.pairs ** 2 * own.variance
    for (let j = 0; j < drops.length; j++) {
      const order = shuffled(rows.length, generator)
      const replaced = Float64Array.from(rows, (row, i) => scorer.score(row, j, rows[order[i]!]!))
      const without = aucOf(replaced, rows, isFirst)
      if (without) drops[j] = drops[j]! + own.pairs * (own.auc - without.auc)
    }
  })
  const all = Int32Array.from({ length: data.rows }, (_, i) => i)
  const z = sum.variance > 0 ? sum.excess / Math.sqrt(sum.variance) : 0
  return {
    auc: aucOf(scores, all, isFirst)!.auc,
    mean: sum.pairs > 0 ? 0.5 + sum.excess / sum.pairs : 0.5,
    z,
    drops: Array.from(drops, (drop) => (sum.pairs > 0 ? drop / sum.pairs : 0)),
  }
}

/** Probability that a row of the second sample scores above one of the first, ties half; and its variance were there no shift. */
function aucOf(
  scores: Float64Array,
  rows: Int32Array,
  isFirst: Uint8Array,
): { auc: number; pairs: number; variance: number } | null {
  const first = scores.filter((_, i) => isFirst[rows[i]!] === 1)
  const second = scores.filter((_, i) => isFirst[rows[i]!] === 0)
  if (first.length === 0 || second.length === 0) return null
  return withSorted(second, first, (a, b) => {
    const { n, m, rankSum, ties } = merged(a, b)
    const [N, pairs] = [n + m, n * m]
    const variance = (N + 1 - ties / (N * (N - 1))) / (12 * pairs)
    return { auc: (rankSum - (n * (n + 1)) / 2) / pairs, pairs, variance: Math.max(0, variance) }
  })
}
