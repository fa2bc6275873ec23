/** How well a model predicts ratings that it has not seen, and in which order it puts items; with intervals over users. */
import { UsageError } from '../../core/index.js'
import { checkOptions } from '../../tensor/internal.js'
import { type BootstrapOptions, bootstrap, type Estimate, type Ratio } from './bootstrap.js'
import { largest, type Predictions, type Recommender } from './model.js'
import { dcg, type Hits, hits, normalizedBy } from './ranking.js'
import { checkRatings, compress, type Id, meanOf, placesOf, type Ratings } from './ratings.js'

export interface EvaluateOptions extends BootstrapOptions {
  /** Length of the lists that are judged (10). */
  k?: number
  /**
   * What a user's list is made of: `rated`, the user's items in the test (default; users with one are left out of lists), or `all`, the model's
   * items without those that the user rated in training, where what was not rated counts as not wanted.
   */
  candidates?: 'rated' | 'all'
  /** From which rating on an item is relevant (the mean of the test's ratings). */
  relevant?: number
  /** Gain of an item in NDCG: its rating (`linear`, default), or 2^rating - 1 (`exponential`); at least 0 either way. */
  gain?: 'linear' | 'exponential'
}

/** Each with its interval. Over ratings: rmse, mae. Means over users: the rest. */
export interface RatingEvaluation {
  readonly rmse: Estimate
  readonly mae: Estimate
  readonly ndcg: Estimate
  readonly precision: Estimate
  readonly recall: Estimate
  readonly hitRate: Estimate
  readonly reciprocalRank: Estimate
  readonly averagePrecision: Estimate
  readonly k: number
  readonly relevant: number
  /** Of the test: ratings, users, and users whose lists were judged (by NDCG; others are of those with something relevant). */
  readonly ratings: number
  readonly users: number
  readonly ranked: number
  /** Predictions for users or items that the model does not know. */
  readonly cold: Predictions['cold']
  /** How the intervals were made. */
  readonly method: string
}

interface Judge {
  readonly k: number
  readonly candidates: 'rated' | 'all'
  readonly relevant: number
  readonly gainOf: (rating: number) => number
}

const hitNames = ['precision', 'recall', 'hitRate', 'reciprocalRank', 'averagePrecision'] as const

/**
 * Errors of predicted ratings and figures of recommendations on ratings that were held out.
 *
 * Order is by unclipped scores; equal scores share NDCG's places, and stand in their first order elsewhere. In `all`, items of the test that the
 * model does not know cannot be recommended, and are missed. Throws UsageError for an empty test and impossible options.
 *
 * @example
 * const { train, test } = splitRatings(ratings, { fraction: 0.2 })
 * const { rmse, ndcg } = evaluateRatings(new MatrixFactorization({ k: 2 }).fit(train), test, { k: 5 })
 */
export function evaluateRatings(model: Recommender, test: Ratings, options: EvaluateOptions = {}): RatingEvaluation {
  const op = 'evaluateRatings'
  checkOptions(op, options, ['k', 'candidates', 'relevant', 'gain', 'repeats', 'level', 'seed'])
  checkRatings(op, test)
  if (test.ratings.length === 0) throw new UsageError(`${op}: no ratings; expected at least one.`)
  const ratings = Float64Array.from(test.ratings)
  const { k = 10, candidates = 'rated', relevant = meanOf(ratings), gain = 'linear' } = options
  if (!Number.isInteger(k) || k < 1) throw new UsageError(`${op}: k ${k}; expected a whole number from 1 on.`)
  if (candidates !== 'rated' && candidates !== 'all')
    throw new UsageError(`${op}: candidates '${String(candidates)}'; expected 'rated' or 'all'.`)
  if (gain !== 'linear' && gain !== 'exponential')
    throw new UsageError(`${op}: gain '${String(gain)}'; expected 'linear' or 'exponential'.`)
  const gainOf =
    gain === 'linear' ? (rating: number) => Math.max(0, rating) : (rating: number) => Math.max(0, 2 ** rating - 1)
  const { ratings: predicted, cold } = model.predictMany(test)
  const { known, places } = placesOf(test.users)
  const { indptr, places: byUser } = compress(places, known.size)
  const figures = emptyFigures(known.size)
  let user = 0
  for (const id of known.keys()) {
    const own = byUser.subarray(indptr[user]!, indptr[user + 1]!)
    errors(figures, user, own, predicted, ratings)
    const items = Array.from(own, (at) => test.items[at]!)
    const given = Array.from(own, (at) => ratings[at]!)
    judge(figures, user++, model, id, items, given, { k, candidates, relevant, gainOf })
  }
  const { repeats = 1000, level = 0.95, seed = 0 } = options
  return {
    ...bootstrap(figures, known.size, { repeats, level, seed }),
    k,
    relevant,
    ratings: ratings.length,
    users: known.size,
    ranked: figures.ndcg.above.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0),
    cold,
    method: `percentile bootstrap over users, ${repeats} samples, level ${level}, seed ${seed}`,
  }
}

