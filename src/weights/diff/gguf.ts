/**
 * LLaMA's query and key rows: llama.cpp stores the two halves of each head that rotary embedding pairs row by row in turn, where the original has one
 * half after the other. The original is read in GGUF's order, so that a comparison shows what quantization cost and not the order.
 *
 * Source: `permute` of llama.cpp's convert_hf_to_gguf.py: reshape(heads, 2, rows / heads / 2, columns), the two middle axes exchanged.
 */
import type { Checkpoint, Source, TensorEntry } from '../../checkpoint/index.js'
import { storageInfo } from '../../core/index.js'
import type { MeasureEngine, MeasureOptions } from '../measure/index.js'
import type { Pair } from './pairing.js'
import { sampleDistance, sampleOf, samplePlaces } from './sample.js'

const sampleMost = 4096

/** The pairs, with the side that is no GGUF read in GGUF's order of rows where that is the closer one. */
export async function inRowOrder(
  pairs: readonly Pair[],
  A: Checkpoint,
  B: Checkpoint,
  sources: readonly Source[],
  engine: MeasureEngine,
  options: MeasureOptions,
): Promise<{ pairs: Pair[]; warnings: string[] }> {
  const unchanged = { pairs: [...pairs], warnings: [] }
  if ((A.format === 'gguf') === (B.format === 'gguf')) return unchanged
  const [quantized, ownSide, otherSide] = A.format === 'gguf' ? ([A, 'a', 'b'] as const) : ([B, 'b', 'a'] as const)
  const turned = new Map<Pair, Pair>()
  for (const pair of pairs) {
    const heads = headsOf(quantized, pair[ownSide].name)
    const other = heads === null ? null : interleaved(pair[otherSide], heads)
    if (other === null) continue
    const how = `${pair.pairing.how}; rows in GGUF's order`
    turned.set(pair, { ...pair, [otherSide]: other, pairing: { ...pair.pairing, how } })
  }
  const [first] = turned
  if (first === undefined) return unchanged
  // Not every file was made by a converter that changes the order: one layer tells.
  const read = (entry: TensorEntry): Promise<Float64Array> =>
    sampleOf(entry, samplePlaces(entry.count, sampleMost), sources, engine, options)
  const [plain, changed] = first
  const own = await read(plain[ownSide])
  const [before, after] = [await read(plain[otherSide]), await read(changed[otherSide])].map((one) =>
    sampleDistance(own, one),
  ) as [number, number]
  if (!(after < before)) return unchanged
  return {
    pairs: pairs.map((pair) => turned.get(pair) ?? pair),
    warnings: [
      `The rows of ${turned.size} query and key weights of ${otherSide} were compared in GGUF's order, in which llama.cpp stores LLaMA's heads.`,
    ],
  }
}

/** Heads of a GGUF's query or key tensor of the LLaMA architecture; null for every other tensor. */
function headsOf({ metadata }: Checkpoint, name: string): number | null {
  const match = /(?:^|\.)attn_(q|k)\.(?:weight|bias)$/.exec(name)
  if (match === null || metadata['general.architecture'] !== 'llama') return null
  const heads = metadata['llama.attention.head_count']
  const ofKeys = metadata['llama.attention.head_count_kv'] ?? heads
  const count = match[1] === 'q' ? heads : ofKeys
  return typeof count === 'number' && count > 0 ? count : null
}

/** A view of the same bytes with the rows of each head's halves in turn; null where the storage or the shape does not allow it. */
function interleaved(entry: TensorEntry, heads: number): TensorEntry | null {
  const { data, shape } = entry
  const half = (shape[0] ?? 0) / heads / 2
  const plain = data.strides === null && data.storage.kind !== 'dequantized' && storageInfo(data.type).unit === 1
  if (!plain || shape.length === 0 || shape.length > 2 || !Number.isInteger(half) || half === 0) return null
  const columns = shape[1] ?? 1
  return {
    ...entry,
    data: {
      ...data,
      shape: [heads, half, 2, columns],
      strides: [2 * half * columns, columns, half * columns, 1],
    },
  }
}
