/** What the shift does to the error of a model fitted on the reference: as a change of p(x) alone would have it, and as it is. */
import type { Generator } from '../../tensor/index.js'
import { foldsFor, type Labels, rowsOf } from '../concept/nuisance.js'
import { fitClasses, fitNumbers, type Inputs } from '../concept/predictor.js'
import { dealFolds } from '../draw.js'
import type { ErrorEffect, Estimate } from './types.js'

/** Under so many rows' worth of weight, reweighted errors say nothing. */
const fewest = 30

/** `unit`: the deviation of numbers, whose squared errors are told in their own unit. */
export function errorEffect(
  inputs: Inputs,
  labels: Labels,
  table: Uint8Array,
  propensity: Float64Array,
  unit: number,
  generator: Generator,
): ErrorEffect {
  const all = Int32Array.from(table.keys())
  const reference = all.filter((row) => table[row] === 0)
  const current = all.filter((row) => table[row] === 1)
  const losses = new Float64Array(inputs.rows)
  const lossOf = (train: Int32Array, test: Int32Array): void => {
    if (labels.codes) {
      const p = fitClasses(inputs, train, labels.codes, labels.classes!, generator).predict(test)
      for (const row of test) losses[row] = largest(p, row) === labels.codes[row] ? 0 : 1
    } else {
      const mean = fitNumbers(inputs, train, labels.values!, generator).predict(test)
      for (const row of test) losses[row] = (unit * (mean[row]! - labels.values![row]!)) ** 2
    }
  }
  const folds = dealFolds(
    Int32Array.from(reference, (row) => labels.codes?.[row] ?? 0),
    foldsFor(reference.length),
    generator,
  )
  for (let fold = 0; fold < foldsFor(reference.length); fold++) {
    const [train, test] = rowsOf(folds, fold).map((places) => places.map((place) => reference[place]!)) as [
      Int32Array,
      Int32Array,
    ]
    lossOf(train, test)
  }
  lossOf(reference, current)
  const weights = Float64Array.from(reference, (row) => propensity[row]! / Math.max(1e-3, 1 - propensity[row]!))
  return {
    metric: labels.codes ? 'error rate' : 'squared error',
    model: 'a linear model with boosted trees, fitted on the reference',
    reference: estimate(losses, reference, null)!,
    expected: estimate(losses, reference, weights),
    current: estimate(losses, current, null),
  }
}

/** The class of most probability. */
function largest(p: readonly Float64Array[], row: number): number {
  let best = 0
  for (let k = 1; k < p.length; k++) if (p[k]![row]! > p[best]![row]!) best = k
  return best
}

/** (Weighted) mean with its standard error; null where few rows carry the weight. */
function estimate(losses: Float64Array, rows: Int32Array, weights: Float64Array | null): Estimate | null {
  let [sum, whole, squares] = [0, 0, 0]
  for (const [i, row] of rows.entries()) {
    const weight = weights?.[i] ?? 1
    whole += weight
    squares += weight * weight
    sum += weight * losses[row]!
  }
  if (weights !== null && (whole * whole) / squares < fewest) return null
  const value = sum / whole
  let spread = 0
  for (const [i, row] of rows.entries()) spread += ((weights?.[i] ?? 1) * (losses[row]! - value)) ** 2
  return { value, standardError: Math.sqrt(spread) / whole }
}
