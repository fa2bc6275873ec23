/** `normball factor ratings.csv --method als`: who would like what, and how well that is known. */
import { inert, UsageError } from '../../core/index.js'
import { selectTable, type Table } from '../../table/index.js'
import type { Recommendations } from '../ratings/index.js'
import {
  evaluateRatings,
  MatrixFactorization,
  type RatingColumns,
  type RatingEvaluation,
  ratingsOf,
  splitRatings,
} from '../ratings/index.js'
import type { Id } from '../ratings/ratings.js'
import type { FactorTableOptions } from '../table/options.js'
import type { FactorTableReport } from '../table/types.js'
import { plainReport } from './plain.js'

export interface RatingFigures {
  readonly columns: { readonly user: string; readonly item: string; readonly rating: string }
  readonly users: number
  readonly items: number
  readonly ratings: number
  /** Share of all pairs that were rated. */
  readonly density: number
  /**
   * Of a tenth of the ratings by chance, which the model that is measured did not see. Lists are of what a user rated in that tenth. `mean` predicts
   * the mean rating for all. `cold`: held-out ratings whose user or item the rest does not have; told by the mean and what bias is known.
   */
  readonly heldOut:
    | (Omit<RatingEvaluation, 'cold'> & {
        readonly mean: { readonly rmse: number; readonly mae: number }
        readonly cold: { readonly count: number; readonly users: number; readonly items: number }
      })
    | null
  /** Of those who were asked for, or of the users with most ratings: what they would like best of what they did not rate. */
  readonly recommendations: readonly Recommendations[]
  /** Users who were asked for. */
  readonly asked: boolean
}

/** Users who get recommendations in the report, and how many. */
const mostUsers = 5
export const mostItems = 10

export interface FactoredRatings {
  readonly report: FactorTableReport
  readonly figures: RatingFigures
  readonly estimator: MatrixFactorization
}

export function factorRatings(
  table: Table,
  columns: RatingColumns,
  wanted: readonly string[],
  options: FactorTableOptions,
  onProgress: (phase: string) => void,
): FactoredRatings {
  const { k, seed = 0, where, sample } = options
  for (const name of ['scale', 'missing', 'target', 'columns', 'except'] as const)
    if (options[name] !== undefined)
      throw new UsageError(`--${name} is for matrices; als reads the columns of users, items and ratings.`)
  const some = selectTable(table, {
    ...(where !== undefined && { where }),
    ...(sample !== undefined && { sample }),
    seed,
  })
  const all = ratingsOf(some, columns)
  const settings = { ...options.options, ...(k !== undefined && { k }), seed }
  onProgress('measuring on a tenth of the ratings')
  const heldOut = all.ratings.length >= 20 ? measure(all, settings, seed) : null
  onProgress('fitting all ratings')
  const estimator = new MatrixFactorization(settings).fit(all)
  const json = estimator.toJSON()
  const users = wanted.length === 0 ? busiest(all.users) : wanted.map((name) => userOf(name, json.users))
  const figures: RatingFigures = {
    columns: all.columns,
    users: json.users.length,
    items: json.items.length,
    ratings: json.ratings,
    density: json.ratings / (json.users.length * json.items.length),
    heldOut,
    recommendations: users.map((user) => estimator.recommend(user, mostItems)),
    asked: wanted.length > 0,
  }
  const strangers = figures.recommendations.filter(({ cold }) => cold)
  const warnings = [
    ...(strangers.length > 0 ? [`${strangers.map(({ user }) => `'${inert(String(user), 60)}'`).join(', ')}: no ratings, so nothing is known of ${strangers.length === 1 ? 'this user' : 'these users'} (cold start); shown is what all like, by the items' biases.`] : []), // biome-ignore format: one line
    ...(json.duplicates > 0 ? [`${json.duplicates} ratings of an item by a user who rated it before: ${estimator.options.duplicates === 'mean' ? 'the mean counts' : 'the last counts'}.`] : []), // biome-ignore format: one line
    ...(all.dropped > 0 ? [`${all.dropped} rows left out: a user, item or rating is missing.`] : []),
    ...(heldOut !== null && heldOut.rmse.value >= heldOut.mean.rmse ? ['the model is no better than the mean rating on ratings that it did not see.'] : []), // biome-ignore format: one line
  ]
  const why = k === undefined ? [`k ${json.k}: the default; penalties are chosen on a validation part`] : []
  return { report: plainReport(json, why, warnings), figures, estimator }
}

/** Users with most ratings, the first of equal ones first. */
export function busiest(all: ArrayLike<Id>): Id[] {
  const counts = new Map<Id, number>()
  for (const user of Array.from(all)) counts.set(user, (counts.get(user) ?? 0) + 1)
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, mostUsers)
    .map(([user]) => user)
}

/** A user as the table has it: 7 and '7' are the same on a command line. */
export const userOf = (name: string, users: readonly Id[]): Id => users.find((user) => String(user) === name) ?? name

function measure(all: ReturnType<typeof ratingsOf>, settings: object, seed: number): RatingFigures['heldOut'] {
  const { train, test } = splitRatings(all, { fraction: 0.1, seed })
  const model = new MatrixFactorization(settings).fit(train)
  try {
    const { cold, ...figures } = evaluateRatings(model, test, { seed })
    const { count, users, items } = cold
    return { ...figures, mean: errorsOf(model.mean, test.ratings), cold: { count, users: users.length, items: items.length } } // biome-ignore format: one line
  } finally {
    model.dispose()
  }
}

/** Of the same prediction for all. */
function errorsOf(prediction: number, ratings: ArrayLike<number>): { rmse: number; mae: number } {
  const errors = Array.from(ratings, (rating) => Math.abs(prediction - rating))
  const mean = (of: (error: number) => number): number =>
    errors.reduce((sum, error) => sum + of(error), 0) / errors.length
  return { rmse: Math.sqrt(mean((error) => error * error)), mae: mean((error) => error) }
}
