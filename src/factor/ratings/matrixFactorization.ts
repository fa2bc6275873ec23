/** MatrixFactorization: collaborative filtering of explicit ratings by biases and factors. */
import { UsageError } from '../../core/index.js'
import { dataKernels } from '../../kernels/index.js'
import { keep, StateDict, type Tensor, tensor } from '../../tensor/index.js'
import { tidy, together, view } from '../../tensor/internal.js'
import type { Estimator, EstimatorJson, Method } from '../estimator.js'
import { withScratch } from '../scratch.js'
import { sideOf, strideOf, unpadded } from './als.js'
import { isTensorLike, matrixShape, ratingsOfMatrix } from './matrix.js'
import { FactorModel, type Learned, type Recommendation, scoresOf } from './model.js'
import { type MatrixFactorizationOptions, type Settings, settingsOf } from './options.js'
import { compress, type Id, indexed, type Ratings } from './ratings.js'
import { savedFactors } from './saved.js'
import { type Chosen, errorOf, plainFactors, type Range, type Trained, train } from './train.js'

/** EstimatorJson, and what rebuilding a model needs beside its tensors. */
export interface MatrixFactorizationJson extends EstimatorJson {
  readonly method: 'als'
  readonly users: readonly Id[]
  readonly items: readonly Id[]
  readonly mean: number
  readonly range: Range
  readonly chosen: Chosen | null
  readonly duplicates: number
  readonly ratings: number
  /** Root mean squared error over the ratings that it was fitted on. */
  readonly rmse: number
}

/**
 * Predicts ratings as mean + b_user + b_item + p_user q_item.
 *
 * Fitted to lists of users, items and ratings (`ratingsOf` takes them from a table), or to a dense matrix [users, items] with NaN where nothing
 * was rated, whose ids are the numbers of rows and columns. In f64. The same seed and ratings give the same bits.
 *
 * With `auto` (the defaults) penalties and the number of sweeps are chosen on a validation part, so that factors that only fit noise are left
 * out; `chosen` and `validation` say what was taken and why. Of several ratings of one item by one user the last counts (or their mean).
 *
 * Throws UsageError for no ratings, lists of different lengths, and ratings that are not finite.
 * Sources: Koren, Bell & Volinsky 2009 (biases, descent); Zhou et al. 2008 (ALS, `weighted`).
 *
 * @example
 * const model = new MatrixFactorization({ k: 2 }).fit({
 *   users: ['ann', 'ann', 'bob', 'bob', 'cat'],
 *   items: ['x', 'y', 'x', 'z', 'y'],
 *   ratings: [5, 1, 4, 2, 2],
 * })
 * model.predict('cat', 'x')
 * model.recommend('ann', 3)
 */
export class MatrixFactorization extends FactorModel implements Estimator {
  readonly method: Method = 'als'
  protected readonly op = 'MatrixFactorization'
  readonly options: MatrixFactorizationOptions
  readonly #settings: Settings
  /** [users, k] and [items, k]; after `fit`. */
  userFactors!: Tensor
  itemFactors!: Tensor
  /** [users] and [items]. */
  userBiases!: Tensor
  itemBiases!: Tensor
  /** Mean of the ratings. */
  mean = Number.NaN
  /** Within which predictions stay; null: anywhere. */
  range: Range = null
  /** Sweeps or epochs of the last fit. */
  iterations = 0
  /** The penalties and iterations taken. */
  chosen: Chosen | null = null
  /** What was tried on the validation part. */
  validation: Trained['validation'] = null
  /** Ratings that were fitted, of them merged into others. */
  ratings = 0
  duplicates = 0
  /** Over the ratings that it was fitted on. */
  rmse = Number.NaN

  constructor(options: MatrixFactorizationOptions = {}) {
    super()
    this.options = { ...options }
    this.#settings = settingsOf(options)
  }

