/** Every tensor of an open checkpoint, in memory, to compute with. */
import { FormatError, inert, type StorageType, storageInfo, UsageError } from '../core/index.js'
import { measures } from '../kernels/index.js'
import { type DType, StateDict, type Tensor, tensor } from '../tensor/index.js'
import { castOf, empty, kernels } from '../tensor/internal.js'
import { type ReadOptions, readTensor } from './read.js'
import type { Checkpoint, TensorEntry } from './types.js'

export interface LoadOptions {
  /** Which tensors: by name; all of the model by default (not an optimizer's). */
  readonly filter?: (name: string, entry: TensorEntry) => boolean
  /** The type of floating tensors; by default f64 where the file has f64, else f32. */
  readonly dtype?: 'f32' | 'f64'
  readonly signal?: AbortSignal
}

/** Reads at once; a whole number of units of every storage type. */
const chunkBytes = 1 << 20

/** What a storage type becomes: floats f32 or f64, whole numbers i32 (f64 where they do not fit), bool bool. */
export async function loadTensors(checkpoint: Checkpoint, options: LoadOptions & ReadOptions = {}): Promise<StateDict> {
  const { filter = (_, entry) => entry.group === 'model' } = options
  const dict = new StateDict()
  for (const [key, value] of Object.entries(checkpoint.metadata))
    if (typeof value === 'string') dict.metadata[key] = value
  try {
    for (const entry of checkpoint.tensors) {
      options.signal?.throwIfAborted()
      if (filter(entry.name, entry)) dict.set(entry.name, await loadTensor(checkpoint, entry, options))
    }
    return dict
  } catch (error) {
    dict.dispose()
    throw error
  }
}

async function loadTensor(
  checkpoint: Checkpoint,
  entry: TensorEntry,
  options: LoadOptions & ReadOptions,
): Promise<Tensor> {
  const { type } = entry.data
  const { numberClass, compute } = storageInfo(type)
  if (numberClass === 'complex')
    throw new FormatError(
      'unsupported',
      `load: '${inert(entry.name)}' is complex (${entry.dtype}), and tensors are real. Try leaving it out with the option filter.`,
      { tensor: entry.name },
    )
  if (type === 'i64' || type === 'u64') return loadLong(checkpoint, entry, options)
  if (numberClass === 'bool') return loadConverted(checkpoint, entry, 'f32', 'bool', options)
  if (numberClass === 'int' || numberClass === 'uint')
    return loadConverted(checkpoint, entry, 'f64', type === 'u32' ? 'f64' : 'i32', options)
  const wanted = options.dtype ?? (type === 'f64' ? 'f64' : 'f32')
  // Only f64 loses digits on the way to f32, and then the caller asked for it.
  return loadConverted(checkpoint, entry, wanted === 'f64' || compute === 'f64' ? 'f64' : 'f32', wanted, options)
}

/** Converts chunk by chunk to `through`, then the whole to `into`. */
async function loadConverted(
  checkpoint: Checkpoint,
  entry: TensorEntry,
  through: 'f32' | 'f64',
  into: DType,
  options: ReadOptions,
): Promise<Tensor> {
  const out = empty(through, [...entry.shape])
  const chunk = kernels().alloc(chunkBytes)
  const { type } = entry.data
  const { unit, unitBytes } = storageInfo(type)
  const step = Math.floor(chunkBytes / unitBytes) * unitBytes
  try {
    const reader = readTensor(entry.data, checkpoint.sources, options)
    try {
      let done = 0
      for (;;) {
        // A fresh buffer: memory may grow while a source is waited for.
        const bytes = new Uint8Array(Math.min(step, reader.byteLength))
        const length = await reader.next(bytes)
        if (length === 0) break
        kernels().u8(chunk, length).set(bytes.subarray(0, length))
        const count = (length / unitBytes) * unit
        measures(kernels()).convert(type, chunk, count, out.pointer + done * (through === 'f64' ? 8 : 4), through)
        done += count
      }
    } finally {
      reader.close()
    }
    if (through === into) return out
    const cast = castOf(out, into)
    out.dispose()
    return cast
  } catch (error) {
    out.dispose()
    throw error
  } finally {
    kernels().free(chunk)
  }
}

/** 64-bit whole numbers: i32 where all fit, else f64 where all are exact. */
async function loadLong(checkpoint: Checkpoint, entry: TensorEntry, options: ReadOptions): Promise<Tensor> {
  const reader = readTensor(entry.data, checkpoint.sources, options)
  const bytes = new Uint8Array(reader.byteLength)
  try {
    for (let done = 0; done < bytes.length; ) {
      const length = await reader.next(bytes.subarray(done, done + Math.min(chunkBytes, bytes.length - done)))
      if (length === 0) break
      done += length
    }
  } finally {
    reader.close()
  }
  const signed: StorageType = 'i64'
  const words = entry.data.type === signed ? new BigInt64Array(bytes.buffer) : new BigUint64Array(bytes.buffer)
  const values = Float64Array.from(words as BigInt64Array, Number)
  const place = values.findIndex((value) => !Number.isSafeInteger(value))
  if (place >= 0)
    throw new UsageError(
      `load: '${inert(entry.name)}' holds ${words[place]} at place ${place}, which neither i32 nor f64 represents. Try leaving it out with the option filter.`,
      { tensor: entry.name },
    )
  const fits = values.every((value) => value === (value | 0))
  return tensor(values, { shape: [...entry.shape], dtype: fits ? 'i32' : 'f64' })
}
