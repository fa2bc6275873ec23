/** Whether y is distributed alike in both tables: a chi-squared test of classes, Kolmogorov and Smirnov's of numbers. */

import { chiSquaredSf, kolmogorovSf } from '../../distributions/index.js'
import type { Generator } from '../../tensor/index.js'
import type { Target } from '../concept/target.js'
import { shuffled } from '../draw.js'
import { countsInOrder, ksInOrder, type OrderedResult } from '../univariate/index.js'

export interface PriorTest {
  readonly test:
    | 'chi-squared'
    | 'Kolmogorov-Smirnov'
    | 'total variation, blocks permuted'
    | 'Kolmogorov-Smirnov, blocks permuted'
  readonly statistic: number
  readonly df: number | null
  readonly p: number
  /** Total variation between the class shares, or the Kolmogorov-Smirnov distance: 0 to 1. */
  readonly effect: number
  /** Shares of the classes: reference, current. */
  readonly shares: readonly [readonly number[], readonly number[]] | null
}

/** Expected counts under this take the p-value from permutations. */
const fewExpected = 5
const permutations = 1999

/** `rows`: those that have y. `inOrder`: of time; where y remembers, blocks of rows are permuted. */
export function priorTest(
  target: Target,
  table: Uint8Array,
  rows: Int32Array,
  generator: Generator,
  inOrder = false,
): PriorTest {
  const test = independentTest(target, table, rows, generator)
  const blocks = inOrder && test.p < 1 ? blocksTest(target, table, rows) : null
  if (blocks === null || blocks.blockLength === 1) return test
  return target.task === 'classification'
    ? { ...test, test: 'total variation, blocks permuted', statistic: test.effect, df: null, p: blocks.p }
    : { ...test, test: 'Kolmogorov-Smirnov, blocks permuted', p: blocks.p }
}

function blocksTest(target: Target, table: Uint8Array, rows: Int32Array): OrderedResult {
  const values = target.task === 'classification' ? target.codes : target.values
  const [a, b] = [0, 1].map((one) => Float64Array.from(rows.filter((row) => table[row] === one), (row) => values[row]!)) as [Float64Array, Float64Array] // biome-ignore format: one line
  return target.task === 'classification'
    ? countsInOrder(a, b, target.classes.length, { permutations })
    : ksInOrder(a, b, { permutations })
}

function independentTest(target: Target, table: Uint8Array, rows: Int32Array, generator: Generator): PriorTest {
  return target.task === 'classification'
    ? classesTest(target.codes, target.classes.length, table, rows, generator)
    : numbersTest(target.values, table, rows)
}

function classesTest(
  codes: Int32Array,
  classes: number,
  table: Uint8Array,
  rows: Int32Array,
  generator: Generator,
): PriorTest {
  const y = Int32Array.from(rows, (row) => codes[row]!)
  const t = Uint8Array.from(rows, (row) => table[row]!)
  const counts = countsOf(y, t, classes)
  const n = [0, 1].map((one) => counts[one]!.reduce((sum, count) => sum + count, 0)) as [number, number]
  const shares = counts.map((some, one) => some.map((count) => count / Math.max(1, n[one]!))) as [number[], number[]]
  const { statistic, df, least } = chiSquared(counts, n)
  const effect = shares[0].reduce((sum, share, k) => sum + Math.abs(share - shares[1][k]!) / 2, 0)
  const p =
    df === 0
      ? 1
      : least >= fewExpected
        ? chiSquaredSf(statistic, df)
        : permutationP(y, t, classes, n, statistic, df, generator)
  return { test: 'chi-squared', statistic, df, p, effect, shares }
}

function countsOf(y: Int32Array, t: Uint8Array, classes: number): [number[], number[]] {
  const counts: [number[], number[]] = [new Array(classes).fill(0), new Array(classes).fill(0)]
  for (let i = 0; i < y.length; i++) counts[t[i] as 0 | 1][y[i]!]!++
  return counts
}

function chiSquared(counts: readonly [number[], number[]], n: readonly [number, number]) {
  let [statistic, present, least] = [0, 0, Number.POSITIVE_INFINITY]
  const whole = n[0] + n[1]
  for (const [k, count] of counts[0].entries()) {
    const both = count + counts[1][k]!
    if (both === 0) continue
    present++
    for (const one of [0, 1] as const) {
      const expected = (both * n[one]) / whole
      least = Math.min(least, expected)
      if (expected > 0) statistic += (counts[one][k]! - expected) ** 2 / expected
    }
  }
  return { statistic, df: n[0] > 0 && n[1] > 0 ? Math.max(0, present - 1) : 0, least }
}

/** Of the tables permuted; far out the chi-squared distribution goes on where counts end, never below a tenth of what they can show. */
function permutationP(
  y: Int32Array,
  t: Uint8Array,
  classes: number,
  n: readonly [number, number],
  statistic: number,
  df: number,
  generator: Generator,
): number {
  let above = 0
  for (let b = 0; b < permutations; b++) {
    const order = shuffled(y.length, generator)
    const value = chiSquared(
      countsOf(
        y,
        Uint8Array.from(order, (place) => t[place]!),
        classes,
      ),
      n,
    ).statistic
    if (value >= statistic * (1 - 1e-12)) above++
  }
  const counted = (above + 1) / (permutations + 1)
  return above > 0 ? counted : Math.min(counted, Math.max(chiSquaredSf(statistic, df), counted / 10))
}

function numbersTest(values: Float64Array, table: Uint8Array, rows: Int32Array): PriorTest {
  const order = Array.from(rows).sort((a, b) => values[a]! - values[b]!)
  const n1 = order.reduce((sum, row) => sum + table[row]!, 0)
  const n0 = order.length - n1
  let [seen0, seen1, D] = [0, 0, 0]
  for (const [i, row] of order.entries()) {
    if (table[row] === 1) seen1++
    else seen0++
    if (i + 1 < order.length && values[order[i + 1]!] === values[row]) continue
    D = Math.max(D, Math.abs(seen0 / Math.max(1, n0) - seen1 / Math.max(1, n1)))
  }
  const p = n0 > 0 && n1 > 0 ? kolmogorovSf(Math.sqrt((n0 * n1) / (n0 + n1)) * D) : 1
  return { test: 'Kolmogorov-Smirnov', statistic: D, df: null, p, effect: D, shares: null }
}