  /** Learns from ratings, or from a matrix [users, items] with NaN where nothing was rated. */
  fit(ratings: Ratings | Tensor): this {
    const data = isTensorLike(ratings)
      ? ratingsOfMatrix('MatrixFactorization', ratings)
      : indexed('MatrixFactorization', ratings, this.#settings.duplicates)
    if (data.values.length === 0) throw new UsageError('MatrixFactorization: no ratings; expected at least one.')
    const { clip } = this.#settings
    const range: Range = clip === true ? extent(data.values) : clip === false ? null : clip
    const trained = train(data, this.#settings, range)
    const { users, items } = plainFactors(trained.factors)
    const { indptr, places } = compress(data.users, data.userIds.length)
    this.#set({
      userIds: data.userIds,
      itemIds: data.itemIds,
      k: this.#settings.k,
      mean: trained.mean,
      range,
      userFactors: users,
      itemFactors: items,
      userBiases: trained.biases.users,
      itemBiases: trained.biases.items,
      seen: { indptr, items: places.map((place) => data.items[place]!) },
    })
    this.iterations = trained.iterations
    this.chosen = trained.chosen
    this.validation = trained.validation
    this.ratings = data.values.length
    this.duplicates = data.duplicates
    this.rmse = errorOf(data, trained.mean, trained.biases, trained.factors, range)
    this.#squares = data.values.reduce((sum, value) => sum + (value - trained.mean) ** 2, 0)
    return this
  }

  #squares = 0