type Figure = 'rmse' | 'mae' | 'ndcg' | (typeof hitNames)[number]

function emptyFigures(users: number): Record<Figure, Ratio> {
  const ones = new Float64Array(users).fill(1)
  const none = (): Ratio => ({ above: new Float64Array(users).fill(Number.NaN), below: ones })
  return {
    rmse: { above: new Float64Array(users), below: new Float64Array(users), finish: Math.sqrt },
    mae: { above: new Float64Array(users), below: new Float64Array(users) },
    ndcg: none(),
    precision: none(),
    recall: none(),
    hitRate: none(),
    reciprocalRank: none(),
    averagePrecision: none(),
  }
}

function errors(
  { rmse, mae }: Record<Figure, Ratio>,
  user: number,
  own: Int32Array,
  predicted: Float64Array,
  ratings: Float64Array,
): void {
  for (const at of own) {
    const error = predicted[at]! - ratings[at]!
    rmse.above[user]! += error * error
    mae.above[user]! += Math.abs(error)
    rmse.below[user]!++
    mae.below[user]!++
  }
}

function judge(
  figures: Record<Figure, Ratio>,
  user: number,
  model: Recommender,
  id: Id,
  items: readonly Id[],
  given: readonly number[],
  options: Judge,
): void {
  const { k, candidates, relevant, gainOf } = options
  if (candidates === 'rated' && items.length < 2) return
  const wanted = given.filter((rating) => rating >= relevant).length
  const gains = given.map(gainOf)
  let [value, found]: [number, Hits | null] = [0, null]
  if (candidates === 'rated') {
    const scores = items.map((item) => model.scoreOf(id, item))
    value = dcg(gains, scores, k)
    const order = items.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!)
    found = hits(
      order.map((i) => given[i]! >= relevant),
      wanted,
      k,
    )
  } else {
    const scores = model.scores(id)
    const ratingAt = new Map(items.map((item, i) => [model.placeOfItem(item), given[i]!]))
    ratingAt.delete(-1)
    // An item of the test that was also rated in training is a candidate: the test asks for it.
    const left = new Set(model.seenBy(id))
    for (const place of ratingAt.keys()) left.delete(place)
    const top = largest(scores, k, left)
    value = dcgOfAll(scores, top, ratingAt, left, k, gainOf)
    found = hits(
      top.map((place) => (ratingAt.get(place) ?? Number.NEGATIVE_INFINITY) >= relevant),
      wanted,
      k,
    )
  }
  figures.ndcg.above[user] = normalizedBy(value, gains, k)
  if (found !== null) for (const name of hitNames) figures[name].above[user] = found[name]
}

/** DCG where few of many candidates have gains: only those that tie with, or are above, the k-th place count. */
function dcgOfAll(
  scores: Float64Array,
  top: readonly number[],
  ratingAt: ReadonlyMap<number, number>,
  left: ReadonlySet<number>,
  k: number,
  gainOf: (rating: number) => number,
): number {
  const least = top.length < k ? Number.NEGATIVE_INFINITY : scores[top.at(-1)!]!
  const near: number[] = []
  for (let place = 0; place < scores.length; place++) if (scores[place]! >= least && !left.has(place)) near.push(place)
  const gains = near.map((place) => (ratingAt.has(place) ? gainOf(ratingAt.get(place)!) : 0))
  return dcg(
    gains,
    near.map((place) => scores[place]!),
    k,
  )
}
