/** Attention of several heads, each with projections of its own. */
import { UsageError } from '../../core/index.js'
import {
  add,
  contiguous,
  full,
  type Generator,
  matmul,
  mean,
  noGrad,
  permute,
  reshape,
  slice,
  squeeze,
  type Tensor,
  unsqueeze,
  where,
  zeros,
} from '../../tensor/index.js'
import { checkOptions, checkTensor, describe, tidy } from '../../tensor/internal.js'
import { dropout, dropoutOptions } from '../dropout.js'
import { xavierUniform_ } from '../init.js'
import type { LayerOptions } from '../initOptions.js'
import { Linear, linear } from '../linear.js'
import { Module } from '../module.js'
import { parameter } from '../parameter.js'
import { attentionWeights } from './scaledDotProduct.js'

export interface MultiheadAttentionOptions extends LayerOptions {
  /** Probability of dropout on the weights, in training (0). */
  dropout?: number
  /** Whether projections have biases (true). */
  bias?: boolean
  /** Inputs and output are [N, L, E] instead of [L, N, E] (false). */
  batchFirst?: boolean
  /** Sizes of keys and values, where they differ from `embedDim`. */
  kdim?: number
  vdim?: number
}

export interface MultiheadInput {
  /** [N, S], or [S] of one sequence: bool, true for keys to be left out, or floats to be added. */
  keyPaddingMask?: Tensor | null
  /** [L, S] or [N * heads, L, S]: bool, true where a query may NOT look, or floats to be added. */
  attnMask?: Tensor | null
  /** Whether `weights` are returned (true). */
  needWeights?: boolean
  /** The mean of the heads' weights, not those of each (true). */
  averageAttnWeights?: boolean
  /** Query i looks at keys 0 to i alone (false). */
  isCausal?: boolean
}

export interface MultiheadOutput {
  /** [L, N, E], as the query. */
  readonly output: Tensor
  /** [N, L, S], or [N, heads, L, S] when not averaged; null when not wanted. */
  readonly weights: Tensor | null
}

const options_ = ['dropout', 'bias', 'batchFirst', 'kdim', 'vdim', 'dtype', 'generator']
const inputOptions = ['keyPaddingMask', 'attnMask', 'needWeights', 'averageAttnWeights', 'isCausal']

/**
 * Attention by `numHeads` heads: queries, keys and values are projected, split into heads, attended by `scaledDotProductAttention`, joined and
 * projected again.
 *
 * `forward(query, key, value, { keyPaddingMask, attnMask, needWeights, averageAttnWeights, isCausal }?)` gives `{ output, weights }`.
 * Shapes: query [L, N, embedDim], key [S, N, kdim], value [S, N, vdim]; with `batchFirst` N before L and S; without N for one sequence.
 * Dtypes: that of the layer. Boolean masks are true for what is left out; a query to which nothing is left gets NaN, as in PyTorch.
 * Parameters: `in_proj_weight` [3 E, E] (with other key or value sizes `q_proj_weight`, `k_proj_weight`, `v_proj_weight`), uniform by Xavier;
 * `in_proj_bias` [3 E] of zeros; `out_proj`, a Linear with bias 0. Gradient: also a second one. Throws UsageError for sizes that do not fit.
 * Source: Vaswani et al., "Attention is all you need", 2017; PyTorch's `nn.MultiheadAttention`.
 *
 * @example
 * const x = randn([10, 2, 16])
 * const { output, weights } = new MultiheadAttention(16, 4).forward(x, x, x)
 */
export class MultiheadAttention extends Module<[Tensor, Tensor, Tensor, MultiheadInput?], MultiheadOutput> {
  readonly in_proj_weight: Tensor | null
  readonly q_proj_weight: Tensor | null
  readonly k_proj_weight: Tensor | null
  readonly v_proj_weight: Tensor | null
  readonly in_proj_bias: Tensor | null
  readonly out_proj: Linear
  readonly dropout: number
  readonly batchFirst: boolean
  readonly kdim: number
  readonly vdim: number
  /** What dropout draws from; null for the common one. */
  readonly generator: Generator | null