  #set(learned: Learned): void {
    this.dispose()
    this.learned = learned
    const { k, userIds, itemIds, mean, range } = learned
    this.userFactors = keep(tensor(learned.userFactors, { shape: [userIds.length, k] }))
    this.itemFactors = keep(tensor(learned.itemFactors, { shape: [itemIds.length, k] }))
    this.userBiases = keep(tensor(learned.userBiases))
    this.itemBiases = keep(tensor(learned.itemBiases))
    this.mean = mean
    this.range = range
  }

  /**
   * [bias, factors] of users that it was not fitted on, each by ridge regression with the items as they are: what solves a user's row in a last
   * sweep (of `sgd`: with the penalty times the number of ratings, whose minimum descent looks for; of `svd`: the projection, unrated being 0).
   * Items that it does not know are passed over. A user without known items is zeros.
   *
   * Returns f64 [users, k + 1] and the users in the order of their first appearance.
   */
  foldIn(ratings: Ratings): { users: readonly Id[]; codes: Tensor } {
    const { itemIds } = this.learned
    const all = indexed('foldIn', ratings, this.#settings.duplicates)
    const toOwn = all.itemIds.map((id) => this.placeOfItem(id))
    const known = Int32Array.from(all.items.keys()).filter((i) => toOwn[all.items[i]!]! >= 0)
    const users = known.map((i) => all.users[i]!)
    const items = known.map((i) => toOwn[all.items[i]!]!)
    const values = Float64Array.from(known, (i) => all.values[i]!)
    const codes = this.#solveUsers(all.userIds.length, users, items, values, itemIds.length)
    return { users: all.userIds, codes: tensor(codes, { shape: [all.userIds.length, this.learned.k + 1] }) }
  }

  #solveUsers(rows: number, users: Int32Array, items: Int32Array, values: Float64Array, count: number): Float64Array {
    const { k, mean, itemBiases, itemFactors } = this.learned
    const { method, biases } = this.#settings
    const { regularization, biasRegularization } = this.chosen!
    const out = new Float64Array(rows * (k + 1))
    const rest = values.map((value, i) => value - mean - itemBiases[items[i]!]!)
    const isJoint = biases === 'joint'
    if (biases === 'fixed') {
      const [sums, counts] = [new Float64Array(rows), new Float64Array(rows)]
      for (let i = 0; i < rest.length; i++) {
        sums[users[i]!]! += rest[i]!
        counts[users[i]!]!++
      }
      for (let u = 0; u < rows; u++)
        if (counts[u]! > 0) out[u * (k + 1)] = sums[u]! / (biasRegularization.users + counts[u]!)
      for (let i = 0; i < rest.length; i++) rest[i]! -= out[users[i]! * (k + 1)]!
    }
    // Joint biases are an unknown beside the factors, whose column of items is 1; factors that were left out are not looked for.
    const isBare = regularization === null || k === 0
    const wide = (isBare ? 0 : k) + (isJoint ? 1 : 0)
    if (wide === 0) return out
    const stride = strideOf(wide)
    const fixed = new Float64Array(count * stride)
    for (let i = 0; i < count; i++) {
      if (!isBare) for (let j = 0; j < k; j++) fixed[i * stride + j] = itemFactors[i * k + j]!
      if (isJoint) fixed[i * stride + wide - 1] = 1
    }
    const solved = withScratch((scratch) => {
      const isSvd = method === 'svd'
      const side = sideOf(scratch, users, items, rows, rest, isSvd ? new Float64Array(rest.length) : null)
      const base = isSvd ? scratch.place(gram(fixed, stride)) : 0
      const at = scratch.place(fixed)
      const solution = scratch.alloc(8 * rows * stride)
      const work = scratch.alloc(8 * (stride + 1) * stride)
      dataKernels(scratch.kernels).ridgeRows_f64(
        rows, wide, stride, side.indptr, side.indices, side.weights, side.values, at, base, isSvd ? 0 : (regularization ?? 0),
        method === 'sgd' || this.#settings.weighted, solution, work,
      ) // biome-ignore format: a list
      return unpadded(scratch.kernels.f64(solution, rows * stride), wide, stride)
    })
    for (let u = 0; u < rows; u++) {
      if (!isBare) for (let j = 0; j < k; j++) out[u * (k + 1) + 1 + j] = solved[u * wide + j]!
      if (isJoint) out[u * (k + 1)] = solved[u * wide + wide - 1]!
    }
    return out
  }

  /**
   * Recommendations for somebody who is not among the users, by ratings given now: the cure of a cold start. What was rated is left out.
   */
  recommendFor(ratings: Pick<Ratings, 'items' | 'ratings'>, n: number): Recommendation[] {
    const users = Array.from({ length: ratings.items.length }, () => 0)
    if (users.length === 0) return this.ranked('recommendFor', scoresOf(this.learned, 0, null), n, new Set())
    const code = tidy(() => Float64Array.from(view(this.foldIn({ ...ratings, users }).codes) as Float64Array))
    const left = new Set(Array.from(ratings.items, (item) => this.placeOfItem(item)))
    return this.ranked('recommendFor', scoresOf(this.learned, code[0]!, code.subarray(1)), n, left)
  }

  /** `foldIn` of the rows of a matrix [n, items] with NaN where nothing was rated; columns are `items` in their order. */
  transform(x: Tensor): Tensor {
    const { itemIds, k } = this.learned
    const [rows] = matrixShape('transform', x, itemIds.length)
    const { users, items, values } = ratingsOfMatrix('transform', x)
    const codes = this.#solveUsers(rows, users, items, values, itemIds.length)
    return tensor(codes, { shape: [rows, k + 1], dtype: x.dtype })
  }

  /** Predicted ratings [n, items], clipped, of codes [n, k + 1]. */
  inverseTransform(z: Tensor): Tensor {
    const { itemIds, k, range } = this.learned
    const [rows] = matrixShape('inverseTransform', z, k + 1)
    const codes = tidy(() => Float64Array.from(view(together(z.to('f64')))))
    const out = new Float64Array(rows * itemIds.length)
    for (let i = 0; i < rows; i++) {
      const code = codes.subarray(i * (k + 1), (i + 1) * (k + 1))
      out.set(
        scoresOf(this.learned, code[0]!, code.subarray(1)).map((value) =>
          range === null ? value : Math.min(range[1], Math.max(range[0], value)),
        ),
        i * itemIds.length,
      )
    }
    return tensor(out, { shape: [rows, itemIds.length], dtype: z.dtype })
  }

  /**
   * Minus the root mean squared error: of ratings as `predictMany` predicts them, or of a matrix [n, items] with NaN where nothing was rated,
   * whose users are folded in first.
   */
  score(x: Ratings | Tensor): number {
    if (!isTensorLike(x)) {
      const { ratings } = this.predictMany(x)
      let squares = 0
      for (let i = 0; i < ratings.length; i++) squares += (ratings[i]! - x.ratings[i]!) ** 2
      return -Math.sqrt(squares / ratings.length)
    }
    return tidy(() => {
      const predicted = view(together(this.inverseTransform(this.transform(x)).to('f64')))
      const given = view(together(x.to('f64')))
      let [squares, count] = [0, 0]
      for (let i = 0; i < given.length; i++) {
        if (Number.isNaN(given[i]!)) continue
        squares += (predicted[i]! - given[i]!) ** 2
        count++
      }
      return -Math.sqrt(squares / count)
    })
  }

  /** Figures of the fit; `reconstructionError` is over the rated pairs, relative to the deviations from the mean. */
  toJSON(): MatrixFactorizationJson {
    const { userIds, itemIds, k, mean, range } = this.learned
    const frobenius = this.rmse * Math.sqrt(this.ratings)
    return {
      method: 'als',
      k,
      rows: userIds.length,
      columns: itemIds.length,
      options: { ...this.options },
      explainedVarianceRatio: null,
      singularValues: null,
      reconstructionError: {
        frobenius,
        relative:
          this.#squares === 0 ? (frobenius === 0 ? 0 : Number.POSITIVE_INFINITY) : frobenius / Math.sqrt(this.#squares),
      },
      inertia: null,
      logLikelihood: null,
      iterations: this.iterations,
      users: userIds,
      items: itemIds,
      mean,
      range,
      chosen: this.chosen,
      duplicates: this.duplicates,
      ratings: this.ratings,
      rmse: this.rmse,
    }
  }

  /** Factors, biases, and what each user rated (`seenRows`, `seenItems`: compressed rows). */
  stateDict(): StateDict {
    const { seen } = this.learned
    const state = new StateDict()
    for (const name of tensorNames) state.set(name, this[name])
    state.set('seenRows', tensor(seen.indptr))
    state.set('seenItems', tensor(seen.items))
    return state
  }

  dispose(): void {
    for (const name of tensorNames) this[name]?.dispose()
  }

  /** The model of `toJSON` and `stateDict`. */
  static restore(json: EstimatorJson, state: StateDict): MatrixFactorization {
    const { mean, range, chosen, duplicates, ratings, rmse } = json as MatrixFactorizationJson
    const model = new MatrixFactorization(json.options as MatrixFactorizationOptions)
    model.#set({ ...savedFactors('MatrixFactorization', json, state, true), mean, range })
    model.iterations = json.iterations ?? 0
    Object.assign(model, { chosen, duplicates, ratings, rmse })
    const { frobenius, relative } = json.reconstructionError!
    model.#squares = relative === 0 || relative === Number.POSITIVE_INFINITY ? 0 : (frobenius / relative) ** 2
    return model
  }
}

const tensorNames = ['userFactors', 'itemFactors', 'userBiases', 'itemBiases'] as const

function extent(values: Float64Array): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}

/** Zᵀ Z of rows `stride` apart. */
function gram(rows: Float64Array, stride: number): Float64Array {
  const out = new Float64Array(stride * stride)
  for (let at = 0; at < rows.length; at += stride)
    for (let i = 0; i < stride; i++)
      for (let j = 0; j < stride; j++) out[i * stride + j]! += rows[at + i]! * rows[at + j]!
  return out
}
