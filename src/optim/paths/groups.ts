/** Groups of features, and how strongly each can react: what block coordinate descent needs to know of a design. */
import { UsageError } from '../../core/index.js'
import { dot } from '../vector.js'
import type { Design } from './data.js'

export interface FeatureGroup {
  readonly features: readonly number[]
  /** What lambda is multiplied by. */
  readonly weight: number
  /** Largest eigenvalue of XᵍᵀXᵍ; for one feature exactly its squared length. */
  readonly bound: number
}

/** Groups as given (each feature by itself without), each feature in exactly one; weights sqrt(size) unless given. */
export function groupsOf(
  op: string,
  design: Design,
  given: readonly (readonly number[])[] | undefined,
  weights: readonly number[] | undefined,
): FeatureGroup[] {
  const lists = given ?? Array.from({ length: design.p }, (_, j) => [j])
  const seen = new Set<number>()
  for (const [g, list] of lists.entries()) {
    if (list.length === 0) throw new UsageError(`${op}: group ${g} is empty.`)
    for (const j of list) {
      if (!(Number.isInteger(j) && j >= 0 && j < design.p))
        throw new UsageError(`${op}: group ${g} holds feature ${j}; X has ${design.p}, from 0 on.`)
      if (seen.has(j)) throw new UsageError(`${op}: feature ${j} is in two groups, or twice in group ${g}.`)
      seen.add(j)
    }
  }
  if (seen.size < design.p) {
    const missing = Array.from({ length: design.p }, (_, j) => j).find((j) => !seen.has(j))
    throw new UsageError(`${op}: feature ${missing} is in no group; expected each of the ${design.p} in one.`)
  }
  if (weights !== undefined && weights.length !== lists.length)
    throw new UsageError(`${op}: there are ${weights.length} weights for ${lists.length} groups.`)
  return lists.map((features, g) => {
    const weight = weights?.[g] ?? Math.sqrt(features.length)
    if (!(weight > 0 && weight < Infinity))
      throw new UsageError(`${op}: the weight of group ${g} is ${weight}; expected a finite number above 0.`)
    return { features, weight, bound: largestEigenvalue(design, features) }
  })
}

/** Of XᵍᵀXᵍ, from above: the power method comes from below, so the bound adds what it may miss; never over the trace. */
function largestEigenvalue({ columns, squares }: Design, features: readonly number[]): number {
  const k = features.length
  const trace = features.reduce((sum, j) => sum + squares[j]!, 0)
  if (k === 1) return trace
  const gram = features.map((i) => Float64Array.from(features, (j) => dot(columns[i]!, columns[j]!)))
  // Irrational steps modulo 1: in general position to every eigenvector.
  let v = Float64Array.from({ length: k }, (_, i) => 0.5 + ((i * 0.6180339887498949) % 1))
  let value = 0
  for (let round = 0; round < 100; round++) {
    const size = Math.sqrt(dot(v, v))
    if (!(size > 0)) return trace
    v = v.map((one) => one / size)
    const next = Float64Array.from(gram, (row) => dot(row, v))
    const before = value
    value = dot(v, next)
    v = next
    if (value - before <= 1e-6 * value) break
  }
  return Math.min(trace, 1.05 * value)
}
