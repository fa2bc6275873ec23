/** What ratings left behind when they were learned, and what can be asked of it: predictions, recommendations, similar items. */
import { inert, UsageError } from '../../core/index.js'
import { type Id, shownId } from './ratings.js'
import { clipped, type Range } from './train.js'

/** Plain arrays: rows of k factors without padding. */
export interface Learned {
  readonly userIds: readonly Id[]
  readonly itemIds: readonly Id[]
  readonly k: number
  readonly mean: number
  readonly range: Range
  readonly userFactors: Float64Array
  readonly itemFactors: Float64Array
  readonly userBiases: Float64Array
  readonly itemBiases: Float64Array
  /** Which items each user rated, in compressed rows. */
  readonly seen: { readonly indptr: Int32Array; readonly items: Int32Array }
  /** Scores of items for users that it does not know (for all, without factors), where the mean and items' biases do not tell them. */
  readonly unknown?: Float64Array
}

/** A user or item that the model does not know: what it predicts then is the mean and the biases of the side that it knows. */
export type Cold = 'user' | 'item' | 'both' | null

export interface Predictions {
  readonly ratings: Float64Array
  /** For how many of them the user, the item, or both were unknown, and the unknown ids in the order of their first appearance. */
  readonly cold: { readonly count: number; readonly users: readonly Id[]; readonly items: readonly Id[] }
}

export interface Recommendation {
  readonly item: Id
  /** As `predict` gives it. */
  readonly rating: number
}

export interface Recommendations {
  readonly user: Id
  /** Whether the user is unknown: then items come by the mean and their biases, the same for all such users. */
  readonly cold: boolean
  /** Best first; of equal predictions first the item that came first in the ratings. */
  readonly items: readonly Recommendation[]
}

export interface RecommendOptions {
  /** Leave out what the user rated (true). */
  excludeSeen?: boolean
  /** Leave out these too. */
  exclude?: Iterable<Id>
}

export interface SimilarItem {
  readonly item: Id
  /** Cosine of the items' factors, -1 to 1. */
  readonly similarity: number
}

/** What `evaluateRatings` asks of a model. */
export interface Recommender {
  predict(user: Id, item: Id): number
  predictMany(pairs: { readonly users: ArrayLike<Id>; readonly items: ArrayLike<Id> }): Predictions
  /** `predict` before clipping: what items are put in order by. */
  scoreOf(user: Id, item: Id): number
  /** Places of items in the model's order; -1 for one that it does not know. */
  placeOfItem(item: Id): number
  /** A score for each of the model's items: larger is recommended first. */
  scores(user: Id): Float64Array
  /** Places of the items that a user rated; none for an unknown one. */
  seenBy(user: Id): Int32Array
}

/** Shared by models of users' and items' factors. */
export abstract class FactorModel implements Recommender {
  /** The class's name, for messages. */
  protected abstract readonly op: string
  #learned: Learned | null = null
  #users = new Map<Id, number>()
  #items = new Map<Id, number>()

