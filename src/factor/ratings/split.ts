/** Ratings in two parts: to learn from, and to measure on. */
import { UsageError } from '../../core/index.js'
import { Generator, randperm } from '../../tensor/index.js'
import { tidy, view } from '../../tensor/internal.js'
import { checkRatings, type Ratings } from './ratings.js'

/** Rating i is for the test where i % every is offset (every - 1 unless given), or where a draw by the seed says so. */
export type SplitRule =
  | { readonly every: number; readonly offset?: number }
  | { readonly fraction: number; readonly seed?: number }

/**
 * Both parts keep the order of the ratings. By `fraction`, round(n fraction) ratings are drawn without replacement; the same seed draws the
 * same. By default a tenth, with seed 0. Throws UsageError for impossible rules.
 *
 * @example
 * const { train, test } = splitRatings({ users: [1, 1, 2], items: ['a', 'b', 'a'], ratings: [3, 4, 5] }, { every: 3 })
 */
export function splitRatings(ratings: Ratings, rule: SplitRule = { fraction: 0.1 }): { train: Ratings; test: Ratings } {
  checkRatings('splitRatings', ratings)
  const isTest = membership(ratings.ratings.length, rule)
  return { train: part(ratings, isTest, 0), test: part(ratings, isTest, 1) }
}

function membership(n: number, rule: SplitRule): Uint8Array {
  const isTest = new Uint8Array(n)
  if ('every' in rule) {
    const { every, offset = every - 1 } = rule
    if (!Number.isInteger(every) || every < 2 || !Number.isInteger(offset) || offset < 0 || offset >= every)
      throw new UsageError(
        `splitRatings: every ${every}, offset ${offset}; expected a whole number from 2 on, and one below it from 0 on.`,
      )
    for (let i = offset; i < n; i += every) isTest[i] = 1
    return isTest
  }
  const { fraction, seed = 0 } = rule
  if (!(fraction >= 0 && fraction <= 1))
    throw new UsageError(`splitRatings: fraction ${String(fraction)}; expected a number from 0 to 1.`)
  const order = tidy(() => Int32Array.from(view(randperm(n, { generator: new Generator(seed) }))))
  for (const place of order.subarray(0, Math.round(n * fraction))) isTest[place] = 1
  return isTest
}

function part({ users, items, ratings }: Ratings, isTest: Uint8Array, wanted: number): Ratings {
  const kept = (_: unknown, i: number): boolean => isTest[i] === wanted
  return {
    users: Array.from(users).filter(kept),
    items: Array.from(items).filter(kept),
    ratings: Float64Array.from(ratings).filter(kept),
  }
}
