/** What measuring one tensor takes and gives. */
import type { Kind, ReadOptions, Skipped, TensorEntry } from '../../checkpoint/index.js'
import type { Kernels } from '../../kernels/index.js'
import type { Lapack } from '../../lapack/index.js'
import type { SpectraMode, TensorFigures } from '../types.js'

/** What is known of a tensor before it is read: from the graph, else from its name and shape. */
export interface TensorFacts {
  readonly kind: Kind
  readonly outAxis: number | null
  /** Convolution groups where the graph tells. */
  readonly groups: number | null
  /** Gates of a recurrent weight. */
  readonly gates: number | null
  readonly slices: readonly SliceFacts[]
}

/** Indices [from, to) of `axis`, measured by themselves too. */
export interface SliceFacts {
  readonly name: string
  readonly axis: number
  readonly from: number
  readonly to: number
}

/** One tensor to measure; plain data. */
export interface MeasureTask {
  readonly entry: TensorEntry
  readonly facts: TensorFacts
}

export interface MeasureEngine {
  readonly kernels: Kernels
  /** Null when no spectrum and no operator norm is asked for. */
  readonly lapack: Lapack | null
}

export interface MeasureOptions {
  readonly spectra: SpectraMode
  readonly convNorms: boolean
  /** Numerical rank tolerance relative to sigma_1; default max(m, n) * eps of the storage. */
  readonly rankTolerance?: number
  readonly seed: number
  readonly signal?: AbortSignal | undefined
  /** A CRC-32 faster than ours, for members of zip archives. */
  readonly crc32?: ReadOptions['crc32']
  /** Told after each chunk how many stored bytes it held. */
  readonly onBytes?: ((bytes: number) => void) | undefined
}

export interface Measured {
  /** `flags` is empty: they need all tensors and are set by `flagTensors`. */
  readonly figures: TensorFigures
  readonly skipped: Skipped[]
  /** Equal for two tensors of one file exactly when they hold the same stored values, up to odds that do not matter. */
  readonly fingerprint: string
  /** Share of 8-bit codes at the ends of their range; null for other types. */
  readonly saturated: number | null
}

/** Everything that one tensor's measuring shares. */
export interface Job {
  readonly entry: TensorEntry
  readonly facts: TensorFacts
  readonly engine: MeasureEngine
  readonly options: MeasureOptions
  readonly skip: (what: string, why: string) => void
}
