/**
 * The conditional permutation test (Berrett, Wang, Barber & Samworth 2020): which rows are the current table's is drawn anew, given x, so that each
 * draw is as likely as what was seen if y does not depend on the table. Its answer rests on the model of the table given x alone.
 */
import type { Generator } from '../../tensor/index.js'
import { shuffled, uniforms } from '../draw.js'
import type { Residuals } from './nuisance.js'

export interface PermutationTest {
  readonly statistic: number
  readonly p: number
  readonly permutations: number
}

/** Rounds of swaps of all rows in pairs, from one drawing to the next. */
const rounds = 12

/** Statistic: mean product of the residuals of y, along the change that other folds found, with the table. */
export function conditionalPermutation(
  left: Residuals,
  change: readonly Float64Array[],
  table: Uint8Array,
  permutations: number,
  generator: Generator,
): PermutationTest {
  const n = left.rows
  const weight = new Float64Array(n)
  for (const [k, residual] of left.y.entries()) for (let i = 0; i < n; i++) weight[i]! += residual[i]! * change[k]![i]!
  const odds = left.propensity.map((p) => Math.max(1e-6, Math.min(1 - 1e-6, p)) / Math.max(1e-6, 1 - p))
  const statisticOf = (drawn: Uint8Array): number => drawn.reduce((sum, one, i) => sum + (one - left.propensity[i]!) * weight[i]!, 0) / n // biome-ignore format: one line
  const statistic = statisticOf(table)
  const drawn = table.slice()
  // Away from what was seen first.
  swap(drawn, odds, 4 * rounds, generator)
  let above = 0
  for (let b = 0; b < permutations; b++) {
    swap(drawn, odds, rounds, generator)
    if (statisticOf(drawn) >= statistic) above++
  }
  return { statistic, p: (above + 1) / (permutations + 1), permutations }
}

/** Pairs of rows of different tables change places with the odds of that, given x. */
function swap(drawn: Uint8Array, odds: Float64Array, times: number, generator: Generator): void {
  const n = drawn.length
  const half = n >> 1
  for (let round = 0; round < times; round++) {
    const order = shuffled(n, generator)
    const u = uniforms(half, generator)
    for (let i = 0; i < half; i++) {
      const [a, b] = [order[2 * i]!, order[2 * i + 1]!]
      if (drawn[a] === drawn[b]) continue
      const [one, other] = drawn[a] === 1 ? [a, b] : [b, a]
      if (u[i]! * (odds[one]! + odds[other]!) < odds[other]!) {
        drawn[one] = 0
        drawn[other] = 1
      }
    }
  }
}
