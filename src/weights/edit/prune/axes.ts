/** Where the inputs and outputs of a weight lie, as pruning sees them. */
import type { Chosen } from '../types.js'

/** A contiguous tensor seen from one axis. */
export interface AxisView {
  readonly outer: number
  readonly length: number
  readonly inner: number
}

/** The axis of the inputs; null where the tensor has none. */
export function inAxisOf({ entry, kind, outAxis }: Chosen): number | null {
  const rank = entry.shape.length
  if (rank < 2 || outAxis >= rank) return null
  if (rank === 2) return 1 - outAxis
  // Stacked experts: [experts, out, in] or [experts, in, out].
  if (kind === 'linear') return rank === 3 && outAxis > 0 ? 3 - outAxis : null
  // Channels lie side by side, at the front (PyTorch, ONNX) or at the back (Keras, Flax).
  if (outAxis <= 1) return 1 - outAxis
  return outAxis === rank - 1 ? rank - 2 : outAxis === rank - 2 ? rank - 1 : null
}

/** Outputs of stacked experts are each expert's own. */
export function isStack({ entry, kind, outAxis }: Chosen): boolean {
  return kind === 'linear' && entry.shape.length === 3 && outAxis > 0
}

const product = (extents: readonly number[]): number => extents.reduce((a, b) => a * b, 1)

export function viewAlong(shape: readonly number[], axis: number): AxisView {
  return { outer: product(shape.slice(0, axis)), length: shape[axis]!, inner: product(shape.slice(axis + 1)) }
}