  protected get learned(): Learned {
    if (this.#learned === null) throw new UsageError(`${this.op}: it has not been fitted. Try fit(ratings) first.`)
    return this.#learned
  }

  protected set learned(learned: Learned) {
    this.#learned = learned
    this.#users = new Map(learned.userIds.map((id, place) => [id, place]))
    this.#items = new Map(learned.itemIds.map((id, place) => [id, place]))
  }

  /** Users in the order of their first rating: row i of `userFactors` is that of users[i]. */
  get users(): readonly Id[] {
    return this.learned.userIds
  }

  /** Items, likewise. */
  get items(): readonly Id[] {
    return this.learned.itemIds
  }

  /** Which of the two is unknown; null where both are known. */
  coldness(user: Id, item: Id): Cold {
    const [noUser, noItem] = [!this.#users.has(user), !this.#items.has(item)]
    return noUser ? (noItem ? 'both' : 'user') : noItem ? 'item' : null
  }

  /**
   * mean + b_u + b_i + p_u q_i, clipped. What belongs to an unknown user or item is left out: mean + b_i for an unknown user, mean + b_u for
   * an unknown item, the mean for both; `coldness` says which.
   */
  predict(user: Id, item: Id): number {
    return clipped(this.scoreOf(user, item), this.learned.range)
  }

  /** `predict` before clipping. */
  scoreOf(user: Id, item: Id): number {
    return this.#at(this.learned, this.#users.get(user) ?? -1, this.#items.get(item) ?? -1)
  }

  #at(learned: Learned, user: number, item: number): number {
    const { k, mean, userBiases, itemBiases, userFactors: P, itemFactors: Q, unknown } = learned
    if ((user < 0 || k === 0) && item >= 0 && unknown !== undefined) return unknown[item]!
    let value = mean
    if (user >= 0) value += userBiases[user]!
    if (item >= 0) value += itemBiases[item]!
    if (user >= 0 && item >= 0) for (let j = 0; j < k; j++) value += P[user * k + j]! * Q[item * k + j]!
    return value
  }

  /** `predict` of users[i] and items[i], and which of them were unknown. Throws UsageError for lists of different lengths. */
  predictMany({ users, items }: { readonly users: ArrayLike<Id>; readonly items: ArrayLike<Id> }): Predictions {
    if (users.length !== items.length)
      throw new UsageError(`predictMany: ${users.length} users and ${items.length} items; expected as many of both.`)
    const { learned } = this
    const ratings = new Float64Array(users.length)
    const [coldUsers, coldItems] = [new Set<Id>(), new Set<Id>()]
    let count = 0
    for (let i = 0; i < ratings.length; i++) {
      const [user, item] = [this.#users.get(users[i]!) ?? -1, this.#items.get(items[i]!) ?? -1]
      ratings[i] = clipped(this.#at(learned, user, item), learned.range)
      if (user < 0) coldUsers.add(users[i]!)
      if (item < 0) coldItems.add(items[i]!)
      if (user < 0 || item < 0) count++
    }
    return { ratings, cold: { count, users: [...coldUsers], items: [...coldItems] } }
  }

  placeOfItem(item: Id): number {
    return this.#items.get(item) ?? -1
  }

  seenBy(user: Id): Int32Array {
    const { indptr, items } = this.learned.seen
    const place = this.#users.get(user)
    return place === undefined ? new Int32Array(0) : items.subarray(indptr[place]!, indptr[place + 1]!)
  }

  /** Predictions that are not clipped (so that ties are few), for all items in the order of `items`. */
  scores(user: Id): Float64Array {
    const { learned } = this
    const place = this.#users.get(user)
    if (place === undefined) return scoresOf(learned, 0, null)
    return scoresOf(learned, learned.userBiases[place]!, learned.userFactors.subarray(place * learned.k, (place + 1) * learned.k)) // biome-ignore format: one line
  }

  /**
   * The n items that a user is predicted to rate highest, without those already rated. Order is by the prediction before clipping. An unknown
   * user gets the items with the highest biases (which shrink items with few ratings), and `cold` says so. Throws UsageError for n below 0.
   */
  recommend(user: Id, n: number, options: RecommendOptions = {}): Recommendations {
    const { excludeSeen = true, exclude = [] } = options
    const left = new Set<number>(excludeSeen ? this.seenBy(user) : [])
    for (const id of exclude) left.add(this.placeOfItem(id))
    return {
      user,
      cold: !this.#users.has(user),
      items: this.ranked('recommend', this.scores(user), n, left),
    }
  }

  protected ranked(op: string, scores: Float64Array, n: number, left: ReadonlySet<number>): Recommendation[] {
    if (!Number.isInteger(n) || n < 0) throw new UsageError(`${op}: ${n} items; expected a whole number from 0 on.`)
    const { itemIds, range } = this.learned
    return largest(scores, n, left).map((place) => ({
      item: itemIds[place]!,
      rating: clipped(scores[place]!, range),
    }))
  }

  /**
   * The n items whose factors point most nearly the same way (largest cosine), without the item itself; items without factors have cosine 0.
   * Throws UsageError for an unknown item.
   */
  similar(item: Id, n: number): SimilarItem[] {
    const { k, itemIds, itemFactors: Q } = this.learned
    const place = this.placeOfItem(item)
    if (place < 0)
      throw new UsageError(
        `similar: item ${shownId(item)} is not known; expected one of ${inert(String(itemIds.length))} items.`,
      )
    const lengths = new Float64Array(itemIds.length)
    const cosines = new Float64Array(itemIds.length)
    for (let i = 0; i < itemIds.length; i++) {
      for (let j = 0; j < k; j++) {
        lengths[i]! += Q[i * k + j]! ** 2
        cosines[i]! += Q[i * k + j]! * Q[place * k + j]!
      }
    }
    for (let i = 0; i < itemIds.length; i++) {
      const product = Math.sqrt(lengths[i]!) * Math.sqrt(lengths[place]!)
      cosines[i] = product === 0 ? 0 : Math.max(-1, Math.min(1, cosines[i]! / product))
    }
    return largest(cosines, n, new Set([place])).map((at) => ({ item: itemIds[at]!, similarity: cosines[at]! }))
  }
}

/** mean + bias + b_i + p q_i for all items; without p the mean and items' biases, or what is known of unknown users. */
export function scoresOf(learned: Learned, bias: number, own: Float64Array | null): Float64Array {
  const { k, mean, itemBiases, itemFactors: Q, unknown } = learned
  if ((own === null || k === 0) && unknown !== undefined) return unknown.slice()
  const out = new Float64Array(itemBiases.length)
  for (let i = 0, at = 0; i < out.length; i++) {
    let value = mean + bias + itemBiases[i]!
    if (own !== null) for (let j = 0; j < k; j++) value += own[j]! * Q[at++]!
    out[i] = value
  }
  return out
}

/** Places of the n largest, best first, ties by the lower place, without those of `left`. */
export function largest(scores: Float64Array, n: number, left: ReadonlySet<number>): number[] {
  const best: number[] = []
  if (n === 0) return best
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!
    if (best.length === n && !(score > scores[best[n - 1]!]!)) continue
    if (left.has(i) || Number.isNaN(score)) continue
    let at = best.length === n ? n - 1 : best.length
    while (at > 0 && score > scores[best[at - 1]!]!) {
      best[at] = best[at - 1]!
      at--
    }
    best[at] = i
  }
  return best
}
