/** Ratings from a table: three of its columns, by name or by what they are called. */
import { inert, UsageError } from '../../core/index.js'
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
  readonly columns: { readonly user: string; readonly item: string; readonly rating: string; readonly time?: string }
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
 * rating, in that order. Rows where one of the three is missing are left out, and `dropped` counts them.
 *
 * Throws UsageError for a column that is not there, a rating column that is not numeric or boolean, and a table with fewer than three columns.
 */
export function ratingsOf(table: Table, columns: RatingColumns = {}): TableRatings {
  const taken = new Set<Column>()
  const found: Partial<Record<keyof typeof words, Column>> = {}
  const kinds = ['user', 'item', 'rating'] as const
  const take = (kind: keyof typeof words, column: Column | undefined): void => {
    if (column === undefined || found[kind] !== undefined) return
    found[kind] = column
    taken.add(column)
  }
  const time = columns.time === undefined ? undefined : named(table, columns.time)
  if (time !== undefined) taken.add(time)
  for (const kind of kinds) if (columns[kind] !== undefined) take(kind, named(table, columns[kind]))
  const free = (): readonly Column[] => table.columns.filter((column) => !taken.has(column))
  for (const kind of kinds) {
    const known: readonly string[] = words[kind]
    take(
      kind,
      free().find(({ name }) => known.includes(name.toLowerCase().trim())),
    )
  }
  for (const kind of kinds) take(kind, free()[0])
  const { user, item, rating } = found
  if (user === undefined || item === undefined || rating === undefined)
    throw new UsageError(
      `ratingsOf: ${inert(table.name)} has ${table.columns.length} columns; expected three, for user, item and rating.`,
    )
  if (rating.type !== 'numeric' && rating.type !== 'boolean')
    throw new UsageError(
      `ratingsOf: column '${inert(rating.name)}' of ${inert(table.name)} is ${rating.type}${wordIn(table, rating)}; expected numbers for the rating. Try naming the columns of user, item and rating.`,
    )
  if (time !== undefined && time.type !== 'numeric' && time.type !== 'time')
    throw new UsageError(
      `ratingsOf: column '${inert(time.name)}' of ${inert(table.name)} is ${time.type}${wordIn(table, time)}; expected numbers or times.`,
    )
  const wanted = [user, item, rating, ...(time === undefined ? [] : [time])]
  const rows = Int32Array.from({ length: table.rows }, (_, row) => row).filter(
    (row) => !wanted.some((column) => isMissing(column, row)),
  )
  return {
    users: Array.from(rows, (row) => idAt(user, row)),
    items: Array.from(rows, (row) => idAt(item, row)),
    ratings: Float64Array.from(rows, (row) => rating.values[row]!),
    ...(time !== undefined && { times: Float64Array.from(rows, (row) => time.values[row]!) }),
    columns: {
      user: user.name,
      item: item.name,
      rating: rating.name,
      ...(time !== undefined && { time: time.name }),
    },
    rows,
    dropped: table.rows - rows.length,
  }
}

function named(table: Table, name: string): Column {
  const column = table.columns.find((one) => one.name === name)
  if (column === undefined)
    throw new UsageError(
      `ratingsOf: ${inert(table.name)} has no column '${inert(name)}'; expected one of ${table.columns.map((one) => `'${inert(one.name)}'`).join(', ')}.`,
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
