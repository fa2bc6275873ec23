/** Reads one tensor's elements from its storage, in order: what every measurement goes through. */
import { elementCount, FormatError, showShape, storageBytes, storageInfo, UsageError } from '../core/index.js'
import { readStrided } from './gather.js'
import { type Crc32, openStored, type Stored } from './stored.js'
import { swapBytes } from './swap.js'
import type { Source, TensorData, TensorReader } from './types.js'

export interface ReadOptions {
  /** Replaces the checksum of zip members, such as with `zlib.crc32` on Node. */
  readonly crc32?: Crc32 | undefined
}

/**
 * A reader of `data`'s elements as little-endian units in row-major order, whatever their order in the file. Synchronous where the source is.
 *
 * @param sources the checkpoint's
 * @throws FormatError when the elements do not lie inside their storage; from `next`: `truncated`, `changed-while-read`, `crc` and the like
 */
export function readTensor(data: TensorData, sources: readonly Source[], options: ReadOptions = {}): TensorReader {
  const count = elementCount(data.shape)
  const byteLength = count === null ? Number.NaN : storageBytes(data.type, count)
  if (!Number.isSafeInteger(byteLength)) {
    throw new UsageError(`readTensor: ${showShape(data.shape)} is not a whole number of ${data.type} units`)
  }
  const stored = openStored(data.storage, sources, options.crc32)
  try {
    checkBounds(data, byteLength, stored.size)
    const isStrided = data.strides !== null && byteLength > 0
    const reader = isStrided ? readStrided(data, data.strides!, stored) : readStraight(data, byteLength, stored)
    return data.bigEndian ? swapped(reader, data) : reader
  } catch (error) {
    stored.close()
    throw error
  }
}

function checkBounds({ shape, strides, offset, type }: TensorData, byteLength: number, size: number): void {
  let end = offset + byteLength
  if (strides !== null && byteLength > 0) {
    let last = 0
    for (const [axis, extent] of shape.entries()) last += (extent - 1) * (strides[axis] ?? Number.NaN)
    const sound =
      strides.length === shape.length && strides.every((stride) => stride >= 0) && storageInfo(type).unit === 1
    end = sound ? offset + (last + 1) * storageInfo(type).unitBytes : Number.NaN
  }
  if (offset >= 0 && end <= size) return
  throw new FormatError(
    'truncated',
    `the elements of shape ${showShape(shape)} would reach byte ${end} of a storage that has ${size}.`,
  )
}

/** Contiguous elements: bytes go from the source to the target and nowhere else. */
function readStraight(data: TensorData, byteLength: number, stored: Stored): TensorReader {
  let done = 0
  let checked = byteLength > 0
  const ended = (): number | Promise<number> => {
    if (!checked) return 0
    checked = false
    const verifying = stored.verify()
    return verifying ? verifying.then(() => 0) : 0
  }
  return {
    byteLength,
    next(target: Uint8Array): number | Promise<number> {
      const length = Math.min(target.length, byteLength - done)
      if (length === 0) return ended()
      const reading = stored.readInto(
        data.offset + done,
        length === target.length ? target : target.subarray(0, length),
      )
      done += length
      // The last chunk is given only when the whole storage has proved sound: nobody asks for the 0 at the end.
      const after = (): number | Promise<number> => {
        if (done < byteLength) return length
        const end = ended()
        return typeof end === 'number' ? length : end.then(() => length)
      }
      return reading ? reading.then(after) : after()
    },
    close: () => stored.close(),
  }
}

function swapped(reader: TensorReader, { type }: TensorData): TensorReader {
  const swap = (target: Uint8Array, length: number): number => {
    swapBytes(type, target.subarray(0, length))
    return length
  }
  return {
    byteLength: reader.byteLength,
    next(target: Uint8Array): number | Promise<number> {
      const length = reader.next(target)
      return typeof length === 'number' ? swap(target, length) : length.then((got) => swap(target, got))
    },
    close: () => reader.close(),
  }
}
