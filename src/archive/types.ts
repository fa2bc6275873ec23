/** What files of arrays are made of: sources of bytes, and the members of zip archives. Plain data can be posted to other threads. */

/** Where bytes come from: a file on disk, a browser's `File`, memory, HTTP ranges. */
export interface Source {
  /** For messages: a path or a URL. */
  readonly name: string
  readonly size: number
  /** Exactly `length` bytes at `offset`; throws FormatError('truncated') when they are not there. */
  read(offset: number, length: number): Promise<Uint8Array>
  /** The same into `target`, whole; synchronous where the source can (a file on Node), which the hot loop relies on. */
  readInto(offset: number, target: Uint8Array): void | Promise<void>
  /** What another thread needs to open the same thing, or null where it cannot be posted. */
  readonly locator: SourceLocator | null
  close(): Promise<void>
}

export interface SourceLocator {
  readonly path: string
  readonly size: number
  /** To notice a file that changes while it is read. */
  readonly modified: number
}

export interface ZipStorage {
  /** A member of a zip archive; `offset` is where its (stored or deflated) bytes begin, `crc32` is checked whenever its bytes are used. */
  readonly kind: 'zip'
  readonly source: number
  readonly name: string
  readonly offset: number
  readonly method: 'stored' | 'deflated'
  readonly compressedSize: number
  readonly size: number
  readonly crc32: number
}
