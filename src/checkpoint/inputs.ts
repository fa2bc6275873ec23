/** What a caller may hand over instead of a source, anywhere. */

import { BytesSource, FileSource } from '../archive/index.js'
import { UsageError } from '../core/index.js'
import { openHttp } from './http.js'
import type { Checkpoint, Folder, Source } from './types.js'

/** Bytes, a `File` or `Blob`, the address of a file on a web server, or any `Source`. */
export type SourceInput = Source | Blob | Uint8Array | ArrayBuffer | URL

export interface OpenOptions {
  /** Where the files beside it are found: shards, external data. On Node a path brings its own. */
  readonly folder?: Folder | null
  readonly signal?: AbortSignal
}

/** One checkpoint that an input stands for, opened when it is asked for. */
export interface Listed {
  /** For messages. */
  readonly name: string
  open(signal: AbortSignal | undefined): Promise<Checkpoint>
}

/** The source of an input that is no path. */
export async function sourceOf(input: SourceInput, signal?: AbortSignal): Promise<Source> {
  if (input instanceof Uint8Array) return new BytesSource('bytes', input)
  if (input instanceof ArrayBuffer) return new BytesSource('bytes', new Uint8Array(input))
  if (input instanceof Blob) return new FileSource(input)
  if (input instanceof URL) {
    if (input.protocol === 'http:' || input.protocol === 'https:') return openHttp(input, signal)
    if (input.protocol === 'blob:' || input.protocol === 'data:') return openHttp(input, signal)
    throw new UsageError(`open: an address must begin with http: or https:, got '${input.protocol}'`)
  }
  if (isObject(input) && 'readInto' in input) return input
  throw new UsageError(`open: expected a File, bytes, a URL or a Source, got ${input === null ? 'null' : typeof input}`)
}

/** Callers without types may hand over anything. */
function isObject(input: unknown): input is object {
  return typeof input === 'object' && input !== null
}

/** A name for messages, before anything is opened. */
export function inputName(input: SourceInput): string {
  if (input instanceof URL) return input.href
  if (input instanceof Uint8Array || input instanceof ArrayBuffer) return 'bytes'
  return isObject(input) && 'name' in input && typeof input.name === 'string' ? input.name : 'blob'
}
