/** Sources that run anywhere: bytes in memory, and a browser's `File`. */
import { FormatError, SystemError } from '../core/index.js'
import type { Source } from './types.js'

/** Throws unless `length` bytes at `offset` lie inside `source`. */
export function checkRange(source: Pick<Source, 'name' | 'size'>, offset: number, length: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= source.size) return
  throw new FormatError(
    'truncated',
    `the file is truncated: ${length} bytes at offset ${offset} are needed, and it ends at ${source.size}.`,
    { file: source.name, offset },
  )
}

/** Bytes in memory. They are not copied, so they must not change. */
export class BytesSource implements Source {
  readonly size: number
  readonly locator = null

  constructor(
    readonly name: string,
    private readonly bytes: Uint8Array,
  ) {
    this.size = bytes.length
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length)
    return this.bytes.slice(offset, offset + length)
  }

  readInto(offset: number, target: Uint8Array): void {
    checkRange(this, offset, target.length)
    target.set(this.bytes.subarray(offset, offset + target.length))
  }

  async close(): Promise<void> {}
}

/** A `File` or `Blob`: what a person drops on a page, and what Node has under the same name. */
export class FileSource implements Source {
  readonly name: string
  readonly size: number
  readonly locator = null

  constructor(private readonly blob: Blob) {
    this.name = 'name' in blob && typeof blob.name === 'string' ? blob.name : 'blob'
    this.size = blob.size
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length)
    let buffer: ArrayBuffer
    try {
      buffer = await this.blob.slice(offset, offset + length).arrayBuffer()
    } catch (cause) {
      // Browsers refuse to read a file that was changed or removed after it was chosen.
      throw new SystemError(
        'unreadable',
        'the file cannot be read any more; it was changed or removed since it was opened. Choose it again.',
        { file: this.name, offset, cause },
      )
    }
    if (buffer.byteLength !== length) {
      throw new FormatError('changed-while-read', 'the file became shorter while it was read; open it again.', {
        file: this.name,
        offset,
      })
    }
    return new Uint8Array(buffer)
  }

  async readInto(offset: number, target: Uint8Array): Promise<void> {
    target.set(await this.read(offset, target.length))
  }

  async close(): Promise<void> {}
}
