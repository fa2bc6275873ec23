/** Attention, the transformer encoder, layer and RMS norm against PyTorch (scripts/oracle/nn_attention.py). */
import * as nn from '../../src/nn/index.node.js'
import type { Tensor } from '../../src/tensor/index.node.js'
import { type Maker, testAgainstTorch } from './oracle.js'

type Mask = Tensor | null

testAgainstTorch('attention', {
  MultiheadAttention: ([size, heads], { averageAttnWeights, ...options }) => {
    const layer = new nn.MultiheadAttention(size, heads, options)
    const plain = layer.forward.bind(layer)
    const forward = (q: Tensor, k: Tensor, v: Tensor, keyPaddingMask: Mask, attnMask: Mask): unknown =>
      plain(q, k, v, { keyPaddingMask, attnMask, averageAttnWeights })
    return Object.defineProperty(layer, 'forward', { value: forward, enumerable: false })
  },
  scaledDotProductAttention:
    (_, { isCausal }) =>
    (q: Tensor, k: Tensor, v: Tensor, attnMask: Mask) =>
      nn.scaledDotProductAttention(q, k, v, { isCausal, attnMask }),
  TransformerEncoderLayer: ([size, heads], options) => masked(new nn.TransformerEncoderLayer(size, heads, options)),
  TransformerEncoder: ([size, heads], { layers, norm, ...options }) =>
    masked(
      new nn.TransformerEncoder(() => new nn.TransformerEncoderLayer(size, heads, options), layers, {
        norm: norm ? new nn.LayerNorm(size, { dtype: options.dtype }) : null,
      }),
    ),
  LayerNorm: ([size], options) => new nn.LayerNorm(size, options),
  RMSNorm: ([size], options) => new nn.RMSNorm(size, options),
} satisfies Record<string, Maker>)

/** With masks as inputs of their own. */
function masked(encoder: nn.TransformerEncoder | nn.TransformerEncoderLayer): ReturnType<Maker> {
  const plain = encoder.forward.bind(encoder)
  const forward = (x: Tensor, mask: Mask, srcKeyPaddingMask: Mask): Tensor => plain(x, { mask, srcKeyPaddingMask })
  return Object.defineProperty(encoder, 'forward', { value: forward, enumerable: false })
}
