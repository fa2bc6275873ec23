/** `normball factor ratings.csv --method als` and `--method implicit-als`: who would like what, and how well that is known. */
import { inert, plural, UsageError } from '../../core/index.js'
import { selectTable, type Table } from '../../table/index.js'
import type { Recommendations } from '../ratings/index.js'
import {
  type EvaluateInteractionsOptions,
  evaluateInteractions,
  evaluateRatings,
  ImplicitALS,
  type InteractionEvaluation,
  interactionsOf,
  MatrixFactorization,
  type RatingColumns,
  type RatingEvaluation,
  type Ratings,
  ratingsOf,
  splitRatings,
  type TableRatings,
} from '../ratings/index.js'
import { type Duplicates, type Id, uniqueRatings } from '../ratings/ratings.js'
import type { FactorTableOptions } from '../table/options.js'
import type { FactorTableReport } from '../table/types.js'
import { plainReport } from './plain.js'

/** Ids are told by their number here. */
interface ColdCount {
  readonly count: number
  readonly users: number
  readonly items: number
}

interface Listed {
  readonly columns: TableRatings['columns']
  readonly users: number
  readonly items: number
  /** Share of all pairs that were rated, or had an interaction. */
  readonly density: number
  /**
   * What was held out: a tenth by chance, or the latest tenth where `--time` tells when; the model that is measured did not see it. `table`: all of this
   * table, by a model that was saved.
   */
  readonly split: 'chance' | 'latest' | 'table'
  /** Of those who were asked for, or of the users with most rows: what they would like best of what they do not have. */
  readonly recommendations: readonly Recommendations[]
  /** Users who were asked for. */
  readonly asked: boolean
}

export interface RatingFigures extends Listed {
  readonly ratings: number
  /**
   * Lists are of what a user rated among what was held out. `mean` predicts the mean rating for all. `cold`: held-out ratings whose user or item the
   * rest does not have; told by the mean and what bias is known. Null with fewer than 20 ratings.
   */
  readonly heldOut:
    | (Omit<RatingEvaluation, 'cold'> & {
        readonly mean: { readonly rmse: number; readonly mae: number }
        readonly cold: ColdCount
      })
    | null
}

type InteractionResult = Omit<InteractionEvaluation, 'cold'> & { readonly cold: ColdCount }

export interface InteractionFigures extends Listed {
  readonly interactions: number
  /** `popularity`: the same figures of the order by how many users have an item. Null with fewer than 20 interactions. */
  readonly heldOut: (InteractionResult & { readonly popularity: InteractionResult }) | null
}

/** Users who get recommendations in the report, and how many. */
const mostUsers = 5
export const mostItems = 10
/** Fewer rows say nothing of a tenth. */
const least = 20

export interface FactoredRatings {
  readonly report: FactorTableReport
  readonly figures: RatingFigures | null
  readonly interactions: InteractionFigures | null
  readonly estimator: MatrixFactorization | ImplicitALS
}

export function factorRatings(
  table: Table,
  columns: RatingColumns,
  wanted: readonly string[],
  options: FactorTableOptions,
  onProgress: (phase: string) => void,
): FactoredRatings {
  const { k, seed = 0, method } = options
  const some = selectedRows(table, options)
  const settings: Readonly<Record<string, unknown>> & { readonly duplicates?: Duplicates } = {
    ...options.options,
    ...(k !== undefined && { k }),
    seed,
  }
  const fitted =
    method === 'implicit-als'
      ? fitInteractions(interactionsOf(some, columns), settings, seed, onProgress)
      : fitRatings(ratingsOf(some, columns), settings, seed, onProgress)
  const { all, estimator, split } = fitted
  const json = estimator.toJSON()
  const pairs = 'ratings' in json ? json.ratings : json.interactions
  const recommendations = recommended(estimator, wanted, all)
  const listed: Listed = {
    columns: all.columns,
    users: json.users.length,
    items: json.items.length,
    density: pairs / (json.users.length * json.items.length),
    split,
    recommendations,
    asked: wanted.length > 0,
  }
  const warnings = [
    ...fitted.warnings,
    ...coldWarnings(recommendations, json.method),
    ...(all.dropped > 0 ? [`${plural(all.dropped, 'row')} left out: a user, item or ${json.method === 'als' ? 'rating' : 'amount'} is missing.`] : []), // biome-ignore format: one line
  ]
  const why = [...(k === undefined ? [`k ${json.k}: the default; penalties are chosen on a validation part`] : []), ...fitted.why] // biome-ignore format: one line
  return {
    report: plainReport(json, why, warnings),
    figures: 'ratings' in fitted ? { ...listed, ratings: pairs, heldOut: fitted.ratings } : null,
    interactions: 'ratings' in fitted ? null : { ...listed, interactions: pairs, heldOut: fitted.interactions },
    estimator,
  }
}

