/** What editing a checkpoint takes and gives: the typed form of `clip retain prune compress convert --json`, and the seam between an edit and the engine that streams it. */
import type { Kind, Skipped, TensorEntry } from '../../checkpoint/index.js'
import type { StorageType } from '../../core/index.js'
import type { Kernels, Pointer } from '../../kernels/index.js'
import type { StateDict, Tensor } from '../../tensor/index.js'
import type { MatrixFigures, Progress, SpectraMode } from '../types.js'

export type EditCommand = 'clip' | 'retain' | 'prune' | 'compress' | 'convert'

/** Which tensors are edited, where the result goes, and what is told; what all edits share. Everything has a default. */
export interface EditOptions {
  /** Globs over names, or modules; all tensors that `kinds` allows when absent. A tensor named by a glob is edited whatever its kind. */
  tensors?: string | readonly string[] | undefined
  /** Kinds that are edited: by default weights (linear, conv, convTranspose, embedding, recurrent, attention and unknown of two or more axes); never biases, norms, states unless asked. */
  kinds?: readonly Kind[] | undefined
  /** Tensors with fewer elements are left alone. */
  minSize?: number | undefined
  /** By default what the output's ending says. */
  format?: 'safetensors' | 'npz' | undefined
  /** Write over the input. */
  inPlace?: boolean | undefined
  /** Work everything out, write nothing. */
  dryRun?: boolean | undefined
  /** Non-finite elements are left as they are; without it a chosen tensor that holds one is an error. */
  allowNonfinite?: boolean | undefined
  /** Spectra before and after: `auto` (the default) where that is cheap. */
  spectra?: SpectraMode | undefined
  seed?: number | undefined
  workers?: number | undefined
  backend?: 'auto' | 'system' | 'portable' | undefined
  signal?: AbortSignal | undefined
  onProgress?: ((progress: Progress) => void) | undefined
}

/** Where the result goes: a path (Node), a state dict that is filled, or nowhere. */
export type EditOutput = string | StateDict | null

/** Of all elements of a tensor, over the finite ones. */
export interface EditFigures {
  zeros: number
  nan: number
  posInf: number
  negInf: number
  l0: number
  l1: number
  l2: number
  linf: number
  mean: number
  std: number
  min: number
  max: number
  /** zeros / count; 0 for an empty tensor. */
  sparsity: number
  matrix: MatrixFigures | null
}

export interface EditedTensor {
  name: string
  /** The input file's word. */
  dtype: string
  /** The output's storage type. */
  storage: StorageType
  shape: number[]
  count: number
  kind: Kind
  /** False for tensors that were copied as they are. */
  edited: boolean
  /** What was done to it, or why it was left alone: one line. */
  note: string
  before: EditFigures
  after: EditFigures
  /** ||after - before||_F / ||before||_F; 0 for 0 / 0. */
  relativeError: number
  /** ||after - before||: what the edit costs in each norm. */
  delta: { l1: number; l2: number; linf: number; spectral: number | null; nuclear: number | null }
  /** Elements that differ. */
  changed: number
  bytesIn: number
  bytesOut: number
  /** The output's tensors where they are not the input's: factors. */
  outputs: { name: string; shape: number[] }[] | null
  /** What the command adds: threshold, rank, pruned channels. */
  details: Record<string, unknown>
}

export interface EditTotals {
  tensors: number
  edited: number
  parameters: number
  zerosBefore: number
  zerosAfter: number
  sparsityBefore: number
  sparsityAfter: number
  l1Before: number
  l1After: number
  l2Before: number
  l2After: number
  linfBefore: number
  linfAfter: number
  relativeError: number
  changed: number
  /** Bytes of the zeros' complement stored as index and value (the smaller of a bitmap and 32-bit indices), tensor by tensor where it is smaller. */
  bytesSparse: number
  /** Multiply-adds of one application of every linear weight (one output pixel of a convolution), before and after; zeros count only where whole rows or columns vanish. */
  multiplyAddsBefore: number
  multiplyAddsAfter: number
}

