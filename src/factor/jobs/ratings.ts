/** `normball factor ratings.csv --method als`: who would like what, and how well that is known. */
import { UsageError } from '../../core/index.js'
import { selectTable, type Table } from '../../table/index.js'
import { MatrixFactorization, type RatingColumns, ratingsOf, splitRatings } from '../ratings/index.js'
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
  /** Of a tenth of the ratings by chance, which the model that is measured did not see; `mean` predicts the mean rating for all. */
  readonly heldOut: {
    readonly ratings: number
    readonly rmse: number
    readonly mae: number
    readonly mean: { readonly rmse: number; readonly mae: number }
    /** Ratings of users or items that the rest does not have: told by the mean and what bias is known. */
    readonly cold: number
  } | null
  /** Of the users with most ratings: what they would like best of what they did not rate. */
  readonly recommendations: readonly {
    readonly user: Id
    readonly items: readonly { readonly item: Id; readonly rating: number }[]
  }[]
}

/** Users who get recommendations in the report, and how many. */
const mostUsers = 5
const mostItems = 10

export interface FactoredRatings {
  readonly report: FactorTableReport
  readonly figures: RatingFigures
  readonly estimator: MatrixFactorization
}

export function factorRatings(
  table: Table,
  columns: RatingColumns,
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
  const counts = new Map<Id, number>()
  for (const user of Array.from(all.users)) counts.set(user, (counts.get(user) ?? 0) + 1)
  const users = [...counts].sort((a, b) => b[1] - a[1]).slice(0, mostUsers)
  const figures: RatingFigures = {
    columns: all.columns,
    users: json.users.length,
    items: json.items.length,
    ratings: json.ratings,
    density: json.ratings / (json.users.length * json.items.length),
    heldOut,
    recommendations: users.map(([user]) => ({ user, items: estimator.recommend(user, mostItems).items })),
  }
  const warnings = [
    ...(all.dropped > 0 ? [`${all.dropped} rows left out: a user, item or rating is missing.`] : []),
    ...(heldOut !== null && heldOut.rmse >= heldOut.mean.rmse ? ['the model is no better than the mean rating on ratings that it did not see.'] : []), // biome-ignore format: one line
  ]
  const why = k === undefined ? [`k ${json.k}: the default; penalties are chosen on a validation part`] : []
  return { report: plainReport(json, why, warnings), figures, estimator }
}

function measure(all: ReturnType<typeof ratingsOf>, settings: object, seed: number): RatingFigures['heldOut'] {
  const { train, test } = splitRatings(all, { fraction: 0.1, seed })
  const model = new MatrixFactorization(settings).fit(train)
  const known = { users: new Set(Array.from(train.users)), items: new Set(Array.from(train.items)) }
  let [squares, sizes, meanSquares, meanSizes, cold] = [0, 0, 0, 0, 0]
  for (let i = 0; i < test.ratings.length; i++) {
    const [user, item, rating] = [test.users[i]!, test.items[i]!, test.ratings[i]!]
    const error = model.predict(user, item) - rating
    squares += error * error
    sizes += Math.abs(error)
    meanSquares += (model.mean - rating) ** 2
    meanSizes += Math.abs(model.mean - rating)
    if (!known.users.has(user) || !known.items.has(item)) cold++
  }
  model.dispose()
  const n = test.ratings.length
  return { ratings: n, rmse: Math.sqrt(squares / n), mae: sizes / n, mean: { rmse: Math.sqrt(meanSquares / n), mae: meanSizes / n }, cold } // biome-ignore format: one line
}
