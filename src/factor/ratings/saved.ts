/** What models of ratings are made of again: the lists of a saved one, held against each other. */
import { FormatError } from '../../core/index.js'
import type { StateDict, Tensor } from '../../tensor/index.js'
import { tidy, together, view } from '../../tensor/internal.js'
import type { EstimatorJson } from '../estimator.js'
import type { Learned } from './model.js'
import type { Id } from './ratings.js'

type Saved = Pick<Learned, 'userIds' | 'itemIds' | 'k' | 'userFactors' | 'itemFactors' | 'userBiases' | 'itemBiases' | 'seen'> // biome-ignore format: one line

/**
 * Ids of `json`, factors and what each user rated (`seenRows`, `seenItems`: compressed rows) of `state`, and biases where the model has them. Throws
 * FormatError where they do not fit.
 */
export function savedFactors(op: string, json: EstimatorJson, state: StateDict, hasBiases: boolean): Saved {
  const { users, items } = json as EstimatorJson & { readonly users: readonly Id[]; readonly items: readonly Id[] }
  const damaged = (what: string): never => {
    throw new FormatError('bad-estimator', `${op}: ${what} do not fit the saved users and items.`)
  }
  if (!areIds(users) || !areIds(items)) return damaged('the saved ids')
  const tensorOf = (name: string): Tensor => state.get(name) ?? damaged(`no tensor '${name}': the saved tensors`)
  const floats = (name: string): Float64Array => tidy(() => Float64Array.from(view(together(tensorOf(name).to('f64')))))
  const places = (name: string): Int32Array => tidy(() => Int32Array.from(view(together(tensorOf(name)))))
  const biases = (name: string, ids: readonly Id[]): Float64Array =>
    hasBiases ? floats(name) : new Float64Array(ids.length)
  const saved: Saved = {
    userIds: users,
    itemIds: items,
    k: json.k,
    userFactors: floats('userFactors'),
    itemFactors: floats('itemFactors'),
    userBiases: biases('userBiases', users),
    itemBiases: biases('itemBiases', items),
    seen: { indptr: places('seenRows'), items: places('seenItems') },
  }
  const { indptr, items: seen } = saved.seen
  const isWhole =
    saved.userBiases.length === users.length &&
    saved.itemBiases.length === items.length &&
    saved.userFactors.length === users.length * json.k &&
    saved.itemFactors.length === items.length * json.k &&
    indptr.length === users.length + 1 &&
    indptr[0] === 0 &&
    indptr.at(-1) === seen.length &&
    indptr.every((start, i) => i === 0 || start >= indptr[i - 1]!) &&
    seen.every((item) => item >= 0 && item < items.length)
  return isWhole ? saved : damaged('the saved factors, biases and rated items')
}

function areIds(ids: unknown): ids is readonly Id[] {
  return Array.isArray(ids) && ids.every((id) => typeof id === 'string' || typeof id === 'number')
}
