/** The stored bytes of a tensor at any offset, whatever holds them: a run of a file, a member of a zip archive, or bytes at hand. */
import { FormatError } from '../core/index.js'
import type { ReadOptions } from './read.js'
import type { Source, Storage } from './types.js'
import { openMember } from './zip/index.js'

export interface StoredBytes {
  readonly size: number
  /** Fills `target` whole; synchronous where the source is. */
  readInto(offset: number, target: Uint8Array): void | Promise<void>
  /** Checks what has a checksum and has not been read in order. */
  verify?(): void | Promise<void>
  close(): void
}

export function openStorage(storage: Storage, sources: readonly Source[], options: ReadOptions): StoredBytes {
  if (storage.kind === 'bytes') {
    const { bytes } = storage
    return {
      size: bytes.length,
      readInto: (offset, target) => target.set(bytes.subarray(offset, offset + target.length)),
      close() {},
    }
  }
  const source = sources[storage.source]
  if (source === undefined) throw new Error(`storage names source ${storage.source} of ${sources.length}`)
  if (storage.kind === 'zip') return openMember(storage, source, options)
  const { offset: start, length } = storage
  if (start < 0 || start + length > source.size) {
    throw new FormatError('truncated', `bytes ${start} to ${start + length} are wanted, but the file has ${source.size}`, {
      file: source.name,
      offset: start,
    })
  }
  return { size: length, readInto: (offset, target) => source.readInto(start + offset, target), close() {} }
}
