/** `normball/nn`: layers, losses and initial values, by PyTorch's names. */
export {
  ELU,
  GELU,
  LeakyReLU,
  LogSoftmax,
  PReLU,
  ReLU,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  Tanh,
} from './activations.js'
export {
  causalMask,
  MultiheadAttention,
  type MultiheadAttentionOptions,
  type MultiheadInput,
  type MultiheadOutput,
} from './attention/multihead.js'
export { type AttentionOptions, scaledDotProductAttention } from './attention/scaledDotProduct.js'
export {
  type EncoderInput,
  positionalEncoding,
  TransformerEncoder,
  TransformerEncoderLayer,
  type TransformerEncoderLayerOptions,
} from './attention/transformer.js'
export { BatchNorm1d, BatchNorm2d, type BatchNormLayerOptions, type BatchNormOptions, batchNorm } from './batchNorm.js'
export { Identity, ModuleDict, ModuleList, Residual, type ResidualOptions, Sequential } from './containers.js'
export {
  type ConvOptions,
  type ConvTransposeOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
} from './conv.js'
export {
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvLayerOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  type ConvTransposeLayerOptions,
} from './convLayers.js'
export { Dropout, type DropoutOptions, dropout } from './dropout.js'
export { Embedding, type EmbeddingLookupOptions, type EmbeddingOptions, embedding } from './embedding.js'
export { Flatten, Unflatten } from './flatten.js'
export { GroupNorm, type GroupNormOptions, groupNorm, InstanceNorm1d, InstanceNorm2d } from './groupNorm.js'
export {
  calculateFans,
  calculateGain,
  constant_,
  type InitOptions,
  type KaimingOptions,
  kaimingNormal_,
  kaimingUniform_,
  type Nonlinearity,
  normal_,
  ones_,
  orthogonal_,
  sparse_,
  type TruncNormalOptions,
  truncNormal_,
  uniform_,
  type XavierOptions,
  xavierNormal_,
  xavierUniform_,
  zeros_,
} from './init.js'
export type { LayerOptions } from './initOptions.js'
export {
  LayerNorm,
  type LayerNormInput,
  type LayerNormOptions,
  layerNorm,
  RMSNorm,
  type RMSNormOptions,
  rmsNorm,
} from './layerNorm.js'
export { Linear, type LinearOptions, linear } from './linear.js'
export type { LoadOptions, LoadReport } from './load.js'
export {
  BCELoss,
  BCEWithLogitsLoss,
  type BinaryCrossEntropyOptions,
  type BinaryLogitsOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type ClassOptions,
  CosineEmbeddingLoss,
  CrossEntropyLoss,
  type CrossEntropyOptions,
  cosineEmbeddingLoss,
  crossEntropy,
  GIoULoss,
  giouLoss,
  HingeEmbeddingLoss,
  HingeLoss,
  HuberLoss,
  type HuberOptions,
  hingeEmbeddingLoss,
  hingeLoss,
  huberLoss,
  IoULoss,
  iouLoss,
  KLDivLoss,
  type KLDivOptions,
  klDiv,
  L1Loss,
  l1Loss,
  type MarginOptions,
  MSELoss,
  MultiMarginLoss,
  type MultiMarginOptions,
  mseLoss,
  multiMarginLoss,
  NLLLoss,
  NormLoss,
  type NormLossOptions,
  nllLoss,
  normLoss,
  PoissonNLLLoss,
  type PoissonNLLOptions,
  poissonNLLLoss,
  type ReductionOptions,
  residual,
  SmoothL1Loss,
  type SmoothL1Options,
  smoothL1Loss,
  TripletMarginLoss,
  type TripletOptions,
  tripletMarginLoss,
} from './losses/index.js'
export { LowRankLinear } from './lowRank.js'
export { type AnyModule, type ForwardHook, type HookHandle, Module, type PreHook } from './module.js'
export { buffer, parameter } from './parameter.js'
export {
  isParametrized,
  type OrthogonalMap,
  type OrthogonalOptions,
  orthogonal,
  Parametrization,
  registerParametrization,
  removeParametrizations,
  removeWeightNorm,
  type SpectralNormOptions,
  spectralNorm,
  type WeightNormOptions,
  weightNorm,
} from './parametrizations/index.js'
export {
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  type PoolOptions,
} from './pool.js'
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AvgPool1d,
  AvgPool2d,
  MaxPool1d,
  MaxPool2d,
} from './poolLayers.js'
export { type CellOptions, GRUCell, LSTMCell, RNNCell, type RNNCellOptions } from './recurrent/cells.js'
export { GRU, type HiddenState, type RecurrentOutput, RNN, type RNNOptions } from './recurrent/gru.js'
export { LSTM, type LSTMOptions, type LSTMOutput, type LSTMState } from './recurrent/lstm.js'
export type { RecurrentOptions, SequenceOptions } from './recurrent/recurrent.js'
export { type LayerSummary, type ModelSummary, type SummaryOptions, summary } from './summary.js'
export { type InterpolateOptions, interpolate, Upsample, upsample } from './upsample.js'
export type { Sizes } from './window.js'
