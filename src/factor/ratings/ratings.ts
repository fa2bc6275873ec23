/** Ratings: who rated what and how. Users and items are any words or numbers; inside they are places in the order of their first appearance. */
import { inert, UsageError } from '../../core/index.js'

/** What a user or an item is called. 1 and '1' are two; names such as `__proto__` are names as any other. */
export type Id = string | number

/** Rating i is `ratings[i]`, of `items[i]` by `users[i]`. */
export interface Ratings {
  readonly users: ArrayLike<Id>
  readonly items: ArrayLike<Id>
  readonly ratings: ArrayLike<number>
  /** When: a larger number is later. Without it what stands further down is later. */
  readonly times?: ArrayLike<number>
}

/** What several ratings of one item by one user mean: the latest one, their mean, or their sum. */
export type Duplicates = 'last' | 'mean' | 'sum'

/** Ratings by places. */
export interface Indexed {
  readonly userIds: readonly Id[]
  readonly itemIds: readonly Id[]
  readonly users: Int32Array
  readonly items: Int32Array
  readonly values: Float64Array
  /** How many ratings were merged into others of the same user and item. */
  readonly duplicates: number
}

/** Throws UsageError for lists of different lengths, ids that are neither words nor numbers, and ratings or times that are not finite. */
export function checkRatings(op: string, { users, items, ratings, times }: Ratings): void {
  if (users?.length !== items?.length || users?.length !== ratings?.length)
    throw new UsageError(
      `${op}: ${users?.length} users, ${items?.length} items and ${ratings?.length} ratings; expected as many of each.`,
    )
  if (times !== undefined && times.length !== ratings.length)
    throw new UsageError(`${op}: ${times.length} times of ${ratings.length} ratings; expected as many.`)
  for (let i = 0; i < ratings.length; i++) {
    if (times !== undefined && !Number.isFinite(times[i]))
      throw new UsageError(`${op}: the time of rating ${i} is ${String(times[i])}; expected finite numbers.`)
    if (!isId(users[i]) || !isId(items[i]))
      throw new UsageError(
        `${op}: rating ${i} is by user ${shownId(users[i])} of item ${shownId(items[i])}; expected words or numbers for both.`,
      )
    if (!Number.isFinite(ratings[i]))
      throw new UsageError(
        `${op}: rating ${i} is ${String(ratings[i])}; expected finite numbers. Try leaving out what was not rated.`,
      )
  }
}

function isId(id: unknown): id is Id {
  return typeof id === 'string' || (typeof id === 'number' && !Number.isNaN(id))
}

/** An id in a sentence. */
export function shownId(id: unknown): string {
  return typeof id === 'string' ? `'${inert(id)}'` : String(id)
}

/** Ids and, for each, its place. */
export function placesOf(ids: ArrayLike<Id>): { known: Map<Id, number>; places: Int32Array } {
  const known = new Map<Id, number>()
  const places = new Int32Array(ids.length)
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!
    let place = known.get(id)
    if (place === undefined) {
      place = known.size
      known.set(id, place)
    }
    places[i] = place
  }
  return { known, places }
}

/** Ratings by places, each user and item once. */
export function indexed(op: string, ratings: Ratings, duplicates: Duplicates): Indexed {
  checkRatings(op, ratings)
  if (!['last', 'mean', 'sum'].includes(duplicates))
    throw new UsageError(`${op}: duplicates '${String(duplicates)}'; expected 'last', 'mean' or 'sum'.`)
  const { known: userIds, places: users } = placesOf(ratings.users)
  const { known: itemIds, places: items } = placesOf(ratings.items)
  const all = { userIds: [...userIds.keys()], itemIds: [...itemIds.keys()] }
  const values = Float64Array.from(ratings.ratings)
  const kept = merged({ users, items, values, times: ratings.times }, userIds.size, itemIds.size, duplicates)
  return { ...all, ...kept, duplicates: users.length - kept.users.length }
}

/** Ratings in which each pair of user and item comes once, with its latest time. */
export function uniqueRatings(op: string, ratings: Ratings, duplicates: Duplicates): Ratings {
  const { userIds, itemIds, users, items, values } = indexed(op, ratings, duplicates)
  const { times } = ratings
  const latest = times && indexed(op, { ...ratings, ratings: times }, 'last').values
  return {
    users: Array.from(users, (user) => userIds[user]!),
    items: Array.from(items, (item) => itemIds[item]!),
    ratings: values,
    ...(latest !== undefined && { times: latest }),
  }
}

/** One rating for each user and item, where its first stood; by users, so that one list of items finds what repeats. */
function merged(
  {
    users,
    items,
    values,
    times,
  }: Pick<Indexed, 'users' | 'items' | 'values'> & { times: Ratings['times'] | undefined },
  userCount: number,
  itemCount: number,
  duplicates: Duplicates,
): Pick<Indexed, 'users' | 'items' | 'values'> {
  const { indptr, places } = compress(users, userCount)
  const firstOf = new Int32Array(itemCount).fill(-1)
  const counts = new Int32Array(users.length)
  const latest = times === undefined || duplicates !== 'last' ? null : Float64Array.from(times)
  for (let user = 0; user < userCount; user++) {
    for (let k = indptr[user]!; k < indptr[user + 1]!; k++) {
      const place = places[k]!
      const first = firstOf[items[place]!]!
      if (first >= 0 && users[first] === user) {
        const many = ++counts[first]!
        const value = values[place]!
        if (duplicates === 'sum') values[first]! += value
        else if (duplicates === 'mean') values[first]! += (value - values[first]!) / many
        else if (latest === null || latest[place]! >= latest[first]!) {
          values[first] = value
          if (latest !== null) latest[first] = latest[place]!
        }
      } else {
        firstOf[items[place]!] = place
        counts[place] = 1
      }
    }
  }
  const isKept = (_: number, i: number): boolean => counts[i]! > 0
  return { users: users.filter(isKept), items: items.filter(isKept), values: values.filter(isKept) }
}

/** The places of `keys` by key, in their order: those of key j stand from indptr[j] to indptr[j + 1] - 1. */
export function compress(keys: Int32Array, count: number): { indptr: Int32Array; places: Int32Array } {
  const indptr = new Int32Array(count + 1)
  for (let i = 0; i < keys.length; i++) indptr[keys[i]! + 1]!++
  for (let j = 0; j < count; j++) indptr[j + 1]! += indptr[j]!
  const next = indptr.slice()
  const places = new Int32Array(keys.length)
  for (let i = 0; i < keys.length; i++) places[next[keys[i]!]!++] = i
  return { indptr, places }
}

/** The ratings at some places. */
export function subset(data: Indexed, places: Int32Array): Indexed {
  const take = <T extends Int32Array | Float64Array>(from: T, into: T): T => {
    for (let i = 0; i < places.length; i++) into[i] = from[places[i]!]!
    return into
  }
  return {
    ...data,
    users: take(data.users, new Int32Array(places.length)),
    items: take(data.items, new Int32Array(places.length)),
    values: take(data.values, new Float64Array(places.length)),
  }
}

export function meanOf(values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return values.length === 0 ? 0 : sum / values.length
}
