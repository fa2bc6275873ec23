/**
 * Of numbers the mean given x may hold while their noise does not: whether a residual is among the lowest or the highest of both tables is what a change
 * of spread or of skewness moves. Two more targets, each less its own expectation given x.
 */
import type { Generator } from '../../tensor/index.js'
import { rowsOf } from '../draw.js'
import { fitNumbers, type Inputs } from './predictor.js'

/** Share of the residuals of both tables that is a tail, at either end. */
const share = 0.1

/** Lower and upper tail, [2][rows]: an indicator less what models of other folds expect of it given x. `residual`: y less its expectation. */
export function tailResiduals(
  inputs: Inputs,
  residual: Float64Array,
  { folds, foldCount, gap }: { folds: Uint8Array; foldCount: number; gap: number },
  generator: Generator,
): Float64Array[] {
  const sorted = residual.slice().sort()
  const n = residual.length
  const [low, high] = [sorted[Math.floor(share * (n - 1))]!, sorted[Math.ceil((1 - share) * (n - 1))]!]
  return [residual.map((value) => Number(value <= low)), residual.map((value) => Number(value >= high))].map((tail) => {
    const left = tail.slice()
    for (let fold = 0; fold < foldCount; fold++) {
      const [train, test] = rowsOf(folds, fold, gap)
      const expected = fitNumbers(inputs, train, tail, generator).predict(test)
      for (const row of test) left[row]! -= expected[row]!
    }
    return left
  })
}

/**
 * How many times as large residuals are in the current table, on average, where the tables overlap: rows weigh by the chance of the other table given x, so
 * that both have the same x. `left`: the table less its expectation, which is above 0 in the current one. Null where the reference has none.
 */
export function spreadRatio(residual: Float64Array, left: Float64Array, propensity: Float64Array): number | null {
  const [sum, whole] = [new Float64Array(2), new Float64Array(2)]
  for (const [i, rest] of left.entries()) {
    const one = rest > 0 ? 1 : 0
    const weight = one === 1 ? 1 - propensity[i]! : propensity[i]!
    sum[one]! += weight * Math.abs(residual[i]!)
    whole[one]! += weight
  }
  const [reference, current] = [sum[0]! / whole[0]!, sum[1]! / whole[1]!]
  return reference > 0 && Number.isFinite(current) ? current / reference : null
}
