/** A saved model of ratings or interactions applied to a table of them: measured on it, and asked what its users would like. */
import { plural } from '../../core/index.js'
import type { Table } from '../../table/index.js'
import {
  ImplicitALS,
  interactionsOf,
  type MatrixFactorization,
  type RatingColumns,
  type Recommendations,
  ratingsOf,
  type TableRatings,
} from '../ratings/index.js'
import { type Id, uniqueRatings } from '../ratings/ratings.js'
import type { FactorTableOptions } from '../table/options.js'
import type { FactorTableReport } from '../table/types.js'
import { csvBytes } from './csv.js'
import { plainReport } from './plain.js'
import { busiest, coldWarnings, type InteractionFigures, measured, mostItems, type RatingFigures, ranked, selectedRows, userOf } from './ratings.js' // biome-ignore format: one line

export interface AppliedRatings {
  readonly report: FactorTableReport
  readonly figures: RatingFigures | null
  readonly interactions: InteractionFigures | null
  /** CSV: the line of each row, user, item, what the model expects, and whether it does not know the user or the item. */
  readonly scores: Uint8Array
}

/**
 * Known users are asked for what they do not have, in the model or in this table; users who are new are placed by their rows here (fold-in). Errors and
 * lists are those of the saved model alone, which learns nothing from the table.
 */
export function applyRatings(
  estimator: MatrixFactorization | ImplicitALS,
  table: Table,
  columns: RatingColumns,
  wanted: readonly string[],
  options: FactorTableOptions,
): AppliedRatings {
  const isImplicit = estimator instanceof ImplicitALS
  const some = selectedRows(table, options)
  const all = ownIds(isImplicit ? interactionsOf(some, columns) : ratingsOf(some, columns), estimator)
  const unique = uniqueRatings('--apply', all, isImplicit ? 'sum' : (estimator.options.duplicates ?? 'last'))
  const { seed = 0 } = options
  const users = wanted.length === 0 ? busiest(all.users) : wanted.map((name) => userOf(name, [...estimator.users, ...new Set(Array.from(all.users))])) // biome-ignore format: one line
  const recommendations = users.map((user) => likedBy(estimator, user, all))
  const json = estimator.toJSON()
  const listed = {
    columns: all.columns,
    users: new Set(Array.from(all.users)).size,
    items: new Set(Array.from(all.items)).size,
    split: 'table' as const,
    recommendations,
    asked: wanted.length > 0,
  }
  const density = unique.ratings.length / Math.max(1, listed.users * listed.items)
  const repeated = repeatedOf(estimator, unique)
  const warnings = [
    ...coldWarnings(recommendations, json.method),
    ...strangeWarnings(estimator, all),
    ...(repeated > 0 && !isImplicit ? [`${repeated} of ${plural(unique.ratings.length, 'rating')} are of pairs that the model was fitted on: its errors on them flatter it.`] : []), // biome-ignore format: one line
    ...(all.dropped > 0 ? [`${plural(all.dropped, 'row')} left out: a value is missing.`] : []),
  ]
  const report = plainReport(json, [], warnings)
  const scores = scoresOf(estimator, some, all)
  if (!isImplicit) {
    const heldOut = unique.ratings.length === 0 ? null : measured(estimator, unique, seed)
    return { report, figures: { ...listed, density, ratings: unique.ratings.length, heldOut }, interactions: null, scores } // biome-ignore format: one line
  }
  // All of the table may be what it learned from: then there is nothing to find.
  const isNew = Array.from(unique.ratings).filter((amount) => amount > 0).length > repeated
  const heldOut = isNew ? { ...ranked(estimator, unique, { seed }), popularity: ranked(popularityOf(estimator), unique, { seed }) } : null // biome-ignore format: one line
  return { report, figures: null, interactions: { ...listed, density, interactions: unique.ratings.length, heldOut }, scores } // biome-ignore format: one line
}

/** What the model does not know. */
function strangeWarnings(estimator: MatrixFactorization | ImplicitALS, { users, items }: TableRatings): string[] {
  const known = new Set(estimator.users)
  const placed = new Set<Id>()
  const strange = new Set<Id>()
  for (let i = 0; i < users.length; i++) {
    if (estimator.placeOfItem(items[i]!) < 0) strange.add(items[i]!)
    else if (!known.has(users[i]!)) placed.add(users[i]!)
  }
  return [
    ...(placed.size > 0 ? [`${plural(placed.size, 'user')} whom the model does not know: placed by the rows of this table.`] : []), // biome-ignore format: one line
    ...(strange.size > 0 ? [`${plural(strange.size, 'item')} that the model does not know: left out.`] : []),
  ]
}

/** Ids as the model has them: '7' of a file is the 7 of a model whose ids are numbers. */
function ownIds(all: TableRatings, estimator: MatrixFactorization | ImplicitALS): TableRatings {
  const own = (ids: readonly Id[]): ((id: Id) => Id) => {
    const known = new Map(ids.map((id) => [String(id), id]))
    return (id) => known.get(String(id)) ?? id
  }
  return {
    ...all,
    users: Array.from(all.users, own(estimator.users)),
    items: Array.from(all.items, own(estimator.items)),
  }
}

function likedBy(estimator: MatrixFactorization | ImplicitALS, user: Id, all: TableRatings): Recommendations {
  const mine = Array.from(all.rows.keys()).filter((i) => all.users[i] === user)
  const items = mine.map((i) => all.items[i]!)
  if (estimator.users.includes(user) || !items.some((item) => estimator.placeOfItem(item) >= 0))
    return estimator.recommend(user, mostItems, { exclude: items })
  const ratings = mine.map((i) => all.ratings[i]!)
  return { user, cold: false, items: estimator.recommendFor({ items, ratings }, mostItems) }
}

/** Pairs that it learned from. */
function repeatedOf(
  estimator: MatrixFactorization | ImplicitALS,
  { users, items }: Pick<TableRatings, 'users' | 'items'>,
): number {
  const seen = new Map<Id, ReadonlySet<number>>()
  let count = 0
  for (let i = 0; i < users.length; i++) {
    const user = users[i]!
    let own = seen.get(user)
    if (own === undefined) {
      own = new Set(estimator.seenBy(user))
      seen.set(user, own)
    }
    if (own.has(estimator.placeOfItem(items[i]!))) count++
  }
  return count
}

/** The order by popularity of what a model learned from. */
function popularityOf(model: ImplicitALS): ImplicitALS {
  const pairs = model.users.flatMap((user) =>
    Array.from(model.seenBy(user), (item) => [user, model.items[item]!] as const),
  )
  return new ImplicitALS({ k: 0 }).fit({ users: pairs.map(([user]) => user), items: pairs.map(([, item]) => item) })
}

function scoresOf(estimator: MatrixFactorization | ImplicitALS, table: Table, all: TableRatings): Uint8Array {
  const rows = function* (): Generator<(string | number)[]> {
    for (let i = 0; i < all.rows.length; i++) {
      const [user, item] = [all.users[i]!, all.items[i]!]
      yield [table.lineOf(all.rows[i]!), user, item, estimator.predict(user, item), estimator.coldness(user, item) ?? ''] // biome-ignore format: one line
    }
  }
  return csvBytes(['line', 'user', 'item', 'expected', 'unknown'], rows())
}
