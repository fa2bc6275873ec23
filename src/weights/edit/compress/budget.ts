/**
 * A budget of parameters spread over layers so that the squared error is least: a multiple-choice knapsack. A layer of rank k costs k times a
 * constant and each further rank gains its sigma^2, in falling order; or it stays dense, at its own price and without error.
 *
 * Given which layers stay dense, marginal gains are best up to the last rank taken. Which those are is chosen by the relaxation (each layer's lower
 * convex hull, its segments by gain per parameter), and then by trying each layer the other way until that no longer helps. The value of
 * the relaxation is the Lagrangian bound: no choice within the budget has a smaller error. Source: Sinha & Zoltners 1979, "The
 * multiple-choice knapsack problem".
 */
import { UsageError } from '../../../core/index.js'

export interface Layer {
  /** Squared error that each rank takes away, falling; all of the layer's singular values. */
  readonly gains: ArrayLike<number>
  /** Parameters of one rank. */
  readonly price: number
  /** Parameters of the dense layer. */
  readonly dense: number
  /** The largest rank that has fewer parameters than the dense layer; 0 where there is none. */
  readonly most: number
}

export interface Allocation {
  /** The rank of each layer; null leaves it dense. */
  readonly ranks: readonly (number | null)[]
  /** Sum of the squared errors. */
  readonly error: number
  /** No allocation within the budget has a smaller sum. */
  readonly bound: number
  readonly parameters: number
}

interface Step {
  readonly layer: number
  readonly gain: number
  readonly cost: number
  /** The hull's last segment: on to the dense layer. */
  readonly dense: boolean
}

/** The fewest parameters: rank 1 throughout. */
export function leastParameters(layers: readonly Layer[]): number {
  return layers.reduce((sum, layer) => sum + floorOf(layer), 0)
}

/** The best allocation found with at most `budget` parameters, every layer of rank 1 or more. Throws UsageError where there is none. */
export function allocate(layers: readonly Layer[], budget: number): Allocation {
  const least = leastParameters(layers)
  if (least > budget)
    throw new UsageError(
      `compress: --budget allows ${Math.floor(budget)} parameters, and rank 1 throughout needs ${least}. Try a larger budget.`,
    )
  const steps = marginalSteps(layers)
  const { dense, bound } = relaxed(layers, budget)
  let best = filled(layers, steps, dense, budget)!
  for (let improved = true; improved; ) {
    improved = false
    for (let i = 0; i < layers.length; i++) {
      if (layers[i]!.most === 0) continue
      const other = filled(layers, steps, toggled(best.dense, i), budget)
      if (other !== null && isBetter(other, best)) {
        best = other
        improved = true
      }
    }
  }
  const { ranks, error, parameters } = best
  return {
    ranks: Array.from(ranks, (rank, i) => (best.dense[i] ? null : rank)),
    error,
    parameters,
    bound: Math.min(bound, error),
  }
}

interface Filled {
  readonly ranks: Int32Array
  readonly dense: readonly boolean[]
  readonly error: number
  readonly parameters: number
}

const isBetter = (a: Filled, b: Filled): boolean =>
  a.error < b.error || (a.error === b.error && a.parameters < b.parameters)

const floorOf = ({ most, price, dense }: Layer): number => (most === 0 ? dense : price)

function toggled(dense: readonly boolean[], i: number): boolean[] {
  return dense.map((one, j) => (j === i ? !one : one))
}

/** All single ranks after the first of each layer, the best gain per parameter first, the lower layer first on ties. */
function marginalSteps(layers: readonly Layer[]): Step[] {
  const steps = layers.flatMap(({ gains, most, price }, layer) =>
    Array.from(
      { length: Math.max(0, most - 1) },
      (_, i): Step => ({ layer, gain: gains[i + 1]!, cost: price, dense: false }),
    ),
  )
  return byValue(steps)
}

function byValue(steps: Step[]): Step[] {
  return steps.sort((a, b) => b.gain / b.cost - a.gain / a.cost || a.layer - b.layer)
}

/** Squared errors left at each rank: `left[k]`. */
function errorsOf({ gains }: Layer): Float64Array {
  const left = new Float64Array(gains.length + 1)
  for (let k = gains.length - 1; k >= 0; k--) left[k] = left[k + 1]! + gains[k]!
  return left
}

/** Marginal gains until nothing fits, with some layers dense; null where even rank 1 of the others does not fit. */
function filled(
  layers: readonly Layer[],
  steps: readonly Step[],
  dense: readonly boolean[],
  budget: number,
): Filled | null {
  const isDense = layers.map(({ most }, i) => dense[i]! || most === 0)
  let parameters = layers.reduce((sum, layer, i) => sum + (isDense[i] ? layer.dense : layer.price), 0)
  if (parameters > budget) return null
  const ranks = Int32Array.from(isDense, (one) => (one ? 0 : 1))
  const isFull = [...isDense]
  for (const { layer, gain, cost } of steps) {
    if (isFull[layer] || gain <= 0) continue
    // What is left only shrinks: a layer whose next rank does not fit is done.
    if (parameters + cost > budget) isFull[layer] = true
    else {
      parameters += cost
      ranks[layer]!++
    }
  }
  let error = 0
  for (const [i, { gains }] of layers.entries())
    if (!isDense[i]) for (let k = gains.length - 1; k >= ranks[i]!; k--) error += gains[k]!
  return { ranks, dense: isDense, error, parameters }
}

/** The linear relaxation: which layers it leaves dense, and its value. */
function relaxed(layers: readonly Layer[], budget: number): { dense: boolean[]; bound: number } {
  const dense = layers.map(({ most }) => most === 0)
  const segments = byValue(layers.flatMap(hullOf))
  let room = budget - leastParameters(layers)
  let bound = layers.reduce((sum, layer) => sum + (layer.most === 0 ? 0 : errorsOf(layer)[1]!), 0)
  for (const { layer, gain, cost, dense: isLast } of segments) {
    if (gain <= 0) break
    const share = Math.min(1, room / cost)
    bound -= share * gain
    if (share < 1) break
    room -= cost
    if (isLast) dense[layer] = true
  }
  return { dense, bound: Math.max(0, bound) }
}

/** The lower hull of (parameters, squared error) from rank 1 to dense: single ranks, then one segment to the dense layer. */
function hullOf(layer: Layer, index: number): Step[] {
  const { gains, price, dense, most } = layer
  if (most === 0) return []
  const left = errorsOf(layer)
  let last = most
  // The dense layer hides the ranks whose own gain per parameter is less than the way to it.
  while (last > 1 && gains[last - 1]! / price <= left[last]! / (dense - last * price)) last--
  const steps = Array.from(
    { length: last - 1 },
    (_, i): Step => ({ layer: index, gain: gains[i + 1]!, cost: price, dense: false }),
  )
  steps.push({ layer: index, gain: left[last]!, cost: dense - last * price, dense: true })
  return steps
}
