/** What an ONNX operator does with each of its inputs, in one table. */
import type { Kind } from '../types.js'

export interface Role {
  readonly kind: Kind
  /** Axis of the outputs in the tensor as the operator sees it; negative counts from the end; null has none. */
  readonly outAxis: number | null
  /** The gates stacked along `outAxis`, in the operator's order. */
  readonly gates?: readonly string[]
}

const role = (kind: Kind, outAxis: number | null = null): Role => ({ kind, outAxis })
const conv = role('conv', 0)
const bias = role('bias')
const norm = role('norm')
const state = role('state')
const constant = role('constant')
/** `y = x W`: [in, out], also stacked. */
const right = role('linear', -1)
/** `y = W x` */
const left = role('linear', -2)

const recurrent = (...gates: string[]): Readonly<Record<number, Role>> => ({
  1: { kind: 'recurrent', outAxis: 1, gates },
  2: { kind: 'recurrent', outAxis: 1, gates },
  3: bias,
  5: state,
  6: state,
  7: role('recurrent'),
})

/** Input index to role, by operator; the axes are those of the ONNX operator definitions (and of onnxruntime's contributed ones). */
export const roles: Readonly<Record<string, Readonly<Record<number, Role>>>> = Object.assign(Object.create(null), {
  Conv: { 1: conv, 2: bias },
  ConvInteger: { 1: conv },
  DeformConv: { 1: conv, 3: bias },
  FusedConv: { 1: conv, 2: bias },
  QLinearConv: { 3: conv, 8: bias },
  ConvTranspose: { 1: role('convTranspose', 1), 2: bias },
  // transA and transB are looked up at the node.
  Gemm: { 0: left, 1: right, 2: bias },
  MatMul: { 0: left, 1: right },
  FusedMatMul: { 0: left, 1: right },
  MatMulInteger: { 0: left, 1: right },
  QLinearMatMul: { 0: left, 3: right },
  MatMulNBits: { 1: role('linear', 0) },
  LSTM: recurrent('i', 'o', 'f', 'c'),
  GRU: recurrent('z', 'r', 'h'),
  RNN: recurrent('i'),
  Gather: { 0: role('embedding', 0) },
  EmbedLayerNormalization: {
    2: role('embedding', 0),
    3: role('embedding', 0),
    4: role('embedding', 0),
    5: norm,
    6: bias,
  },
  BatchNormalization: { 1: norm, 2: bias, 3: state, 4: state },
  InstanceNormalization: { 1: norm, 2: bias },
  LayerNormalization: { 1: norm, 2: bias },
  GroupNormalization: { 1: norm, 2: bias },
  RMSNormalization: { 1: norm },
  SimplifiedLayerNormalization: { 1: norm },
  SkipLayerNormalization: { 2: norm, 3: bias, 4: bias },
  SkipSimplifiedLayerNormalization: { 2: norm, 3: bias },
  Attention: { 1: role('attention', -1), 2: bias },
  QuantizeLinear: { 1: constant, 2: constant },
  DequantizeLinear: { 1: constant, 2: constant },
})

/** Operators that hand their first input on: what reads their output decides. `mixes` puts pieces together in another order. */
export const passes: Readonly<Record<string, 'same' | 'transpose' | 'unsqueeze' | 'reshape' | 'pieces'>> =
  Object.assign(Object.create(null), {
    Identity: 'same',
    Cast: 'same',
    CastLike: 'same',
    QuantizeLinear: 'same',
    DequantizeLinear: 'same',
    DynamicQuantizeLinear: 'same',
    Transpose: 'transpose',
    Unsqueeze: 'unsqueeze',
    Reshape: 'reshape',
    Squeeze: 'reshape',
    Flatten: 'reshape',
    Slice: 'pieces',
    Split: 'pieces',
    Concat: 'pieces',
  })
