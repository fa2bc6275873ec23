/** Reads one tensor's elements front to back: little-endian units in row-major order, whatever the file's order is. */
import { elementCount, FormatError, showShape, storageBytes, storageInfo } from '../core/index.js'
import { gatherReader, isRowMajor } from './gather.js'
import { openStorage, type StoredBytes } from './stored.js'
import type { Source, TensorData, TensorReader } from './types.js'

export interface ReadOptions {
  /** A CRC-32 faster than ours, for members of zip archives. */
  readonly crc32?: ((bytes: Uint8Array, previous: number) => number) | undefined
  /** Members of zip archives whose checksum held before; read and extended. */
  readonly verified?: Set<string> | undefined
}

/** Opens the elements for reading. Throws FormatError where they do not lie inside their storage. */
export function readTensor(data: TensorData, sources: readonly Source[], options: ReadOptions = {}): TensorReader {
  const count = elementCount(data.shape)
  const length = count === null ? Number.NaN : storageBytes(data.type, count)
  if (count === null || Number.isNaN(length)) {
    throw new FormatError('bad-shape', `a ${data.type} tensor of shape ${showShape(data.shape)} is not a whole number of storage units`)
  }
  const bytes = openStorage(data.storage, sources, options)
  const contiguous = data.strides === null || count <= 1 || isRowMajor(data.shape, data.strides)
  const reader = contiguous ? straightReader(bytes, data.offset, length) : gatherReader(bytes, data, count)
  const word = wordBytes(data)
  return data.bigEndian && word > 1 ? swappedReader(reader, word) : reader
}

function straightReader(bytes: StoredBytes, offset: number, length: number): TensorReader {
  if (offset < 0 || offset + length > bytes.size) {
    throw new FormatError(
      'truncated',
      `the tensor's ${length} bytes at ${offset} of its storage do not fit into the ${bytes.size} bytes that are there`,
    )
  }
  let at = 0
  return {
    byteLength: length,
    next(target) {
      const size = Math.min(target.length, length - at)
      if (size === 0) {
        // The last thing: bytes around the tensor count for the checksum too.
        const verified = bytes.verify?.()
        return verified ? verified.then(() => 0) : 0
      }
      const done = bytes.readInto(offset + at, size === target.length ? target : target.subarray(0, size))
      at += size
      return done ? done.then(() => size) : size
    },
    close: () => bytes.close(),
  }
}

/** The size of the words that a big-endian file stores the other way round. */
function wordBytes({ type }: TensorData): number {
  const { numberClass, unitBytes, unit } = storageInfo(type)
  if (unit > 1 || numberClass === 'block') return 1
  return numberClass === 'complex' ? unitBytes / 2 : unitBytes
}

/** Reverses each word of `word` bytes in place. */
export function swapWords(bytes: Uint8Array, word: number): void {
  for (let i = 0; i + word <= bytes.length; i += word) {
    for (let a = i, b = i + word - 1; a < b; a++, b--) {
      const kept = bytes[a]!
      bytes[a] = bytes[b]!
      bytes[b] = kept
    }
  }
}

function swappedReader(reader: TensorReader, word: number): TensorReader {
  const swap = (target: Uint8Array, size: number): number => {
    swapWords(target.subarray(0, size), word)
    return size
  }
  return {
    byteLength: reader.byteLength,
    next(target) {
      const size = reader.next(target)
      return typeof size === 'number' ? swap(target, size) : size.then((done) => swap(target, done))
    },
    close: () => reader.close(),
  }
}
