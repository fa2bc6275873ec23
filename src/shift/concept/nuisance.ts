/**
 * What y and the table (0 reference, 1 current) are expected to be given x, each row by models that have not seen it (cross-fitting), and what is left
 * of both. Fitted on both tables together: under "y given x is the same" each row of either is as good.
 */
import type { Generator } from '../../tensor/index.js'
import { dealFolds, rowsOf } from '../draw.js'
import { gapOf, type Order, orderOf, serialFolds } from '../permutation/serial.js'
import { fitClasses, fitNumbers, type Inputs } from './predictor.js'
import { tailResiduals } from './tails.js'

export interface Labels {
  /** 1 for classes 0 and 1 or for numbers, else one for each class. */
  readonly outputs: number
  readonly classes: number | null
  readonly codes: Int32Array | null
  /** The classes' own words. */
  readonly names: readonly string[] | null
  /** Numbers in units of their deviation. */
  readonly values: Float64Array | null
}

export interface Residuals {
  readonly rows: number
  /** Of rows in the order of time: how many are the reference's, which come first. Null: rows are independent. */
  readonly split: number | null
  readonly folds: Uint8Array
  readonly foldCount: number
  /** Rows on either side of a fold that its models have not seen either. */
  readonly gap: number
  /** [outputs][rows]: y less its expectation; indicators for classes. */
  readonly y: readonly Float64Array[]
  /** Of numbers, [2][rows]: whether the residual of y is in the lower or upper tail, less its expectation; null of classes. */
  readonly tails: readonly Float64Array[] | null
  /** Table less its expectation. */
  readonly table: Float64Array
  /** Probability of the current table. */
  readonly propensity: Float64Array
  /** [outputs][rows]: the expectation of y. */
  readonly expected: readonly Float64Array[]
  /** Rounds of trees that the models of y and of the table took, most of the folds. */
  readonly rounds: readonly [number, number]
}

export const foldsFor = (rows: number): number => (rows > 4000 ? 3 : 5)

/** Cross-fitted residuals of all rows. `inOrder`: of time; where rows remember, folds are stretches of it, with gaps between them and what models learn from. */
export function residualsOf(
  inputs: Inputs,
  labels: Labels,
  table: Uint8Array,
  generator: Generator,
  inOrder = false,
): Residuals {
  const n = inputs.rows
  const foldCount = foldsFor(n)
  const classes = labels.classes ?? 1
  const split = inOrder ? table.filter((one) => one === 0).length : null
  const { order } = inputs
  const gap = order ? gapOf(n, order, foldCount) : 0
  const folds = order
    ? serialFolds(n, order.split, foldCount)
    : dealFolds(
        Int32Array.from(table, (one, i) => 2 * (labels.codes?.[i] ?? 0) + one),
        foldCount,
        generator,
      )
  const tableCodes = Int32Array.from(table)
  const y = Array.from({ length: labels.outputs }, () => new Float64Array(n))
  const expected = y.map(() => new Float64Array(n))
  const propensity = new Float64Array(n)
  const rounds: [number, number] = [0, 0]
  for (let fold = 0; fold < foldCount; fold++) {
    const [train, test] = rowsOf(folds, fold, gap)
    const ofTable = fitClasses(inputs, train, tableCodes, 2, generator)
    const chance = ofTable.predict(test)[1]!
    for (const row of test) propensity[row] = chance[row]!
    rounds[1] = Math.max(rounds[1], ofTable.rounds)
    if (labels.codes) {
      const ofY = fitClasses(inputs, train, labels.codes, classes, generator)
      const p = ofY.predict(test)
      const shown = labels.outputs === 1 ? [p[1]!] : p
      for (const [k, some] of shown.entries()) {
        const one = labels.outputs === 1 ? 1 : k
        for (const row of test) {
          expected[k]![row] = some[row]!
          y[k]![row] = (labels.codes[row] === one ? 1 : 0) - some[row]!
        }
      }
      rounds[0] = Math.max(rounds[0], ofY.rounds)
    } else {
      const ofY = fitNumbers(inputs, train, labels.values!, generator)
      const mean = ofY.predict(test)
      for (const row of test) {
        expected[0]![row] = mean[row]!
        y[0]![row] = labels.values![row]! - mean[row]!
      }
      rounds[0] = Math.max(rounds[0], ofY.rounds)
    }
  }
  const left = Float64Array.from(table, (one, i) => one - propensity[i]!)
  const tails = labels.codes ? null : tailResiduals(inputs, y[0]!, { folds, foldCount, gap }, generator)
  return { rows: n, split, folds, foldCount, gap, y, tails, table: left, propensity, expected, rounds }
}

/** How long inputs and y remember; null where rows are as good as independent. */
export function orderOfRows(columns: readonly Float64Array[], labels: Labels, table: Uint8Array): Order | null {
  return orderOf(table.filter((one) => one === 0).length, [...columns, ...seriesOf(labels)])
}

/** y as series of numbers: an indicator for each class. */
function seriesOf({ codes, classes, values }: Labels): Float64Array[] {
  if (codes === null) return [values!]
  return Array.from({ length: classes! }, (_, k) => Float64Array.from(codes, (code) => (code === k ? 1 : 0)))
}
