/** What comparing two tensors takes and gives. Plain data, so that it can be posted. */
import type { TensorEntry } from '../../checkpoint/index.js'
import type { PairSums } from '../../kernels/index.js'
import type { MatrixFigures } from '../types.js'

/** A low-rank change, scale * up * down: what a LoRA adapter stores for one layer. */
export interface Factors {
  /** [rank, inputs ...], LoRA's A. */
  readonly down: TensorEntry
  /** [outputs, rank ...], LoRA's B. */
  readonly up: TensorEntry
  readonly scale: number
}

export type CompareTask =
  /**
   * Two tensors of one shape. `spectrum`: whether the whole of them is here, so that a spectrum makes sense; `angles`: how many leading singular
   * vectors' spaces are compared, 0 for none.
   */
  | {
      readonly kind: 'pair'
      readonly a: TensorEntry
      readonly b: TensorEntry
      readonly spectrum: boolean
      readonly angles: number
    }
  /** What an adapter adds to a weight. `transposed`: the weight is [in, out]. */
  | { readonly kind: 'added'; readonly base: TensorEntry; readonly added: Factors; readonly transposed: boolean }
  /** Two adapters of one layer. */
  | { readonly kind: 'factors'; readonly a: Factors; readonly b: Factors }

/** Figures of b - a as a matrix [shape[0], the rest]. */
export type DeltaFigures = Omit<MatrixFigures, 'alpha'>

/** Principal angles in radians, descending, between the spaces of the `k` leading singular vectors of a and b. */
export interface SubspaceAngles {
  k: number
  left: number[]
  right: number[]
  /** 1 - sigma_(k+1) / sigma_k of a and b: where it is near 0, the space is not well defined and its angles say little. */
  gapA: number
  gapB: number
}

export interface Compared {
  readonly sums: PairSums
  /** False where l1, linf and the count of changed elements are not known, since the difference was not formed. */
  readonly formed: boolean
  readonly delta: DeltaFigures | null
  readonly angles: SubspaceAngles | null
  readonly skipped: readonly { readonly what: string; readonly why: string }[]
}
