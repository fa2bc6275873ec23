/** ImplicitALS: collaborative filtering of what people did (played, bought, clicked), where nothing says what they disliked. */
import { FormatError, UsageError } from '../../core/index.js'
import { Generator, keep, StateDict, type Tensor, tensor } from '../../tensor/index.js'
import { checkOptions, tidy, together, view } from '../../tensor/internal.js'
import type { Estimator, EstimatorJson, Method } from '../estimator.js'
import { wholeOption } from '../input.js'
import { amountOption, wordOption } from '../samples.js'
import { randomFactors } from './als.js'
import { expectedRank } from './evaluateInteractions.js'
import { alternateImplicitly, foldImplicitly } from './implicit.js'
import { isTensorLike, matrixShape, ratingsOfMatrix } from './matrix.js'
import { FactorModel, type Learned, type Recommendation, scoresOf } from './model.js'
import {
  compress,
  type Duplicates,
  type Id,
  type Indexed,
  indexed,
  meanOf,
  type Ratings,
  shownId,
  subset,
} from './ratings.js'
import { savedFactors } from './saved.js'
import { validationParts } from './train.js'

export interface ImplicitALSOptions {
  /** Factors of each user and item (10); 0: none, items go by how many users they have. */
  k?: number
  /** How fast confidence grows with r (40, as in the paper). */
  alpha?: number
  /** Of an interaction of amount r: 1 + alpha r (`linear`, default), or 1 + alpha log(1 + r / epsilon) (`log`), for amounts that differ widely. */
  confidence?: 'linear' | 'log'
  /** Of `log` (1). */
  epsilon?: number
  /**
   * Ridge penalty lambda of factors, or `auto` (default): that of 20, 10, 5, 2, 1, 0.3, 0.1 and 0.03 times the mean of c - 1 which ranks a validation
   * part best (expected percentile rank, penalties falling until two are worse); then all interactions are fitted.
   */
  regularization?: number | 'auto'
  /** Share of the pairs, drawn by the seed, that `auto` chooses on (0.1). */
  validation?: number
  /** Sweeps: all items, then all users (15). */
  iterations?: number
  /** `cholesky`: rows are solved exactly (default). `cg`: a few steps of conjugate gradient from the row before, faster from about 50 factors on. */
  solver?: 'cholesky' | 'cg'
  /** Steps of `cg` (3). */
  cgSteps?: number
  /** Standard deviation of the random start (0.1). */
  initialScale?: number
  /** What several interactions of one user with one item mean (`sum`). */
  duplicates?: Duplicates
  /** 0 */
  seed?: number
}

const optionNames = [
  'k', 'alpha', 'confidence', 'epsilon', 'regularization', 'validation', 'iterations', 'solver', 'cgSteps', 'initialScale', 'duplicates', 'seed',
] as const // biome-ignore format: a list

/** Penalties that `auto` tries, in units of the mean of c - 1, and what it takes where there is too little to choose by. */
const grid = [20, 10, 5, 2, 1, 0.3, 0.1, 0.03] as const
const fallback = 0.05

/** Interaction i is of `users[i]` with `items[i]`, of the amount `ratings[i]` (plays, minutes, purchases): 1 where there are none. */
export type Interactions = Omit<Ratings, 'ratings'> & { readonly ratings?: ArrayLike<number> }

/** EstimatorJson, and what rebuilding a model needs beside its tensors. */
export interface ImplicitALSJson extends EstimatorJson {
  readonly method: 'implicit-als'
  readonly users: readonly Id[]
  readonly items: readonly Id[]
  /** Pairs with an amount above 0, and interactions that were merged into them. */
  readonly interactions: number
  readonly duplicates: number
  /** The objective after each sweep. */
  readonly losses: readonly number[]
  /** The penalty taken. */
  readonly lambda: number
}

/** Amounts of 1 where none are given. */
export function withAmounts(interactions: Interactions): Ratings {
  const { users, ratings = new Float64Array(users?.length ?? 0).fill(1) } = interactions
  return { ...interactions, ratings }
}

