/** What the shift does to the error of a model fitted on the reference: as a change of p(x) alone would have it, and as it is. */
import type { Labels } from '../concept/nuisance.js'
import type { ReferenceModel } from './referenceModel.js'
import type { ErrorEffect, Estimate } from './types.js'

/** Under so many rows' worth of weight, reweighted errors say nothing. */
const fewest = 30

/** `unit`: the deviation of numbers, whose squared errors are told in their own unit. */
export function errorEffect(
  { name, said }: ReferenceModel,
  labels: Labels,
  table: Uint8Array,
  propensity: Float64Array,
  unit: number,
): ErrorEffect {
  const all = Int32Array.from(table.keys())
  const reference = all.filter((row) => table[row] === 0)
  const current = all.filter((row) => table[row] === 1)
  const losses = Float64Array.from(all, (row) =>
    labels.codes
      ? Number(largest(said, row) !== labels.codes[row])
      : (unit * (said[0]![row]! - labels.values![row]!)) ** 2,
  )
  const weights = Float64Array.from(reference, (row) => propensity[row]! / Math.max(1e-3, 1 - propensity[row]!))
  return {
    metric: labels.codes ? 'error rate' : 'squared error',
    model: name,
    reference: estimate(losses, reference, null)!,
    expected: estimate(losses, reference, weights),
    current: estimate(losses, current, null),
  }
}

/** The class of most probability; of equals the first. */
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
