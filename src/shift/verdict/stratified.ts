/**
 * Whether x differs between the tables within strata: one stratum asks for p(x), a stratum for each class of y for p(x | y). Three looks: each feature in
 * each stratum (Kolmogorov-Smirnov), all features together (squared rank sums, against permutations of the table within strata: exact), and boosted
 * trees that tell the tables apart on rows that they have not seen (ranks of their scores within strata). Where y is asked about, a fourth: what y is
 * expected to be given x, by models that know neither the row nor its table, is the direction of x in which a change of y given x shows most. Of rows in
 * the order of time, blocks take the place of rows.
 */

import { chiSquaredSf, kolmogorovSf, normalSf, studentSf } from '../../distributions/index.js'
import { type Generator, matmul, tensor } from '../../tensor/index.js'
import { tidy, view } from '../../tensor/internal.js'
import { foldsFor } from '../concept/nuisance.js'
import { dealFolds, rowsOf, shuffled } from '../draw.js'
import { blocksOf, drawnTables, gapOf, meanOverError, type Order, orderOf, serialFolds } from '../permutation/serial.js'
import { binColumns, boostTrees, logisticLoss } from '../trees/index.js'
import { fillScores, type Group, groupsOf } from './strata.js'
import { columnsInOrder, ranksInOrder } from './stratifiedInOrder.js'

export interface StratifiedTest {
  /** The feature and stratum that differ most; p is corrected for the number of both. */
  readonly columns: { readonly p: number; readonly feature: number; readonly stratum: number }
  readonly ranks: { readonly statistic: number; readonly p: number }
  /** Area under the curve of the scores within strata: 1/2 where the tables cannot be told apart. */
  readonly trees: { readonly auc: number; readonly p: number } | null
  /** Of the scores alone, as `ranks`; null without. */
  readonly scores: { readonly p: number } | null
  /** Of all looks together, corrected for their number. */
  readonly p: number
}

const permutations = 499
const permutationsInOrder = 999
export function stratifiedTest(
  columns: readonly Float64Array[],
  table: Uint8Array,
  strata: Int32Array,
  generator: Generator,
  { scores = [], inOrder = false }: { scores?: readonly Float64Array[]; inOrder?: boolean } = {},
): StratifiedTest | null {
  const groups = groupsOf(table, strata)
  if (groups.length === 0 || columns.length === 0) return null
  const order = inOrder ? orderOf(referenceRows(table), [...columns, ...scores]) : null
  const drawn = order && drawnTables(table.length, order.split, order.length, permutationsInOrder, generator)
  const alone = drawn ? columnsInOrder(columns, table, groups, drawn) : columnsTest(columns, table, groups)
  const ranksOf = (some: readonly Float64Array[]) => drawn ? ranksInOrder(some, table, groups, drawn) : ranksTest(some, table, groups, generator) // biome-ignore format: one line
  const ranks = ranksOf(columns)
  const trees = treesTest(columns, table, strata, groups, generator, order)
  const scored = scores.length > 0 ? { p: ranksOf(scores).p } : null
  const ps = [alone.p, ranks.p, ...(trees ? [trees.p] : []), ...(scored ? [scored.p] : [])]
  return { columns: alone, ranks, trees, scores: scored, p: Math.min(1, ps.length * Math.min(...ps)) }
}

const referenceRows = (table: Uint8Array): number => table.filter((one) => one === 0).length

function columnsTest(columns: readonly Float64Array[], table: Uint8Array, groups: readonly Group[]) {
  let best = { p: 1, feature: 0, stratum: groups[0]!.stratum }
  let tests = 0
  for (const group of groups)
    for (const [feature, values] of columns.entries()) {
      const p = columnP(values, table, group.rows)
      if (p === null) continue
      tests++
      if (p < best.p) best = { p, feature, stratum: group.stratum }
    }
  return { ...best, p: Math.min(1, best.p * Math.max(1, tests)) }
}

/** Two-sample test of one feature: chi-squared of two values, Kolmogorov-Smirnov of more; null where there is nothing to compare. */
function columnP(values: Float64Array, table: Uint8Array, rows: Int32Array): number | null {
  const known = rows.filter((row) => !Number.isNaN(values[row]!))
  const order = Array.from(known).sort((a, b) => values[a]! - values[b]!)
  let n1 = 0
  for (const row of order) n1 += table[row]!
  const n0 = order.length - n1
  if (n0 === 0 || n1 === 0 || values[order[0]!] === values[order.at(-1)!]) return null
  let [seen0, seen1, D, distinct] = [0, 0, 0, 0]
  let atFirst: readonly [number, number] = [0, 0]
  for (const [i, row] of order.entries()) {
    if (table[row] === 1) seen1++
    else seen0++
    if (i + 1 < order.length && values[order[i + 1]!] === values[row]) continue
    D = Math.max(D, Math.abs(seen0 / n0 - seen1 / n1))
    if (distinct++ === 0) atFirst = [seen0, seen1]
  }
  if (distinct === 2) return twoByTwo(atFirst[0], n0 - atFirst[0], atFirst[1], n1 - atFirst[1])
  const m = (n0 * n1) / (n0 + n1)
  return kolmogorovSf(Math.sqrt(m) * D)
}

/** Pearson's chi-squared with Yates's correction, which keeps the level where counts are small. */
function twoByTwo(a: number, b: number, c: number, d: number): number {
  const n = a + b + c + d
  const gap = Math.max(0, Math.abs(a * d - b * c) - n / 2)
  return chiSquaredSf((n * gap * gap) / ((a + b) * (c + d) * (a + c) * (b + d)), 1)
}