  constructor(
    readonly embedDim: number,
    readonly numHeads: number,
    options: MultiheadAttentionOptions = {},
  ) {
    super()
    checkOptions('MultiheadAttention', options, options_)
    const { dropout = 0, bias = true, batchFirst = false, kdim = embedDim, vdim = embedDim, dtype = 'f32' } = options
    for (const [name, value] of Object.entries({ embedDim, numHeads, kdim, vdim }))
      if (!Number.isInteger(value) || value < 1)
        throw new UsageError(`MultiheadAttention: ${name} = ${value}; expected a whole number of at least 1.`)
    if (embedDim % numHeads !== 0)
      throw new UsageError(
        `MultiheadAttention: embedDim = ${embedDim} for ${numHeads} heads; expected a multiple of numHeads.`,
      )
    if (!(dropout >= 0 && dropout <= 1))
      throw new UsageError(`MultiheadAttention: dropout = ${dropout}; expected a probability from 0 to 1.`)
    this.dropout = dropout
    this.batchFirst = batchFirst
    this.kdim = kdim
    this.vdim = vdim
    this.generator = options.generator ?? null
    const random = options.generator === undefined ? {} : { generator: options.generator }
    const made = (rows: number, columns: number): Tensor =>
      parameter(xavierUniform_(zeros([rows, columns], { dtype }), random))
    const isJoint = kdim === embedDim && vdim === embedDim
    this.q_proj_weight = isJoint ? null : made(embedDim, embedDim)
    this.k_proj_weight = isJoint ? null : made(embedDim, kdim)
    this.v_proj_weight = isJoint ? null : made(embedDim, vdim)
    this.in_proj_weight = isJoint ? made(3 * embedDim, embedDim) : null
    this.in_proj_bias = bias ? parameter(zeros([3 * embedDim], { dtype })) : null
    this.out_proj = new Linear(embedDim, embedDim, { bias, dtype, ...random })
    noGrad(() => this.out_proj.bias?.zero_())
  }

  forward(query: Tensor, key: Tensor, value: Tensor, options: MultiheadInput = {}): MultiheadOutput {
    const isOne = this.#check(query, key, value, options)
    const { needWeights = true, averageAttnWeights = true } = options
    return tidy(() => {
      // [N, length, size]
      const batched = (x: Tensor): Tensor => (isOne ? unsqueeze(x, 0) : this.batchFirst ? x : permute(x, [1, 0, 2]))
      const [q, k, v] = this.#project(query, key, value, batched)
      const mask = this.#mask(options, q.shape[0]!, q.shape[2]!, k.shape[2]!, q)
      const size = this.embedDim / this.numHeads
      const weights = attentionWeights(q, k, mask, 1 / Math.sqrt(size))
      const heads = matmul(dropout(weights, this.dropout, dropoutOptions(this)), v)
      const joined = reshape(contiguous(permute(heads, [0, 2, 1, 3])), [q.shape[0]!, q.shape[2]!, this.embedDim])
      const projected = this.out_proj.forward(joined)
      const output = isOne ? squeeze(projected, 0) : this.batchFirst ? projected : permute(projected, [1, 0, 2])
      if (!needWeights) return { output, weights: null }
      const told = averageAttnWeights ? mean(weights, { axis: 1 }) : weights
      return { output, weights: isOne ? squeeze(told, 0) : told }
    })
  }

