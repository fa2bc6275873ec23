/** Sources that every environment has: bytes at hand, a browser's `File` or `Blob`, and HTTP ranges. */
import { FormatError, inert, SystemError } from '../core/index.js'
import type { Source } from './types.js'

/** Refuses a range that is not there, before anything is allocated for it. */
export function checkRange(name: string, size: number, offset: number, length: number): void {
  if (offset >= 0 && length >= 0 && Number.isSafeInteger(offset + length) && offset + length <= size) return
  throw new FormatError('truncated', `the file ends at byte ${size}, but ${length} bytes at ${offset} are wanted; it is truncated or its header is damaged`, {
    file: name,
    offset,
  })
}

/** Bytes in memory. */
export function bytesSource(bytes: Uint8Array, name = 'bytes'): Source {
  return {
    name,
    size: bytes.length,
    locator: null,
    async read(offset, length) {
      checkRange(name, bytes.length, offset, length)
      return bytes.slice(offset, offset + length)
    },
    readInto(offset, target) {
      checkRange(name, bytes.length, offset, target.length)
      target.set(bytes.subarray(offset, offset + target.length))
    },
    async close() {},
  }
}

/** A `File` that somebody dropped on a page, or any `Blob`. */
export function blobSource(blob: Blob, name = 'name' in blob ? String(blob.name) : 'blob'): Source {
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    checkRange(name, blob.size, offset, length)
    let bytes: Uint8Array
    try {
      bytes = new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer())
    } catch (error) {
      throw new SystemError('cannot-read', `the browser cannot read it any more (${inert(String(error))}); choose the file again`, { file: name, cause: error })
    }
    if (bytes.length !== length) throw changed(name, offset)
    return bytes
  }
  return {
    name,
    size: blob.size,
    locator: null,
    read,
    async readInto(offset, target) {
      target.set(await read(offset, target.length))
    },
    async close() {},
  }
}

export function changed(name: string, offset?: number): FormatError {
  return new FormatError('changed-while-read', 'the file changed while it was read; try again when nothing writes to it', { file: name, offset })
}