/** Sum over strata and features of squared standardized rank sums, of location and of spread. */
function ranksTest(
  columns: readonly Float64Array[],
  table: Uint8Array,
  groups: readonly Group[],
  generator: Generator,
) {
  const width = 2 * columns.length
  let statistic = 0
  const permuted = new Float64Array(permutations)
  for (const { rows, counts } of groups) {
    const n = rows.length
    const scores = new Float64Array(n * width)
    for (const [j, values] of columns.entries()) fillScores(values, rows, scores, 2 * j, width)
    // Of a sum over n1 of n rows drawn without replacement: variance n0 n1 / (n - 1) / n times the sum of squares, which is 1.
    const variance = (counts[0] * counts[1]) / n / Math.max(1, n - 1)
    const labels = new Float64Array((permutations + 1) * n)
    for (const [i, row] of rows.entries()) labels[i] = table[row]!
    for (let b = 1; b <= permutations; b++) {
      const order = shuffled(n, generator)
      for (let i = 0; i < n; i++) labels[b * n + i] = labels[order[i]!]!
    }
    const sums = tidy(
      () =>
      Float64Array.from(view(matmul(tensor(labels, { dtype: 'f64' }).reshape([permutations + 1, n]), tensor(scores, { dtype: 'f64' }).reshape([n, width])))), // biome-ignore format: one line
    )
    for (let j = 0; j < width; j++) statistic += sums[j]! ** 2 / variance
    for (let b = 0; b < permutations; b++)
      for (let j = 0; j < width; j++) permuted[b]! += sums[(b + 1) * width + j]! ** 2 / variance
  }
  const above = permuted.reduce((count, value) => count + (value >= statistic * (1 - 1e-12) ? 1 : 0), 0)
  const counted = (above + 1) / (permutations + 1)
  return { statistic, p: above >= 5 ? counted : Math.min(counted, tailOf(permuted, statistic)) }
}

/** Far out: by the chi-squared distribution with the mean and variance of the permuted statistics. */
function tailOf(permuted: Float64Array, statistic: number): number {
  const mean = permuted.reduce((sum, value) => sum + value, 0) / permuted.length
  const variance = permuted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / permuted.length
  if (!(mean > 0) || !(variance > 0)) return 1
  const df = (2 * mean * mean) / variance
  return chiSquaredSf((statistic * df) / mean, df)
}

/** Scores of rows by trees of the other folds, which know the stratum; ranked within strata. */
function treesTest(
  columns: readonly Float64Array[],
  table: Uint8Array,
  strata: Int32Array,
  groups: readonly Group[],
  generator: Generator,
  order: Order | null,
): StratifiedTest['trees'] {
  const used = Int32Array.from(groups.flatMap(({ rows }) => [...rows])).sort()
  if (used.length < 40) return null
  const n = table.length
  const binned = binColumns([...columns, ...indicators(strata, groups)])
  const codes = Int32Array.from(table)
  const shares = new Map(
    groups.map(({ stratum, counts }) => [stratum, Math.log((counts[1] + 0.5) / (counts[0] + 0.5))]),
  )
  const base = Float64Array.from(strata, (stratum) => shares.get(stratum) ?? 0)
  const count = foldsFor(used.length)
  const stretches = order && serialFolds(n, order.split, count)
  const gap = order ? gapOf(n, order, count) : 0
  const blocks = order && blocksOf(n, order.split, order.length).of
  const folds = stretches
    ? Uint8Array.from(used, (row) => stretches[row]!)
    : dealFolds(
        Int32Array.from(used, (row) => 2 * strata[row]! + table[row]!),
        count,
        generator,
      )
  const scores = new Float64Array(n)
  const loss = logisticLoss(codes, 2)
  for (let fold = 0; fold < count; fold++) {
    const [train, test] = rowsOf(folds, fold, gap).map((places) => places.map((place) => used[place]!)) as [
      Int32Array,
      Int32Array,
    ]
    boostTrees(binned, train, loss, { base: [base], blocks, generator }).addScores(binned, test, [scores])
  }
  return rankSum(scores, table, groups, order)
}

/** One feature of 0 and 1 for each stratum where there are several. */
function indicators(strata: Int32Array, groups: readonly Group[]): Float64Array[] {
  if (groups.length < 2) return []
  return groups.map(({ stratum }) => Float64Array.from(strata, (one) => (one === stratum ? 1 : 0)))
}

/** Whether rows of the current table score higher, one-sided: Wilcoxon's rank sums within strata, added up. */
function rankSum(
  scores: Float64Array,
  table: Uint8Array,
  groups: readonly Group[],
  order: Order | null,
): { auc: number; p: number } {
  const products = new Float64Array(table.length)
  let [over, variance, pairs] = [0, 0, 0]
  for (const { rows, counts } of groups) {
    const n = rows.length
    const places = Array.from(rows).sort((a, b) => scores[a]! - scores[b]!)
    let ties = 0
    for (let from = 0; from < n; ) {
      let to = from + 1
      while (to < n && scores[places[to]!] === scores[places[from]!]) to++
      const rank = (from + to - 1) / 2 - (n - 1) / 2
      for (let i = from; i < to; i++) {
        const one = table[places[i]!]!
        if (one === 1) over += rank
        products[places[i]!] = rank * (one - counts[1] / n)
      }
      ties += (to - from) ** 3 - (to - from)
      from = to
    }
    variance += (counts[0] * counts[1] * (n + 1 - ties / Math.max(1, n * (n - 1)))) / 12
    pairs += counts[0] * counts[1]
  }
  const auc = 0.5 + over / pairs
  if (order) {
    const { statistic, df } = meanOverError(products, order.split)
    return { auc, p: studentSf(statistic, df) }
  }
  return { auc, p: variance > 0 ? normalSf(over / Math.sqrt(variance)) : 1 }
}