/**
 * Scores pairs by x_user y_item, the preference (about 0 to 1) that a user is expected to have for an item.
 *
 * Minimizes the sum over all pairs, those without interaction too, of c (p - x y)² + lambda (sum |x|² + sum |y|²): preference p is 1 where the amount r
 * is above 0, else 0; confidence c = 1 + alpha r, or 1 + alpha log(1 + r / epsilon). Solved by turns as the paper does, with Yᵀ Y once for all users.
 * In f64. The same seed and interactions give the same bits.
 *
 * A user that it does not know gets the items that most users have, and each item's score is the share of users who have it.
 *
 * Throws UsageError for no interactions, lists of different lengths, and amounts that are negative or not finite.
 * Sources: Hu, Koren & Volinsky 2008; for `cg` Takács, Pilászy & Tikk 2011.
 *
 * @example
 * const model = new ImplicitALS({ k: 2, regularization: 1 }).fit({ users: ['ann', 'ann', 'bob', 'cat'], items: ['x', 'y', 'x', 'y'], ratings: [3, 1, 2, 5] })
 * model.recommend('bob', 1)
 */
export class ImplicitALS extends FactorModel implements Estimator {
  readonly method: Method = 'implicit-als'
  protected readonly op = 'ImplicitALS'
  readonly options: ImplicitALSOptions
  readonly #settings: Required<ImplicitALSOptions>
  /** [users, k] and [items, k]; after `fit`. */
  userFactors!: Tensor
  itemFactors!: Tensor
  /** The objective after each sweep; never rises with `cholesky`. */
  losses: readonly number[] = []
  /** Pairs with an amount above 0, and interactions that were merged into them. */
  interactions = 0
  duplicates = 0
  /** The penalty taken. */
  lambda = Number.NaN
  /** Penalties that were tried, and the expected percentile rank (0 to 1) of the validation part; null where none was to be chosen. */
  validation: readonly { readonly regularization: number; readonly percentileRank: number }[] | null = null

  constructor(options: ImplicitALSOptions = {}) {
    super()
    const op = 'ImplicitALS'
    checkOptions(op, options, optionNames)
    const settings: Required<ImplicitALSOptions> = {
      ...{
        k: 10,
        alpha: 40,
        confidence: 'linear',
        epsilon: 1,
        regularization: 'auto',
        iterations: 15,
        solver: 'cholesky',
      },
      ...{ validation: 0.1, cgSteps: 3, initialScale: 0.1, duplicates: 'sum', seed: 0 },
      ...options,
    }
    for (const name of ['k', 'iterations', 'seed'] as const) wholeOption(op, name, settings[name], 0)
    wholeOption(op, 'cgSteps', settings.cgSteps, 1)
    wordOption(op, 'confidence', settings.confidence, ['linear', 'log'])
    wordOption(op, 'solver', settings.solver, ['cholesky', 'cg'])
    amountOption(op, 'alpha', settings.alpha)
    if (settings.regularization !== 'auto') amountOption(op, 'regularization', settings.regularization)
    if (!(settings.validation > 0 && settings.validation < 1))
      throw new UsageError(`${op}: validation ${settings.validation}; expected a share between 0 and 1.`)
    for (const name of ['epsilon', 'initialScale'] as const)
      if (!(settings[name] > 0 && Number.isFinite(settings[name])))
        throw new UsageError(`${op}: ${name} ${settings[name]}; expected a number above 0.`)
    this.options = { ...options }
    this.#settings = settings
  }

