/** How well a model puts in order what users did next among all that they had not done before; with intervals over users. */
import { UsageError } from '../../core/index.js'
import { checkOptions } from '../../tensor/internal.js'
import { type BootstrapOptions, bootstrap, type Estimate, type Ratio } from './bootstrap.js'
import { largest, type Recommender } from './model.js'
import { dcg, hits, normalizedBy } from './ranking.js'
import { compress, type Id, type Indexed, indexed, type Ratings } from './ratings.js'

export interface EvaluateInteractionsOptions extends BootstrapOptions {
  /** Length of the lists that are judged (10). */
  k?: number
}

/** Each with its interval. */
export interface InteractionEvaluation {
  /** Means over users with something to find: of the first k. */
  readonly precision: Estimate
  readonly recall: Estimate
  readonly hitRate: Estimate
  readonly reciprocalRank: Estimate
  readonly averagePrecision: Estimate
  readonly ndcg: Estimate
  /** Expected percentile ranking, 0 (all first) to 1: over interactions, each weighted by its amount. At random 0.5. */
  readonly percentileRank: Estimate
  readonly k: number
  /** Of the test: pairs, users, and those of the pairs that the model learned from (left out: repeating them is no art). */
  readonly interactions: number
  readonly users: number
  readonly repeated: number
  /** Pairs whose user or item the model does not know, and the unknown ids. Unknown items cannot be found: lists miss them; they have no rank. */
  readonly cold: { readonly count: number; readonly users: readonly Id[]; readonly items: readonly Id[] }
  readonly method: string
}

const hitNames = ['precision', 'recall', 'hitRate', 'reciprocalRank', 'averagePrecision'] as const
type Figure = 'ndcg' | 'percentileRank' | (typeof hitNames)[number]

/** A user's candidates: all items but those of `seen`. */
interface Candidates {
  readonly scores: Float64Array
  readonly seen: ReadonlySet<number>
}

/**
 * The percentile ranking of an item: the share of a user's other candidates that come before it, those of equal score counting half. Hu, Koren & Volinsky
 * 2008, section 6: 0 for the first, 1 for the last.
 */
function percentile({ scores, seen }: Candidates, place: number): number {
  const own = scores[place]!
  let [before, equal] = [0, -1]
  for (let i = 0; i < scores.length; i++) {
    if (!(scores[i]! >= own)) continue
    if (seen.size > 0 && seen.has(i)) continue
    if (scores[i]! > own) before++
    else equal++
  }
  const others = scores.length - seen.size - 1
  return others === 0 ? 0 : (before + equal / 2) / others
}

/** The test by users: what each may find. */
function* judged(
  model: Recommender,
  test: Indexed,
): Generator<{ user: number; own: Int32Array; candidates: Candidates; repeated: number }> {
  const { indptr, places } = compress(test.users, test.userIds.length)
  const toOwn = test.itemIds.map((id) => model.placeOfItem(id))
  for (let user = 0; user < test.userIds.length; user++) {
    const all = places.subarray(indptr[user]!, indptr[user + 1]!)
    const seen = new Set(model.seenBy(test.userIds[user]!))
    const own = all.filter((at) => !seen.has(toOwn[test.items[at]!]!))
    const candidates = { scores: model.scores(test.userIds[user]!), seen }
    yield { user, own, candidates, repeated: all.length - own.length }
  }
}

/**
 * Figures of recommendations on interactions that were held out. A user's candidates are the model's items without those that it learned of this user;
 * what was held out is relevant, everything else is not. Pairs that come several times count once, with their sum; amounts of 0 and below are no
 * interactions. NDCG has gain 1 for each, and as `percentileRank` shares places among equal scores; lists are in the model's first order there.
 *
 * Throws UsageError for a test without interactions and impossible options.
 *
 * @example
 * const { train, test } = splitRatings(interactions, { fraction: 0.2 })
 * const { percentileRank, recall } = evaluateInteractions(new ImplicitALS({ k: 2 }).fit(train), test, { k: 5 })
 */
