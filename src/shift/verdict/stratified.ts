/**
 * Whether x differs between the tables within strata: one stratum asks for p(x), a stratum for each class of y for p(x | y). Three looks: each feature in
 * each stratum (Kolmogorov-Smirnov), all features together (squared rank sums, against permutations of the table within strata: exact), and boosted
 * trees that tell the tables apart on rows that they have not seen (ranks of their scores within strata). Where y is asked about, a fourth: what y is
 * expected to be given x, by models that know neither the row nor its table, is the direction of x in which a change of y given x shows most.
 */
import { type Generator, matmul, tensor } from '../../tensor/index.js'
import { tidy, view } from '../../tensor/internal.js'
import { foldsFor, rowsOf } from '../concept/nuisance.js'
import { chiSquaredSf, kolmogorovSf, normalSf } from '../distributions/index.js'
import { dealFolds, shuffled } from '../draw.js'
import { binColumns, boostTrees, logisticLoss } from '../trees/index.js'

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
/** Fewer rows of a table in a stratum say nothing about it. */
const fewest = 2

export function stratifiedTest(
  columns: readonly Float64Array[],
  table: Uint8Array,
  strata: Int32Array,
  generator: Generator,
  scores: readonly Float64Array[] = [],
): StratifiedTest | null {
  const groups = groupsOf(table, strata)
  if (groups.length === 0 || columns.length === 0) return null
  const alone = columnsTest(columns, table, groups)
  const ranks = ranksTest(columns, table, groups, generator)
  const trees = treesTest(columns, table, strata, groups, generator)
  const scored = scores.length > 0 ? { p: ranksTest(scores, table, groups, generator).p } : null
  const ps = [alone.p, ranks.p, ...(trees ? [trees.p] : []), ...(scored ? [scored.p] : [])]
  return { columns: alone, ranks, trees, scores: scored, p: Math.min(1, ps.length * Math.min(...ps)) }
}

interface Group {
  readonly stratum: number
  readonly rows: Int32Array
  readonly counts: readonly [number, number]
}

/** The strata that both tables have rows in; a stratum below 0 is none. */
function groupsOf(table: Uint8Array, strata: Int32Array): Group[] {
  const rows = new Map<number, number[]>()
  for (let i = 0; i < strata.length; i++) {
    const stratum = strata[i]!
    if (stratum < 0) continue
    const list = rows.get(stratum)
    if (list) list.push(i)
    else rows.set(stratum, [i])
  }
  return [...rows]
    .map(([stratum, list]) => {
      const current = list.filter((row) => table[row] === 1).length
      return { stratum, rows: Int32Array.from(list), counts: [list.length - current, current] as const }
    })
    .filter(({ counts }) => Math.min(...counts) >= fewest)
    .sort((a, b) => a.stratum - b.stratum)
}

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

/** Centred ranks (of missing values: the middle) and centred squares of them, each of length 1. */
function fillScores(values: Float64Array, rows: Int32Array, scores: Float64Array, at: number, width: number): void {
  const n = rows.length
  const rank = new Float64Array(n)
  const order = Array.from(rows.keys()).sort((a, b) => compare(values[rows[a]!]!, values[rows[b]!]!))
  const known = order.findIndex((i) => Number.isNaN(values[rows[i]!]!))
  const count = known < 0 ? n : known
  for (let from = 0; from < count; ) {
    let to = from + 1
    while (to < count && values[rows[order[to]!]!] === values[rows[order[from]!]!]) to++
    for (let i = from; i < to; i++) rank[order[i]!] = (from + to - 1) / 2 - (count - 1) / 2
    from = to
  }
  const square = rank.map((one) => one * one)
  const mean = square.reduce((sum, one) => sum + one, 0) / Math.max(1, count)
  for (let i = count; i < n; i++) square[order[i]!] = mean
  const spread = square.map((one) => one - mean)
  for (const [k, some] of [rank, spread].entries()) {
    const length = Math.sqrt(some.reduce((sum, one) => sum + one * one, 0))
    for (let i = 0; i < n; i++) scores[i * width + at + k] = length > 0 ? some[i]! / length : 0
  }
}

/** Ascending, what is not a number last. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a - b
}

/** Scores of rows by trees of the other folds, which know the stratum; ranked within strata. */
function treesTest(
  columns: readonly Float64Array[],
  table: Uint8Array,
  strata: Int32Array,
  groups: readonly Group[],
  generator: Generator,
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
  const folds = dealFolds(
    Int32Array.from(used, (row) => 2 * strata[row]! + table[row]!),
    foldsFor(used.length),
    generator,
  )
  const scores = new Float64Array(n)
  const loss = logisticLoss(codes, 2)
  for (let fold = 0; fold < foldsFor(used.length); fold++) {
    const [train, test] = rowsOf(folds, fold).map((places) => places.map((place) => used[place]!)) as [
      Int32Array,
      Int32Array,
    ]
    boostTrees(binned, train, loss, { base: [base], generator }).addScores(binned, test, [scores])
  }
  return rankSum(scores, table, groups)
}

/** One feature of 0 and 1 for each stratum where there are several. */
function indicators(strata: Int32Array, groups: readonly Group[]): Float64Array[] {
  if (groups.length < 2) return []
  return groups.map(({ stratum }) => Float64Array.from(strata, (one) => (one === stratum ? 1 : 0)))
}

/** Whether rows of the current table score higher, one-sided: Wilcoxon's rank sums within strata, added up. */
function rankSum(scores: Float64Array, table: Uint8Array, groups: readonly Group[]): { auc: number; p: number } {
  let [over, variance, pairs] = [0, 0, 0]
  for (const { rows, counts } of groups) {
    const n = rows.length
    const order = Array.from(rows).sort((a, b) => scores[a]! - scores[b]!)
    let ties = 0
    for (let from = 0; from < n; ) {
      let to = from + 1
      while (to < n && scores[order[to]!] === scores[order[from]!]) to++
      for (let i = from; i < to; i++) if (table[order[i]!] === 1) over += (from + to - 1) / 2 - (n - 1) / 2
      ties += (to - from) ** 3 - (to - from)
      from = to
    }
    variance += (counts[0] * counts[1] * (n + 1 - ties / Math.max(1, n * (n - 1)))) / 12
    pairs += counts[0] * counts[1]
  }
  return { auc: 0.5 + over / pairs, p: variance > 0 ? normalSf(over / Math.sqrt(variance)) : 1 }
}
