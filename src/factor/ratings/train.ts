/** Fits biases and factors to ratings by settings: what `auto` leaves open is chosen on a validation part, then all ratings are fitted. */
import { Generator, randperm } from '../../tensor/index.js'
import { tidy, view } from '../../tensor/internal.js'
import { alternate, alternateJointly, type Factors, padded, randomFactors, strideOf, unpadded } from './als.js'
import { type Biases, type BiasPenalty, fitBiases, residuals } from './biases.js'
import type { Settings } from './options.js'
import { type Indexed, meanOf, subset } from './ratings.js'
import { residualSvd } from './residualSvd.js'
import { descend } from './sgd.js'

/** Settings without `auto`. */
export interface Chosen {
  readonly biasRegularization: BiasPenalty
  /** null: no factors, biases alone predicted the validation part best. */
  readonly regularization: number | null
  readonly iterations: number
}

/** One setting's error on the validation part. */
export interface Tried {
  readonly regularization: number | null
  readonly iterations: number
  readonly rmse: number
}

export interface Trained {
  readonly mean: number
  readonly biases: Biases
  readonly factors: Factors
  readonly iterations: number
  readonly chosen: Chosen
  /** Best of each penalty that was tried on the validation part, and how many ratings that had; null where nothing was to be chosen. */
  readonly validation: { readonly ratings: number; readonly tried: readonly Tried[] } | null
}

export type Range = readonly [number, number] | null

/** A prediction within a range. */
export function clipped(value: number, range: Range): number {
  return range === null ? value : Math.min(range[1], Math.max(range[0], value))
}

/** Root mean squared error over ratings by places. */
export function errorOf(data: Indexed, mean: number, biases: Biases, factors: Factors | null, range: Range): number {
  let squares = 0
  const { users, items, values } = data
  const { k, stride, users: P, items: Q } = factors ?? { k: 0, stride: 0, users: biases.users, items: biases.items }
  for (let i = 0; i < values.length; i++) {
    const [user, item] = [users[i]!, items[i]!]
    let value = mean + biases.users[user]! + biases.items[item]!
    for (let j = 0; j < k; j++) value += P[user * stride + j]! * Q[item * stride + j]!
    const error = clipped(value, range) - values[i]!
    squares += error * error
  }
  return values.length === 0 ? 0 : Math.sqrt(squares / values.length)
}

const biasGrid = [0.5, 1, 1.5, 2, 3, 5, 10, 25] as const
/** Penalties of factors, in units in which the residuals have deviation 1. */
const factorGrid = [24, 20, 16, 12, 8, 4, 2, 1, 0.5, 0.25] as const
/** Of a weighted row, and of descent, whose penalties act at each rating. */
const perRatingGrid = [0.8, 0.4, 0.2, 0.1, 0.05, 0.02] as const

/** Fits by settings. */
export function train(data: Indexed, settings: Settings, range: Range): Trained {
  const mean = meanOf(data.values)
  const needsChoice =
    settings.earlyStopping ||
    settings.regularization === 'auto' ||
    (settings.biases === 'fixed' && settings.biasRegularization === 'auto')
  const parts = needsChoice ? validationParts(data, settings) : null
  const biasRegularization = biasPenalty(parts, settings, range)
  if (settings.method === 'svd') {
    const chosen = { biasRegularization, regularization: 0, iterations: 1 }
    return { ...fitSvd(data, mean, settings, biasRegularization), mean, chosen, iterations: 1, validation: null }
  }
  const choice = chooseFactors(parts, settings, biasRegularization, range)
  const chosen: Chosen = { ...choice.chosen, biasRegularization }
  const fitted = fit(data, mean, settings, chosen)
  return {
    ...fitted,
    mean,
    chosen,
    validation:
      parts === null || choice.tried.length === 0 ? null : { ratings: parts.held.values.length, tried: choice.tried },
  }
}

interface Parts {
  readonly kept: Indexed
  readonly held: Indexed
}

