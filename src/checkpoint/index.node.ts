/** `normball/checkpoint` on Node: paths as well. */
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inert, UsageError } from '../core/index.js'
import { writeFileAtomically } from '../system/index.node.js'
import type { StateDict } from '../tensor/index.js'
import { fastCrc32 } from './crc32.node.js'
import { nodeFolder } from './folder.node.js'
import { inputName, type Listed, type OpenOptions, type SourceInput, sourceOf } from './inputs.js'
import { listCheckpoints, openListed } from './list.node.js'
import type { LoadOptions } from './load.js'
import { loadWith } from './memory.js'
import { openSource } from './open.js'
import { NodeFileSource, systemError } from './source.node.js'
import type { Checkpoint } from './types.js'
import type { Savable, WriteOptions } from './write/index.js'

export { BytesSource, FileSource } from '../archive/index.js'
export {
  FormatError,
  InterruptedError,
  NormballError,
  NumericalError,
  type Place,
  SystemError,
  UsageError,
} from '../core/index.js'
export {
  dequantizeFp8Blocks,
  dequantizeGptq,
} from './dequantize.js'
export { filesFolder } from './folder.js'
export { nodeFolder } from './folder.node.js'
export { openHttp } from './http.js'
export type { Listed, OpenOptions, SourceInput } from './inputs.js'
export { type FolderCheckpoint, listCheckpoints } from './list.node.js'
export type { LoadOptions } from './load.js'
export { encode } from './memory.js'
export { openSource, type SourceOptions } from './open.js'
export { type QuantizedLayout, quantizedLayout } from './quantized.js'
export { type ReadOptions, readTensor } from './read.js'
export { NodeFileSource, reopen } from './source.node.js'
export type {
  Checkpoint,
  Folder,
  Format,
  Kind,
  Metadata,
  MetadataValue,
  Reader,
  ReaderContext,
  ReaderResult,
  Skipped,
  Source,
  SourceLocator,
  Storage,
  TensorData,
  TensorEntry,
  TensorReader,
} from './types.js'
export type { Savable, WriteFormat, WriteOptions } from './write/index.js'

/** A path (a file, a folder, a sharded index), an address, a `File`, bytes, or a `Source`. */
export type Input = string | SourceInput

/**
 * Opens a checkpoint in any format, reading its metadata only.
 *
 * @param input a path: a file, a sharded `*.index.json`, or a folder with one checkpoint; or a URL, a `File`, bytes, a `Source`
 * @throws FormatError (damaged, hostile, unsupported), SystemError (not found, no permission), UsageError for a folder of several checkpoints
 * @example
 * import { open } from 'normball/checkpoint'
 * const checkpoint = await open('model.safetensors')
 * for (const { name, dtype, shape } of checkpoint.tensors) console.log(name, dtype, shape)
 * await checkpoint.close()
 */
export async function open(input: Input, options: OpenOptions = {}): Promise<Checkpoint> {
  const place = placeOf(input)
  if (typeof place !== 'string') {
    const source = await sourceOf(place, options.signal)
    return openOrClose(source, options)
  }
  if (!isFolder(place)) return openPath(place, options)
  const listed = await listCheckpoints(place)
  if (listed.length === 1) return openListed(listed[0]!, options.signal)
  const names = listed.map(({ path }) => path)
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ', ...' : '')
  throw new UsageError(`open: the folder holds ${names.length} checkpoints; name one of them: ${shown}`, {
    file: place,
  })
}

/**
 * Reads a checkpoint in any format into memory: its tensors by name, to compute with. Floats become f32 (f64 stays), quantized ones are
 * dequantized, whole numbers become i32 where they fit, else f64.
 *
 * @throws FormatError, SystemError (also out of memory), UsageError for 64-bit numbers that do not fit
 * @example
 * import { load } from 'normball/checkpoint'
 * const weights = await load('model.safetensors')
 * for (const [name, tensor] of weights) console.log(name, tensor.shape)
 */
export async function load(input: Input, options: LoadOptions = {}): Promise<StateDict> {
  const checkpoint = (): Promise<Checkpoint> => open(input, options.signal ? { signal: options.signal } : {})
  return loadWith(checkpoint, { crc32: fastCrc32, ...options })
}

/**
 * Writes tensors as safetensors, npz or npy, by the path's ending. The file appears whole or not at all.
 *
 * @param values a StateDict, a map or object of tensors by name; for npy one tensor
 * @throws UsageError where the format cannot hold the values, SystemError where the system refuses
 * @example
 * import { load, save } from 'normball/checkpoint'
 * await save('copy.npz', await load('model.safetensors'))
 * console.log((await load('copy.npz')).size, 'tensors')
 */
export async function save(path: string, values: Savable, options: WriteOptions = {}): Promise<void> {
  if (typeof path !== 'string')
    throw new UsageError("save: the path is no text. Try save('model.safetensors', tensors).")
  const { formatOf, write } = await import('./write/index.js')
  writeFileAtomically(path, write(values, options.format ?? formatOf(path), options, fastCrc32))
}

/** The checkpoints that `input` stands for: one, or all of a folder's. */
export async function listInputs(input: Input): Promise<readonly Listed[]> {
  const place = placeOf(input)
  if (typeof place !== 'string') {
    return [{ name: inputName(place), open: (signal) => open(place, signal ? { signal } : {}) }]
  }
  if (!isFolder(place)) return [{ name: place, open: (signal) => openPath(place, signal ? { signal } : {}) }]
  const listed = await listCheckpoints(place)
  return listed.map((one) => ({ name: one.path, open: (signal) => openListed(one, signal) }))
}

async function openPath(path: string, options: OpenOptions): Promise<Checkpoint> {
  const source = new NodeFileSource(path)
  return openOrClose(source, { folder: nodeFolder(dirname(path), path), ...options })
}

async function openOrClose(source: Parameters<typeof openSource>[0], options: OpenOptions): Promise<Checkpoint> {
  try {
    return await openSource(source, options)
  } catch (error) {
    await source.close()
    throw error
  }
}

/** A path where the input is one. */
function placeOf(input: Input): string | SourceInput {
  if (input instanceof URL) return input.protocol === 'file:' ? pathOf(input) : input
  if (typeof input !== 'string') return input
  return /^https?:\/\//i.test(input) ? new URL(input) : input
}

function pathOf(address: URL): string {
  try {
    return fileURLToPath(address)
  } catch (cause) {
    throw new UsageError(`open: '${inert(address.href, 200)}' names no file on this machine.`, { cause })
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    throw systemError(error, path)
  }
}
