/** The encoder of a transformer. */
import { UsageError } from '../../core/index.js'
import { add, cos, type Generator, gelu, relu, reshape, sin, stack, type Tensor, tensor } from '../../tensor/index.js'
import { checkOptions, checkTensor, tidy } from '../../tensor/internal.js'
import { ModuleList } from '../containers.js'
import { dropout, dropoutOptions } from '../dropout.js'
import type { LayerOptions } from '../initOptions.js'
import { LayerNorm } from '../layerNorm.js'
import { Linear } from '../linear.js'
import { Module } from '../module.js'
import { MultiheadAttention } from './multihead.js'

export interface TransformerEncoderLayerOptions extends LayerOptions {
  /** Width of the layers after attention (2048). */
  dimFeedforward?: number
  /** Probability of dropout in training (0.1). */
  dropout?: number
  /** `relu` (the default), `gelu`, or a function. */
  activation?: 'relu' | 'gelu' | ((x: Tensor) => Tensor)
  /** eps of the layer norms (1e-5). */
  layerNormEps?: number
  /** Inputs and output are [N, L, E] instead of [L, N, E] (false). */
  batchFirst?: boolean
  /** Normalize before attention and feed-forward instead of after (false). */
  normFirst?: boolean
  /** Whether there are biases (true). */
  bias?: boolean
}

export interface EncoderInput {
  /** [L, L] or [N * heads, L, L]: bool, true where a position may NOT look, or floats to be added. */
  mask?: Tensor | null
  /** [N, L]: bool, true for positions to be left out, or floats to be added. */
  srcKeyPaddingMask?: Tensor | null
  /** Position i looks at positions 0 to i alone (false). */
  isCausal?: boolean
}

const layerOptions = ['dimFeedforward', 'dropout', 'activation', 'layerNormEps', 'batchFirst', 'normFirst', 'bias', 'dtype', 'generator'] // biome-ignore format: one line
const inputOptions = ['mask', 'srcKeyPaddingMask', 'isCausal']

/**
 * Self-attention and two linear layers, each with a residual branch and a layer norm: x = norm1(x + attention(x)), x = norm2(x + linear2(activation(
 * linear1(x)))); with `normFirst` x = x + attention(norm1(x)), x = x + linear2(activation(linear1(norm2(x)))).
 *
 * `forward(x, { mask, srcKeyPaddingMask, isCausal }?)`. Shapes: x [L, N, dModel], with `batchFirst` [N, L, dModel], without N for one sequence;
 * gives the same. Dtypes: that of the layer. Parameters: `self_attn`, `linear1`, `linear2`, `norm1`, `norm2`. Gradient: also a second one.
 * Throws UsageError for sizes that do not fit. Source: Vaswani et al., "Attention is all you need", 2017; PyTorch's `nn.TransformerEncoderLayer`.
 *
 * @example
 * new TransformerEncoderLayer(16, 4, { dimFeedforward: 32 }).forward(randn([10, 2, 16]))
 */
export class TransformerEncoderLayer extends Module {
  readonly self_attn: MultiheadAttention
  readonly linear1: Linear
  readonly linear2: Linear
  readonly norm1: LayerNorm
  readonly norm2: LayerNorm
  readonly normFirst: boolean
  readonly dropout: number
  readonly #activation: (x: Tensor) => Tensor
  /** What dropout draws from; null for the common one. */
  readonly generator: Generator | null