/** A random part to validate on; null where there are too few ratings to leave any out. */
export function validationParts(
  data: Indexed,
  { validation, seed }: Pick<Settings, 'validation' | 'seed'>,
): Parts | null {
  const n = data.values.length
  const size = Math.min(n - 1, Math.round(n * validation))
  // Fewer say nothing about which setting is better.
  if (size < 10) return null
  const order = tidy(() => Int32Array.from(view(randperm(n, { generator: new Generator(seed) }))))
  return { held: subset(data, order.slice(0, size).sort()), kept: subset(data, order.slice(size).sort()) }
}

/** The penalty of fixed biases: from 1, for one kind and then for the other, along the grid as long as the error falls; twice. */
function biasPenalty(parts: Parts | null, settings: Settings, range: Range): BiasPenalty {
  const { biasRegularization: given, biasIterations, biases } = settings
  if (typeof given === 'object') return given
  if (given !== 'auto') return { users: given, items: given }
  const places = { users: biasGrid.indexOf(1), items: biasGrid.indexOf(1) }
  const penalty = (): BiasPenalty => ({ users: biasGrid[places.users]!, items: biasGrid[places.items]! })
  if (parts === null || biases !== 'fixed') return penalty()
  const mean = meanOf(parts.kept.values)
  const errorNow = (): number =>
    errorOf(parts.held, mean, fitBiases(parts.kept, mean, penalty(), biasIterations), null, range)
  let best = errorNow()
  /** Whether a step along the grid pays; else it is taken back. */
  const step = (kind: 'users' | 'items', by: number): boolean => {
    places[kind] += by
    const error = places[kind] in biasGrid ? errorNow() : Number.POSITIVE_INFINITY
    if (error < best) best = error
    else places[kind] -= by
    return error === best
  }
  for (let round = 0; round < 2; round++)
    for (const kind of ['users', 'items'] as const)
      for (const by of [1, -1]) {
        let steps = 0
        while (step(kind, by)) steps++
        if (steps > 0) break
      }
  return penalty()
}

/** The penalty of factors and the number of iterations that predict the validation part best. */
function chooseFactors(
  parts: Parts | null,
  settings: Settings,
  biasRegularization: BiasPenalty,
  range: Range,
): { chosen: Omit<Chosen, 'biasRegularization'>; tried: Tried[] } {
  const { regularization, iterations, method, weighted, earlyStopping, biases } = settings
  const perRating = weighted || method === 'sgd'
  if (regularization !== 'auto' && !(earlyStopping && parts !== null))
    return { chosen: { regularization, iterations }, tried: [] }
  if (parts === null) {
    // Too little to choose by: a penalty that keeps factors small, in units of the ratings.
    return { chosen: { regularization: perRating ? 0.2 : 5, iterations }, tried: [] }
  }
  const mean = meanOf(parts.kept.values)
  const fixed =
    biases === 'fixed' ? fitBiases(parts.kept, mean, biasRegularization, settings.biasIterations) : noBiases(parts.kept)
  const unit = perRating ? 1 : Math.max(errorOf(parts.kept, mean, fixed, null, null), Number.MIN_VALUE)
  const grid =
    regularization !== 'auto' ? [regularization] : (perRating ? perRatingGrid : factorGrid).map((one) => one * unit)
  // Biases alone are a candidate where the model without factors is known before.
  const tried: Tried[] =
    biases === 'fixed'
      ? [{ regularization: null, iterations: 0, rmse: errorOf(parts.held, mean, fixed, null, range) }]
      : []
  let worse = 0
  for (const lambda of grid) {
    const own = bestIterations(parts, mean, settings, { biasRegularization, regularization: lambda, iterations }, range)
    tried.push(own)
    // Penalties fall: once two are worse than the best, weaker ones only fit noise.
    worse = own.rmse > 1.0005 * Math.min(...tried.map(({ rmse }) => rmse)) ? worse + 1 : 0
    if (worse === 2) break
  }
  const best = tried.reduce((a, b) => (b.rmse < a.rmse ? b : a))
  return { chosen: { regularization: best.regularization, iterations: best.iterations }, tried }
}