export function evaluateInteractions(
  model: Recommender,
  interactions: Omit<Ratings, 'ratings'> & Partial<Ratings>,
  options: EvaluateInteractionsOptions = {},
): InteractionEvaluation {
  const op = 'evaluateInteractions'
  checkOptions(op, options, ['k', 'repeats', 'level', 'seed'])
  const { k = 10, repeats = 1000, level = 0.95, seed = 0 } = options
  if (!Number.isInteger(k) || k < 1) throw new UsageError(`${op}: k ${k}; expected a whole number from 1 on.`)
  const test = positive(op, interactions)
  const users = test.userIds.length
  const figures = emptyFigures(users)
  let repeated = 0
  for (const one of judged(model, test)) {
    repeated += one.repeated
    judge(figures, one.user, one, model, test, k)
  }
  const pairs = { users: Array.from(test.users, (user) => test.userIds[user]!), items: Array.from(test.items, (item) => test.itemIds[item]!) } // biome-ignore format: one line
  return {
    ...bootstrap(figures, users, { repeats, level, seed }),
    ...{ k, interactions: test.values.length, users, repeated, cold: model.predictMany(pairs).cold },
    method: `percentile bootstrap over users, ${repeats} samples, level ${level}, seed ${seed}`,
  }
}

/** Expected percentile ranking alone. */
export function expectedRank(model: Recommender, interactions: Ratings): number {
  const test = positive('score', interactions)
  let [above, below] = [0, 0]
  for (const { own, candidates } of judged(model, test))
    for (const at of own) {
      const place = model.placeOfItem(test.itemIds[test.items[at]!]!)
      if (place < 0) continue
      above += test.values[at]! * percentile(candidates, place)
      below += test.values[at]!
    }
  return above / below
}

function positive(op: string, interactions: Omit<Ratings, 'ratings'> & Partial<Ratings>): Indexed {
  const ratings = interactions.ratings ?? new Float64Array(interactions.users?.length ?? 0).fill(1)
  const all = indexed(op, { ...interactions, ratings }, 'sum')
  const kept = (_: unknown, i: number): boolean => all.values[i]! > 0
  if (!all.values.some((value) => value > 0))
    throw new UsageError(`${op}: no interactions; expected at least one with an amount above 0.`)
  return { ...all, users: all.users.filter(kept), items: all.items.filter(kept), values: all.values.filter(kept) }
}

function emptyFigures(users: number): Record<Figure, Ratio> {
  const ones = new Float64Array(users).fill(1)
  const none = (): Ratio => ({ above: new Float64Array(users).fill(Number.NaN), below: ones })
  const lists = Object.fromEntries(['ndcg', ...hitNames].map((name) => [name, none()])) as Record<Exclude<Figure, 'percentileRank'>, Ratio> // biome-ignore format: one line
  return { ...lists, percentileRank: { ...none(), below: new Float64Array(users) } }
}

function judge(
  figures: Record<Figure, Ratio>,
  user: number,
  { own, candidates }: { own: Int32Array; candidates: Candidates },
  model: Recommender,
  test: Indexed,
  k: number,
): void {
  if (own.length === 0) return
  const wanted = new Map(Array.from(own, (at) => [model.placeOfItem(test.itemIds[test.items[at]!]!), test.values[at]!]))
  wanted.delete(-1)
  const { scores, seen } = candidates
  const top = largest(scores, k, seen)
  const found = hits(top.map((place) => wanted.has(place)), own.length, k)! // biome-ignore format: one line
  for (const name of hitNames) figures[name].above[user] = found[name]
  // Only those that tie with, or are above, the k-th place can have a part.
  const least = top.length < k ? Number.NEGATIVE_INFINITY : scores[top.at(-1)!]!
  const near: number[] = []
  for (let place = 0; place < scores.length; place++) if (scores[place]! >= least && !seen.has(place)) near.push(place)
  const value = dcg(near.map((place) => (wanted.has(place) ? 1 : 0)), near.map((place) => scores[place]!), k) // biome-ignore format: one line
  figures.ndcg.above[user] = normalizedBy(value, new Float64Array(own.length).fill(1), k)
  if (wanted.size === 0) return
  let [above, below] = [0, 0]
  for (const [place, amount] of wanted) {
    above += amount * percentile(candidates, place)
    below += amount
  }
  figures.percentileRank.above[user] = above
  figures.percentileRank.below[user] = below
}
