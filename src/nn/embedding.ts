/** Rows of a table by their numbers. */
import { inert, UsageError } from '../core/index.js'
import { lp, type Norm, rescale } from '../norms/index.js'
import {
  indexAdd,
  indexSelect,
  mul,
  ne,
  noGrad,
  randn,
  reshape,
  type Tensor,
  to,
  unique,
  unsqueeze,
  zeros,
} from '../tensor/index.js'
import { checkOptions, checkTensor, copyOf, describe, record, tidy, together, view } from '../tensor/internal.js'
import type { LayerOptions } from './initOptions.js'
import { Module } from './module.js'
import { parameter } from './parameter.js'

export interface EmbeddingLookupOptions {
  /** The row whose gradient is zero: what fills short sentences. Negative from the end. */
  paddingIdx?: number | null
  /** Rows that are looked up and longer than this are scaled to it first, in place. */
  maxNorm?: number | null
  /** The p of that norm (2). */
  normType?: number
}

const known = ['paddingIdx', 'maxNorm', 'normType']

/**
 * Rows of `weight`: indices [..] (i32) and weight [n, d] give [.., d].
 *
 * With `maxNorm` the rows that are looked up are scaled into the ball of that norm first, in `weight` itself, as in PyTorch (for `normType` 2
 * that is their projection). Gradient: added up at the rows; zero for `paddingIdx`. Throws UsageError for an index outside 0 to n - 1, with
 * its position.
 */
export function embedding(indices: Tensor, weight: Tensor, options: EmbeddingLookupOptions = {}): Tensor {
  checkTensor('embedding', indices)
  checkTensor('embedding', weight)
  checkOptions('embedding', options, known)
  if (weight.rank !== 2) throw new UsageError(`embedding: weight ${describe(weight)}; expected [rows, columns].`)
  if (indices.dtype !== 'i32')
    throw new UsageError(`embedding: indices ${describe(indices)}; expected i32. Try to('i32').`)
  const [n, d] = weight.shape as [number, number]
  const padding = paddingOf('embedding', options.paddingIdx, n)
  return tidy(() => {
    const flat = reshape(indices, [-1])
    const list = view(together(flat))
    for (let i = 0; i < list.length; i++)
      if (list[i]! < 0 || list[i]! >= n)
        throw new UsageError(`embedding: index ${list[i]} at position ${i}; the table has ${n} rows, expected 0 to ${n - 1}.`) // biome-ignore format: one line
    const { maxNorm = null, normType = 2 } = options
    if (maxNorm !== null && list.length > 0) noGrad(() => shorten(weight, flat, maxNorm, normType))
    const rows = noGrad(() => indexSelect(weight, flat, 0))
    const out = reshape(rows, [...indices.shape, d])
    return record(out, 'embedding', [weight], [flat], (g, [places]) => {
      let added = reshape(g, [-1, d])
      if (padding !== null) added = mul(added, unsqueeze(to(ne(places!, padding), g.dtype), 1))
      return [indexAdd(zeros([n, d], { dtype: g.dtype }), places!, added, 0)]
    })
  })
}

/** Scales rows that are longer than `limit`, in place. */
function shorten(weight: Tensor, flat: Tensor, limit: number, p: number): void {
  if (!weight.isContiguous) throw new UsageError('embedding: maxNorm with a weight that is a strided view; expected one that lies together.') // biome-ignore format: one line
  if (!(p >= 1)) throw new UsageError(`embedding: normType = ${String(p)}; expected at least 1.`)
  const { values } = unique(flat)
  const scaled = rescale(lp(p) as Norm, indexSelect(weight, values, 0), limit, { axis: 1 })
  const d = weight.shape[1]!
  const [places, from, into] = [view(values), view(scaled), view(weight)]
  for (const [i, place] of places.entries()) into.set(from.subarray(i * d, (i + 1) * d), place * d)
  weight.storage.version++
}

function paddingOf(op: string, index: number | null | undefined, n: number): number | null {
  if (index === undefined || index === null) return null
  if (!Number.isInteger(index) || index < -n || index >= n)
    throw new UsageError(`${op}: paddingIdx = ${inert(String(index))} for ${n} rows; expected ${-n} to ${n - 1}.`)
  return index < 0 ? index + n : index
}

export interface EmbeddingOptions extends LayerOptions, EmbeddingLookupOptions {}

/**
 * A table of vectors, one for each of `numEmbeddings` numbers, trained. Starts standard normal, the row of `paddingIdx` zero.
 *
 * Shapes: indices [..] (i32) give [.., embeddingDim].
 *
 * @example
 * new Embedding(1000, 16).forward(tensor([[1, 5, 2]], { dtype: 'i32' })).shape // [1, 3, 16]
 */
export class Embedding extends Module {
  readonly weight: Tensor
  readonly lookup: EmbeddingLookupOptions

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    options: EmbeddingOptions = {},
  ) {
    super()
    for (const [name, value] of [['numEmbeddings', numEmbeddings], ['embeddingDim', embeddingDim]] as const) // biome-ignore format: one line
      if (!Number.isInteger(value) || value < 1)
        throw new UsageError(`Embedding: ${name} = ${String(value)}; expected a whole number of at least 1.`)
    const { paddingIdx = null, maxNorm = null, normType = 2, ...rest } = options
    const padding = paddingOf('Embedding', paddingIdx, numEmbeddings)
    this.lookup = { paddingIdx: padding, maxNorm, normType }
    this.weight = parameter(randn([numEmbeddings, embeddingDim], rest))
    if (padding !== null) view(this.weight).fill(0, padding * embeddingDim, (padding + 1) * embeddingDim)
  }

  /** With the values of a table [n, d], copied; frozen unless `freeze: false`. */
  static fromPretrained(table: Tensor, options: EmbeddingLookupOptions & { freeze?: boolean } = {}): Embedding {
    const { freeze = true, ...rest } = options
    checkTensor('Embedding.fromPretrained', table)
    if (table.rank !== 2 || (table.dtype !== 'f32' && table.dtype !== 'f64'))
      throw new UsageError(`Embedding.fromPretrained: table ${describe(table)}; expected f32 or f64 [rows, columns].`)
    const layer = new Embedding(table.shape[0]!, table.shape[1]!, { dtype: table.dtype, ...rest })
    tidy(() => view(layer.weight).set(view(copyOf(table))))
    if (freeze) layer.weight.requiresGrad = false
    return layer
  }

  forward(indices: Tensor): Tensor {
    return embedding(indices, this.weight, this.lookup)
  }
}