  /** Queries, keys and values of each head, [N, heads, length, size]. */
  #project(query: Tensor, key: Tensor, value: Tensor, batched: (x: Tensor) => Tensor): [Tensor, Tensor, Tensor] {
    const { embedDim, numHeads } = this
    const size = embedDim / numHeads
    const [weight, bias] = [this.in_proj_weight, this.in_proj_bias]
    const part = (x: Tensor, i: number): Tensor => slice(x, { start: i * embedDim, stop: (i + 1) * embedDim })
    const heads = (x: Tensor): Tensor => permute(reshape(x, [x.shape[0]!, x.shape[1]!, numHeads, size]), [0, 2, 1, 3])
    if (weight !== null && query === key && key === value) {
      // One product for all three.
      const x = linear(batched(query), weight, bias)
      const split = permute(reshape(x, [x.shape[0]!, x.shape[1]!, 3, numHeads, size]), [2, 0, 3, 1, 4])
      return [slice(split, 0), slice(split, 1), slice(split, 2)]
    }
    const weights = [this.q_proj_weight, this.k_proj_weight, this.v_proj_weight]
    const made = [query, key, value].map((x, i) =>
      heads(linear(batched(x), weights[i] ?? part(weight!, i), bias === null ? null : part(bias, i))),
    )
    return made as [Tensor, Tensor, Tensor]
  }

  /** All masks as one that is added to the products, or as bool, true where to look; null without any. */
  #mask(options: MultiheadInput, batch: number, L: number, S: number, like: Tensor): Tensor | null {
    const { keyPaddingMask = null, attnMask = null, isCausal = false } = options
    const floats = (mask: Tensor): Tensor =>
      mask.dtype === 'bool' ? where(mask, full([], -Infinity, { dtype: like.dtype }), full([], 0, { dtype: like.dtype })) : mask // biome-ignore format: one line
    const parts: Tensor[] = []
    if (attnMask !== null)
      parts.push(attnMask.rank === 3 ? reshape(floats(attnMask), [batch, this.numHeads, L, S]) : floats(attnMask))
    if (isCausal) parts.push(causalMask(L, S, like.dtype))
    if (keyPaddingMask !== null) parts.push(reshape(floats(keyPaddingMask), [batch, 1, 1, S]))
    return parts.length === 0 ? null : parts.reduce((a, b) => add(a, b))
  }

  /** Whether it is one sequence without batch axis. */
  #check(query: Tensor, key: Tensor, value: Tensor, options: MultiheadInput): boolean {
    const op = 'MultiheadAttention'
    for (const one of [query, key, value]) checkTensor(op, one)
    checkOptions(op, options, inputOptions)
    const { rank } = query
    const [over, along] = this.batchFirst ? [0, 1] : [1, 0]
    const { dtype } = this.out_proj.weight
    const fits = [query, key, value].every(
      (one, i) => one.rank === rank && one.dtype === dtype && one.shape.at(-1) === [this.embedDim, this.kdim, this.vdim][i], // biome-ignore format: one line
    )
    const isOne = rank === 2
    const length = (x: Tensor): number => x.shape[isOne ? 0 : along]!
    const batch = isOne ? 1 : query.shape[over]!
    if (
      !fits ||
      (rank !== 2 && rank !== 3) ||
      length(key) !== length(value) ||
      (!isOne && (key.shape[over] !== batch || value.shape[over] !== batch))
    )
      throw new UsageError(
        `${op}: query ${describe(query)}, key ${describe(key)}, value ${describe(value)}; expected ${dtype}${this.batchFirst ? `[N, L, ${this.embedDim}], [N, S, ${this.kdim}] and [N, S, ${this.vdim}]` : `[L, N, ${this.embedDim}], [S, N, ${this.kdim}] and [S, N, ${this.vdim}]`}, or without N.`,
      )
    const [L, S] = [length(query), length(key)]
    const shapes: [string, Tensor | null | undefined, number[][]][] = [
      ['attnMask', options.attnMask, [[L, S], [batch * this.numHeads, L, S]]],
      ['keyPaddingMask', options.keyPaddingMask, isOne ? [[S], [1, S]] : [[batch, S]]],
    ] // biome-ignore format: a table
    for (const [name, mask, allowed] of shapes)
      if (
        mask &&
        !(
          (mask.dtype === 'bool' || mask.dtype === dtype) &&
          allowed.some((shape) => shape.join() === mask.shape.join())
        )
      )
        // biome-ignore format: one line
        throw new UsageError(
          `${op}: ${name} ${describe(mask)}; expected bool or ${dtype} of shape ${allowed.map((shape) => `[${shape.join(', ')}]`).join(' or ')}.`,
        )
    return isOne
  }
}

/**
 * What a query may not look at because it comes later: [L, S] of 0 up to the diagonal and -Infinity above, to be added to attention's products.
 * Source: PyTorch's `nn.Transformer.generate_square_subsequent_mask`.
 */
export function causalMask(L: number, S = L, dtype: Tensor['dtype'] = 'f32'): Tensor {
  if (dtype !== 'f32' && dtype !== 'f64') throw new UsageError(`causalMask: dtype ${dtype}; expected f32 or f64.`)
  const out = zeros([L, S], { dtype })
  const elements = out.data
  for (let i = 0; i < L; i++) elements.fill(-Infinity, Math.min(S, i + 1) + i * S, (i + 1) * S)
  return out
}
