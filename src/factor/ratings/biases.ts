/** Biases of users and items: how much higher than the mean a user rates, and an item is rated. */
import type { Indexed } from './ratings.js'

export interface Biases {
  readonly users: Float64Array
  readonly items: Float64Array
}

/** Ridge penalties of the two kinds of bias, in numbers of ratings: a bias is shrunk as if so many ratings without it had been given. */
export interface BiasPenalty {
  readonly users: number
  readonly items: number
}

/**
 * Alternating ridge regression of r - mean = b_u + b_i: each sweep sets b_i = sum (r - mean - b_u) / (lambda_i + n_i) for all items, then
 * b_u likewise for all users; both start at 0. Each step minimizes sum (r - mean - b_u - b_i)² + lambda_u sum b_u² + lambda_i sum b_i² exactly.
 */
export function fitBiases(data: Indexed, mean: number, lambda: BiasPenalty, sweeps: number): Biases {
  const users = new Float64Array(data.userIds.length)
  const items = new Float64Array(data.itemIds.length)
  const [userCounts, itemCounts] = [counted(data.users, users.length), counted(data.items, items.length)]
  for (let sweep = 0; sweep < sweeps; sweep++) {
    regress(items, data.items, itemCounts, users, data.users, data.values, mean, lambda.items)
    regress(users, data.users, userCounts, items, data.items, data.values, mean, lambda.users)
  }
  return { users, items }
}

function regress(
  out: Float64Array,
  own: Int32Array,
  counts: Int32Array,
  others: Float64Array,
  other: Int32Array,
  values: Float64Array,
  mean: number,
  lambda: number,
): void {
  out.fill(0)
  for (let i = 0; i < values.length; i++) out[own[i]!]! += values[i]! - mean - others[other[i]!]!
  // Whoever has no ratings keeps 0, also with lambda 0.
  for (let j = 0; j < out.length; j++) out[j] = counts[j] === 0 ? 0 : out[j]! / (lambda + counts[j]!)
}

function counted(keys: Int32Array, count: number): Int32Array {
  const counts = new Int32Array(count)
  for (let i = 0; i < keys.length; i++) counts[keys[i]!]!++
  return counts
}

/** r - mean - b_u - b_i. */
export function residuals(data: Indexed, mean: number, biases: Biases): Float64Array {
  return data.values.map((value, i) => value - mean - biases.users[data.users[i]!]! - biases.items[data.items[i]!]!)
}
