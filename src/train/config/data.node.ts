/** Examples as a configuration names them. */
import { existsSync, readdirSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { inert, SystemError } from '../../core/index.js'
import { openTable } from '../../table/index.node.js'
import { promisedFormat } from '../../table/internal.js'
import type { StateDict, Tensor } from '../../tensor/index.js'
import { arrayDataset } from '../data/arrays.js'
import { isFolder, readBytes, readIdxFiles, readIdxFolder } from '../data/files.node.js'
import { readImageFolder } from '../data/imageFolder.node.js'
import { fitNormalization } from '../data/normalize.js'
import { split, subset } from '../data/subset.js'
import { tableDataset } from '../data/tableDataset.js'
import { TextDataset, vocabulary } from '../data/text.js'
import { readDigits } from '../digits.node.js'
import { checkpointFiles } from '../files.node.js'
import type { Dataset } from '../types.js'
import type { DataParts } from './assemble.js'
import { fault, within } from './fault.js'
import type { DataConfig, TrainConfig } from './types.js'

type Format = NonNullable<DataConfig['format']>

/** A path of a configuration, which starts from `folder`. */
export const pathFrom = (folder: string, path: string): string => (isAbsolute(path) ? path : join(folder, path))

/**
 * Reads all parts, and splits the training part as the configuration says. Relative paths start from `folder`.
 *
 * @throws UsageError for what does not go together, SystemError for files that are not there, FormatError for damaged ones
 */
export async function readData({ data, seed = 0 }: TrainConfig, folder: string): Promise<DataParts> {
  const at = (
    key: 'train' | 'trainLabels' | 'validation' | 'validationLabels' | 'test' | 'testLabels',
  ): string | null => {
    const given = data[key]
    if (given === undefined) return null
    const path = pathFrom(folder, given)
    if (!existsSync(path))
      throw new SystemError('not-found', `data.${key}: no such file or folder: '${inert(path)}'.`, { file: path })
    return path
  }
  const format = data.format ?? formatOf(at('train'), data)
  if (format !== 'digits' && data.train === undefined)
    throw fault(['data'], "'train' is missing: a file or a folder with examples.")
  if (data.weights !== undefined && format !== 'csv')
    throw fault(['data', 'weights'], `names a column of a table, and the format is ${format}.`)
  const files: Files = {
    train: at('train'),
    validation: at('validation'),
    test: at('test'),
    labels: { train: at('trainLabels'), validation: at('validationLabels'), test: at('testLabels') },
  }
  return within(['data'], async () => normalized(divided(await readers[format](files, data), data, seed), data, format))
}

interface Files {
  readonly train: string | null
  readonly validation: string | null
  readonly test: string | null
  readonly labels: { readonly train: string | null; readonly validation: string | null; readonly test: string | null }
}
type PartName = 'train' | 'validation' | 'test'

/** The format by the name of the training part. Tables of every kind are `csv`; an array is one where a target is named. */
function formatOf(path: string | null, { target, trainLabels }: DataConfig): Format {
  if (path === null) throw fault(['data'], "'train' is missing: a file or a folder with examples.")
  const name = path.toLowerCase().replace(/\.gz$/, '')
  if (isFolder(path)) return readdirSync(path).some((one) => one.includes('idx')) ? 'idx' : 'images'
  if (/\.np[yz]$/.test(name)) return target !== undefined && trainLabels === undefined ? 'csv' : 'npy'
  if (/\.(txt|md)$/.test(name)) return 'text'
  if (promisedFormat(name) !== null) return 'csv'
  if (/idx\d-ubyte|\.idx/.test(name)) return 'idx'
  throw fault(['data', 'train'], `'${inert(path, 200)}' does not tell its format. Add format: csv (tables of every kind), idx, npy, images or text.`) // biome-ignore format: one line
}

const readers: Readonly<Record<Format, (files: Files, config: DataConfig) => Promise<DataParts>>> = {
  async digits() {
    return { train: await readDigits() }
  },

  async idx({ train, validation, test, labels }) {
    if (isFolder(train!)) {
      const parts = await readIdxFolder(train!)
      return { train: parts.train, test: parts.test }
    }
    const part = async (images: string | null, truth: string | null, name: PartName): Promise<Dataset | null> => {
      if (images === null) return null
      if (truth === null)
        throw fault(['data'], `'${name}Labels' is missing: the IDX file with the labels of '${name}'.`)
      return readIdxFiles(images, truth)
    }
    return {
      train: (await part(train, labels.train, 'train'))!,
      validation: await part(validation, labels.validation, 'validation'),
      test: await part(test, labels.test, 'test'),
    }
  },

  async csv({ train, validation, test }, { target, features, task, missing, weights }) {
    const table = async (path: string): ReturnType<typeof openTable> => openTable(path)
    const options = { ...(target === undefined ? {} : { target }), ...(features === undefined ? {} : { features }), ...(task === undefined ? {} : { task }), ...(missing === undefined ? {} : { missing }), ...(weights === undefined ? {} : { weights }) } // biome-ignore format: one line
    const first = tableDataset(await table(train!), options)
    const other = async (path: string | null): Promise<Dataset | null> => {
      if (path === null) return null
      const read = await table(path)
      // Other parts need no weights: their losses are then plain means.
      const has = weights !== undefined && read.columns.some(({ name }) => name === weights)
      return tableDataset(read, { encoding: first.encoding, ...(missing === undefined ? {} : { missing }), ...(has ? { weights } : {}) }) // biome-ignore format: one line
    }
    return { train: first, validation: await other(validation), test: await other(test), encoding: first.encoding }
  },

  async npy({ train, validation, test, labels }) {
    const { load } = await checkpointFiles()
    const read = async (path: string, truth: string | null, name: PartName): Promise<Dataset> => {
      const arrays = await load(path)
      const [input, target] = truth === null ? pairOf(arrays, name) : [only(arrays), only(await load(truth))]
      return arrayDataset(input, target, [path, truth ?? path])
    }
    const other = async (name: 'validation' | 'test'): Promise<Dataset | null> => {
      const path = name === 'test' ? test : validation
      return path === null ? null : read(path, labels[name], name)
    }
    return { train: await read(train!, labels.train, 'train'), validation: await other('validation'), test: await other('test') } // biome-ignore format: one line
  },

  async images({ train, validation, test }) {
    const first = await readImageFolder(train!)
    const size = first.inputShape.slice(1) as [number, number]
    const options = { size, channels: first.inputShape[0] as 1 | 3, classes: first.classes }
    const other = async (path: string | null): Promise<Dataset | null> =>
      path === null ? null : readImageFolder(path, options)
    return { train: first, validation: await other(validation), test: await other(test) }
  },

  async text({ train, validation, test }, { tokens = 'characters', window = 64, split: shares }) {
    const read = async (path: string): Promise<string> => new TextDecoder(tokens === 'bytes' ? 'latin1' : 'utf-8').decode(await readBytes(path)) // biome-ignore format: one line
    const whole = await read(train!)
    const words = vocabulary(whole, tokens)
    const all = words.encode(whole)
    const dataset = (numbers: Int32Array): Dataset => new TextDataset(numbers, words, { window })
    const other = async (path: string | null): Promise<Dataset | null> => (path === null ? null : dataset(words.encode(await read(path)))) // biome-ignore format: one line
    // The last parts of the text, as windows of one part would tell about those of another.
    const last = (share: number): number => Math.floor(share * all.length)
    const [n, m] = [last(shares?.validation ?? 0), last(shares?.test ?? 0)]
    const end = all.length - n - m
    return {
      train: dataset(all.subarray(0, end)),
      validation: n > 0 ? dataset(all.subarray(end, end + n)) : await other(validation),
      test: m > 0 ? dataset(all.subarray(end + n)) : await other(test),
    }
  },
}

const only = (arrays: StateDict): Tensor => [...arrays.values()][0]!

/** Inputs and targets of an npz file: `x` and `y`, also with the part's name behind (`x_train`). */
function pairOf(arrays: StateDict, part: PartName): [Tensor, Tensor] {
  const find = (names: readonly string[]): Tensor | undefined =>
    names.flatMap((name) => [`${name}_${part}`, name]).map((name) => arrays.get(name)).find((one) => one !== undefined) // biome-ignore format: one line
  const input = find(['x', 'X', 'input', 'inputs', 'images', 'data'])
  const target = find(['y', 'Y', 'target', 'targets', 'labels'])
  if (input !== undefined && target !== undefined) return [input, target]
  throw fault(['data', part], `has the arrays ${[...arrays.keys()].slice(0, 8).map((name) => inert(name, 40)).join(', ')}; expected x and y, or '${part}Labels'.`) // biome-ignore format: one line
}

/** The first examples, then shares of them for validation and test where the configuration asks for it. */
function divided(parts: DataParts, { limit, split: shares, format }: DataConfig, seed: number): DataParts {
  const whole = limit !== undefined && limit < parts.train.length ? subset(parts.train, Int32Array.from({ length: limit }, (_, i) => i)) : parts.train // biome-ignore format: one line
  const isText = parts.train instanceof TextDataset
  const { validation = 0, test = 0, stratified } = shares ?? (format === 'digits' ? { test: 0.2 } : {})
  if (isText || validation + test === 0) return { ...parts, train: whole }
  if (validation + test >= 1) throw fault(['data', 'split'], 'nothing is left to train on; shares must add up to less than 1.') // biome-ignore format: one line
  const wanted = [1 - validation - test, ...(validation > 0 ? [validation] : []), ...(test > 0 ? [test] : [])]
  const options = { seed, stratified: stratified ?? whole.labels() !== null }
  const made = split(whole, wanted, options)
  return {
    ...parts,
    train: made[0]!,
    validation: validation > 0 ? made[1]! : (parts.validation ?? null),
    test: test > 0 ? made.at(-1)! : (parts.test ?? null),
  }
}

/** All parts with figures of the training part; tables are standardized where the configuration does not say. */
async function normalized(parts: DataParts, config: DataConfig, format: Format): Promise<DataParts> {
  const kind = config.normalize ?? (format === 'csv' ? 'standard' : 'none')
  if (kind === 'none' || format === 'text') return parts
  const { train, validation = null, test = null } = parts
  // Pixels of one channel share their figures: those at the border may be the same in all examples.
  const normalization = await fitNormalization(train, {
    kind,
    per: train.inputShape.length === 3 ? 'channel' : 'feature',
  })
  return {
    ...parts,
    train: normalization.of(train),
    validation: validation && normalization.of(validation),
    test: test && normalization.of(test),
    normalization: { kind, effect: await normalization.effect(train) },
    layer: normalization.toJSON(),
  }
}