/** Rows as asked. Throws UsageError for options that are for matrices. */
export function selectedRows(table: Table, options: FactorTableOptions): Table {
  for (const name of ['scale', 'missing', 'target', 'columns', 'except'] as const)
    if (options[name] !== undefined)
      throw new UsageError(`--${name} is for matrices; ${options.method ?? 'the model'} reads the columns of users, items and ratings.`) // biome-ignore format: one line
  const { where, sample, seed = 0 } = options
  return selectTable(table, { ...(where !== undefined && { where }), ...(sample !== undefined && { sample }), seed })
}

/** What the users who were asked for would like, or those with most rows. */
function recommended(
  estimator: MatrixFactorization | ImplicitALS,
  wanted: readonly string[],
  { users }: Pick<Ratings, 'users'>,
): Recommendations[] {
  const known = estimator.users
  const asked = wanted.length === 0 ? busiest(users) : wanted.map((name) => userOf(name, known))
  return asked.map((user) => estimator.recommend(user, mostItems))
}

export function coldWarnings(recommendations: readonly Recommendations[], method: string): string[] {
  const strangers = recommendations.filter(({ cold }) => cold)
  if (strangers.length === 0) return []
  const names = strangers.map(({ user }) => `'${inert(String(user), 60)}'`).join(', ')
  const [what, by] = method === 'als' ? ['ratings', "what all like, by the items' biases"] : ['interactions', 'what most users have'] // biome-ignore format: one line
  return [`${names}: no ${what}, so nothing is known of ${strangers.length === 1 ? 'this user' : 'these users'} (cold start); shown is ${by}.`] // biome-ignore format: one line
}

interface FittedAlike {
  readonly all: TableRatings
  readonly split: Listed['split']
  readonly why: readonly string[]
  readonly warnings: readonly string[]
}

function fitRatings(
  all: TableRatings,
  settings: { readonly duplicates?: Duplicates },
  seed: number,
  onProgress: (phase: string) => void,
): FittedAlike & { estimator: MatrixFactorization; ratings: RatingFigures['heldOut'] } {
  onProgress('measuring on a tenth of the ratings')
  const { parts, split } = heldOutParts(all, settings.duplicates ?? 'last', seed)
  const ratings = parts === null ? null : measure(parts, settings, seed)
  onProgress('fitting all ratings')
  const estimator = new MatrixFactorization(settings).fit(all)
  const words = { last: 'the latest counts', mean: 'the mean counts', sum: 'their sum counts' }
  const warnings = [
    ...(estimator.duplicates > 0 ? [`${plural(estimator.duplicates, 'rating')} of an item by a user who rated it before: ${words[estimator.options.duplicates ?? 'last']}.`] : []), // biome-ignore format: one line
    ...(ratings !== null && ratings.rmse.value >= ratings.mean.rmse ? ['the model is no better than the mean rating on ratings that it did not see.'] : []), // biome-ignore format: one line
  ]
  return { all, estimator, ratings, split, why: [], warnings }
}

