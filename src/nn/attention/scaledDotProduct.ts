/** softmax(Q Kᵀ scale + mask) V. */
import { UsageError } from '../../core/index.js'
import {
  add,
  type Generator,
  matmul,
  mul,
  ones,
  softmax,
  type Tensor,
  transpose,
  tril,
  where,
} from '../../tensor/index.js'
import { checkOptions, checkTensor, describe, tidy } from '../../tensor/internal.js'
import { dropout } from '../dropout.js'

export interface AttentionOptions {
  /**
   * What a query may look at, broadcasting to [.., L, S]: bool, true where it may (as in PyTorch's function; its MultiheadAttention has it the
   * other way round), or floats that are added to the products.
   */
  attnMask?: Tensor | null
  /** Probability of dropout on the weights (0). */
  dropoutP?: number
  /** Query i looks at keys 0 to i alone (false). Not together with `attnMask`. */
  isCausal?: boolean
  /** Factor of the products (1 / sqrt(E)). */
  scale?: number
  /** For dropout. */
  generator?: Generator
}

/** The weights softmax(Q Kᵀ scale + mask), [.., L, S]. */
export function attentionWeights(query: Tensor, key: Tensor, mask: Tensor | null, scale: number): Tensor {
  const products = matmul(mul(query, scale), transpose(key))
  if (mask === null) return softmax(products)
  return softmax(mask.dtype === 'bool' ? where(mask, products, -Infinity) : add(products, mask))
}

/**
 * Attention of queries to keys: softmax(Q Kᵀ / sqrt(E) + mask) V.
 *
 * Shapes: query [.., L, E], key [.., S, E], value [.., S, V]; leading axes broadcast; gives [.., L, V]. Dtypes: f32 or f64, all the same.
 * A query that may look at nothing gives NaN, as in PyTorch. Gradient: of query, key, value and a float mask, also a second one.
 * Throws UsageError for shapes and dtypes that do not fit. Source: Vaswani et al., "Attention is all you need", 2017; PyTorch's
 * `F.scaled_dot_product_attention`.
 *
 * @example
 * scaledDotProductAttention(randn([2, 5, 8]), randn([2, 7, 8]), randn([2, 7, 8]))
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const op = 'scaledDotProductAttention'
  for (const one of [query, key, value]) checkTensor(op, one)
  checkOptions(op, options, ['attnMask', 'dropoutP', 'isCausal', 'scale', 'generator'])
  const { attnMask = null, dropoutP = 0, isCausal = false, generator } = options
  const size = query.shape.at(-1)!
  if (
    [query, key, value].some((one) => one.rank < 2 || one.dtype !== query.dtype) ||
    (query.dtype !== 'f32' && query.dtype !== 'f64') ||
    key.shape.at(-1) !== size ||
    value.shape.at(-2) !== key.shape.at(-2)
  )
    throw new UsageError(
      `${op}: query ${describe(query)}, key ${describe(key)}, value ${describe(value)}; expected [.., L, E], [.., S, E] and [.., S, V] of one dtype, f32 or f64.`,
    )
  if (isCausal && attnMask !== null)
    throw new UsageError(`${op}: both isCausal and attnMask are given; expected one of them.`)
  if (!(dropoutP >= 0 && dropoutP <= 1))
    throw new UsageError(`${op}: dropoutP = ${dropoutP}; expected a probability from 0 to 1.`)
  if (attnMask !== null && attnMask.dtype !== 'bool' && attnMask.dtype !== query.dtype)
    throw new UsageError(`${op}: attnMask ${describe(attnMask)}; expected bool or ${query.dtype}.`)
  return tidy(() => {
    const mask = isCausal ? tril(ones([query.shape.at(-2)!, key.shape.at(-2)!], { dtype: 'bool' })) : attnMask
    const weights = attentionWeights(query, key, mask, options.scale ?? 1 / Math.sqrt(size))
    return matmul(dropout(weights, dropoutP, generator === undefined ? {} : { generator }), value)
  })
}
