/** `normball/checkpoint` in a browser. */

import { inert, UsageError } from '../core/index.js'
import type { StateDict } from '../tensor/index.js'
import { inputName, type Listed, type OpenOptions, type SourceInput, sourceOf } from './inputs.js'
import type { LoadOptions } from './load.js'
import { loadWith } from './memory.js'
import { openSource } from './open.js'
import type { Checkpoint } from './types.js'

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
export { openHttp } from './http.js'
export type { Listed, OpenOptions, SourceInput } from './inputs.js'
export type { LoadOptions } from './load.js'
export { encode } from './memory.js'
export { openSource, type SourceOptions } from './open.js'
export { type QuantizedLayout, quantizedLayout } from './quantized.js'
export { type ReadOptions, readTensor } from './read.js'
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

/** An address (a string is relative to the page), a `File`, bytes, or a `Source`. */
export type Input = string | SourceInput

/**
 * Opens a checkpoint in any format, reading its metadata only.
 *
 * @param input a `File`, bytes, the address of a file on a server that sends ranges, or a `Source`
 * @throws FormatError (damaged, hostile, unsupported), SystemError
 * @example
 * import { open } from 'normball/checkpoint'
 * const checkpoint = await open(file)
 * for (const { name, dtype, shape } of checkpoint.tensors) console.log(name, dtype, shape)
 * await checkpoint.close()
 */
export async function open(input: Input, options: OpenOptions = {}): Promise<Checkpoint> {
  const source = await sourceOf(placeOf(input), options.signal)
  try {
    return await openSource(source, options)
  } catch (error) {
    await source.close()
    throw error
  }
}

/**
 * Reads a checkpoint in any format into memory: its tensors by name, to compute with. Floats become f32 (f64 stays), quantized ones are
 * dequantized, whole numbers become i32 where they fit, else f64.
 */
export async function load(input: Input, options: LoadOptions = {}): Promise<StateDict> {
  return loadWith(() => open(input, options.signal ? { signal: options.signal } : {}), options)
}

/** The checkpoints that `input` stands for: here always one. */
export async function listInputs(input: Input): Promise<readonly Listed[]> {
  return [{ name: inputName(placeOf(input)), open: (signal) => open(input, signal ? { signal } : {}) }]
}

function placeOf(input: Input): SourceInput {
  if (typeof input !== 'string') return input
  try {
    return new URL(input, globalThis.location?.href)
  } catch {
    throw new UsageError(
      `open: '${inert(input, 200)}' is no address, and paths can be opened on Node only. Try a File, or the bytes.`,
    )
  }
}