export interface EditReport {
  normball: string
  command: EditCommand
  input: string
  /** Null when nothing was written. */
  output: string | null
  format: 'safetensors' | 'npz' | null
  bytesIn: number
  bytesOut: number
  dryRun: boolean
  /** What was done, as the output's metadata record it. */
  record: Record<string, unknown>
  tensors: EditedTensor[]
  totals: EditTotals
  /** What it gained, or the sentence that says it gained nothing. */
  gain: string
  skipped: Skipped[]
  warnings: string[]
}

/** A tensor that will be edited, with what is known of it. */
export interface Chosen {
  readonly entry: TensorEntry
  readonly kind: Kind
  /** The axis of the outputs; 0 where nothing says otherwise. */
  readonly outAxis: number
  /** Convolution groups where the graph tells. */
  readonly groups: number | null
  /** What the output stores it as, when it is edited. */
  readonly storage: StorageType
}

/** Changes elements in place as they stream by, in order, from the first. One per tensor and reading. Elements that are not finite (where they are allowed) come as 0 and are put back afterwards. */
export interface EntryRewriter {
  /** `count` elements at `pointer`, in computing precision `type`, the first of which is element `at` of the tensor (row-major). */
  update(pointer: Pointer, count: number, at: number): void
}

/** How a chosen tensor is rewritten. */
export type Rewrite =
  | {
      /** Element by element, or in runs of `run` consecutive elements (a row, a block of four) that no chunk cuts. */
      readonly kind: 'entries'
      readonly run?: number
      /** `storage` is what the output stores: bounds that must hold there are rounded to it. */
      start(kernels: Kernels, type: 'f32' | 'f64', storage: StorageType): EntryRewriter
      readonly note: string
      readonly details?: Record<string, unknown>
      /** Called when the tensor has passed: what is only known then. */
      finish?(): Record<string, unknown>
    }
  | {
      /** The whole tensor in memory, as f32 or f64 with its own shape; gives a tensor of that shape, or those in `outputs`, in order. The engine frees them. */
      readonly kind: 'whole'
      readonly outputs: readonly { readonly name: string; readonly shape: readonly number[] }[] | null
      make(x: Tensor, storage: StorageType): Tensor | readonly Tensor[]
      /** Where the outputs together stand for a tensor of the old shape: for errors and figures after. */
      assemble?(outputs: readonly Tensor[]): Tensor
      readonly note: string
      readonly details?: Record<string, unknown>
    }
  | {
      /** The bytes as they are, or cast to the output's type. */
      readonly kind: 'keep'
      readonly note: string
      readonly details?: Record<string, unknown>
    }

/** What an edit may ask before it says how each tensor is rewritten. */
export interface EditContext {
  /** Each storage once: what shares one of these in the same view is edited alike. */
  readonly chosen: readonly Chosen[]
  /** Those and the tensors that are otherwise left alone, such as biases; an edit that must change one says so in its plan. */
  readonly all: readonly Chosen[]
  /** Every tensor of the checkpoint, in its order: neighbours tell what a weight belongs to. */
  readonly entries: readonly TensorEntry[]
  readonly kernels: Kernels
  readonly options: EditOptions
  /** Streams one tensor in computing precision; chunks are whole runs of `run` elements. Throws where an element is not finite; where that is allowed it comes as 0. `visit` must not keep the pointer. */
  read(
    one: Chosen,
    visit: (pointer: Pointer, count: number, at: number, type: 'f32' | 'f64') => void,
    run?: number,
  ): Promise<void>
  /** The whole tensor; the caller frees it. Elements that are not finite, where they are allowed, are 0 in it. */
  load(one: Chosen): Promise<Tensor>
  /** Those of the tensors loaded so far that hold such elements. */
  readonly nonfinite: ReadonlySet<Chosen>
}

/** One edit: `plan` looks at what it needs and says what happens to each chosen tensor (those left out are kept). */
export interface Edit {
  readonly command: EditCommand
  /** For the metadata of the output: options as given, plain JSON. */
  readonly record: Record<string, unknown>
  plan(context: EditContext): Promise<ReadonlyMap<Chosen, Rewrite>>
  /** The output's type of a tensor; its own when absent (f32 for quantized ones that are edited). */
  storageOf?(entry: TensorEntry, own: StorageType): StorageType
  /** The output's name of a tensor that is kept; asked after `plan`. Its own when absent. */
  nameOf?(entry: TensorEntry): string
}
