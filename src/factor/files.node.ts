/** Fitted estimators as files: safetensors with what they learned, and JSON in its metadata. */

import { encode } from '../checkpoint/index.js'
import { load } from '../checkpoint/index.node.js'
import { FormatError, inert, NormballError, version, withPlace } from '../core/index.js'
import { writeFileAtomically } from '../system/index.node.js'
import { Preprocess } from '../table/index.js'
import { type StateDict, scope } from '../tensor/index.js'
import type { Estimator, EstimatorJson, Method } from './estimator.js'
import { restorers } from './registry.js'
import { secondColumns } from './table/two.js'

export interface SavedWith {
  /** How tables become what the estimator takes. */
  readonly preprocess?: Preprocess | null
  /** The same of the second table of `cca` and `joint`. */
  readonly second?: Preprocess | null
  /** Names of the columns that it was fitted on. */
  readonly columns?: readonly string[] | null
  /** Anything more, as JSON: words of a vocabulary, users. */
  readonly more?: Readonly<Record<string, unknown>>
}

export interface LoadedEstimator {
  readonly estimator: Estimator
  readonly preprocess: Preprocess | null
  readonly second: Preprocess | null
  readonly columns: readonly string[] | null
  readonly more: Readonly<Record<string, unknown>>
}

/** Of the metadata's layout. */
const layout = '1'
/** Components of an estimator, and cells of a table: no honest file has more. */
const most = 2 ** 31

/** The bytes of a file with a fitted estimator. */
export async function encodeEstimator(estimator: Estimator, saved: SavedWith = {}): Promise<Uint8Array<ArrayBuffer>> {
  const json = (value: unknown): string => JSON.stringify(value, plain)
  const metadata = {
    format: 'normball.factor',
    layout,
    version,
    estimator: json(estimator.toJSON()),
    preprocess: json(saved.preprocess ?? null),
    second: json(saved.second ?? null),
    columns: json(saved.columns ?? null),
    more: json(saved.more ?? {}),
  }
  return scope(() => encode(estimator.stateDict(), 'safetensors', { metadata }))
}

/** Numbers that JSON has no word for stand as words, as in reports. */
const plain = (_key: string, value: unknown): unknown => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value) // biome-ignore format: one line

/**
 * Writes a fitted estimator, with how tables are prepared for it: safetensors that any reader opens, with the tensors that it learned and, as metadata,
 * JSON of method, options and figures. The file is there whole or not at all.
 *
 * @example
 * await saveEstimator('model.safetensors', estimator, { preprocess, columns: preprocess.names })
 */
export async function saveEstimator(path: string, estimator: Estimator, saved: SavedWith = {}): Promise<void> {
  writeFileAtomically(path, [await encodeEstimator(estimator, saved)])
}

/**
 * Reads what `saveEstimator` wrote. Nothing in the file is trusted: its shapes are held against its figures.
 *
 * Throws SystemError where it cannot be read, FormatError for what is not such a file, or a damaged one.
 *
 * @example
 * const { estimator, preprocess } = await loadEstimator('model.safetensors')
 * const codes = estimator.transform(preprocess.transform(table).x)
 */
export async function loadEstimator(path: string): Promise<LoadedEstimator> {
  try {
    return await scope(async () => restored(await load(path), path))
  } catch (error) {
    if (error instanceof NormballError && error.exitCode === 2) throw damaged(path, error.message)
    throw withPlace(error, { file: path })
  }
}

const damaged = (path: string, what: string): FormatError =>
  new FormatError('bad-model', `'${inert(path)}' is no model of normball factor: ${what}`, { file: path })

async function restored(state: StateDict, path: string): Promise<LoadedEstimator> {
  const { metadata } = state
  const field = (name: string): unknown => {
    const text = metadata[name]
    if (typeof text !== 'string') throw damaged(path, `it has no metadata '${name}'.`)
    try {
      return JSON.parse(text)
    } catch {
      throw damaged(path, `its metadata '${name}' is not JSON.`)
    }
  }
  if (metadata['format'] !== 'normball.factor') throw damaged(path, 'its metadata names another format or none.')
  if (metadata['layout'] !== layout) throw damaged(path, `its layout is ${inert(String(metadata['layout']), 20)}; expected ${layout}.`) // biome-ignore format: one line
  const json = checkedJson(field('estimator'), path)
  const columns = field('columns')
  if (columns !== null && !(Array.isArray(columns) && columns.every((one) => typeof one === 'string')))
    throw damaged(path, "its 'columns' are no names.")
  const more = field('more')
  if (typeof more !== 'object' || more === null || Array.isArray(more)) throw damaged(path, "its 'more' is no object.")
  const prepared = field('preprocess')
  const preprocess = prepared === null ? null : Preprocess.fromJSON(prepared)
  const other = field('second')
  const second = other === null ? null : Preprocess.fromJSON(other)
  const restore = await restorers[json.method]!()
  const width = preprocess?.names.length ?? json.columns
  if (width !== json.columns && json.method !== 'als')
    throw damaged(path, `it prepares ${width} features, and was fitted on ${json.columns}.`)
  const estimator = restore(json, state)
  const secondWidth = secondColumns(estimator)
  if (second !== null && secondWidth !== second.names.length)
    throw damaged(path, `it prepares ${second.names.length} features of a second table, and was fitted on ${secondWidth ?? 'one table'}.`) // biome-ignore format: one line
  return {
    estimator,
    preprocess,
    second,
    columns: columns as readonly string[] | null,
    more: more as Record<string, unknown>,
  }
}

function checkedJson(value: unknown, path: string): EstimatorJson {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged(path, 'its estimator is no object.') // biome-ignore format: one line
  const json = value as Record<string, unknown>
  const method = json['method']
  if (typeof method !== 'string' || !Object.hasOwn(restorers, method))
    throw damaged(path, `its method is '${inert(String(method), 40)}'; expected ${Object.keys(restorers).join(', ')}.`)
  for (const name of ['k', 'rows', 'columns']) {
    const count = json[name]
    if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0 || count > most)
      throw damaged(path, `its '${name}' is no whole number.`)
  }
  const { options } = json
  if (typeof options !== 'object' || options === null || Array.isArray(options)) throw damaged(path, "its 'options' are no object.") // biome-ignore format: one line
  for (const name of ['explainedVarianceRatio', 'singularValues']) {
    const list = json[name]
    if (
      list !== null &&
      !(Array.isArray(list) && list.every((one) => typeof one === 'number' || typeof one === 'string'))
    )
      throw damaged(path, `its '${name}' are no numbers.`)
  }
  return { ...json, method: method as Method } as unknown as EstimatorJson
}
