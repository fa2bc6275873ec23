/** Ratings in two parts: to learn from, and to measure on. */
import { UsageError } from '../../core/index.js'
import { Generator, randperm } from '../../tensor/index.js'
import { tidy, view } from '../../tensor/internal.js'
import { checkRatings, placesOf, type Ratings } from './ratings.js'

/**
 * Rating i is for the test where i % every is offset (every - 1 unless given), where a draw by the seed says so, where it is among the latest of all
 * (a share of them), or among the `latestOfEach` latest of its user, of users who have more than that.
 */
export type SplitRule =
  | { readonly every: number; readonly offset?: number }
  | { readonly fraction: number; readonly seed?: number }
  | { readonly latest: number }
  | { readonly latestOfEach: number }

/**
 * Both parts keep the order of the ratings. By `fraction`, round(n fraction) ratings are drawn without replacement; the same seed draws the
 * same. By default a tenth, with seed 0. What is latest goes by `times`, of equal or no times by the place in the list. Several ratings of one item by
 * one user may come into both parts. Throws UsageError for impossible rules.
 *
 * @example
 * const { train, test } = splitRatings({ users: [1, 1, 2], items: ['a', 'b', 'a'], ratings: [3, 4, 5] }, { every: 3 })
 */
export function splitRatings(ratings: Ratings, rule: SplitRule = { fraction: 0.1 }): { train: Ratings; test: Ratings } {
  checkRatings('splitRatings', ratings)
  const isTest = membership(ratings, rule)
  return { train: part(ratings, isTest, 0), test: part(ratings, isTest, 1) }
}

function membership(ratings: Ratings, rule: SplitRule): Uint8Array {
  const n = ratings.ratings.length
  const isTest = new Uint8Array(n)
  if ('latest' in rule) {
    for (const place of byTime(ratings).slice(n - Math.round(n * shareOf('latest', rule.latest)))) isTest[place] = 1
    return isTest
  }
  if ('latestOfEach' in rule) return latestOfEach(ratings, rule.latestOfEach)
  if ('every' in rule) {
    const { every, offset = every - 1 } = rule
    if (!Number.isInteger(every) || every < 2 || !Number.isInteger(offset) || offset < 0 || offset >= every)
      throw new UsageError(
        `splitRatings: every ${every}, offset ${offset}; expected a whole number from 2 on, and one below it from 0 on.`,
      )
    for (let i = offset; i < n; i += every) isTest[i] = 1
    return isTest
  }
  const { seed = 0 } = rule
  const fraction = shareOf('fraction', rule.fraction)
  const order = tidy(() => Int32Array.from(view(randperm(n, { generator: new Generator(seed) }))))
  for (const place of order.subarray(0, Math.round(n * fraction))) isTest[place] = 1
  return isTest
}

function shareOf(name: string, share: number): number {
  if (!(share >= 0 && share <= 1))
    throw new UsageError(`splitRatings: ${name} ${String(share)}; expected a number from 0 to 1.`)
  return share
}

/** Places of ratings, the earliest first. */
function byTime({ ratings, times }: Ratings): Int32Array {
  const places = Int32Array.from({ length: ratings.length }, (_, i) => i)
  return times === undefined ? places : places.sort((a, b) => times[a]! - times[b]! || a - b)
}

function latestOfEach(ratings: Ratings, many: number): Uint8Array {
  if (!Number.isInteger(many) || many < 1)
    throw new UsageError(`splitRatings: latestOfEach ${String(many)}; expected a whole number from 1 on.`)
  const isTest = new Uint8Array(ratings.ratings.length)
  const { known, places: users } = placesOf(ratings.users)
  const left = new Int32Array(known.size)
  for (const user of users) left[user]!++
  // Whoever has no more than that would have nothing to learn from.
  for (let user = 0; user < left.length; user++) left[user] = left[user]! > many ? many : 0
  for (const place of byTime(ratings).reverse()) if (left[users[place]!]!-- > 0) isTest[place] = 1
  return isTest
}

function part({ users, items, ratings, times }: Ratings, isTest: Uint8Array, wanted: number): Ratings {
  const kept = (_: unknown, i: number): boolean => isTest[i] === wanted
  return {
    users: Array.from(users).filter(kept),
    items: Array.from(items).filter(kept),
    ratings: Float64Array.from(ratings).filter(kept),
    ...(times !== undefined && { times: Float64Array.from(times).filter(kept) }),
  }
}
