/** Parts of a tensor that are matrices of their own: gates of a recurrent weight, query, key and value of a fused projection, experts. */
import type { Kind, TensorEntry } from '../checkpoint/index.js'
import { ruleName } from './kindRules.js'

export interface TensorSlice {
  readonly name: string
  /** The axis that is cut, into [from, to). */
  readonly axis: number
  readonly from: number
  readonly to: number
}

/** Beyond this, a report of each expert would help nobody. */
const mostExperts = 512

/** The order of the gates: PyTorch's, and Keras' for kernels that are [in, out]. */
const gateOrders: Readonly<Record<'torch' | 'keras', Readonly<Record<number, readonly string[]>>>> = {
  torch: { 3: ['r', 'z', 'n'], 4: ['i', 'f', 'g', 'o'] },
  keras: { 3: ['z', 'r', 'h'], 4: ['i', 'f', 'c', 'o'] },
}

/** Fused projections that lie as whole query, key, value blocks. GPT-NeoX, BLOOM and Falcon (`query_key_value`) and CodeGen interleave heads, so they are not cut. */
const wholeBlocks =
  /(in_proj_weight|c_attn\.weight|(^|[._])w?qkv\.weight|self_attn\.qkv_proj\.weight|attn_qkv\.weight)$/

/**
 * Named slices of one tensor; empty for most.
 *
 * @param inferred output axis and gate count, as `inferKind` gives them
 */
export function slicesOf(
  entry: TensorEntry,
  kind: Kind,
  inferred: { readonly outAxis: number | null; readonly gates: number | null } = {
    outAxis: entry.outAxis,
    gates: entry.gates?.length ?? null,
  },
): TensorSlice[] {
  const { shape } = entry
  const { outAxis, gates } = inferred
  if (entry.count === 0) return []
  if (kind === 'recurrent' && outAxis !== null && gates !== null && gates > 1) {
    const names = entry.gates ?? gateOrders[outAxis === 0 ? 'torch' : 'keras'][gates]
    return names ? parts(names, outAxis, shape[outAxis]!) : []
  }
  if (kind === 'attention' && outAxis !== null && shape.length === 2 && wholeBlocks.test(ruleName(entry.name))) {
    const [out, from] = [shape[outAxis]!, shape[1 - outAxis]!]
    // With fewer key and value heads than query heads the border is not in the shape, so only thirds are cut.
    return out === 3 * from ? parts(['query', 'key', 'value'], outAxis, out) : []
  }
  if (kind === 'linear' && shape.length === 3 && shape[0]! > 1 && shape[0]! <= mostExperts) {
    return Array.from({ length: shape[0]! }, (_, index) => ({
      name: `expert ${index}`,
      axis: 0,
      from: index,
      to: index + 1,
    }))
  }
  return []
}

function parts(names: readonly string[], axis: number, length: number): TensorSlice[] {
  const size = length / names.length
  if (!Number.isInteger(size) || size === 0) return []
  return names.map((name, index) => ({ name, axis, from: index * size, to: (index + 1) * size }))
}