  /** Learns from interactions, or from a matrix [users, items] of amounts with 0 or NaN where nothing happened. */
  fit(interactions: Interactions | Tensor): this {
    const { k, iterations, solver, cgSteps, initialScale, seed } = this.#settings
    const data = this.#positive('ImplicitALS', interactions)
    if (data.values.length === 0)
      throw new UsageError('ImplicitALS: no interactions; expected at least one with an amount above 0.')
    const [users, items] = [data.userIds.length, data.itemIds.length]
    const { indptr, places } = compress(data.users, users)
    const steps = solver === 'cg' ? cgSteps : null
    this.#choose(data)
    const nothing = { users: new Float64Array(0), items: new Float64Array(0), losses: [] }
    const start = (): Float64Array => randomFactors(new Generator(seed), users, k, initialScale)
    const options = { k, lambda: this.lambda, steps, sweeps: iterations }
    const found = k === 0 ? nothing : alternateImplicitly(data, this.#extra(data.values), start(), options)
    this.#set({
      userIds: data.userIds,
      itemIds: data.itemIds,
      k,
      userFactors: found.users,
      itemFactors: found.items,
      userBiases: new Float64Array(users),
      itemBiases: new Float64Array(items),
      seen: { indptr, items: places.map((place) => data.items[place]!) },
    })
    this.losses = found.losses
    this.interactions = data.values.length
    this.duplicates = data.duplicates
    return this
  }

  /** The penalty given, or the best of the grid. */
  #choose(data: Indexed): void {
    const { k, regularization } = this.#settings
    this.validation = null
    this.lambda = regularization === 'auto' ? 0 : regularization
    if (regularization !== 'auto' || k === 0) return
    const parts = validationParts(data, this.#settings)
    const unit = meanOf(this.#extra(data.values))
    this.lambda = fallback * unit
    if (parts === null) return
    const [kept, held] = [listOf(parts.kept), listOf(parts.held)]
    const tried: { regularization: number; percentileRank: number }[] = []
    let best = Number.POSITIVE_INFINITY
    let worse = 0
    for (const share of grid) {
      const model = new ImplicitALS({ ...this.options, regularization: share * unit }).fit(kept)
      const percentileRank = expectedRank(model, held)
      model.dispose()
      tried.push({ regularization: share * unit, percentileRank })
      if (percentileRank < best) {
        best = percentileRank
        this.lambda = share * unit
      }
      worse = percentileRank > best ? worse + 1 : 0
      if (worse === 2) break
    }
    this.validation = tried
  }

  /** Pairs with an amount above 0; users and items of others are known too. */
  #positive(op: string, interactions: Interactions | Tensor): Indexed {
    const all = isTensorLike(interactions)
      ? ratingsOfMatrix(op, interactions)
      : indexed(op, withAmounts(interactions), this.#settings.duplicates)
    const negative = all.values.findIndex((value) => value < 0)
    if (negative >= 0)
      throw new UsageError(
        `${op}: the amount of user ${shownId(all.userIds[all.users[negative]!])} and item ${shownId(all.itemIds[all.items[negative]!])} is ${all.values[negative]}; expected numbers from 0 on.`,
      )
    const places = Int32Array.from(all.values.keys()).filter((i) => all.values[i]! > 0)
    return places.length === all.values.length ? all : subset(all, places)
  }

  /** Confidences less 1. */
  #extra(amounts: Float64Array): Float64Array {
    const { alpha, confidence, epsilon } = this.#settings
    return amounts.map((r) => alpha * (confidence === 'log' ? Math.log1p(r / epsilon) : r))
  }

  #set(learned: Omit<Learned, 'mean' | 'range' | 'unknown'>): void {
    this.dispose()
    const { k, userIds, itemIds, seen } = learned
    const popularity = new Float64Array(itemIds.length)
    for (const item of seen.items) popularity[item]! += 1 / userIds.length
    this.learned = { ...learned, mean: 0, range: null, unknown: popularity }
    this.userFactors = keep(tensor(learned.userFactors, { shape: [userIds.length, k] }))
    this.itemFactors = keep(tensor(learned.itemFactors, { shape: [itemIds.length, k] }))
  }

  /** Share of the users who have each item, in the order of `items`. */
  get popularity(): Float64Array {
    return this.learned.unknown!.slice()
  }

  /**
   * Factors [users, k] of users by these interactions, items as they are: what solves a user's row in a last sweep. Items that it does not know are passed
   * over; a user without known items is zeros. Users in the order of their first appearance.
   */
  foldIn(interactions: Interactions): { users: readonly Id[]; codes: Tensor } {
    const all = this.#positive('foldIn', interactions)
    const { itemIds, k } = this.learned
    const toOwn = all.itemIds.map((id) => this.placeOfItem(id))
    const known = subset(
      all,
      Int32Array.from(all.items.keys()).filter((i) => toOwn[all.items[i]!]! >= 0),
    )
    const items = known.items.map((item) => toOwn[item]!)
    const codes = this.#codes(all.userIds.length, { ...known, items, itemIds })
    return { users: all.userIds, codes: tensor(codes, { shape: [all.userIds.length, k] }) }
  }

  #codes(rows: number, data: Indexed): Float64Array {
    const { k, itemFactors } = this.learned
    return foldImplicitly(rows, data, this.#extra(data.values), itemFactors, { k, lambda: this.lambda }) // biome-ignore format: one line
  }

  /** Recommendations for somebody who is not among the users, by what they did. What they have is left out; who did nothing gets what most users have. */
  recommendFor(interactions: Pick<Interactions, 'items' | 'ratings'>, n: number): Recommendation[] {
    const users = Array.from({ length: interactions.items.length }, () => 0)
    const left = new Set(Array.from(interactions.items, (item) => this.placeOfItem(item)))
    const code = users.length === 0 ? [] : tidy(() => Array.from(view(this.foldIn({ ...interactions, users }).codes) as Float64Array)) // biome-ignore format: one line
    const own = code.some((value) => value !== 0) ? Float64Array.from(code) : null
    return this.ranked('recommendFor', scoresOf(this.learned, 0, own), n, left)
  }

  /** `foldIn` of rows of amounts [n, items] with 0 or NaN where nothing happened; columns are `items` in their order. */
  transform(x: Tensor): Tensor {
    const { itemIds, k } = this.learned
    const [rows] = matrixShape('transform', x, itemIds.length)
    return tensor(this.#codes(rows, this.#positive('transform', x)), { shape: [rows, k], dtype: x.dtype })
  }

  /** Scores [n, items] of factors [n, k]. */
  inverseTransform(z: Tensor): Tensor {
    const { k } = this.learned
    matrixShape('inverseTransform', z, k)
    return tidy(() => z.to('f64').matmul(this.itemFactors.transpose()).to(z.dtype))
  }

  /**
   * 1 minus the expected percentile rank (0 to 1; at random 0.5) of interactions that were held out, among what their users did not have before; or of
   * the rows of a matrix [n, items], folded in first, among all items.
   */
  score(x: Interactions | Tensor): number {
    if (!isTensorLike(x)) return 1 - expectedRank(this, withAmounts(x))
    const { users, items, values } = this.#positive('score', x)
    const codes = tidy(() => Float64Array.from(view(together(this.transform(x).to('f64')))))
    const { k, itemIds } = this.learned
    const rowAt = (user: number): Float64Array => scoresOf(this.learned, 0, codes.subarray(user * k, (user + 1) * k))
    let [above, below] = [0, 0]
    let [own, scores] = [-1, new Float64Array(0)]
    for (let i = 0; i < users.length; i++) {
      if (users[i] !== own) {
        own = users[i]!
        scores = rowAt(own) as Float64Array<ArrayBuffer>
      }
      let before = -0.5
      for (let j = 0; j < scores.length; j++) before += scores[j]! > scores[items[i]!]! ? 1 : scores[j] === scores[items[i]!] ? 0.5 : 0 // biome-ignore format: one line
      above += itemIds.length === 1 ? 0 : (values[i]! * before) / (itemIds.length - 1)
      below += values[i]!
    }
    return 1 - above / below
  }

  /** Figures of the fit. */
  toJSON(): ImplicitALSJson {
    const { userIds, itemIds, k } = this.learned
    return {
      method: 'implicit-als',
      k,
      rows: userIds.length,
      columns: itemIds.length,
      options: { ...this.options },
      explainedVarianceRatio: null,
      singularValues: null,
      reconstructionError: null,
      inertia: null,
      logLikelihood: null,
      iterations: this.losses.length,
      users: userIds,
      items: itemIds,
      interactions: this.interactions,
      duplicates: this.duplicates,
      losses: this.losses,
      lambda: this.lambda,
    }
  }

  /** Factors, and what each user has (`seenRows`, `seenItems`: compressed rows). */
  stateDict(): StateDict {
    const { seen } = this.learned
    const state = new StateDict()
    state.set('userFactors', this.userFactors)
    state.set('itemFactors', this.itemFactors)
    state.set('seenRows', tensor(seen.indptr))
    state.set('seenItems', tensor(seen.items))
    return state
  }

  dispose(): void {
    this.userFactors?.dispose()
    this.itemFactors?.dispose()
  }

  /** The model of `toJSON` and `stateDict`. */
  static restore(json: EstimatorJson, state: StateDict): ImplicitALS {
    const { interactions, duplicates, losses, lambda } = json as ImplicitALSJson
    if (!(typeof lambda === 'number' && lambda >= 0))
      throw new FormatError('bad-estimator', 'ImplicitALS: the saved penalty is no number from 0 on.')
    const model = new ImplicitALS(json.options as ImplicitALSOptions)
    model.#set(savedFactors('ImplicitALS', json, state, false))
    model.losses = Array.isArray(losses) ? losses : []
    Object.assign(model, { interactions, duplicates, lambda })
    return model
  }
}

/** Places as ids: a part of the interactions as a list of its own. */
const listOf = ({ users, items, values }: Indexed): Ratings => ({ users, items, ratings: values })
