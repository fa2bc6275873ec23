/** Layers by PyTorch's names: the arguments of their constructors in order, and their options. */
import { atLeastZero, flag, listOf, oneOf, type Part, positive, share, sizes, textOr, whole } from './parts.js'

/** A class of layers as a configuration writes it. */
export interface LayerForm {
  /** The constructor's arguments, in order. */
  readonly args: Readonly<Record<string, Part>>
  /** The options behind them. */
  readonly options: Readonly<Record<string, Part>>
  /** Arguments that may be left out: they follow from what comes in, or have a default. */
  readonly optional: readonly string[]
}

const form = (
  args: Readonly<Record<string, Part>> = {},
  options: Readonly<Record<string, Part>> = {},
  optional: readonly string[] = [],
): LayerForm => ({ args, options, optional })

const size = whole(1)
const paddings: Part = textOr(oneOf('same', 'valid'), sizes(0))
const convolution = (more: Readonly<Record<string, Part>> = {}): LayerForm =>
  form(
    { inChannels: size, outChannels: size, kernelSize: sizes(1) },
    { stride: sizes(1), padding: paddings, dilation: sizes(1), groups: size, bias: flag, ...more },
    ['inChannels'],
  )
const pool = form({ kernelSize: sizes(1) }, { stride: sizes(1), padding: sizes(0) })
const batchNorm = form({ numFeatures: size }, { eps: positive, momentum: share, affine: flag, trackRunningStats: flag }, ['numFeatures']) // biome-ignore format: one line
const recurrent = form(
  { inputSize: size, hiddenSize: size },
  { numLayers: size, bias: flag, dropout: share, bidirectional: flag },
  ['inputSize'],
)

/** Every layer that a list may name. */
export const layerForms: Readonly<Record<string, LayerForm>> = {
  Linear: form({ inFeatures: size, outFeatures: size }, { bias: flag }, ['inFeatures', 'outFeatures']),
  Conv1d: convolution(),
  Conv2d: convolution(),
  ConvTranspose1d: convolution({ outputPadding: sizes(0) }),
  ConvTranspose2d: convolution({ outputPadding: sizes(0) }),
  MaxPool1d: pool,
  MaxPool2d: pool,
  AvgPool1d: pool,
  AvgPool2d: pool,
  AdaptiveAvgPool1d: form({ outputSize: sizes(1) }),
  AdaptiveAvgPool2d: form({ outputSize: sizes(1) }),
  AdaptiveMaxPool1d: form({ outputSize: sizes(1) }),
  AdaptiveMaxPool2d: form({ outputSize: sizes(1) }),
  BatchNorm1d: batchNorm,
  BatchNorm2d: batchNorm,
  LayerNorm: form({ normalizedShape: sizes(1) }, { eps: positive, elementwiseAffine: flag }, ['normalizedShape']),
  RMSNorm: form({ normalizedShape: sizes(1) }, { eps: positive, elementwiseAffine: flag }, ['normalizedShape']),
  GroupNorm: form({ numGroups: size, numChannels: size }, { eps: positive, affine: flag }, ['numChannels']),
  Dropout: form({ p: share }, {}, ['p']),
  Embedding: form({ numEmbeddings: size, embeddingDim: size }, { paddingIdx: whole(0) }, ['numEmbeddings']),
  RNN: { ...recurrent, options: { ...recurrent.options, nonlinearity: oneOf('tanh', 'relu') } },
  LSTM: recurrent,
  GRU: recurrent,
  TransformerEncoderLayer: form(
    { dModel: size, nhead: size },
    { dimFeedforward: size, dropout: share, activation: oneOf('relu', 'gelu'), layerNormEps: positive, normFirst: flag, causal: flag }, // biome-ignore format: one line
    ['dModel'],
  ),
  Flatten: form({ startDim: whole(0) }, {}, ['startDim']),
  Upsample: form({ scaleFactor: sizes(1) }, { mode: oneOf('nearest', 'bilinear') }),
  LastStep: form(),
  MeanStep: form(),
  ReLU: form(),
  LeakyReLU: form({}, { negativeSlope: atLeastZero }),
  ELU: form({}, { alpha: positive }),
  GELU: form({}, { approximate: oneOf('none', 'tanh') }),
  SiLU: form(),
  Sigmoid: form(),
  Tanh: form(),
  Softplus: form({}, { beta: positive }),
  Softmax: form({}, { axis: { type: 'integer', minimum: -8, maximum: 8 } }),
}

/** Ways to hold a layer's weight (`parametrization:`). */
export const parametrizations = ['weightNorm', 'spectralNorm', 'orthogonal'] as const

/** A layer: its name, or a map of its name to its arguments. */
export const layerPart: Part = textOr(
  { enum: Object.keys(layerForms) },
  {
    type: 'object',
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(
        Object.entries(layerForms).map(([name, { args, options, optional }]) => [
          name,
          {
            type: 'object',
            additionalProperties: false,
            required: Object.keys(args).filter((one) => !optional.includes(one)),
            properties: {
              ...args,
              ...options,
              ...('inFeatures' in args || 'outChannels' in args ? { parametrization: oneOf(...parametrizations) } : {}),
              ...(name === 'Linear' ? { rank: size } : {}),
            },
          },
        ]),
      ),
      Residual: {
        description: 'x + layers(x).',
        type: 'object',
        additionalProperties: false,
        required: ['layers'],
        properties: { layers: listOf({ $ref: '#/$defs/layer' }) },
      },
    },
  },
)
