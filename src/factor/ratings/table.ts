/** Ratings from a table: three of its columns, by name or by what they are called. */
import { inert, plural, UsageError } from '../../core/index.js'
import type { Column, Table } from '../../table/index.js'
import type { Id, Ratings } from './ratings.js'

export interface RatingColumns {
  /** Names of columns; what is left out is looked for. */
  user?: string
  item?: string
  rating?: string
  /** When: numbers or times. Not looked for: without it the rows are in the order of time. */
  time?: string
}

export interface TableRatings extends Ratings {
  /** The columns that were taken. */
  readonly columns: {
    readonly user: string
    readonly item: string
    /** null: none, each row counts 1 (`interactionsOf` alone). */
    readonly rating: string | null
    readonly time?: string
  }
  /** Rows of the table that ratings are from. */
  readonly rows: Int32Array
  /** Rows left out because one of them is missing. */
  readonly dropped: number
}

const words = {
  user: ['user', 'userid', 'user_id', 'reviewer', 'customer', 'member', 'reader', 'person'],
  item: ['item', 'itemid', 'item_id', 'movie', 'movieid', 'movie_id', 'product', 'book', 'bookid', 'book_id', 'song', 'title', 'isbn'],
  rating: ['rating', 'ratings', 'score', 'stars', 'value'],
} as const // biome-ignore format: a list

/**
 * Ratings of a table whose rows are ratings. Columns that are not named are found by their names (user, userId, item, movieId, rating, score,
 * ... in any case); where none fits and the table has no header worth the name, the first three columns that are left are user, item and
 * rating, in that order. Rows where one of the three is missing are left out, and `dropped` counts them. Ids are what the columns hold: where codes
 * have zeros at their beginning, read them as words (`types`).
 *
 * Throws UsageError for a column that is not there, a rating column that is not numeric or boolean, and a table with fewer than three columns.
 */
export function ratingsOf(table: Table, columns: RatingColumns = {}): TableRatings {
  return listsOf('ratingsOf', table, columns, true)
}

const amountWords = [
  'amount', 'amounts', 'count', 'counts', 'plays', 'playcount', 'play_count', 'listens', 'views', 'clicks', 'visits', 'purchases', 'orders',
  'quantity', 'times', 'minutes', 'seconds', 'weight', 'rating', 'ratings', 'score', 'stars', 'value',
] as const // biome-ignore format: a list

/**
 * Interactions of a table whose rows are such, as `ratingsOf` finds ratings, but amounts are only taken from a column that is named (`rating`) or called
 * so (count, plays, amount, quantity, rating, ... in any case); without one each row counts 1.
 */
export function interactionsOf(table: Table, columns: RatingColumns = {}): TableRatings {
  return listsOf('interactionsOf', table, columns, false)
}

function listsOf(op: string, table: Table, columns: RatingColumns, isRated: boolean): TableRatings {
  const taken = new Set<Column>()
  const found: Partial<Record<keyof typeof words, Column>> = {}
  const kinds = ['user', 'item', 'rating'] as const
  const take = (kind: keyof typeof words, column: Column | undefined): void => {
    if (column === undefined || found[kind] !== undefined) return
    found[kind] = column
    taken.add(column)
  }
  const time = columns.time === undefined ? undefined : named(op, table, columns.time)
  if (time !== undefined) taken.add(time)
  for (const kind of kinds) if (columns[kind] !== undefined) take(kind, named(op, table, columns[kind]))
  const free = (): readonly Column[] => table.columns.filter((column) => !taken.has(column))
  for (const kind of kinds) {
    const known: readonly string[] = kind === 'rating' && !isRated ? amountWords : words[kind]
    take(
      kind,
      free().find(({ name }) => known.includes(name.toLowerCase().trim())),
    )
  }
  for (const kind of kinds) if (isRated || kind !== 'rating') take(kind, free()[0])
  const { user, item, rating } = found
  if (user === undefined || item === undefined || (rating === undefined && isRated))
    throw new UsageError(
      `${op}: ${inert(table.name)} has ${plural(table.columns.length, 'column')}; expected ${isRated ? 'three, for user, item and rating' : 'two, for user and item'}.`,
    )
  if (rating !== undefined && rating.type !== 'numeric' && rating.type !== 'boolean')
    throw new UsageError(
      `${op}: column '${inert(rating.name)}' of ${inert(table.name)} is ${rating.type}${wordIn(table, rating)}; expected numbers for the ${isRated ? 'rating' : 'amount'}. Try naming the columns of user, item and rating.`,
    )
  if (time !== undefined && time.type !== 'numeric' && time.type !== 'time')
    throw new UsageError(
      `${op}: column '${inert(time.name)}' of ${inert(table.name)} is ${time.type}${wordIn(table, time)}; expected numbers or times.`,
    )
  const wanted = [user, item, rating, time].filter((column) => column !== undefined)
  const rows = Int32Array.from({ length: table.rows }, (_, row) => row).filter(
    (row) => !wanted.some((column) => isMissing(column, row)),
  )
  return {
    users: Array.from(rows, (row) => idAt(user, row)),
    items: Array.from(rows, (row) => idAt(item, row)),
    ratings: Float64Array.from(rows, (row) => rating?.values[row] ?? 1),
    ...(time !== undefined && { times: Float64Array.from(rows, (row) => time.values[row]!) }),
    columns: {
      user: user.name,
      item: item.name,
      rating: rating?.name ?? null,
      ...(time !== undefined && { time: time.name }),
    },
    rows,
    dropped: table.rows - rows.length,
  }
}

function named(op: string, table: Table, name: string): Column {
  const column = table.columns.find((one) => one.name === name)
  if (column === undefined)
    throw new UsageError(
      `${op}: ${inert(table.name)} has no column '${inert(name)}'; expected one of ${table.columns.map((one) => `'${inert(one.name)}'`).join(', ')}.`,
    )
  return column
}

/** The first word of a column that should have had numbers, and where it stands. */
function wordIn(table: Table, column: Column): string {
  if (column.type !== 'categorical' && column.type !== 'text') return ''
  for (let row = 0; row < table.rows; row++) {
    if (column.absent?.[row] === 1) continue
    const word = String(idAt(column, row))
    if (Number.isNaN(Number(word))) return `, such as '${inert(word, 40)}' in line ${table.lineOf(row)}`
  }
  return ''
}

/** A NaN of the file says as little as a missing value. */
function isMissing(column: Column, row: number): boolean {
  if (column.absent?.[row] === 1) return true
  return (column.type === 'numeric' || column.type === 'time') && Number.isNaN(column.values[row])
}

function idAt(column: Column, row: number): Id {
  return column.type === 'categorical' ? column.categories[column.codes[row]!]! : column.values[row]!
}