  constructor(
    readonly dModel: number,
    readonly nhead: number,
    options: TransformerEncoderLayerOptions = {},
  ) {
    super()
    checkOptions('TransformerEncoderLayer', options, layerOptions)
    const { dimFeedforward = 2048, dropout = 0.1, activation = 'relu', layerNormEps = 1e-5, batchFirst = false, normFirst = false, bias = true, ...made } = options // biome-ignore format: one line
    if (typeof activation !== 'function' && activation !== 'relu' && activation !== 'gelu')
      throw new UsageError(
        `TransformerEncoderLayer: activation = ${JSON.stringify(activation)}; expected 'relu', 'gelu' or a function.`,
      )
    this.#activation = activation === 'relu' ? relu : activation === 'gelu' ? (x) => gelu(x) : activation
    this.generator = options.generator ?? null
    this.dropout = dropout
    this.normFirst = normFirst
    this.self_attn = new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst, ...made })
    this.linear1 = new Linear(dModel, dimFeedforward, { bias, ...made })
    this.linear2 = new Linear(dimFeedforward, dModel, { bias, ...made })
    this.norm1 = new LayerNorm(dModel, { eps: layerNormEps, bias, ...made })
    this.norm2 = new LayerNorm(dModel, { eps: layerNormEps, bias, ...made })
  }

  forward(x: Tensor, options: EncoderInput = {}): Tensor {
    checkTensor('TransformerEncoderLayer', x)
    checkOptions('TransformerEncoderLayer', options, inputOptions)
    return tidy(() => {
      if (this.normFirst) {
        const y = add(x, this.#attend(this.norm1.forward(x), options))
        return add(y, this.#feed(this.norm2.forward(y)))
      }
      const y = this.norm1.forward(add(x, this.#attend(x, options)))
      return this.norm2.forward(add(y, this.#feed(y)))
    })
  }

  #attend(x: Tensor, { mask, srcKeyPaddingMask, isCausal = false }: EncoderInput): Tensor {
    const { output } = this.self_attn.forward(x, x, x, {
      attnMask: mask ?? null,
      keyPaddingMask: srcKeyPaddingMask ?? null,
      isCausal,
      needWeights: false,
    })
    return this.#dropped(output)
  }

  #feed(x: Tensor): Tensor {
    return this.#dropped(this.linear2.forward(this.#dropped(this.#activation(this.linear1.forward(x)))))
  }

  #dropped(x: Tensor): Tensor {
    return dropout(x, this.dropout, dropoutOptions(this))
  }
}

/**
 * Encoder layers one after the other, and a last norm where there is one. Unlike PyTorch's it takes a function that makes a layer, so that each has
 * initial values of its own (PyTorch's are copies of one).
 *
 * `forward(x, { mask, srcKeyPaddingMask, isCausal }?)`, shapes as `TransformerEncoderLayer`. Parameters: `layers.0`, `layers.1`, ..., `norm`.
 *
 * @example
 * const encoder = new TransformerEncoder(() => new TransformerEncoderLayer(16, 4, { batchFirst: true }), 2)
 * encoder.forward(randn([2, 10, 16]))
 */
export class TransformerEncoder extends Module {
  readonly layers: ModuleList<TransformerEncoderLayer>
  readonly norm: LayerNorm | null

  constructor(
    layer: (index: number) => TransformerEncoderLayer,
    numLayers: number,
    options: { norm?: LayerNorm | null } = {},
  ) {
    super()
    checkOptions('TransformerEncoder', options, ['norm'])
    if (!Number.isInteger(numLayers) || numLayers < 1)
      throw new UsageError(`TransformerEncoder: numLayers = ${numLayers}; expected a whole number of at least 1.`)
    if (typeof layer !== 'function')
      throw new UsageError(
        'TransformerEncoder: the first argument is no function; expected one that makes a layer. Try () => new TransformerEncoderLayer(...).',
      )
    this.layers = new ModuleList(Array.from({ length: numLayers }, (_, i) => layer(i)))
    this.norm = options.norm ?? null
  }

  forward(x: Tensor, options: EncoderInput = {}): Tensor {
    return tidy(() => {
      let y = x
      for (const layer of this.layers) y = layer.forward(y, options)
      return this.norm === null ? y : this.norm.forward(y)
    })
  }
}

/**
 * Sinusoidal positions [length, size]: sin(p / 10000^(2i / size)) at 2i and cos of the same at 2i + 1.
 *
 * Dtypes: f32 (the default) or f64. Throws UsageError for sizes that are no whole numbers, or an odd size.
 * Source: Vaswani et al., "Attention is all you need", 2017, section 3.5.
 *
 * @example
 * const x = add(embedded, positionalEncoding(64, 128)) // [N, 64, 128]
 */
export function positionalEncoding(length: number, size: number, options: { dtype?: 'f32' | 'f64' } = {}): Tensor {
  checkOptions('positionalEncoding', options, ['dtype'])
  if (!Number.isInteger(length) || length < 0 || !Number.isInteger(size) || size < 2 || size % 2 !== 0)
    throw new UsageError(
      `positionalEncoding: length ${length} and size ${size}; expected whole numbers, the size even and at least 2.`,
    )
  return tidy(() => {
    const half = size / 2
    const angles = Float64Array.from({ length: length * half }, (_, at) => Math.floor(at / half) / 10000 ** ((at % half) / half)) // biome-ignore format: one line
    const x = tensor(angles, { dtype: 'f64' })
    return reshape(stack([sin(x), cos(x)], 1), [length, size]).to(options.dtype ?? 'f32')
  })
}
