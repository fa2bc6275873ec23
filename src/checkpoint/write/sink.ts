/** Where the bytes of a file go that is written piece by piece, and the tensors in it. */
import type { Described } from './safetensors.js'

/** Takes a file's bytes in order. */
export interface Sink {
  /** Appends. The bytes are taken before it returns or resolves; a promise means that the system is behind and wants waiting for. */
  write(bytes: Uint8Array): void | Promise<void>
  /** Replaces bytes that were written before. */
  patch(offset: number, bytes: Uint8Array): Promise<void>
}

/** A file that appears whole or not at all. */
export interface FileSink extends Sink {
  /** Makes the file appear; all bytes are on the disk then. */
  commit(): Promise<void>
  /** Leaves nothing. */
  discard(): Promise<void>
}

/** Takes the tensors that were described beforehand, one after the other in `order`. */
export interface TensorSink {
  /** Places in the list of described tensors. */
  readonly order: readonly number[]
  /** Begins the next tensor in `order`. */
  begin(): void | Promise<void>
  /** Appends to it, little-endian and row-major. The bytes are taken before it returns or resolves. */
  write(bytes: Uint8Array): void | Promise<void>
  /** Ends it. */
  end(): void | Promise<void>
  /** After the last; the size of the whole. */
  finish(): Promise<number>
}

export type { Described }