function bestIterations(parts: Parts, mean: number, settings: Settings, chosen: Chosen, range: Range): Tried {
  let best: Tried = { regularization: chosen.regularization, iterations: 0, rmse: Number.POSITIVE_INFINITY }
  fit(parts.kept, mean, settings, chosen, (iterations, factors, biases) => {
    const rmse = errorOf(parts.held, mean, biases, factors, range)
    if (rmse < best.rmse) best = { ...best, iterations, rmse }
    return settings.earlyStopping && iterations - best.iterations >= 3
  })
  return best
}

type Watch = (iterations: number, factors: Factors, biases: Biases) => boolean

function noBiases(data: Indexed): Biases {
  return { users: new Float64Array(data.userIds.length), items: new Float64Array(data.itemIds.length) }
}

function noFactors(data: Indexed, k: number): Factors {
  const stride = strideOf(k)
  return {
    k,
    stride,
    users: new Float64Array(data.userIds.length * stride),
    items: new Float64Array(data.itemIds.length * stride),
  }
}

/** Starts of ALS: the same for all penalties of one part and its biases. */
const starts = new WeakMap<Indexed, { penalty: BiasPenalty; k: number; users: Float64Array }>()

function svdStart(data: Indexed, rest: Float64Array, k: number, seed: number, penalty: BiasPenalty): Float64Array {
  const known = starts.get(data)
  if (known !== undefined && known.penalty === penalty && known.k === k) return known.users
  const { users } = residualSvd(data, rest, k, seed, false)
  starts.set(data, { penalty, k, users })
  return users
}

type Fitted = Pick<Trained, 'biases' | 'factors' | 'iterations'>

/** Fits everything once. */
function fit(data: Indexed, mean: number, settings: Settings, chosen: Chosen, watch?: Watch): Fitted {
  const { k, method, biases: kind, biasIterations, initialScale, seed } = settings
  const { regularization, iterations } = chosen
  if (method === 'sgd') {
    let epochs = 0
    const { factors, biases } = descend(data, {
      k,
      mean,
      rate: settings.learningRate,
      regularization: regularization!,
      biasRegularization:
        typeof settings.biasRegularization === 'number' ? settings.biasRegularization : regularization!,
      biases: kind !== 'none',
      epochs: iterations,
      scale: initialScale,
      generator: new Generator(seed),
      onEpoch: (factors, biases) => watch?.(++epochs, factors, biases) ?? false,
    })
    return { factors, biases, iterations }
  }
  const ahead = kind === 'none' ? noBiases(data) : fitBiases(data, mean, chosen.biasRegularization, biasIterations)
  if (k === 0 || regularization === null) return { biases: ahead, factors: noFactors(data, k), iterations: 0 }
  const rest = residuals(data, mean, ahead)
  const start =
    settings.start === 'svd'
      ? svdStart(data, rest, k, seed, chosen.biasRegularization)
      : randomFactors(new Generator(seed), data.userIds.length, k, initialScale)
  let sweeps = 0
  const options = {
    lambda: regularization,
    weighted: settings.weighted,
    sweeps: iterations,
    onSweep: (factors: Factors, biases: Biases) => watch?.(++sweeps, factors, biases) ?? false,
  }
  const done =
    kind === 'joint'
      ? alternateJointly(
          data,
          residuals(data, mean, noBiases(data)),
          k,
          start,
          settings.start === 'svd' ? ahead.users : noBiases(data).users,
          options,
        )
      : alternate(data, rest, k, start, ahead, options)
  return { factors: done.factors, biases: done.biases, iterations: done.sweeps }
}

function fitSvd(
  data: Indexed,
  mean: number,
  { k, biases: kind, biasIterations, seed }: Settings,
  penalty: BiasPenalty,
): Pick<Trained, 'biases' | 'factors'> {
  const biases = kind === 'none' ? noBiases(data) : fitBiases(data, mean, penalty, biasIterations)
  const split = residualSvd(data, residuals(data, mean, biases), k, seed, true)
  return { biases, factors: { k, stride: strideOf(k), users: padded(split.users, k), items: padded(split.items, k) } }
}

/** [rows, k] without the padding. */
export function plainFactors({ k, stride, users, items }: Factors): { users: Float64Array; items: Float64Array } {
  return { users: unpadded(users, k, stride), items: unpadded(items, k, stride) }
}