function fitInteractions(
  all: TableRatings,
  settings: { readonly duplicates?: Duplicates },
  seed: number,
  onProgress: (phase: string) => void,
): FittedAlike & { estimator: ImplicitALS; interactions: InteractionFigures['heldOut'] } {
  onProgress('measuring on a tenth of the interactions')
  const { parts, split } = heldOutParts(all, settings.duplicates ?? 'sum', seed)
  const interactions = parts === null || !hasAmounts(parts) ? null : measureRanking(parts, settings, seed)
  onProgress('fitting all interactions')
  const estimator = new ImplicitALS(settings).fit(all)
  const amounts = all.columns.rating === null ? 'each row counts 1: there is no column of amounts' : `amounts are ${inert(all.columns.rating, 60)}` // biome-ignore format: one line
  const warnings = interactions !== null && interactions.ndcg.value <= interactions.popularity.ndcg.value ? ['the model is no better than the order by popularity (NDCG) on interactions that it did not see.'] : [] // biome-ignore format: one line
  return { all, estimator, interactions, split, why: [amounts], warnings }
}

interface Parts {
  readonly train: Ratings
  readonly test: Ratings
}

/** Both parts, no pair in both: what came several times is merged before. */
function heldOutParts(
  all: TableRatings,
  duplicates: Duplicates,
  seed: number,
): { parts: Parts | null; split: Listed['split'] } {
  const split = all.times === undefined ? ('chance' as const) : ('latest' as const)
  const unique = uniqueRatings('factor', all, duplicates)
  const parts = unique.ratings.length < least ? null : splitRatings(unique, split === 'latest' ? { latest: 0.1 } : { fraction: 0.1, seed }) // biome-ignore format: one line
  return { parts, split }
}

/** Whether amounts above 0 are in both parts. */
const hasAmounts = ({ train, test }: Parts): boolean =>
  [train, test].every(({ ratings }) => Array.from(ratings).some((amount) => amount > 0))

/** Users with most rows, the first of equal ones first. */
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

function measure({ train, test }: Parts, settings: object, seed: number): RatingFigures['heldOut'] {
  const model = new MatrixFactorization(settings).fit(train)
  try {
    return measured(model, test, seed)
  } finally {
    model.dispose()
  }
}

/** A model's errors and lists, beside the mean rating's. */
export function measured(
  model: MatrixFactorization,
  test: Ratings,
  seed: number,
): NonNullable<RatingFigures['heldOut']> {
  const { cold, ...figures } = evaluateRatings(model, test, { seed })
  const { count, users, items } = cold
  return { ...figures, mean: errorsOf(model.mean, test.ratings), cold: { count, users: users.length, items: items.length } } // biome-ignore format: one line
}

function measureRanking({ train, test }: Parts, settings: object, seed: number): InteractionFigures['heldOut'] {
  const [model, popular] = [new ImplicitALS(settings).fit(train), new ImplicitALS({ ...settings, k: 0 }).fit(train)]
  try {
    const [figures, popularity] = [ranked(model, test, { seed }), ranked(popular, test, { seed })]
    return { ...figures, popularity }
  } finally {
    model.dispose()
    popular.dispose()
  }
}

export function ranked(model: ImplicitALS, test: Ratings, options: EvaluateInteractionsOptions): InteractionResult {
  const { cold, ...figures } = evaluateInteractions(model, test, options)
  return { ...figures, cold: { count: cold.count, users: cold.users.length, items: cold.items.length } }
}

/** Of the same prediction for all. */
function errorsOf(prediction: number, ratings: ArrayLike<number>): { rmse: number; mae: number } {
  const errors = Array.from(ratings, (rating) => Math.abs(prediction - rating))
  const mean = (of: (error: number) => number): number =>
    errors.reduce((sum, error) => sum + of(error), 0) / errors.length
  return { rmse: Math.sqrt(mean((error) => error * error)), mae: mean((error) => error) }
}
