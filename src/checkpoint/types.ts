/**
 * What a checkpoint is, whatever wrote it. Opening reads metadata only. Everything a worker thread needs to read a tensor (`TensorData` and the
 * sources' locators) is plain data, so that it can be posted.
 */
import type { Source, ZipStorage } from '../archive/index.js'
import type { StorageType } from '../core/index.js'

export type { Source, SourceLocator } from '../archive/index.js'

/** Finds the files beside an opened one (shards, ONNX external data). */
export interface Folder {
  /** For messages. */
  readonly name: string
  /**
   * The file of this name in the folder, or below it (steps parted by `/`); null when there is none. Throws FormatError('path-escape') for a
   * name or a link that leaves the folder.
   */
  open(name: string): Promise<Source | null>
  /** Names of the entries, sorted. */
  list(): Promise<readonly string[]>
}

export type Format = 'safetensors' | 'gguf' | 'npy' | 'npz' | 'torch' | 'onnx'

/** A run of stored bytes. `source` counts in `Checkpoint.sources`. */
export type Storage =
  | { readonly kind: 'range'; readonly source: number; readonly offset: number; readonly length: number }
  | ZipStorage
  /** Small values that the format spells out (typed protobuf fields, numbers inside a pickle), as raw little-endian bytes. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | {
      /** A quantized weight as [rows, columns] of f32, computed from its parts while it is read; see `settle.ts`. */
      readonly kind: 'dequantized'
      readonly layout: 'gptq' | 'fp8'
      /** The source of the packed values, for messages. */
      readonly source: number
      readonly rows: number
      readonly columns: number
      /** FP8: the tile that shares a scale. */
      readonly tile: readonly [number, number]
      /** GPTQ: what is added to a stored zero point; see `gptqZeros.ts`. */
      readonly zeroStep: 0 | 1
      /** Contiguous, little-endian; the packed values first, then scales, or zero points, scales and groups. */
      readonly parts: readonly TensorData[]
    }

/** Where and how one tensor's elements lie. Plain data. */
export interface TensorData {
  readonly storage: Storage
  readonly type: StorageType
  readonly shape: readonly number[]
  /** First element's byte offset inside the storage. */
  readonly offset: number
  /** In elements; null means row-major and contiguous. Fortran order and views are strides. Never with blocks or packed types. */
  readonly strides: readonly number[] | null
  readonly bigEndian: boolean
}

/** What a tensor is for, as told by a graph or by its name and shape. */
export type Kind =
  | 'linear'
  | 'conv'
  | 'convTranspose'
  | 'embedding'
  | 'norm'
  | 'bias'
  | 'recurrent'
  | 'attention'
  | 'scalar'
  | 'state'
  | 'constant'
  | 'unknown'

export interface TensorEntry {
  /** The file's own name. */
  readonly name: string
  /** The file's own word: `F32`, `BF16`, `Q4_K`, `FLOAT`, `<f4` ... */
  readonly dtype: string
  readonly shape: readonly number[]
  readonly count: number
  readonly data: TensorData
  /** Only what the format itself knows (an ONNX graph); null leaves it to names and shapes. */
  readonly kind: Kind | null
  /** The axis of the outputs where the format knows it; null leaves it to the kind. */
  readonly outAxis: number | null
  /** Convolution groups where the graph tells. */
  readonly groups: number | null
  /** The gates stacked along `outAxis` of a recurrent weight, in order, where the graph tells. */
  readonly gates?: readonly string[]
  readonly group: 'model' | 'optimizer'
  /** Name of an earlier tensor whose storage this one uses. */
  readonly sharesWith: string | null
}

/** Something that could not be measured, and why. */
export interface Skipped {
  readonly name: string
  readonly dtype: string | null
  readonly shape: readonly number[] | null
  /** `tensor`, or the figure that is missing: `matrix`, `conv`, `alpha` ... */
  readonly what: string
  readonly why: string
}

/** JSON-like metadata; objects have no prototype, long arrays and strings are abbreviated with a note. */
export type Metadata = { readonly [key: string]: MetadataValue }
export type MetadataValue = string | number | boolean | null | readonly MetadataValue[] | Metadata

export interface Checkpoint {
  readonly path: string
  readonly format: Format
  /** Of all files together. */
  readonly bytes: number
  readonly metadata: Metadata
  /** Metadata that is text, in full, where the format says so: `metadata` abbreviates what is long. */
  readonly texts?: Readonly<Record<string, string>>
  readonly sources: readonly Source[]
  readonly tensors: readonly TensorEntry[]
  readonly skipped: readonly Skipped[]
  readonly warnings: readonly string[]
  close(): Promise<void>
}

/** One format. Content decides, not the name: `matches` looks at the first bytes (at most 64 KiB of them). */
export interface Reader {
  readonly format: Format
  matches(head: Uint8Array, size: number): boolean
  /** Asked after `matches` where first bytes cannot tell: NumPy and PyTorch both write zip archives. */
  claims?(source: Source): Promise<boolean>
  open(source: Source, context: ReaderContext): Promise<ReaderResult>
}

export interface ReaderContext {
  /** The file's folder; null where there is none (a browser's single file). */
  readonly folder: Folder | null
  readonly signal: AbortSignal | undefined
}

/** What a reader finds; `open` adds the path and sizes. `sources[0]` is the file itself; the caller closes them all. */
export interface ReaderResult {
  readonly sources: readonly Source[]
  readonly metadata: Metadata
  /** As `Checkpoint.texts`. */
  readonly texts?: Readonly<Record<string, string>>
  readonly tensors: readonly TensorEntry[]
  readonly skipped: readonly Skipped[]
  readonly warnings: readonly string[]
}

/** Reads one tensor's elements front to back, as little-endian units in row-major order. */
export interface TensorReader {
  /** Bytes in all. */
  readonly byteLength: number
  /** Fills `target` (a multiple of the type's unit bytes) from the current place; returns the bytes written, 0 at the end. Synchronous where the source is. */
  next(target: Uint8Array): number | Promise<number>
  close(): void
}
